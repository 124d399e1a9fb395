package spill

import (
	"slices"

	"github.com/edynamic/edynamic/operators"
)

// Part is the keys of a shelf that begin with a prefix: those of one window.
type Part struct {
	shelf  operators.Shelf
	prefix []byte
	has    bool
	arena  []byte // scratch
	keys   [][]byte
}

// NewPart is a part of a shelf in which nothing is, until it is Found to be otherwise.
func NewPart(shelf operators.Shelf, prefix []byte) *Part { return &Part{shelf: shelf, prefix: prefix} }

// Prefix is what the keys begin with; with a nil Part they begin with anything.
func (p *Part) Prefix() []byte {
	if p == nil {
		return nil
	}
	return p.prefix
}

// Free implements operators.Shelf.
func (p *Part) Free() bool { return p.shelf.Free() }

// Has implements operators.Shelf.
func (p *Part) Has() bool { return p.has }

// Get implements operators.Shelf.
func (p *Part) Get(keys [][]byte, f func(i int, value []byte)) error {
	size := 0
	for _, k := range keys {
		size += len(p.prefix) + len(k)
	}
	p.arena, p.keys = slices.Grow(p.arena[:0], size), p.keys[:0]
	for _, k := range keys {
		from := len(p.arena)
		p.arena = append(append(p.arena, p.prefix...), k...)
		p.keys = append(p.keys, p.arena[from:len(p.arena):len(p.arena)])
	}
	return p.shelf.Get(p.keys, f)
}

// Scan implements operators.Shelf.
func (p *Part) Scan(prefix, from []byte, f func(key, value []byte) bool) error {
	return p.shelf.Scan(p.key(prefix), p.key(from), func(key, value []byte) bool { return f(key[len(p.prefix):], value) })
}

// Put implements operators.Shelf.
func (p *Part) Put(key, value []byte) error {
	p.has = true
	return p.shelf.Put(p.key(key), value)
}

// Delete implements operators.Shelf.
func (p *Part) Delete(key []byte) error { return p.shelf.Delete(p.key(key)) }

// DeletePrefix implements operators.Shelf.
func (p *Part) DeletePrefix(prefix []byte) error { return p.shelf.DeletePrefix(p.key(prefix)) }

func (p *Part) key(rest []byte) []byte {
	return append(p.prefix[:len(p.prefix):len(p.prefix)], rest...)
}
