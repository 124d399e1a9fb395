package file

import "os"

// earlyBytes is how much of a file is left to the machine before it is told to write that
// to the disk.
const earlyBytes = 8 << 20

// early lets a file reach the disk while it is being written, so that whoever waits for
// Sync waits for little. What fails then is told by the next Sync: a disk may say so once.
type early struct {
	file    *os.File
	written int64         // since it was last begun
	busy    chan struct{} // closed when what was begun has ended; nil for nothing
	err     error         // of it, to be read once busy is closed
}

// wrote notes bytes, and lets them reach the disk beside what goes on where they are many.
func (e *early) wrote(n int) {
	if e.written += int64(n); e.written < earlyBytes {
		return
	}
	if e.busy != nil {
		select {
		case <-e.busy:
		default:
			return // one at a time
		}
		if e.err != nil {
			return
		}
	}
	e.written, e.busy = 0, make(chan struct{})
	go func(done chan struct{}) {
		defer close(done)
		e.err = e.file.Sync()
	}(e.busy)
}

// settle waits for what was begun.
func (e *early) settle() error {
	if e.busy == nil {
		return nil
	}
	<-e.busy
	return e.err
}
