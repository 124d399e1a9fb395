package debezium

import (
	"io"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
)

// encoder writes envelopes.
type encoder struct {
	w       io.Writer
	json    *ndjson.Writer
	row     *types.Type
	at      []int
	times   []int64
	buf     []byte
	fields  []arrow.Array
	pending []byte // the row before an update, whose second row is to come
}

func newEncoder(w io.Writer, columns []types.Column, o format.Options) (format.Encoder, error) {
	json, err := ndjson.NewWriter(o)
	if err != nil {
		return nil, err
	}
	e := &encoder{w: w, json: json, row: &types.Type{Kind: types.Record}}
	written, _ := format.WrittenColumns(columns)
	for _, c := range written {
		if c.Name == types.UnionColumn {
			e.row = c.Type
		} else {
			e.row.Fields = append(e.row.Fields, types.Field{Name: c.Name, Type: c.Type})
		}
		e.at = append(e.at, c.At)
	}
	return e, nil
}

// Times implements format.Timed.
func (e *encoder) Times(times []int64) { e.times = times }

// Write implements format.Encoder.
func (e *encoder) Write(cols []arrow.Array, rows int, sel []int32, ops []operators.Op) error {
	e.fields = e.fields[:0]
	for _, at := range e.at {
		e.fields = append(e.fields, cols[at])
	}
	err := format.EachRow(rows, sel, func(i int) error {
		op := operators.Insert
		if ops != nil {
			op = ops[i]
		}
		e.change(op, i)
		return nil
	})
	e.times = nil
	if err != nil || len(e.buf) == 0 {
		return err
	}
	_, err = e.w.Write(e.buf)
	e.buf = e.buf[:0]
	return err
}

func (e *encoder) change(op operators.Op, i int) {
	switch op {
	case operators.Insert:
		e.envelope("c", nil, e.json.Row(nil, e.row, e.fields, i), i)
	case operators.UpdateBefore:
		e.pending = e.json.Row(nil, e.row, e.fields, i)
	case operators.UpdateAfter:
		e.envelope("u", e.pending, e.json.Row(nil, e.row, e.fields, i), i)
		e.pending = nil
	case operators.Delete:
		e.envelope("d", e.json.Row(nil, e.row, e.fields, i), nil, i)
	}
}

func (e *encoder) envelope(op string, before, after []byte, i int) {
	e.buf = orNull(append(e.buf, `{"before":`...), before)
	e.buf = orNull(append(e.buf, `,"after":`...), after)
	e.buf = append(append(append(e.buf, `,"op":"`...), op...), '"')
	if e.times != nil {
		ms := e.times[i] / 1000
		if e.times[i]%1000 < 0 {
			ms--
		}
		e.buf = strconv.AppendInt(append(e.buf, `,"ts_ms":`...), ms, 10)
	}
	e.buf = append(e.buf, "}\n"...)
}

func orNull(dst, row []byte) []byte {
	if row == nil {
		return append(dst, "null"...)
	}
	return append(dst, row...)
}

// Close implements format.Encoder.
func (e *encoder) Close() error { return nil }

// Warnings implements format.Encoder.
func (e *encoder) Warnings() []string { return e.json.Warnings() }
