package lookup

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/pair"
)

// found is a row of the result: the row of the batch it comes from, and the row of the
// table beside it, -1 for none.
type found struct {
	row   int32
	right kept.ID
}

// answer finds what the table holds for each left row.
func (l *Lookup) answer(b *operators.Batch, groups []int32, out operators.Output) {
	all := make([]int32, 0, b.Len())
	b.Each(func(i int) { all = append(all, int32(i)) })
	if len(all) == 0 {
		return
	}
	lefts := l.rows[ir.LeftSide].Add(b, all)
	matches := l.matches(b, all, lefts, groups, out)
	var results []found
	var pairs pair.Pairs
	var left []kept.ID // copies of rows of the table that nobody needs any more
	write, hash := l.leftCode(b), l.Hash(ir.LeftSide, b)
	unmatched := int64(0)
	for n, i := range all {
		ids := matches[n]
		if write != nil {
			l.buf = write(l.buf[:0], int(i))
			name := string(l.buf)
			if takesBack(b, int(i)) {
				was := l.takeBack(name, hash(int(i)))
				ids, left = was.ids, append(left, was.ids...)
			} else {
				if len(l.known) > 0 { // of a key that starts anew the row before stands (SEMANTICS 77)
					left = append(left, l.forget(name)...)
				}
				ids = l.remember(name, hash(int(i)), ids)
			}
		}
		if len(ids) == 0 && !l.spec.Left {
			if !takesBack(b, int(i)) {
				unmatched++
			}
			continue
		}
		if len(ids) == 0 {
			ids = []kept.ID{-1}
		}
		for _, id := range ids {
			results = append(results, found{i, id})
			pairs.Add(lefts[n], id)
		}
	}
	if unmatched > 0 {
		out.Count(Counter, unmatched)
	}
	if len(results) > 0 {
		out.Emit(0, l.batch(b, groups, results, pairs))
	}
	for _, id := range lefts {
		l.rows[ir.LeftSide].Drop(id)
	}
	for _, id := range left {
		l.rows[ir.RightSide].Drop(id)
	}
}

// matches are the rows of the table for each left row, in the order of their keys.
func (l *Lookup) matches(b *operators.Batch, all []int32, lefts []kept.ID, groups []int32, out operators.Output) [][]kept.ID {
	matches := make([][]kept.ID, len(all))
	l.beside = l.beside[:0]
	var pairs pair.Pairs
	var of []int
	var at []int64
	for n, i := range all {
		if groups[i] < 0 || takesBack(b, int(i)) {
			continue
		}
		if !l.Conditional() {
			from := len(l.beside)
			for _, e := range l.entries[groups[i]] {
				l.beside = append(l.beside, e.id)
			}
			matches[n] = l.beside[from:len(l.beside):len(l.beside)]
			continue
		}
		for _, e := range l.entries[groups[i]] {
			pairs.Add(lefts[n], e.id)
			of = append(of, n)
			if b.Progress != nil {
				at = append(at, b.Progress[i])
			}
		}
	}
	if l.Conditional() {
		for k, holds := range l.Test(l.ctx.Alloc, l.rows, pairs, at, out) {
			if holds {
				matches[of[k]] = append(matches[of[k]], pairs.Right[k])
			}
		}
	}
	return matches
}

// batch makes the rows of the result: those of the left side with something beside
// them (SEMANTICS 14).
func (l *Lookup) batch(in *operators.Batch, groups []int32, results []found, pairs pair.Pairs) *operators.Batch {
	b := l.Make(l.ctx.Alloc, l.rows, pairs)
	b.Cause = make([]int32, b.Rows)
	if in.Ops != nil {
		b.Ops = make([]operators.Op, b.Rows)
	}
	if in.Time != nil {
		b.Time, b.Arrival, b.Progress = make([]int64, b.Rows), make([]int64, b.Rows), make([]int64, b.Rows)
	}
	for i, r := range results {
		b.Cause[i] = r.row
		if in.Ops != nil {
			b.Ops[i] = in.Ops[r.row]
		}
		if in.Time != nil {
			b.Time[i], b.Arrival[i], b.Progress[i] = in.Time[r.row], in.Arrival[r.row], in.Progress[r.row]
		}
	}
	if in.Ops != nil {
		aloneOps(b.Ops, results, groups)
	}
	return b
}

// aloneOps makes deletes and inserts of update pairs that are no pairs any more,
// because a row has several rows beside it or none, or because its key has changed:
// then the two may be answered by different instances.
func aloneOps(ops []operators.Op, results []found, groups []int32) {
	for i := range ops {
		switch ops[i] {
		case operators.UpdateBefore:
			if !isPair(ops, results, groups, i) {
				ops[i] = operators.Delete
			}
		case operators.UpdateAfter:
			if i == 0 || !isPair(ops, results, groups, i-1) {
				ops[i] = operators.Insert
			}
		case operators.Insert, operators.Delete:
		}
	}
}

// isPair reports an update whose two rows stand next to each other, each alone, with
// one key.
func isPair(ops []operators.Op, results []found, groups []int32, i int) bool {
	alone := func(i int) bool {
		return (i == 0 || results[i-1].row != results[i].row) && (i+1 == len(results) || results[i+1].row != results[i].row)
	}
	if i+1 >= len(ops) {
		return false
	}
	row, after := results[i].row, results[i+1].row
	return after == row+1 && groups[row] >= 0 && groups[row] == groups[after] && ops[i] == operators.UpdateBefore && ops[i+1] == operators.UpdateAfter && alone(i) && alone(i+1)
}

// leftCode writes what identifies the left rows of a changes stream; nil for one that
// appends.
func (l *Lookup) leftCode(b *operators.Batch) func(dst []byte, row int) []byte {
	if l.left.Kind != types.Changes {
		return nil
	}
	return code(l.left.Columns, l.known, b)
}

// remember keeps copies of what is put beside a left row, until that is taken back.
func (l *Lookup) remember(name string, hash uint64, ids []kept.ID) []kept.ID {
	a := answer{hash: hash}
	if len(ids) > 0 {
		a.ids = l.rows[ir.RightSide].Hold(l.rows[ir.RightSide].Take(ids))
	}
	l.given[name] = append(l.given[name], a)
	return a.ids
}

// takeBack is what was put beside a row that is taken back. A row of its key that stands,
// because the key started anew, may have been answered here too, or by another instance
// before a snapshot: it looked for another key of the table.
func (l *Lookup) takeBack(name string, hash uint64) answer {
	all := l.given[name]
	at := slices.IndexFunc(all, func(a answer) bool { return a.hash == hash })
	if at < 0 {
		return answer{}
	}
	was := all[at]
	if l.given[name] = slices.Delete(all, at, at+1); len(all) == 1 {
		delete(l.given, name)
	}
	return was
}

// forget gives up what was put beside the rows of a key.
func (l *Lookup) forget(name string) (left []kept.ID) {
	for _, a := range l.given[name] {
		left = append(left, a.ids...)
	}
	delete(l.given, name)
	return left
}
