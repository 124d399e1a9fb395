package build_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/lower"
)

const changesProgram = `
schema Event { at: timestamp? k: string n: long tags: array<string> }
schema Last { k: string n: long }
topic a: Event { time: at watermark: 20s late_to: a_late }
topic b: Event { time: at watermark: 3s key: k partitions: 3 }
topic a_late: Event {}
topic items: Event { key: n mode: upsert time: at watermark: 10s }
topic last: Last { key: k mode: upsert }
source a_in from file into a { path: "a*.ndjson" }
source b_in from file into b { path: "b.ndjson" }
source c_in from file into items { path: "c.ndjson" }
stream both = from a |> where n % 5 != 0 |> union (from b |> extend n = n + 1000)
stream now = from both |> upserts by n delete when n % 7 == 3
stream counts = from now |> aggregate c = count(), s = sum(n), lo = min(n), hi = max(n), f = first(n), l = last(n), all = collect(n) by k keep forever
stream brief = from now |> aggregate c = count(), f = first(n) by k keep 20s
stream of_brief = from brief |> aggregate groups = count(), most = max(c)
stream of_counts = from counts |> aggregate groups = count() by even = c % 2 == 0
stream best = from now |> top 3 by n % 50 desc, n per k rank place keep forever
stream ties = from now |> top 2 by n % 10 with ties rank place keep forever
stream newest = from now |> latest by k keep 30s
stream of_best = from best |> aggregate c = count(), s = sum(place) by k keep forever
stream recent = from now |> expire after 15s
stream of_recent = from recent |> aggregate c = count(), s = sum(n)
stream moving = from now |> window tumbling 10s lateness 5s emit updates |> aggregate c = count(), s = sum(n) by k
stream hopping = from now |> window hopping 20s every 10s emit updates every 5s |> aggregate c = count() by k
stream inside = from now |> window tumbling 20s emit updates |> top 1 by n desc per k
stream updates = from both |> window tumbling 30s emit updates |> aggregate c = count() by k
stream nested = from updates |> aggregate keys = count(), most = max(c)
stream written = from counts |> where c % 3 != 0 |> select k, n = c |> into last
stream also = from b |> where n % 11 == 0 |> select k, n |> into last
stream of_last = from last |> aggregate c = count(), s = sum(n)
stream of_items = from items |> aggregate c = count(), s = sum(n) by k keep forever
table kept with { retain: 20s } = from now |> select k, n, parity = n % 2
view folded from both key k keep 1m {
  state total: long = 0
  state biggest: long = -1
  state rows: int = 0
  on * set rows = rows + 1, total = total + n
  on * when n > biggest set biggest = n
  on * when n % 13 == 0 delete
  on * when 3 % (n - 7) == 0 set total = 0
}
stream of_folded = from folded |> aggregate c = count(), s = sum(rows)
stream log = from newest |> changes |> select op, n = after?.n
`

var changesStreams = []string{
	"now", "counts", "brief", "of_brief", "of_counts", "best", "ties", "newest", "of_best", "recent", "of_recent", "moving", "hopping", "inside",
	"updates", "nested", "last", "of_last", "items", "of_items", "kept", "folded", "of_folded", "log", "a_late", "errors",
}

// TestSettingsDoNotChangeChanges runs changes streams of every kind on random data
// under several settings: every log and every final result must have the same bytes,
// and what is left of a log must be the final result.
func TestSettingsDoNotChangeChanges(t *testing.T) {
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	for range rounds {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 2))
		files := map[string]string{
			"a1.ndjson": randomEvents(r, r.IntN(150)), "a2.ndjson": randomEvents(r, r.IntN(150)),
			"b.ndjson": randomEvents(r, r.IntN(200)), "c.ndjson": randomEvents(r, r.IntN(60)),
		}
		var want map[string]string
		for _, opt := range settings {
			w := newWorld(t, files)
			opt.Outputs = map[string][]string{}
			for _, name := range changesStreams {
				opt.Outputs[name] = []string{w.dir + "/" + name + ".out?format=ndjson", w.dir + "/" + name + ".final?format=ndjson&changes=final", w.dir + "/" + name + ".dbz?format=debezium"}
			}
			w.run(changesProgram, opt, lower.Options{Outputs: changesStreams})
			got := map[string]string{}
			for _, name := range changesStreams {
				for _, end := range []string{".out", ".final", ".dbz"} {
					got[name+end] = w.read(name + end)
				}
			}
			if want == nil {
				want = got
				continue
			}
			for _, name := range slices.Sorted(maps.Keys(want)) {
				if diff := cmp.Diff(strings.Split(want[name], "\n"), strings.Split(got[name], "\n")); diff != "" {
					t.Errorf("seed %d, batches of %d, %d instances: %s (-one row, one instance +this):\n%s", seed, opt.BatchRows, opt.Parallel, name, diff)
				}
			}
		}
		for _, name := range changesStreams {
			t.Logf("%s: %d rows", name, lines(want[name+".out"]))
		}
	}
}
