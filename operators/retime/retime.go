// Package retime sets the time of rows anew and computes their arrival watermark
// over the canonical order of its input (SEMANTICS 13). Rows without a time
// become error records.
package retime

import (
	"encoding/binary"
	"errors"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// CodeNull is the code of error records of rows whose time is null.
const CodeNull = "null_time"

// Retime is the operator.
type Retime struct {
	operators.Stateless
	time    operators.Eval
	delay   int64
	largest int64
	any     bool
}

// New makes the operator over the columns of its input.
func New(spec *ir.Time, input *types.Stream, env *operators.Env) (*Retime, error) {
	e, err := env.Expr(spec.Expr, input.Columns)
	return &Retime{time: e, delay: spec.Delay.Microseconds(), largest: operators.MinTime}, err
}

// Remembers implements operators.Migrant: it knows the largest time.
func (*Retime) Remembers() ([]operators.Remembered, bool) { return nil, true }

// Process gives rows their new time.
func (t *Retime) Process(_ int, b *operators.Batch, out operators.Output) error {
	rows := operators.Rows{Alloc: t.Alloc, Batch: b, Sel: b.Sel}
	v := rows.Eval(t.time)
	var null []operators.Failure
	left := operators.Batch{Rows: b.Rows, Sel: rows.Sel}
	left.Each(func(r int) {
		if v.IsNull(r) {
			null = append(null, operators.Failure{Row: r, Code: CodeNull, Reason: "the new time is null"})
		}
	})
	rows.Fail(null)
	if len(rows.Failed) > 0 {
		failed := operators.InOrder(rows.Failed)
		out.Fail(b, operators.Reportable(b, failed))
		operators.Keep(b, operators.Without(b.Rows, b.Sel, failed))
	}
	at := kernel.Reader[int64](v)
	b.Time, b.Arrival, b.Progress = make([]int64, b.Rows), make([]int64, b.Rows), make([]int64, b.Rows)
	b.Each(func(r int) {
		b.Time[r], b.Arrival[r] = at(r), t.watermark()
		t.largest, t.any = max(t.largest, b.Time[r]), true
		b.Progress[r] = t.largest
	})
	v.Arr.Release()
	out.Emit(0, b)
	return nil
}

func (t *Retime) watermark() int64 {
	if !t.any || t.largest < operators.MinTime+t.delay {
		return operators.MinTime
	}
	return t.largest - t.delay
}

// OutWatermark is the watermark of the new times.
func (t *Retime) OutWatermark(operators.Watermark) operators.Watermark {
	return operators.Watermark{Time: t.watermark(), Progress: t.largest}
}

// Snapshot writes the largest time.
func (t *Retime) Snapshot() ([]byte, error) {
	state := binary.LittleEndian.AppendUint64(nil, uint64(t.largest))
	if t.any {
		return append(state, 1), nil
	}
	return append(state, 0), nil
}

// Restore reads a snapshot.
func (t *Retime) Restore(state []byte, _ operators.Mine) error {
	if len(state) != 9 {
		return errors.New("retime: the snapshot is damaged")
	}
	t.largest, t.any = int64(binary.LittleEndian.Uint64(state)), state[8] == 1
	return nil
}
