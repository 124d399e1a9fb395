// Package limit passes the first rows of a stream and then needs no more.
package limit

import (
	"encoding/binary"
	"errors"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
)

// Limit is the operator.
type Limit struct {
	operators.Stateless
	left int64
}

// New makes the operator.
func New(spec *ir.Limit) *Limit { return &Limit{left: spec.N} }

// Done reports that all rows were passed.
func (l *Limit) Done() bool { return l.left == 0 }

// Remembers implements operators.Migrant: it counts.
func (*Limit) Remembers() ([]operators.Remembered, bool) { return nil, true }

// Process passes what is left of the limit.
func (l *Limit) Process(_ int, b *operators.Batch, out operators.Output) error {
	if int64(b.Len()) > l.left {
		sel := make([]int32, 0, l.left)
		b.Each(func(r int) {
			if int64(len(sel)) < l.left {
				sel = append(sel, int32(r))
			}
		})
		operators.Keep(b, sel)
	}
	l.left -= int64(b.Len())
	out.Emit(0, b)
	return nil
}

// Snapshot writes how many rows are left.
func (l *Limit) Snapshot() ([]byte, error) {
	return binary.LittleEndian.AppendUint64(nil, uint64(l.left)), nil
}

// Restore reads a snapshot.
func (l *Limit) Restore(state []byte, _ operators.Mine) error {
	if len(state) != 8 {
		return errors.New("limit: the snapshot is damaged")
	}
	l.left = int64(binary.LittleEndian.Uint64(state))
	return nil
}
