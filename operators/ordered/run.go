package ordered

import (
	"cmp"
	"sort"

	"github.com/edynamic/edynamic/operators"
)

// run is rows of one batch in the order they are due. Where that is the order they came
// in, as it mostly is, nothing is made for each row but when it is due.
type run struct {
	input  int
	batch  *operators.Batch
	due    []int64 // of all rows of the batch, which are due as they came; else nil
	places []place // of the rows otherwise
	next   int     // those before have left

	piece *piece // the rows on the shelf, in this order; nil where they are not there
	head  place  // of rows that are not in memory, whose batch is nil: the first that has not left
	rest  int    // and how many these are
}

// place is a row, when it is due, and its number among the rows of the operator.
type place struct {
	row    int32
	p, seq int64
}

func (a place) compare(b place) int { return cmp.Or(cmp.Compare(a.p, b.p), cmp.Compare(a.seq, b.seq)) }

// len is how many rows there were.
func (r *run) len() int {
	if r.due != nil {
		return len(r.due)
	}
	return len(r.places)
}

// left is how many rows have not left.
func (r *run) left() int {
	if r.batch == nil {
		return r.rest
	}
	return r.len() - r.next
}

// at is one of the rows, in the order they are due.
func (r *run) at(i int) place {
	if r.due != nil {
		return place{row: int32(i), p: r.due[i], seq: seqOf(r.batch, i)}
	}
	return r.places[i]
}

// first is the first of the rows that have not left.
func (r *run) first() place {
	if r.batch == nil {
		return r.head
	}
	return r.at(r.next)
}

// last is the last of the rows.
func (r *run) last() place {
	if r.batch == nil {
		return r.piece.last
	}
	return r.at(r.len() - 1)
}

// before is how many of the rows that have not left come before a place. There are few
// of them where inputs take turns, and many where there is one.
func (r *run) before(limit place) int {
	left := r.left()
	within := 1
	for within < left && r.at(r.next+within).compare(limit) < 0 {
		within *= 2
	}
	from := max(within/2, 1) // the last of those comes before the place
	return from + sort.Search(min(within, left)-from, func(i int) bool { return r.at(r.next+from+i).compare(limit) >= 0 })
}

// seqOf is the number of a row among those of the operator.
func seqOf(b *operators.Batch, row int) int64 {
	if b.Seq != nil {
		return b.Seq[row]
	}
	return b.Base + int64(row)
}

// spare is memory of runs that have left, for others.
type spare struct {
	places [][]place
	due    [][]int64
}

// spareMost is how many slices of a kind are kept.
const spareMost = 4

// take is a slice of a list with room for n elements.
func take[T any](list *[][]T, n int) []T {
	if last := len(*list) - 1; last >= 0 {
		s := (*list)[last]
		*list = (*list)[:last]
		if cap(s) >= n {
			return s[:0]
		}
	}
	return make([]T, 0, n)
}

// give puts a slice that nobody uses in a list.
func give[T any](list *[][]T, s []T) {
	if s != nil && len(*list) < spareMost {
		*list = append(*list, s)
	}
}

// runs is a heap by the first row that is due.
type runs []*run

func (r runs) Len() int           { return len(r) }
func (r runs) Less(i, j int) bool { return r[i].first().compare(r[j].first()) < 0 }
func (r runs) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }

// Push implements heap.Interface.
func (r *runs) Push(x any) { *r = append(*r, x.(*run)) }

// Pop implements heap.Interface.
func (r *runs) Pop() any {
	old := *r
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*r = old[:len(old)-1]
	return last
}
