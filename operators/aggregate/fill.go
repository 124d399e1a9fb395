package aggregate

import (
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// fill gives groups rows for windows in which they have none (SEMANTICS 128): a group
// whose last row is `keep` old at most when a window ends has a row for it.
//
// It walks through all windows by their end, from the first that received a row, so
// that steps of the watermark do not show. At the end of the input it stops at the
// last window that received a row of any group, or that time had passed before.
type fill struct {
	a      *Aggregate
	mode   string
	keep   int64 // 0 for ever
	places *window.Places
	begun  bool
	at     window.Bounds // the window that left last
	end    int64         // of the windows that received a row, the last

	seen *group.Table
	last []int64 // by group of seen: the largest time of its rows
	// shown is the items of the window that left last, and rowOf the place of each group
	// among them, -1 where it had no row: what `fill last` shows again.
	shown []arrow.Array
	rowOf []int32
}

func newFill(a *Aggregate) (*fill, error) {
	spec := a.spec.Fill
	f := &fill{a: a, mode: spec.Mode, seen: group.New(a.byTypes), end: math.MinInt64}
	if spec.Keep != ir.KeepForever {
		f.keep = spec.Keep.Microseconds()
	}
	var err error
	f.places, err = window.NewPlaces(spec.Window)
	return f, err
}

// onWatermark closes the windows that have settled, and fills those between.
func (f *fill) onWatermark(w operators.Watermark, out operators.Output) {
	due := f.a.Panes.Due(w.Time)
	if len(due) > 0 {
		f.end = max(f.end, due[len(due)-1].End)
	}
	settled := func(b window.Bounds) bool {
		at := f.a.Panes.Settled(b.End)
		return at <= w.Time && !(w.End && b.End > f.end && at > w.Reached)
	}
	for {
		next := window.Bounds{}
		switch {
		case f.begun && f.seen.Len() > 0:
			if next = f.places.Next(f.at); !settled(next) {
				return
			}
		case len(due) > 0: // nobody has empty windows before it
			next = window.Bounds{Start: due[0].Start, End: due[0].End}
		default:
			return
		}
		f.begun, f.at = true, next
		var pane *window.Pane[*state]
		if len(due) > 0 && due[0].Start == next.Start && due[0].End == next.End {
			pane, due = due[0], due[1:]
		}
		f.window(next, pane, out)
	}
}

// window emits the rows of a window: those of the groups that have rows in it, and of
// the others that are remembered.
func (f *fill) window(b window.Bounds, pane *window.Pane[*state], out operators.Output) {
	f.forget(b.End)
	r, place := f.closed(b, pane, out)
	groups := f.seen.Groups(nil)
	groups = slices.DeleteFunc(groups, func(g int32) bool { return !f.shows(g, place) })
	f.seen.Sort(groups)
	n := len(groups)
	if n == 0 {
		releaseArrays(r)
		f.remember(nil, nil) // a group that failed shows nothing that was before
		return
	}
	made := f.seen.Keys(f.a.Alloc, groups)
	items := f.items(groups, r, place)
	releaseArrays(r)
	f.remember(groups, items)
	batch := &operators.Batch{Cols: f.a.columns(append(made, items...), n, b.Start, b.End), Rows: n}
	batch.Time = operators.Repeated(n, b.End-1)
	batch.Arrival = batch.Time
	batch.Progress = operators.Repeated(n, f.a.Panes.Settled(b.End))
	out.Emit(0, batch)
}

// forget drops the groups whose last row is too old when a window ends.
func (f *fill) forget(end int64) {
	if f.keep == 0 {
		return
	}
	var old []int32
	for _, g := range f.seen.Groups(nil) {
		if f.last[g] <= math.MaxInt64-f.keep && end > f.last[g]+f.keep {
			old = append(old, g)
			f.last[g], f.rowOf[g] = math.MinInt64, -1
		}
	}
	f.seen.Remove(old)
}

// none and failed stand for the row of a group that has none in a window.
const (
	none   = -1
	failed = -2
)

// closed computes the items of a window that has rows. place is the row of each group
// of seen among them.
func (f *fill) closed(b window.Bounds, pane *window.Pane[*state], out operators.Output) (items []arrow.Array, place []int32) {
	if pane == nil {
		return nil, f.places0()
	}
	s := pane.State
	groups := s.table.Groups(make([]int32, 0, s.table.Len()))
	r := f.a.results(s, groups)
	keys := make([]kernel.Vector, len(f.a.byTypes))
	for i, t := range f.a.byTypes {
		keys[i] = kernel.Vector{Type: t, Arr: r.made[i]}
	}
	found := make([]int32, len(groups))
	f.seen.Find(keys, len(groups), nil, found)
	for len(f.last) < f.seen.Size() {
		f.last, f.rowOf = append(f.last, math.MinInt64), append(f.rowOf, none)
	}
	place = f.places0()
	for i, g := range found {
		f.last[g] = max(f.last[g], s.times[groups[i]])
		place[g] = int32(i)
		if r.failed != nil && r.failed[i] != nil {
			place[g] = failed
			out.FailGroup(b.End-1, r.failed[i].Code, r.failed[i].Reason, group.JSON(f.a.byCols, r.made[:len(f.a.by)], i))
		}
	}
	f.a.free(s)
	releaseArrays(r.made[:len(f.a.by)])
	return r.made[len(f.a.by):], place
}

// places0 is no row for any group.
func (f *fill) places0() []int32 {
	place := make([]int32, f.seen.Size())
	for i := range place {
		place[i] = none
	}
	return place
}

// shows reports that a group has a row: its own, or one that fills.
func (f *fill) shows(g int32, place []int32) bool {
	if place[g] == none {
		return f.mode != "last" || f.rowOf[g] >= 0
	}
	return place[g] >= 0
}

// items puts the items of groups together out of those computed and those that fill.
func (f *fill) items(groups []int32, computed []arrow.Array, place []int32) []arrow.Array {
	out := make([]arrow.Array, len(f.a.spec.Items))
	for c, it := range f.a.spec.Items {
		filler := f.filler(c, it.Expr.Type())
		arrs := []arrow.Array{filler}
		base := int32(filler.Len())
		if computed != nil {
			arrs = append(arrs, computed[c])
		}
		at := make([]int32, len(groups))
		for i, g := range groups {
			switch {
			case place[g] >= 0:
				at[i] = base + place[g]
			case f.mode == "last":
				at[i] = f.rowOf[g]
			}
		}
		out[c] = kernel.GatherAny(f.a.Alloc, arrs, at)
		filler.Release()
	}
	return out
}

// filler is what an item shows in empty windows: one value, or the values shown last.
func (f *fill) filler(item int, t *types.Type) arrow.Array {
	if f.mode == "last" && f.shown != nil {
		f.shown[item].Retain()
		return f.shown[item]
	}
	b := array.NewBuilder(f.a.Alloc, kernel.ArrowType(t))
	defer b.Release()
	if f.mode == "zero" && hasZero(t) {
		b.AppendEmptyValue()
	} else {
		b.AppendNull()
	}
	return b.NewArray()
}

// hasZero reports types with a value that stands for nothing; the checker lets others
// be filled with zero only where they may be null.
func hasZero(t *types.Type) bool {
	switch t.Kind {
	case types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal, types.String, types.Duration,
		types.Array, types.Map:
		return true
	case types.Unknown, types.Null, types.Bytes, types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp,
		types.LocalTimestamp, types.Period, types.Enum, types.Geography, types.JSON, types.Record, types.Union, types.Func, types.Var:
	}
	return false
}

// remember keeps what was shown.
func (f *fill) remember(groups []int32, items []arrow.Array) {
	if f.mode != "last" {
		return
	}
	releaseArrays(f.shown)
	f.shown = slices.Clone(items)
	for i := range f.rowOf {
		f.rowOf[i] = none
	}
	for i, g := range groups {
		f.rowOf[g] = int32(i)
	}
	for _, arr := range items {
		arr.Retain()
	}
}

func (f *fill) release() {
	releaseArrays(f.shown)
	f.shown = nil
}

func (f *fill) save(w *wire.Writer) error {
	w.Bool(f.begun)
	w.Int(f.at.Start)
	w.Int(f.at.End)
	w.Int(f.end)
	for _, g := range f.seen.Save(w) {
		w.Int(f.last[g])
		w.Int(int64(f.rowOf[g]))
	}
	w.Bool(len(f.shown) > 0) // there may be no items that anybody reads
	if len(f.shown) == 0 {
		return nil
	}
	return w.Arrays(f.shown, f.shown[0].Len())
}

// load reads what save wrote. There is one instance.
func (f *fill) load(r *wire.Reader) {
	f.begun, f.at, f.end = r.Bool(), window.Bounds{Start: r.Int(), End: r.Int()}, r.Int()
	for _, g := range f.seen.Load(r) {
		for len(f.last) <= int(g) {
			f.last, f.rowOf = append(f.last, math.MinInt64), append(f.rowOf, none)
		}
		f.last[g], f.rowOf[g] = r.Int(), int32(r.Int())
	}
	if r.Bool() {
		f.shown, _ = r.Arrays(f.a.Alloc)
	}
}
