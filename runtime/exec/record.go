package exec

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format/column"
)

// The codes of error records that the engine itself writes.
const (
	CodeLate  = operators.CodeLate
	CodeAhead = "ahead_of_clock"
)

// record is an ErrorRecord (SEMANTICS 91) on its way to an error topic.
type record struct {
	spot   spot
	tie    string // orders the failed groups of one instant
	at     int64
	timed  bool // at is set
	origin string
	stage  string
	code   string
	reason string
	row    string
	// Of a record that its topic refused, where the last row of the lane before it is, and the
	// header that it stood under.
	behind int64
	header string
}

// recordBuffer puts the error records of all nodes that write to a topic into
// canonical order.
type recordBuffer struct {
	columns []types.Column
	marks   []mark // per writer
	upTo    spot
	held    []record
}

func newRecordBuffer(columns []types.Column, writers int) *recordBuffer {
	b := &recordBuffer{columns: columns, marks: make([]mark, writers), upTo: firstSpot}
	for i := range b.marks {
		b.marks[i] = openMark()
	}
	return b
}

func (rb *recordBuffer) add(r record) { rb.held = append(rb.held, r) }

// take gives out the records up to a spot, or all of them, as batches.
func (rb *recordBuffer) take(e *Engine, upTo spot, all bool) []*operators.Batch {
	if len(rb.held) == 0 {
		return nil
	}
	slices.SortStableFunc(rb.held, func(a, b record) int {
		if c := a.spot.compare(b.spot); c != 0 {
			return c
		}
		return strings.Compare(a.tie, b.tie)
	})
	n := len(rb.held)
	if !all {
		for n > 0 && rb.held[n-1].spot.compare(upTo) > 0 {
			n--
		}
	}
	var out []*operators.Batch
	for chunk := range slices.Chunk(rb.held[:n], e.opt.BatchRows) {
		for _, r := range chunk {
			e.errors.note(r)
		}
		out = append(out, recordBatch(e.opt.Alloc, rb.columns, chunk))
	}
	rb.held = slices.Delete(rb.held, 0, n)
	return out
}

// recordBatch is records as rows of an error topic.
func recordBatch(alloc memory.Allocator, columns []types.Column, records []record) *operators.Batch {
	b := &operators.Batch{Rows: len(records), Progress: make([]int64, len(records)), Refs: make([]operators.Ref, len(records))}
	places := &recordPlaces{}
	for i, r := range records {
		places.spots = append(places.spots, r.spot)
		places.refused = append(places.refused, entry{r.spot, r.stage, r.origin, r.behind, r.header})
		b.Progress[i] = r.spot.progress
		b.Refs[i] = operators.Ref{From: places, Index: int32(i)}
	}
	for _, c := range columns {
		build := column.New(c.Type, alloc)
		for _, r := range records {
			build.Value(r.field(c.Name))
		}
		b.Cols = append(b.Cols, build.Finish())
	}
	return b
}

// field is a column of the record by name.
func (r *record) field(name string) any {
	switch name {
	case "at":
		if r.timed {
			return r.at
		}
		return nil
	case "origin":
		return r.origin
	case "stage":
		return r.stage
	case "code":
		return r.code
	case "reason":
		return r.reason
	case "row":
		return r.row
	}
	return nil
}

// recordPlaces keeps the places of error records until they enter their topic.
type recordPlaces struct {
	spots   []spot
	refused []entry // beside spots
}

// Text is empty: the row stands in the record.
func (p *recordPlaces) Text(int32) string { return "null" }

// Origin is empty: the origin stands in the record.
func (p *recordPlaces) Origin(int32) string { return "" }

// Place is that of the row that failed.
func (p *recordPlaces) Place(i int32) (topic, partition int, position int64) {
	s := p.spots[i]
	return s.topic, s.partition, s.position
}

// Columns is never asked: records get a provenance of their own in their topic.
func (p *recordPlaces) Columns([]int32, *types.Type) ([]arrow.Array, error) {
	panic("exec: an error record on its way has no columns")
}

// quote is text as a JSON string.
func quote(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return "null"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// originOf is where the record of a row came from, "" for a derived row.
func originOf(b *operators.Batch, row int) string {
	if b.Refs == nil || b.Refs[row].From == nil {
		return ""
	}
	return b.Refs[row].From.Origin(b.Refs[row].Index)
}
