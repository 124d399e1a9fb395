package file

import (
	"errors"
	"os"
	"syscall"
	"unsafe"

	"github.com/edynamic/edynamic/runtime/room"
)

// The rest of a file that has become large is written past the machine's memory: nobody reads
// an output before it is whole, and pages for it would have to be found, filled, and written
// to the disk from there.
const (
	// directFrom is how many bytes make a file large.
	directFrom = 8 << 20
	// directBytes are written at a time, and block is what their place and number are a
	// multiple of.
	directBytes = 2 << 20
	block       = 4096
)

// direct is the end of a file, from a byte on. While some of it is on its way to the disk
// the next is collected.
type direct struct {
	file  *os.File // as everybody has it
	past  *os.File // past memory; file where the disk does not take that
	wait  *room.Waiter
	at    int64  // where room begins in the file, a multiple of block
	room  []byte // what is collected
	spare []byte // what is written or was
	busy  chan error
}

// newDirect writes what follows the first bytes of a file.
func newDirect(f *os.File, size int64, wait *room.Waiter) (*direct, error) {
	past, err := openDirect(f.Name())
	if err != nil {
		return nil, err
	}
	d := &direct{file: f, past: past, wait: wait, at: size &^ (block - 1), room: aligned(), spare: aligned()}
	d.room = d.room[:size-d.at]
	if _, err := f.ReadAt(d.room, d.at); err != nil {
		return nil, errors.Join(err, past.Close())
	}
	return d, nil
}

// aligned is room that a disk reads from by itself.
func aligned() []byte {
	b := make([]byte, directBytes+block)
	from := -int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) & (block - 1)
	return b[from : from : from+directBytes]
}

// Write implements io.Writer. What fails later is told by a later Write, or by flush.
func (d *direct) Write(b []byte) (n int, err error) {
	for n < len(b) {
		some := min(len(b)-n, directBytes-len(d.room))
		d.room, n = append(d.room, b[n:n+some]...), n+some
		if len(d.room) < directBytes {
			continue
		}
		if err := d.settle(); err != nil {
			return 0, err
		}
		d.begin(d.room)
		d.at, d.room, d.spare = d.at+directBytes, d.spare[:0], d.room
	}
	return n, nil
}

// begin writes blocks beside what goes on.
func (d *direct) begin(b []byte) {
	d.busy = make(chan error, 1)
	go func(at int64, done chan<- error) {
		_, err := d.wait.Write(d.file.Name(), b, func(rest []byte) (int, error) {
			n, err := d.past.WriteAt(rest, at)
			if errors.Is(err, syscall.EINVAL) && d.past != d.file {
				err = d.past.Close()
				d.past = d.file
				if err == nil {
					n, err = d.past.WriteAt(rest, at)
				}
			}
			at += int64(n)
			return n, err
		})
		done <- err
	}(d.at, d.busy)
}

// settle waits for what is being written.
func (d *direct) settle() error {
	if d.busy == nil {
		return nil
	}
	err := <-d.busy
	d.busy = nil
	return err
}

// flush writes all there is. A last block that is not whole goes the way of other files, and
// is written again with what follows, the bytes that were there being the same.
func (d *direct) flush() error {
	if err := d.settle(); err != nil {
		return err
	}
	if whole := len(d.room) &^ (block - 1); whole > 0 {
		d.begin(d.room[:whole])
		if err := d.settle(); err != nil {
			return err
		}
		d.at, d.room = d.at+int64(whole), d.room[:copy(d.room, d.room[whole:])]
	}
	at := d.at
	_, err := d.wait.Write(d.file.Name(), d.room, func(rest []byte) (int, error) {
		n, err := d.file.WriteAt(rest, at)
		at += int64(n)
		return n, err
	})
	return err
}

func (d *direct) close() error {
	err := d.flush()
	if d.past != d.file {
		err = errors.Join(err, d.past.Close())
	}
	return err
}
