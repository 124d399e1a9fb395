package build

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/log/event"
	"github.com/edynamic/edynamic/runtime/log/stream"
	"github.com/edynamic/edynamic/runtime/registry"
)

// FailedRow is what an error record tells of a row.
type FailedRow struct {
	Partition            int
	Event                int64 // of the error record
	Origin, Code, Reason string
	Row                  string // as JSON
	At                   int64  // its event time, where Timed
	Timed                bool
	// Input is where its topic refused it, and Refused that it did: else the row failed later.
	Input   event.Lane
	Refused bool
}

// Entered reports a row that entered its topic, and failed behind it.
func (f *FailedRow) Entered() bool { return !f.Refused && !strings.HasPrefix(f.Row, `"`) }

// failedBatch is how many error records are read at a time.
const failedBatch = 4096

// FailedRows are the rows of which the error records of a topic tell that a replay asks for.
func (r *Replay) FailedRows(topic string) ([]FailedRow, error) {
	source, err := r.stored(topic)
	if err != nil {
		return nil, err
	}
	in, err := stream.NewReader(*source, nil)
	if err != nil {
		return nil, err
	}
	columns := event.ColumnsOf(source.Row)
	var out []FailedRow
	for {
		rows, err := in.Next(failedBatch)
		if err == io.EOF {
			return out, in.Close()
		}
		if err != nil {
			return nil, errors.Join(err, in.Close())
		}
		from := rows.Records.(interface {
			Event(i int) (partition int, number int64)
			Refused(i int) (event.Lane, bool)
		})
		for i := range rows.N {
			f, err := failedRow(columns, rows.Cols, i)
			if err != nil {
				return nil, fmt.Errorf("%s holds no error records: %w", topic, err)
			}
			f.Partition, f.Event = from.Event(i)
			f.Input, f.Refused = from.Refused(i)
			if r.wants(&f) {
				out = append(out, f)
			}
		}
		rows.Release()
	}
}

// failedRow reads an error record.
func failedRow(columns []types.Column, cols []arrow.Array, i int) (f FailedRow, err error) {
	at := func(name string) arrow.Array {
		c := slices.IndexFunc(columns, func(c types.Column) bool { return c.Name == name })
		if c < 0 {
			return nil
		}
		return cols[c]
	}
	for name, to := range map[string]*string{"origin": &f.Origin, "code": &f.Code, "reason": &f.Reason, "row": &f.Row} {
		texts, ok := at(name).(interface{ Value(int) string })
		if !ok {
			return f, fmt.Errorf("they have no text %q", name)
		}
		*to = texts.Value(i)
	}
	if times, ok := at("at").(*array.Timestamp); ok && times.IsValid(i) {
		f.At, f.Timed = int64(times.Value(i)), true
	}
	return f, nil
}

// wants reports a row within the times that the replay is bound to. One whose time is not
// known counts, as rows without time do.
func (r *Replay) wants(f *FailedRow) bool {
	return !f.Timed || (!r.From.IsTime || f.At >= r.From.Time) && (!r.To.IsTime || f.At < r.To.Time)
}

// stored is all of a topic that the replay asks for, as the topic was declared last.
func (r *Replay) stored(topic string) (*stream.Source, error) {
	g, err := TopicPlan(r.Log, registry.Open(r.Log), topic)
	if err != nil {
		return nil, err
	}
	known, _ := r.Log.Topic(topic)
	t, ok := g.Nodes[0].Op.(*plan.Topic)
	if !ok {
		return nil, fmt.Errorf("topic %s cannot be read", topic)
	}
	row := t.Topic.Row
	s := &stream.Source{Log: r.Log, Topic: topic, Row: row, Type: func(v int32) (*types.Type, error) { return r.Registry.Type(topic, v) }}
	for p := range known.Partitions {
		head, err := r.Log.Head(topic, p)
		if err != nil {
			return nil, err
		}
		s.Parts = append(s.Parts, stream.Range{From: head.First, To: head.Next})
	}
	r.narrow(topic, s)
	return s, nil
}
