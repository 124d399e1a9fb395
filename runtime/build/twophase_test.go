package build_test

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/optimize"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/runtime/build"
)

const twoPhases = `
enum Color { red green blue } default red
schema Row { ok: boolean color: Color n: long m: long? d: decimal(30, 2) name: string? at: timestamp }
topic rows: Row { time: at watermark: 1s }
source rows_in from file into rows { path: "rows.ndjson" }
stream few = from rows |> window tumbling 10s |> aggregate k = count(), some = count(m), s = sum(m), mean = avg(m), d = sum(d), lo = min(name), hi = max(name), big = max(n) where ok by color
stream one = from rows |> window tumbling 10s |> aggregate k = count(), s = sum(n) by all_of_it = n > 0 or n < 1 |> select k, s
stream top_two = from rows |> window tumbling 10s |> aggregate k = count(), s = sum(m) by color, ok |> top 2 by k desc, color, ok
sink errs from errors to "errors.ndjson"
`

// twoPhasePlan is the plan with the rule, or without it.
func twoPhasePlan(w *world, with bool, opt lower.Options) *plan.Graph {
	applied := 0
	skip := []string{"two-phase-aggregate"}
	if with {
		skip = nil
	}
	g := optimize.Run(w.plan(twoPhases, opt), optimize.Options{Skip: skip, After: func(rule string, _ *plan.Graph) {
		if rule == "two-phase-aggregate" {
			applied++
		}
	}})
	if (applied > 0) != with {
		w.t.Fatalf("the rule was applied %d times", applied)
	}
	return g
}

// TestTwoPhasesGiveTheBytesOfOne aggregates rows out of order in two phases and in one,
// however they are cut. The sum of `n` goes beyond its type and back: what is too large in
// a part of the rows only is no failure, what is so in all of them is.
func TestTwoPhasesGiveTheBytesOfOne(t *testing.T) {
	const seed = 11
	t.Logf("seed %d (it is fixed)", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	var text strings.Builder
	sums, counts := map[int]*big.Int{}, map[int]int{}
	for i := range 3000 {
		s := max(0, i/40-r.IntN(2)*r.IntN(2))
		window := s / 10
		if sums[window] == nil {
			sums[window] = new(big.Int)
		}
		n := int64(math.MaxInt64)
		if counts[window]%4 > 1 {
			n = -math.MaxInt64 + 1
		}
		m := "null"
		if v := r.IntN(1000); v%7 != 0 {
			m = fmt.Sprint(v - 500)
		}
		name := "null"
		if r.IntN(5) > 0 {
			name = fmt.Sprintf(`"n%d"`, r.IntN(100))
		}
		fmt.Fprintf(&text, `{"ok":%t,"color":"%s","n":%d,"m":%s,"d":%d.%02d,"name":%s,"at":"2024-01-01T00:%02d:%02dZ"}`+"\n",
			r.IntN(3) > 0, []string{"red", "green", "blue"}[r.IntN(3)], n, m, r.IntN(1e9), r.IntN(100), name, s/60, s%60)
		sums[window].Add(sums[window], big.NewInt(n))
		counts[window]++
	}
	var want strings.Builder
	tooLarge := 0
	for _, window := range slices.Sorted(func(yield func(int) bool) {
		for at := range counts {
			if !yield(at) {
				return
			}
		}
	}) {
		if !sums[window].IsInt64() {
			tooLarge++
			continue
		}
		fmt.Fprintf(&want, `{"k":%d,"s":%s}`+"\n", counts[window], sums[window])
	}
	if tooLarge == 0 || want.Len() == 0 {
		t.Fatal("all sums fit, or none")
	}
	streams := []string{"few", "one", "top_two"}
	first := map[string]string{}
	for _, with := range []bool{false, true} {
		for _, opt := range settings {
			w := newWorld(t, map[string]string{"rows.ndjson": text.String()})
			opt.Outputs = map[string][]string{}
			for _, s := range streams {
				opt.Outputs[s] = []string{w.dir + "/" + s + ".ndjson"}
			}
			alloc := memory.NewCheckedAllocator(optest.Scrambler{})
			opt.System, opt.Alloc = w.system, alloc
			j, err := build.New(context.Background(), twoPhasePlan(w, with, lower.Options{Outputs: streams}), opt)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := j.Run(context.Background()); err != nil {
				t.Fatal(err)
			}
			if err := j.Close(); err != nil {
				t.Error(err)
			}
			alloc.AssertSize(t, 0)
			if diff := cmp.Diff(want.String(), w.read("one.ndjson")); diff != "" {
				t.Fatalf("two phases %t, %d rows, %d instances: (-computed by hand +got)\n%s", with, opt.BatchRows, opt.Parallel, diff)
			}
			for _, s := range append(streams, "errors") {
				got := w.read(s + ".ndjson")
				if first[s] == "" {
					first[s] = got
				}
				if got == "" {
					t.Errorf("%s has no rows", s)
				}
				if diff := cmp.Diff(first[s], got); diff != "" {
					t.Fatalf("two phases %t, %d rows, %d instances: %s differs:\n%s", with, opt.BatchRows, opt.Parallel, s, diff)
				}
			}
		}
	}
	if n := lines(first["errors"]); n != tooLarge {
		t.Errorf("%d error records for %d sums that do not fit:\n%s", n, tooLarge, first["errors"])
	}
}
