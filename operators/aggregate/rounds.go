package aggregate

import (
	"slices"

	"github.com/edynamic/edynamic/operators"
)

// rounds is rows dealt out so that no group is twice in a round.
type rounds struct {
	rows []int32 // round after round
	ends []int32 // of each round among rows
}

func (d *rounds) len() int { return len(d.ends) }

// at is the rows of a round, in their order.
func (d *rounds) at(k int) []int32 {
	from := int32(0)
	if k > 0 {
		from = d.ends[k-1]
	}
	return d.rows[from:d.ends[k]]
}

// deal deals rows of a batch (nil for all) out by their groups.
func (u *updates) deal(b *operators.Batch, rows []int32, groups int) {
	d := &u.dealt
	u.round = slices.Grow(u.round[:0], groups)[:groups]
	clear(u.round)
	d.ends = d.ends[:0]
	part := operators.Batch{Rows: b.Rows, Sel: rows}
	part.Each(func(r int) {
		k := u.round[u.a.groups[r]]
		u.round[u.a.groups[r]]++
		if int(k) == len(d.ends) {
			d.ends = append(d.ends, 0)
		}
		d.ends[k]++
	})
	begins := int32(0)
	for k, n := range d.ends { // where each round begins, for now
		d.ends[k] = begins
		begins += n
	}
	d.rows = slices.Grow(d.rows[:0], part.Len())[:part.Len()]
	clear(u.round)
	part.Each(func(r int) {
		g := u.a.groups[r]
		k := u.round[g]
		u.round[g]++
		d.rows[d.ends[k]] = int32(r)
		d.ends[k]++
	})
}
