package aggregate

import (
	"cmp"
	"slices"
)

// contenders are the rows of a window that may be shown, by group: smaller orders first,
// those of equal order by time. So what is shown of a group is found at one end of it, and
// a row that comes or goes costs a search.
type contenders map[string][]*Candidate

func byOrder(a, b *Candidate) int {
	return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.t, b.t), cmp.Compare(a.seq, b.seq))
}

// add puts rows in their places.
func (c *contenders) add(rows []*Candidate) {
	if *c == nil {
		*c = contenders{}
	}
	if len(rows) == 1 {
		group := (*c)[rows[0].group]
		at, _ := slices.BinarySearchFunc(group, rows[0], byOrder)
		(*c)[rows[0].group] = slices.Insert(group, at, rows[0])
		return
	}
	touched := map[string]bool{}
	for _, r := range rows {
		(*c)[r.group] = append((*c)[r.group], r)
		touched[r.group] = true
	}
	for group := range touched {
		slices.SortFunc((*c)[group], byOrder)
	}
}

// remove takes a row out, false where it is not there.
func (c contenders) remove(row *Candidate) bool {
	group := c[row.group]
	at, found := slices.BinarySearchFunc(group, row, byOrder)
	if !found {
		return false
	}
	if c[row.group] = slices.Delete(group, at, at+1); len(group) == 1 {
		delete(c, row.group)
	}
	return true
}
