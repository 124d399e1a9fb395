package group

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// JSON writes one row of named columns as a JSON object, which is how error records
// show the group that failed.
func JSON(cols []types.Column, arrs []arrow.Array, row int) string {
	dst := []byte{'{'}
	for i, c := range cols {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = kernel.AppendJSONText(dst, c.Name)
		dst = append(dst, ':')
		dst = kernel.JSONWriter(c.Type, arrs[i])(dst, row)
	}
	return string(append(dst, '}'))
}
