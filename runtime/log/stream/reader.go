package stream

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/event"
	"github.com/edynamic/edynamic/vm/kernel"
)

// readBytes is how much of a partition is read at a time.
const readBytes = 1 << 20

// Range is events of a partition: from the first on, up to but not the last.
type Range struct{ From, To int64 }

// Moment is when a run took events.
type Moment struct {
	Range
	At int64
}

// Source says what to read of a topic.
type Source struct {
	Log   log.Log
	Topic string
	// Row is the type of the rows as they are wanted; Type tells that of a stored version.
	Row  *types.Type
	Type func(version int32) (*types.Type, error)
	// Parts are the events wanted of each partition; Except those that are not, ascending.
	Parts  []Range
	Except [][]Range
	// Outside leaves the rows out that came from within the graph.
	Outside bool
	// Since and Until are event times: rows before, and from then on, are left out. Rows
	// without a time all count. nil is no bound.
	Since, Until *int64
	// Speed is how many times as fast event time goes by as it did, by Clock; 0 is as fast
	// as rows can be read.
	Speed float64
	Clock clock.Clock
	// Moments gives rows that came at different moments apart.
	Moments bool
	// Taken are the moments of events of each partition, ascending, where they are others
	// than those at which they were stored.
	Taken [][]Moment
	// Refused are records that stand between the rows of their inputs. Where only a part of
	// the rows is wanted (Partly), only those between them are.
	Refused []Refusal
	Partly  bool
}

// NewReader reads stored rows in the order in which their topic gave them out. resume is
// what Records said of how to go on, nil for the beginning.
func NewReader(s Source, resume []byte) (format.Decoder, error) {
	r := &reader{Source: s, refusing: refusing{left: slices.Clone(s.Refused)}, columns: event.ColumnsOf(s.Row)}
	next := make([]int64, len(s.Parts))
	for p := range next {
		next[p] = s.Parts[p].From
	}
	if len(resume) > 0 {
		var at []int64
		if err := json.Unmarshal(resume, &at); err != nil || len(at) > len(next) {
			return nil, fmt.Errorf("where reading of topic %s stood cannot be understood: %q", s.Topic, resume)
		}
		for p := range at {
			next[p] = max(next[p], at[p])
		}
	}
	for p := range next {
		r.parts = append(r.parts, &cursor{partition: p, next: next[p]})
	}
	return r, nil
}

type reader struct {
	Source
	pacing
	refusing
	columns []types.Column
	parts   []*cursor
}

// cursor is a partition being read.
type cursor struct {
	partition int
	next      int64 // the event that comes next, of those that are not in rows
	first     int64 // event of rows[0]
	came      int64 // when rows came
	rows      *event.Rows
	cols      []arrow.Array // of rows, as they are wanted
	at        int           // the next row
	entries   []log.Entry
}

// position is the event that comes next.
func (c *cursor) position() int64 {
	if c.rows != nil && c.at < c.rows.N {
		return c.first + c.rows.Number(c.at)
	}
	return c.next
}

// fill makes sure that a row is there, where the partition has one.
func (r *reader) fill(c *cursor) error {
	for c.rows == nil || !r.wanted(c) {
		if c.rows != nil {
			if c.at++; c.at < c.rows.N {
				continue
			}
			c.rows = nil
		}
		e, err := r.entry(c)
		if err != nil || e == nil {
			return err
		}
		if e.Rows() == 0 {
			c.next = e.Next() // all of it was compacted away
			continue
		}
		if c.rows, err = event.Decode(e.Payload); err != nil {
			return &log.Damage{Topic: r.Topic, Partition: c.partition, Sequence: e.First, What: err.Error()}
		}
		if c.rows.N != e.Rows() {
			return &log.Damage{Topic: r.Topic, Partition: c.partition, Sequence: e.First, What: "its rows are not as many as it says"}
		}
		if c.cols, err = r.convert(c.rows, e); err != nil {
			return err
		}
		c.first, c.came, c.at = e.First, e.Ingest, c.rows.From(c.next-e.First)
		c.next = e.Next()
	}
	return nil
}

// wanted passes over rows at the cursor that are not asked for.
func (r *reader) wanted(c *cursor) bool {
	if c.at >= c.rows.N {
		return false
	}
	event := c.position()
	if r.Outside && !c.rows.FromOutside(c.at) {
		return false
	}
	if t, ok := c.time(); ok && (r.Since != nil && t < *r.Since || r.Until != nil && t >= *r.Until) {
		return false
	}
	return !r.excepted(c.partition, event)
}

// time is the event time of the row at the cursor, false for none.
func (c *cursor) time() (int64, bool) {
	if c.rows.Time == nil {
		return 0, false
	}
	return c.rows.Time[c.at], true
}

// moment is when the row at the cursor came.
func (r *reader) moment(c *cursor) int64 {
	if c.partition >= len(r.Taken) {
		return c.came
	}
	taken, event := r.Taken[c.partition], c.position()
	at := sort.Search(len(taken), func(i int) bool { return taken[i].To > event })
	if at == len(taken) || event < taken[at].From {
		return c.came
	}
	return taken[at].At
}

func (r *reader) excepted(partition int, event int64) bool {
	if partition >= len(r.Except) {
		return false
	}
	return slices.ContainsFunc(r.Except[partition], func(x Range) bool { return x.From <= event && event < x.To })
}

// entry is the next entry of a partition, nil when there is none.
func (r *reader) entry(c *cursor) (*log.Entry, error) {
	for _, x := range r.exceptOf(c.partition) {
		if x.From <= c.next && c.next < x.To {
			c.next, c.entries = x.To, nil
		}
	}
	if c.next >= r.Parts[c.partition].To {
		return nil, nil
	}
	if len(c.entries) == 0 {
		var err error
		if c.entries, err = r.Log.Read(r.Topic, c.partition, c.next, readBytes); err != nil || len(c.entries) == 0 {
			return nil, err
		}
	}
	e := &c.entries[0]
	c.entries = c.entries[1:]
	if e.First > c.next {
		c.next = e.First // what was before is not kept any more
	}
	if c.next >= r.Parts[c.partition].To {
		return nil, nil
	}
	return e, nil
}

func (r *reader) exceptOf(partition int) []Range {
	if partition >= len(r.Except) {
		return nil
	}
	return r.Except[partition]
}

// Next implements format.Decoder.
func (r *reader) Next(most int) (*format.Rows, error) {
	out := &records{columns: r.columns}
	var picks []int32
	base, chunk := int32(0), map[*event.Rows]int32{}
	var chunks [][]arrow.Array
	var bad []format.Bad
	refuse := func(more []format.Bad) {
		for _, x := range more {
			x.Before = len(picks)
			bad = append(bad, x)
		}
	}
	if before := r.refusing.first(); !r.Partly {
		refuse(before)
	}
	for len(picks) < most {
		best, err := r.first()
		if err != nil {
			return nil, err
		}
		if best == nil {
			if !r.Partly {
				refuse(r.rest())
			}
			break
		}
		if len(picks) > 0 && (r.Speed > 0 && !r.due(best) || r.Moments && r.moment(best) != out.came) {
			break
		}
		out.came = r.moment(best)
		r.pace(best)
		from, known := chunk[best.rows]
		if !known {
			from = base
			chunk[best.rows] = from
			chunks, base = append(chunks, best.cols), base+int32(best.rows.N)
		}
		picks = append(picks, from+int32(best.at))
		out.origins = append(out.origins, origin{best.rows, int32(best.at)})
		out.places = append(out.places, place{best.partition, best.position()})
		if best.rows.Ops != nil {
			for len(out.ops) < len(picks)-1 {
				out.ops = append(out.ops, operators.Insert)
			}
			out.ops = append(out.ops, best.rows.Ops[best.at])
		}
		refuse(r.behindRow(best))
		best.at++
	}
	if len(picks)+len(bad) == 0 {
		return nil, io.EOF
	}
	if len(picks) == 0 {
		return r.onlyBad(bad)
	}
	for c := range r.columns {
		arrs := make([]arrow.Array, len(chunks))
		for i := range chunks {
			arrs[i] = chunks[i][c]
		}
		out.cols = append(out.cols, kernel.GatherAny(memory.DefaultAllocator, arrs, picks))
	}
	var err error
	if out.resume, err = r.resume(); err != nil {
		return nil, err
	}
	out.topic = r.Topic
	rows := &format.Rows{N: len(picks), Bad: bad, Records: out}
	if out.ops != nil {
		for len(out.ops) < len(picks) {
			out.ops = append(out.ops, operators.Insert)
		}
		rows.Ops = out.ops
	}
	for _, c := range out.cols {
		c.Retain()
		rows.Cols = append(rows.Cols, c)
	}
	return rows, nil
}

// resume says how to go on from here.
func (r *reader) resume() ([]byte, error) {
	at := make([]int64, len(r.parts))
	for p, c := range r.parts {
		at[p] = c.position()
	}
	return json.Marshal(at)
}

// onlyBad is refused records without rows.
func (r *reader) onlyBad(bad []format.Bad) (*format.Rows, error) {
	out := &records{columns: r.columns, topic: r.Topic}
	var err error
	if out.resume, err = r.resume(); err != nil {
		return nil, err
	}
	rows := &format.Rows{Bad: bad, Records: out}
	for _, c := range r.columns {
		rows.Cols = append(rows.Cols, array.MakeArrayOfNull(memory.DefaultAllocator, kernel.ArrowType(c.Type), 0))
	}
	return rows, nil
}

// first is the partition whose next row comes first, nil when none has any.
func (r *reader) first() (*cursor, error) {
	var best *cursor
	least := int64(math.MaxInt64)
	for _, c := range r.parts {
		if err := r.fill(c); err != nil {
			return nil, err
		}
		if c.rows != nil && (best == nil || c.rows.Order[c.at] < least) {
			best, least = c, c.rows.Order[c.at]
		}
	}
	if best != nil && best.position() >= r.Parts[best.partition].To {
		best.rows, best.next = nil, r.Parts[best.partition].To
		return r.first()
	}
	return best, nil
}

// UnknownFields implements format.Decoder.
func (r *reader) UnknownFields() []string { return nil }

// Close implements format.Decoder.
func (r *reader) Close() error { return nil }
