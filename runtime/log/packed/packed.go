// Package packed writes columns as few bytes without much work, and reads them back as
// they were.
//
// Whole numbers, instants and decimals become the distances from the least of them, or
// from one to the next, in as few bytes as the largest needs; texts lose what all begin
// with, and become numbers where few are different or what is left of them is digits; what
// is left then is compressed where that pays. All that is much less work than compressing
// what the columns hold, and what does not have to be written need not be hashed, copied
// and synced either. Columns within columns are Arrow streams.
//
// What is written says nothing of its version: whatever it is part of does.
package packed

import (
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/vm/wire"
)

// MostRows is how many rows a column has at most, so that a damaged number cannot ask for
// all memory.
const MostRows = 1 << 24

// Packer writes columns. It remembers of each by its number what has paid; the zero Packer
// knows nothing yet. It is for one goroutine at a time.
type Packer struct {
	columns           []habits
	offsets           []int64 // of the numbers being written
	values            []int64 // numbers that come from others
	counts            []int64 // of bytes
	wide, rest, texts []byte
	dictionary
}

// habits are what has paid for a column.
type habits struct {
	compress, repeats, digits habit
	begin                     []byte // what all texts began with
	base                      base   // of their digits
}

// habit tells whether to try something that did not pay the last times.
type habit struct{ rests, left int }

// mostRests is how often something is left out at most before it is tried again.
const mostRests = 64

// due reports that it is to be tried now.
func (h *habit) due() bool {
	if h.left > 0 {
		h.left--
		return false
	}
	return true
}

// paid notes what came of it.
func (h *habit) paid(yes bool) {
	if yes {
		h.rests = 0
		return
	}
	h.rests = min(2*h.rests+1, mostRests)
	h.left = h.rests
}

// habits are those of a column.
func (p *Packer) habits(column int) *habits {
	for len(p.columns) <= column {
		p.columns = append(p.columns, habits{})
	}
	return &p.columns[column]
}

// Column writes the column of a number.
func (p *Packer) Column(w *wire.Writer, column int, a arrow.Array) error {
	kind := kindOf(a.DataType())
	w.Uint(uint64(kind))
	if kind == nested {
		return p.nested(w, column, a)
	}
	kind.write(w, a.DataType())
	if a.Len() == 0 || kind == null {
		return nil
	}
	w.Bool(a.NullN() > 0)
	if a.NullN() > 0 {
		w.Bytes(bitsOf(a.NullBitmapBytes(), a.Data().Offset(), a.Len()))
	}
	h := p.habits(column)
	switch kind {
	case boolean:
		w.Bytes(bitsOf(a.Data().Buffers()[1].Bytes(), a.Data().Offset(), a.Len()))
	case whole32:
		p.wholes(w, h, widened(p, fixed[int32](a)), a)
	case whole64:
		p.wholes(w, h, fixed[int64](a), a)
	case decimal:
		p.decimals(w, h, a)
	case plain:
		width := a.DataType().(arrow.FixedWidthDataType).Bytes()
		p.section(w, h, a.Data().Buffers()[1].Bytes()[a.Data().Offset()*width:][:a.Len()*width])
	case text:
		p.text(w, h, textsOf(a))
	}
	return nil
}

// Read reads a column of n rows, whose memory is that of the garbage collector.
func Read(r *wire.Reader, n int) (arrow.Array, error) {
	k := kind(r.Uint())
	if k == nested {
		return readNested(r, n)
	}
	typ, err := k.read(r)
	if err != nil {
		return nil, err
	}
	if n == 0 || k == null {
		b := array.NewBuilder(memory.DefaultAllocator, typ)
		defer b.Release()
		b.AppendNulls(n)
		return b.NewArray(), nil
	}
	nulls, valid := 0, []byte(nil)
	if r.Bool() {
		if valid, err = readBits(r, n); err != nil {
			return nil, err
		}
		nulls = n - bitutil.CountSetBits(valid, 0, n)
	}
	buffers, err := k.buffers(r, typ, n, valid)
	if err != nil {
		return nil, err
	}
	if r.Failed() {
		return nil, errDamaged
	}
	if valid != nil {
		buffers[0] = memory.NewBufferBytes(valid)
	}
	data := array.NewData(typ, n, buffers, nil, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data), nil
}

// buffers reads the values of a column; the first buffer is left for what is not null.
func (k kind) buffers(r *wire.Reader, typ arrow.DataType, n int, valid []byte) ([]*memory.Buffer, error) {
	switch k {
	case boolean:
		bits, err := readBits(r, n)
		return []*memory.Buffer{nil, memory.NewBufferBytes(bits)}, err
	case whole32:
		vs, err := Numbers(r, n)
		return []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(narrowed(vs)))}, err
	case whole64:
		vs, err := Numbers(r, n)
		return []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int64Traits.CastToBytes(vs))}, err
	case decimal:
		b, err := readDecimals(r, n)
		return []*memory.Buffer{nil, memory.NewBufferBytes(b)}, err
	case plain:
		b, err := readSection(r, n*typ.(arrow.FixedWidthDataType).Bytes())
		return []*memory.Buffer{nil, memory.NewBufferBytes(b)}, err
	case text:
		offsets, values, err := readTexts(r, n, valid)
		return []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets)), memory.NewBufferBytes(values)}, err
	}
	return nil, errDamaged
}

var errDamaged = fmt.Errorf("a column is not what was written")

// nested writes a column that holds others.
func (p *Packer) nested(w *wire.Writer, column int, a arrow.Array) error {
	var all wire.Writer
	if err := all.Arrays([]arrow.Array{a}, a.Len()); err != nil {
		return err
	}
	w.Uint(uint64(len(all.Buf)))
	p.section(w, p.habits(column), all.Buf)
	return nil
}

// mostNested is the bytes of a column that holds others, at most.
const mostNested = 1 << 31

func readNested(r *wire.Reader, n int) (arrow.Array, error) {
	size := r.Uint()
	if size > mostNested {
		return nil, errDamaged
	}
	b, err := readSection(r, int(size))
	if err != nil {
		return nil, err
	}
	in := wire.NewReader(b)
	arrs, rows := in.Arrays(memory.DefaultAllocator)
	if err := in.Err(); err != nil {
		return nil, err
	}
	if len(arrs) != 1 || rows != n {
		return nil, errDamaged
	}
	return arrs[0], nil
}

// bitsOf are n bits from one on.
func bitsOf(b []byte, from, n int) []byte {
	if from%8 == 0 {
		return b[from/8:][:bitutil.BytesForBits(int64(n))]
	}
	out := make([]byte, bitutil.BytesForBits(int64(n)))
	bitutil.CopyBitmap(b, from, n, out, 0)
	return out
}

func readBits(r *wire.Reader, n int) ([]byte, error) {
	b := r.Bytes()
	if int64(len(b)) != bitutil.BytesForBits(int64(n)) {
		return nil, errDamaged
	}
	return append([]byte{}, b...), nil
}

// fixed are the values of a column of numbers.
func fixed[T int32 | int64](a arrow.Array) []T {
	return arrow.GetData[T](a.Data().Buffers()[1].Bytes())[a.Data().Offset():][:a.Len()]
}

// words are the values of a column of decimals, the lower word first.
func words(a arrow.Array) []byte {
	return a.Data().Buffers()[1].Bytes()[16*a.Data().Offset():][:16*a.Len()]
}

// decimals writes them as whole numbers where they are that.
func (p *Packer) decimals(w *wire.Writer, h *habits, a arrow.Array) {
	b := words(a)
	vs := p.values[:0]
	for i := range a.Len() {
		low := int64(binary.LittleEndian.Uint64(b[16*i:]))
		if high := int64(binary.LittleEndian.Uint64(b[16*i+8:])); high != low>>63 && a.IsValid(i) {
			w.Bool(false)
			p.section(w, h, b)
			return
		}
		vs = append(vs, low)
	}
	p.values = vs
	w.Bool(true)
	p.wholes(w, h, vs, a)
}

func readDecimals(r *wire.Reader, n int) ([]byte, error) {
	if !r.Bool() {
		return readSection(r, 16*n)
	}
	vs, err := Numbers(r, n)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 16*n)
	for i, v := range vs {
		binary.LittleEndian.PutUint64(out[16*i:], uint64(v))
		binary.LittleEndian.PutUint64(out[16*i+8:], uint64(v>>63))
	}
	return out, nil
}
