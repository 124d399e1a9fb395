package wasm

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
)

// narrow is a kind of whole numbers that the language has no type for, and that lose
// nothing in a wider one.
type narrow struct {
	bytes  int
	signed bool
}

// narrowFor tells what a field has that came back for a whole number, where that is
// narrower than the type and always fits it.
func narrowFor(field flat, t *types.Type) (narrow, bool) {
	info := field.table(3)
	if t.Kind != types.Int && t.Kind != types.Long || field.number(2, 1, 0) != arrowInt || field.table(4).there() {
		return narrow{}, false
	}
	signed := info.number(1, 1, 0) == 1
	switch info.number(0, 4, 0) {
	case 8:
		return narrow{1, signed}, true
	case 16:
		return narrow{2, signed}, true
	case 32:
		return narrow{4, false}, t.Kind == types.Long && !signed
	}
	return narrow{}, false
}

// at is a number of a column.
func (k narrow) at(data []byte, i int) int64 {
	data = data[k.bytes*i:]
	switch k {
	case narrow{1, true}:
		return int64(int8(data[0]))
	case narrow{1, false}:
		return int64(data[0])
	case narrow{2, true}:
		return int64(int16(binary.LittleEndian.Uint16(data)))
	case narrow{2, false}:
		return int64(binary.LittleEndian.Uint16(data))
	}
	return int64(binary.LittleEndian.Uint32(data))
}

// narrowColumn is the next column, whose numbers are made wider.
func (r *columnReader) narrowColumn(k narrow, t *types.Type, rows int) (arrow.ArrayData, error) {
	c, err := r.open(t, rows)
	if err != nil {
		return nil, err
	}
	defer c.release()
	if err := c.fixed(k.bytes * c.n); err != nil {
		return nil, err
	}
	if c.n == 0 {
		return c.data(), nil
	}
	size := 8
	if t.Kind == types.Int {
		size = 4
	}
	wide := memory.NewResizableBuffer(r.alloc)
	wide.Resize(size * c.n)
	to, from := wide.Bytes(), c.buffers[1].Bytes()
	for i := range c.n {
		if size == 4 {
			binary.LittleEndian.PutUint32(to[4*i:], uint32(k.at(from, i)))
		} else {
			binary.LittleEndian.PutUint64(to[8*i:], uint64(k.at(from, i)))
		}
	}
	c.buffers[1].Release()
	c.buffers[1] = wide
	return c.data(), nil
}
