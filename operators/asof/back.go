package asof

import (
	"cmp"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/ordered"
)

// Back takes the last right row that is not after the left one.
type Back struct {
	join
	history [][]version // by group, ascending by time and then as they came
	sweepAt int64
	keys    *histories // nil where all keys stay in memory
}

// version is a right row; without one the key has no value from then on.
type version struct {
	t, a, seq int64
	id        kept.ID // -1 for none
}

func (v version) compare(o version) int {
	return cmp.Or(cmp.Compare(v.t, o.t), cmp.Compare(v.seq, o.seq))
}

var (
	_ operators.Parallel = (*Back)(nil)
	_ operators.Merger   = (*Back)(nil)
	_ operators.Separate = (*Back)(nil)
	_ operators.Holder   = (*Back)(nil)
	_ operators.Spiller  = (*Back)(nil)
)

// Open implements operators.Operator.
func (j *Back) Open(ctx *operators.Context) error {
	if err := j.join.Open(ctx); err != nil {
		return err
	}
	if ctx.Shelf != nil && j.spec.Spills() {
		j.keys = newHistories(j, ctx.Shelf)
	}
	return nil
}

// Held implements operators.Holder: the left rows that wait.
func (j *Back) Held() int64 { return int64(j.waits.Len()) }

// OnWatermark implements operators.Operator.
func (j *Back) OnWatermark(w operators.Watermark, out operators.Output) error {
	err := j.waits.Each(w.Time, func(_ int64, due *ordered.Due) error { return j.pass(due, out) })
	if err != nil || w.End || w.Time == operators.MinTime {
		return err
	}
	if j.keys != nil {
		j.keys.past = w.Time
	}
	return j.sweep(w.Time)
}

// pass takes rows.
func (j *Back) pass(due *ordered.Due, out operators.Output) error {
	inputs := due.Inputs
	if err := j.arrive(due); err != nil {
		return err
	}
	for i := 0; i < len(due.Steps); {
		n := i
		for ; n < len(due.Steps) && due.Steps[n].P == due.Steps[i].P; n++ {
			if st := due.Steps[n]; ir.Side(st.Input) == ir.RightSide {
				j.learn(inputs[ir.RightSide], st)
			}
		}
		for ; i < n; i++ {
			if st := due.Steps[i]; ir.Side(st.Input) == ir.LeftSide {
				j.answer(inputs[ir.LeftSide], st, out)
			}
		}
	}
	j.emit(out)
	j.remove(slices.DeleteFunc(j.touched(nil), func(g int32) bool { return len(j.history[g]) > 0 }))
	return j.keys.relieve()
}

// arrive finds the groups of due rows and keeps the rows, which it takes over.
func (j *Back) arrive(due *ordered.Due) error {
	for s := range j.groupsOf {
		side := ir.Side(s)
		j.groupsOf[s], j.ids[s] = nil, nil
		if s >= len(due.Inputs) || due.Inputs[s] == nil {
			continue
		}
		b := due.Inputs[s]
		j.groupsOf[s] = make([]int32, b.Rows)
		j.Find(j.table, side, b, j.groupsOf[s])
		if err := j.keys.found(j.groupsOf[s]); err != nil {
			return err
		}
		if side == ir.RightSide && j.keys != nil {
			j.ids[s] = j.hold(side, b)
		} else {
			j.ids[s] = j.rows[s].Hold(b)
		}
	}
	j.grow()
	return nil
}

// remove forgets keys without right rows.
func (j *Back) remove(groups []int32) {
	j.keys.removed(groups)
	j.table.Remove(groups)
}

func (j *Back) grow() {
	for len(j.history) < j.table.Size() {
		j.history = append(j.history, nil)
	}
}

// drop forgets the rows of versions.
func (j *Back) drop(vs []version) {
	for _, v := range vs {
		if v.id >= 0 {
			j.rows[ir.RightSide].Drop(v.id)
		}
	}
}

// learn adds a right row to the history of its key. Of a changes stream the new rows
// count; a delete leaves the key without a value.
func (j *Back) learn(b *operators.Batch, st ordered.Step) {
	g, id := j.groupsOf[ir.RightSide][st.Row], j.ids[ir.RightSide][st.Row]
	v := version{t: b.Time[st.Row], a: b.Arrival[st.Row], seq: st.Seq, id: id}
	if b.Ops != nil && b.Ops[st.Row] == operators.Delete {
		v.id = -1
	}
	tooOld := j.within > 0 && j.lasts(v.t) < st.P // a key with nothing else would have passed before it came
	if g < 0 || tooOld || b.Ops != nil && b.Ops[st.Row] == operators.UpdateBefore {
		j.rows[ir.RightSide].Drop(id)
		return
	}
	if v.id < 0 {
		j.rows[ir.RightSide].Drop(id)
	}
	h := j.history[g]
	if last := len(h) - 1; last < 0 || h[last].compare(v) < 0 {
		j.history[g] = append(h, v)
		return
	}
	at, _ := slices.BinarySearchFunc(h, v, version.compare)
	j.history[g] = slices.Insert(h, at, v)
}

// answer finds the right row of a left one.
func (j *Back) answer(b *operators.Batch, st ordered.Step, out operators.Output) {
	l := answer{left: j.ids[ir.LeftSide][st.Row], right: -1, t: b.Time[st.Row], a: b.Arrival[st.Row], at: st.P, seq: st.Seq}
	if j.end >= 0 {
		l.a = l.t
	}
	if g := j.groupsOf[ir.LeftSide][st.Row]; g >= 0 {
		if v, ok := j.valid(j.history[g], l, out); ok {
			l.right, l.rightA = v.id, v.a
		}
	}
	j.put(l, out)
}

// valid is the version that was valid at the time of a left row, among those that are
// not too old for it: SEMANTICS 35 forgets them for rows that come late as for others.
func (j *Back) valid(h []version, l answer, out operators.Output) (version, bool) {
	at, _ := slices.BinarySearchFunc(h, l.t, func(v version, t int64) int {
		if v.t <= t {
			return -1
		}
		return 1
	})
	for at--; at >= 0; at-- {
		v := h[at]
		if j.within > 0 && (v.t < l.t-j.within || l.a > v.t+j.within) {
			break
		}
		if j.end >= 0 && v.a > l.t { // it was not there yet
			continue
		}
		if v.id < 0 {
			break
		}
		if !j.Conditional() || j.holds([]kept.ID{l.left}, []kept.ID{v.id}, l.at, out)[0] {
			return v, true
		}
	}
	return version{}, false
}

// lasts is the last instant at which a left row can find a right row of a time.
func (j *Back) lasts(t int64) int64 { return t + j.within + j.wait }

// old is how many versions of a key no left row can find from a watermark on.
func (j *Back) old(h []version, watermark int64) int {
	n := 0
	for j.within > 0 && n < len(h) && j.lasts(h[n].t) < watermark {
		n++
	}
	return n
}

// trim forgets the first versions of a key.
func (j *Back) trim(h []version, n int) []version {
	j.drop(h[:n])
	return slices.Delete(h, 0, n)
}

// sweepStep is how far the watermark comes until all keys are looked at again.
func (j *Back) sweepStep() int64 { return (j.within+j.wait)/8 + 1 }

// sweep forgets the versions that no left row can find any more. It looks at all keys in memory
// once per eighth of the time they are kept, and then at those on disk which may have none left.
func (j *Back) sweep(watermark int64) error {
	if j.within == 0 || watermark < j.sweepAt {
		return nil
	}
	j.sweepAt = watermark + j.sweepStep()
	j.forget(j.table.Groups(nil), watermark)
	for j.keys != nil {
		to, err := j.keys.come(watermark)
		if err != nil {
			return err
		}
		if j.forget(j.keys.came, watermark); to == watermark {
			break
		}
		if err := j.keys.relieve(); err != nil {
			return err
		}
	}
	return nil
}

// forget forgets what is too old of keys in memory.
func (j *Back) forget(groups []int32, watermark int64) {
	var gone []int32
	for _, g := range groups {
		h := j.history[g]
		if j.history[g] = j.trim(h, j.old(h, watermark)); len(j.history[g]) == 0 {
			j.history[g] = nil
			gone = append(gone, g)
		}
	}
	j.remove(gone)
}
