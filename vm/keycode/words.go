package keycode

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// nanWord is the word of every NaN, above those of all numbers.
const nanWord = math.MaxUint64

// wordDigits is how many digits a decimal may have to be a word.
const wordDigits = 18

// IsWord reports the types whose values fit a word of 64 bits.
func IsWord(t *types.Type) bool {
	switch t.Kind {
	case types.Decimal:
		return t.Precision <= wordDigits
	case types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Date, types.Time,
		types.Timestamp, types.LocalTimestamp, types.Duration, types.Enum:
		return true
	case types.Unknown, types.Null, types.String, types.Bytes, types.Fixed, types.UUID, types.Period,
		types.Geography, types.JSON, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
		return false
	}
	return false
}

// Words gives every row of a vector as a word, so that words compare as the values
// do. Words at nulls are arbitrary. The result is dst where it is long enough.
func Words(dst []uint64, v kernel.Vector, rows int, mode Mode) []uint64 {
	return WordsFrom(dst, v, 0, rows, mode)
}

// WordsFrom is Words for so many rows from one on.
func WordsFrom(dst []uint64, v kernel.Vector, from, rows int, mode Mode) []uint64 {
	if cap(dst) < rows {
		dst = make([]uint64, rows)
	}
	dst = dst[:rows]
	if rows == 0 {
		return dst
	}
	n := rows
	if v.Scalar {
		from, n = 0, 1
	}
	fillWords(dst[:n], v.Type, v.Arr, from, mode)
	if v.Scalar {
		for i := range dst {
			dst[i] = dst[0]
		}
	}
	return dst
}

// WordsAt is Words for a few rows out of many: the word of each row listed.
func WordsAt(dst []uint64, v kernel.Vector, rows []int32, mode Mode) []uint64 {
	dst = slices.Grow(dst[:0], len(rows))[:len(rows)]
	if _, ok := v.Arr.(*array.Null); ok {
		clear(dst)
		return dst
	}
	switch v.Type.Kind {
	case types.Boolean:
		read := kernel.Reader[bool](v)
		for i, r := range rows {
			dst[i] = 0
			if read(int(r)) {
				dst[i] = 1
			}
		}
	case types.Int, types.Date, types.Enum:
		wordsOf(dst, v, rows, func(v int32) uint64 { return uint64(int64(v)) ^ 1<<63 })
	case types.Long, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		wordsOf(dst, v, rows, func(v int64) uint64 { return uint64(v) ^ 1<<63 })
	case types.Float:
		wordsOf(dst, v, rows, func(v float32) uint64 { return doubleWord(float64(v), mode) })
	case types.Double:
		wordsOf(dst, v, rows, func(v float64) uint64 { return doubleWord(v, mode) })
	case types.Decimal:
		values := decimals(v.Arr)
		for i, r := range rows {
			dst[i] = decimalWord(values[v.Index(int(r))])
		}
	case types.Unknown, types.Null, types.String, types.Bytes, types.Fixed, types.UUID, types.Period,
		types.Geography, types.JSON, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
		panic("keycode: no words for " + v.Type.String())
	}
	return dst
}

// wordsOf needs no memory: rows may come one by one.
func wordsOf[V kernel.Fixed](dst []uint64, v kernel.Vector, rows []int32, word func(V) uint64) {
	values := kernel.Values[V](v.Arr)
	for i, r := range rows {
		if v.Scalar {
			r = 0
		}
		dst[i] = word(values[r])
	}
}

func fillWords(dst []uint64, t *types.Type, a arrow.Array, from int, mode Mode) {
	if _, ok := a.(*array.Null); ok {
		clear(dst)
		return
	}
	switch t.Kind {
	case types.Boolean:
		read := kernel.Reader[bool](kernel.Vector{Type: t, Arr: a})
		for i := range dst {
			dst[i] = 0
			if read(from + i) {
				dst[i] = 1
			}
		}
	case types.Int, types.Date, types.Enum:
		for i, v := range kernel.Values[int32](a)[from:][:len(dst)] {
			dst[i] = uint64(int64(v)) ^ 1<<63
		}
	case types.Long, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		for i, v := range kernel.Values[int64](a)[from:][:len(dst)] {
			dst[i] = uint64(v) ^ 1<<63
		}
	case types.Float:
		for i, v := range kernel.Values[float32](a)[from:][:len(dst)] {
			dst[i] = doubleWord(float64(v), mode)
		}
	case types.Double:
		for i, v := range kernel.Values[float64](a)[from:][:len(dst)] {
			dst[i] = doubleWord(v, mode)
		}
	case types.Decimal:
		for i, v := range decimals(a)[from:][:len(dst)] {
			dst[i] = decimalWord(v)
		}
	case types.Unknown, types.Null, types.String, types.Bytes, types.Fixed, types.UUID, types.Period,
		types.Geography, types.JSON, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
		panic("keycode: no words for " + t.String())
	}
}

func decimals(a arrow.Array) []decimal128.Num { return a.(*array.Decimal128).Values() }

func decimalWord(v decimal128.Num) uint64 { return v.LowBits() ^ 1<<63 }

func wordDecimal(w uint64) decimal128.Num { return decimal128.FromI64(int64(w ^ 1<<63)) }

func doubleWord(v float64, mode Mode) uint64 {
	if v != v {
		return nanWord
	}
	if mode != Exact {
		v += 0 // the sum of -0.0 and 0.0 is 0.0
	}
	return OrderedDouble(v)
}

// DoubleWord is the word of a double as a key.
func DoubleWord(v float64) uint64 { return doubleWord(v, Key) }

func wordDouble(w uint64) float64 {
	if w == nanWord {
		return math.NaN()
	}
	return DoubleOf(w)
}

// FromWords makes an array of n values out of words; word says false for null.
func FromWords(alloc memory.Allocator, t *types.Type, n int, word func(i int) (uint64, bool)) arrow.Array {
	c := &kernel.Call{Alloc: alloc, N: n, Result: t}
	switch t.Kind {
	case types.Boolean:
		return build(c, word, func(w uint64) bool { return w != 0 })
	case types.Int, types.Date, types.Enum:
		return build(c, word, func(w uint64) int32 { return int32(w) })
	case types.Long, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		return build(c, word, func(w uint64) int64 { return int64(w ^ 1<<63) })
	case types.Float:
		return build(c, word, func(w uint64) float32 { return float32(wordDouble(w)) })
	case types.Double:
		return build(c, word, wordDouble)
	case types.Decimal:
		return build(c, word, wordDecimal)
	case types.Unknown, types.Null, types.String, types.Bytes, types.Fixed, types.UUID, types.Period,
		types.Geography, types.JSON, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
	}
	panic("keycode: no words for " + t.String())
}

func build[R kernel.Value](c *kernel.Call, word func(i int) (uint64, bool), value func(uint64) R) arrow.Array {
	col := kernel.NewColumn[R](c)
	for i := range c.N {
		if w, ok := word(i); ok {
			col.Set(i, value(w))
		} else {
			col.Null(i)
		}
	}
	return col.Finish()
}

// AppendValid appends to dst the rows of sel (all n when nil) where a vector is not
// null.
func AppendValid(dst []int32, v kernel.Vector, n int, sel []int32) []int32 {
	d := v.Arr.Data()
	switch {
	case v.Arr.NullN() == 0:
		return appendAll(dst, n, sel)
	case v.Scalar, v.Arr.NullN() == d.Len():
		return dst
	}
	bits, offset := d.Buffers()[0].Bytes(), d.Offset()
	if sel == nil {
		for i := range n {
			if bitutil.BitIsSet(bits, offset+i) {
				dst = append(dst, int32(i))
			}
		}
		return dst
	}
	for _, i := range sel {
		if bitutil.BitIsSet(bits, offset+int(i)) {
			dst = append(dst, i)
		}
	}
	return dst
}

func appendAll(dst []int32, n int, sel []int32) []int32 {
	if sel != nil {
		return append(dst, sel...)
	}
	for i := range n {
		dst = append(dst, int32(i))
	}
	return dst
}

// AppendWord appends the code of a word, which Words made of a value with Exact.
func AppendWord(dst []byte, t *types.Type, word uint64) []byte {
	switch t.Kind {
	case types.Boolean:
		return append(dst, present, byte(word))
	case types.Int, types.Date, types.Enum:
		return appendInt32(append(dst, present), int32(word))
	case types.Float:
		return appendFloat32(dst, float32(wordDouble(word)), Exact)
	case types.Double:
		return appendFloat64(dst, wordDouble(word), Exact)
	case types.Decimal:
		return appendDecimal(dst, wordDecimal(word))
	default:
		return binary.BigEndian.AppendUint64(append(dst, present), word)
	}
}

// WordOf is the inverse of AppendWord. A code that is too short, which only a damaged
// snapshot has, is some word.
func WordOf(t *types.Type, code string) uint64 {
	var whole [17]byte
	copy(whole[:], code)
	b := whole[:]
	if b[0] == nan {
		return nanWord
	}
	switch b = b[1:]; t.Kind {
	case types.Boolean:
		return uint64(b[0])
	case types.Int, types.Date, types.Enum:
		return uint64(int64(readInt32(b))) ^ 1<<63
	case types.Float:
		return OrderedDouble(float64(readFloat32(b)))
	case types.Decimal:
		return decimalWord(decimal128.New(0, binary.BigEndian.Uint64(b[8:])))
	default:
		return binary.BigEndian.Uint64(b)
	}
}
