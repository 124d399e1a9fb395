package lookup

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

// Left rows have an id and a key, rows of the table a value under the alias p, a key
// of the lookup and an id.
var (
	leftCols  = []types.Column{{Name: "id", Type: types.TLong}, {Name: "k", Type: types.TLong.OrNull()}}
	rightCols = []types.Column{{Name: "p", Type: types.TLong}, {Name: "key", Type: types.TLong.OrNull(), Hidden: true}, {Name: "p.id", Type: types.TLong, Hidden: true}}
	outCols   = append(slices.Clone(leftCols), types.Column{Name: "p", Type: types.TLong.OrNull()})
)

// setup is one sort of lookup.
type setup struct {
	left    bool             // rows without a match stay
	changes bool             // the left side is a changes stream
	table   types.StreamKind // of the right side
	keyed   bool             // a key identifies rows of the table
}

func (s setup) fresh(t testing.TB) *Lookup {
	t.Helper()
	spec := &ir.Lookup{Left: s.left}
	spec.Alias, spec.LeftKeys, spec.RightKeys = "p", []string{"k"}, []string{"key"}
	if s.keyed {
		spec.Identity = []string{"p.id"}
	}
	left, out := &types.Stream{Columns: leftCols}, &types.Stream{Columns: outCols}
	if s.changes {
		left.Kind, out.Kind, left.Key = types.Changes, types.Changes, []string{"id"}
	}
	op, err := New(spec, left, &types.Stream{Columns: rightCols, Kind: s.table}, out, false, &operators.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// naive keeps the table as a list and looks at all of it for each row.
func (s setup) naive(rows []optest.From) []string {
	type entry struct {
		values []any
		seq    int
	}
	var table []entry
	beside := map[int64][]any{} // what was put beside each left row that stands
	var out []string
	for n, r := range rows {
		takes := r.Op == operators.Delete || r.Op == operators.UpdateBefore
		if r.Input == 1 {
			i := slices.IndexFunc(table, func(e entry) bool {
				if s.keyed {
					return e.values[2] == r.Values[2]
				}
				return slices.Equal(e.values, r.Values)
			})
			if i >= 0 && (takes || s.keyed) {
				table = slices.Delete(table, i, i+1)
			}
			if !takes {
				table = append(table, entry{r.Values, n})
			}
			continue
		}
		id := r.Values[0].(int64)
		found := []any{}
		if takes {
			found = beside[id]
		} else {
			var match []entry
			for _, e := range table {
				if r.Values[1] != nil && e.values[1] == r.Values[1] {
					match = append(match, e)
				}
			}
			slices.SortFunc(match, func(a, b entry) int {
				if s.keyed {
					return cmp.Compare(a.values[2].(int64), b.values[2].(int64))
				}
				return cmp.Compare(a.seq, b.seq)
			})
			for _, e := range match {
				found = append(found, e.values[0])
			}
			beside[id] = found
		}
		if len(found) == 0 && s.left {
			found = []any{nil}
		}
		for _, p := range found {
			out = append(out, fmt.Sprintf("%s %s %s", optest.Quote(r.Values[0]), optest.Quote(r.Values[1]), optest.Quote(p)))
		}
	}
	return out
}

// feed gives rows as batches of one input each.
func feed(t *testing.T, s setup, rows []optest.From, size int, snapshots bool) (lines []string) {
	t.Helper()
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	defer alloc.AssertSize(t, 0)
	ctx := &operators.Context{Alloc: alloc, BatchRows: 4096}
	op := s.fresh(t)
	sink := &optest.Sink{Cols: outCols, In: leftCols}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(op.Open(ctx))
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].Input == rows[0].Input && (n < size || rows[n-1].Op == operators.UpdateBefore) {
			n++
		}
		var part []optest.Row
		var ops []operators.Op
		for _, r := range rows[:n] {
			part, ops = append(part, r.Row), append(ops, r.Op)
		}
		cols, changes := leftCols, s.changes
		if rows[0].Input == 1 {
			cols, changes = rightCols, s.table == types.Changes
		}
		b := optest.Batch(alloc, cols, part)
		if changes {
			b.Ops = ops
		}
		check(op.Process(rows[0].Input, b, sink))
		rows = rows[n:]
		if snapshots {
			state, err := op.Snapshot()
			check(err)
			check(op.Close())
			op = s.fresh(t)
			check(op.Open(ctx))
			check(op.Restore(state, nil))
		}
	}
	check(op.Close())
	return sink.Lines
}

func TestAgainstList(t *testing.T) {
	r := optest.Random(t)
	for round := range 20 {
		s := setup{left: r.IntN(2) == 0, changes: r.IntN(2) == 0, keyed: r.IntN(2) == 0}
		if r.IntN(2) == 0 {
			s.table = types.Changes
		}
		rows := randomRows(r, s)
		want := s.naive(rows)
		for _, size := range []int{1, 7, 4096} {
			for _, snapshots := range []bool{false, true} {
				got := feed(t, s, rows, size, snapshots)
				for i := range got {
					if s.changes { // what is said is tested by hand below
						var op string
						if _, err := fmt.Sscan(got[i], &op); err != nil {
							t.Fatal(err)
						}
						got[i] = got[i][len(op)+1:]
					}
				}
				if d := gocmp.Diff(want, got); d != "" {
					t.Fatalf("round %d, %+v, batches of %d: %s", round, s, size, d)
				}
			}
		}
	}
}

func randomRows(r *rand.Rand, s setup) []optest.From {
	value := func() any {
		if r.IntN(8) == 0 {
			return nil
		}
		return r.Int64N(4)
	}
	there := [2]map[int64][]any{{}, {}}
	var rows []optest.From
	put := func(input int, op operators.Op, values []any) {
		rows = append(rows, optest.From{Input: input, Op: op, Row: optest.Row{Values: values}})
	}
	for n := range int64(150) {
		input := r.IntN(2)
		changes := input == 0 && s.changes || input == 1 && s.table == types.Changes
		id := n
		if input == 1 && s.keyed || changes {
			id = r.Int64N(10)
		}
		row := []any{id, value()}
		if input == 1 {
			row = []any{r.Int64N(100), value(), id}
		}
		old := there[input][id]
		switch {
		case changes && old != nil && r.IntN(3) == 0:
			put(input, operators.Delete, old)
			delete(there[input], id)
			continue
		case changes && old != nil:
			put(input, operators.UpdateBefore, old)
			put(input, operators.UpdateAfter, row)
		default:
			put(input, operators.Insert, row)
		}
		there[input][id] = row
	}
	return rows
}

// TestUpdates: an update stays one where both its rows have one row beside them and
// one key; else it is a delete and an insert.
func TestUpdates(t *testing.T) {
	s := setup{changes: true, keyed: true}
	row := func(input int, op operators.Op, values ...any) optest.From {
		return optest.From{Input: input, Op: op, Row: optest.Row{Values: values}}
	}
	rows := []optest.From{
		row(1, operators.Insert, int64(10), int64(1), int64(100)), row(1, operators.Insert, int64(20), int64(2), int64(200)),
		row(0, operators.Insert, int64(7), int64(1)),
		row(1, operators.Insert, int64(11), int64(1), int64(100)), // replaces the first
		row(0, operators.UpdateBefore, int64(7), int64(1)), row(0, operators.UpdateAfter, int64(7), int64(1)),
		row(0, operators.UpdateBefore, int64(7), int64(1)), row(0, operators.UpdateAfter, int64(7), int64(2)),
		row(1, operators.Insert, int64(21), int64(2), int64(150)), // a second match of key 2
		row(0, operators.UpdateBefore, int64(7), int64(2)), row(0, operators.UpdateAfter, int64(7), int64(2)),
		row(0, operators.UpdateBefore, int64(7), int64(2)), row(0, operators.UpdateAfter, int64(7), int64(3)),
		row(0, operators.Delete, int64(7), int64(3)),
	}
	want := []string{
		"insert 7 1 10",
		"update_before 7 1 10", "update_after 7 1 11",
		"delete 7 1 11", "insert 7 2 20",
		"delete 7 2 20", "insert 7 2 21", "insert 7 2 20",
		"delete 7 2 21", "delete 7 2 20",
	}
	for _, size := range []int{1, 4096} {
		if d := gocmp.Diff(want, feed(t, s, rows, size, false)); d != "" {
			t.Errorf("batches of %d: %s", size, d)
		}
	}
}
