package exec

import (
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// keyCodes prepares columns of a batch as a key.
func keyCodes(columns []types.Column, key []int, b *operators.Batch) keycode.Appender {
	var vs []kernel.Vector
	for _, i := range key {
		vs = append(vs, kernel.Vector{Type: columns[i].Type, Arr: b.Cols[i]})
	}
	return keycode.Row(vs, keycode.Key)
}
