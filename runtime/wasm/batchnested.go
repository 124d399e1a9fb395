package wasm

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"

	"github.com/edynamic/edynamic/lang/types"
)

func (c *readColumn) list(field flat) error {
	last, err := c.ends()
	if err != nil {
		return err
	}
	at, count := field.vector(5, 4)
	if count != 1 {
		return errDamagedBatch
	}
	elem := c.t.Elem
	if c.t.Kind == types.Map {
		elem = &types.Type{Kind: types.Record, Fields: []types.Field{{Name: "key", Type: types.TString}, {Name: "value", Type: c.t.Elem}}}
	}
	if c.r.nodeCount == 0 || c.r.batch.i64(c.r.nodes) < int64(last) {
		return fmt.Errorf("%w: a list ends outside", errDamagedBatch)
	}
	child, err := c.r.column(field.element(at, 0), elem, int(min(c.r.batch.i64(c.r.nodes), maxBatchRows)))
	if err != nil {
		return err
	}
	c.children = append(c.children, child)
	if !elem.Nullable && child.NullN() > 0 {
		return fmt.Errorf("null came back within %s", c.t)
	}
	return nil
}

// record takes the fields of a record, in their order.
func (c *readColumn) record(field flat) error {
	fields := c.t.Fields
	at, count := field.vector(5, 4)
	if count != len(fields) {
		return fmt.Errorf("a record with %d fields came back for one with %d", count, len(fields))
	}
	for i, f := range fields {
		child, err := c.r.column(field.element(at, i), f.Type, c.n)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		c.children = append(c.children, child)
		if !f.Type.Nullable && c.nullWithin(child) {
			return fmt.Errorf("%s: null came back, and %s is never null", f.Name, f.Type)
		}
	}
	return nil
}

// nullWithin reports a null of a field in a record that is not null itself.
func (c *readColumn) nullWithin(child arrow.ArrayData) bool {
	if child.NullN() == 0 {
		return false
	}
	bits := child.Buffers()[0].Bytes()
	for i := range c.n {
		if c.valid(i) && !bitutil.BitIsSet(bits, i) {
			return true
		}
	}
	return false
}

// union takes the number of the branch, and the branches: that of a row must be there.
func (c *readColumn) union(field flat) error {
	at, count := field.vector(5, 4)
	if count != 1+len(c.t.Branches) {
		return fmt.Errorf("a union with %d branches came back for one with %d", count-1, len(c.t.Branches))
	}
	tags, err := c.r.tags(field.element(at, 0), c.n)
	if err != nil {
		return err
	}
	c.children = append(c.children, tags)
	for i, branch := range c.t.Branches {
		child, err := c.r.column(field.element(at, i+1), branch.WithNull(true), c.n)
		if err != nil {
			return fmt.Errorf("%s: %w", branch.Name, err)
		}
		c.children = append(c.children, child)
	}
	which := array.NewInt8Data(tags)
	defer which.Release()
	for i := range c.n {
		tag := int(which.Value(i))
		switch {
		case !c.valid(i):
		case tag < 0 || tag >= len(c.t.Branches) || which.IsNull(i):
			return fmt.Errorf("branch %d came back, and %s has %d", tag, c.t, len(c.t.Branches))
		case !isThere(c.children[tag+1], i):
			return fmt.Errorf("%s came back without its record", c.t.Branches[tag].Name)
		}
	}
	return nil
}

func isThere(d arrow.ArrayData, i int) bool {
	bits := d.Buffers()[0]
	return bits == nil || bitutil.BitIsSet(bits.Bytes(), i)
}

// tags is the next column of rows numbers of branches.
func (r *columnReader) tags(field flat, rows int) (arrow.ArrayData, error) {
	info := field.table(3)
	if !field.there() || field.number(2, 1, 0) != arrowInt || info.number(0, 4, 0) != 8 || info.number(1, 1, 0) != 1 {
		return nil, fmt.Errorf("the branches of a union are not numbers of 8 bits")
	}
	n, err := r.node()
	if err != nil {
		return nil, err
	}
	if n != rows {
		return nil, fmt.Errorf("%d values came back for %d rows", n, rows)
	}
	c := &readColumn{r: r, n: n}
	defer c.release()
	if err := c.validity(); err != nil {
		return nil, err
	}
	if err := c.fixed(n); err != nil {
		return nil, err
	}
	if n == 0 {
		return array.NewData(arrow.PrimitiveTypes.Int8, 0, c.buffers, nil, 0, 0), nil
	}
	return array.NewData(arrow.PrimitiveTypes.Int8, n, c.buffers, nil, array.UnknownNullCount, 0), nil
}
