package checkpoint

import "slices"

// Fate is what becomes of the state of an operator in a changed program.
type Fate string

// The fates.
const (
	Kept     Fate = "kept"
	Migrated Fate = "migrated" // its input has other columns, none of which it keeps
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

// keepsNoRows are the stages whose states hold what they compute and none of the rows.
var keepsNoRows = []string{"aggregate"}

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
	case o.Does == n.Does && slices.Contains(keepsNoRows, n.Stage):
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
