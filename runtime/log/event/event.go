// Package event writes batches of rows as payloads of the log and reads them back:
// compressed Arrow streams of the rows' columns, beside which stand the place of each
// row among all of its topic and where it came from.
//
// A payload says nothing of the schema's version: the entry it is in does. Package
// event never touches a log.
package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
)

// The columns beside those of the rows. No text can spell such names.
const (
	orderColumn = "$order"  // the place of the row among all of its topic
	laneColumn  = "$lane"   // the input it came from, -1 for a row from within
	atColumn    = "$at"     // where in that input
	rowColumn   = "$behind" // of a refused record, where the last row before it is
	opColumn    = "$op"     // what a row of a changes log does
	timeColumn  = "$time"   // its event time
	eventColumn = "$event"  // how far it is behind the first event of its entry
)

// besideKey holds what there is beside the columns in the metadata of a payload.
const besideKey = "beside"

// Lane is an input that rows came from.
type Lane struct {
	Name    string
	Counted bool `json:",omitempty"` // its records have numbers rather than places in bytes
	// Topic is the topic that refused a record of the input, of which an error record tells.
	Topic string `json:",omitempty"`
}

// Rows is rows of one topic with what stands beside them. Lanes and what belongs to them
// may be missing: then no row has an origin.
type Rows struct {
	Names []string // of Cols
	Cols  []arrow.Array
	N     int
	Order []int64
	Lanes []Lane
	Lane  []int32 // into Lanes, -1 for a row from within
	At    []int64
	// Behind is, for error records of refused records, where in the input the last row
	// before them is, -1 for none; nil where there are no such records.
	Behind []int64
	Ops    []operators.Op // nil for rows that only come
	Time   []int64        // nil for rows without event time
	// Event is how far each row is behind the first event of its entry, nil where no
	// compaction has left any out.
	Event []int64
}

// Number is how far a row is behind the first event of its entry.
func (r *Rows) Number(i int) int64 {
	if r.Event == nil {
		return int64(i)
	}
	return r.Event[i]
}

// From is the first row at or behind an event, counted from the first of the entry.
func (r *Rows) From(number int64) int {
	if r.Event == nil {
		return int(min(max(number, 0), int64(r.N)))
	}
	at, _ := slices.BinarySearch(r.Event, number)
	return at
}

// Release gives the columns back.
func (r *Rows) Release() {
	for _, c := range r.Cols {
		c.Release()
	}
	r.Cols = nil
}

// Origin names where a row came from, "" for one from within.
func (r *Rows) Origin(i int) string {
	if r.Lane == nil || r.Lane[i] < 0 {
		return ""
	}
	l := r.Lanes[r.Lane[i]]
	if l.Counted {
		return l.Name + "/0/" + strconv.FormatInt(r.At[i], 10)
	}
	return l.Name + "@" + strconv.FormatInt(r.At[i], 10)
}

// CameFrom is the input that a row came from, and where in it; false for one from within.
func (r *Rows) CameFrom(i int) (lane string, at int64, ok bool) {
	if r.Lane == nil || r.Lane[i] < 0 {
		return "", 0, false
	}
	return r.Lanes[r.Lane[i]].Name, r.At[i], true
}

// FromOutside reports a row that came into its topic from outside: neither from within the
// graph nor as the error record of another topic.
func (r *Rows) FromOutside(i int) bool {
	return r.Lane != nil && r.Lane[i] >= 0 && r.Lanes[r.Lane[i]].Topic == ""
}

// Encode writes rows as a payload. The rows stay the caller's.
func Encode(r *Rows) ([]byte, error) {
	names, cols := slices.Clone(r.Names), slices.Clone(r.Cols)
	var own []arrow.Array
	add := func(name string, a arrow.Array) {
		names, cols, own = append(names, name), append(cols, a), append(own, a)
	}
	defer func() {
		for _, a := range own {
			a.Release()
		}
	}()
	rest := &beside{Lanes: r.Lanes}
	rest.leaveOut(r, add)
	text, err := json.Marshal(rest)
	if err != nil {
		return nil, fmt.Errorf("writing events: %w", err)
	}
	meta := arrow.NewMetadata([]string{besideKey}, []string{string(text)})
	fields := make([]arrow.Field, len(cols))
	for i, c := range cols {
		fields[i] = arrow.Field{Name: names[i], Type: c.DataType(), Nullable: true}
	}
	schema := arrow.NewSchema(fields, &meta)
	batch := array.NewRecordBatch(schema, cols, int64(r.N))
	defer batch.Release()
	var buf bytes.Buffer
	w := ipc.NewWriter(&buf, ipc.WithSchema(schema), ipc.WithLZ4(), ipc.WithAllocator(memory.DefaultAllocator))
	if err := w.Write(batch); err != nil {
		return nil, fmt.Errorf("writing events: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("writing events: %w", err)
	}
	return buf.Bytes(), nil
}

func numbers(vs []int64) arrow.Array {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues(vs, nil)
	return b.NewArray()
}

func smallNumbers(vs []int32) arrow.Array {
	b := array.NewInt32Builder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues(vs, nil)
	return b.NewArray()
}

// Decode reads a payload. Its arrays are memory of the garbage collector, so that
// whoever refers to rows may keep them for as long as they like.
func Decode(payload []byte) (*Rows, error) {
	in, err := ipc.NewReader(bytes.NewReader(payload), ipc.WithAllocator(memory.DefaultAllocator))
	if err != nil {
		return nil, fmt.Errorf("reading events: %w", err)
	}
	defer in.Release()
	if !in.Next() {
		return nil, fmt.Errorf("reading events: there is no batch: %w", errOr(in.Err()))
	}
	batch := in.RecordBatch()
	r := &Rows{N: int(batch.NumRows())}
	var rest beside
	if text, ok := batch.Schema().Metadata().GetValue(besideKey); ok {
		if err := json.Unmarshal([]byte(text), &rest); err != nil {
			return nil, fmt.Errorf("reading events: %w", err)
		}
	}
	for i, f := range batch.Schema().Fields() {
		if err := r.take(f.Name, batch.Column(i)); err != nil {
			r.Release()
			return nil, err
		}
	}
	if err := rest.putBack(r); err != nil {
		r.Release()
		return nil, err
	}
	if len(r.Order) != r.N {
		r.Release()
		return nil, fmt.Errorf("reading events: the order of rows is missing")
	}
	return r, nil
}

var errNothing = fmt.Errorf("the payload is empty")

func errOr(err error) error {
	if err == nil {
		return errNothing
	}
	return err
}

// take reads a column of a payload.
func (r *Rows) take(name string, a arrow.Array) error {
	long, isLong := a.(*array.Int64)
	small, isSmall := a.(*array.Int32)
	switch name {
	case orderColumn, atColumn, rowColumn, timeColumn, eventColumn:
		if name == atColumn && isSmall { // from a base
			r.At = make([]int64, small.Len())
			for i, v := range small.Int32Values() {
				r.At[i] = int64(v)
			}
			return nil
		}
		if !isLong {
			return fmt.Errorf("reading events: %s holds no numbers", name)
		}
		values := slices.Clone(long.Int64Values())
		switch name {
		case orderColumn:
			r.Order = values
		case atColumn:
			r.At = values
		case rowColumn:
			r.Behind = values
		case timeColumn:
			r.Time = values
		case eventColumn:
			r.Event = values
		}
	case laneColumn:
		if !isSmall {
			return fmt.Errorf("reading events: %s holds no numbers", name)
		}
		r.Lane = slices.Clone(small.Int32Values())
	case opColumn:
		if !isSmall {
			return fmt.Errorf("reading events: %s holds no numbers", name)
		}
		for _, v := range small.Int32Values() {
			r.Ops = append(r.Ops, operators.Op(v))
		}
	default:
		a.Retain()
		r.Names, r.Cols = append(r.Names, name), append(r.Cols, a)
	}
	return nil
}

// ColumnsOf are the names and types of the columns that rows of a type are stored as.
func ColumnsOf(row *types.Type) []types.Column {
	if row.Kind == types.Union {
		return []types.Column{{Name: types.UnionColumn, Type: row}}
	}
	out := make([]types.Column, len(row.Fields))
	for i, f := range row.Fields {
		out[i] = types.Column{Name: f.Name, Type: f.Type}
	}
	return out
}
