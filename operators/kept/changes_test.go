package kept

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

// TestChangesStandForTheirRecords: a change that shows the row which caused it stands in the
// place of the record, also where that was copied; one that shows another row does not.
func TestChangesStandForTheirRecords(t *testing.T) {
	rows := NewDetached(&operators.Context{Alloc: memory.DefaultAllocator}, 0)
	from := &texts{}
	in := []optest.Row{{Values: []any{int64(1), "a"}}, {Time: 1, Values: []any{int64(2), "b"}}, {Time: 2, Values: []any{int64(3), "c"}}}
	b := optest.Batch(memory.DefaultAllocator, cols, in)
	for i := range in {
		from.of, from.at = append(from.of, []byte{byte('a' + i)}), append(from.at, int64(10+i))
		b.Refs = append(b.Refs, operators.Ref{From: from, Index: int32(i)})
	}
	ids := rows.Add(b, []int32{0, 2})
	change := func(i int, op operators.Op, cause int32) Change {
		return Change{Entry: &Entry{ID: ids[i]}, Op: op, Cause: cause}
	}
	out := rows.Batch(b, []Change{change(0, operators.Insert, 0), change(0, operators.UpdateBefore, 2), change(1, operators.UpdateAfter, 2)})
	for i, want := range []bool{false, true, false} {
		if out.Refs[i].Joined != want {
			t.Errorf("change %d: joined %v, want %v", i, out.Refs[i].Joined, want)
		}
	}
	out.Release()
	b.Release()
	rows.Release()
}
