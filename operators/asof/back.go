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
)

// Held implements operators.Holder: the left rows that wait.
func (j *Back) Held() int64 { return int64(j.waits.Len()) }

// OnWatermark implements operators.Operator.
func (j *Back) OnWatermark(w operators.Watermark, out operators.Output) error {
	err := j.waits.Each(w.Time, func(_ int64, due *ordered.Due) error {
		j.pass(due, out)
		return nil
	})
	if err == nil && !w.End && w.Time != operators.MinTime {
		j.sweep(w.Time)
	}
	return err
}

// pass takes rows.
func (j *Back) pass(due *ordered.Due, out operators.Output) {
	inputs := due.Inputs
	j.arrive(due)
	j.grow()
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
	j.table.Remove(slices.DeleteFunc(j.touched(nil), func(g int32) bool { return len(j.history[g]) > 0 }))
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
	if g < 0 || b.Ops != nil && b.Ops[st.Row] == operators.UpdateBefore {
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

// sweep forgets the versions that no left row can find any more. It looks at all keys
// once per eighth of the time they are kept.
func (j *Back) sweep(watermark int64) {
	if j.within == 0 || watermark < j.sweepAt {
		return
	}
	j.sweepAt = watermark + (j.within+j.wait)/8 + 1
	var gone []int32
	for _, g := range j.table.Groups(nil) {
		h := j.history[g]
		n := 0
		for n < len(h) && h[n].t+j.within+j.wait < watermark {
			n++
		}
		j.drop(h[:n])
		if n == len(h) {
			j.history[g] = nil
			gone = append(gone, g)
			continue
		}
		j.history[g] = slices.Delete(h, 0, n)
	}
	j.table.Remove(gone)
}
