package sorted

import (
	"bytes"
	"slices"
	"sort"
)

// prefixes are what keys begin with, ascending, none of which begins with another.
type prefixes [][]byte

// of is the one that a key begins with, false for none.
func (p prefixes) of(key []byte) ([]byte, bool) {
	i := sort.Search(len(p), func(i int) bool { return bytes.Compare(p[i], key) > 0 })
	if i == 0 || !bytes.HasPrefix(key, p[i-1]) {
		return nil, false
	}
	return p[i-1], true
}

// has reports that a key begins with one of them.
func (p prefixes) has(key []byte) bool {
	_, ok := p.of(key)
	return ok
}

// hasAll reports that all keys from one to another begin with one of them.
func (p prefixes) hasAll(first, last []byte) bool {
	x, ok := p.of(first)
	return ok && bytes.HasPrefix(last, x)
}

// with has more of them. The slices of neither are changed.
func (p prefixes) with(more ...[]byte) prefixes {
	all := append(slices.Clone(p), more...)
	slices.SortFunc(all, bytes.Compare)
	out := all[:0]
	for _, x := range all {
		if n := len(out); n == 0 || !bytes.HasPrefix(x, out[n-1]) {
			out = append(out, x)
		}
	}
	return out
}
