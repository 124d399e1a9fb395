package stream

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/event"
)

// Refusal is a record that a topic refused when it was read, because it could not be
// decoded or had no time.
type Refusal struct {
	lane   event.Lane
	behind int64 // where the last row before it is in its input, -1 for none
	order  int64
	bad    format.Bad
}

// Refusals are the records that a topic refused, of which a topic of error records tells,
// in order.
func Refusals(l log.Log, errors, topic string) ([]Refusal, error) {
	known, ok := l.Topic(errors)
	if !ok {
		return nil, nil
	}
	var out []Refusal
	for p := range known.Partitions {
		head, err := l.Head(errors, p)
		if err != nil {
			return nil, err
		}
		for at := head.First; at < head.Next; {
			entries, err := l.Read(errors, p, at, readBytes)
			if err != nil {
				return nil, err
			}
			if len(entries) == 0 {
				break
			}
			for i := range entries {
				e := &entries[i]
				rows, err := event.Decode(e.Payload)
				if err != nil {
					return nil, &log.Damage{Topic: errors, Partition: p, Sequence: e.First, What: err.Error()}
				}
				if out, err = appendRefusals(out, rows, topic); err != nil {
					return nil, fmt.Errorf("topic %s: %w", errors, err)
				}
				at = e.Next()
			}
		}
	}
	slices.SortFunc(out, func(a, b Refusal) int { return cmp.Compare(a.order, b.order) })
	return out, nil
}

// appendRefusals appends those of stored error records.
func appendRefusals(out []Refusal, rows *event.Rows, topic string) ([]Refusal, error) {
	for i := range rows.N {
		if rows.Behind == nil || rows.Lane == nil || rows.Lane[i] < 0 || rows.Lanes[rows.Lane[i]].Topic != topic {
			continue
		}
		x := Refusal{lane: rows.Lanes[rows.Lane[i]], behind: rows.Behind[i], order: rows.Order[i]}
		f := &format.Refused{}
		x.bad = format.Bad{Byte: rows.At[i], Refused: f}
		for name, to := range map[string]*string{"origin": &f.Origin, "code": &x.bad.Code, "reason": &x.bad.Reason, "row": &f.Row} {
			texts, ok := column(rows, name).(interface{ Value(int) string })
			if !ok {
				return nil, fmt.Errorf("its rows are no error records: there is no text %q", name)
			}
			*to = texts.Value(i)
		}
		if at, ok := column(rows, "at").(*array.Timestamp); ok && at.IsValid(i) {
			f.At, f.Timed = int64(at.Value(i)), true
		}
		out = append(out, x)
	}
	return out, nil
}

func column(rows *event.Rows, name string) arrow.Array {
	if i := slices.Index(rows.Names, name); i >= 0 {
		return rows.Cols[i]
	}
	return nil
}

// refusing puts refused records back between the rows of their inputs.
type refusing struct {
	left    []Refusal
	largest map[string]int64 // time of the rows of an input given so far
	opened  bool
}

// first takes out those that stand before all rows of their inputs.
func (f *refusing) first() []format.Bad {
	if f.opened {
		return nil
	}
	f.opened, f.largest = true, map[string]int64{}
	return f.take(func(x *Refusal) bool { return x.behind < 0 })
}

// behindRow takes out those that stand right behind the row at a cursor.
func (f *refusing) behindRow(c *cursor) []format.Bad {
	lane, at, ok := c.rows.CameFrom(c.at)
	if !ok || len(f.left) == 0 {
		return nil
	}
	if t, timed := c.time(); timed {
		f.largest[lane] = max(f.largestOf(lane), t)
	}
	return f.take(func(x *Refusal) bool { return x.lane.Name == lane && x.behind == at })
}

// rest takes out all others.
func (f *refusing) rest() []format.Bad { return f.take(func(*Refusal) bool { return true }) }

func (f *refusing) largestOf(lane string) int64 {
	if t, ok := f.largest[lane]; ok {
		return t
	}
	return operators.MinTime
}

func (f *refusing) take(which func(x *Refusal) bool) []format.Bad {
	var out []format.Bad
	f.left = slices.DeleteFunc(f.left, func(x Refusal) bool {
		if !which(&x) {
			return false
		}
		known := *x.bad.Refused
		known.Progress = f.largestOf(x.lane.Name)
		x.bad.Refused = &known
		out = append(out, x.bad)
		return true
	})
	return out
}
