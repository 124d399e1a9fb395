package ndjson

import (
	"fmt"
	"io"
	"unicode/utf8"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/text"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Writer writes values as JSON text.
type Writer struct {
	Times text.Times
	Tag   string // the key that names the branch of a union
	// NotFinite counts the doubles that JSON has no numbers for, written as null.
	NotFinite int
}

// NewWriter reads the settings timestamps, zone and tag.
func NewWriter(o format.Options) (*Writer, error) {
	times, err := text.NewTimes(o)
	return &Writer{Times: times, Tag: o.Text("tag", "$type")}, err
}

// Value appends element i of a column.
func (w *Writer) Value(dst []byte, t *types.Type, a arrow.Array, i int) []byte {
	if a.IsNull(i) {
		return append(dst, "null"...)
	}
	switch t.Kind {
	case types.Unknown, types.Null, types.Func, types.Var, types.Boolean, types.Int, types.Long, types.Decimal:
		return w.Times.Append(dst, t, a, i)
	case types.Float, types.Double:
		if !text.IsFinite(a, i) {
			w.NotFinite++
			return append(dst, "null"...)
		}
		return w.Times.Append(dst, t, a, i)
	case types.String:
		return AppendString(dst, a.(*array.String).Value(i))
	case types.Enum:
		return AppendString(dst, t.Symbols[a.(*array.Int32).Value(i)])
	case types.JSON:
		return appendRaw(dst, a.(*array.String).Value(i))
	case types.Timestamp:
		return w.instant(dst, int64(a.(*array.Timestamp).Value(i)))
	case types.LocalTimestamp:
		if w.Times.Epoch() {
			return w.Times.Append(dst, t, a, i)
		}
		return append(w.Times.Append(append(dst, '"'), t, a, i), '"')
	case types.Bytes, types.Geography, types.Fixed, types.UUID, types.Date, types.Time, types.Duration, types.Period:
		return append(w.Times.Append(append(dst, '"'), t, a, i), '"')
	case types.Array:
		return w.list(dst, t, a.(*array.List), i)
	case types.Map:
		return w.mapping(dst, t, a.(*array.Map), i)
	case types.Record:
		s := a.(*array.Struct)
		return append(w.fields(append(dst, '{'), t.Fields, s.Field, i), '}')
	case types.Union:
		return append(w.union(append(dst, '{'), t, a.(*array.Struct), i), '}')
	}
	return dst
}

// instant appends a timestamp.
func (w *Writer) instant(dst []byte, micros int64) []byte {
	if w.Times.Epoch() {
		return w.Times.AppendInstant(dst, micros)
	}
	return append(w.Times.AppendInstant(append(dst, '"'), micros), '"')
}

func (w *Writer) list(dst []byte, t *types.Type, a *array.List, i int) []byte {
	dst = append(dst, '[')
	start, end := a.ValueOffsets(i)
	values := a.ListValues()
	for j := start; j < end; j++ {
		if j > start {
			dst = append(dst, ',')
		}
		dst = w.Value(dst, t.Elem, values, int(j))
	}
	return append(dst, ']')
}

func (w *Writer) mapping(dst []byte, t *types.Type, a *array.Map, i int) []byte {
	dst = append(dst, '{')
	start, end := a.ValueOffsets(i)
	keys, values := a.Keys().(*array.String), a.Items()
	for j := start; j < end; j++ {
		if j > start {
			dst = append(dst, ',')
		}
		dst = append(AppendString(dst, keys.Value(int(j))), ':')
		dst = w.Value(dst, t.Elem, values, int(j))
	}
	return append(dst, '}')
}

// fields appends the fields of a record, without braces; a comma goes first when
// something stands before them.
func (w *Writer) fields(dst []byte, fields []types.Field, col func(int) arrow.Array, i int) []byte {
	for j, f := range fields {
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(AppendString(dst, f.Name), ':')
		dst = w.Value(dst, f.Type, col(j), i)
	}
	return dst
}

// union appends the tag and the fields of the branch, without braces.
func (w *Writer) union(dst []byte, t *types.Type, s *array.Struct, i int) []byte {
	branch := int(kernel.Values[int8](s.Field(0))[i])
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(AppendString(dst, w.Tag), ':')
	dst = AppendString(dst, t.Branches[branch].Name)
	return w.fields(dst, t.Branches[branch].Fields, s.Field(branch+1).(*array.Struct).Field, i)
}

// Row appends a whole row as an object. A union is the object itself.
func (w *Writer) Row(dst []byte, row *types.Type, cols []arrow.Array, i int) []byte {
	dst = append(dst, '{')
	if row.Kind == types.Union {
		dst = w.union(dst, row, cols[0].(*array.Struct), i)
	} else {
		dst = w.fields(dst, row.Fields, func(j int) arrow.Array { return cols[j] }, i)
	}
	return append(dst, '}')
}

// AppendString writes text as a JSON string.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for p := 0; ; {
		end := plainEnd(b, p)
		for end < len(b) && b[end] >= utf8.RuneSelf {
			end = plainEnd(b, end+1)
		}
		dst = append(dst, b[p:end]...)
		if end == len(b) {
			return append(dst, '"')
		}
		dst = appendEscape(dst, b[end])
		p = end + 1
	}
}

// appendEscape writes a character that does not stand for itself.
func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\t':
		return append(dst, '\\', 't')
	case '\r':
		return append(dst, '\\', 'r')
	}
	return append(dst, '\\', 'u', '0', '0', '0'+c>>4, "0123456789abcdef"[c&15])
}

// appendRaw writes JSON text on one line. Ends of lines stand only between its
// tokens.
func appendRaw(dst []byte, s string) []byte {
	start := len(dst)
	dst = append(dst, s...)
	for i := start; i < len(dst); i++ {
		if dst[i] == '\n' || dst[i] == '\r' {
			dst[i] = ' '
		}
	}
	return dst
}

// encoder writes rows as objects.
type encoder struct {
	w        io.Writer
	json     *Writer
	columns  []outColumn
	union    *types.Type // the row is a union, in the only column
	array    bool
	rows     int
	buf      []byte
	written  []types.Column
	sections []section // of WriteCopies, nil before it is called
}

// outColumn is one column to write: its key with a comma before it and a colon
// behind, and its values where they can be read without looking at their type.
type outColumn struct {
	at  int // among the arrays
	typ *types.Type
	key []byte

	arr   arrow.Array
	nulls bool
	how   style
	longs []int64 // long, and instants in microseconds
	ints  []int32
	decs  *array.Decimal128
	texts *array.String
	// Instants repeat: the last one and its text.
	last     int64
	lastText []byte
}

// style is how the values of a column are written.
type style uint8

const (
	anyStyle style = iota // by Writer.Value
	longStyle
	intStyle
	decimalStyle
	textStyle
	instantStyle
)

func newEncoder(w io.Writer, columns []types.Column, o format.Options, asArray bool) (format.Encoder, error) {
	json, err := NewWriter(o)
	if err != nil {
		return nil, err
	}
	e := &encoder{w: w, json: json, array: asArray}
	written, _ := format.WrittenColumns(columns)
	for _, c := range written {
		if c.Name == types.UnionColumn {
			e.union = c.Type
		}
		e.written = append(e.written, c.Column)
		e.columns = append(e.columns, outColumn{at: c.At, typ: c.Type, key: append(AppendString([]byte{','}, c.Name), ':')})
	}
	return e, nil
}

// flushAt is how much text is collected before it is written.
const flushAt = 256 << 10

// Write implements format.Encoder.
func (e *encoder) Write(cols []arrow.Array, rows int, sel []int32, ops []operators.Op) error {
	e.bind(cols)
	err := format.EachRow(rows, sel, func(i int) error {
		e.row(i, ops)
		return e.room()
	})
	if err != nil {
		return err
	}
	return e.flush()
}

// bind looks at the arrays once for all rows.
func (e *encoder) bind(cols []arrow.Array) {
	for i := range e.columns {
		c := &e.columns[i]
		c.arr, c.how = cols[c.at], anyStyle
		c.nulls = c.arr.NullN() > 0
		switch c.typ.Kind {
		case types.Long:
			c.longs, c.how = kernel.Values[int64](c.arr), longStyle
		case types.Int:
			c.ints, c.how = kernel.Values[int32](c.arr), intStyle
		case types.Decimal:
			c.decs, c.how = c.arr.(*array.Decimal128), decimalStyle
		case types.String:
			c.texts, c.how = c.arr.(*array.String), textStyle
		case types.Timestamp:
			c.longs, c.how = kernel.Values[int64](c.arr), instantStyle
		case types.Unknown, types.Null, types.Boolean, types.Float, types.Double,
			types.Bytes, types.Fixed, types.UUID, types.Date, types.Time, types.LocalTimestamp,
			types.Duration, types.Period, types.Enum, types.Geography, types.JSON, types.Array, types.Map,
			types.Record, types.Union, types.Func, types.Var:
		}
	}
}

func (e *encoder) row(i int, ops []operators.Op) {
	dst := e.buf
	if e.array {
		dst = append(dst, separators[min(e.rows, 1)]...)
	}
	e.rows++
	begin := len(dst)
	if ops != nil {
		dst = append(append(append(dst, `{"$op":"`...), ops[i].String()...), '"')
	} else if e.union != nil || len(e.columns) == 0 {
		dst = append(dst, '{')
	}
	if e.union != nil {
		dst = e.json.union(dst, e.union, e.columns[0].arr.(*array.Struct), i)
	} else {
		for j := range e.columns {
			dst = e.column(dst, &e.columns[j], i)
		}
		if ops == nil {
			dst[begin] = '{' // the first column brought a comma
		}
	}
	dst = append(dst, '}')
	if !e.array {
		dst = append(dst, '\n')
	}
	e.buf = dst
}

// column appends a key and its value.
func (e *encoder) column(dst []byte, c *outColumn, i int) []byte {
	dst = append(dst, c.key...)
	if c.nulls && c.arr.IsNull(i) {
		return append(dst, "null"...)
	}
	switch c.how {
	case longStyle:
		return text.AppendLong(dst, c.longs[i])
	case intStyle:
		return text.AppendLong(dst, int64(c.ints[i]))
	case decimalStyle:
		return text.AppendDecimal(dst, c.decs.Value(i), c.typ.Scale)
	case textStyle:
		return AppendString(dst, c.texts.Value(i))
	case instantStyle:
		if v := c.longs[i]; v != c.last || c.lastText == nil {
			c.last = v
			c.lastText = e.json.instant(c.lastText[:0], v)
		}
		return append(dst, c.lastText...)
	case anyStyle:
	}
	return e.json.Value(dst, c.typ, c.arr, i)
}

// separators stand before the first and every other element of an array.
var separators = [...]string{"[\n", ",\n"}

// room writes what was collected when it is much.
func (e *encoder) room() error {
	if len(e.buf) >= flushAt {
		return e.flush()
	}
	return nil
}

func (e *encoder) flush() error {
	if len(e.buf) == 0 {
		return nil
	}
	_, err := e.w.Write(e.buf)
	e.buf = e.buf[:0]
	return err
}

// Close implements format.Encoder.
func (e *encoder) Close() error {
	if e.array {
		if e.rows == 0 {
			e.buf = append(e.buf, '[')
		}
		e.buf = append(e.buf, "\n]\n"...)
	}
	return e.flush()
}

// Warnings implements format.Encoder.
func (e *encoder) Warnings() []string { return e.json.Warnings() }

// Warnings are sentences for the run summary.
func (w *Writer) Warnings() []string {
	if w.NotFinite == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d numbers that are NaN or infinite were written as null", w.NotFinite)}
}
