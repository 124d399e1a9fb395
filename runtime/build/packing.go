package build

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/log/event"
	"github.com/edynamic/edynamic/runtime/log/packed"
)

// packing packs the columns of rows of a type where they are decoded, as the record of their
// topic has them: another processor would have to fetch them first.
func packing(row *types.Type) func() func(cols []arrow.Array, blank []format.Texts) any {
	var names []string
	for _, c := range event.ColumnsOf(row) {
		names = append(names, c.Name)
	}
	return func() func(cols []arrow.Array, blank []format.Texts) any {
		c := event.NewColumnist(names)
		elsewhere := make([]packed.Texts, len(names))
		return func(cols []arrow.Array, blank []format.Texts) any {
			var p *event.Columns
			if blank == nil {
				p = c.Pack(cols, nil)
			} else {
				for i, t := range blank {
					elsewhere[i] = packed.Texts(t)
				}
				p = c.Pack(cols, elsewhere)
			}
			if p == nil {
				return nil
			}
			return p
		}
	}
}
