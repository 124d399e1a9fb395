package checkpoint

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/avro"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/log/event"
)

// Fate is what becomes of the state of an operator in a changed program.
type Fate string

// The fates.
const (
	Kept     Fate = "kept"
	Migrated Fate = "migrated" // its input has other columns, and what it keeps of rows is read with those
	Rebuilt  Fate = "rebuilt"  // by running the recorded rows through the new program
	Lost     Fate = "lost"
	New      Fate = "new"
)

// Change is the fate of one operator.
type Change struct {
	Operator
	Fate Fate
	Why  string
}

// Whole tells of a topic whether all of its rows are kept; of lasts, whether the last row
// of each key is, and what deletes one.
type Whole func(topic string, lasts bool) bool

// Compare tells what becomes of the operators of a program in another.
func Compare(old, next []Operator, whole Whole) []Change {
	var out []Change
	for _, n := range next {
		at := slices.IndexFunc(old, func(o Operator) bool { return o.ID == n.ID })
		if at < 0 {
			out = append(out, Change{n, New, "it begins with the rows that come from now on"})
			continue
		}
		out = append(out, fate(old[at], n, whole))
	}
	for _, o := range old {
		if !slices.ContainsFunc(next, func(n Operator) bool { return o.ID == n.ID }) {
			out = append(out, Change{o, Lost, "the new program does not have it"})
		}
	}
	return out
}

func fate(o, n Operator, whole Whole) Change {
	switch {
	case o.Does == n.Does && o.Reads == n.Reads:
		return Change{n, Kept, ""}
	case o.Does == n.Does && n.migratesFrom(&o):
		return Change{n, Migrated, "its input has other columns"}
	}
	why := "it does something else"
	if o.Does == n.Does {
		why = "its input has other columns"
	}
	for _, t := range n.Topics {
		if !whole(t, n.Lasts) {
			return Change{n, Lost, why + ", and the topic " + t + " does not have all of its rows any more"}
		}
	}
	return Change{n, Rebuilt, why}
}

// migratesFrom reports that an operator can go on from the state of one which does the same
// with rows of other columns.
func (n *Operator) migratesFrom(o *Operator) bool {
	if !n.Migrates || len(n.In) != 1 || len(o.In) != 1 || n.In[0].Kind != o.In[0].Kind {
		return false
	}
	if !n.OfRows && !o.OfRows {
		return true
	}
	had, reads, err := n.rows(o)
	return err == nil && len(avro.Resolve(had, reads)) == 0
}

// rows are the types of the rows that an operator had, and has by now.
func (n *Operator) rows(o *Operator) (had, reads *types.Type, err error) {
	if had, err = avro.Import([]byte(o.In[0].Schema)); err != nil {
		return nil, nil, err
	}
	reads, err = avro.Import([]byte(n.In[0].Schema))
	return had, reads, err
}

// Adapt reads the rows that a migrated operator remembers as those that it reads by now.
func (c *Change) Adapt(old []Operator) (*operators.Adapter, error) {
	at := slices.IndexFunc(old, func(o Operator) bool { return o.ID == c.ID })
	if at < 0 || !c.OfRows {
		return nil, nil
	}
	had, reads, err := c.rows(&old[at])
	if err != nil {
		return nil, err
	}
	var names []string
	var from []*types.Type
	for _, f := range had.Fields {
		names, from = append(names, f.Name), append(from, f.Type)
	}
	return &operators.Adapter{From: from, Read: func(cols []arrow.Array, n int) ([]arrow.Array, error) {
		if len(cols) != len(names) {
			return nil, fmt.Errorf("%d columns instead of %d", len(cols), len(names))
		}
		return event.Read(&event.Rows{Names: names, Cols: cols, N: n}, had, reads)
	}}, nil
}
