package window

import (
	"cmp"
	"errors"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// CodeSpan is the code of error records of rows whose span is no window.
const CodeSpan = "bad_span"

// Span puts each row into the window whose bounds the row itself gives (SEMANTICS
// 24). The time of a row may lie before its window.
type Span struct {
	operators.Stateless
	from, to operators.Eval
	lateness int64
	late     []int32
}

// NewSpan makes the operator for the columns of its input; Columns are its output's.
func NewSpan(spec *ir.Window, in []types.Column, env *operators.Env) (*Span, error) {
	s := &Span{lateness: spec.Lateness.Microseconds()}
	bounds, err := env.Exprs([]ir.Expr{spec.From, spec.To}, in)
	if err != nil {
		return nil, err
	}
	s.from, s.to = bounds[0], bounds[1]
	return s, nil
}

// Process implements operators.Operator.
func (s *Span) Process(_ int, b *operators.Batch, out operators.Output) error {
	if b.Time == nil || b.Arrival == nil {
		b.Release()
		return errors.New("window: rows without time")
	}
	rows := &operators.Rows{Alloc: s.Alloc, Batch: b, Sel: b.Sel}
	bounds := rows.All([]operators.Eval{s.from, s.to})
	starts, first := kernel.NewFixed[int64](s.Alloc, arrow.FixedWidthTypes.Timestamp_us, b.Rows)
	ends, last := kernel.NewFixed[int64](s.Alloc, arrow.FixedWidthTypes.Timestamp_us, b.Rows)
	clear(first)
	clear(last)
	from, to := kernel.Reader[int64](bounds[0]), kernel.Reader[int64](bounds[1])
	var bad []operators.Failure
	pass := make([]int32, 0, b.Len())
	s.late = s.late[:0]
	left := operators.Batch{Rows: b.Rows, Sel: rows.Sel}
	left.Each(func(i int) {
		if reason := badSpan(bounds, from, to, i); reason != "" {
			bad = append(bad, operators.Failure{Row: i, Code: CodeSpan, Reason: reason})
			return
		}
		first[i], last[i] = from(i), to(i)
		if settled := later(last[i], s.lateness); b.Arrival[i] >= settled || b.Time[i] >= settled {
			s.late = append(s.late, int32(i))
			return
		}
		pass = append(pass, int32(i))
	})
	operators.ReleaseAll(bounds)
	if failed := append(rows.Failed, bad...); len(failed) > 0 {
		slices.SortFunc(failed, func(a, b operators.Failure) int { return cmp.Compare(a.Row, b.Row) })
		out.Fail(b, failed)
	}
	out.Late(b, s.late)
	b.Sel = pass
	b.Cols = append(b.Cols[:len(b.Cols):len(b.Cols)], starts, ends)
	if len(pass) == 0 {
		b.Release()
		return nil
	}
	out.Emit(0, b)
	return nil
}

// badSpan says why the bounds of a row are no window, "" where they are one.
func badSpan(bounds []kernel.Vector, from, to func(int) int64, i int) string {
	switch {
	case bounds[0].IsNull(i):
		return "the start of its span is null"
	case bounds[1].IsNull(i):
		return "the end of its span is null"
	case to(i) <= from(i):
		return "the end of its span is not after the start"
	}
	return ""
}
