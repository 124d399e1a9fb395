package window

import (
	"errors"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Leave takes rows out of windows that they have waited in. Such rows are as old as
// their window: their time becomes its end, less a microsecond, as that of results is
// (SEMANTICS 14), and no window below finds them late for having waited.
type Leave struct {
	operators.Stateless
	kind   string
	waits  int64
	end    int
	layout operators.Layout
}

// NewLeave makes the operator for the columns of its input and output.
func NewLeave(spec *ir.WindowNone, in, out []types.Column) (*Leave, error) {
	l := &Leave{kind: spec.Kind, waits: spec.Waits.Microseconds(), end: operators.ColumnIndex(in, types.WindowEnd)}
	if l.end < 0 {
		return nil, errors.New("window none: the input has no window columns")
	}
	var err error
	l.layout, err = operators.NewLayout(out, in)
	return l, err
}

// Process implements operators.Operator.
func (l *Leave) Process(_ int, b *operators.Batch, out operators.Output) error {
	if b.Time != nil {
		ends := kernel.Values[int64](b.Cols[l.end])
		b.Time = make([]int64, b.Rows)
		for i, end := range ends {
			b.Time[i] = end - 1
		}
		if l.kind != ir.WindowRows {
			b.Arrival = b.Time
		}
	}
	b.Cols = l.layout.Arrange(b.Cols)
	out.Emit(0, b)
	return nil
}

// Delay implements operators.Delayer.
func (l *Leave) Delay() int64 { return l.waits }
