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
	settled []int32         // groups of left rows that have been answered
}

// waiter is a left row that waits.
type waiter struct {
	answer
	group  int32
	until  int64
	rightT int64
}

var (
	_ operators.Parallel = (*Forward)(nil)
	_ operators.Merger   = (*Forward)(nil)
	_ operators.Separate = (*Forward)(nil)
	_ operators.Delayer  = (*Forward)(nil)
	_ operators.Holder   = (*Forward)(nil)
)

// Open implements operators.Operator.
func (j *Forward) Open(ctx *operators.Context) error {
	j.rights = map[kept.ID]int{}
	return j.join.Open(ctx)
}

// Delay implements operators.Delayer: a row leaves with its own time, once nothing
// nearer can come.
func (j *Forward) Delay() int64 { return j.within }

// Held implements operators.Holder.
func (j *Forward) Held() int64 { return int64(j.waits.Len() + len(j.due.All())) }

// OnWatermark implements operators.Operator.
func (j *Forward) OnWatermark(w operators.Watermark, out operators.Output) error {
	return j.waits.Each(w.Time, func(until int64, due *ordered.Due) error {
		j.pass(until, due, out)
		return nil
	})
}

// pass takes rows, and lets time pass until a watermark.
func (j *Forward) pass(until int64, due *ordered.Due, out operators.Output) {
	inputs := due.Inputs
	j.arrive(due)
	j.grow()
	steps := due.Steps
	for {
		at := j.due.Next()
		if len(steps) > 0 {
			at = min(at, steps[0].P)
		}
		if at >= until {
			break
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
	j.emit(out)
	j.dropUnread()
	j.forgetEmpty(j.touched(j.settled))
	j.settled = j.settled[:0]
}

// wait keeps a left row until nothing nearer can come.
func (j *Forward) wait(b *operators.Batch, st ordered.Step) {
	t := b.Time[st.Row]
	w := waiter{group: j.groupsOf[ir.LeftSide][st.Row], until: max(t+j.within, st.P)}
	w.answer = answer{left: j.ids[ir.LeftSide][st.Row], right: -1, t: t, a: b.Arrival[st.Row], at: w.until, seq: st.Seq}
	j.add(w)
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
		if w.right >= 0 {
			j.rights[w.right]--
		}
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
	if w.right >= 0 {
		j.rights[w.right]--
	}
	j.free = append(j.free, n)
	j.put(w.answer, out)
}

// forgetEmpty forgets those keys that no left row waits for.
func (j *Forward) forgetEmpty(groups []int32) {
	j.table.Remove(slices.DeleteFunc(groups, func(g int32) bool { return len(j.heads[g]) > 0 }))
}

func (j *Forward) grow() {
	for len(j.heads) < j.table.Size() {
		j.heads = append(j.heads, nil)
	}
}

// dropUnread forgets the right rows that nobody has found.
func (j *Forward) dropUnread() {
	for id, n := range j.rights {
		if n == 0 {
			j.rows[ir.RightSide].Drop(id)
			delete(j.rights, id)
		}
	}
}
