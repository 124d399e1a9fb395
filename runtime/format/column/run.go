package column

import "github.com/apache/arrow-go/v18/arrow/decimal128"

// A run appends many values at once: the caller writes them to the room it is given and
// says at the end how many there are, and which of them are null. What lies beyond is not
// in the column, so that nothing must be taken back.

// LongRoom is room for n more values of a column of long or timestamp.
func (b *Builder) LongRoom(n int) []int64 { return b.int64s.room(n) }

// Longs appends the first n values of the room.
func (b *Builder) Longs(n int) { b.int64s.took(n); b.doneAll(n) }

// IntRoom is room for n more values of a column of int.
func (b *Builder) IntRoom(n int) []int32 { return b.int32s.room(n) }

// Ints appends the first n values of the room.
func (b *Builder) Ints(n int) { b.int32s.took(n); b.doneAll(n) }

// DoubleRoom is room for n more values of a column of double.
func (b *Builder) DoubleRoom(n int) []float64 { return b.doubles.room(n) }

// Doubles appends the first n values of the room.
func (b *Builder) Doubles(n int) { b.doubles.took(n); b.doneAll(n) }

// DecimalRoom is room for n more values of a column of decimal.
func (b *Builder) DecimalRoom(n int) []decimal128.Num { return b.decs.room(n) }

// Decimals appends the first n values of the room.
func (b *Builder) Decimals(n int) { b.decs.took(n); b.doneAll(n) }

// TextRoom is room for the ends of n more values of a column of string, and the
// text so far, behind which theirs goes.
func (b *Builder) TextRoom(n int) (ends []int32, text []byte) {
	b.offset()
	return b.int32s.room(n), b.data.s
}

// MoreText is a text of a run with room for n more bytes at least.
func (b *Builder) MoreText(text []byte, n int) []byte {
	b.data.s = text
	b.data.grow(n)
	return b.data.s
}

// Texts appends the first n values, whose ends are in the room and whose text
// ends with the last of them.
func (b *Builder) Texts(n int, text []byte) {
	b.int32s.took(n)
	b.data.s = text[:b.int32s.s[len(b.int32s.s)-1]]
	b.doneAll(n)
}

// doneAll counts n values that are not null.
func (b *Builder) doneAll(n int) {
	if b.nulls > 0 {
		b.valid.pushSet(n)
	}
	b.n += n
}

// Nulled makes some of the last n values null, which were appended as a run and are zero, or
// texts without characters.
func (b *Builder) Nulled(n int, which []int32) {
	if len(which) == 0 {
		return
	}
	if b.nulls == 0 {
		b.allValid()
	}
	for _, i := range which {
		b.valid.unset(b.n - n + int(i))
	}
	b.nulls += len(which)
}

// Records counts n records whose fields were appended to all Kids.
func (b *Builder) Records(n int) { b.n += n }

// room is what lies behind the values, at least n long.
func (v *vector[T]) room(n int) []T {
	if cap(v.s)-len(v.s) < n {
		v.grow(n)
	}
	return v.s[len(v.s) : len(v.s)+n]
}

func (v *vector[T]) took(n int) { v.s = v.s[:len(v.s)+n] }
