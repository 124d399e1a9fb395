package build_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/lower"
)

const joinsProgram = `
schema Bid { k: long v: long at: timestamp }
schema Row { k: long? w: long at: timestamp }
topic bids: Bid { key: k time: at watermark: 3s partitions: 4 late_to: bids_late }
topic rows: Row { time: at watermark: 1s late_to: rows_late }
topic names: { id: long name: string } { key: id }
source bids_in from file into bids { path: "bids.ndjson" }
source rows_in from file into rows { path: "rows-*.ndjson" }
source names_in from file into names { path: "names.ndjson" }
stream near = from bids |> full join r = rows on k == r.k within -5s .. 10s |> select k, v, r?.w
stream close = from bids |> left join r = rows on k == r.k and v < r.w within 2s |> select k, v, r?.w
stream valid = from bids |> left asof join r = rows on k == r.k within 20s |> select k, v, r?.w
stream next_one = from bids |> asof join r = rows on k == r.k within 20s forward |> select k, v, r.w
stream hours = from bids |> window tumbling 30s |> anti join r = (from rows |> window tumbling 30s) on k == r.k and r.w % 40 == 0 |> select k, v
stream kept = from bids |> left join r = rows on k == r.k keep 10s |> select k, v, r?.w
stream sums = from bids |> aggregate n = count() by k keep 1m |> full join s = (from rows |> where k is not null |> aggregate m = count() by k keep 1m) on k == s.k keep 1m |> select k, n, s?.m
stream named = from bids |> lookup n = names on k == n.id |> select v, n.name
stream final = from bids |> lookup l = (from bids |> latest by k keep forever) on k == l.k |> select k, v, last = l.v
`

// TestJoinsAreTheSameHoweverCut runs every sort of join over rows out of order, of
// several partitions and files, some of them late: the bytes are always the same.
func TestJoinsAreTheSameHoweverCut(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	line := func(s int, more string) string {
		at := max(0, s-r.IntN(8)*r.IntN(2))
		return fmt.Sprintf(`{"at":"2024-01-01T00:%02d:%02d.%03dZ",%s}`+"\n", at/60, at%60, r.IntN(1000), more)
	}
	var bids, one, two, names strings.Builder
	for i := range 400 {
		bids.WriteString(line(i/2, fmt.Sprintf(`"k":%d,"v":%d`, r.IntN(7), i)))
		key := fmt.Sprint(r.IntN(7))
		if r.IntN(9) == 0 {
			key = "null"
		}
		into := &one
		if r.IntN(2) == 0 {
			into = &two
		}
		into.WriteString(line(i/2, fmt.Sprintf(`"k":%s,"w":%d`, key, i)))
	}
	for i := range 3000 { // more than a batch, the names that are needed last
		fmt.Fprintf(&names, `{"id":%d,"name":"n%d"}`+"\n", 2999-i, i)
	}
	files := map[string]string{"bids.ndjson": bids.String(), "rows-1.ndjson": one.String(), "rows-2.ndjson": two.String(), "names.ndjson": names.String()}
	streams := []string{"near", "close", "valid", "next_one", "hours", "kept", "sums", "named", "final", "bids_late", "rows_late"}
	first := map[string]string{}
	for _, opt := range settings {
		w := newWorld(t, files)
		opt.Outputs = map[string][]string{}
		for _, s := range streams {
			opt.Outputs[s] = []string{w.dir + "/" + s + ".ndjson"}
		}
		w.run(joinsProgram, opt, lower.Options{Outputs: streams})
		for _, s := range streams {
			got := w.read(s + ".ndjson")
			if first[s] == "" {
				first[s] = got
			}
			if got == "" && s != "rows_late" {
				t.Errorf("%s has no rows", s)
			}
			if diff := cmp.Diff(first[s], got); diff != "" {
				t.Fatalf("%d rows, %d instances: %s differs:\n%s", opt.BatchRows, opt.Parallel, s, diff)
			}
		}
	}
	if n := lines(first["named"]); n != 400 {
		t.Errorf("%d of 400 rows found their name", n)
	}
	last := map[string]string{}
	for _, row := range strings.Split(strings.TrimSpace(first["final"]), "\n") {
		k, rest, _ := strings.Cut(row, `,"v":`)
		_, value, _ := strings.Cut(rest, `"last":`)
		if was, ok := last[k]; ok && was != value {
			t.Fatalf("key %s has the last rows %s and %s: the table was not read first", k, was, value)
		}
		last[k] = value
	}
}
