// Package changed lets a row through when a value of it differs from that of the
// key's previous row, in order of time (SEMANTICS 127). It can show the previous row
// beside it.
//
// It keeps the last row of each key, of which only what is read below.
package changed

import (
	"bytes"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// Changed is the operator.
type Changed struct {
	ordered.Stage
	values   []operators.Eval
	previous []int       // columns of the input that are kept of the previous row
	record   *types.Type // of them
	layout   operators.Layout

	table  *group.Table
	keys   []key // by group
	rows   *kept.Rows
	groups []int32
	code   []byte
	drops  []kept.ID
}

// key is the last row of a key.
type key struct {
	known bool
	code  []byte // of its values
	id    kept.ID
	row   int32 // in the batch at hand, while id is -1
}

var _ operators.Parallel = (*Changed)(nil)

// New makes the operator for the columns of its input and output edges.
func New(spec *ir.Changed, in, out []types.Column, env *operators.Env) (*Changed, error) {
	c := &Changed{record: &types.Type{Kind: types.Record}}
	made := in
	if len(spec.Previous) > 0 {
		for _, name := range spec.Previous {
			at := operators.ColumnIndex(in, name)
			c.previous = append(c.previous, at)
			c.record.Fields = append(c.record.Fields, types.Field{Name: name, Type: in[at].Type.OrNull()})
		}
		// It stands first, so that it is found before a column of that name which the
		// input has from a stage like this one.
		made = append([]types.Column{{Name: ir.PreviousRow, Type: c.record, Hidden: true}}, in...)
	}
	var err error
	if c.layout, err = operators.NewLayout(out, made); err != nil {
		return nil, err
	}
	if c.values, err = env.Exprs(spec.Exprs, in); err != nil {
		return nil, err
	}
	c.Stage, err = ordered.NewStage("changed", spec.Per, in, env)
	return c, err
}

// Remembers implements operators.Migrant: rows that wait, and of those before them what is
// shown.
func (c *Changed) Remembers() ([]operators.Remembered, bool) {
	rows := operators.RememberedInputs(1)
	if len(c.previous) > 0 {
		var shown []string
		for _, f := range c.record.Fields {
			shown = append(shown, f.Name)
		}
		rows = append(rows, operators.Remembered{Columns: shown})
	}
	return rows, true
}

// Open implements operators.Operator.
func (c *Changed) Open(ctx *operators.Context) error {
	c.table, c.rows = group.New(c.Types), kept.NewOf(ctx, 1)
	return c.Stage.Open(ctx)
}

// Close implements operators.Operator.
func (c *Changed) Close() error {
	if c.rows != nil {
		c.rows.Release()
	}
	return c.Stage.Close()
}

// OnWatermark implements operators.Operator.
func (c *Changed) OnWatermark(w operators.Watermark, out operators.Output) error {
	return c.Each(w, func(_ operators.Watermark, due *operators.Batch) error {
		if due != nil {
			c.filter(due, out)
		}
		return nil
	})
}

// filter lets the rows through that differ from the one before.
func (c *Changed) filter(due *operators.Batch, out operators.Output) {
	keys, values, sel := c.Read(due, c.values, out)
	part := operators.Batch{Rows: due.Rows, Sel: sel}
	if part.Len() > 0 {
		c.groups = slices.Grow(c.groups[:0], due.Rows)[:due.Rows]
		c.table.Find(keys, due.Rows, sel, c.groups)
		c.grow()
	}
	operators.ReleaseAll(keys)
	pass, before := c.compare(part, keycode.Row(values, keycode.Key))
	operators.ReleaseAll(values)
	record := c.records(due, pass, before)
	c.keep(due, part)
	if len(pass) == 0 {
		due.Release()
		return
	}
	due.Sel = pass
	if record != nil {
		due.Cols = append([]arrow.Array{record}, due.Cols...)
	}
	due.Cols = c.layout.Arrange(due.Cols)
	due.Arrival = due.Time // what the watermark had reached below it
	out.Emit(0, due)
}

func (c *Changed) grow() {
	for len(c.keys) < c.table.Size() {
		c.keys = append(c.keys, key{id: -1, row: -1})
	}
}

// compare finds the rows that differ from the one before, and where that lies.
func (c *Changed) compare(part operators.Batch, code keycode.Appender) (pass []int32, before []key) {
	pass = make([]int32, 0, part.Len())
	part.Each(func(i int) {
		k := &c.keys[c.groups[i]]
		c.code = code(c.code[:0], i)
		if !k.known || !bytes.Equal(c.code, k.code) {
			pass = append(pass, int32(i))
			if len(c.previous) > 0 {
				before = append(before, key{id: k.id, row: k.row})
			}
			k.code = append(k.code[:0], c.code...)
		}
		if k.id >= 0 {
			c.drops = append(c.drops, k.id)
		}
		k.known, k.id, k.row = true, -1, int32(i)
	})
	return pass, before
}

// records is the previous rows of those that pass, as a column of the batch; nil
// where nobody reads it.
func (c *Changed) records(due *operators.Batch, pass []int32, before []key) arrow.Array {
	if len(c.previous) == 0 || len(pass) == 0 {
		return nil
	}
	// Of each row of the batch, its place among the rows of the batch and then the old
	// ones.
	at := make([]int32, due.Rows)
	for i := range at {
		at[i] = -1
	}
	var old []kept.ID
	for i, row := range pass {
		switch b := before[i]; {
		case b.id >= 0:
			at[row] = int32(due.Rows + len(old))
			old = append(old, b.id)
		default:
			at[row] = b.row // -1 for the first of its key
		}
	}
	var kept *operators.Batch
	if len(old) > 0 {
		kept = c.rows.Take(old)
		defer kept.Release()
	}
	fields := make([]arrow.ArrayData, len(c.previous))
	for f, col := range c.previous {
		arrs := []arrow.Array{due.Cols[col]}
		if kept != nil {
			arrs = append(arrs, kept.Cols[f])
		}
		a := kernel.GatherAny(c.Alloc, arrs, at)
		defer a.Release()
		fields[f] = a.Data()
	}
	data := array.NewData(kernel.ArrowType(c.record), due.Rows, []*memory.Buffer{nil}, fields, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// keep copies the last row of each key out of the batch, and drops those they follow.
func (c *Changed) keep(due *operators.Batch, part operators.Batch) {
	if len(c.previous) > 0 {
		var rows []int32
		var keys []*key
		part.Each(func(i int) {
			if k := &c.keys[c.groups[i]]; k.row == int32(i) {
				rows, keys = append(rows, k.row), append(keys, k)
			}
		})
		old := &operators.Batch{Rows: due.Rows}
		for _, col := range c.previous {
			old.Cols = append(old.Cols, due.Cols[col])
		}
		for i, id := range c.rows.Add(old, rows) {
			keys[i].id, keys[i].row = id, -1
		}
	}
	for _, id := range c.drops {
		c.rows.Drop(id)
	}
	c.drops = c.drops[:0]
}

// Snapshot implements operators.Operator.
func (c *Changed) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := c.Save(&w); err != nil {
		return nil, err
	}
	var ids []kept.ID
	for _, g := range c.table.Save(&w) {
		w.Bytes(c.keys[g].code)
		if len(c.previous) > 0 {
			ids = append(ids, c.keys[g].id)
		}
	}
	err := c.rows.Save(&w, ids)
	return w.Buf, err
}

// Restore implements operators.Operator.
func (c *Changed) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	c.Load(r, mine)
	groups := c.table.Load(r)
	c.grow()
	for _, g := range groups {
		c.keys[g] = key{known: true, code: bytes.Clone(r.Bytes()), id: -1, row: -1}
	}
	ids := c.rows.Load(r)
	if err := c.Restored(r); err != nil {
		return err
	}
	for i, id := range ids {
		c.keys[groups[i]].id = id
	}
	others := c.table.Others(groups, mine)
	for _, g := range others {
		if id := c.keys[g].id; id >= 0 {
			c.rows.Drop(id)
		}
		c.keys[g] = key{id: -1, row: -1}
	}
	c.table.Remove(others)
	return nil
}
