package keycode

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Decode makes arrays out of codes: code(i) is the codes of one row's elements,
// one of each type, written with Key or Exact. The arrays belong to the caller.
func Decode(alloc memory.Allocator, ts []*types.Type, n int, code func(i int) []byte) []arrow.Array {
	builders := make([]array.Builder, len(ts))
	read := make([]reader, len(ts))
	for c, t := range ts {
		builders[c] = array.NewBuilder(alloc, kernel.ArrowType(t))
		builders[c].Reserve(n)
		read[c] = readerOf(t, builders[c])
	}
	for i := range n {
		b := code(i)
		for _, r := range read {
			b = r(b)
		}
	}
	out := make([]arrow.Array, len(ts))
	for c, b := range builders {
		out[c] = b.NewArray()
		b.Release()
	}
	return out
}

// DecodeLists makes one array<elem> per row: code(i) is the codes of row i's
// elements laid end to end, nil for a null array.
func DecodeLists(alloc memory.Allocator, list *types.Type, n int, code func(i int) []byte) arrow.Array {
	b := array.NewBuilder(alloc, kernel.ArrowType(list)).(*array.ListBuilder)
	defer b.Release()
	read := readerOf(list.Elem, b.ValueBuilder())
	for i := range n {
		c := code(i)
		if c == nil {
			b.AppendNull()
			continue
		}
		b.Append(true)
		for len(c) > 0 {
			c = read(c)
		}
	}
	return b.NewArray()
}

// reader moves one code into a builder and returns what follows it.
type reader func(b []byte) []byte

func readerOf(t *types.Type, b array.Builder) reader {
	value := valueReader(t, b)
	return func(code []byte) []byte {
		switch code[0] {
		case null:
			b.AppendNull()
			return code[1:]
		case nan:
			return readNaN(t, b, code[1:])
		}
		return value(code[1:])
	}
}

// readNaN reads a NaN, with its bits where the code is an exact one: what follows a
// short one is the end or another code, and a NaN has all exponent bits set.
func readNaN(t *types.Type, b array.Builder, code []byte) []byte {
	if t.Kind == types.Float {
		v := float32(math.NaN())
		if len(code) >= 4 && code[0]&0x7f == 0x7f {
			v = math.Float32frombits(binary.BigEndian.Uint32(code))
			code = code[4:]
		}
		b.(*array.Float32Builder).Append(v)
		return code
	}
	v := math.NaN()
	if len(code) >= 8 && code[0]&0x7f == 0x7f {
		v = math.Float64frombits(binary.BigEndian.Uint64(code))
		code = code[8:]
	}
	b.(*array.Float64Builder).Append(v)
	return code
}

func readInt32(code []byte) int32 { return int32(binary.BigEndian.Uint32(code) ^ 1<<31) }

func readInt64(code []byte) int64 { return int64(binary.BigEndian.Uint64(code) ^ 1<<63) }

func readFloat32(code []byte) float32 {
	o := binary.BigEndian.Uint32(code)
	return math.Float32frombits(o ^ (uint32(int32(^o)>>31) | 1<<31))
}

func fixed[T any](b interface{ Append(T) }, size int, read func([]byte) T) reader {
	return func(code []byte) []byte {
		b.Append(read(code))
		return code[size:]
	}
}

func valueReader(t *types.Type, b array.Builder) reader {
	switch b := b.(type) {
	case *array.NullBuilder:
		return func(code []byte) []byte { b.AppendNull(); return code }
	case *array.BooleanBuilder:
		return fixed(b, 1, func(c []byte) bool { return c[0] != 0 })
	case *array.Int32Builder:
		return fixed(b, 4, readInt32)
	case *array.Date32Builder:
		return fixed(b, 4, func(c []byte) arrow.Date32 { return arrow.Date32(readInt32(c)) })
	case *array.Int64Builder:
		return fixed(b, 8, readInt64)
	case *array.Time64Builder:
		return fixed(b, 8, func(c []byte) arrow.Time64 { return arrow.Time64(readInt64(c)) })
	case *array.TimestampBuilder:
		return fixed(b, 8, func(c []byte) arrow.Timestamp { return arrow.Timestamp(readInt64(c)) })
	case *array.DurationBuilder:
		return fixed(b, 8, func(c []byte) arrow.Duration { return arrow.Duration(readInt64(c)) })
	case *array.Float32Builder:
		return fixed(b, 4, readFloat32)
	case *array.Float64Builder:
		return fixed(b, 8, func(c []byte) float64 { return DoubleOf(binary.BigEndian.Uint64(c)) })
	case *array.Decimal128Builder:
		return fixed(b, 16, func(c []byte) decimal128.Num {
			return decimal128.New(readInt64(c), binary.BigEndian.Uint64(c[8:]))
		})
	case *array.MonthDayNanoIntervalBuilder:
		return fixed(b, 16, func(c []byte) arrow.MonthDayNanoInterval {
			return arrow.MonthDayNanoInterval{Months: readInt32(c), Days: readInt32(c[4:]), Nanoseconds: readInt64(c[8:])}
		})
	case *array.FixedSizeBinaryBuilder:
		width := b.Type().(*arrow.FixedSizeBinaryType).ByteWidth
		return fixed(b, width, func(c []byte) []byte { return c[:width] })
	case *array.StringBuilder:
		return textReader(func(text []byte) { b.BinaryBuilder.Append(text) })
	case *array.BinaryBuilder:
		return textReader(b.Append)
	case *array.MapBuilder:
		return listReader(func() { b.Append(true) }, readerOf(types.TString, b.KeyBuilder()), readerOf(t.Elem, b.ItemBuilder()))
	case *array.ListBuilder:
		return listReader(func() { b.Append(true) }, readerOf(t.Elem, b.ValueBuilder()))
	case *array.StructBuilder:
		return structReader(t, b)
	}
	panic("keycode: no reader for " + t.String())
}

func textReader(add func([]byte)) reader {
	var text []byte
	return func(code []byte) []byte {
		text = text[:0]
		for i := 0; ; i++ {
			switch c := code[i]; {
			case c != 0:
				text = append(text, c)
			case code[i+1] == 0xff:
				text = append(text, 0)
				i++
			default:
				add(text)
				return code[i+2:]
			}
		}
	}
}

// Text is the text of a code that AppendText wrote.
func Text(code []byte) string {
	var text string
	textReader(func(b []byte) { text = string(b) })(code[1:])
	return text
}

func listReader(begin func(), parts ...reader) reader {
	return func(code []byte) []byte {
		begin()
		for code[0] != end {
			for _, p := range parts {
				code = p(code)
			}
		}
		return code[1:]
	}
}

func structReader(t *types.Type, b *array.StructBuilder) reader {
	if t.Kind == types.Record {
		fields := make([]reader, len(t.Fields))
		for f := range fields {
			fields[f] = readerOf(t.Fields[f].Type, b.FieldBuilder(f))
		}
		return func(code []byte) []byte {
			b.Append(true)
			for _, f := range fields {
				code = f(code)
			}
			return code
		}
	}
	records := make([]reader, len(t.Branches))
	for i := range records {
		records[i] = readerOf(t.Branches[i], b.FieldBuilder(i+1))
	}
	return func(code []byte) []byte {
		b.Append(true)
		branch := code[0]
		b.FieldBuilder(0).(*array.Int8Builder).Append(int8(branch))
		for i := range records {
			if i != int(branch) {
				b.FieldBuilder(i + 1).AppendNull()
			}
		}
		return records[branch](code[1:])
	}
}
