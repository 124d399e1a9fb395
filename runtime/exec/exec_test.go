package exec_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/exec"
)

const delay = 20

// testGraph is
//
//	a (2 lanes) -> filter -> fork -> [0] -> union -> sums -> (late: late_rows)
//	b (1 lane)  -----------------------------/    \-> counts
//	                         fork -> [1] -> topic odd
//
// with everything collected.
func testGraph(alloc memory.Allocator, a [][]row, b []row) *exec.Graph {
	topic := func(name string, index int, lanes []exec.Lane) *exec.Node {
		return &exec.Node{Name: "topic:" + name, Stage: "topic", Stream: name, Errors: "errors", Ports: []*types.Stream{stream(true)},
			Topic: &exec.Topic{Name: name, Index: index, Row: rowType, Built: rowType, TimeOf: timeOf, Delay: delay * time.Microsecond, Lanes: lanes}}
	}
	at := func(node, port int) plan.Edge { return plan.Edge{Node: node, Port: port} }
	g := &exec.Graph{}
	g.Nodes = []*exec.Node{
		topic("a", 0, lanesOf(alloc, "a", a)),
		topic("b", 1, lanesOf(alloc, "b", [][]row{b})),
		operator("filter", "s", func() operators.Operator { return &filter{drop: 3, fail: 7} }, at(0, 0)),
		operator("fork", "s", func() operators.Operator { return fork{} }, at(2, 0)),
		operator("union", "u", func() operators.Operator { return both{} }, at(3, 0), at(1, 0)),
		operator("sums", "w", func() operators.Operator { return &sums{size: 10} }, at(4, 0)),
		operator("counts", "c", func() operators.Operator { return &counts{} }, at(4, 0)),
		topic("odd", 2, nil),
		topic("late_rows", 3, nil),
		{Name: "topic:errors", Stream: "errors", Ports: []*types.Stream{{Columns: recordColumns}},
			Topic: &exec.Topic{Name: "errors", Index: 4, Records: true}},
	}
	g.Nodes[3].Ports = []*types.Stream{stream(true), stream(true)}
	g.Nodes[5].Late = "late_rows"
	g.Nodes[5].Operator.Settles, g.Nodes[5].Operator.Hash = true, []exec.HashFunc{hashK}
	g.Nodes[6].Operator.Hash = []exec.HashFunc{hashK}
	g.Nodes[7].In = []plan.Edge{at(3, 1)}
	for name, edge := range map[string]plan.Edge{"union": at(4, 0), "sums": at(5, 0), "counts": at(6, 0), "odd": at(7, 0), "late": at(8, 0), "errors": at(9, 0)} {
		g.Nodes = append(g.Nodes, &exec.Node{Name: name, In: []plan.Edge{edge}, Collect: &exec.Collect{Name: name}})
	}
	return g
}

var collected = []string{"union", "sums", "counts", "odd", "late", "errors"}

// result runs the graph and writes everything it collected as text.
func result(t *testing.T, a [][]row, b []row, batch, parallel int) map[string][]string {
	t.Helper()
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	e, err := exec.New(context.Background(), testGraph(alloc, a, b), exec.Options{Alloc: alloc, BatchRows: batch, Parallel: parallel})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, name := range collected {
		for _, r := range e.Collected(name).Rows() {
			out[name] = append(out[name], fmt.Sprint(r...))
		}
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	alloc.AssertSize(t, 0)
	return out
}

func randomRows(r *rand.Rand, n int) []row {
	rows := make([]row, n)
	t := r.Int64N(30)
	for i := range rows {
		t += r.Int64N(8)
		rows[i] = row{t: max(0, t-r.Int64N(45)), k: r.Int64N(4), v: r.Int64N(100)}
		switch r.IntN(25) {
		case 0:
			rows[i].t = noTime
		case 1:
			rows[i].v = -1
		}
	}
	return rows
}

// TestSameRowsHoweverCut runs random inputs under many settings: the rows, their
// order and the error records must not change, and no buffer may be left.
func TestSameRowsHoweverCut(t *testing.T) {
	for range 25 {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 1))
		a := [][]row{randomRows(r, r.IntN(60)), randomRows(r, r.IntN(60))}
		b := randomRows(r, r.IntN(90))
		want := reference(a, b)
		for _, batch := range []int{1, 7, 4096} {
			for _, parallel := range []int{1, 3} {
				got := result(t, a, b, batch, parallel)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("seed %d, batches of %d, %d instances (-want +got):\n%s", seed, batch, parallel, diff)
				}
			}
		}
	}
}

// refRow is a row as the reference sees it.
type refRow struct {
	row
	progress, arrival int64
	topic, lane, pos  int
}

func (r refRow) before(o refRow) int {
	return slices.Compare([]int{int(r.progress), r.topic, r.lane, r.pos}, []int{int(o.progress), o.topic, o.lane, o.pos})
}

// reference computes the expected rows straight from the rules: rows one by one
// in canonical order.
func reference(a [][]row, b []row) map[string][]string {
	type failure struct {
		refRow
		text string
	}
	var failures []failure
	note := func(r refRow, at string, stage, code, reason, text string) {
		origin := fmt.Sprintf("%c%d@%d", 'a'+r.topic, r.lane, r.pos)
		failures = append(failures, failure{r, fmt.Sprint([]any{at, origin, stage, code, reason, text}...)})
	}
	topic := func(index int, lanes [][]row) []refRow {
		var all []refRow
		for l, rows := range lanes {
			progress := int64(operators.MinTime)
			for i, x := range rows {
				r := refRow{row: x, topic: index, lane: l, pos: i}
				if x.v < 0 || x.t == noTime {
					r.progress = progress
					if x.v < 0 {
						note(r, "<nil>", "topic", "bad_value", "negative", `"-1"`)
					} else {
						note(r, "<nil>", "topic", "null_time", "time column is null", fmt.Sprintf(`{"t":-1,"k":%d,"v":%d}`, x.k, x.v))
					}
					continue
				}
				progress = max(progress, x.t)
				r.progress = progress
				all = append(all, r)
			}
		}
		slices.SortFunc(all, refRow.before)
		largest := int64(operators.MinTime)
		for i := range all {
			all[i].arrival = operators.MinTime
			if i > 0 {
				all[i].arrival = largest - delay
			}
			largest = max(largest, all[i].t)
		}
		return all
	}
	out := map[string][]string{}
	var union, odd []refRow
	for _, r := range topic(0, a) {
		switch {
		case r.v%7 == 0:
			note(r, fmt.Sprint(r.t), "filter", "unlucky", fmt.Sprintf("v is %d", r.v), fmt.Sprintf(`{"t":%d,"k":%d,"v":%d}`, r.t, r.k, r.v))
		case r.v%3 == 0:
		case r.v%2 == 0:
			union = append(union, r)
		default:
			odd = append(odd, r)
		}
	}
	union = append(union, topic(1, [][]row{b})...)
	slices.SortFunc(union, refRow.before)
	text := func(r row) string { return fmt.Sprint([]any{r.t, r.k, r.v}...) }
	for _, r := range odd {
		out["odd"] = append(out["odd"], text(r.row))
	}
	seen := map[int64]int64{}
	groups := map[[2]int64]int64{}
	for _, r := range union {
		out["union"] = append(out["union"], text(r.row))
		seen[r.k]++
		out["counts"] = append(out["counts"], text(row{r.t, r.k, seen[r.k]}))
		end := r.t - r.t%10 + 10
		if r.arrival >= end {
			out["late"] = append(out["late"], text(r.row))
			continue
		}
		groups[[2]int64{end, r.k}] += r.v
	}
	var keys [][2]int64
	for g := range groups {
		keys = append(keys, g)
	}
	slices.SortFunc(keys, func(x, y [2]int64) int { return slices.Compare(x[:], y[:]) })
	for _, g := range keys {
		out["sums"] = append(out["sums"], text(row{g[0] - 1, g[1], groups[g]}))
	}
	slices.SortStableFunc(failures, func(x, y failure) int { return x.before(y.refRow) })
	for _, f := range failures {
		out["errors"] = append(out["errors"], f.text)
	}
	return out
}

// TestUntimedTopicsFollowEachOther: without event time the rows of a union stand
// in order of topics and positions (SEMANTICS 8).
func TestUntimedTopicsFollowEachOther(t *testing.T) {
	for _, batch := range []int{1, 2, 100} {
		alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
		g := testGraph(alloc, [][]row{{{1, 1, 1}, {2, 2, 2}}, {{3, 3, 4}}}, []row{{0, 9, 9}, {1, 8, 8}})
		g.Nodes = append(g.Nodes[:5:5], &exec.Node{Name: "errors", Stream: "errors", Ports: []*types.Stream{{Columns: recordColumns}},
			Topic: &exec.Topic{Name: "errors", Index: 4, Records: true}},
			&exec.Node{Name: "union", In: []plan.Edge{{Node: 4}}, Collect: &exec.Collect{Name: "union"}})
		g.Nodes[0].Topic.TimeOf, g.Nodes[1].Topic.TimeOf = nil, nil
		g.Nodes[4].Ports = []*types.Stream{stream(false)}
		g.Nodes[4].In = []plan.Edge{{Node: 1}, {Node: 0}}
		e, err := exec.New(context.Background(), g, exec.Options{Alloc: alloc, BatchRows: batch})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range e.Collected("union").Rows() {
			got = append(got, fmt.Sprint(r[2]))
		}
		if s := strings.Join(got, " "); s != "1 2 4 9 8" {
			t.Errorf("batches of %d: %s", batch, s)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		alloc.AssertSize(t, 0)
	}
}
