package expire

import (
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/wire"
)

// leasts tells the smallest instant that a row which waits, or any behind it, can change. It
// does not know more than mostLeasts instants: of more it says less exactly what they are, and
// never too much.
type leasts struct {
	list           []least // both numbers and instants ascend
	pushed, popped int64
}

// least is a row, and an instant that no row from the one before it in the list on is below.
type least struct{ number, at int64 }

const mostLeasts = 4096

// push is told of a row that waits behind all others.
func (l *leasts) push(at int64) {
	for len(l.list) > 0 && l.list[len(l.list)-1].at >= at {
		l.list = l.list[:len(l.list)-1]
	}
	l.list = append(l.list, least{l.pushed, at})
	l.pushed++
	if len(l.list) >= mostLeasts {
		l.halve()
	}
}

func (l *leasts) halve() {
	half := l.list[:0]
	for two := range slices.Chunk(l.list, 2) {
		half = append(half, least{two[len(two)-1].number, two[0].at})
	}
	l.list = half
}

// pop is told of rows that wait no more, the first ones.
func (l *leasts) pop(n int) {
	l.popped += int64(n)
	i := 0
	for i < len(l.list) && l.list[i].number < l.popped {
		i++
	}
	l.list = slices.Delete(l.list, 0, i)
}

// first is the smallest instant of all rows that wait, operators.MaxTime for none.
func (l *leasts) first() int64 {
	if len(l.list) == 0 {
		return operators.MaxTime
	}
	return l.list[0].at
}

func (l *leasts) save(w *wire.Writer) {
	w.Uint(uint64(l.pushed - l.popped))
	w.Uint(uint64(len(l.list)))
	for _, x := range l.list {
		w.Int(x.number - l.popped)
		w.Int(x.at)
	}
}

func (l *leasts) load(r *wire.Reader) {
	*l = leasts{pushed: int64(r.Uint())}
	for range r.Len() {
		l.list = append(l.list, least{r.Int(), r.Int()})
	}
}
