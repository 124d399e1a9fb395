package kept

// Pool is the memory of what an operator knows of rows that it holds no more, for those
// that it holds next.
type Pool[T any] struct {
	free []*T
	slab []T // never given out
}

// slabSize is how many are made at once.
const slabSize = 256

// Take gives out an item, which holds what it held when it was given back.
func (p *Pool[T]) Take() *T {
	if last := len(p.free) - 1; last >= 0 {
		it := p.free[last]
		p.free = p.free[:last]
		return it
	}
	if len(p.slab) == 0 {
		p.slab = make([]T, slabSize)
	}
	it := &p.slab[0]
	p.slab = p.slab[1:]
	return it
}

// Give takes an item back that nobody refers to.
func (p *Pool[T]) Give(it *T) { p.free = append(p.free, it) }

// GiveUpTo is Give, unless so many items are free already.
func (p *Pool[T]) GiveUpTo(most int, it *T) {
	if len(p.free) < most {
		p.Give(it)
	}
}
