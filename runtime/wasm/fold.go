package wasm

import (
	"bytes"
	"encoding/binary"

	"github.com/edynamic/edynamic/vm/kernel"
)

// fold gives rows to a function one after the other, with the state that the row before
// gave. The reason is not empty when a row failed; the state is then of no use.
func (f *Function) fold(c *kernel.Call, state []byte) (after []byte, reason string) {
	c.OnFail = func(_ int, why string) { reason = why }
	c.OnTrap = func(_ int, _, why string) { reason = why }
	r := &scalarRun{f: f, c: c, n: len(c.Sel), kept: state}
	for _, a := range c.Args {
		r.args = append(r.args, newArgument(a))
	}
	for r.next < r.n && reason == "" {
		r.foldPass()
	}
	if r.in != nil {
		f.give(r.in)
	}
	return r.kept, reason
}

// foldPass takes as many rows as have room. Where they fail in an instance that was
// used before they are taken once more by a new one.
func (r *scalarRun) foldPass() {
	if !r.ready() {
		return
	}
	n, ok := r.layOut()
	if !ok {
		return
	}
	binary.LittleEndian.PutUint32(r.in.columns[atPointer:], r.in.stage)
	binary.LittleEndian.PutUint32(r.in.columns[atLength:], uint32(len(r.kept)))
	r.in.rowBudget(r.f, 1)
	slots := [2]slot{{0}, {uint64(n)}}
	o := call(r.in.context, r.in.run, slots[:], r.in.watch)
	if o != nil {
		again := r.in.used && !o.expired
		r.discard()
		if !again {
			r.c.Fail(0, r.name()+" failed: "+o.reason(r.f.decl.Limits.Timeout))
		}
		return
	}
	r.in.used = true
	if stopped := int(uint32(slots[0][0])); stopped < n {
		r.c.Fail(0, r.reason())
		return
	}
	state, ok := r.in.bytes(binary.LittleEndian.Uint32(r.in.columns[atPointer:]), binary.LittleEndian.Uint32(r.in.columns[atLength:]))
	if !ok {
		r.c.Fail(0, r.name()+" gave a state that lies outside of its memory")
		return
	}
	r.kept = bytes.Clone(state)
	r.next += n
}
