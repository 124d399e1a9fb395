package build

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/log/event"
)

// packing packs the columns of rows of a type where they are decoded, as the record of their
// topic has them: another processor would have to fetch them first.
func packing(row *types.Type) func() func(cols []arrow.Array) any {
	var names []string
	for _, c := range event.ColumnsOf(row) {
		names = append(names, c.Name)
	}
	return func() func(cols []arrow.Array) any {
		c := event.NewColumnist(names)
		return func(cols []arrow.Array) any {
			if p := c.Pack(cols); p != nil {
				return p
			}
			return nil
		}
	}
}
