package checkpoint

import (
	"slices"

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
	Of   []string
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
		if c, ok := r.computes(known, f); ok {
			r.computed = append(r.computed, c)
			continue
		}
		base.Fields = append(base.Fields, f)
	}
	return r
}

// ReadKept reads rows that nothing but an output keeps as those of another type, whatever they
// were: columns of which nothing is known are null. The arrays stay the caller's.
func ReadKept(cols []arrow.Array, n int, had, reads *types.Type, known []Computed) ([]arrow.Array, error) {
	known = slices.DeleteFunc(slices.Clone(known), func(c Computed) bool {
		return c.Fails || slices.ContainsFunc(c.Of, func(name string) bool {
			f, ok := reads.FieldNamed(name)
			return !ok || len(avro.Resolve(had, &types.Type{Kind: types.Record, Name: reads.Name, Fields: []types.Field{*f}})) > 0
		})
	})
	r := newReading(had, reads, known)
	r.base = event.Readable(had, r.base)
	a, err := r.adapter()
	if err != nil {
		return nil, err
	}
	return a.Read(cols, n)
}

// computes finds how a column is computed that rows did not have, of columns that they had.
func (r *reading) computes(known []Computed, f types.Field) (Computed, bool) {
	if r.hasHad(f) {
		return Computed{}, false
	}
	at := slices.IndexFunc(known, func(c Computed) bool {
		return c.Name == f.Name && !slices.ContainsFunc(c.Of, func(name string) bool {
			of, ok := r.reads.FieldNamed(name)
			return !ok || !r.hasHad(*of)
		})
	})
	if at < 0 {
		return Computed{}, false
	}
	return known[at], true
}

// hasHad reports that rows had a field, perhaps by an earlier name.
func (r *reading) hasHad(f types.Field) bool {
	return slices.ContainsFunc(r.had.Fields, func(had types.Field) bool {
		return had.Name == f.Name || slices.Contains(f.Was, had.Name)
	})
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
		if at := slices.IndexFunc(r.computed, func(c Computed) bool { return c.Name == f.Name }); at >= 0 {
			out[i] = fresh[at]
			continue
		}
		out[i], read = read[0], read[1:]
	}
	return out, nil
}
