package build_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/lower"
)

const invarianceProgram = `
schema Event { at: timestamp? k: string n: long tags: array<string> }
topic a: Event { time: at watermark: 20s late_to: a_late }
topic b: Event { time: at watermark: 3s key: k partitions: 3 }
topic c: Event {}
topic a_late: Event {}
topic loud: Event { time: at watermark: 1m }
source a_in from file into a { path: "a*.ndjson" }
source b_in from file into b { path: "b.ndjson" }
source c_in from file into c { path: "c.ndjson" }
stream both = from a |> where n % 5 != 0 |> union (from b |> extend n = n + 1000)
stream tumbling = from both |> window tumbling 10s lateness 5s |> aggregate total = sum(n), c = count() by k
stream hopping = from both |> window hopping 20s every 5s |> aggregate hi = max(n), first = min(k)
stream updates = from both |> window tumbling 30s emit updates |> aggregate c = count() by k
stream busy = from updates |> where c > 3
stream log = from busy |> changes |> select op, c = after?.c
stream flat = from both |> unnest tag = tags |> select k, tag, inverse = 7 % (n - 100)
stream few = from both |> sample 0.3 |> select k, n
stream again = from a |> time at watermark 5s |> window tumbling 10s |> aggregate c = count()
stream untimed = from c |> union (from b) |> select k, n
stream totals = from both |> aggregate c = count(), s = sum(n) by k keep forever
stream best = from both |> window tumbling 20s |> top 2 by n desc per k with ties rank place
stream leaders = from both |> top 2 by n desc per k rank place keep forever
stream newest = from both |> latest by k keep forever
stream once = from both |> dedup by k, n within 30s
stream firsts = from both |> window tumbling 20s |> dedup by k
stream sorted = from both |> window hopping 20s every 10s |> sort by n desc, k
stream ranked = from b |> sort by k, n |> union (from c |> extend n = n + 1) |> limit 40
stream groups = from both |> window tumbling 10s |> aggregate c = 100 % (count() - 2) by k
stream rows_totals = from both |> window rows 3 every 2 per k |> aggregate c = 100 % (sum(n) % 4), list = collect(n) by tens = n / 10
stream rows_best = from both |> window rows 4 |> top 2 by 60 / (n % 9) desc per k with ties rank place
stream rows_newest = from both |> window rows 4 every 3 |> latest by k
stream rows_once = from b |> window rows 5 |> dedup by k
stream rows_sorted = from both |> window rows 4 per k |> sort by n desc
stream rows_ranked = from both |> window rows 3 per k |> extend place = rank() over (by n), share = 6 / (sum(n) over () % 5)
stream rows_untimed = from c |> window rows 3 |> aggregate c = count() by k
stream rows_tops = from both |> window rows 5 |> aggregate c = count() by k |> top 1 by c desc
route split from both all matches {
  when n > 1050 |> select at, k, n, tags -> loud
  when 3 % (n - 7) == 0 -> "odd.ndjson"
  otherwise -> drop
}
stream loudness = from loud |> window tumbling 10s |> aggregate c = count() by k
`

var invariantStreams = []string{
	"both", "tumbling", "hopping", "updates", "busy", "log", "flat", "few", "again", "untimed", "totals", "loudness", "a_late", "errors",
	"best", "leaders", "newest", "once", "firsts", "sorted", "ranked", "groups",
	"rows_totals", "rows_best", "rows_newest", "rows_once", "rows_sorted", "rows_ranked", "rows_untimed", "rows_tops",
}

func randomEvents(r *rand.Rand, n int) string {
	var b strings.Builder
	at := 1704067200 + r.IntN(30)
	for range n {
		at += r.IntN(4)
		when := fmt.Sprintf("%q", fmt.Sprintf("2024-01-01T00:%02d:%02dZ", (at-1704067200)/60%60, at%60))
		switch r.IntN(30) {
		case 0:
			when = "null"
		case 1:
			when = `"yesterday"`
		}
		if r.IntN(6) == 0 {
			at -= r.IntN(30)
			at = max(at, 1704067200)
		}
		var tags []string
		for range r.IntN(3) {
			tags = append(tags, fmt.Sprintf("%q", string(rune('x'+r.IntN(3)))))
		}
		fmt.Fprintf(&b, `{"at":%s,"k":"k%d","n":%d,"tags":[%s]}`+"\n", when, r.IntN(4), r.IntN(120), strings.Join(tags, ","))
	}
	return b.String()
}

// TestSettingsDoNotChangeResults runs a program of many operators on random data
// under several settings: every output must have the same bytes.
func TestSettingsDoNotChangeResults(t *testing.T) {
	rounds := 6
	if testing.Short() {
		rounds = 1
	}
	for range rounds {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 2))
		files := map[string]string{
			"a1.ndjson": randomEvents(r, r.IntN(150)), "a2.ndjson": randomEvents(r, r.IntN(150)),
			"b.ndjson": randomEvents(r, r.IntN(200)), "c.ndjson": randomEvents(r, r.IntN(20)),
		}
		var want map[string]string
		for _, opt := range settings {
			w := newWorld(t, files)
			opt.Outputs = map[string][]string{}
			for _, name := range invariantStreams {
				opt.Outputs[name] = []string{w.dir + "/" + name + ".out?format=ndjson"}
			}
			opt.Outputs["totals"] = append(opt.Outputs["totals"], w.dir+"/final.out?format=ndjson&changes=final")
			s := w.run(invarianceProgram, opt, lower.Options{Outputs: invariantStreams})
			got := map[string]string{"odd": w.read("odd.ndjson"), "final": w.read("final.out"), "counts": counts(s.Counter, "late", "route_dropped")}
			for _, name := range invariantStreams {
				got[name] = w.read(name + ".out")
			}
			if want == nil {
				want = got
				continue
			}
			for name := range want {
				if diff := cmp.Diff(strings.Split(want[name], "\n"), strings.Split(got[name], "\n")); diff != "" {
					t.Fatalf("seed %d, batches of %d, %d instances: %s (-one row, one instance +this):\n%s", seed, opt.BatchRows, opt.Parallel, name, diff)
				}
			}
		}
		for _, name := range invariantStreams {
			t.Logf("%s: %d rows", name, lines(want[name]))
		}
	}
}

func counts(of func(string) int64, names ...string) string {
	var out []string
	for _, n := range names {
		out = append(out, fmt.Sprintf("%s %d", n, of(n)))
	}
	return strings.Join(out, "\n")
}
