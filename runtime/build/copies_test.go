package build_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/runtime/build"
)

// TestCopies writes rows that may be copied from their records, rows whose records
// are written otherwise than ours, and rows that look like their records and are
// not: the text is that of the columns always.
func TestCopies(t *testing.T) {
	input := []string{
		`{"n":1,"s":"a","at":1000}`,
		`{"n":2,"s":"é \"q\" \/ \u0041","at":2000}`,
		`{"n":3,"s":"b","at":3000}`,
		`{ "n":4, "s":"c", "at":4000}`,
		`{"n":5.0,"s":"d","at":5e3}`,
		`{"n":-6,"s":"","at":6000}`,
		`{"n":-0,"s":"e","at":7000}`,
		`{"s":"f","n":8,"at":8000}`,
		`{"n":9,"s":"g","at":9000,"more":1}`,
		`{"n":10,"s":"ü","at":-10}`,
		`{"n":11,"s":"h","at":11000}`,
	}
	for range 40 {
		input = append(input, `{"n":12,"s":"i","at":12000}`)
	}
	want := []string{
		`{"n":1,"s":"a","at":1000}`,
		`{"n":2,"s":"é \"q\" / A","at":2000}`,
		`{"n":3,"s":"b","at":3000}`,
		`{"n":4,"s":"c","at":4000}`,
		`{"n":5,"s":"d","at":5000}`,
		`{"n":-6,"s":"","at":6000}`,
		`{"n":0,"s":"e","at":7000}`,
		`{"n":8,"s":"f","at":8000}`,
		`{"n":9,"s":"g","at":9000}`,
		`{"n":10,"s":"ü","at":-10}`,
		`{"n":11,"s":"h","at":11000}`,
	}
	for range 40 {
		want = append(want, `{"n":12,"s":"i","at":12000}`)
	}
	all := strings.Join(want, "\n") + "\n"
	// changed is each line with what a program makes of it.
	changed := func(replace ...string) string { return strings.NewReplacer(replace...).Replace(all) }
	without := func(piece string) string { return regexp.MustCompile(piece).ReplaceAllString(all, "") }
	const head = `
schema Row { n: long  s: string  at: timestamp }
topic rows: Row { time: at  watermark: 1m }
source file_in from file into rows { path: "in.ndjson"  format: ndjson(timestamps: epoch_millis) }
`
	const out = ` { path: "out.ndjson"  format: ndjson(timestamps: epoch_millis) }`
	tests := []struct{ name, program, want string }{
		{"where", `stream kept = from rows |> where n > -100` + "\nsink o from kept to file" + out, all},
		{"a topic between", `topic t: Row { }
stream kept = from rows |> where n > -100 |> into t
sink o from t to file` + out, all},
		{"another value", `stream kept = from rows |> extend n = if n == 3 then 33 else n` + "\nsink o from kept to file" + out, changed(`"n":3,`, `"n":33,`)},
		{"another value, a topic between", `topic t: Row { }
stream kept = from rows |> extend n = if n == 3 then 33 else n |> into t
sink o from t to file` + out, changed(`"n":3,`, `"n":33,`)},
		{"other settings", `stream kept = from rows |> where n == 3` + "\n" + `sink o from kept to "out.ndjson"`,
			`{"n":3,"s":"b","at":"1970-01-01T00:00:03Z"}` + "\n"},
		{"a side door", `schema Wide { n: long  s: string  at: timestamp  o: long? }
topic t: Wide { }
stream kept = from rows |> extend s = concat(s, "!"), o = if n == 3 then null else n |> require o else -> t |> drop o
sink other from kept to "other.ndjson"
sink o from t to file` + out, `{"n":3,"s":"b!","at":3000,"o":null}` + "\n"},
		{"some columns", `stream kept = from rows |> select n, at` + "\nsink o from kept to file" + out, without(`,"s":"[^,]*"`)},
		{"a value computed between", `stream kept = from rows |> extend s = concat("-", s) |> where n > -100` + "\nsink o from kept to file" + out, changed(`"s":"`, `"s":"-`)},
		{"another order", `stream kept = from rows |> select s, n` + "\nsink o from kept to file" + out,
			regexp.MustCompile(`"n":(.*),"s":(.*),"at.*}`).ReplaceAllString(all, `"s":$2,"n":$1}`)},
		{"names exchanged", `stream kept = from rows |> extend m = n * 2 |> rename o = n |> rename n = m |> select n, s, at` + "\nsink o from kept to file" + out, doubled(all)},
		{"two outputs", `stream kept = from rows |> select n, s
stream other = from rows |> select s, at
sink o from kept to file` + out + `
sink p from other to "other.ndjson"`, without(`,"at":-?[0-9]*`)},
		{"an array", `stream kept = from rows |> where n in (1, 3)` + "\n" + `sink o from kept to file { path: "out.ndjson"  format: ndjson(layout: array, timestamps: epoch_millis) }`,
			"[\n" + `{"n":1,"s":"a","at":1000}` + ",\n" + `{"n":3,"s":"b","at":3000}` + "\n]\n"},
	}
	for _, test := range tests {
		for _, opt := range settings {
			w := newWorld(t, map[string]string{"in.ndjson": strings.Join(input, "\n")})
			w.run(head+test.program, opt, lower.Options{})
			if d := cmp.Diff(test.want, w.read("out.ndjson")); d != "" {
				t.Errorf("%s, %+v: %s", test.name, opt, d)
			}
		}
	}
}

// row is a record of TestCopied.
type row struct {
	n  int
	s  string // as JSON
	at int
}

// TestCopied runs programs in which some columns are read by nobody but outputs, over
// records that look alike but for a few: what is written is what stands in them, whoever
// else reads them.
func TestCopied(t *testing.T) {
	r := optest.Random(t)
	var input strings.Builder
	var rows []row
	for i := range 20_000 {
		one := row{i, fmt.Sprintf(`"text %d"`, r.IntN(1000)), 1000 * i}
		switch r.IntN(400) {
		case 0:
			one.s = `"a \"quoted\" text"`
		case 1:
			one.s = `"ü"`
		}
		switch r.IntN(400) {
		case 0:
			fmt.Fprintf(&input, `{ "n": %d, "s": %s, "at": %d }`+"\n", one.n, one.s, one.at)
		case 1:
			fmt.Fprintf(&input, `{"s":%s,"at":%d,"n":%d}`+"\n", one.s, one.at, one.n)
		case 2:
			input.WriteString(`{"n":"no number","s":"x","at":1}` + "\n")
			continue
		case 3:
			input.WriteString(`{"n":1,"s":12,"at":1}` + "\n")
			continue
		default:
			fmt.Fprintf(&input, `{"n":%d,"s":%s,"at":%d}`+"\n", one.n, one.s, one.at)
		}
		rows = append(rows, one)
	}
	const head = `
schema Row { n: long  s: string  at: timestamp }
topic rows: Row { time: at }
source file_in from file into rows { path: "in.ndjson"  format: ndjson(timestamps: epoch_millis) }
`
	const out = ` to file { path: "out.ndjson"  format: ndjson(timestamps: epoch_millis) }`
	whole := func(r row) string { return fmt.Sprintf(`{"n":%d,"s":%s,"at":%d}`, r.n, r.s, r.at) }
	always := func(row) bool { return true }
	for _, test := range []struct {
		name, program string
		kept          func(row) bool
		line          func(row) string
	}{
		{"all", `stream kept = from rows`, always, whole},
		{"chosen by a column that is read", `stream kept = from rows |> where n % 3 == 0`, func(r row) bool { return r.n%3 == 0 }, whole},
		{"one is read for another", `stream kept = from rows |> extend m = n + 1`, always,
			func(r row) string { return fmt.Sprintf(`{"n":%d,"s":%s,"at":%d,"m":%d}`, r.n, r.s, r.at, r.n+1) }},
		{"one has another name", `stream kept = from rows |> select m = n, s`, always,
			func(r row) string { return fmt.Sprintf(`{"m":%d,"s":%s}`, r.n, r.s) }},
		{"one is read twice", `stream kept = from rows |> select s, t = s, n`, always,
			func(r row) string { return fmt.Sprintf(`{"s":%s,"t":%s,"n":%d}`, r.s, r.s, r.n) }},
		{"read further down", `stream some = from rows |> select n, s
stream kept = from some |> where length(s) < 9`, func(r row) bool { return utf8.RuneCountInString(r.s) < 11 },
			func(r row) string { return fmt.Sprintf(`{"n":%d,"s":%s}`, r.n, r.s) }},
		{"another output in another format", `stream kept = from rows |> select n, s
sink p from kept to "other.csv"`, always, func(r row) string { return fmt.Sprintf(`{"n":%d,"s":%s}`, r.n, r.s) }},
		{"an aggregate beside", `stream kept = from rows |> where n >= 0
stream least = from rows |> window tumbling 10s |> aggregate s = min(s)
sink p from least to "least.ndjson"`, always, whole},
		{"an aggregate beside that reads others", `stream kept = from rows |> where n >= 0
stream least = from rows |> window hopping 10s every 5s |> aggregate c = count() by n
sink p from least to "least.ndjson"`, always, whole},
		{"a route", `route kept_ from rows first match { when n < 0 -> drop  otherwise -> kept }`, always, whole},
		{"rows that fail", `stream kept = from rows |> where div(100, n % 2) > 0
sink p from errors to "errors.ndjson"`, func(r row) bool { return r.n%2 == 1 }, whole},
	} {
		var want strings.Builder
		for _, r := range rows {
			if test.kept(r) {
				want.WriteString(test.line(r) + "\n")
			}
		}
		for _, opt := range []build.Options{{BatchRows: 4096, Parallel: 1}, {BatchRows: 500, Parallel: 3}, {BatchRows: 500, AllColumns: true}} {
			w := newWorld(t, map[string]string{"in.ndjson": input.String()})
			w.run(head+test.program+"\nsink o from kept"+out, opt, lower.Options{})
			if got := w.read("out.ndjson"); got != want.String() {
				t.Errorf("%s, %+v: %s", test.name, opt, firstDifference(want.String(), got))
			}
			if strings.Contains(test.program, "other.csv") {
				checkCells(t, rows, w.read("other.csv"))
			}
		}
	}
}

// checkCells checks the n and s of all rows in CSV.
func checkCells(t *testing.T, rows []row, text string) {
	t.Helper()
	cells, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(cells) != len(rows)+1 {
		t.Fatalf("%d lines of CSV for %d rows (%v)", len(cells), len(rows), err)
	}
	for i, r := range rows {
		s := ""
		if err := json.Unmarshal([]byte(r.s), &s); err != nil {
			t.Fatal(err)
		}
		if got := cells[i+1]; got[0] != strconv.Itoa(r.n) || got[1] != s {
			t.Fatalf("row %d is %q in CSV, not %d and %q", i, got, r.n, s)
		}
	}
}

// firstDifference is the first lines that differ.
func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d is %q, not %q", i, b[i], a[i])
		}
	}
	return fmt.Sprintf("%d lines, not %d", len(b), len(a))
}

// doubled is lines with twice the n.
func doubled(lines string) string {
	return regexp.MustCompile(`"n":(-?[0-9]+)`).ReplaceAllStringFunc(lines, func(field string) string {
		n, _ := strconv.Atoi(field[len(`"n":`):])
		return fmt.Sprintf(`"n":%d`, 2*n)
	})
}

// TestMemoryIsUsedAgain reads more than the chunks that are in memory at a time:
// rows that are copied and error records have the text of their own record.
func TestMemoryIsUsedAgain(t *testing.T) {
	var input, kept, small, failed strings.Builder
	for i := range 40_000 {
		n := i % 1000
		line := fmt.Sprintf(`{"n":%d,"s":"%s","at":%d}`, n, strings.Repeat("x", i%100), i)
		input.WriteString(line + "\n")
		switch {
		case n == 0:
			failed.WriteString(line + "\n")
		case n <= 250:
			kept.WriteString(line + "\n")
			if n < 10 {
				small.WriteString(line + "\n")
			}
		}
	}
	const program = `
schema Row { n: long  s: string  at: timestamp }
topic rows: Row { time: at }
source file_in from file into rows { path: "in.ndjson"  format: ndjson(timestamps: epoch_millis) }
stream kept = from rows |> where 1000 % n >= 0 and n <= 250
route sized from kept first match {
  when n < 10 -> small
  otherwise -> drop
}
sink a from kept to file { path: "kept.ndjson"  format: ndjson(timestamps: epoch_millis) }
sink b from small to file { path: "small.ndjson"  format: ndjson(timestamps: epoch_millis) }
sink c from errors to "errors.ndjson"
`
	for _, opt := range []build.Options{{BatchRows: 7, Parallel: 1}, {BatchRows: 4096, Parallel: 1}, {BatchRows: 4096, Parallel: 3}} {
		w := newWorld(t, map[string]string{"in.ndjson": input.String()})
		w.run(program, opt, lower.Options{})
		if w.read("kept.ndjson") != kept.String() || w.read("small.ndjson") != small.String() {
			t.Errorf("%+v: rows with other text", opt)
		}
		var texts strings.Builder
		for _, line := range strings.Split(strings.TrimSpace(w.read("errors.ndjson")), "\n") {
			var e struct{ Row json.RawMessage }
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			texts.WriteString(string(e.Row) + "\n")
		}
		if texts.String() != failed.String() {
			t.Errorf("%+v: error records with other text", opt)
		}
	}
}
