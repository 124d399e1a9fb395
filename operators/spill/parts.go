package spill

import "slices"

// Parts gives things of groups in an order of their own once the input has ended: each group has
// some, and there are too many groups for all to be in memory. A part is the things between two of
// them, and a group is read for each part that it has something in.
type Parts[T any] struct {
	// Of calls f for the things of a group, as Save wrote it under a code.
	Of func(code, value []byte, f func(T))
	// Compare is their order. Things that are equal are in one part.
	Compare func(a, b T) int
	// Hash chooses things among all.
	Hash func(T) uint64
}

// mostSamples is how many things are looked at to find where parts end.
const mostSamples = 1 << 15

// Each calls f for part after part, of about so many things, with the groups that have some in it
// and with what tells these from others.
func (p *Parts[T]) Each(last *Last, together int, f func(groups []int32, has func(T) bool) error) error {
	cuts, err := p.cuts(last, together)
	if err != nil {
		return err
	}
	for i := range len(cuts) + 1 {
		has := func(x T) bool {
			return (i == 0 || p.Compare(x, cuts[i-1]) >= 0) && (i == len(cuts) || p.Compare(x, cuts[i]) < 0)
		}
		err := last.Take(func(code, value []byte) (chosen bool) {
			p.Of(code, value, func(x T) { chosen = chosen || has(x) })
			return chosen
		}, func(groups []int32) error { return f(groups, has) })
		if err != nil {
			return err
		}
	}
	return nil
}

// cuts are where parts end.
func (p *Parts[T]) cuts(last *Last, together int) ([]T, error) {
	var some []T
	n, every := 0, uint64(1) // one of so many is among them, by its hash
	err := last.Each(func(code, value []byte) {
		p.Of(code, value, func(x T) {
			n++
			if p.Hash(x)%every > 0 {
				return
			}
			if some = append(some, x); len(some) >= mostSamples {
				every *= 2
				some = slices.DeleteFunc(some, func(x T) bool { return p.Hash(x)%every > 0 })
			}
		})
	})
	if err != nil || len(some) == 0 {
		return nil, err
	}
	slices.SortFunc(some, p.Compare)
	parts := (n + together - 1) / together
	var cuts []T
	for i := 1; i < parts; i++ {
		cuts = append(cuts, some[i*len(some)/parts])
	}
	return slices.CompactFunc(cuts, func(a, b T) bool { return p.Compare(a, b) == 0 }), nil
}

// Mixed spreads numbers that follow each other.
func Mixed(seq int64) uint64 { return uint64(seq) * 0x9e3779b97f4a7c15 >> 32 }
