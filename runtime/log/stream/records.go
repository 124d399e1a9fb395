package stream

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
	"github.com/edynamic/edynamic/runtime/log/event"
	"github.com/edynamic/edynamic/vm/kernel"
)

// records are stored rows as the engine refers to them.
type records struct {
	topic   string
	columns []types.Column
	cols    []arrow.Array // of the garbage collector
	origins []origin
	places  []place
	ops     []operators.Op
	resume  []byte
	came    int64
}

type origin struct {
	rows *event.Rows
	at   int32
}

type place struct {
	partition int
	event     int64
}

// Copy implements format.CopiedRecords: it tells nothing of the batch that they were in.
func (r *records) Copy(rows []int32) format.CopiedRecords {
	out := &records{topic: r.topic, columns: r.columns, origins: make([]origin, len(rows)), places: make([]place, len(rows))}
	var of []int32 // rows of one entry
	for k, i := range rows {
		from := r.origins[i]
		of, out.places[k] = append(of, from.at), r.places[i]
		if k+1 < len(rows) && r.origins[rows[k+1]].rows == from.rows {
			continue
		}
		own := from.rows.OnlyOrigins(of)
		for n := range of {
			out.origins[k+1-len(of)+n] = origin{own, int32(n)}
		}
		of = of[:0]
	}
	for _, c := range r.cols {
		out.cols = append(out.cols, kernel.Gather(memory.DefaultAllocator, c, rows))
	}
	return out
}

// Text implements format.Records.
func (r *records) Text(i int) string {
	var buf bytes.Buffer
	enc, err := ndjson.Lines().NewEncoder(&buf, r.columns, nil)
	if err == nil {
		err = enc.Write(r.cols, len(r.places), []int32{int32(i)}, nil)
	}
	if err == nil {
		err = enc.Close()
	}
	if err != nil {
		return "null"
	}
	return strings.TrimSuffix(buf.String(), "\n")
}

// Byte implements format.Records: it is the number of the event.
func (r *records) Byte(i int) int64 { return r.places[i].event }

// Event implements exec.Stored.
func (r *records) Event(i int) (partition int, number int64) {
	return r.places[i].partition, r.places[i].event
}

// Resume implements exec.Resumable.
func (r *records) Resume() []byte { return r.resume }

// Came implements exec.Dated.
func (r *records) Came() int64 { return r.came }

// Origin implements exec.Original: where the row came from first, else its event.
func (r *records) Origin(i int) string {
	if o := r.origins[i].rows.Origin(int(r.origins[i].at)); o != "" {
		return o
	}
	return fmt.Sprintf("%s/%d/%d", r.topic, r.places[i].partition, r.places[i].event)
}

// Columns implements format.Records.
func (r *records) Columns(rows []int32, row *types.Type) ([]arrow.Array, error) {
	var out []arrow.Array
	for _, want := range event.ColumnsOf(row) {
		out = append(out, r.column(rows, want))
	}
	return out, nil
}

func (r *records) column(rows []int32, want types.Column) arrow.Array {
	for i, c := range r.columns {
		if c.Name != want.Name {
			continue
		}
		all := kernel.Gather(memory.DefaultAllocator, r.cols[i], rows)
		if types.Equal(c.Type.NonNull(), want.Type.NonNull()) {
			return all
		}
		defer all.Release()
		if part, err := event.Convert(all, c.Type, want.Type); err == nil {
			return part
		}
	}
	return array.MakeArrayOfNull(memory.DefaultAllocator, kernel.ArrowType(want.Type), len(rows))
}

// Refused is the input of the record that error record i tells of, where its topic refused
// it; false for other rows.
func (r *records) Refused(i int) (event.Lane, bool) {
	rows, at := r.origins[i].rows, r.origins[i].at
	if rows.Lane == nil || rows.Lane[at] < 0 || rows.Lanes[rows.Lane[at]].Topic == "" {
		return event.Lane{}, false
	}
	return rows.Lanes[rows.Lane[at]], true
}
