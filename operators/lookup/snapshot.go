package lookup

import (
	"fmt"
	"maps"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// Snapshot implements operators.Operator.
func (l *Lookup) Snapshot() ([]byte, error) {
	var w wire.Writer
	groups := l.table.Save(&w)
	w.Int(l.seq)
	codes := map[spot]string{} // rows of several instances that came together share numbers
	for code, of := range l.byCode {
		for _, s := range of.spots {
			codes[s] = code
		}
	}
	var ids []kept.ID
	for _, g := range groups {
		w.Uint(uint64(len(l.entries[g])))
		for _, e := range l.entries[g] {
			w.Int(e.seq)
			w.String(e.code)
			w.String(codes[spot{g, e.seq}])
			ids = append(ids, e.id)
		}
	}
	names := slices.Sorted(maps.Keys(l.given))
	w.Uint(uint64(len(names)))
	for _, name := range names {
		w.String(name)
		w.Uint(uint64(len(l.given[name])))
		for _, a := range l.given[name] {
			w.Uint(a.hash)
			w.Uint(uint64(len(a.ids)))
			ids = append(ids, a.ids...)
		}
	}
	if err := l.rows[ir.RightSide].Save(&w, ids); err != nil {
		return nil, fmt.Errorf("lookup: %w", err)
	}
	return w.Buf, nil
}

// Restore implements operators.Operator.
func (l *Lookup) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	groups := l.table.Load(r)
	l.grow()
	l.seq = max(l.seq, r.Int())
	type loaded struct {
		group int32
		code  string
		entry entry
	}
	var entries []loaded
	for _, g := range groups {
		for range r.Len() {
			x := loaded{group: g}
			x.entry.seq, x.entry.code, x.code = r.Int(), r.String(), r.String()
			entries = append(entries, x)
		}
	}
	type given struct {
		name string
		hash uint64
		n    int
	}
	var answers []given
	total := len(entries)
	for range r.Len() {
		name := r.String()
		for range r.Len() {
			a := given{name: name, hash: r.Uint(), n: r.Len()}
			answers = append(answers, a)
			total += a.n
		}
	}
	ids := l.rows[ir.RightSide].Load(r)
	if len(ids) != total {
		r.Fail(fmt.Errorf("%d rows instead of %d", len(ids), total))
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("lookup: %w", err)
	}
	recode := l.recode(ids[:len(entries)])
	for i, x := range entries {
		x.entry.id = ids[i]
		if recode != nil {
			x.code = recode[i]
		}
		l.add(x.group, l.of([]byte(x.code)), x.entry)
	}
	ids = ids[len(entries):]
	for _, a := range answers {
		its := ids[:a.n:a.n]
		ids = ids[a.n:]
		if mine == nil || mine(a.hash) {
			l.given[a.name] = append(l.given[a.name], answer{its, a.hash})
			continue
		}
		for _, id := range its {
			l.rows[ir.RightSide].Drop(id)
		}
	}
	others := l.table.Others(groups, mine)
	for _, g := range others {
		for len(l.entries[g]) > 0 {
			e := l.entries[g][0]
			l.rows[ir.RightSide].Drop(e.id)
			l.entries[g] = l.entries[g][1:]
		}
	}
	for code, of := range l.byCode {
		of.spots = slices.DeleteFunc(of.spots, func(s spot) bool { return slices.Contains(others, s.group) })
		if len(of.spots) == 0 {
			delete(l.byCode, code)
		}
	}
	l.table.Remove(others)
	return nil
}

// recode gives the codes of rows of the table anew that are known by all of their columns,
// where they have other columns now than when they were written down; nil for none.
func (l *Lookup) recode(ids []kept.ID) []string {
	if !l.rows[ir.RightSide].Adapted() || !l.tracks || l.named() || len(ids) == 0 {
		return nil
	}
	b := l.rows[ir.RightSide].Take(ids)
	defer b.Release()
	codes, write := make([]string, b.Rows), code(l.right, nil, b)
	for i := range codes {
		codes[i] = string(write(nil, i))
	}
	return codes
}
