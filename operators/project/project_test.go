package project_test

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/operators/project"
)

// door keeps the rows that are emitted and what they do.
type door struct {
	optest.Sink
	rows []int32
	ops  []operators.Op
}

func (d *door) Emit(_ int, b *operators.Batch) {
	d.rows, d.ops = []int32{}, []operators.Op{}
	b.Each(func(i int) { d.rows, d.ops = append(d.rows, int32(i)), append(d.ops, b.Ops[i]) })
	b.Release()
}

// An update whose two rows are the same in the new columns is left out; nothing else is,
// whatever stands next to it.
func TestUpdatesThatDoNotShow(t *testing.T) {
	const in, before, after, out = operators.Insert, operators.UpdateBefore, operators.UpdateAfter, operators.Delete
	columns := []types.Column{{Name: "k", Type: types.TString}, {Name: "n", Type: types.TLong.OrNull()}, {Name: "x", Type: types.TLong}}
	rows := []optest.Row{
		{Values: []any{"a", int64(1), int64(1)}}, // 0
		{Values: []any{"a", int64(1), int64(1)}}, // 1 not shown
		{Values: []any{"a", int64(1), int64(2)}},
		{Values: []any{"a", int64(1), int64(2)}}, // 3 shown
		{Values: []any{"a", nil, int64(2)}},
		{Values: []any{"a", nil, int64(2)}}, // 5 not shown
		{Values: []any{"a", nil, int64(3)}},
		{Values: []any{"a", nil, int64(3)}}, // 7 a delete and an insert of equal rows are no update
		{Values: []any{"a", nil, int64(3)}},
	}
	ops := []operators.Op{in, before, after, before, after, before, after, out, in}
	for _, c := range []struct {
		name string
		sel  []int32
		want []int32
	}{
		{"all rows", nil, []int32{0, 3, 4, 7, 8}},
		{"some rows", []int32{1, 2, 3, 4, 8}, []int32{3, 4, 8}},
		{"nothing is left", []int32{1, 2, 5, 6}, []int32{}},
		{"everything is", []int32{0, 3, 4}, []int32{0, 3, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			alloc := memory.NewCheckedAllocator(optest.Scrambler{})
			defer alloc.AssertSize(t, 0)
			items := project.Columns(columns[:2])
			p, err := project.New(items, &types.Stream{Columns: columns}, &operators.Env{})
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Open(&operators.Context{Alloc: alloc}); err != nil {
				t.Fatal(err)
			}
			b := optest.Batch(alloc, columns, rows)
			b.Ops, b.Sel = ops, c.sel
			d := &door{}
			if err := p.Process(0, b, d); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, d.rows); diff != "" {
				t.Error(diff)
			}
			for i, r := range d.rows {
				if d.ops[i] != ops[r] {
					t.Errorf("row %d is %s and was %s", r, d.ops[i], ops[r])
				}
			}
		})
	}
}
