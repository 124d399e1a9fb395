package debezium

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/vm/kernel"
)

// decoder reads envelopes as records and takes the rows out of them.
type decoder struct {
	format.Decoder
	schema format.Schema // of the rows
	alloc  memory.Allocator
}

func newDecoder(inner format.Format, in format.Input, s format.Schema, o format.Options, alloc memory.Allocator) (format.Decoder, error) {
	envelopes, err := schemaOf(s)
	if err != nil {
		return nil, err
	}
	d, err := inner.NewDecoder(in, envelopes, o, alloc)
	if err != nil {
		return nil, err
	}
	return &decoder{Decoder: d, schema: s, alloc: alloc}, nil
}

// Next implements format.Decoder.
func (d *decoder) Next(maxRows int) (*format.Rows, error) {
	in, err := d.Decoder.Next(maxRows)
	if err != nil {
		return nil, err
	}
	defer in.Release()
	e := open(d.schema.Row, in.Cols, in.N)
	out := &format.Rows{}
	var rows []int32
	bad := in.Bad
	for i := range in.N {
		for len(bad) > 0 && bad[0].Before <= i {
			out.Bad = append(out.Bad, moved(bad[0], len(rows)))
			bad = bad[1:]
		}
		op, code, reason := e.op(i)
		if reason != "" {
			text := in.Records.Text(i)
			out.Bad = append(out.Bad, format.Bad{Before: len(rows), Byte: in.Records.Byte(i), Text: text[:min(len(text), format.MaxBadText)], Code: code, Reason: reason})
			continue
		}
		rows, out.Ops = append(rows, int32(i)), append(out.Ops, op)
	}
	for _, b := range bad {
		out.Bad = append(out.Bad, moved(b, len(rows)))
	}
	out.N = len(rows)
	out.Cols = e.rows(d.alloc, rows, d.schema.TimePath)
	out.Records = &records{inner: in.Records, rows: rows, time: d.schema.TimePath, alloc: d.alloc}
	return out, nil
}

func moved(b format.Bad, before int) format.Bad {
	b.Before = before
	return b
}

// UnknownFields implements format.Decoder: fields are named as in the row.
func (d *decoder) UnknownFields() []string {
	var out []string
	for _, f := range d.Decoder.UnknownFields() {
		f = strings.TrimPrefix(f, memberPayload+".")
		f = strings.TrimPrefix(strings.TrimPrefix(f, memberBefore+"."), memberAfter+".")
		out = append(out, f)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// opened is the members of a batch of envelopes, bare ones and those in a payload.
type opened struct {
	row     *types.Type
	n       int
	bare    part
	wrapped part
	payload *array.Struct
}

// part is the members of envelopes of one form.
type part struct {
	before, after *array.Struct
	op            *array.String
	time          *array.Int64
}

func open(row *types.Type, cols []arrow.Array, n int) *opened {
	of := func(cols []arrow.Array) part {
		return part{before: cols[0].(*array.Struct), after: cols[1].(*array.Struct), op: cols[2].(*array.String), time: cols[3].(*array.Int64)}
	}
	payload := cols[4].(*array.Struct)
	wrapped := make([]arrow.Array, payload.NumField())
	for i := range wrapped {
		wrapped[i] = payload.Field(i)
	}
	return &opened{row: row, n: n, bare: of(cols), wrapped: of(wrapped), payload: payload}
}

// of is the members of envelope i.
func (e *opened) of(i int) part {
	if e.payload.IsValid(i) {
		return e.wrapped
	}
	return e.bare
}

// op is what envelope i does with its row, or why it is none.
func (e *opened) op(i int) (op operators.Op, code, reason string) {
	p := e.of(i)
	if p.op.IsNull(i) {
		return 0, format.CodeMissing, `"op" is missing: c, r, u or d says what the change is`
	}
	switch word := p.op.Value(i); word {
	case "c", "r", "u":
		if p.after.IsNull(i) {
			return 0, format.CodeMissing, fmt.Sprintf(`"after" is missing in a change with the op %q`, word)
		}
		return operators.Insert, "", ""
	case "d":
		if p.before.IsNull(i) {
			return 0, format.CodeMissing, `"before" is missing in a change with the op "d", so that nothing says which row is deleted`
		}
		return operators.Delete, "", ""
	default:
		return 0, format.CodeValue, fmt.Sprintf(`"op": %q is none of c, r, u and d`, word)
	}
}

// rows are the columns of the rows of envelopes. time is the column of event time: of a
// delete it is that of the envelope, since the row is that of an earlier time.
func (e *opened) rows(alloc memory.Allocator, rows []int32, time string) []arrow.Array {
	at := make([]int32, len(rows))
	for n, i := range rows {
		at[n] = i + int32(e.n)*e.source(int(i))
	}
	out := make([]arrow.Array, len(e.row.Fields))
	for c, f := range e.row.Fields {
		from := []arrow.Array{e.bare.after.Field(c), e.bare.before.Field(c), e.wrapped.after.Field(c), e.wrapped.before.Field(c)}
		if f.Name != time || f.Type.Kind != types.Timestamp {
			out[c] = kernel.GatherAny(alloc, from, at)
			continue
		}
		out[c] = e.timed(alloc, from, rows, at)
	}
	return out
}

// source is the number of the member that holds the row of envelope i.
func (e *opened) source(i int) int32 {
	n := int32(0)
	if e.payload.IsValid(i) {
		n = 2
	}
	if e.of(i).op.Value(i) == "d" {
		n++
	}
	return n
}

// timed is the column of event time.
func (e *opened) timed(alloc memory.Allocator, from []arrow.Array, rows, at []int32) arrow.Array {
	stand := array.NewBuilder(alloc, from[0].DataType()).(*array.TimestampBuilder)
	defer stand.Release()
	places := slices.Clone(at)
	for n, i := range rows {
		p := e.of(int(i))
		if p.op.Value(int(i)) != "d" || p.time.IsNull(int(i)) {
			continue
		}
		places[n] = int32(len(from)*e.n + stand.Len())
		stand.Append(arrow.Timestamp(p.time.Value(int(i)) * 1000))
	}
	stood := stand.NewArray()
	defer stood.Release()
	return kernel.GatherAny(alloc, append(from, stood), places)
}

// records are the envelopes that rows came from.
type records struct {
	inner format.Records
	rows  []int32
	time  string
	alloc memory.Allocator
}

// Copy implements format.CopiedRecords.
func (r *records) Copy(rows []int32) format.CopiedRecords {
	out := &records{inner: r.inner, rows: make([]int32, len(rows)), time: r.time, alloc: r.alloc}
	for k, i := range rows {
		out.rows[k] = r.rows[i]
	}
	if inner, ok := r.inner.(format.CopiedRecords); ok {
		out.inner = inner.Copy(out.rows)
		for k := range out.rows {
			out.rows[k] = int32(k)
		}
	}
	return out
}

// Text implements format.Records.
func (r *records) Text(i int) string { return r.inner.Text(int(r.rows[i])) }

// Byte implements format.Records.
func (r *records) Byte(i int) int64 { return r.inner.Byte(int(r.rows[i])) }

// Columns implements format.Records.
func (r *records) Columns(rows []int32, row *types.Type) ([]arrow.Array, error) {
	at := make([]int32, len(rows))
	all := make([]int32, len(rows))
	for i, n := range rows {
		at[i], all[i] = r.rows[n], int32(i)
	}
	cols, err := r.inner.Columns(at, envelope(row, false))
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, c := range cols {
			c.Release()
		}
	}()
	return open(row, cols, len(rows)).rows(r.alloc, all, r.time), nil
}
