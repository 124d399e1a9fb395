package wasm

import (
	"encoding/binary"
	"errors"
)

// flat reads the tables of a flatbuffer that a module has written. The usual readers
// trust what they are given; this one checks every position, and its methods may be
// called on what is not there.
type flat struct {
	data []byte
	at   int // of a table, below 0 for none
	bad  *bool
}

var errDamagedBatch = errors.New("the batch is damaged")

// root is the first table of a buffer.
func root(data []byte) flat {
	f := flat{data: data, bad: new(bool)}
	f.at = f.follow(0)
	return f
}

func (f flat) fail() int {
	*f.bad = true
	return -1
}

// failed reports that something read so far lies outside.
func (f flat) failed() bool { return *f.bad }

func (f flat) u32(at int) (uint32, bool) {
	if at < 0 || at > len(f.data)-4 {
		f.fail()
		return 0, false
	}
	return binary.LittleEndian.Uint32(f.data[at:]), true
}

// follow is where an offset leads that stands at a position.
func (f flat) follow(at int) int {
	n, ok := f.u32(at)
	if !ok || n == 0 || int64(at)+int64(n) > int64(len(f.data)-4) {
		return f.fail()
	}
	return at + int(n)
}

// field is the position of field number n of the table, -1 where it has none.
func (f flat) field(n int) int {
	if f.at < 0 {
		return -1
	}
	back, ok := f.u32(f.at)
	if !ok {
		return -1
	}
	vtable := int64(f.at) - int64(int32(back))
	if vtable < 0 || vtable > int64(len(f.data)-4) {
		return f.fail()
	}
	size := int(binary.LittleEndian.Uint16(f.data[vtable:]))
	entry := 4 + 2*n
	if entry+2 > size {
		return -1
	}
	if int(vtable)+entry+2 > len(f.data) {
		return f.fail()
	}
	offset := int(binary.LittleEndian.Uint16(f.data[int(vtable)+entry:]))
	if offset == 0 {
		return -1
	}
	return f.at + offset
}

// number is a field of size bytes, otherwise when the table has none.
func (f flat) number(n, size int, otherwise int64) int64 {
	at := f.field(n)
	if at < 0 {
		return otherwise
	}
	if at > len(f.data)-size {
		f.fail()
		return otherwise
	}
	switch size {
	case 1:
		return int64(f.data[at])
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(f.data[at:])))
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(f.data[at:])))
	}
	return int64(binary.LittleEndian.Uint64(f.data[at:]))
}

// table is a field that is a table.
func (f flat) table(n int) flat {
	at := f.field(n)
	if at >= 0 {
		at = f.follow(at)
	}
	return flat{data: f.data, at: at, bad: f.bad}
}

func (f flat) there() bool { return f.at >= 0 }

// vector is where the elements of a field stand, each of size bytes, and how many.
func (f flat) vector(n, size int) (at, count int) {
	at = f.field(n)
	if at < 0 {
		return -1, 0
	}
	if at = f.follow(at); at < 0 {
		return -1, 0
	}
	length, ok := f.u32(at)
	if !ok || int64(length)*int64(size) > int64(len(f.data)-at-4) {
		f.fail()
		return -1, 0
	}
	return at + 4, int(length)
}

// text is a field that is a text.
func (f flat) text(n int) string {
	at, size := f.vector(n, 1)
	if at < 0 {
		return ""
	}
	return string(f.data[at : at+size])
}

// element is the table that element i of a vector of tables refers to.
func (f flat) element(at, i int) flat {
	return flat{data: f.data, at: f.follow(at + 4*i), bad: f.bad}
}

func (f flat) i64(at int) int64 { return int64(binary.LittleEndian.Uint64(f.data[at:])) }
