package keptjoin

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/pair"
	"github.com/edynamic/edynamic/vm/keycode"
)

// change is a row that goes, a row that comes, or both where one replaces the other,
// with the rows of the other side that each pairs with.
type change struct {
	cause            *step // the row that says so
	old, fresh       *row
	oldMet, freshMet []*row
}

// result is a row of the result: rows of both sides, nil where a side has none.
type result struct{ left, right *row }

// outcome collects what the rows of a batch change.
type outcome struct {
	rows []shown
	left []*row // rows whose memory can go once the batch is answered

	gone, come []result // of the change at hand
	updates    []shown  // scratch
	touched    []*row   // scratch
}

type shown struct {
	result
	op    operators.Op
	cause *step
}

func (o *outcome) reset() {
	clear(o.left)
	o.rows, o.left = o.rows[:0], o.left[:0]
}

// apply changes what is kept, and notes what that changes in the result.
func (j *Join) apply(c change) {
	j.out.gone, j.out.come = j.out.gone[:0], j.out.come[:0]
	side := ir.LeftSide
	for _, r := range []*row{c.old, c.fresh} {
		if r != nil {
			side = r.side
		}
	}
	j.own(side, c)
	j.others(side, c)
	if c.old != nil {
		j.remove(c.old)
	}
	if c.fresh != nil {
		c.fresh.partners = len(c.freshMet)
		j.add(c.fresh)
	}
	j.settle(c.cause)
}

// own notes the results of the rows that go and come themselves.
func (j *Join) own(side ir.Side, c change) {
	note := func(to *[]result, r *row, met []*row) {
		switch {
		case r == nil:
		case j.leftOnly():
			if side == ir.LeftSide && (len(met) > 0) == (j.spec.Kind == ir.SemiJoin) {
				*to = append(*to, result{left: r})
			}
		case len(met) == 0 && pair.KeepsUnmatched(j.spec.Kind, side):
			*to = append(*to, of(side, r, nil))
		default:
			for _, m := range met {
				*to = append(*to, of(side, r, m))
			}
		}
	}
	note(&j.out.gone, c.old, c.oldMet)
	note(&j.out.come, c.fresh, c.freshMet)
}

// of is a result of a row of a side and one of the other.
func of(side ir.Side, r, other *row) result {
	if side == ir.LeftSide {
		return result{r, other}
	}
	return result{other, r}
}

// others notes the rows of the other side that show alone now, or no longer.
func (j *Join) others(side ir.Side, c change) {
	other := 1 - side
	if !j.counts(other) {
		return
	}
	j.out.touched = j.out.touched[:0]
	j.out.count(c.oldMet, -1)
	j.out.count(c.freshMet, 1)
	shows := func(partners int) bool { // the row by itself
		if j.leftOnly() {
			return other == ir.LeftSide && (partners > 0) == (j.spec.Kind == ir.SemiJoin)
		}
		return partners == 0 && pair.KeepsUnmatched(j.spec.Kind, other)
	}
	for _, m := range j.out.touched {
		m.touched = false
		if m.piece != nil && j.Conditional() { // else it follows from how many rows there are
			m.piece.dirty = true
		}
		switch was, is := shows(m.before), shows(m.partners); {
		case was && !is:
			j.out.gone = append(j.out.gone, of(other, m, nil))
		case is && !was:
			j.out.come = append(j.out.come, of(other, m, nil))
		}
	}
}

// count notes that rows of the other side have a partner more or less.
func (o *outcome) count(met []*row, by int) {
	for _, m := range met {
		if !m.touched {
			m.touched, m.before = true, m.partners
			o.touched = append(o.touched, m)
		}
		m.partners += by
	}
}

// settle orders what a change has changed: deletes, updates, inserts, each by key or,
// without one, as the rows came (SEMANTICS 73). A result that goes while one of its
// key comes is an update.
func (j *Join) settle(cause *step) {
	gone, come := j.out.gone, j.out.come
	slices.SortStableFunc(gone, j.compare)
	slices.SortStableFunc(come, j.compare)
	updates := j.out.updates[:0]
	put := func(r result, op operators.Op) { j.out.rows = append(j.out.rows, shown{r, op, cause}) }
	kept := come[:0]
	for _, c := range come {
		for j.keyed && len(gone) > 0 && j.compare(gone[0], c) < 0 {
			put(gone[0], operators.Delete)
			gone = gone[1:]
		}
		if j.keyed && len(gone) > 0 && j.compare(gone[0], c) == 0 {
			updates = append(updates, shown{gone[0], operators.UpdateBefore, cause}, shown{c, operators.UpdateAfter, cause})
			gone = gone[1:]
			continue
		}
		kept = append(kept, c)
	}
	for _, g := range gone {
		put(g, operators.Delete)
	}
	j.out.rows = append(j.out.rows, updates...)
	j.out.updates = updates
	for _, c := range kept {
		put(c, operators.Insert)
	}
}

// compare orders results by the keys of their rows, a missing one last; without keys
// as the rows came.
func (j *Join) compare(a, b result) int {
	if j.keyed {
		return cmp.Or(bytes.Compare(codeOf(a.left), codeOf(b.left)), bytes.Compare(codeOf(a.right), codeOf(b.right)))
	}
	return cmp.Or(cmp.Compare(seqOf(a.left), seqOf(b.left)), cmp.Compare(seqOf(a.right), seqOf(b.right)))
}

func codeOf(r *row) []byte {
	if r == nil {
		return noCode
	}
	return r.code
}

var noCode = []byte(keycode.Null)

func seqOf(r *row) int64 {
	if r == nil {
		return operators.MaxTime
	}
	return r.seq
}

// pairs tests the condition for two rows that are there.
func (j *Join) pairs(l, r *row) bool {
	if !j.Conditional() {
		return true
	}
	var p pair.Pairs
	p.Add(l.id, r.id)
	return j.Test(j.ctx.Alloc, j.rows, p, nil, nil)[0]
}

// emit makes a batch of what has changed (SEMANTICS 14).
func (o *outcome) emit(j *Join, out operators.Output) {
	n := len(o.rows)
	if n == 0 {
		return
	}
	var pairs pair.Pairs
	for _, r := range o.rows {
		pairs.Add(idOf(r.left), idOf(r.right))
	}
	b := j.Make(j.ctx.Alloc, j.rows, pairs)
	b.Seq = make([]int64, n)
	if j.emitsOps {
		b.Ops = make([]operators.Op, n)
	}
	timed := o.rows[0].cause.Time != nil
	if timed {
		b.Time, b.Arrival, b.Progress = make([]int64, n), make([]int64, n), make([]int64, n)
	}
	for i, r := range o.rows {
		b.Seq[i] = r.cause.fresh.seq
		if j.emitsOps {
			b.Ops[i] = r.op
		}
		if timed {
			b.Time[i], b.Arrival[i] = j.times(r)
			b.Progress[i] = r.cause.Progress[r.cause.i]
		}
	}
	j.windows.settle(j.ctx.Alloc, b, o.rows)
	if timed { // a pair leaves when its second row comes
		b.Refs = slices.Clone(b.Refs)
		for i := range b.Refs {
			b.Refs[i].Joined = true
		}
	} else if o.rows[0].cause.Refs != nil {
		// Without time the records are what rows are ordered by.
		b.Lease = j.lease()
		b.Refs = make([]operators.Ref, n)
		for i, r := range o.rows {
			b.Refs[i] = r.cause.Refs[r.cause.i]
		}
	}
	o.rows = o.rows[:0]
	out.Emit(0, b)
}

// times are the time and arrival of a result: of a changes stream the time of the row
// that caused it, of pairs of appended rows that of the later one.
func (j *Join) times(r shown) (t, a int64) {
	t, a = r.cause.fresh.t, r.cause.fresh.a
	for _, x := range []*row{r.left, r.right} {
		if x == nil {
			continue
		}
		a = max(a, x.a)
		if !j.emitsOps {
			t = max(t, x.t)
		}
	}
	return t, a
}
