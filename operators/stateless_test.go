package operators_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/operators"
)

// TestKeepOfChanges: what becomes of update pairs when rows are left out
// (SEMANTICS 75).
func TestKeepOfChanges(t *testing.T) {
	const (
		ins, bef, aft, del = operators.Insert, operators.UpdateBefore, operators.UpdateAfter, operators.Delete
	)
	tests := []struct {
		name string
		ops  []operators.Op
		sel  []int32 // of the batch; nil for all
		keep []int32
		want []operators.Op // of the rows kept
	}{
		{"both of a pair", []operators.Op{bef, aft}, nil, []int32{0, 1}, []operators.Op{bef, aft}},
		{"stops to fit", []operators.Op{bef, aft}, nil, []int32{0}, []operators.Op{del}},
		{"begins to fit", []operators.Op{bef, aft}, nil, []int32{1}, []operators.Op{ins}},
		{"never fits", []operators.Op{bef, aft, ins}, nil, []int32{2}, []operators.Op{ins}},
		{"others stay", []operators.Op{ins, del, bef, aft, del}, nil, []int32{0, 1, 3, 4}, []operators.Op{ins, del, ins, del}},
		{"pair around a row that does not count", []operators.Op{bef, ins, aft}, []int32{0, 2}, []int32{2}, []operators.Op{ins}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := append([]operators.Op(nil), test.ops...)
			b := &operators.Batch{Rows: len(test.ops), Ops: test.ops, Sel: test.sel}
			operators.Keep(b, test.keep)
			var got []operators.Op
			b.Each(func(r int) { got = append(got, b.Ops[r]) })
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, test.ops); diff != "" {
				t.Errorf("a shared slice was written (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReportableAndWithout(t *testing.T) {
	failed := []operators.Failure{{Row: 0}, {Row: 1}, {Row: 3}}
	b := &operators.Batch{Rows: 4, Ops: []operators.Op{operators.UpdateBefore, operators.UpdateAfter, operators.Insert, operators.Delete}}
	if diff := cmp.Diff([]operators.Failure{{Row: 1}}, operators.Reportable(b, failed)); diff != "" {
		t.Errorf("reportable (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int32{2, 4}, operators.Without(5, nil, failed)); diff != "" {
		t.Errorf("without (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int32{4}, operators.Without(5, []int32{1, 3, 4}, failed)); diff != "" {
		t.Errorf("without of a selection (-want +got):\n%s", diff)
	}
}
