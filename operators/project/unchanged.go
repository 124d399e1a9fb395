package project

import (
	"bytes"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// leaveOutUnchanged drops the updates of a changes stream that the new columns do not
// show: both rows of the pair are the same now (SEMANTICS 41). So the changes seen
// below do not depend on columns above that nobody reads.
func (p *Project) leaveOutUnchanged(b *operators.Batch) {
	vectors := make([]kernel.Vector, len(b.Cols))
	for i, c := range b.Cols {
		vectors[i] = kernel.Vector{Type: p.types[i], Arr: c}
	}
	encode := keycode.Row(vectors, keycode.Exact)
	var before, after []byte
	left := make([]int32, 0, b.Len())
	b.Each(func(r int) {
		if last := len(left) - 1; b.Ops[r] == operators.UpdateAfter && last >= 0 && b.Ops[left[last]] == operators.UpdateBefore {
			before, after = encode(before[:0], int(left[last])), encode(after[:0], r)
			if bytes.Equal(before, after) {
				left = left[:last]
				return
			}
		}
		left = append(left, int32(r))
	})
	if len(left) < b.Len() {
		operators.Keep(b, left)
	}
}
