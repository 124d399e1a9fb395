// Package keycode writes elements of columns as bytes whose order is the order of
// the language: comparing two codes as bytes compares the values, null last and
// NaN before it. Codes say where they end, so that those of several columns can
// be laid end to end and still compare column by column.
//
// Codes are kept by hash tables, sorters and aggregates in place of values. Two
// codes of one type are equal exactly where the values are (SEMANTICS 96 and 97),
// unless they were written with Exact.
package keycode

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Mode says how codes are written.
type Mode int

// The modes. Key is for keys and ascending orders. Desc is for descending ones:
// null and NaN stay last. Exact keeps the bits of -0.0 and of NaNs, for values
// that are only kept and given back.
const (
	Key Mode = iota
	Desc
	Exact
)

// The first byte of a code. A list ends with end, below every element.
const (
	end     = 0x00
	present = 0x01
	nan     = 0x02
	null    = 0x03
)

// Null is the code of null.
const Null = "\x03"

// IsNull reports the code of null.
func IsNull(code []byte) bool { return len(code) > 0 && code[0] == null }

// Appender appends the code of a row's element.
type Appender func(dst []byte, row int) []byte

// Of returns the appender of a vector.
func Of(v kernel.Vector, mode Mode) Appender {
	at := ofArray(v.Type, v.Arr, mode)
	if v.Scalar {
		return func(dst []byte, _ int) []byte { return at(dst, 0) }
	}
	return at
}

// Row returns the appender of several vectors laid end to end.
func Row(vs []kernel.Vector, mode Mode) Appender {
	cols := make([]Appender, len(vs))
	for i, v := range vs {
		cols[i] = Of(v, mode)
	}
	if len(cols) == 1 {
		return cols[0]
	}
	return func(dst []byte, row int) []byte {
		for _, c := range cols {
			dst = c(dst, row)
		}
		return dst
	}
}

func ofArray(t *types.Type, a arrow.Array, mode Mode) Appender {
	value := appendValue(t, a, mode)
	if value == nil {
		return func(dst []byte, _ int) []byte { return append(dst, null) }
	}
	if a.NullN() == 0 && mode != Desc {
		return value
	}
	return func(dst []byte, i int) []byte {
		if a.IsNull(i) {
			return append(dst, null)
		}
		from := len(dst) + 1
		dst = value(dst, i)
		if mode == Desc && dst[from-1] == present {
			for j := from; j < len(dst); j++ {
				dst[j] = ^dst[j]
			}
		}
		return dst
	}
}

// appendValue writes an element that is not null, with its first byte; nil for
// types without values.
func appendValue(t *types.Type, a arrow.Array, mode Mode) Appender {
	if _, ok := a.(*array.Null); ok {
		return nil
	}
	v := kernel.Vector{Type: t, Arr: a}
	switch t.Kind {
	case types.Unknown, types.Null, types.Func, types.Var:
		return nil
	case types.Boolean:
		read := kernel.Reader[bool](v)
		return func(dst []byte, i int) []byte {
			if read(i) {
				return append(dst, present, 1)
			}
			return append(dst, present, 0)
		}
	case types.Int, types.Date, types.Enum:
		values := kernel.Values[int32](a)
		return func(dst []byte, i int) []byte { return appendInt32(append(dst, present), values[i]) }
	case types.Long, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		values := kernel.Values[int64](a)
		return func(dst []byte, i int) []byte { return appendInt64(append(dst, present), values[i]) }
	case types.Float:
		values := kernel.Values[float32](a)
		return func(dst []byte, i int) []byte { return appendFloat32(dst, values[i], mode) }
	case types.Double:
		values := kernel.Values[float64](a)
		return func(dst []byte, i int) []byte { return appendFloat64(dst, values[i], mode) }
	case types.Decimal:
		read := kernel.Reader[decimal128.Num](v)
		return func(dst []byte, i int) []byte { return appendDecimal(dst, read(i)) }
	case types.String, types.JSON, types.Bytes, types.Geography, types.Fixed, types.UUID:
		read := kernel.Reader[[]byte](v)
		return func(dst []byte, i int) []byte { return AppendBytes(dst, t, read(i)) }
	case types.Period:
		read := kernel.Reader[arrow.MonthDayNanoInterval](v)
		return func(dst []byte, i int) []byte {
			p := read(i)
			dst = appendInt32(appendInt32(append(dst, present), p.Months), p.Days)
			return appendInt64(dst, p.Nanoseconds)
		}
	case types.Array, types.Map:
		return appendList(v, mode)
	case types.Record, types.Union:
		return appendStruct(t, a.(*array.Struct), mode)
	}
	return nil
}

// AppendBytes writes the code of a value of a type whose values are bytes.
func AppendBytes(dst []byte, t *types.Type, value []byte) []byte {
	if t.Kind == types.Fixed || t.Kind == types.UUID { // all of one length
		return append(append(dst, present), value...)
	}
	return AppendText(dst, value)
}

// AppendNull writes the code of null.
func AppendNull(dst []byte) []byte { return append(dst, null) }

// AppendText writes the code of a text: zero bytes are escaped, so that the end
// compares below every continuation.
func AppendText(dst, text []byte) []byte {
	dst = append(dst, present)
	for _, c := range text {
		if c == 0 {
			dst = append(dst, 0, 0xff)
			continue
		}
		dst = append(dst, c)
	}
	return append(dst, 0, 0)
}

func appendInt32(dst []byte, v int32) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(v)^1<<31)
}

func appendDecimal(dst []byte, v decimal128.Num) []byte {
	return binary.BigEndian.AppendUint64(appendInt64(append(dst, present), v.HighBits()), v.LowBits())
}

func appendInt64(dst []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(v)^1<<63)
}

func appendFloat32(dst []byte, v float32, mode Mode) []byte {
	switch {
	case v != v && mode != Exact:
		return append(dst, nan)
	case v != v:
		return binary.BigEndian.AppendUint32(append(dst, nan), math.Float32bits(v))
	case v == 0 && mode != Exact:
		v = 0
	}
	b := math.Float32bits(v)
	b ^= uint32(int32(b)>>31) | 1<<31
	return binary.BigEndian.AppendUint32(append(dst, present), b)
}

func appendFloat64(dst []byte, v float64, mode Mode) []byte {
	switch {
	case v != v && mode != Exact:
		return append(dst, nan)
	case v != v:
		return binary.BigEndian.AppendUint64(append(dst, nan), math.Float64bits(v))
	case v == 0 && mode != Exact:
		v = 0
	}
	return binary.BigEndian.AppendUint64(append(dst, present), OrderedDouble(v))
}

// OrderedDouble maps doubles but NaN to numbers of the same order. -0.0 stands
// before 0.0.
func OrderedDouble(v float64) uint64 {
	b := math.Float64bits(v)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

// DoubleOf is the inverse of OrderedDouble.
func DoubleOf(o uint64) float64 {
	return math.Float64frombits(o ^ (uint64(int64(^o)>>63) | 1<<63))
}

func appendList(v kernel.Vector, mode Mode) Appender {
	list := kernel.ReadLists(v)
	if mode == Desc {
		mode = Key
	}
	elems := ofArray(list.Elems.Type, list.Elems.Arr, mode)
	var keys Appender
	if list.Keys.Arr != nil {
		keys = ofArray(types.TString, list.Keys.Arr, mode)
	}
	return func(dst []byte, i int) []byte {
		dst = append(dst, present)
		lo, hi := list.Range(i)
		for p := lo; p < hi; p++ {
			if keys != nil {
				dst = keys(dst, p)
			}
			dst = elems(dst, p)
		}
		return append(dst, end)
	}
}

func appendStruct(t *types.Type, s *array.Struct, mode Mode) Appender {
	if mode == Desc {
		mode = Key
	}
	if t.Kind == types.Record {
		fields := make([]Appender, len(t.Fields))
		for f := range fields {
			fields[f] = ofArray(t.Fields[f].Type, s.Field(f), mode)
		}
		return func(dst []byte, i int) []byte {
			dst = append(dst, present)
			for _, f := range fields {
				dst = f(dst, i)
			}
			return dst
		}
	}
	branch := kernel.Values[int8](s.Field(0))
	records := make([]Appender, len(t.Branches))
	for b := range records {
		records[b] = ofArray(t.Branches[b], s.Field(b+1), mode)
	}
	return func(dst []byte, i int) []byte {
		return records[branch[i]](append(dst, present, byte(branch[i])), i)
	}
}
