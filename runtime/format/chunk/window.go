// Package chunk holds the part of an input that a text decoder is working on.
package chunk

import (
	"bytes"
	"io"
)

// Window is the part of an input that is in memory. What was read is not
// overwritten, so that records may refer to it for as long as they like: when a
// chunk is full, the rest of it moves to another. With a Pool that is memory that
// everyone who held it has given back.
type Window struct {
	In    io.Reader
	Chunk []byte // read so far; its capacity is the chunk
	Pos   int    // decoded up to here
	Base  int64  // position of the chunk's first byte in the input
	EOF   bool
	// Pool gives chunks; nil for fresh ones. Memory is that of Chunk.
	Pool   *Pool
	Memory *Memory
	// searched is up to where no end of line was found, from Pos.
	searched int
}

// How much is read at a time: little at first, for small and slow inputs.
const (
	firstSize = 64 << 10
	size      = 512 << 10
)

// Fill reads more. At the end of the input it sets EOF.
func (w *Window) Fill() error {
	if len(w.Chunk) == cap(w.Chunk) {
		w.grow()
	}
	for range 100 {
		n, err := w.In.Read(w.Chunk[len(w.Chunk):cap(w.Chunk)])
		w.Chunk = w.Chunk[:len(w.Chunk)+n]
		switch {
		case err == io.EOF:
			w.EOF = true
			return nil
		case err != nil:
			return err
		case n > 0:
			return nil
		}
	}
	return io.ErrNoProgress
}

// grow moves what is not decoded yet to a fresh chunk, at least half of which is
// free.
func (w *Window) grow() {
	rest := w.Chunk[w.Pos:]
	least := size
	if w.Chunk == nil {
		least = firstSize
	}
	next, memory := w.fresh(max(least, 2*len(rest)))
	next = append(next, rest...)
	w.Release()
	w.Base += int64(w.Pos)
	w.Chunk, w.Pos, w.Memory = next, 0, memory
}

// Reserve makes room for n bytes before anything is read.
func (w *Window) Reserve(n int) {
	w.Chunk, w.Memory = w.fresh(n)
}

// fresh is an empty chunk.
func (w *Window) fresh(n int) ([]byte, *Memory) {
	if w.Pool == nil {
		return make([]byte, 0, n), nil
	}
	m := w.Pool.take(n)
	return m.bytes[:0], m
}

// Release lets go of the chunk.
func (w *Window) Release() {
	if w.Memory != nil {
		w.Memory.Free()
		w.Memory = nil
	}
}

// Line returns where the next line stands, without its end. It reports false when
// the line is not complete yet; at the end of the input the rest is a line, and
// cut tells that no end of line stood behind it.
func (w *Window) Line() (start, end int, cut, ok bool) {
	from := w.Pos + w.searched
	if i := bytes.IndexByte(w.Chunk[from:], '\n'); i >= 0 {
		start, end = w.Pos, from+i
		w.Pos, w.searched = end+1, 0
		return start, end, false, true
	}
	w.searched = len(w.Chunk) - w.Pos
	if w.EOF && w.searched > 0 {
		start, end = w.Pos, len(w.Chunk)
		w.Pos, w.searched = end, 0
		return start, end, true, true
	}
	return 0, 0, false, false
}

// Pending is how much was read and not decoded.
func (w *Window) Pending() int { return len(w.Chunk) - w.Pos }

// Drop moves behind bytes that were dealt with.
func (w *Window) Drop(n int) {
	w.Pos += n
	w.searched = 0
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// SkipMark steps over a byte order mark at the start of the input. It reports
// false when more must be read to know whether there is one.
func (w *Window) SkipMark() bool {
	rest := w.Chunk[w.Pos:]
	if w.Base+int64(w.Pos) != 0 {
		return true
	}
	if !w.EOF && len(rest) < len(byteOrderMark) && bytes.HasPrefix(byteOrderMark, rest) {
		return false
	}
	if bytes.HasPrefix(rest, byteOrderMark) {
		w.Drop(len(byteOrderMark))
	}
	return true
}
