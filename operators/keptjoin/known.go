package keptjoin

import (
	"bytes"

	"github.com/edynamic/edynamic/operators"
)

// known finds rows of a changes side by their group and code: the first row of each place,
// which is a hash of both. Others of that place follow it in the order they came.
type known map[uint64]*row

func placeOf(r *row) uint64 { return operators.KeyHash(r.code) ^ uint64(r.group)*0x9e3779b97f4a7c15 }

// find is the first row that goes by the name of another, nil for none.
func (k known) find(r *row) *row {
	for x := k[placeOf(r)]; x != nil; x = x.same {
		if x.group == r.group && bytes.Equal(x.code, r.code) {
			return x
		}
	}
	return nil
}

func (k known) add(r *row) {
	at := placeOf(r)
	first := k[at]
	if first == nil {
		k[at], r.last = r, r
		return
	}
	first.last.same, first.last = r, r
}

// remove forgets a row that is known, which most often is the first of its place.
func (k known) remove(r *row) {
	at := placeOf(r)
	first := k[at]
	switch {
	case first != r:
		before := first
		for before.same != r {
			before = before.same
		}
		if before.same = r.same; first.last == r {
			first.last = before
		}
	case r.same == nil:
		delete(k, at)
	default:
		k[at], r.same.last = r.same, r.last
	}
	r.same, r.last = nil, nil
}
