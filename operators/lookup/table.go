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
		name := string(l.buf)
		if l.tracks && (takesBack(b, i) || l.named()) {
			if g := l.remove(name); g >= 0 {
				gone = append(gone, g)
			}
		}
		if takesBack(b, i) {
			return
		}
		e := entry{id: ids[0], seq: l.seq}
		if l.named() { // else they stand as they came
			e.code = name
		}
		ids = ids[1:]
		l.seq++
		l.add(groups[i], name, e)
	})
	l.gone = gone
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

func takesBack(b *operators.Batch, i int) bool {
	return b.Ops != nil && (b.Ops[i] == operators.UpdateBefore || b.Ops[i] == operators.Delete)
}

// add puts a row into its group, by key. A row whose key has a null is kept nowhere.
func (l *Lookup) add(g int32, code string, e entry) {
	if g < 0 {
		l.rows[ir.RightSide].Drop(e.id)
		return
	}
	at, _ := slices.BinarySearchFunc(l.entries[g], e, entry.compare)
	l.entries[g] = slices.Insert(l.entries[g], at, e)
	if l.tracks {
		l.byCode[code] = append(l.byCode[code], spot{g, e.seq})
	}
}

// remove takes the row of a code out of the table and returns its group, -1 where
// there is none. Of rows that are their own key it is the first.
func (l *Lookup) remove(code string) int32 {
	spots := l.byCode[code]
	if len(spots) == 0 {
		return -1
	}
	s := spots[0]
	if len(spots) == 1 {
		delete(l.byCode, code)
	} else {
		l.byCode[code] = spots[1:]
	}
	at := slices.IndexFunc(l.entries[s.group], func(e entry) bool { return e.seq == s.seq })
	l.rows[ir.RightSide].Drop(l.entries[s.group][at].id)
	l.entries[s.group] = slices.Delete(l.entries[s.group], at, at+1)
	return s.group
}
