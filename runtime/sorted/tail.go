package sorted

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/edynamic/edynamic/operators/spill/bloom"
	"github.com/edynamic/edynamic/vm/wire"
)

// footerBytes is where the tail begins, and its checksum.
const footerBytes = 8 + 4

// writeTail writes down what is known of a run, behind its blocks: some at a time, because a
// run of many keys has a large one. The footer is left in the buffer.
func (w *writer) writeTail() error {
	if err := w.flush(); err != nil {
		return err
	}
	r := w.run
	begins := r.size
	out := wire.Writer{Buf: w.buf}
	move := func(least int) error {
		if len(out.Buf) < least {
			return nil
		}
		r.sum = crc32.Update(r.sum, castagnoli, out.Buf)
		r.size += int64(len(out.Buf))
		w.buf = out.Buf
		err := w.flush()
		out.Buf = w.buf
		return err
	}
	out.Bytes(r.last)
	out.Uint(uint64(r.blocks.n()))
	for i := range r.blocks.n() {
		from, to := r.blocks.place(i)
		out.Uint(uint64(to - from))
		out.Bytes(r.blocks.key(i))
		if err := move(writeBytes); err != nil {
			return err
		}
	}
	out.Uint(uint64(len(r.parts)))
	for i := range r.parts {
		out.Uint(uint64(r.parts[i].from))
		out.Uint(uint64(r.parts[i].filter.Bytes()))
		out.Buf = r.parts[i].filter.Append(out.Buf)
		if err := move(writeBytes); err != nil {
			return err
		}
	}
	if err := move(0); err != nil {
		return err
	}
	r.size += footerBytes
	w.buf = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint64(w.buf, uint64(begins)), r.sum)
	return nil
}

// open opens a file that was written down, with one reference. What is not what it was
// is a *Damage, but for blocks: those are looked at when they are read.
func (d *Dir) open(s stated) (*Run, error) {
	path := d.fs.PathJoin(d.path, s.name)
	f, err := d.fs.Open(path)
	if err != nil {
		return nil, err
	}
	r := &Run{name: s.name, path: path, fs: d.fs, file: f, size: s.size, sum: s.sum}
	if err := r.readTail(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r.refs.Store(1)
	r.weigh()
	return r, nil
}

func (r *Run) readTail() error {
	info, err := r.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() != r.size || r.size < footerBytes {
		return &Damage{r.path, fmt.Sprintf("it has %d bytes instead of %d", info.Size(), r.size)}
	}
	footer := make([]byte, footerBytes)
	if err := r.readAt(footer, r.size-footerBytes); err != nil {
		return err
	}
	begins := int64(binary.LittleEndian.Uint64(footer))
	if begins < 0 || begins > r.size-footerBytes || binary.LittleEndian.Uint32(footer[8:]) != r.sum {
		return &Damage{r.path, "its end is not what was written"}
	}
	tail := make([]byte, r.size-footerBytes-begins)
	if err := r.readAt(tail, begins); err != nil {
		return err
	}
	if crc32.Checksum(tail, castagnoli) != r.sum || !r.parseTail(tail, begins) {
		return &Damage{r.path, "its end is not what was written"}
	}
	return nil
}

func (r *Run) parseTail(tail []byte, begins int64) bool {
	in := wire.NewReader(tail)
	r.last = append([]byte(nil), in.Bytes()...)
	end := int64(0)
	for range in.Len() {
		end += int64(in.Uint())
		r.blocks.arena = append(r.blocks.arena, in.Bytes()...)
		r.blocks.keys = append(r.blocks.keys, uint32(len(r.blocks.arena)))
		r.blocks.ends = append(r.blocks.ends, end)
	}
	for range in.Len() {
		from := int(in.Uint())
		filter, ok := bloom.Read(in.Bytes())
		if !ok || from >= r.blocks.n() {
			return false
		}
		r.parts = append(r.parts, section{from, filter})
	}
	return in.Err() == nil && r.blocks.n() > 0 && len(r.parts) > 0 && end == begins
}
