package checkpoint

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/avro"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/log/event"
)

// Computed is a column of an input that is computed of others beside it. Rows that were
// remembered before there was such a column have it all the same: they say what it is.
type Computed struct {
	Name string
	Of   []string // of a field of a record with the column that this is in front, and a dot
	// Fields, where there are any, are those of a record that are computed, and not the
	// column itself.
	Fields []Computed
	// Fails: it may fail for a row, which would then not have been remembered.
	Fails   bool
	Prepare Prepare
}

// Prepare is told the columns that a column will be computed of.
type Prepare func(columns []types.Column) (Compute, error)

// Compute makes a column of rows. The arrays stay the caller's.
type Compute func(cols []arrow.Array, rows int) (arrow.Array, error)

// reading is how rows of a state are read as those that an operator has by now.
type reading struct {
	had, reads *types.Type
	// base is what they are read as by Avro's rules, beside which columns are computed.
	base     *types.Type
	computed []Computed
}

// reading tells of the rows that the operator names in a place; o is the operator as it was.
func (n *Operator) reading(o *Operator, i int) (*reading, error) {
	had, err := o.rowsOf(&o.Rows[i])
	if err != nil {
		return nil, err
	}
	reads, err := n.rowsOf(&n.Rows[i])
	if err != nil {
		return nil, err
	}
	return newReading(had, reads, n.In[n.Rows[i].Input].Computed), nil
}

func newReading(had, reads *types.Type, known []Computed) *reading {
	base := *reads
	base.Fields = nil
	r := &reading{had: had, reads: reads, base: &base}
	for _, f := range reads.Fields {
		if c, ok := r.computes(known, f.Name, f); ok {
			r.computed = append(r.computed, c)
			continue
		}
		if c, part, ok := r.completes(known, f); ok {
			r.computed, f = append(r.computed, c), part
		}
		base.Fields = append(base.Fields, f)
	}
	return r
}

// completes finds how fields of a record are computed that it lacked, and what it had.
func (r *reading) completes(known []Computed, f types.Field) (c Computed, had types.Field, ok bool) {
	at := slices.IndexFunc(known, func(c Computed) bool { return c.Name == f.Name && len(c.Fields) > 0 })
	if at < 0 || f.Type.Kind != types.Record || !r.hasHad(f.Name, f) {
		return c, f, false
	}
	c = known[at]
	part := *f.Type
	part.Fields = nil
	for _, g := range f.Type.Fields {
		if made, ok := r.computes(c.Fields, f.Name+"."+g.Name, g); ok {
			c.Fails = c.Fails || made.Fails
			continue
		}
		part.Fields = append(part.Fields, g)
	}
	had = f
	had.Type = &part
	return c, had, len(part.Fields) < len(f.Type.Fields)
}

// ReadKept reads rows that nothing but an output keeps, or that wait, as those of another type,
// whatever they were: columns of which nothing is known are null. The arrays stay the caller's.
func ReadKept(cols []arrow.Array, n int, had, reads *types.Type, known []Computed) ([]arrow.Array, error) {
	r := newReading(had, reads, total(had, reads, known))
	r.base = event.Readable(had, r.base)
	a, err := r.adapter()
	if err != nil {
		return nil, err
	}
	return a.Read(cols, n)
}

// Reads reports that ReadKept gives rows all that they have by now.
func Reads(had, reads *types.Type, known []Computed) bool {
	return len(avro.Resolve(had, newReading(had, reads, total(had, reads, known)).base)) == 0
}

// total are the columns that can be computed of rows, whatever these are.
func total(had, reads *types.Type, known []Computed) []Computed {
	var out []Computed
	readable := func(f types.Field) bool {
		return len(avro.Resolve(had, &types.Type{Kind: types.Record, Name: reads.Name, Fields: []types.Field{f}})) == 0
	}
	for _, c := range known {
		c.Fields = slices.DeleteFunc(slices.Clone(c.Fields), func(f Computed) bool { return f.Fails })
		f, ok := reads.FieldNamed(c.Name)
		switch {
		case !ok || c.Fails:
			continue
		case len(c.Fields) > 0:
			if _, part, ok := (&reading{had: had, reads: reads}).completes([]Computed{c}, *f); !ok || !readable(part) {
				continue
			}
		case slices.ContainsFunc(c.Of, func(path string) bool {
			column, _, _ := strings.Cut(path, ".")
			of, ok := reads.FieldNamed(column)
			return !ok || !readable(*of)
		}):
			continue
		}
		out = append(out, c)
	}
	return out
}

// computes finds how a field is computed that rows did not have, of what they had. path is
// where the field is.
func (r *reading) computes(known []Computed, path string, f types.Field) (Computed, bool) {
	if r.hasHad(path, f) {
		return Computed{}, false
	}
	at := slices.IndexFunc(known, func(c Computed) bool {
		return c.Name == f.Name && len(c.Fields) == 0 && !slices.ContainsFunc(c.Of, func(path string) bool {
			of, ok := fieldAt(r.reads, path)
			return !ok || !r.hasHad(path, *of)
		})
	})
	if at < 0 {
		return Computed{}, false
	}
	return known[at], true
}

// hasHad reports that rows had a field, perhaps by an earlier name.
func (r *reading) hasHad(path string, f types.Field) bool {
	in := r.had
	if column, _, nested := strings.Cut(path, "."); nested {
		had, ok := r.had.FieldNamed(column)
		if !ok || had.Type.Kind != types.Record {
			return false
		}
		in = had.Type
	}
	return slices.ContainsFunc(in.Fields, func(had types.Field) bool {
		return had.Name == f.Name || slices.Contains(f.Was, had.Name)
	})
}

// fieldAt is a field of a row, or of a record in one.
func fieldAt(row *types.Type, path string) (*types.Field, bool) {
	column, field, nested := strings.Cut(path, ".")
	f, ok := row.FieldNamed(column)
	if !ok || !nested {
		return f, ok
	}
	if f.Type.Kind != types.Record {
		return nil, false
	}
	return f.Type.FieldNamed(field)
}

// adapter reads the rows.
func (r *reading) adapter() (*operators.Adapter, error) {
	columns := event.ColumnsOf(r.base)
	made := make([]Compute, len(r.computed))
	for i, c := range r.computed {
		var err error
		if made[i], err = c.Prepare(columns); err != nil {
			return nil, err
		}
	}
	a := &operators.Adapter{Read: func(cols []arrow.Array, n int) ([]arrow.Array, error) {
		read, err := event.ReadColumns(cols, n, r.had, r.base)
		if err != nil || len(made) == 0 {
			return read, err
		}
		return r.compute(read, n, made)
	}}
	for _, f := range r.had.Fields {
		a.From = append(a.From, f.Type)
	}
	return a, nil
}

// compute puts the columns that are computed beside the others, which it takes over.
func (r *reading) compute(read []arrow.Array, n int, made []Compute) ([]arrow.Array, error) {
	fresh := make([]arrow.Array, 0, len(made))
	for _, compute := range made {
		col, err := compute(read, n)
		if err != nil {
			for _, c := range append(read, fresh...) {
				c.Release()
			}
			return nil, err
		}
		fresh = append(fresh, col)
	}
	out := make([]arrow.Array, len(r.reads.Fields))
	for i, f := range r.reads.Fields {
		at := slices.IndexFunc(r.computed, func(c Computed) bool { return c.Name == f.Name })
		if at < 0 || len(r.computed[at].Fields) > 0 {
			out[i], read = read[0], read[1:]
		}
		if at >= 0 {
			if out[i] != nil { // a record without the fields that are computed
				out[i].Release()
			}
			out[i] = fresh[at]
		}
	}
	return out, nil
}
