package build

import (
	"cmp"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/retime"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/vm/kernel"
)

// timeFunc computes the event times of a topic. A row whose time is null is an
// error row (SEMANTICS 4); name is how the topic's `time:` reads.
func timeFunc(at operators.Eval, name string) exec.TimeFunc {
	reason := "time column is null"
	if name != "" {
		reason = "time column " + name + " is null"
	}
	return func(times []int64, cols []arrow.Array, sel []int32) ([]operators.Failure, error) {
		rows := len(times)
		v, failed := at.Eval(memory.DefaultAllocator, cols, rows, sel)
		defer v.Arr.Release()
		if !v.Scalar && len(failed) == 0 && v.Arr.NullN() == 0 {
			copy(times, kernel.Values[int64](v.Arr)) // of rows that are not selected, too: nobody looks
			return nil, nil
		}
		read := kernel.Reader[int64](v)
		b := operators.Batch{Rows: rows, Sel: operators.Without(rows, sel, failed)}
		bad := slices.Clone(failed)
		b.Each(func(r int) {
			if v.IsNull(r) {
				bad = append(bad, operators.Failure{Row: r, Code: retime.CodeNull, Reason: reason})
				return
			}
			times[r] = read(r)
		})
		slices.SortFunc(bad, func(a, b operators.Failure) int { return cmp.Compare(a.Row, b.Row) })
		return bad, nil
	}
}
