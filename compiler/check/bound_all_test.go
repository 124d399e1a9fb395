package check_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"

	"github.com/edynamic/edynamic/lang/diag"
)

// stateless are the operators that keep nothing of the rows they have passed on, or one
// number.
var stateless = map[string]bool{
	"Where": true, "Project": true, "Require": true, "Unnest": true, "KeyBy": true, "Time": true, "WindowNone": true,
	"Limit": true, "Sample": true, "Union": true, "Changes": true, "Into": true, "Clock": true,
	"OnTime": true, // rows that wait for the watermark of their own topic
}

// Every operator of a stage that keeps something says in symbols how much it can hold
// (TYPES 4.5): one that is added needs a line here, or a place among the stateless.
func TestEveryStatefulStageHasABound(t *testing.T) {
	bounded := map[string]bool{}
	for _, c := range []struct{ pipeline, op, want string }{
		{"rows |> join r = rows on k == r.k within 1h", "Join", "rows for 1h, rows for 1h"},
		{"rows |> left join r = rows on k == r.k within at .. at + 1h", "Join", "rows until at + 1h, rows for 0s"},
		{"rows |> join r = rows on k == r.k keep 1h", "Join", "rows of rows and rows, each key kept 1h"},
		{"rows |> anti join r = rows on k == r.k keep forever", "Join", "rows of rows and rows, kept forever"},
		{"rows |> window tumbling 1h |> join r = (from rows |> window tumbling 1h) on k == r.k", "Join", "rows of both sides per open window"},
		{"rows |> asof join r = rows on k == r.k within 1h", "Asof", "rows for 1h"},
		{"rows |> lookup r = few on k == r.k", "Lookup", "rows of few"},
		{"rows |> extend n = lag(v) over (per k)", "Over", "|k| x 1"},
		{"rows |> extend n = sum(v) over (per k last 10 rows)", "Over", "|k| x 10"},
		{"rows |> extend n = sum(v) over (per k last 1h)", "Over", "rows/s x 1h"},
		{"rows |> window tumbling 1h |> extend r = rank() over (by v)", "Over", "all rows of the window or input"},
		{"rows |> match per k { define a where v > 1 define b where v < 1 pattern a then b within 1h emit k }", "Match", "|k| x rows within 1h"},
		{"rows |> hold 5m while v > 1 per k", "Hold", "|k| x 1, while the condition holds"},
		{"rows |> silent 5m per k", "Silent", "|k| x 1, each until 5m after its last row"},
		{"rows |> throttle 2 per 5m per k", "Throttle", "|k| x 2 within 5m"},
		{"rows |> changed v per k", "Changed", "|k| x 1"},
		{"rows |> window tumbling 1h |> sort by v", "Sort", "all rows of the window or input"},
		{"rows |> window session gap 5m per k |> aggregate n = count()", "Window", "|k| x rows of an open session"},
		{"rows |> window session gap 5m per k |> aggregate n = count()", "Aggregate", "|k| per open window"},
		{"rows |> window sliding 5m per k |> aggregate n = count()", "Window", "|k| x rows of 5m"},
		{"rows |> window rows 10 per k |> aggregate n = count()", "Window", "|k| x 10 rows"},
		{"rows |> window span at .. at + 1h per k |> aggregate n = count()", "Aggregate", "|k| per open window"},
		{"rows |> window tumbling 1h fill zero keep 7d |> aggregate n = count() by k", "Aggregate", "|k| per open window (rows/s x 1h10s), and |k| (rows/s x 7d) to fill"},
		{"many |> window tumbling 1h emit updates |> aggregate n = count() by kind", "Window", "|k| in open windows"},
		{"many |> window sliding 5m per k emit updates |> join r = (from many |> window sliding 5m per k emit updates) on k == r.k", "Place", "|k| in open windows"},
		{"rows |> top 10 by v desc per k keep 7d", "Top", "|k| x 10 (rows/s x 7d)"},
		{"rows |> latest by k keep 1d", "Latest", "|k| (rows/s x 1d)"},
		{"rows |> dedup by k within 1h", "Dedup", "|k| (rows/s x 1h)"},
		{"rows |> upserts by kind", "Upserts", "3"},
		{"rows |> aggregate n = count() by k keep 1h |> where n > 5", "Upserts", "|k| (rows/s x 3h)"},
		{"rows |> aggregate n = count() by k keep 1h |> sample 0.5 by n", "Upserts", "|k| (rows/s x 3h)"},
		{"rows |> aggregate n = count() by k keep 1h |> extend m = 1 % n", "Upserts", "|k| (rows/s x 3h)"},
		{"rows |> aggregate n = count() by k keep 1h |> window session gap 1h per k emit updates |> aggregate m = count()", "Upserts", "|k| (rows/s x 3h)"},
		{"rows |> aggregate n = count() by k keep 1h |> window tumbling 5h lateness 1h emit updates |> aggregate m = count()", "Upserts", "|k| (rows/s x 6h)"},
		{"rows |> aggregate n = count() by k keep 1h |> lookup r = few on n == r.v", "Upserts", "|k| (rows/s x 3h)"},
		{"rows |> aggregate n = count() by k keep 1h |> join r = rows on n == r.v keep 2h", "Upserts", "|k| (rows/s x 3h)"},
		{"rows |> aggregate n = count() by k keep 1h |> latest by n keep 4h", "Upserts", "|k| (rows/s x 4h)"},
		{"rows |> aggregate n = count() by k keep 1h |> aggregate m = count()", "Upserts", "infinity (|k|, kept forever)"},
		{"rows |> aggregate n = count() by k, day = date(at, \"UTC\") |> where n > 5", "Upserts", "|k| x |day| (rows/s x 3d)"},
		{"rows\nview tally from rows key k keep 30d {\n  state n: long = 0\n  on R set n = n + v\n}", "View", "|k| (rows/s x 30d)"},
		{"many |> expire after 2h", "Expire", "|k| (rows/s x 2h)"},
	} {
		r := checkText(t, "bounds.edy", boundHead+c.pipeline)
		for _, d := range r.Diags.Items {
			if d.Severity == diag.Error {
				t.Errorf("%s: %s", c.pipeline, line(d))
			}
		}
		if r.Program == nil {
			continue
		}
		found := false
		for _, s := range r.Program.Streams {
			for _, st := range s.Pipeline.Stages {
				name := reflect.TypeOf(st.Op).Elem().Name()
				if name == c.op {
					found, bounded[name] = true, true
					if st.Type.BoundText != c.want {
						t.Errorf("%s: %s has the bound %q, want %q", c.pipeline, name, st.Type.BoundText, c.want)
					}
				}
			}
		}
		if !found {
			t.Errorf("%s holds no %s", c.pipeline, c.op)
		}
	}
	for _, name := range operatorNames(t) {
		if !bounded[name] && !stateless[name] {
			t.Errorf("ir.%s is neither stateless nor shown with a bound", name)
		}
	}
}

// operatorNames are the operators of stages, as package ir declares them.
func operatorNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../ir/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no files of package ir", err)
	}
	var names []string
	method := regexp.MustCompile(`(?m)^func \(\*(\w+)\) operator\(\)`)
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range method.FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
	}
	return names
}
