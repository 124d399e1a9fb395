package window

import (
	"cmp"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/vm/kernel"
)

// emitRows is about how many rows a held window stage puts into a batch; the rows of
// a window are not divided.
const emitRows = 1 << 16

// held is what the stages have in common that hold rows by key until it is settled
// which windows they are in: the rows in order, and the table of keys.
type held struct {
	kept.Order
	ctx   *operators.Context
	per   []operators.Eval
	types []*types.Type
	keys  *group.Table
	rows  *kept.Rows
	// together gives the rows of a window one arrival, the largest, and one place: that of
	// the row that let them out.
	together bool

	groups []int32 // by row of a batch
	buf    []int32
}

func newHeld(spec *ir.Window, in []types.Column, env *operators.Env) (held, error) {
	by := PerColumns(spec, in)
	h := held{Order: kept.NewOrder(by, Columns(in), true)}
	for _, e := range by {
		h.types = append(h.types, e.Type())
	}
	var err error
	h.per, err = env.Exprs(by, in)
	return h, err
}

// PerColumns are the columns that a window stage has windows for each value of.
func PerColumns(spec *ir.Window, in []types.Column) []ir.Expr {
	by := make([]ir.Expr, len(spec.Per))
	for i, name := range spec.Per {
		t := types.TUnknown
		if at := operators.ColumnIndex(in, name); at >= 0 {
			t = in[at].Type
		}
		by[i] = &ir.Column{Base: ir.Base{T: t}, Name: name}
	}
	return by
}

// Open implements operators.Operator.
func (h *held) Open(ctx *operators.Context) error {
	h.ctx, h.keys, h.rows = ctx, group.New(h.types), kept.New(ctx)
	return nil
}

// find sets groups[row] to the key of each row of a batch.
func (h *held) find(b *operators.Batch) []int32 {
	h.groups = slices.Grow(h.groups[:0], b.Rows)[:b.Rows]
	if b.Len() == 0 {
		return h.groups
	}
	keys := h.vectors(b)
	defer operators.ReleaseAll(keys)
	h.keys.Find(keys, b.Rows, b.Sel, h.groups)
	return h.groups
}

// vectors is the keys of a batch: plain columns, which cannot fail.
func (h *held) vectors(b *operators.Batch) []kernel.Vector {
	rows := &operators.Rows{Alloc: h.ctx.Alloc, Batch: b, Sel: b.Sel}
	return rows.All(h.per)
}

// all is the numbers of n rows.
func (h *held) all(n int) []int32 {
	for len(h.buf) < n {
		h.buf = append(h.buf, int32(len(h.buf)))
	}
	return h.buf[:n]
}

// part is a window with the rows it holds.
type part struct {
	span
	key      int32
	rows     []kept.ID
	progress int64
}

// emit sends the rows of windows, in the order given.
func (h *held) emit(parts []part, out operators.Output) {
	for len(parts) > 0 {
		n, rows := 0, 0
		for n < len(parts) && (n == 0 || rows+len(parts[n].rows) <= emitRows) {
			rows += len(parts[n].rows)
			n++
		}
		h.emitBatch(parts[:n], rows, out)
		parts = parts[n:]
	}
}

func (h *held) emitBatch(parts []part, n int, out operators.Output) {
	ids, at := make([]kept.ID, 0, n), make([]*part, 0, n)
	for i := range parts {
		ids = append(ids, parts[i].rows...)
		for range parts[i].rows {
			at = append(at, &parts[i])
		}
	}
	b := h.rows.Take(ids)
	addBounds(h.ctx.Alloc, b, func(row int) span { return at[row].span })
	if b.Progress != nil {
		for i, p := range at {
			b.Progress[i] = p.progress
		}
	}
	if h.together {
		largest(b.Arrival, parts)
		for i := range b.Refs {
			b.Refs[i].Joined = true
		}
	}
	out.Emit(0, b)
}

// inOrder puts windows that settle together in order: by (end, start, key).
func (h *held) inOrder(parts []part) {
	if len(parts) < 2 {
		return
	}
	groups := make([]int32, len(parts))
	for i, p := range parts {
		groups[i] = p.key
	}
	rank := h.ranks(groups)
	slices.SortStableFunc(parts, func(a, b part) int {
		return cmp.Or(cmp.Compare(a.progress, b.progress), cmp.Compare(a.end, b.end), cmp.Compare(a.start, b.start), cmp.Compare(rank[a.key], rank[b.key]))
	})
}

// ranks is the place of keys in the order of their values.
func (h *held) ranks(groups []int32) map[int32]int {
	slices.Sort(groups)
	groups = slices.Compact(groups)
	h.keys.Sort(groups)
	rank := make(map[int32]int, len(groups))
	for i, g := range groups {
		rank[g] = i
	}
	return rank
}

// timed orders rows by their time, then canonically: windows that depend on the rows
// before them are settled in that order once no earlier row can come.
func timed(ctx *operators.Context) *ordered.Buffer {
	return ordered.NewByTime(ctx)
}

// Complete is the instant before which no row can come any more that is not late: w
// less the lateness.
func Complete(w operators.Watermark, lateness int64) int64 {
	if w.End || w.Time == operators.MinTime || w.Time == operators.MaxTime {
		return w.Time
	}
	return max(w.Time, operators.MinTime+lateness) - lateness
}

// LateRows are the rows of a batch that come after a watermark has passed them by
// more than a lateness (SEMANTICS 32, 34); the others become its selection.
func LateRows(b *operators.Batch, lateness int64, late []int32) []int32 {
	late = late[:0]
	if b.Sel == nil && allOnTime(b, lateness) {
		return late
	}
	b.Each(func(i int) {
		if b.Arrival[i] > later(b.Time[i], lateness) {
			late = append(late, int32(i))
		}
	})
	if len(late) > 0 {
		b.Sel = without(b, late)
	}
	return late
}

// allOnTime reports that no row of a batch is late.
func allOnTime(b *operators.Batch, lateness int64) bool {
	for i, t := range b.Time {
		if b.Arrival[i] > later(t, lateness) {
			return false
		}
	}
	return true
}

// largest gives the rows of each window the largest of their arrivals.
func largest(arrivals []int64, parts []part) {
	if arrivals == nil {
		return
	}
	for _, p := range parts {
		rows := arrivals[:len(p.rows)]
		most := slices.Max(rows)
		for i := range rows {
			rows[i] = most
		}
		arrivals = arrivals[len(p.rows):]
	}
}
