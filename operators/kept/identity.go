package kept

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// Identity tells the rows of a changes stream apart: by the columns of its key, or
// without one by all that is visible of a row.
type Identity struct {
	types []*types.Type
	at    []int
}

// NewIdentity finds the columns of an input that rows are told apart by.
func NewIdentity(input *ir.Replaced, in []types.Column) *Identity {
	id := &Identity{}
	for i, c := range in {
		if slices.Contains(input.Key, c.Name) || len(input.Key) == 0 && !c.Hidden {
			id.types, id.at = append(id.types, c.Type), append(id.at, i)
		}
	}
	return id
}

// Types are those of the columns that rows are told apart by.
func (id *Identity) Types() []*types.Type { return id.types }

// Keys are these columns of a batch, which stay the batch's.
func (id *Identity) Keys(b *operators.Batch) []kernel.Vector {
	vs := make([]kernel.Vector, len(id.at))
	for i, at := range id.at {
		vs[i] = kernel.Vector{Type: id.types[i], Arr: b.Cols[at]}
	}
	return vs
}

// Codes write the identity of the rows of a batch; smaller bytes are smaller keys.
func (id *Identity) Codes(b *operators.Batch) keycode.Appender {
	if len(id.at) == 0 {
		return func(dst []byte, _ int) []byte { return dst }
	}
	return keycode.Row(id.Keys(b), keycode.Key)
}

// CounterAbsent counts rows to be taken back, or deleted, that are not there
// (SEMANTICS 72).
const CounterAbsent = "absent_deletes"
