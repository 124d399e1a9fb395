package parquet

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// strings reads text. It is copied out of the page, or its dictionary, once.
func (f *flat) strings(c *column, n int) (arrow.Array, error) {
	offsets := memory.NewResizableBuffer(f.alloc)
	defer offsets.Release()
	offsets.Resize((n + 1) * arrow.Int32SizeBytes)
	ends := arrow.Int32Traits.CastFromBytes(offsets.Bytes())
	ends[0] = 0
	t := growing{buf: memory.NewResizableBuffer(f.alloc)}
	defer t.buf.Release()
	t.buf.Resize(c.hint)
	present := 0
	for at := 0; at < n; {
		rows, values, err := f.some(c, at, n)
		if err == nil && c.inDict {
			err = t.picked(c, ends[at:at+values+1], f.picks[:values])
		} else if err == nil {
			err = t.plain(c, ends[at:at+values+1])
		}
		if err != nil {
			return nil, err
		}
		if values < rows {
			spreadEnds(ends[at:at+rows+1], f.absent[at:at+rows], values)
		}
		present += values
		at += rows
	}
	c.hint = t.n + t.n/16
	t.buf.Resize(t.n)
	return f.finish(c, n, n-present, offsets, t.buf), nil
}

// spreadEnds gives the ends of got texts, which stand behind the start of the first, to the
// rows that have one; the others are empty.
func spreadEnds(ends []int32, absent []uint8, got int) {
	for i := len(absent); i > 0; i-- {
		ends[i] = ends[got]
		got -= 1 - int(absent[i-1])
	}
}

// growing is a buffer that texts are appended to.
type growing struct {
	buf *memory.Buffer
	n   int // bytes of text
}

var errLarge = errors.New("texts of some thousand rows take more than 2 GiB")

// room has room for more bytes.
func (t *growing) room(more int) error {
	if t.n+more > math.MaxInt32 {
		return errLarge
	}
	if t.n+more > t.buf.Len() {
		t.buf.Resize(max(t.n+more, 2*t.buf.Len()))
	}
	return nil
}

// plain appends the texts of a page, each behind its length.
func (t *growing) plain(c *column, ends []int32) error {
	data := c.plain
	out := t.buf.Bytes()
	for i := range ends[1:] {
		if len(data) < 4 {
			return errShort
		}
		size := int(binary.LittleEndian.Uint32(data))
		if size > len(data)-4 {
			return errShort
		}
		if t.n+size > len(out) {
			if err := t.room(size); err != nil {
				return err
			}
			out = t.buf.Bytes()
		}
		copy(out[t.n:], data[4:4+size])
		t.n += size
		ends[i+1] = int32(t.n)
		data = data[4+size:]
	}
	c.plain = data
	return nil
}

// picked appends texts of the dictionary.
func (t *growing) picked(c *column, ends []int32, picks []span) error {
	if err := picked(&c.indices, c.at, picks); err != nil {
		return err
	}
	total := 0
	for _, p := range picks {
		total += int(p.end - p.start)
	}
	if err := t.room(total); err != nil {
		return err
	}
	out := t.buf.Bytes()
	for i, p := range picks {
		t.n += copy(out[t.n:], c.texts[p.start:p.end])
		ends[i+1] = int32(t.n)
	}
	return nil
}
