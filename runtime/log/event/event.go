// Package event writes batches of rows as payloads of the log and reads them back: their
// columns, packed, beside which stand the place of each row among all of its topic and
// where it came from.
//
// A payload says nothing of the schema's version: the entry it is in does. Package
// event never touches a log.
package event

import (
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
)

// Lane is an input that rows came from.
type Lane struct {
	Name    string
	Counted bool // its records have numbers rather than places in bytes
	// Topic is the topic that refused a record of the input, of which an error record tells.
	// Format is what it was read as, and Header what the input began with, which names its
	// cells: both are known for such records only, and "" where there is none.
	Topic, Format, Header string
}

// Rows is rows of one topic with what stands beside them. Lanes and what belongs to them
// may be missing: then no row has an origin.
type Rows struct {
	Names []string // of Cols
	Cols  []arrow.Array
	// Packed is Cols as payloads have them, where somebody has packed all of their rows
	// before; else nil.
	Packed *Columns
	N      int
	Order  []int64
	Lanes  []Lane
	Lane   []int32 // into Lanes, -1 for a row from within
	At     []int64
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

// OnlyOrigins is what Origin tells of some rows, without anything else of them.
func (r *Rows) OnlyOrigins(rows []int32) *Rows {
	out := &Rows{N: len(rows), Lanes: r.Lanes}
	if r.Lane == nil {
		return out
	}
	out.Lane, out.At = make([]int32, len(rows)), make([]int64, len(rows))
	for k, i := range rows {
		out.Lane[k], out.At[k] = r.Lane[i], r.At[i]
	}
	return out
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
