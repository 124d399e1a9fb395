package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pairingProgram has every kind of stage that reads two inputs, patterns, and stages that
// look at neighbours. What waits in them when the run stops decides on the rows that come
// afterwards.
const pairingProgram = `schema Bid { auction: long, price: double, at: timestamp }
schema Item { id: long, name: string, at: timestamp }
topic bids: Bid { time: at watermark: 0s }
topic items: Item { time: at watermark: 0s }
topic names: Item { key: id mode: upsert }
source feed from file into bids { path: "bids.ndjson" follow: true }
source list from file into items { path: "items.ndjson" follow: true }
stream keepers = from items |> into names
stream near = from bids |> join i = items on auction == i.id within -1h .. 1h |> select auction, price, i
stream lone = from bids |> left join i = items on auction + 1 == i.id within -5m .. 5m |> select auction, price, name = i?.name
stream either = from bids |> full join i = items on auction == i.id within -1m .. 30m |> select auction, i
stream having = from bids |> semi join i = items on auction == i.id within 0s .. 1h
stream lacking = from bids |> anti join i = items on auction == i.id within 0s .. 10m
stream kept = from bids |> left join i = items on auction == i.id keep 30d |> select auction, price, i
stream hours = from bids |> window tumbling 1h |> join i = (from items |> window tumbling 1h) on auction == i.id |> select auction, price, i
stream before = from bids |> left asof join i = items on auction == i.id within 1d |> select auction, price, i
stream after = from bids |> left asof join i = items on auction == i.id within 1d forward |> select auction, price, i
stream looked = from bids |> left lookup i = names on auction == i.id |> select auction, price, name = i?.name
stream rises = from bids |> match per auction {
  define low where price < 4.0
  define high where price > 4.0
  pattern low then high
  within 1h
  emit auction, first = low.price, last = high.price
}
stream steps = from bids |> extend was = lag(price) over (per auction) |> select auction, price, was
stream ahead = from bids |> extend next = lead(price) over (per auction next 2h) |> select auction, price, next
stream sums = from bids |> extend s = sum(price) over (per auction last 1h) |> select auction, price, s
stream ranked = from bids |> window tumbling 1h |> extend n = row_number() over (per auction)
stream differing = from bids |> changed price per auction |> extend was = previous.price
stream held = from bids |> hold 40m while price > 1.0 per auction
stream quiet = from bids |> silent 30m per auction
stream few = from bids |> throttle 1 per 50m per auction
stream sorted = from bids |> window tumbling 2h |> sort by price desc
stream sliding = from bids |> window sliding 20m per auction |> sort by price |> select auction, price
`

// outputsOf are the streams of a program with a file for each.
func outputsOf(program string) (names []string, text string) {
	for _, m := range regexp.MustCompile(`(?m)^stream (\w+) = from bids`).FindAllStringSubmatch(program, -1) {
		names = append(names, m[1])
		text += "sink out_" + m[1] + " from " + m[1] + ` to "` + m[1] + ".ndjson\"\n"
	}
	return names, program + text
}

const firstItems = `{"id":1,"name":"a","at":"2026-01-01T10:05:00Z"}
{"id":2,"name":"b","at":"2026-01-01T10:15:00Z"}
{"id":3,"name":"c","at":"2026-01-01T10:25:00Z"}
`

const laterItems = `{"id":1,"name":"A","at":"2026-01-01T10:45:00Z"}
{"id":3,"name":"C","at":"2026-01-01T11:05:00Z"}
{"id":2,"name":"B","at":"2026-01-01T12:00:00Z"}
`

const lastBids = laterBids + `{"auction":2,"price":1,"at":"2026-01-01T11:30:00Z"}
{"auction":1,"price":7,"at":"2026-01-01T12:00:00Z"}
`

// parted runs a program over the first rows, and gives how many lines each output has then.
func parted(t *testing.T, program, changed string, names []string) map[string]int {
	t.Helper()
	folder(t, "p.edy", program, "bids.ndjson", firstBids, "items.ndjson", firstItems)
	p := start(t, "run", "p.edy", "--data", "d", "--checkpoint-every", "30ms")
	waitFor(t, "differing.ndjson", 2)
	p.interrupt(t).expect(t, 0, "bids: 3 rows read", "items: 3 rows read")
	before := map[string]int{}
	for _, name := range names {
		before[name] = strings.Count(read(t, name+".ndjson"), "\n")
	}
	appendTo(t, "bids.ndjson", lastBids)
	appendTo(t, "items.ndjson", laterItems)
	write(t, "new.edy", changed)
	return before
}

// expectLines compares lines of an output. Those that had left before the change have the
// columns of then, and what a lookup found is what the table held by then.
func expectLines(t *testing.T, name, got, want string, before int) {
	t.Helper()
	g, w := strings.SplitAfter(got, "\n"), strings.SplitAfter(want, "\n")
	if len(g) == len(w) && len(g) > before {
		for i := range before {
			if w[i] = added.Replace(w[i]); name == "looked" {
				w[i] = g[i]
			}
		}
	}
	if d := cmp.Diff(w, g); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

// added are the columns more.
var added = strings.NewReplacer(`"bidder":"nobody",`, "", `"tip":null,`, "", `"color":"grey",`, "")

func ending(program string) string { return strings.ReplaceAll(program, " follow: true", "") }

// Stages with two inputs, patterns, and those that look at neighbours go on with the rows
// they remember when the topics have columns more, as they would had the topics had them
// from the beginning.
func TestPairsAndNeighboursMigrate(t *testing.T) {
	names, program := outputsOf(pairingProgram)
	changed := strings.NewReplacer(
		"auction: long, price: double,", `auction: long, bidder: string = "nobody", price: double, tip: int? = null,`,
		"id: long, name: string,", `id: long, color: string = "grey", name: string,`).Replace(program)
	folder(t, "p.edy", ending(changed), "bids.ndjson", firstBids+lastBids, "items.ndjson", firstItems+laterItems)
	edyc("run", "p.edy").expect(t, 0) // as it would be
	want := map[string]string{}
	for _, name := range names {
		want[name] = read(t, name+".ndjson")
	}
	before := parted(t, program, changed, names)
	diff := edyc("diff", "p.edy", "new.edy", "--data", "d")
	if m := regexp.MustCompile(`(?m)^.*(rebuilt|lost|new).*$`).FindAllString(diff.out, -1); m != nil {
		t.Errorf("not all migrate:\n%s", strings.Join(m, "\n"))
	}
	write(t, "p.edy", ending(changed))
	edyc("run", "p.edy", "--data", "d").expect(t, 0, "before:join: migrated", "rises:match: migrated")
	for _, name := range names {
		expectLines(t, name, read(t, name+".ndjson"), want[name], before[name])
	}
}

// Joins go on with the rows they remember when columns are computed in front of them, on either
// side, of what these rows have.
func TestJoinsMigrateToComputedColumns(t *testing.T) {
	names, program := outputsOf(pairingProgram)
	changed := strings.NewReplacer(
		"i = items on", `i = (from items |> extend same = name, first = name == "a" or name == "A") on`,
		"(from items |> window tumbling 1h)", "(from items |> window tumbling 1h |> extend late = at > @2026-01-01T10:20:00Z)",
		"from bids |> join", "from bids |> extend half = price / 2.0 |> join",
		"from bids |> left", "from bids |> extend half = price / 2.0 |> left",
		"select auction, price, i", "select auction, price, half, i").Replace(program)
	changed = strings.ReplaceAll(changed, "from bids |> window tumbling 1h |> join", "from bids |> extend half = price / 2.0 |> window tumbling 1h |> join")
	folder(t, "p.edy", ending(changed), "bids.ndjson", firstBids+lastBids, "items.ndjson", firstItems+laterItems)
	edyc("run", "p.edy").expect(t, 0) // as it would be
	want := map[string]string{}
	for _, name := range names {
		want[name] = read(t, name+".ndjson")
	}
	before := parted(t, program, changed, names)
	diff := edyc("diff", "p.edy", "new.edy", "--data", "d")
	for _, id := range []string{"near:join", "lone:join", "either:join", "kept:join", "hours:join", "before:join", "after:join"} {
		if !regexp.MustCompile(`(?m)^` + id + ` +migrated: its input has other columns$`).MatchString(diff.out) {
			t.Errorf("%s does not migrate:\n%s", id, diff.out)
		}
	}
	write(t, "p.edy", ending(changed))
	edyc("run", "p.edy", "--data", "d").expect(t, 0, "before:join: migrated")
	for _, name := range names {
		g, w := strings.SplitAfter(read(t, name+".ndjson"), "\n"), strings.SplitAfter(want[name], "\n")
		if name == "looked" {
			continue // what a lookup found is what the table held by then
		}
		if d := cmp.Diff(w[before[name]:], g[before[name]:]); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}
