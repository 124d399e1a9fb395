// Package column builds Arrow arrays value by value for decoders: each value is
// appended to a plain slice whose memory the finished array takes over.
//
// A Builder holds exactly the Arrow type that kernel.ArrowType gives. The caller
// calls the method that belongs to the type; a wrong one is a broken invariant.
// Values may be taken back with Truncate, so that a record that fails half way
// leaves nothing behind.
package column

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Builder collects the values of one column, or of one level of a nested one.
type Builder struct {
	Type *types.Type
	// Kids are the fields of a record, the element of an array, key and value of a
	// map, and the branches of a union.
	Kids []*Builder

	arrow arrow.DataType
	n     int
	nulls int
	valid bitmap // empty until the first null

	bits    bitmap
	int8s   vector[int8]
	int32s  vector[int32] // int, date, enum; offsets of string, bytes, array and map
	int64s  vector[int64]
	floats  vector[float32]
	doubles vector[float64]
	decs    vector[decimal128.Num]
	periods vector[arrow.MonthDayNanoInterval]
	data    vector[byte] // string, bytes, fixed
}

// New returns an empty builder of a type.
func New(t *types.Type, alloc memory.Allocator) *Builder {
	b := &Builder{Type: t, arrow: kernel.ArrowType(t)}
	b.valid.bytes.alloc, b.bits.bytes.alloc = alloc, alloc
	b.int8s.alloc, b.int32s.alloc, b.int64s.alloc = alloc, alloc, alloc
	b.floats.alloc, b.doubles.alloc, b.decs.alloc = alloc, alloc, alloc
	b.periods.alloc, b.data.alloc = alloc, alloc
	switch t.Kind {
	case types.Array:
		b.Kids = []*Builder{New(t.Elem, alloc)}
	case types.Map:
		b.Kids = []*Builder{New(types.TString, alloc), New(t.Elem, alloc)}
	case types.Record:
		for _, f := range t.Fields {
			b.Kids = append(b.Kids, New(f.Type, alloc))
		}
	case types.Union:
		for _, branch := range t.Branches {
			b.Kids = append(b.Kids, New(branch.OrNull(), alloc))
		}
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal,
		types.String, types.Bytes, types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp,
		types.LocalTimestamp, types.Duration, types.Period, types.Enum, types.Geography, types.JSON,
		types.Func, types.Var:
	}
	return b
}

// Len is the number of values.
func (b *Builder) Len() int { return b.n }

// done counts a value that is not null.
func (b *Builder) done() {
	if b.nulls > 0 {
		b.valid.push(true)
	}
	b.n++
}

// Bool appends to a boolean column.
func (b *Builder) Bool(v bool) { b.bits.push(v); b.done() }

// Int32 appends to a column of int, date (days) or enum (index of the symbol).
func (b *Builder) Int32(v int32) { b.int32s.push(v); b.done() }

// Int64 appends to a column of long, time, timestamp, local_timestamp or duration.
func (b *Builder) Int64(v int64) { b.int64s.push(v); b.done() }

// Float appends to a float column.
func (b *Builder) Float(v float32) { b.floats.push(v); b.done() }

// Double appends to a double column.
func (b *Builder) Double(v float64) { b.doubles.push(v); b.done() }

// Decimal appends an unscaled decimal.
func (b *Builder) Decimal(v decimal128.Num) { b.decs.push(v); b.done() }

// Period appends months and days.
func (b *Builder) Period(months, days int32) {
	b.periods.push(arrow.MonthDayNanoInterval{Months: months, Days: days})
	b.done()
}

// Bytes appends to a column of string, json, bytes or geography.
func (b *Builder) Bytes(v []byte) {
	b.offset()
	b.data.pushAll(v)
	b.int32s.push(int32(len(b.data.s)))
	b.done()
}

// FixedBytes appends to a column of fixed or uuid; v has the type's size.
func (b *Builder) FixedBytes(v []byte) { b.data.pushAll(v); b.done() }

// offset puts the leading zero of offsets in front of the first value.
func (b *Builder) offset() {
	if b.n == 0 && len(b.int32s.s) == 0 {
		b.int32s.push(0)
	}
}

// EndList closes an array or map whose elements were appended to the Kids since
// the last one.
func (b *Builder) EndList() {
	b.offset()
	b.int32s.push(int32(b.Kids[len(b.Kids)-1].n))
	b.done()
}

// ListStart is where the elements of the list being built begin in the Kids.
func (b *Builder) ListStart() int {
	if len(b.int32s.s) == 0 {
		return 0
	}
	return int(b.int32s.s[len(b.int32s.s)-1])
}

// EndRecord closes a record whose fields were appended to all Kids.
func (b *Builder) EndRecord() { b.done() }

// EndUnion closes a union value whose branch's record was appended to its Kid.
func (b *Builder) EndUnion(branch int) {
	for i, k := range b.Kids {
		if i != branch {
			k.Null()
		}
	}
	b.int8s.push(int8(branch))
	b.done()
}

// Null appends a null; whether the type allows one is the caller's business.
func (b *Builder) Null() {
	if b.nulls == 0 {
		b.allValid()
	}
	b.nulls++
	b.valid.push(false)
	b.blank()
	b.n++
}

// allValid makes the bits of all values, for there will be a null.
func (b *Builder) allValid() {
	b.valid.n = 0
	b.valid.bytes.s = b.valid.bytes.s[:0]
	b.valid.pushSet(b.n)
}

// blank appends what lies under a null.
func (b *Builder) blank() {
	switch b.Type.Kind {
	case types.Unknown, types.Null, types.Func, types.Var:
	case types.Boolean:
		b.bits.push(false)
	case types.Int, types.Date, types.Enum:
		b.int32s.push(0)
	case types.Long, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		b.int64s.push(0)
	case types.Float:
		b.floats.push(0)
	case types.Double:
		b.doubles.push(0)
	case types.Decimal:
		b.decs.push(decimal128.Num{})
	case types.Period:
		b.periods.push(arrow.MonthDayNanoInterval{})
	case types.String, types.JSON, types.Bytes, types.Geography:
		b.offset()
		b.int32s.push(int32(len(b.data.s)))
	case types.Fixed, types.UUID:
		for range b.width() {
			b.data.push(0)
		}
	case types.Array, types.Map:
		b.offset()
		b.int32s.push(int32(b.Kids[len(b.Kids)-1].n))
	case types.Record:
		for _, k := range b.Kids {
			k.Null()
		}
	case types.Union:
		b.int8s.push(0)
		for _, k := range b.Kids {
			k.Null()
		}
	}
}

func (b *Builder) width() int {
	if b.Type.Kind == types.UUID {
		return 16
	}
	return b.Type.Size
}

// Truncate takes back all values from the n-th on.
func (b *Builder) Truncate(n int) {
	if b.nulls > 0 {
		for i := n; i < b.n && i < b.valid.n; i++ {
			if !b.valid.at(i) {
				b.nulls--
			}
		}
		b.valid.truncate(min(n, b.valid.n))
	}
	b.n = n
	switch b.Type.Kind {
	case types.Unknown, types.Null, types.Func, types.Var:
	case types.Boolean:
		b.bits.truncate(n)
	case types.Int, types.Date, types.Enum:
		b.int32s.s = b.int32s.s[:n]
	case types.Long, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		b.int64s.s = b.int64s.s[:n]
	case types.Float:
		b.floats.s = b.floats.s[:n]
	case types.Double:
		b.doubles.s = b.doubles.s[:n]
	case types.Decimal:
		b.decs.s = b.decs.s[:n]
	case types.Period:
		b.periods.s = b.periods.s[:n]
	case types.String, types.JSON, types.Bytes, types.Geography:
		b.data.s = b.data.s[:b.truncateOffsets(n)]
	case types.Fixed, types.UUID:
		b.data.s = b.data.s[:n*b.width()]
	case types.Array, types.Map:
		end := b.truncateOffsets(n)
		for _, k := range b.Kids {
			k.Truncate(end)
		}
	case types.Record:
		for _, k := range b.Kids {
			k.Truncate(min(n, k.n))
		}
	case types.Union:
		b.int8s.s = b.int8s.s[:n]
		for _, k := range b.Kids {
			k.Truncate(min(n, k.n))
		}
	}
}

// truncateOffsets keeps n values and returns where they end.
func (b *Builder) truncateOffsets(n int) int {
	if len(b.int32s.s) == 0 {
		return 0
	}
	b.int32s.s = b.int32s.s[:n+1]
	return int(b.int32s.s[n])
}

// Finish returns the values as an array and leaves the builder empty.
func (b *Builder) Finish() arrow.Array {
	d := b.finish()
	defer d.Release()
	return array.MakeFromData(d)
}

func (b *Builder) finish() *array.Data {
	buffers := []*memory.Buffer{nil}
	if b.nulls > 0 {
		buffers[0] = b.valid.take()
	} else {
		b.valid.n = 0
		b.valid.bytes.s = b.valid.bytes.s[:0]
	}
	var kids []arrow.ArrayData
	switch b.Type.Kind {
	case types.Unknown, types.Null, types.Func, types.Var:
		if buffers[0] != nil {
			buffers[0].Release()
		}
		buffers[0], b.nulls = nil, b.n
	case types.Boolean:
		buffers = append(buffers, b.bits.take())
	case types.Int, types.Date, types.Enum:
		buffers = append(buffers, b.int32s.take())
	case types.Long, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		buffers = append(buffers, b.int64s.take())
	case types.Float:
		buffers = append(buffers, b.floats.take())
	case types.Double:
		buffers = append(buffers, b.doubles.take())
	case types.Decimal:
		buffers = append(buffers, b.decs.take())
	case types.Period:
		buffers = append(buffers, b.periods.take())
	case types.String, types.JSON, types.Bytes, types.Geography:
		b.offset()
		buffers = append(buffers, b.int32s.take(), b.data.take())
	case types.Fixed, types.UUID:
		buffers = append(buffers, b.data.take())
	case types.Array:
		b.offset()
		buffers = append(buffers, b.int32s.take())
		kids = append(kids, b.Kids[0].finish())
	case types.Map:
		b.offset()
		buffers = append(buffers, b.int32s.take())
		kids = append(kids, b.entries())
	case types.Record:
		for _, k := range b.Kids {
			kids = append(kids, k.finish())
		}
	case types.Union:
		branch := array.NewData(arrow.PrimitiveTypes.Int8, b.n, []*memory.Buffer{nil, b.int8s.take()}, nil, 0, 0)
		releaseBuffers(branch.Buffers())
		kids = append(kids, branch)
		for _, k := range b.Kids {
			kids = append(kids, k.finish())
		}
	default:
		panic(fmt.Sprintf("column: no such kind of type: %d", b.Type.Kind))
	}
	d := array.NewData(b.arrow, b.n, buffers, kids, b.nulls, 0)
	releaseBuffers(buffers)
	for _, k := range kids {
		k.Release()
	}
	b.n, b.nulls = 0, 0
	return d
}

// entries is the struct of keys and values inside a map.
func (b *Builder) entries() arrow.ArrayData {
	n := b.Kids[0].n
	kids := []arrow.ArrayData{b.Kids[0].finish(), b.Kids[1].finish()}
	d := array.NewData(b.arrow.(*arrow.MapType).Elem(), n, []*memory.Buffer{nil}, kids, 0, 0)
	for _, k := range kids {
		k.Release()
	}
	return d
}

// releaseBuffers drops our hold on buffers that array data has taken its own of.
func releaseBuffers(bufs []*memory.Buffer) {
	for _, b := range bufs {
		if b != nil {
			b.Release()
		}
	}
}

// Release frees values that were never finished.
func (b *Builder) Release() {
	b.valid.bytes.release()
	b.bits.bytes.release()
	b.int8s.release()
	b.int32s.release()
	b.int64s.release()
	b.floats.release()
	b.doubles.release()
	b.decs.release()
	b.periods.release()
	b.data.release()
	for _, k := range b.Kids {
		k.Release()
	}
	b.n, b.nulls, b.valid.n, b.bits.n = 0, 0, 0, 0
}

// Reset forgets how many values a record has whose Kids were finished one by one.
func (b *Builder) Reset() {
	b.n, b.nulls, b.valid.n = 0, 0, 0
	b.valid.bytes.s = b.valid.bytes.s[:0]
}

// BytesAt is value i of a column of string, json, bytes or geography.
func (b *Builder) BytesAt(i int) []byte {
	return b.data.s[b.int32s.s[i]:b.int32s.s[i+1]]
}
