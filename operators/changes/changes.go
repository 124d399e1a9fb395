// Package changes turns a changes stream into an append stream of what changed:
// {op, before, after, at}, one row a change (SEMANTICS 79). A change's op is
// insert, update or delete.
package changes

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Changes is the operator.
type Changes struct {
	operators.Stateless
	visible []int
	row     *types.Type
}

// New makes the operator over the columns of its input.
func New(input *types.Stream) *Changes {
	c := &Changes{row: &types.Type{Kind: types.Record, Fields: input.Row().Fields}}
	for _, f := range c.row.Fields {
		c.visible = append(c.visible, operators.ColumnIndex(input.Columns, f.Name))
	}
	return c
}

var opNames = []string{"insert", "update", "delete"}

// Process writes one row a change.
func (c *Changes) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	var names []string
	var before, after, cause []int32
	add := func(op int, old, new, row int32) {
		names, before, after, cause = append(names, opNames[op]), append(before, old), append(after, new), append(cause, row)
	}
	pending := int32(-1)
	b.Each(func(i int) {
		r := int32(i)
		switch b.Ops[i] {
		case operators.Insert:
			add(0, -1, r, r)
		case operators.UpdateBefore:
			pending = r
		case operators.UpdateAfter:
			add(1, pending, r, r)
			pending = -1
		case operators.Delete:
			add(2, r, -1, r)
		}
	})
	if len(names) == 0 {
		return nil
	}
	one := &operators.Batch{Rows: len(names), Time: gather(b.Time, cause), Arrival: gather(b.Arrival, cause),
		Progress: gather(b.Progress, cause), Refs: gather(b.Refs, cause)}
	one.Cols = []arrow.Array{
		kernel.NewValues(c.Alloc, types.TString, names),
		c.records(b, before), c.records(b, after), c.times(one),
	}
	out.Emit(0, one)
	return nil
}

// records are rows as records, null where the row is negative.
func (c *Changes) records(b *operators.Batch, rows []int32) arrow.Array {
	fields := make([]arrow.ArrayData, len(c.visible))
	for i, col := range c.visible {
		a := kernel.Gather(c.Alloc, b.Cols[col], rows)
		defer a.Release()
		fields[i] = a.Data()
	}
	valid := make([]bool, len(rows))
	for i, r := range rows {
		valid[i] = r >= 0
	}
	marks := validity(c.Alloc, valid)
	defer marks.Release()
	data := array.NewData(kernel.ArrowType(c.row), len(rows), []*memory.Buffer{marks}, fields, array.UnknownNullCount, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

func validity(alloc memory.Allocator, valid []bool) *memory.Buffer {
	buf := memory.NewResizableBuffer(alloc)
	buf.Resize((len(valid) + 7) / 8)
	bits := buf.Bytes()
	clear(bits)
	for i, v := range valid {
		if v {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	return buf
}

// times are the times of rows, null in a stream without.
func (c *Changes) times(b *operators.Batch) arrow.Array {
	if b.Time == nil {
		return array.MakeArrayOfNull(c.Alloc, kernel.ArrowType(types.TTimestamp), b.Rows)
	}
	return kernel.NewValues(c.Alloc, types.TTimestamp, b.Time)
}

func gather[T any](from []T, rows []int32) []T {
	if from == nil {
		return nil
	}
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = from[r]
	}
	return out
}
