package wasm

import (
	"encoding/binary"

	"github.com/edynamic/edynamic/vm/kernel"
)

// folding gives rows to a function that makes a state of a state and a row. The rows of a
// group stand side by side: the loop goes through all groups in one crossing, and hands
// out what each has come to. The host has the states all the while, so that a row that
// fails leaves its group as it was before it.
type folding struct {
	scalarRun
	groups []int32 // by row of the batch
	get    func(group int32) []byte
	put    func(group int32, state []byte)
	refuse func(row int, code, reason string)
	// limit is the row before which the next passes end, so that the state before a row
	// that failed is known; late is why that row needs no other try.
	limit int
	late  *rowFailure
	at    []uint32 // by row of the pass: where in the stage its state begins
}

type rowFailure struct{ code, reason string }

// newFolding takes the rows of c.Sel, those of a group side by side.
func newFolding(f *Function, c *kernel.Call, groups []int32) *folding {
	r := &folding{scalarRun: scalarRun{f: f, c: c, n: len(c.Sel)}, groups: groups, limit: len(c.Sel)}
	r.states = r
	for _, a := range c.Args {
		r.args = append(r.args, newArgument(a))
	}
	c.OnFail = func(row int, why string) { r.refuse(row, kernel.CodeFailed, why) }
	c.OnTrap = func(row int, code, why string) { r.refuse(row, code, why) }
	return r
}

func (r *folding) run() {
	r.f.engine.begin()
	defer r.f.engine.end()
	for r.next < r.n {
		if r.next < r.limit {
			r.pass()
			continue
		}
		if r.late != nil {
			r.refuse(r.row(r.next), r.late.code, r.late.reason)
			r.next++
		}
		r.limit, r.late = r.n, nil
	}
	if r.in != nil {
		r.f.give(r.in)
	}
}

// begins reports that row i of the pass begins with the state that the host has.
func (r *folding) begins(i int) bool { return i == 0 || r.group(i) != r.group(i-1) }

func (r *folding) group(i int) int32 { return r.groups[r.row(r.next+i)] }

// size is how much room the state takes that row i of the pass begins with.
func (r *folding) size(i int) int {
	if !r.begins(i) {
		return 0
	}
	return len(r.get(r.group(i)))
}

// layStates puts the states into the stage, and their places beside the rows.
func (r *folding) layStates(n int, stage []byte) uint32 {
	used := uint32(0)
	r.at = r.at[:0]
	for i := range n {
		if r.begins(i) {
			r.at = append(r.at, used)
			used += r.lay(i, used, stage)
			continue
		}
		r.at = append(r.at, r.at[i-1])
		r.setState(i, goesOn)
	}
	return used
}

// lay puts the state of row i at a place of the stage.
func (r *folding) lay(i int, at uint32, stage []byte) uint32 {
	size := uint32(copy(stage[at:], r.get(r.group(i))))
	r.setState(i, uint64(r.in.stage+at)<<32|uint64(size))
	return size
}

func (r *folding) setState(i int, s uint64) {
	binary.LittleEndian.PutUint64(r.in.columns[r.f.layout.states+8*i:], s)
}

// pass gives as many rows as have room to the module.
func (r *folding) pass() {
	if !r.ready() {
		return
	}
	n, ok := r.layOut()
	if !ok {
		return
	}
	next, more := 0, true
	for more && next < n {
		next, more = r.cross(next, n)
	}
	r.next += next
}

// cross runs the loop once, and says with which row of the pass it goes on: by another
// crossing or, where there is no more, by laying out the rows from there on anew.
func (r *folding) cross(from, n int) (next int, more bool) {
	binary.LittleEndian.PutUint32(r.in.columns[atUsed:], 0)
	binary.LittleEndian.PutUint32(r.in.columns[atRow:], uint32(from))
	r.in.rowBudget(r.f, 1)
	slots := [2]slot{{uint64(from)}, {uint64(n)}}
	o := call(r.in.context, r.in.run, slots[:], r.in.watch)
	stopped, why := int(uint32(slots[0][0])), r.word(atStop)
	if o != nil {
		stopped, why = int(r.word(atRow)), stopFail
	}
	stopped = min(max(stopped, from), n)
	r.collect(from, stopped, n, why)
	switch {
	case o != nil:
		return r.trapped(o, from, stopped), false
	case why == stopEnd || why == stopRoom:
		r.in.used = true
		return stopped, true
	}
	r.in.used = true
	return r.failed(from, stopped, n, why)
}

// collect takes the states of the groups that are through.
func (r *folding) collect(from, stopped, n int, why uint32) {
	begin := uint32(0)
	texts := r.in.columns[r.f.layout.texts:][:textRoom]
	for i := from + 1; i <= stopped && i < n; i++ {
		if !r.begins(i) || i == stopped && why == stopRoom {
			continue
		}
		end := r.word(r.f.layout.result.values + 4*(i-1))
		r.put(r.group(i-1), texts[begin:end])
		begin = end
	}
	if why == stopEnd || why == stopRoom {
		state, _ := r.in.bytes(r.word(atPointer), r.word(atLength)) // the loop has looked
		r.put(r.group(stopped-1), state)
	}
}

// first is the row of the crossing from which the group of a row was computed.
func (r *folding) first(from, i int) int {
	for i > from && !r.begins(i) {
		i--
	}
	return i
}

// failed sees to a row for which the module gave a reason, or what is no state. Where
// others of its group came before it those are computed once more: the module may have
// changed their state in its place.
func (r *folding) failed(from, stopped, n int, why uint32) (next int, more bool) {
	code, reason := CodeResult, r.name()+" gave a state that lies outside of its memory"
	if why == stopFail {
		code, reason = kernel.CodeFailed, r.reason()
	}
	if first := r.first(from, stopped); first < stopped {
		r.limit = r.next + stopped
		return first, false
	}
	r.refuse(r.row(r.next+stopped), code, reason)
	if next = stopped + 1; next < n && !r.begins(next) {
		stage, _ := r.in.bytes(r.in.stage, r.in.stageSize)
		r.lay(next, r.at[stopped], stage)
	}
	return next, true
}

// trapped sees to a row that did not return. As in other functions it is tried once more
// in a fresh instance, unless it has taken its time already.
func (r *folding) trapped(o *outcome, from, stopped int) (next int) {
	alone := stopped == from && !r.in.used
	r.discard()
	failure := &rowFailure{o.rowCode(), r.name() + " failed: " + o.reason(r.f.decl.Limits.Timeout)}
	if first := r.first(from, stopped); first < stopped {
		r.limit = r.next + stopped
		if o.expired {
			r.late = failure
		}
		return first
	}
	if !alone && !o.expired {
		return stopped
	}
	r.refuse(r.row(r.next+stopped), failure.code, failure.reason)
	return stopped + 1
}
