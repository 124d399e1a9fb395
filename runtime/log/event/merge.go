package event

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Part is rows of an entry, of which some are wanted.
type Part struct {
	Rows *Rows
	Sel  []int32
	// Behind is how far the first event of the entry is behind that of the merged one.
	Behind int64
}

// Alike reports that rows can be merged: their columns are the same.
func Alike(a, b *Rows) bool {
	if !slices.Equal(a.Names, b.Names) || (a.Time == nil) != (b.Time == nil) {
		return false
	}
	return slices.EqualFunc(a.Cols, b.Cols, func(x, y arrow.Array) bool { return arrow.TypeEqual(x.DataType(), y.DataType()) })
}

// Merge lays parts that are alike end to end, without the rows that are not wanted. The
// parts stay the caller's.
func Merge(parts []Part) (*Rows, error) {
	if len(parts) == 0 {
		return nil, fmt.Errorf("merging events: there are none")
	}
	first := parts[0].Rows
	out := &Rows{Names: first.Names}
	lanes := map[Lane]int32{}
	for _, p := range parts {
		if !Alike(first, p.Rows) {
			return nil, fmt.Errorf("merging events: their columns are not the same")
		}
		for _, i := range p.Sel {
			out.add(p, i, lanes)
		}
	}
	if !slices.ContainsFunc(out.Lane, func(l int32) bool { return l >= 0 }) {
		out.Lane, out.At = nil, nil
	}
	if !slices.ContainsFunc(out.Ops, func(o operators.Op) bool { return o != operators.Insert }) {
		out.Ops = nil
	}
	for c := range first.Cols {
		out.Cols = append(out.Cols, gathered(parts, c))
	}
	return out, nil
}

// add puts what stands beside a row behind what is there.
func (r *Rows) add(p Part, i int32, lanes map[Lane]int32) {
	lane, at, op := int32(-1), int64(0), operators.Insert
	if p.Rows.Lane != nil && p.Rows.Lane[i] >= 0 {
		from := p.Rows.Lanes[p.Rows.Lane[i]]
		known := false
		if lane, known = lanes[from]; !known {
			lane = int32(len(r.Lanes))
			lanes[from], r.Lanes = lane, append(r.Lanes, from)
		}
		at = p.Rows.At[i]
	}
	if p.Rows.Ops != nil {
		op = p.Rows.Ops[i]
	}
	if p.Rows.Time != nil {
		r.Time = append(r.Time, p.Rows.Time[i])
	}
	r.Order = append(r.Order, p.Rows.Order[i])
	r.Event = append(r.Event, p.Behind+p.Rows.Number(int(i)))
	r.Lane, r.At, r.Ops = append(r.Lane, lane), append(r.At, at), append(r.Ops, op)
	r.N++
}

// gathered is a column of all parts.
func gathered(parts []Part, column int) arrow.Array {
	var arrs []arrow.Array
	var picks []int32
	base := int32(0)
	for _, p := range parts {
		arrs = append(arrs, p.Rows.Cols[column])
		for _, i := range p.Sel {
			picks = append(picks, base+i)
		}
		base += int32(p.Rows.N)
	}
	return kernel.GatherAny(memory.DefaultAllocator, arrs, picks)
}
