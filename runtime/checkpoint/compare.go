package checkpoint

import (
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/lang/avro"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
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
	other := n.readsOthers(&o)
	same := o.Does == n.Does && other == ""
	switch {
	case same && o.Reads == n.Reads:
		return Change{n, Kept, ""}
	case same && n.migratesFrom(&o, whole):
		return Change{n, Migrated, otherColumns}
	}
	why := "it does something else"
	switch {
	case other != "":
		why = "it does not read the topic " + other + " any more"
	case o.Does == n.Does:
		why = otherColumns
	}
	return Again(n, why, whole)
}

// Again is the fate of an operator that must be given all rows again.
func Again(n Operator, why string, whole Whole) Change {
	if t := n.lacks(whole); t != "" {
		return Change{n, Lost, why + ", and the topic " + t + " does not have all of its rows any more"}
	}
	return Change{n, Rebuilt, why}
}

// lacks is a topic that does not have all the rows that an operator has had, "" for none.
func (n *Operator) lacks(whole Whole) string {
	for _, t := range n.Topics {
		if !whole(t, n.Lasts) {
			return t
		}
	}
	return ""
}

const otherColumns = "its input has other columns"

// readsOthers is a topic that an input had rows of and has no more, "" for none.
func (n *Operator) readsOthers(o *Operator) string {
	for i, in := range o.In {
		for _, t := range in.Topics {
			if i >= len(n.In) || !slices.Contains(n.In[i].Topics, t) {
				return t
			}
		}
	}
	return ""
}

// migratesFrom reports that an operator can go on from the state of one which does the same
// with rows of other columns. Where a column of those may fail it does so only if the rows are
// not all there to be read again.
func (n *Operator) migratesFrom(o *Operator, whole Whole) bool {
	if !n.Migrates || len(n.In) != len(o.In) || len(n.Rows) != len(o.Rows) || !slices.Equal(n.Keys, o.Keys) {
		return false
	}
	for i := range n.In {
		if n.In[i].Kind != o.In[i].Kind {
			return false
		}
	}
	for i := range n.Rows {
		r, err := n.reading(o, i)
		if err != nil || len(avro.Resolve(r.had, r.base)) > 0 || n.Rows[i].Exact && !types.Equal(r.had, r.reads) {
			return false
		}
		if slices.ContainsFunc(r.computed, func(c Computed) bool { return c.Fails }) && n.lacks(whole) == "" {
			return false
		}
	}
	return true
}

func (o *Operator) rowsOf(r *operators.Remembered) (*types.Type, error) {
	if r.Input >= len(o.In) {
		return nil, fmt.Errorf("it has no input %d", r.Input)
	}
	t, err := avro.Import([]byte(o.In[r.Input].Schema))
	if err != nil || r.Columns == nil {
		return t, err
	}
	some := *t
	some.Fields = nil
	for _, name := range r.Columns {
		f, ok := t.FieldNamed(name)
		if !ok {
			return nil, fmt.Errorf("input %d has no column %s", r.Input, name)
		}
		some.Fields = append(some.Fields, *f)
	}
	return &some, nil
}

// Adapt reads the rows that a migrated operator remembers as those that it reads by now.
func (c *Change) Adapt(old []Operator) (operators.Adapters, error) {
	at := slices.IndexFunc(old, func(o Operator) bool { return o.ID == c.ID })
	if at < 0 {
		return nil, nil
	}
	var out operators.Adapters
	for i := range c.Rows {
		r, err := c.reading(&old[at], i)
		if err != nil {
			return nil, err
		}
		if types.Equal(r.had, r.reads) {
			out = append(out, nil)
			continue
		}
		a, err := r.adapter()
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}
