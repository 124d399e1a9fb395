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
	// mostPieces of so many bytes may be on their way to the disk before whoever writes waits.
	mostPieces = 4
)

// direct is the end of a file, from a byte on. While pieces of it are on their way to the
// disk, one after the other, the next is collected.
type direct struct {
	file *os.File // as everybody has it
	past *os.File // past memory; file where the disk does not take that
	wait *room.Waiter
	at   int64  // where room begins in the file, a multiple of block
	room []byte // what is collected

	pieces chan piece
	done   chan written
	out    int // pieces on their way
	spare  [][]byte
	failed error
}

type piece struct {
	at int64
	b  []byte
}

// written is what became of a piece, whose memory can be used again.
type written struct {
	b   []byte
	err error
}

// newDirect writes what follows the first bytes of a file.
func newDirect(f *os.File, size int64, wait *room.Waiter) (*direct, error) {
	past, err := openDirect(f.Name())
	if err != nil {
		return nil, err
	}
	d := &direct{file: f, past: past, wait: wait, at: size &^ (block - 1), room: aligned(),
		pieces: make(chan piece, mostPieces), done: make(chan written, mostPieces)}
	d.room = d.room[:size-d.at]
	if _, err := f.ReadAt(d.room, d.at); err != nil {
		return nil, errors.Join(err, past.Close())
	}
	go d.run()
	return d, nil
}

// aligned is room that a disk reads from by itself.
func aligned() []byte {
	b := make([]byte, directBytes+block)
	from := -int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) & (block - 1)
	return b[from : from : from+directBytes]
}

// run writes pieces, and none behind one that failed.
func (d *direct) run() {
	var err error
	for p := range d.pieces {
		if err == nil {
			err = d.put(p)
		}
		d.done <- written{p.b, err}
	}
}

func (d *direct) put(p piece) error {
	_, err := d.wait.Write(d.file.Name(), p.b, func(rest []byte) (int, error) {
		n, err := d.past.WriteAt(rest, p.at)
		if errors.Is(err, syscall.EINVAL) && d.past != d.file {
			if err := d.past.Close(); err != nil {
				return 0, err
			}
			d.past = d.file
			n, err = d.past.WriteAt(rest, p.at)
		}
		p.at += int64(n)
		return n, err
	})
	return err
}

// Write implements io.Writer. What fails later is told by a later Write, or by flush.
func (d *direct) Write(b []byte) (n int, err error) {
	for n < len(b) {
		some := min(len(b)-n, directBytes-len(d.room))
		d.room, n = append(d.room, b[n:n+some]...), n+some
		if len(d.room) == directBytes {
			if err := d.begin(); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

// begin sends on what is collected, and goes on with other room.
func (d *direct) begin() error {
	for d.out == mostPieces || len(d.done) > 0 {
		d.ended()
	}
	if d.failed != nil {
		return d.failed
	}
	d.pieces <- piece{d.at, d.room}
	d.out++
	d.at += int64(len(d.room))
	if last := len(d.spare) - 1; last >= 0 {
		d.room, d.spare = d.spare[last][:0], d.spare[:last]
	} else {
		d.room = aligned()
	}
	return nil
}

// ended waits for a piece.
func (d *direct) ended() {
	w := <-d.done
	d.out--
	d.spare = append(d.spare, w.b)
	if d.failed == nil {
		d.failed = w.err
	}
}

// settle waits for all pieces.
func (d *direct) settle() error {
	for d.out > 0 {
		d.ended()
	}
	return d.failed
}

// flush writes all there is. A last block that is not whole goes the way of other files, and
// is written again with what follows, the bytes that were there being the same.
func (d *direct) flush() error {
	last := d.room[len(d.room)&^(block-1):]
	if d.room = d.room[:len(d.room)-len(last)]; len(d.room) > 0 {
		if err := d.begin(); err != nil {
			return err
		}
		d.room = append(d.room, last...)
	} else {
		d.room = last
	}
	if err := d.settle(); err != nil {
		return err
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
	close(d.pieces)
	if d.past != d.file {
		err = errors.Join(err, d.past.Close())
	}
	return err
}
