package exec

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm"
)

// Collected is the rows of a stream kept in memory, in canonical order.
type Collected struct {
	Type    *types.Stream
	Batches []*operators.Batch
	clock   int64 // the watermark, before the end of input raises it
}

// collectNode keeps rows.
type collectNode struct{ out *Collected }

func (c *collectNode) batch(_ int, b *operators.Batch) { c.out.Batches = append(c.out.Batches, b) }

func (c *collectNode) mark(_ int, m mark) {
	if !m.End {
		c.out.clock = max(c.out.clock, m.Time)
	}
}

func (c *collectNode) satisfied() bool { return false }

// Rows are the visible columns of all rows as values; for a changes stream this
// is the log, see Ops.
func (c *Collected) Rows() [][]any {
	var out [][]any
	for _, b := range c.Batches {
		read := rowReader(c.Type.Columns, b.Cols)
		b.Each(func(r int) { out = append(out, read(r)) })
	}
	return out
}

// Ops are what the rows do, parallel to Rows.
func (c *Collected) Ops() []operators.Op {
	var out []operators.Op
	for _, b := range c.Batches {
		b.Each(func(r int) {
			if b.Ops == nil {
				out = append(out, operators.Insert)
				return
			}
			out = append(out, b.Ops[r])
		})
	}
	return out
}

// Times are the times of rows, parallel to Rows; nil for a stream without time.
func (c *Collected) Times() []int64 {
	var out []int64
	for _, b := range c.Batches {
		if b.Time != nil {
			b.Each(func(r int) { out = append(out, b.Time[r]) })
		}
	}
	return out
}

// Final are the rows that remain: all rows of an append stream, and the last row
// of each key of a changes stream in ascending order of keys.
func (c *Collected) Final() [][]any {
	if c.Type.Kind != types.Changes && c.Type.Retain == 0 {
		return c.Rows()
	}
	m := c.Material()
	defer m.Release()
	b := m.Rows()
	if b == nil {
		return nil
	}
	defer b.Release()
	read := rowReader(c.Type.Columns, b.Cols)
	var out [][]any
	b.Each(func(r int) { out = append(out, read(r)) })
	return out
}

// Material is the rows that remain. It belongs to the caller.
func (c *Collected) Material() *Material {
	m := NewMaterial(c.Type)
	for _, b := range c.Batches {
		m.Add(b)
	}
	m.Mark(c.clock)
	return m
}

// Release frees the rows.
func (c *Collected) Release() {
	for _, b := range c.Batches {
		b.Release()
	}
	c.Batches = nil
}

// rowReader reads the visible columns of a row as values.
func rowReader(columns []types.Column, cols []arrow.Array) func(row int) []any {
	var visible []int
	for i, c := range columns {
		if !c.Hidden {
			visible = append(visible, i)
		}
	}
	return func(row int) []any {
		out := make([]any, len(visible))
		for i, c := range visible {
			out[i] = vm.Value(columns[c].Type, cols[c], row)
		}
		return out
	}
}
