package spill

import (
	"bytes"

	"github.com/edynamic/edynamic/operators"
)

// Pieces reads the groups that are on the shelf and not in memory, some at a time in the
// order of their values, without bringing them back. Meanwhile no group may come or go.
type Pieces struct {
	s            *Groups
	mine         operators.Mine
	keys, values texts
	at           int    // the first of them that was not taken
	from         []byte // where the next piece begins
	done         bool   // there are no others
}

// Pieces begins at the first group of an instance.
func (s *Groups) Pieces(mine operators.Mine) *Pieces { return &Pieces{s: s, mine: mine, done: !s.away} }

// Fill reads some groups, of about so many bytes, where all that were read have been taken.
func (p *Pieces) Fill(size int) error {
	if p.done || p.at < p.keys.n() {
		return nil
	}
	p.keys.clear()
	p.values.clear()
	p.at = 0
	p.done = true
	err := p.s.shelf.Scan(nil, p.from, func(key, value []byte) bool {
		if !p.s.isAway(key, p.mine) {
			return true
		}
		p.keys.add(key)
		p.values.add(value)
		p.done = len(p.keys.arena)+len(p.values.arena) < size
		return p.done
	})
	if err != nil {
		return &operators.ShelfError{Err: err}
	}
	if !p.done {
		p.from = append(append(p.from[:0], p.keys.at(p.keys.n()-1)...), 0) // the least code behind it
	}
	return nil
}

// UpTo is the code up to which all groups have been read; false where there are no others.
func (p *Pieces) UpTo() (code []byte, more bool) {
	if p.done {
		return nil, false
	}
	return p.keys.at(p.keys.n() - 1), true
}

// Take calls f for the groups that were read, up to a code or with nil for all of them. What
// f is given is valid until Fill.
func (p *Pieces) Take(upTo []byte, f func(code, value []byte) error) error {
	for ; p.at < p.keys.n(); p.at++ {
		code := p.keys.at(p.at)
		if upTo != nil && bytes.Compare(code, upTo) > 0 {
			break
		}
		if err := f(code, p.values.at(p.at)); err != nil {
			return err
		}
	}
	return nil
}
