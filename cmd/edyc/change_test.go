package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

const changingProgram = `schema Bid { auction: long, price: double, at: timestamp }
topic bids: Bid { time: at watermark: 0s }
source feed from file into bids { path: "bids.ndjson" follow: true }
stream totals = from bids |> window tumbling 1h |> aggregate n = count(), total = sum(price) by auction
stream once = from bids |> dedup by auction within 1d
sink o1 from totals to "totals.ndjson"
sink o2 from once to "once.ndjson"
`

const firstBids = `{"auction":1,"price":2,"at":"2026-01-01T10:00:00Z"}
{"auction":1,"price":3,"at":"2026-01-01T10:10:00Z"}
{"auction":2,"price":5,"at":"2026-01-01T10:20:00Z"}
`

const laterBids = `{"auction":1,"price":7,"at":"2026-01-01T10:30:00Z"}
{"auction":3,"price":1,"at":"2026-01-01T11:00:00Z"}
`

func appendTo(t *testing.T, name, text string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// started runs the first program over the first rows and stops it.
func started(t *testing.T) {
	t.Helper()
	folder(t, "p.edy", changingProgram, "bids.ndjson", firstBids)
	p := start(t, "run", "p.edy", "--data", "d", "--checkpoint-every", "30ms")
	waitFor(t, "once.ndjson", 2)
	p.interrupt(t).expect(t, 0, "bids: 3 rows read\n")
	appendTo(t, "bids.ndjson", laterBids)
}

// changed goes on with another program until a file has as many lines.
func changed(t *testing.T, program, file string, lines int, args ...string) result {
	t.Helper()
	write(t, "p.edy", program)
	p := start(t, append([]string{"run", "p.edy", "--data", "d", "--checkpoint-every", "30ms"}, args...)...)
	waitFor(t, file, lines)
	return p.interrupt(t)
}

// What stands downstream, beside, or is only added does not touch any other state: the
// counts of 10 o'clock are those of all rows, and the auctions seen are known.
func TestAdditionsKeepState(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"a column downstream": func(p string) string {
			return strings.Replace(p, "by auction\n", "by auction |> extend mean = total / n\n", 1)
		},
		"a filter downstream": func(p string) string { return strings.Replace(p, "by auction\n", "by auction |> where n > 0\n", 1) },
		"a filter upstream": func(p string) string {
			return strings.Replace(p, "from bids |> window", "from bids |> where price > 0.0 |> window", 1)
		},
		"a stream": func(p string) string {
			return p + "stream more = from bids |> window tumbling 1h |> aggregate n = count() by auction\nsink o3 from more to \"more.ndjson\"\n"
		},
		"a column of the topic": func(p string) string {
			return strings.Replace(p, "price: double,", "price: double, bidder: string? = null,", 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			started(t)
			program := change(changingProgram)
			write(t, "new.edy", program)
			edyc("diff", "p.edy", "new.edy", "--data", "d").expect(t, 0, "totals:aggregate")
			changed(t, program, "totals.ndjson", 2).expect(t, 0, "bids: 2 rows read\n")
			text := read(t, "totals.ndjson")
			for _, part := range []string{`{"auction":1,"n":3,"total":12`, `{"auction":2,"n":1,"total":5`} {
				if !strings.Contains(text, part) {
					t.Errorf("no %s in %s", part, text)
				}
			}
			if once := read(t, "once.ndjson"); strings.Count(once, "\n") != 3 {
				t.Errorf("once: %s", once)
			}
		})
	}
}

// An aggregate gives a top behind it no more groups than that can show, and remembers all of
// them: with another top, or none, it goes on from what it has.
func TestTopKeepsAggregate(t *testing.T) {
	top := func(stage string) string {
		return strings.Replace(changingProgram, "by auction\n", "by auction"+stage+"\n", 1)
	}
	const one, two = `{"auction":1,"n":3,"total":12}` + "\n", `{"auction":2,"n":1,"total":5}` + "\n"
	for _, c := range []struct{ was, is, want string }{
		{"", " |> top 1 by n desc", one},
		{" |> top 1 by n desc", "", one + two},
		{" |> top 1 by n desc", " |> top 2 by n desc", one + two},
		{" |> top 1 by n desc", " |> where n < 3 |> top 1 by n desc", two},
	} {
		folder(t, "p.edy", top(c.was), "bids.ndjson", firstBids)
		p := start(t, "run", "p.edy", "--data", "d", "--checkpoint-every", "30ms")
		waitFor(t, "once.ndjson", 2)
		p.interrupt(t).expect(t, 0, "bids: 3 rows read\n")
		appendTo(t, "bids.ndjson", laterBids)
		write(t, "new.edy", top(c.is))
		diff := edyc("diff", "p.edy", "new.edy", "--data", "d")
		if !regexp.MustCompile(`(?m)^totals:aggregate +kept$`).MatchString(diff.out) {
			t.Errorf("%q to %q: the aggregate is not kept:\n%s", c.was, c.is, diff.out)
		}
		lost := []string{"--allow-state-loss", "totals:top"}
		if c.is != "" {
			lost = nil
		}
		changed(t, top(c.is), "totals.ndjson", strings.Count(c.want, "\n"), lost...).expect(t, 0, "bids: 2 rows read\n")
		if got := read(t, "totals.ndjson"); got != c.want {
			t.Errorf("%q to %q:\n%swant\n%s", c.was, c.is, got, c.want)
		}
	}
}

const routingProgram = `schema Bid { auction: long, price: double, at: timestamp }
topic bids: Bid { time: at watermark: 0s }
topic large: Bid { time: at watermark: 0s }
topic small: Bid { time: at watermark: 0s }
source feed from file into bids { path: "bids.ndjson" follow: true }
route split from bids first match {
  when price > 2.5 -> large
  otherwise -> small
}
stream totals = from bids |> window tumbling 1h |> aggregate n = count(), total = sum(price) by auction
stream larger = from large |> window tumbling 1h |> aggregate n = count(), total = sum(price)
stream smaller = from small |> dedup by auction within 1d
sink o1 from totals to "totals.ndjson"
sink o2 from larger to "larger.ndjson"
sink o3 from smaller to "smaller.ndjson"
`

// An arm more in a route leaves every state what it was, also behind the arms.
func TestRouteArmKeepsState(t *testing.T) {
	folder(t, "p.edy", routingProgram, "bids.ndjson", firstBids)
	p := start(t, "run", "p.edy", "--data", "d", "--checkpoint-every", "30ms")
	waitFor(t, "smaller.ndjson", 1)
	p.interrupt(t).expect(t, 0, "bids: 3 rows read\n")
	appendTo(t, "bids.ndjson", laterBids)
	program := strings.NewReplacer("topic small:", "topic huge: Bid { time: at watermark: 0s }\ntopic small:",
		"first match {", "first match {\n  when price > 6.5 -> huge").Replace(routingProgram) + "sink o4 from huge to \"huge.ndjson\"\n"
	write(t, "new.edy", program)
	diff := edyc("diff", "p.edy", "new.edy", "--data", "d")
	diff.expect(t, 0)
	for _, id := range []string{"totals:aggregate", "larger:aggregate", "smaller:dedup"} {
		if !regexp.MustCompile(`(?m)^` + id + ` +kept$`).MatchString(diff.out) {
			t.Errorf("%s is not kept:\n%s", id, diff.out)
		}
	}
	changed(t, program, "totals.ndjson", 2).expect(t, 0, "bids: 2 rows read\n")
	write(t, "p.edy", strings.Replace(program, " follow: true", "", 1)) // which is its end
	edyc("run", "p.edy", "--data", "d").expect(t, 0)
	for name, want := range map[string]string{
		"totals.ndjson":  `{"auction":1,"n":3,"total":12}` + "\n" + `{"auction":2,"n":1,"total":5}` + "\n" + `{"auction":3,"n":1,"total":1}` + "\n",
		"larger.ndjson":  `{"n":2,"total":8}` + "\n",
		"smaller.ndjson": strings.Split(firstBids, "\n")[0] + "\n" + strings.Split(laterBids, "\n")[1] + "\n",
		"huge.ndjson":    strings.Split(laterBids, "\n")[0] + "\n",
	} {
		if got := read(t, name); got != want {
			t.Errorf("%s:\n%swant\n%s", name, got, want)
		}
	}
}

const rememberingProgram = `schema Bid { auction: long, price: double, at: timestamp }
topic bids: Bid { time: at watermark: 0s }
topic lasts: Bid { key: auction mode: upsert }
source feed from file into bids { path: "bids.ndjson" follow: true }
stream once = from bids |> dedup by auction within 1d
stream newest = from bids |> latest by auction keep 30d
stream best = from bids |> top 1 by price desc per auction keep 30d
stream near = from bids |> window sliding 20m per auction |> aggregate n = count(), total = sum(price)
stream visits = from bids |> window session gap 15m per auction |> aggregate n = count(), total = sum(price)
stream steps = from bids |> window cumulative 1h every 15m |> aggregate n = count(), total = sum(price) by auction
stream hours = from bids |> window tumbling 1h |> top 1 by price desc per auction
stream seen = from bids |> into lasts
stream dear = from lasts |> where price > 2.0
sink o1 from once to "once.ndjson"
sink o2 from newest to "newest.ndjson?changes=final"
sink o3 from best to "best.ndjson?changes=final"
sink o4 from near to "near.ndjson"
sink o5 from hours to "hours.ndjson"
sink o7 from visits to "visits.ndjson"
sink o8 from steps to "steps.ndjson"
sink o6 from dear to "dear.ndjson?changes=final"
`

// What remembers rows reads them with the columns they have by now, as it would had the
// topic had them from the beginning, also where the topic does not have its rows any more.
func TestRememberedRowsMigrate(t *testing.T) {
	outputs := []string{"once.ndjson", "newest.ndjson", "best.ndjson", "near.ndjson", "visits.ndjson", "steps.ndjson", "hours.ndjson", "dear.ndjson"}
	changes := strings.NewReplacer("auction: long, price: double,", `auction: long, bidder: string = "nobody", price: double, tip: int? = null,`)
	program := changes.Replace(rememberingProgram)

	folder(t, "p.edy", strings.Replace(program, " follow: true", "", 1), "bids.ndjson", firstBids+laterBids)
	edyc("run", "p.edy").expect(t, 0) // as it would be
	want := map[string]string{}
	for _, name := range outputs {
		want[name] = read(t, name)
	}

	folder(t, "p.edy", rememberingProgram, "bids.ndjson", firstBids)
	p := start(t, "run", "p.edy", "--data", "d", "--checkpoint-every", "30ms")
	waitFor(t, "once.ndjson", 2)
	p.interrupt(t).expect(t, 0)
	write(t, "new.edy", program)
	diff := edyc("diff", "p.edy", "new.edy", "--data", "d")
	checkMigrate(t, diff.out, "once:dedup", "newest:latest", "best:top", "near:aggregate", "visits:aggregate", "steps:aggregate", "hours:top", "topic:lasts:upserts")
	appendTo(t, "bids.ndjson", laterBids)
	write(t, "p.edy", program)
	p = start(t, "run", "p.edy", "--data", "d", "--checkpoint-every", "30ms", "--parallel", "2")
	waitFor(t, "once.ndjson", 3)
	p.interrupt(t).expect(t, 0, "best:top: migrated")
	write(t, "p.edy", strings.Replace(program, " follow: true", "", 1)) // which is its end
	edyc("run", "p.edy", "--data", "d").expect(t, 0)
	for _, name := range outputs {
		got := read(t, name)
		// What had left before the change has the columns of then.
		got = strings.NewReplacer(`{"auction":1,"price":2,`, `{"auction":1,"bidder":"nobody","price":2,"tip":null,`, `{"auction":2,"price":5,`, `{"auction":2,"bidder":"nobody","price":5,"tip":null,`).Replace(got)
		if got != want[name] {
			t.Errorf("%s:\n%swant\n%s", name, got, want[name])
		}
	}
}

// computingProgram adds columns to rows that stages remember, in front of them.
var computingProgram = strings.NewReplacer(
	"from bids |> latest", "from bids |> extend twice = price * 2.0, cheap = price < 4.0 |> where price > 0.0 |> extend dear = twice > 9.0 or not cheap |> latest",
	"from bids |> top", "from bids |> extend half = price / 2.0 |> top",
	"|> window tumbling 1h |> top", "|> extend same = auction |> window tumbling 1h |> extend free = price == 0.0 |> top",
	"|> window session", "|> extend twice = price * 2.0 |> window session", "sum(price) \nstream steps", "sum(twice)\nstream steps",
).Replace(rememberingProgram)

// A column that is computed of what is remembered of a row is worked out for the rows that were
// remembered without it, also where the topic does not have them any more.
func TestComputedColumnsMigrate(t *testing.T) {
	outputs := []string{"newest.ndjson", "best.ndjson", "visits.ndjson", "hours.ndjson"}
	folder(t, "p.edy", strings.Replace(computingProgram, " follow: true", "", 1), "bids.ndjson", firstBids+laterBids)
	edyc("run", "p.edy").expect(t, 0) // as it would be
	want := map[string]string{}
	for _, name := range outputs {
		want[name] = read(t, name)
	}
	folder(t, "p.edy", rememberingProgram, "bids.ndjson", firstBids)
	p := start(t, "run", "p.edy", "--data", "d", "--checkpoint-every", "30ms")
	waitFor(t, "once.ndjson", 2)
	p.interrupt(t).expect(t, 0)
	write(t, "new.edy", computingProgram)
	diff := edyc("diff", "p.edy", "new.edy", "--data", "d")
	checkMigrate(t, diff.out, "newest:latest", "best:top", "visits:aggregate", "hours:top")
	appendTo(t, "bids.ndjson", laterBids)
	write(t, "p.edy", strings.Replace(computingProgram, " follow: true", "", 1)) // which is its end
	edyc("run", "p.edy", "--data", "d", "--parallel", "3").expect(t, 0, "best:top: migrated")
	for _, name := range outputs {
		if got := read(t, name); got != want[name] {
			t.Errorf("%s:\n%swant\n%s", name, got, want[name])
		}
	}
}

// A column that may fail is made anew of the recorded rows where these are all kept: a row that
// it fails for would not be remembered.
func TestComputedColumnThatMayFail(t *testing.T) {
	folder(t, "p.edy", rememberingProgram, "more.edy", strings.Replace(rememberingProgram, "from bids |> latest", "from bids |> extend more = auction + 1 |> latest", 1))
	edyc("diff", "p.edy", "more.edy").expect(t, 0, "newest:latest        rebuilt: its input has other columns")
}

// A column whose rows do not say what it was before, or which was narrowed, is read anew
// from the recorded rows.
func TestRowsThatCannotMigrate(t *testing.T) {
	other := strings.Replace(rememberingProgram, "from bids |> top", "from bids |> window tumbling 1h |> aggregate price = max(price), of = count() by auction |> window none |> top", 1)
	folder(t, "p.edy", rememberingProgram, "no.edy", other)
	diff := edyc("diff", "p.edy", "no.edy")
	diff.expect(t, 0)
	for _, want := range []string{`(?m)^best:top +rebuilt: its input has other columns$`, `(?m)^newest:latest +kept$`} {
		if !regexp.MustCompile(want).MatchString(diff.out) {
			t.Errorf("no %s in\n%s", want, diff.out)
		}
	}
}

// A stage that does something else has the state that it would have, had it been there
// from the beginning.
func TestChangedStageIsRebuilt(t *testing.T) {
	started(t)
	program := strings.Replace(changingProgram, "total = sum(price)", "most = max(price), least = min(price)", 1)
	write(t, "new.edy", program)
	edyc("diff", "p.edy", "new.edy", "--data", "d").expect(t, 0, "totals:aggregate  rebuilt: it does something else")
	changed(t, program, "totals.ndjson", 2).expect(t, 0, "totals:aggregate: rebuilt")
	const want = `{"auction":1,"n":3,"most":7,"least":2}
{"auction":2,"n":1,"most":5,"least":5}
`
	if text := read(t, "totals.ndjson"); text != want {
		t.Errorf("totals: %s", text)
	}
}

// A stream that is taken away would lose its state: that must be said.
func TestLossIsRefused(t *testing.T) {
	started(t)
	program := strings.Replace(changingProgram, "stream once = from bids |> dedup by auction within 1d", "stream once = from bids", 1)
	write(t, "new.edy", program)
	edyc("diff", "p.edy", "new.edy", "--data", "d").expect(t, 1, "once:dedup", "lost: the new program does not have it")
	write(t, "p.edy", program)
	edyc("run", "p.edy", "--data", "d").expect(t, 1, "once:dedup: the new program does not have it", "--allow-state-loss once:dedup")
	changed(t, program, "once.ndjson", 4, "--allow-state-loss", "once:dedup").expect(t, 0)
	edyc("diff", "new.edy", "new.edy").expect(t, 0, "totals:aggregate  kept")
}

// Streams that nothing reads may be what a run writes: all of them are compared, also where the
// last of the file is another one.
func TestDiffWithoutSinks(t *testing.T) {
	program, _, _ := strings.Cut(strings.Replace(changingProgram, "follow: true", "", 1), "sink o1")
	program += "stream large = from bids |> where price > 4.0 |> select auction, price\n"
	other := strings.Replace(strings.Replace(program, "total = sum(price)", "most = max(price)", 1), "> 4.0", "> 6.0", 1)
	folder(t, "p.edy", program, "new.edy", other, "bids.ndjson", firstBids+laterBids)
	diff := edyc("diff", "p.edy", "new.edy")
	diff.expect(t, 0, "totals:aggregate  rebuilt: it does something else", "once:dedup        kept")
	edyc("run", "p.edy", "--data", "d", "--output", "totals=t.ndjson").expect(t, 0)
	replayed := edyc("diff", "--replay", "p.edy", "new.edy", "--data", "d")
	replayed.expect(t, 1)
	for _, want := range []string{"large: 1 row only in the old", "totals: 3 rows only in the old, 3 rows only in the new", `- {"auction":2,"price":5}`, "once: the same 3 rows"} {
		if !strings.Contains(replayed.out, want) {
			t.Errorf("no %q in\n%s", want, replayed.out)
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// checkMigrate checks that a diff says of stages that they take their state along.
func checkMigrate(t *testing.T, diff string, stages ...string) {
	t.Helper()
	for _, id := range stages {
		if !regexp.MustCompile(`(?m)^` + id + ` +migrated: its input has other columns$`).MatchString(diff) {
			t.Errorf("%s does not migrate:\n%s", id, diff)
		}
	}
}
