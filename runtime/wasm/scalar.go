package wasm

import (
	"encoding/binary"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/vm/kernel"
)

// scalar computes a batch in the scalar convention.
func (f *Function) scalar(c *kernel.Call) arrow.Array {
	r := &scalarRun{f: f, c: c, n: c.N, out: newScalarResult(f, c)}
	if c.Sel != nil {
		r.n = len(c.Sel)
	}
	for _, a := range c.Args {
		r.args = append(r.args, newArgument(a))
	}
	f.engine.begin()
	defer f.engine.end()
	for r.next < r.n {
		r.pass()
	}
	if r.in != nil {
		f.give(r.in)
	}
	return r.out.finish()
}

// scalarRun is one batch that is computed.
type scalarRun struct {
	f    *Function
	c    *kernel.Call
	args []*argument
	out  *scalarResult
	in   *instance
	n    int // the rows to compute
	next int // the first that is not computed
	// states, of rows that are folded, are what some of them begin with; see folding.
	states *folding
}

// row is the row of the batch that is computed as number i.
func (r *scalarRun) row(i int) int {
	if r.c.Sel == nil {
		return i
	}
	return int(r.c.Sel[i])
}

// pass lays out as many rows as the loop and the memory for texts take, and computes
// them. It always comes further.
func (r *scalarRun) pass() {
	if !r.ready() {
		return
	}
	n, ok := r.layOut()
	if !ok {
		return
	}
	r.compute(n)
}

// ready sees to an instance. One that does not start fails all rows that are left.
func (r *scalarRun) ready() bool {
	if r.in != nil {
		return true
	}
	in, err := r.f.take()
	if err != nil {
		for ; r.next < r.n; r.next++ {
			r.c.Trap(r.row(r.next), CodeStart, r.name()+" cannot start: "+err.Error())
		}
		return false
	}
	r.in = in
	return true
}

func (r *scalarRun) name() string { return "the WASM function " + r.f.decl.Name }

// layOut copies the arguments of the next rows, and tells how many they are.
func (r *scalarRun) layOut() (int, bool) {
	n := min(loopRows, r.n-r.next)
	if r.states != nil {
		n = min(n, r.states.limit-r.next)
	}
	if r.f.layout.guestMemory() {
		fit, need := r.textsThatFit(n)
		if fit == 0 {
			r.in.startBudget(r.f)
			if err := r.in.growStage(r.f, need); err != nil {
				r.c.Trap(r.row(r.next), CodeTrap, r.name()+": "+err.Error())
				r.next++
				r.discard()
				return 0, false
			}
			fit = 1
		}
		n = fit
	}
	stage, _ := r.in.bytes(r.in.stage, r.in.stageSize)
	used := uint32(0)
	if r.states != nil {
		used = r.states.layStates(n, stage)
	}
	for k, a := range r.args {
		col := r.f.layout.params[k]
		stride, base := uint32(1), r.in.stage+used
		count := n
		if a.v.Scalar {
			stride, count = 0, 1
		}
		used += a.write(r, col, count, stage[used:])
		binary.LittleEndian.PutUint32(r.in.columns[atParams+8*k:], stride)
		binary.LittleEndian.PutUint32(r.in.columns[atParams+8*k+4:], base)
	}
	return n, true
}

// textsThatFit is how many of the next n rows have room for their texts; where the
// first has none, need is the room for it.
func (r *scalarRun) textsThatFit(n int) (fit int, need uint32) {
	total := 0
	for _, a := range r.args {
		if a.text != nil && a.v.Scalar {
			total += len(a.text(0))
		}
	}
	for i := range n {
		if r.states != nil {
			total += r.states.size(i)
		}
		for _, a := range r.args {
			if a.text != nil && !a.v.Scalar && !a.v.Arr.IsNull(r.row(r.next+i)) {
				total += len(a.text(r.row(r.next + i)))
			}
		}
		if total > int(r.in.stageSize) {
			return i, uint32(min(total, 1<<31))
		}
	}
	return n, 0
}

// compute runs the loop over n rows until all are computed or the instance is lost.
func (r *scalarRun) compute(n int) {
	first := r.next
	for i := 0; i < n; {
		binary.LittleEndian.PutUint32(r.in.columns[atUsed:], 0)
		binary.LittleEndian.PutUint32(r.in.columns[atRow:], uint32(i))
		r.in.rowBudget(r.f, 1)
		slots := [2]slot{{uint64(i)}, {uint64(n)}}
		o := call(r.in.context, r.in.run, slots[:], r.in.watch)
		stopped := int(uint32(slots[0][0]))
		if o != nil {
			stopped = int(binary.LittleEndian.Uint32(r.in.columns[atRow:]))
		}
		stopped = min(max(stopped, i), n)
		r.out.take(r, first, i, stopped)
		r.next = first + stopped
		if o != nil {
			r.lost(o, stopped == i && !r.in.used)
			return
		}
		r.in.used = true
		if stopped == n {
			return
		}
		r.stop(stopped)
		i = stopped + 1
		r.next = first + i
	}
}

// stop does what the loop stopped for at a row.
func (r *scalarRun) stop(i int) {
	row := r.row(r.next)
	if binary.LittleEndian.Uint32(r.in.columns[atStop:]) == stopFail {
		r.c.Fail(row, r.reason())
		return
	}
	at := binary.LittleEndian.Uint32(r.in.columns[atPointer:])
	n := binary.LittleEndian.Uint32(r.in.columns[atLength:])
	text, ok := r.in.bytes(at, n)
	if !ok {
		r.c.Trap(row, CodeResult, r.name()+" gave a text that lies outside of its memory")
		return
	}
	r.out.setText(r, row, text, at == 0)
}

// maxReason bounds the text of a failure.
const maxReason = 1000

// reason reads why the module failed the row, and takes it away.
func (r *scalarRun) reason() string {
	place, _ := r.in.bytes(r.in.fail, 8)
	at, n := binary.LittleEndian.Uint32(place), binary.LittleEndian.Uint32(place[4:])
	clear(place)
	text, ok := r.in.bytes(at, min(n, maxReason))
	if !ok || len(text) == 0 {
		return r.name() + " gave no reason"
	}
	return strings.ToValidUTF8(string(text), "\uFFFD")
}

// lost ends an instance that did not return. The row is computed again by a new one,
// since what earlier rows left behind may be the cause: only what it does by itself
// counts. A timeout is its own already.
func (r *scalarRun) lost(o *outcome, alone bool) {
	r.discard()
	if !alone && !o.expired {
		return
	}
	r.c.Trap(r.row(r.next), o.rowCode(), r.name()+" failed: "+o.reason(r.f.decl.Limits.Timeout))
	r.next++
}

func (r *scalarRun) discard() {
	r.f.retirement.retire(r.in)
	r.in = nil
}
