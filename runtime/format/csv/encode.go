package csv

import (
	"io"
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
	"github.com/edynamic/edynamic/runtime/format/text"
)

type encoder struct {
	dialect
	w       io.Writer
	json    *ndjson.Writer
	columns []format.Written
	op      bool // the first column is $op
	begun   bool
	buf     []byte
	cell    []byte
	special string // the bytes that a cell must be quoted for
}

func newEncoder(w io.Writer, columns []types.Column, o format.Options, d dialect) (*encoder, error) {
	json, err := ndjson.NewWriter(jsonOptions(o))
	if err != nil {
		return nil, err
	}
	e := &encoder{dialect: d, w: w, json: json, special: "\"\r\n" + string(rune(d.delimiter))}
	e.columns, e.op = format.WrittenColumns(columns)
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
	err := format.EachRow(rows, sel, func(i int) error {
		if e.op {
			op := operators.Insert
			if ops != nil {
				op = ops[i]
			}
			e.buf = append(append(e.buf, op.String()...), e.delimiter)
		}
		for j, c := range e.columns {
			if j > 0 {
				e.buf = append(e.buf, e.delimiter)
			}
			e.value(c.Type, cols[c.At], i)
		}
		e.buf = append(e.buf, '\n')
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
			e.quote(unionColumn)
			continue
		}
		e.quote(c.Name)
	}
	e.buf = append(e.buf, '\n')
}

func (e *encoder) value(t *types.Type, a arrow.Array, i int) {
	if a.IsNull(i) {
		e.buf = append(e.buf, e.null...)
		return
	}
	switch t.Kind {
	case types.String:
		e.quote(a.(*array.String).Value(i))
	case types.Float, types.Double:
		if !text.IsFinite(a, i) {
			e.quote(special(a, i))
			return
		}
		e.cell = e.times.Append(e.cell[:0], t, a, i)
		e.quote(text.String(e.cell))
	case types.JSON, types.Array, types.Map, types.Record, types.Union:
		e.cell = e.json.Value(e.cell[:0], t, a, i)
		e.quote(text.String(e.cell))
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Decimal, types.Bytes, types.Fixed,
		types.UUID, types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration, types.Period,
		types.Enum, types.Geography, types.Func, types.Var:
		e.cell = e.times.Append(e.cell[:0], t, a, i)
		e.quote(text.String(e.cell))
	}
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
func (e *encoder) quote(s string) {
	if s != e.null && s != "" && !strings.ContainsAny(s, e.special) {
		e.buf = append(e.buf, s...)
		return
	}
	e.buf = append(e.buf, '"')
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			break
		}
		e.buf = append(append(e.buf, s[:i]...), '"', '"')
		s = s[i+1:]
	}
	e.buf = append(append(e.buf, s...), '"')
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
