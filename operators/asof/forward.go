package asof

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/operators/pair"
)

// Forward takes the first right row that is not before the left one. A left row waits
// until no nearer one can come.
type Forward struct {
	join
	waiting []waiter
	free    []int32
	heads   [][]int32 // by group, the waiters in the order they came
	due     pair.Deadlines
	rights  map[kept.ID]int // how many waiters have found a right row
	unread  []kept.ID       // right rows that none may have found
	settled []int32         // groups of left rows that have been answered
	alone   *ordered.Buffer // left rows that have no partner, by when they leave
	apart   *apart          // nil where rows with a key stay in memory
}

// waiter is a left row that waits.
type waiter struct {
	answer
	group  int32 // -1 for none
	until  int64
	rightT int64
}

var (
	_ operators.Parallel = (*Forward)(nil)
	_ operators.Merger   = (*Forward)(nil)
	_ operators.Separate = (*Forward)(nil)
	_ operators.Delayer  = (*Forward)(nil)
	_ operators.Holder   = (*Forward)(nil)
	_ operators.Spiller  = (*Forward)(nil)
)

// Open implements operators.Operator.
func (j *Forward) Open(ctx *operators.Context) error {
	if err := j.join.Open(ctx); err != nil {
		return err
	}
	j.rights, j.alone = map[kept.ID]int{}, j.newAlone()
	if ctx.Shelf != nil && j.spec.Spills() {
		j.apart = newApart(j, ctx.Shelf)
	}
	return nil
}

// Close implements operators.Operator.
func (j *Forward) Close() error {
	if j.alone != nil {
		j.alone.Release()
	}
	return j.join.Close()
}

// Delay implements operators.Delayer: a row leaves with its own time, once nothing
// nearer can come.
func (j *Forward) Delay() int64 { return j.within }

// Held implements operators.Holder.
func (j *Forward) Held() int64 { return int64(j.waits.Len()+j.alone.Len()) + j.keyed() }

// keyed is how many left rows with a key wait for their answer, wherever they are.
func (j *Forward) keyed() int64 {
	n := int64(j.due.Len())
	if j.apart != nil {
		n += j.apart.away
	}
	return n
}

// OnWatermark implements operators.Operator.
func (j *Forward) OnWatermark(w operators.Watermark, out operators.Output) error {
	return j.waits.Each(w.Time, func(until int64, due *ordered.Due) error { return j.pass(until, due, out) })
}

// pass takes rows, and lets time pass until a watermark: in steps where left rows that leave before
// it are not in memory.
func (j *Forward) pass(until int64, due *ordered.Due, out operators.Output) error {
	if err := j.arrive(due); err != nil {
		return err
	}
	steps := due.Steps
	for done := false; !done; {
		to, err := j.come(until)
		if err != nil {
			return err
		}
		done = to == until
		steps = j.elapse(to, due.Inputs, steps, out)
		j.emit(out)
		j.dropUnread()
		if len(steps) > 0 {
			continue // for the keys of those that are to come
		}
		j.forgetEmpty(j.touched(j.settled))
		j.settled, j.groupsOf = j.settled[:0], [2][]int32{}
		if err := j.relieve(to); err != nil {
			return err
		}
	}
	return nil
}

// arrive finds the groups of due rows and keeps the rows, which it takes over.
func (j *Forward) arrive(due *ordered.Due) error {
	for s := range j.groupsOf {
		side := ir.Side(s)
		j.groupsOf[s], j.ids[s] = nil, nil
		if s >= len(due.Inputs) || due.Inputs[s] == nil {
			continue
		}
		b := due.Inputs[s]
		groups := make([]int32, b.Rows)
		j.Find(j.table, side, b, groups)
		if err := j.apart.found(groups); err != nil {
			return err
		}
		var alone []int32
		if side == ir.LeftSide {
			alone = j.waitAlone(b, groups)
		}
		j.groupsOf[s], j.ids[s] = groups, j.hold(side, b)
		for _, row := range alone {
			j.rows[s].Drop(j.ids[s][row])
		}
	}
	j.grow()
	return nil
}

// elapse lets time pass until an instant, and returns the steps behind it.
func (j *Forward) elapse(until int64, inputs []*operators.Batch, steps []ordered.Step, out operators.Output) []ordered.Step {
	for {
		at := j.due.Next()
		if len(steps) > 0 {
			at = min(at, steps[0].P)
		}
		if at >= until {
			return steps
		}
		n := 0
		for ; n < len(steps) && steps[n].P == at; n++ {
			if st := steps[n]; ir.Side(st.Input) == ir.LeftSide {
				j.wait(inputs[ir.LeftSide], st)
			}
		}
		for _, st := range steps[:n] {
			if ir.Side(st.Input) == ir.RightSide {
				j.offer(inputs[ir.RightSide], st, out)
			}
		}
		steps = steps[n:]
		for j.due.Next() <= at {
			j.settle(j.due.Pop(), out)
		}
	}
}

// until is when a left row leaves: once no nearer one can come.
func (j *Forward) until(b *operators.Batch, row int) int64 {
	return max(b.Time[row]+j.within, ordered.At(b, row))
}

// wait keeps a left row until it leaves. One without a key waits elsewhere.
func (j *Forward) wait(b *operators.Batch, st ordered.Step) {
	if g := j.groupsOf[ir.LeftSide][st.Row]; g >= 0 {
		j.add(j.waiterOf(b, int(st.Row), g, j.ids[ir.LeftSide][st.Row]))
	}
}

// waiterOf is what is known of a left row that is kept.
func (j *Forward) waiterOf(b *operators.Batch, row int, group int32, id kept.ID) waiter {
	w := waiter{group: group, until: j.until(b, row)}
	w.answer = answer{left: id, right: -1, t: b.Time[row], a: b.Arrival[row], at: w.until, seq: b.Seq[row]}
	return w
}

func (j *Forward) add(w waiter) {
	n := int32(len(j.waiting))
	if last := len(j.free) - 1; last >= 0 {
		n = j.free[last]
		j.free = j.free[:last]
		j.waiting[n] = w
	} else {
		j.waiting = append(j.waiting, w)
	}
	j.due.Add(w.until, w.seq, n)
	if w.group >= 0 {
		j.heads[w.group] = append(j.heads[w.group], n)
	}
}

// offer gives a right row to the left rows it is nearer to than what they have.
func (j *Forward) offer(b *operators.Batch, st ordered.Step, out operators.Output) {
	g, id := j.groupsOf[ir.RightSide][st.Row], j.ids[ir.RightSide][st.Row]
	t, a := b.Time[st.Row], b.Arrival[st.Row]
	j.rights[id] = 0
	j.unread = append(j.unread, id)
	gone := b.Ops != nil && (b.Ops[st.Row] == operators.Delete || b.Ops[st.Row] == operators.UpdateBefore)
	if g < 0 || gone {
		return
	}
	var takers []int32
	for _, n := range j.heads[g] {
		w := &j.waiting[n]
		if w.t <= t && t <= w.t+j.within && w.a <= t && a <= w.t+j.within && (w.right < 0 || t < w.rightT) {
			takers = append(takers, n)
		}
	}
	takers = j.fitting(takers, id, st.P, out)
	for _, n := range takers {
		w := &j.waiting[n]
		j.letGo(w.right)
		w.right, w.rightA, w.rightT = id, a, t
		j.rights[id]++
	}
}

// fitting are the waiters for whom the further condition holds.
func (j *Forward) fitting(takers []int32, id kept.ID, at int64, out operators.Output) []int32 {
	if !j.Conditional() || len(takers) == 0 {
		return takers
	}
	lefts, rights := make([]kept.ID, len(takers)), make([]kept.ID, len(takers))
	for i, n := range takers {
		lefts[i], rights[i] = j.waiting[n].left, id
	}
	var fit []int32
	for i, ok := range j.holds(lefts, rights, at, out) {
		if ok {
			fit = append(fit, takers[i])
		}
	}
	return fit
}

// settle answers a left row.
func (j *Forward) settle(n int32, out operators.Output) {
	w := j.waiting[n]
	if w.group >= 0 {
		j.heads[w.group] = slices.DeleteFunc(j.heads[w.group], func(m int32) bool { return m == n })
		j.settled = append(j.settled, w.group)
	}
	j.letGo(w.right)
	j.free = append(j.free, n)
	j.put(w.answer, out)
}

// letGo is told that a waiter needs its right row no more, -1 for none.
func (j *Forward) letGo(right kept.ID) {
	if right < 0 {
		return
	}
	if j.rights[right]--; j.rights[right] == 0 {
		j.unread = append(j.unread, right)
	}
}

// forgetEmpty forgets those keys that no left row waits for.
func (j *Forward) forgetEmpty(groups []int32) {
	groups = slices.DeleteFunc(groups, func(g int32) bool { return len(j.heads[g]) > 0 })
	j.apart.removed(groups)
	j.table.Remove(groups)
}

func (j *Forward) grow() {
	for len(j.heads) < j.table.Size() {
		j.heads = append(j.heads, nil)
	}
}

// dropUnread forgets the right rows that nobody has found.
func (j *Forward) dropUnread() {
	for _, id := range j.unread {
		if n, held := j.rights[id]; held && n == 0 {
			j.rows[ir.RightSide].Drop(id)
			delete(j.rights, id)
		}
	}
	j.unread = j.unread[:0]
}
