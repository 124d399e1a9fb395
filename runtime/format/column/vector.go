package column

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/vm/kernel"
)

// vector is an append buffer whose memory becomes an Arrow buffer without a copy.
type vector[T any] struct {
	alloc memory.Allocator
	buf   *memory.Buffer
	s     []T
	hint  int // elements to expect, from the batches before
}

func (v *vector[T]) push(x T) {
	if len(v.s) == cap(v.s) {
		v.grow(1)
	}
	v.s = append(v.s, x)
}

func (v *vector[T]) pushAll(xs []T) {
	if cap(v.s)-len(v.s) < len(xs) {
		v.grow(len(xs))
	}
	v.s = append(v.s, xs...)
}

//go:noinline
func (v *vector[T]) grow(n int) {
	size := int(unsafe.Sizeof(*new(T)))
	want := max(len(v.s)+n, 2*cap(v.s), v.hint, 32)
	if v.buf == nil {
		v.buf = kernel.NewBuffer(v.alloc, want*size)
	} else {
		v.buf.ResizeNoShrink(want * size)
	}
	all := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(v.buf.Buf()))), v.buf.Cap()/size)
	v.s = all[:len(v.s)]
}

// take gives the buffer away and leaves the vector empty.
func (v *vector[T]) take() *memory.Buffer {
	b := v.buf
	if b == nil {
		b = memory.NewResizableBuffer(v.alloc)
	}
	b.ResizeNoShrink(len(v.s) * int(unsafe.Sizeof(*new(T))))
	// A short batch does not make the next one short.
	v.hint = max(len(v.s)+len(v.s)/32, v.hint-v.hint/16)
	v.buf, v.s = nil, nil
	return b
}

func (v *vector[T]) release() {
	if v.buf != nil {
		v.buf.Release()
	}
	v.buf, v.s = nil, nil
}

// bitmap is a vector of bits.
type bitmap struct {
	bytes vector[byte]
	n     int
}

func (b *bitmap) push(set bool) {
	if b.n&7 == 0 {
		b.bytes.push(0)
	}
	if set {
		b.bytes.s[b.n>>3] |= 1 << (b.n & 7)
	}
	b.n++
}

// pushSet pushes n bits that are set.
func (b *bitmap) pushSet(n int) {
	for ; n > 0 && b.n&7 != 0; n-- {
		b.push(true)
	}
	for ; n >= 8; n -= 8 {
		b.bytes.push(0xff)
		b.n += 8
	}
	for ; n > 0; n-- {
		b.push(true)
	}
}

func (b *bitmap) truncate(n int) {
	b.n = n
	b.bytes.s = b.bytes.s[:(n+7)/8]
	if n&7 != 0 {
		b.bytes.s[n>>3] &= 1<<(n&7) - 1
	}
}

func (b *bitmap) unset(i int) { b.bytes.s[i>>3] &^= 1 << (i & 7) }

func (b *bitmap) at(i int) bool { return b.bytes.s[i>>3]&(1<<(i&7)) != 0 }

func (b *bitmap) take() *memory.Buffer {
	b.n = 0
	return b.bytes.take()
}
