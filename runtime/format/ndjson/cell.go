package ndjson

import (
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
)

// Cell reads JSON text into one column, for formats whose fields may hold nested
// values as JSON.
type Cell struct {
	r *reader
	n *node
}

// NewCell returns a reader of values of t, a part of full, into a builder. The
// path is for messages.
func NewCell(full, t *types.Type, b *column.Builder, path string, o format.Options, alloc memory.Allocator) (*Cell, error) {
	p, err := newPlan(format.Schema{Row: types.RecordOf()}, o, alloc)
	if err != nil {
		return nil, err
	}
	return &Cell{r: newReader(p, o), n: p.node(full, t, b, path)}, nil
}

// Read appends a value. The code is empty when it was; otherwise the caller takes
// back what was appended.
func (c *Cell) Read(v []byte) (code, reason string) {
	c.r.reset(v)
	p := c.r.space(0)
	if p = c.r.value(c.n, p); p >= 0 {
		if p = c.r.space(p); p < len(v) {
			c.r.unexpected(p, "the end of the value")
		}
	}
	return c.r.code, c.r.reason
}
