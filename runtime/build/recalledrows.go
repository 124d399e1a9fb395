package build

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/vm/kernel"
)

// recalledDecoder reads the rows of a lane one by one, so that none of them takes a part of
// another for its own, and gives them out together.
type recalledDecoder struct {
	*recalledLane
	next    int
	unknown []string
	ahead   *format.Rows // of record next, where it was read already
}

// Next implements format.Decoder. All rows of a batch stand below one header.
func (d *recalledDecoder) Next(most int) (*format.Rows, error) {
	var parts []*format.Rows
	defer func() {
		for _, p := range parts {
			p.Release()
		}
	}()
	first := d.next
	for len(parts) < most && d.next < len(d.records) {
		if d.ahead == nil {
			rows, err := d.record(&d.records[d.next])
			if err != nil {
				return nil, err
			}
			d.ahead = rows
		}
		if len(parts) > 0 && headerOf(d.ahead) != headerOf(parts[0]) {
			break
		}
		parts, d.ahead = append(parts, d.ahead), nil
		d.next++
	}
	if len(parts) == 0 {
		return nil, io.EOF
	}
	return d.together(parts, d.records[first:d.next]), nil
}

func headerOf(rows *format.Rows) string {
	if r, ok := rows.Records.(format.HeadedRecords); ok {
		return r.Header()
	}
	return ""
}

// record reads a record, as a row or a bad one.
func (d *recalledDecoder) record(r *recalledRecord) (*format.Rows, error) {
	if r.refuse != nil {
		return &format.Rows{Bad: []format.Bad{*r.refuse}}, nil
	}
	var bad *format.Rows
	var failed error
	ways := d.waysOf(r.kept)
	for _, way := range ways {
		rows, err := d.once(way, r.kept)
		switch {
		case err != nil && len(ways) == 1:
			return nil, err
		case err != nil:
			failed = cmp.Or(failed, err)
		case rows.N == 1:
			if bad != nil {
				bad.Release()
			}
			return rows, nil
		case bad == nil:
			bad = rows
		default:
			rows.Release()
		}
	}
	if bad == nil {
		return nil, failed
	}
	return bad, nil
}

// once reads a record as an input that should hold it alone.
func (d *recalledDecoder) once(way file.Reading, kept format.Kept) (*format.Rows, error) {
	text, options, err := way.Format.Again(kept, way.Options)
	if err != nil {
		return nil, err
	}
	in, err := way.Format.NewDecoder(format.Input{Stream: bytes.NewReader(text)}, d.schema, options, d.alloc)
	if err != nil {
		return nil, err
	}
	var one *format.Rows
	records := 0
	for {
		rows, err := in.Next(1)
		if err == io.EOF {
			break
		}
		if err != nil {
			if one != nil {
				one.Release()
			}
			return nil, errors.Join(err, in.Close())
		}
		records += rows.N + len(rows.Bad)
		if one == nil {
			one = rows
		} else {
			rows.Release()
		}
	}
	d.unknown = append(d.unknown, in.UnknownFields()...)
	if records != 1 {
		if one != nil {
			one.Release()
		}
		was, unread := kept.Text()
		if !unread {
			was = kept.Row
		}
		one = &format.Rows{Bad: []format.Bad{{Code: format.CodeSyntax, Reason: fmt.Sprintf("the row is %d records", records), Text: was}}}
	}
	keepSmall(one)
	return one, in.Close()
}

// keepSmall has the record of a row hold no more memory than it needs: decoders read into much
// more, and many rows are kept together.
func keepSmall(rows *format.Rows) {
	all, header := rows.Records, headerOf(rows)
	if rows.N == 0 {
		rows.Records = &recalledRecords{header: header}
	} else if c, ok := all.(format.CopiedRecords); ok {
		rows.Records = c.Copy([]int32{0})
	} else {
		return
	}
	if f, ok := all.(format.FreedRecords); ok {
		f.Free()
	}
}

// together makes one batch of the rows of records.
func (d *recalledDecoder) together(parts []*format.Rows, of []recalledRecord) *format.Rows {
	records := &recalledRecords{alloc: d.alloc, header: headerOf(parts[0])}
	out := &format.Rows{Records: records}
	var cols [][]arrow.Array
	for i, p := range parts {
		for _, bad := range p.Bad {
			bad.Before, bad.Byte = out.N, of[i].at
			out.Bad = append(out.Bad, bad)
		}
		if p.N == 0 {
			continue
		}
		cols = append(cols, p.Cols)
		records.parts, records.at = append(records.parts, p.Records), append(records.at, of[i].at)
		out.N++
		if p.Ops != nil && out.Ops == nil {
			out.Ops = make([]operators.Op, out.N-1, len(parts)) // the rows before only came
		}
		if out.Ops != nil {
			op := operators.Insert
			if p.Ops != nil {
				op = p.Ops[0]
			}
			out.Ops = append(out.Ops, op)
		}
	}
	for c, t := range format.ColumnTypes(d.schema.Row) {
		if len(cols) == 0 {
			out.Cols = append(out.Cols, array.MakeArrayOfNull(d.alloc, kernel.ArrowType(t), 0))
			continue
		}
		out.Cols = append(out.Cols, stacked(d.alloc, cols, c))
	}
	return out
}

// stacked is a column of rows one by one.
func stacked(alloc memory.Allocator, rows [][]arrow.Array, c int) arrow.Array {
	from, picks := make([]arrow.Array, len(rows)), make([]int32, len(rows))
	for i, cols := range rows {
		from[i], picks[i] = cols[c], int32(i)
	}
	return kernel.GatherAny(alloc, from, picks)
}

// UnknownFields implements format.Decoder.
func (d *recalledDecoder) UnknownFields() []string {
	slices.Sort(d.unknown)
	return slices.Compact(d.unknown)
}

// Close implements format.Decoder.
func (d *recalledDecoder) Close() error {
	if d.ahead != nil {
		d.ahead.Release()
	}
	return nil
}

// recalledRecords are records that were read one by one.
type recalledRecords struct {
	parts  []format.Records
	at     []int64 // where each was in its input
	header string
	alloc  memory.Allocator
}

// Header implements format.HeadedRecords.
func (r *recalledRecords) Header() string { return r.header }

// Text implements format.Records.
func (r *recalledRecords) Text(i int) string { return r.parts[i].Text(0) }

// Byte implements format.Records: where the record was when it was read first.
func (r *recalledRecords) Byte(i int) int64 { return r.at[i] }

// Columns implements format.Records.
func (r *recalledRecords) Columns(rows []int32, row *types.Type) ([]arrow.Array, error) {
	read := make([][]arrow.Array, 0, len(rows))
	defer func() {
		for _, cols := range read {
			for _, c := range cols {
				c.Release()
			}
		}
	}()
	for _, i := range rows {
		cols, err := r.parts[i].Columns([]int32{0}, row)
		if err != nil {
			return nil, err
		}
		read = append(read, cols)
	}
	out := make([]arrow.Array, len(format.ColumnTypes(row)))
	for c := range out {
		out[c] = stacked(r.alloc, read, c)
	}
	return out, nil
}
