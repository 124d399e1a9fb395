package wasm

import (
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// retirement closes the instances that a function has no use for, beside its rows: to give
// a gibibyte of memory back takes longer than a row may be late. No more of them wait than
// there are processors, so that their memory is bounded: beyond that a row waits after all.
type retirement struct {
	room    chan struct{}
	waiting sync.WaitGroup
}

func newRetirement() *retirement {
	return &retirement{room: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// retire closes an instance some time soon.
func (r *retirement) retire(in *instance) {
	r.room <- struct{}{}
	r.waiting.Go(func() {
		in.close()
		<-r.room
	})
}

// wait returns when all are closed.
func (r *retirement) wait() { r.waiting.Wait() }

// freedAtOnce is how much memory is given back at once: the system lets no other thread of
// the process map memory meanwhile, and a new instance does.
const freedAtOnce = 8 << 20

func (in *instance) close() {
	if in.memory != nil {
		for data := in.memory.UnsafeData(in.store); len(data) > 0; {
			piece := data[:min(len(data), freedAtOnce)]
			_ = unix.Madvise(piece, unix.MADV_DONTNEED) // closing gives back what this did not
			data = data[len(piece):]
		}
	}
	in.store.Close()
}
