// Package ontime sends rows aside that come too late for the stage behind it: those
// that are behind, and whose arrival is above an instant of their own by more than a
// slack (SEMANTICS 34).
//
// It looks at one row at a time and holds nothing back; whether a row is late never
// depends on the watermark of the operator.
package ontime

import (
	"errors"
	"fmt"
	"math"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// OnTime is the operator.
type OnTime struct {
	operators.Stateless
	of    int // column, -1 for the row's time
	slack int64
}

// New makes the operator for the columns of its input.
func New(spec *ir.OnTime, in []types.Column) (*OnTime, error) {
	o := &OnTime{of: -1, slack: spec.Slack.Microseconds()}
	if spec.Of != "" {
		if o.of = operators.ColumnIndex(in, spec.Of); o.of < 0 {
			return nil, fmt.Errorf("on time: there is no column %q", spec.Of)
		}
	}
	return o, nil
}

// Process implements operators.Operator.
func (o *OnTime) Process(_ int, b *operators.Batch, out operators.Output) error {
	if b.Time == nil || b.Arrival == nil {
		b.Release()
		return errors.New("on time: rows without time")
	}
	of := b.Time
	if o.of >= 0 {
		of = kernel.Values[int64](b.Cols[o.of])
	}
	var late, left []int32
	b.Each(func(i int) {
		if a := b.Arrival[i]; a > b.Time[i] && a > limit(of[i], o.slack) {
			late = append(late, int32(i))
			return
		}
		left = append(left, int32(i))
	})
	if len(late) > 0 {
		out.Late(b, late)
		operators.Keep(b, left)
	}
	if len(left) == 0 {
		b.Release()
		return nil
	}
	out.Emit(0, b)
	return nil
}

// limit is t + slack within the ends of time.
func limit(t, slack int64) int64 {
	if slack > 0 && t > math.MaxInt64-slack {
		return math.MaxInt64
	}
	return t + slack
}
