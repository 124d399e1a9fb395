package csv

import (
	"io"
	"math"
	"strings"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
	"github.com/edynamic/edynamic/runtime/format/text"
	"github.com/edynamic/edynamic/vm/kernel"
)

type encoder struct {
	dialect
	w       io.Writer
	json    *ndjson.Writer
	columns []outColumn
	numbers bool // numbers need no quotes
	op      bool // the first column is $op
	begun   bool
	buf     []byte
	cell    []byte
}

// outColumn is a column to write, and its values where they can be read without looking at
// their type.
type outColumn struct {
	format.Written
	arr     arrow.Array
	nulls   bool
	how     style
	longs   []int64 // long, and instants in microseconds
	ints    []int32
	doubles []float64
	decs    *array.Decimal128
	texts   *array.String
	// Instants repeat: the last one and its cell.
	last     int64
	lastCell []byte
}

// style is how the values of a column are written.
type style uint8

const (
	anyStyle style = iota // by their type
	longStyle
	intStyle
	doubleStyle
	decimalStyle
	textStyle
	instantStyle
)

func newEncoder(w io.Writer, columns []types.Column, o format.Options, d dialect) (*encoder, error) {
	json, err := ndjson.NewWriter(jsonOptions(o))
	if err != nil {
		return nil, err
	}
	e := &encoder{dialect: d, w: w, json: json}
	const ofNumbers = "-+.e0123456789"
	e.numbers = strings.IndexByte(ofNumbers, d.delimiter) < 0 && (d.null == "" || strings.IndexByte(ofNumbers, d.null[0]) < 0)
	written, op := format.WrittenColumns(columns)
	e.op = op
	for _, c := range written {
		e.columns = append(e.columns, outColumn{Written: c})
	}
	return e, nil
}

// flushAt is how much text is collected before it is written.
const flushAt = 256 << 10

// Write implements format.Encoder.
func (e *encoder) Write(cols []arrow.Array, rows int, sel []int32, ops []operators.Op) error {
	if !e.begun {
		e.op = e.op || ops != nil
		e.begin()
	}
	e.bind(cols)
	err := format.EachRow(rows, sel, func(i int) error {
		if e.op {
			op := operators.Insert
			if ops != nil {
				op = ops[i]
			}
			e.buf = append(append(e.buf, op.String()...), e.delimiter)
		}
		e.buf = e.row(e.buf, i)
		if len(e.buf) >= flushAt {
			return e.flush()
		}
		return nil
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
		c.arr = cols[c.At]
		c.nulls = c.arr.NullN() > 0
		c.how = anyStyle
		switch c.Type.Kind {
		case types.String:
			c.texts, c.how = c.arr.(*array.String), textStyle
		case types.Timestamp:
			c.longs, c.how = kernel.Values[int64](c.arr), instantStyle
		case types.Long, types.Int, types.Double, types.Decimal:
			if e.numbers {
				c.bindNumbers()
			}
		case types.Unknown, types.Null, types.Boolean, types.Float, types.Bytes, types.Fixed, types.UUID, types.Date,
			types.Time, types.LocalTimestamp, types.Duration, types.Period, types.Enum, types.Geography, types.JSON,
			types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
		}
	}
}

func (c *outColumn) bindNumbers() {
	switch arr := c.arr.(type) {
	case *array.Int64:
		c.longs, c.how = arr.Int64Values(), longStyle
	case *array.Int32:
		c.ints, c.how = arr.Int32Values(), intStyle
	case *array.Float64:
		c.doubles, c.how = arr.Float64Values(), doubleStyle
	case *array.Decimal128:
		c.decs, c.how = arr, decimalStyle
	}
}

// begin writes the header.
func (e *encoder) begin() {
	e.begun = true
	if !e.header {
		return
	}
	if e.op {
		e.buf = append(append(e.buf, format.OpColumn...), e.delimiter)
	}
	for j, c := range e.columns {
		if j > 0 {
			e.buf = append(e.buf, e.delimiter)
		}
		if c.Name == types.UnionColumn {
			e.buf = e.quote(e.buf, unionColumn)
			continue
		}
		e.buf = e.quote(e.buf, c.Name)
	}
	e.buf = append(e.buf, '\n')
}

// row appends row i of the columns at hand.
func (e *encoder) row(dst []byte, i int) []byte {
	for j := range e.columns {
		if j > 0 {
			dst = append(dst, e.delimiter)
		}
		c := &e.columns[j]
		if c.nulls && c.arr.IsNull(i) {
			dst = append(dst, e.null...)
			continue
		}
		switch c.how {
		case longStyle:
			dst = text.AppendLong(dst, c.longs[i])
		case intStyle:
			dst = text.AppendLong(dst, int64(c.ints[i]))
		case doubleStyle:
			if v := c.doubles[i]; v-v == 0 { // neither NaN nor infinite
				dst = text.AppendDouble(dst, v, 64)
			} else {
				dst = e.quote(dst, special(c.arr, i))
			}
		case decimalStyle:
			dst = text.AppendDecimal(dst, c.decs.Value(i), c.Type.Scale)
		case textStyle:
			dst = e.quote(dst, c.texts.Value(i))
		case instantStyle:
			if v := c.longs[i]; v != c.last || c.lastCell == nil {
				e.cell = e.times.AppendInstant(e.cell[:0], v)
				c.last, c.lastCell = v, e.quote(c.lastCell[:0], text.String(e.cell))
			}
			dst = append(dst, c.lastCell...)
		case anyStyle:
			dst = e.value(dst, c.Type, c.arr, i)
		}
	}
	return append(dst, '\n')
}

// value appends a value that is not null by its type.
func (e *encoder) value(dst []byte, t *types.Type, a arrow.Array, i int) []byte {
	switch t.Kind {
	case types.Float, types.Double:
		if !text.IsFinite(a, i) {
			return e.quote(dst, special(a, i))
		}
		e.cell = e.times.Append(e.cell[:0], t, a, i)
	case types.JSON, types.Array, types.Map, types.Record, types.Union:
		e.cell = e.json.Value(e.cell[:0], t, a, i)
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Decimal, types.String, types.Bytes,
		types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration,
		types.Period, types.Enum, types.Geography, types.Func, types.Var:
		e.cell = e.times.Append(e.cell[:0], t, a, i)
	}
	return e.quote(dst, text.String(e.cell))
}

// special is how a double is written that is not a number.
func special(a arrow.Array, i int) string {
	var f float64
	switch a := a.(type) {
	case *array.Float64:
		f = a.Value(i)
	case *array.Float32:
		f = float64(a.Value(i))
	}
	switch {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return "NaN"
}

// quote appends a cell, in quotes where it needs them. What would be read back as
// null needs them too.
func (e *encoder) quote(dst []byte, s string) []byte {
	if s != e.null && s != "" && !isLoud(unsafe.Slice(unsafe.StringData(s), len(s)), e.delimiter) {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			break
		}
		dst = append(append(dst, s[:i]...), '"', '"')
		s = s[i+1:]
	}
	return append(append(dst, s...), '"')
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
	if !e.begun {
		e.begin()
	}
	return e.flush()
}

// Warnings implements format.Encoder.
func (e *encoder) Warnings() []string { return nil }
