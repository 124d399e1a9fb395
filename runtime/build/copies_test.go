package build_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/lower"
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
