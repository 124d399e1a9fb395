package avro

import (
	"encoding/binary"
	"io"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/text"
	"github.com/edynamic/edynamic/vm/kernel"
)

// blockBytes is how much is collected before a block is written.
const blockBytes = 256 << 10

type encoder struct {
	w       io.Writer
	columns []types.Column
	codec   string

	out     *packer // nil until the columns are known
	written []format.Written
	op      bool
	buf     []byte
	count   int
}

func (e *encoder) begin(op bool) error {
	written, named := format.WrittenColumns(e.columns)
	e.written, e.op = written, op || named
	row := &types.Type{Kind: types.Record}
	if e.op {
		row.Fields = append(row.Fields, types.Field{Name: format.OpColumn, Type: format.OpType})
	}
	for _, c := range e.written {
		row.Fields = append(row.Fields, types.Field{Name: c.Name, Type: c.Type})
	}
	if !e.op && len(e.written) == 1 && e.written[0].Name == types.UnionColumn {
		row = e.written[0].Type // each record is a value of the union
	}
	schema, err := schemaText(row)
	if err != nil {
		return err
	}
	e.out, err = newPacker(e.w, schema, e.codec)
	return err
}

// Write implements format.Encoder.
func (e *encoder) Write(cols []arrow.Array, rows int, sel []int32, ops []operators.Op) error {
	if e.out == nil {
		if err := e.begin(ops != nil); err != nil {
			return err
		}
	}
	return format.EachRow(rows, sel, func(i int) error {
		if e.op {
			op := operators.Insert
			if ops != nil {
				op = ops[i]
			}
			e.buf = binary.AppendVarint(e.buf, int64(op))
		}
		for _, c := range e.written {
			e.buf = appendValue(e.buf, c.Type, cols[c.At], i)
		}
		e.count++
		if len(e.buf) >= blockBytes {
			return e.flush()
		}
		return nil
	})
}

func (e *encoder) flush() error {
	if e.count == 0 {
		return nil
	}
	err := e.out.block(e.count, e.buf)
	e.buf, e.count = e.buf[:0], 0
	return err
}

// Close implements format.Encoder.
func (e *encoder) Close() error {
	if e.out == nil {
		if err := e.begin(false); err != nil {
			return err
		}
	}
	return e.flush()
}

// Warnings implements format.Encoder.
func (e *encoder) Warnings() []string { return nil }

// appendValue writes element i of a column; null is the first branch of what may
// be null.
func appendValue(dst []byte, t *types.Type, a arrow.Array, i int) []byte {
	null := a.IsNull(i)
	if t.Kind == types.Union {
		return appendUnion(dst, t, a.(*array.Struct), i, null)
	}
	if t.Nullable && t.Kind != types.Null {
		if null {
			return append(dst, 0)
		}
		dst = append(dst, 2) // branch 1, zigzag
	}
	switch t.Kind {
	case types.Unknown, types.Null, types.Func, types.Var:
		return dst
	case types.Boolean:
		if a.(*array.Boolean).Value(i) {
			return append(dst, 1)
		}
		return append(dst, 0)
	case types.Int, types.Date, types.Enum:
		return binary.AppendVarint(dst, int64(kernel.Values[int32](a)[i]))
	case types.Long, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		return binary.AppendVarint(dst, kernel.Values[int64](a)[i])
	case types.Float:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(a.(*array.Float32).Value(i)))
	case types.Double:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(a.(*array.Float64).Value(i)))
	case types.Decimal:
		v := a.(*array.Decimal128).Value(i)
		var be [16]byte
		binary.BigEndian.PutUint64(be[:], uint64(v.HighBits()))
		binary.BigEndian.PutUint64(be[8:], v.LowBits())
		b := shortest(be[:])
		return append(binary.AppendVarint(dst, int64(len(b))), b...)
	case types.String, types.JSON:
		return appendText(dst, a.(*array.String).Value(i))
	case types.Bytes, types.Geography:
		return appendText(dst, string(a.(*array.Binary).Value(i)))
	case types.Fixed:
		return append(dst, a.(*array.FixedSizeBinary).Value(i)...)
	case types.UUID:
		return append(append(dst, 36*2), text.AppendUUID(nil, a.(*array.FixedSizeBinary).Value(i))...)
	case types.Period:
		v := a.(*array.MonthDayNanoInterval).Value(i)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(v.Months))
		dst = binary.LittleEndian.AppendUint32(dst, uint32(v.Days))
		return binary.LittleEndian.AppendUint32(dst, 0)
	case types.Array:
		l := a.(*array.List)
		start, end := l.ValueOffsets(i)
		return appendItems(dst, start, end, func(dst []byte, j int) []byte {
			return appendValue(dst, t.Elem, l.ListValues(), j)
		})
	case types.Map:
		m := a.(*array.Map)
		start, end := m.ValueOffsets(i)
		keys := m.Keys().(*array.String)
		return appendItems(dst, start, end, func(dst []byte, j int) []byte {
			return appendValue(appendText(dst, keys.Value(j)), t.Elem, m.Items(), j)
		})
	case types.Record:
		return appendFields(dst, t, a.(*array.Struct), i)
	case types.Union: // above
	}
	return dst
}

func appendFields(dst []byte, t *types.Type, s *array.Struct, i int) []byte {
	for j, f := range t.Fields {
		dst = appendValue(dst, f.Type, s.Field(j), i)
	}
	return dst
}

func appendUnion(dst []byte, t *types.Type, s *array.Struct, i int, null bool) []byte {
	first := 0
	if t.Nullable {
		if null {
			return append(dst, 0)
		}
		first = 1
	}
	branch := int(kernel.Values[int8](s.Field(0))[i])
	dst = binary.AppendVarint(dst, int64(first+branch))
	return appendFields(dst, t.Branches[branch], s.Field(branch+1).(*array.Struct), i)
}

func appendItems(dst []byte, start, end int64, item func(dst []byte, j int) []byte) []byte {
	if end > start {
		dst = binary.AppendVarint(dst, end-start)
		for j := start; j < end; j++ {
			dst = item(dst, int(j))
		}
	}
	return append(dst, 0)
}

// shortest drops the bytes of a two's complement number that only repeat its sign.
func shortest(b []byte) []byte {
	for len(b) > 1 && (b[0] == 0 && b[1]&0x80 == 0 || b[0] == 0xff && b[1]&0x80 != 0) {
		b = b[1:]
	}
	return b
}
