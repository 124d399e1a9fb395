package event

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// beside is what stands beside the rows of a payload without being a column: the inputs,
// and what needs none because it follows from a number or is there already. That is most
// of what would be written otherwise, and it hardly becomes smaller by compression.
type beside struct {
	Lanes []Lane `json:",omitempty"`
	// From is the place of the first row, of which the others are the next ones.
	From *int64 `json:",omitempty"`
	// Lane is the input of all rows.
	Lane *int32 `json:",omitempty"`
	// At is where the first row stands in its input, which the others follow in steps of
	// one: its number, as inputs that count them have it.
	At *int64 `json:",omitempty"`
	// Base is what the places of rows in their input are told from, as small numbers.
	Base *int64 `json:",omitempty"`
	// Time is the column that holds the event time.
	Time string `json:",omitempty"`
}

// leaveOut adds the columns that there must be, and notes the others.
func (x *beside) leaveOut(r *Rows, add func(name string, a arrow.Array)) {
	if inSteps(r.Order) {
		x.From = &r.Order[0]
	} else {
		add(orderColumn, numbers(r.Order))
	}
	if r.Lane != nil {
		x.leaveOutOrigins(r, add)
	}
	if r.Behind != nil {
		add(rowColumn, numbers(r.Behind))
	}
	if r.Time != nil {
		if x.Time = timeIn(r); x.Time == "" {
			add(timeColumn, numbers(r.Time))
		}
	}
	if r.Event != nil {
		add(eventColumn, numbers(r.Event))
	}
	if r.Ops != nil {
		ops := make([]int32, len(r.Ops))
		for i, op := range r.Ops {
			ops[i] = int32(op)
		}
		add(opColumn, smallNumbers(ops))
	}
}

func (x *beside) leaveOutOrigins(r *Rows, add func(name string, a arrow.Array)) {
	if len(r.Lane) > 0 && !slices.ContainsFunc(r.Lane, func(l int32) bool { return l != r.Lane[0] }) {
		x.Lane = &r.Lane[0]
	} else {
		add(laneColumn, smallNumbers(r.Lane))
	}
	if inSteps(r.At) {
		x.At = &r.At[0]
		return
	}
	small, ok := fromBase(r.At)
	if !ok {
		add(atColumn, numbers(r.At))
		return
	}
	x.Base = &r.At[0]
	add(atColumn, smallNumbers(small))
}

// inSteps reports numbers of which each is one more than that before it.
func inSteps(vs []int64) bool {
	for i, v := range vs {
		if v != vs[0]+int64(i) {
			return false
		}
	}
	return len(vs) > 0
}

// fromBase is numbers less the first of them, where that makes them small.
func fromBase(vs []int64) ([]int32, bool) {
	out := make([]int32, len(vs))
	for i, v := range vs {
		d := v - vs[0]
		if out[i] = int32(d); int64(out[i]) != d {
			return nil, false
		}
	}
	return out, len(vs) > 0
}

// timeIn is the column that holds the event times, "" for none.
func timeIn(r *Rows) string {
	for i, c := range r.Cols {
		if t, ok := microseconds(c); ok && equalTimes(t, r.Time) {
			return r.Names[i]
		}
	}
	return ""
}

// microseconds are the values of a column of instants without nulls.
func microseconds(a arrow.Array) ([]arrow.Timestamp, bool) {
	t, ok := a.(*array.Timestamp)
	if !ok || t.NullN() > 0 || t.DataType().(*arrow.TimestampType).Unit != arrow.Microsecond {
		return nil, false
	}
	return t.TimestampValues(), true
}

func equalTimes(have []arrow.Timestamp, want []int64) bool {
	if len(have) != len(want) {
		return false
	}
	for i, v := range have {
		if int64(v) != want[i] {
			return false
		}
	}
	return true
}

// putBack gives rows what was left out.
func (x *beside) putBack(r *Rows) error {
	r.Lanes = x.Lanes
	if x.From != nil {
		r.Order = steps(*x.From, r.N)
	}
	if x.Lane != nil {
		r.Lane = slices.Repeat([]int32{*x.Lane}, r.N)
	}
	if slices.ContainsFunc(r.Lane, func(l int32) bool { return int(l) >= len(x.Lanes) }) {
		return fmt.Errorf("reading events: the input that rows came from is missing")
	}
	switch {
	case x.At != nil:
		r.At = steps(*x.At, r.N)
	case x.Base != nil:
		for i := range r.At {
			r.At[i] += *x.Base
		}
	}
	if x.Time == "" {
		return nil
	}
	i := slices.Index(r.Names, x.Time)
	if i < 0 {
		return fmt.Errorf("reading events: the column %s of their time is missing", x.Time)
	}
	t, ok := microseconds(r.Cols[i])
	if !ok {
		return fmt.Errorf("reading events: the column %s does not hold their time", x.Time)
	}
	r.Time = make([]int64, r.N)
	for k, v := range t {
		r.Time[k] = int64(v)
	}
	return nil
}

func steps(from int64, n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = from + int64(i)
	}
	return out
}
