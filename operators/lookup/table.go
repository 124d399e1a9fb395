package lookup

import (
	"cmp"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/keycode"
)

func unique(groups []int32) []int32 {
	slices.Sort(groups)
	return slices.Compact(groups)
}

func (e entry) compare(o entry) int {
	return cmp.Or(strings.Compare(e.code, o.code), cmp.Compare(e.seq, o.seq))
}

// learn takes rows of the table.
func (l *Lookup) learn(b *operators.Batch, groups []int32) {
	fresh := l.fresh[:0]
	b.Each(func(i int) {
		if !takesBack(b, i) {
			fresh = append(fresh, int32(i))
		}
	})
	l.fresh = fresh
	ids := l.rows[ir.RightSide].Add(b, fresh)
	write := l.tableCode(b)
	gone := l.gone[:0]
	b.Each(func(i int) {
		l.buf = write(l.buf[:0], i)
		if l.tracks && (takesBack(b, i) || l.named()) {
			if g := l.remove(l.byCode[string(l.buf)]); g >= 0 {
				gone = append(gone, g)
			}
		}
		if takesBack(b, i) {
			return
		}
		e := entry{id: ids[0], seq: l.seq}
		of := l.of(l.buf)
		if l.named() { // else they stand as they came
			e.code = of.code
		}
		ids = ids[1:]
		l.seq++
		l.add(groups[i], of, e)
	})
	l.gone = gone
	for _, of := range l.emptied { // most are filled again by the row that takes the place
		if len(of.spots) == 0 {
			delete(l.byCode, of.code)
		}
	}
	clear(l.emptied)
	l.emptied = l.emptied[:0]
	l.table.Remove(unique(slices.DeleteFunc(gone, func(g int32) bool { return len(l.entries[g]) > 0 })))
}

// tableCode writes what rows of the table are known by: nothing where they are neither
// replaced nor ordered by a key.
func (l *Lookup) tableCode(b *operators.Batch) keycode.Appender {
	if !l.tracks && !l.named() {
		return func(dst []byte, _ int) []byte { return dst }
	}
	return code(l.right, l.identity, b)
}

// named reports that a key identifies rows, so that a row replaces the earlier one.
func (l *Lookup) named() bool { return len(l.identity) > 0 }

// of is the rows of a code. Where no row is looked for by it they are not listed.
func (l *Lookup) of(code []byte) *named {
	if len(code) == 0 && !l.tracks {
		return &l.nameless
	}
	if of := l.byCode[string(code)]; of != nil {
		return of
	}
	of := &named{code: string(code)}
	of.spots = of.first[:0]
	if l.tracks {
		l.byCode[of.code] = of
	}
	return of
}

func takesBack(b *operators.Batch, i int) bool {
	return b.Ops != nil && (b.Ops[i] == operators.UpdateBefore || b.Ops[i] == operators.Delete)
}

// add puts a row into its group, by key. A row whose key has a null is kept nowhere.
func (l *Lookup) add(g int32, of *named, e entry) {
	if g < 0 {
		l.rows[ir.RightSide].Drop(e.id)
		l.emptied = append(l.emptied, of)
		return
	}
	at, _ := slices.BinarySearchFunc(l.entries[g], e, entry.compare)
	l.entries[g] = slices.Insert(l.entries[g], at, e)
	if l.tracks {
		of.spots = append(of.spots, spot{g, e.seq})
	}
}

// remove takes the row of a code out of the table and returns its group, -1 where
// there is none. Of rows that are their own key it is the first.
func (l *Lookup) remove(of *named) int32 {
	if of == nil || len(of.spots) == 0 {
		return -1
	}
	s := of.spots[0]
	if of.spots = of.spots[1:]; len(of.spots) == 0 {
		of.spots = of.first[:0]
		l.emptied = append(l.emptied, of)
	}
	at := slices.IndexFunc(l.entries[s.group], func(e entry) bool { return e.seq == s.seq })
	l.rows[ir.RightSide].Drop(l.entries[s.group][at].id)
	l.entries[s.group] = slices.Delete(l.entries[s.group], at, at+1)
	return s.group
}
