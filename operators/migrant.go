package operators

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
)

// Migrant is an operator that may go on from the state of one which does the same with
// rows of other columns.
type Migrant interface {
	// Remembers tells which rows of its inputs are part of its state, in the order of
	// Context.Adapt. false: it cannot go on from a state of other rows.
	Remembers() (rows []Remembered, migrates bool)
}

// Remembered is the rows of an input that a state holds.
type Remembered struct {
	Input int
	// Columns are those that are held; nil for all.
	Columns []string
	// Exact: the state knows these rows by all of their columns, so that it is of no use
	// where they have others.
	Exact bool
}

// RememberedInputs is the rows of as many inputs, with all of their columns.
func RememberedInputs(n int) []Remembered {
	out := make([]Remembered, n)
	for i := range out {
		out[i].Input = i
	}
	return out
}

// Adapter reads the columns of rows of a state as those that such rows have by now.
type Adapter struct {
	// From are the types of the columns of the state.
	From []*types.Type
	// Read is given arrays that stay the caller's.
	Read func(cols []arrow.Array, rows int) ([]arrow.Array, error)
}

// Apply takes columns over and gives those in their place. nil changes nothing.
func (a *Adapter) Apply(cols []arrow.Array, rows int) ([]arrow.Array, error) {
	if a == nil {
		return cols, nil
	}
	out, err := a.Read(cols, rows)
	for _, c := range cols {
		c.Release()
	}
	return out, err
}

// Adapters are those of the rows that an operator remembers, in the order in which it
// names them; none change nothing.
type Adapters []*Adapter

// Of is one of them.
func (a Adapters) Of(i int) *Adapter {
	if i < len(a) {
		return a[i]
	}
	return nil
}

// Beside reads rows beside whose columns the operator has put some of its own, before
// them and behind. It does not tell their types.
func (a *Adapter) Beside(before, behind int) *Adapter {
	if a == nil {
		return nil
	}
	return &Adapter{Read: func(cols []arrow.Array, rows int) ([]arrow.Array, error) {
		if len(cols) < before+behind {
			return nil, fmt.Errorf("%d columns, of which %d are the operator's own", len(cols), before+behind)
		}
		end := len(cols) - behind
		theirs, err := a.Read(cols[before:end], rows)
		if err != nil {
			return nil, err
		}
		out := append([]arrow.Array(nil), cols[:before]...)
		out = append(append(out, theirs...), cols[end:]...)
		for _, c := range cols[:before] {
			c.Retain()
		}
		for _, c := range cols[end:] {
			c.Retain()
		}
		return out, nil
	}}
}
