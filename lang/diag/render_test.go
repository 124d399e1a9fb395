package diag

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/lang/source"
	"github.com/google/go-cmp/cmp"
)

// sparse is a source file of which only some lines matter: a map from line number
// to text, the others empty.
func sparse(name string, lines map[int]string) *source.File {
	last := 0
	for n := range lines {
		last = max(last, n)
	}
	text := make([]string, last)
	for n, line := range lines {
		text[n-1] = line
	}
	return source.New(name, strings.Join(text, "\n")+"\n")
}

// on is the span of a piece of text on a line; the piece must be there.
func on(t *testing.T, f *source.File, line int, piece string) source.Span {
	t.Helper()
	column := strings.LastIndex(f.Line(line), piece)
	if column < 0 {
		t.Fatalf("line %d of %s has no %q", line, f.Name, piece)
	}
	start := f.LineStart(line) + column
	return source.Span{File: f, Start: start, End: start + len(piece)}
}

func golden(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".golden"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func render(t *testing.T, l *List, opts Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Render(&b, l, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The cases are the examples of the language's diagnostics page.
func TestLongFormFollowsTheExamples(t *testing.T) {
	type build func(t *testing.T, l *List)
	for name, fill := range map[string]build{
		"condition_equals": func(t *testing.T, l *List) {
			f := sparse("nexmark.edy", map[int]string{52: "  |> where auction = 1007"})
			l.Error("E0105", on(t, f, 52, "="), `"=" gives a name, "==" compares`, `I read this as naming a column "auction"`).
				Fix(Apply, "compare", "|> where auction == 1007", Edit{on(t, f, 52, "="), "=="})
		},
		"misspelt_column": func(t *testing.T, l *List) {
			f := sparse("nexmark.edy", map[int]string{71: "  |> aggregate n = count() by biddr"})
			l.Error("E0202", on(t, f, 71, "biddr"), `there is no column "biddr" here`, `did you mean "bidder"?`).
				Note("columns at this point: auction, bidder, price, channel, url, date_time, extra\n"+
					`(the stage above, line 70, is "window"; it also offers window.start and window.end)`).
				Fix(Apply, `replace with "bidder"`, "")
		},
		"nullable_condition": func(t *testing.T, l *List) {
			f := sparse("cooling.edy", map[int]string{12: `  temperature: double? @unit("°C")`, 33: "  |> where temperature > 90.0"})
			condition := on(t, f, 33, "temperature")
			l.Error("E0310", condition, `"temperature" may be null, so "> 90.0" has no yes-or-no answer`, "double?").
				Label(on(t, f, 12, "double?"), `declared with "?" here`).
				Because("SQL would silently drop rows with a null here. edy asks you which you want.").
				Fix(Choose, "drop such rows, counted", "|> require temperature else -> readings_bad").
				Fix(Choose, "treat them as not matching", "|> where temperature is not null and temperature > 90.0").
				Fix(Choose, "use a value instead", "|> where (temperature ?? 0.0) > 90.0")
		},
		"unhandled_failure": func(t *testing.T, l *List) {
			f := sparse("import.edy", map[int]string{18: "  |> extend qty = parse_long(qty_text)"})
			l.Error("E0401", on(t, f, 18, "parse_long(qty_text)"), `"parse_long" can fail and nothing here says what should happen then`, `fails on text such as "12a" or ""`).
				Fix(Choose, "a default", "parse_long(qty_text) ?? 0").
				Fix(Choose, "null", "try parse_long(qty_text)         (type becomes long?)").
				Fix(Choose, "send the row to lines_bad", "parse_long(qty_text)!")
		},
		"unbounded_aggregate": func(t *testing.T, l *List) {
			f := sparse("totals.edy", map[int]string{8: "  from bids", 9: "  |> aggregate total = sum(price) by bidder"})
			above := on(t, f, 8, "from")
			above.End = above.Start // only shows the line
			l.Error("E0501", on(t, f, 9, "bidder"), `this aggregate would keep one row for every "bidder", for ever`, "unlimited number of values (long)").
				Label(above, "").
				Because(`there is no window above and no "keep", so old bidders can never be forgotten.`).
				Fix(Choose, "per period", `|> window tumbling 1d        (put it before "aggregate")`).
				Fix(Choose, "forget idle ones", "... by bidder keep 30d").
				Fix(Choose, "I want this", "... by bidder keep forever   (listed in the deploy report)")
		},
		"unbounded_join": func(t *testing.T, l *List) {
			f := sparse("pay.edy", map[int]string{13: "  from orders", 14: "  |> join p = payments on order_id == p.order_id"})
			l.Error("E0502", on(t, f, 14, "join"), "this join would have to remember every order and every payment", "").
				Label(on(t, f, 13, "orders"), "append stream, grows without end").
				Label(on(t, f, 14, "payments"), "append stream, grows without end").
				Because("a payment could arrive for an order of last year; nothing here rules that out.").
				Fix(Choose, "payment follows within an hour", "... on order_id == p.order_id within 0s .. 1h").
				Fix(Choose, "only the newest payment per order", "|> lookup p = latest_payment on ...  (make it a table)").
				Fix(Choose, "forget after a quiet time", "... on order_id == p.order_id keep 7d")
		},
		"changes_to_append": func(t *testing.T, l *List) {
			f := sparse("totals.edy", map[int]string{9: "  |> aggregate total = sum(price) by bidder keep 30d", 15: "  |> into report"})
			l.Error("E0311", on(t, f, 15, "report"), `"totals" changes rows it has already sent, but the topic "report" can only append`, `declared without "mode: upsert" (line 3)`).
				Label(on(t, f, 9, "aggregate"), "becomes a changes stream here: each bid replaces the bidder's old total").
				Fix(Choose, "one final row per day", "|> window tumbling 1d      (before the aggregate)").
				Fix(Choose, "let readers see updates", "topic report: Total { key: bidder  mode: upsert }").
				Fix(Choose, "send a log of the changes", `|> changes                 (before "into"; rows get op, before, after)`)
		},
		"window_without_time": func(t *testing.T, l *List) {
			f := sparse("rooms.edy", map[int]string{9: "topic rooms: Room { key: room }", 21: "  |> window tumbling 5m"})
			topic := on(t, f, 9, "rooms")
			l.Error("E0503", on(t, f, 21, "window"), `a window needs to know when each row happened, and "rooms" does not say`, "").
				Label(topic, `no "time:" here; Room has one timestamp column, "at"`).
				Fix(Apply, "use the column", "topic rooms: Room { key: room  time: at }").
				Fix(Choose, "use the arrival time", "|> window tumbling 5m on processing time\n(without --data a second run will give other results)")
		},
		"unnamed_aggregate": func(t *testing.T, l *List) {
			f := sparse("speed.edy", map[int]string{8: "  |> aggregate avg(speed), count() by district"})
			l.Error("E0207", on(t, f, 8, "avg(speed)"), "this column needs a name", "").
				Label(on(t, f, 8, "count()"), "").
				Because(`generated names such as "avg_speed" would change when the expression changes, and break readers.`).
				Fix(Apply, "name them", "|> aggregate avg_speed = avg(speed), n = count() by district")
		},
		"sql_habit": func(t *testing.T, l *List) {
			f := sparse("first.edy", map[int]string{2: "stream busy =",
				3: "  SELECT district, count(*) FROM counts WHERE lane = 1 GROUP BY district HAVING count(*) > 10"})
			above := on(t, f, 2, "stream")
			above.End = above.Start
			l.Error("E0110", on(t, f, 3, "SELECT"), `this looks like SQL; an edy pipeline starts with "from"`, "here").
				Label(above, "").
				Note(`the aggregate will also need a window or "keep" (see E0501).`).
				Fix(Maybe, "replace lines 3-3 with the above", "from counts\n|> where lane == 1\n|> aggregate n = count() by district\n|> where n > 10")
		},
		"open_bracket": func(t *testing.T, l *List) {
			f := sparse("cooling.edy", map[int]string{40: "topic readings: Reading {", 48: "stream enriched ="})
			l.Error("E0102", on(t, f, 40, "{"), `this "{" is never closed`, "opened here").
				Label(on(t, f, 48, "stream"), "a new declaration starts in the first column, so the topic must have ended before this").
				Note("the other 11 declarations in this file were checked as usual.").
				Fix(Apply, `add "}" after line 46`, "")
		},
		"route_without_otherwise": func(t *testing.T, l *List) {
			f := sparse("cooling.edy", map[int]string{61: "route cooling from enriched first match {",
				62: "  when temperature >= 95.0 -> critical", 63: "  when temperature >= 80.0 -> warn", 64: "}"})
			l.Error("E0320", on(t, f, 61, "route"), "what should happen to rows that match none of these arms?", "").
				Label(on(t, f, 64, "}"), `"otherwise" is missing`).
				Fix(Choose, "otherwise -> archive", "(a topic of type Reading that nothing writes to)").
				Fix(Choose, "otherwise -> drop", `(dropped rows are counted as route_dropped{route="cooling"})`)
		},
		"which_midnight": func(t *testing.T, l *List) {
			f := sparse("meters.edy", map[int]string{30: "  |> aggregate kwh = sum(kwh) by day = date(at) keep 400d"})
			l.Error("E0507", on(t, f, 30, "date"), `"date" needs a time zone`, `"at" is an instant; its date depends on where you are`).
				Note("2026-03-28T23:30Z is 28 March in London and 29 March in Helsinki").
				Fix(Choose, "here", `date(at, "Europe/Helsinki")`).
				Fix(Choose, "for this file", `module meters timezone "Europe/Helsinki"`)
		},
		"breaking_schema": func(t *testing.T, l *List) {
			f := sparse("meters.edy", map[int]string{7: "  kwh: decimal(12, 4)"})
			l.Error("E0605", on(t, f, 7, "decimal(12, 4)"), `readers of "meter_readings" could no longer decode stored rows`, "was decimal(12, 3) in version 4, written until yesterday").
				Because("the topic promises backward_transitive (line 22). Avro only matches decimals with equal\n"+
					"precision and scale, so version 5 cannot read versions 1 to 4. 12.4 million rows are still retained.").
				Fix(Choose, "add a field", "kwh_precise: decimal(12, 4)? = null     (fill it, move readers, drop kwh later)").
				Fix(Choose, "a new topic", "topic meter_readings_v5: MeterReading { ... }  and a stream that converts").
				Fix(Choose, "accept the break", "compatibility: none                     (needs role schema_owner)")
		},
		"personal_data": func(t *testing.T, l *List) {
			f := sparse("vitals.edy", map[int]string{6: "  patient_id: string @pii",
				58: "  |> select patient_id, kind, value", 59: "  |> into research_vitals"})
			l.Error("E0703", on(t, f, 58, "patient_id"), `personal data would reach "research_vitals"`, "still readable as it is").
				Label(on(t, f, 6, "patient_id"), "").
				Label(on(t, f, 6, "@pii"), "marked as personal here").
				Label(on(t, f, 59, "research_vitals"), "readable by role analyst (line 71)").
				Fix(Choose, "pseudonym", "subject = privacy.pseudonym(patient_id, pseudonym_key)").
				Fix(Choose, "leave it out", "|> drop patient_id").
				Fix(Choose, "mask for readers", "policy p on research_vitals { mask patient_id using hash(patient_id, salt) for role analyst }")
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := &List{}
			fill(t, l)
			if diff := cmp.Diff(golden(t, name), render(t, l, Options{})); diff != "" {
				t.Errorf("differs from testdata/%s.golden (-want +got)\n%s", name, diff)
			}
		})
	}
}
