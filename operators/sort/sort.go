// Package sort orders the rows of each window when it closes, or of a whole bounded
// input when it ends. The order is stable: rows that it does not tell apart stay in
// canonical order (SEMANTICS 53).
//
// It holds all rows until then, which is why it is legal only where there is an end. Their
// columns may be outside of memory; what they are ordered by stays there.
package sort

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// Sort is the operator.
type Sort struct {
	paned.Stage[*state]
	spec      *ir.Sort
	by        []operators.Eval
	in        []types.Column
	batchRows int
	closed    [][]byte // prefixes of windows that have closed
}

// state is rows with the codes of their order, in the order they came.
type state struct {
	rows *kept.Rows
	ids  []kept.ID
	code []byte
	ends []int // of each row's code
}

func (s *state) order(i int) []byte {
	from := 0
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.code[from:s.ends[i]]
}

// New makes the operator for the columns of its input and output edges.
func New(spec *ir.Sort, in, out []types.Column, env *operators.Env) (*Sort, error) {
	s := &Sort{spec: spec, in: in}
	exprs := make([]ir.Expr, len(spec.By))
	for i, o := range spec.By {
		exprs[i] = o.Expr
	}
	var err error
	if s.by, err = env.Exprs(exprs, in); err != nil {
		return nil, err
	}
	edges := paned.Spec{Stage: "sort", Windowed: spec.Windowed, AtOnce: spec.AtOnce, Lateness: spec.Lateness, In: in, Made: in, Out: out}
	s.Stage, err = paned.NewStage(edges, s.newState)
	return s, err
}

func (s *Sort) newState() *state {
	if s.Ctx.Shelf != nil {
		return &state{rows: kept.NewDetached(s.Ctx, 0)}
	}
	return &state{rows: kept.New(s.Ctx)}
}

// Remembers implements operators.Migrant.
func (*Sort) Remembers() ([]operators.Remembered, bool) { return operators.RememberedInputs(1), true }

// Held implements operators.Holder: outside windows too, rows wait for the end.
func (s *Sort) Held() int64 {
	n := s.Stage.Held()
	if s.Alone != nil {
		n += s.Alone.Held()
	}
	return n
}

// Process implements operators.Operator.
func (s *Sort) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Ops != nil {
		return errors.New("sort: rows of a changes stream cannot be sorted yet")
	}
	rows := &operators.Rows{Alloc: s.Alloc, Batch: b, Sel: b.Sel}
	by := rows.All(s.by)
	defer operators.ReleaseAll(by)
	rows.Report(out)
	codes := make([]keycode.Appender, 0, len(by)+1)
	for i, v := range by {
		codes = append(codes, keycode.Of(v, mode(s.spec.By[i])))
	}
	if s.Alone != nil {
		s.Alone.add(b, rows.Sel, codes)
		return nil
	}
	s.Split(b, rows.Sel, func(p *window.Pane[*state], sel []int32) {
		if place := s.PlaceCode(b); place != nil {
			codes = slices.Insert(codes, 0, place)
		}
		p.State.add(b, sel, codes)
	})
	var wrong error
	s.Full(func(p *window.Pane[*state]) { wrong = s.close(p, out) })
	return wrong
}

func mode(o ir.Order) keycode.Mode {
	if o.Desc {
		return keycode.Desc
	}
	return keycode.Key
}

func (s *state) add(b *operators.Batch, sel []int32, codes []keycode.Appender) {
	if sel == nil {
		sel = make([]int32, b.Rows)
		for i := range sel {
			sel[i] = int32(i)
		}
	}
	s.ids = append(s.ids, s.rows.Add(b, sel)...)
	for _, i := range sel {
		for _, c := range codes {
			s.code = c(s.code, int(i))
		}
		s.ends = append(s.ends, len(s.code))
	}
}

// sorted is the rows in order.
func (s *state) sorted() []kept.ID {
	index := make([]int32, len(s.ids))
	for i := range index {
		index[i] = int32(i)
	}
	slices.SortFunc(index, func(a, b int32) int {
		return cmp.Or(bytes.Compare(s.order(int(a)), s.order(int(b))), cmp.Compare(a, b))
	})
	ids := make([]kept.ID, len(index))
	for i, at := range index {
		ids[i] = s.ids[at]
	}
	return ids
}

// OnWatermark implements operators.Operator.
func (s *Sort) OnWatermark(w operators.Watermark, out operators.Output) error {
	for _, p := range s.Panes.Due(w.Time) {
		if err := s.close(p, out); err != nil {
			return err
		}
	}
	if s.Alone != nil && w.End {
		return s.finish(out)
	}
	return nil
}

// close emits the rows of a window.
func (s *Sort) close(p *window.Pane[*state], out operators.Output) error {
	if p.State.rows.Used() {
		s.closed = append(s.closed, prefix(p))
	}
	defer p.State.Release()
	return p.State.leave(s.together(p.State), func(b *operators.Batch) { s.Send(p, b, out) })
}

// together is how many rows of a window leave in one batch: all, unless that is too many to
// be in memory.
func (s *Sort) together(x *state) int {
	if x.rows.Away() {
		return s.batchRows
	}
	return max(len(x.ids), 1)
}

// finish emits the whole input. Rows keep their times; they all stand at the end.
func (s *Sort) finish(out operators.Output) error {
	defer s.Alone.Release()
	return s.Alone.leave(s.batchRows, func(b *operators.Batch) {
		if b.Progress != nil {
			b.Progress = operators.Repeated(b.Rows, operators.MaxTime)
		}
		b.Cols = s.Layout.Arrange(b.Cols)
		out.Emit(0, b)
	})
}

// leave gives the rows in order, some of them at a time.
func (s *state) leave(most int, f func(b *operators.Batch)) error {
	for some := range slices.Chunk(s.sorted(), most) {
		if err := s.rows.Bring(some); err != nil {
			return err
		}
		f(s.rows.Take(some))
		s.rows.Return()
	}
	return nil
}

// Held implements paned.State.
func (s *state) Held() int64 { return int64(s.rows.Len()) }

// Empty implements paned.State.
func (s *state) Empty() bool { return len(s.ids) == 0 }

// Release implements paned.State.
func (s *state) Release() {
	s.rows.Release()
	s.ids, s.code, s.ends = nil, nil, nil
}

// Save implements paned.State. Where rows can be on a shelf all are: then only their names are
// written here.
func (s *state) Save(w *wire.Writer) error {
	w.Uint(uint64(len(s.ends)))
	for i := range s.ends {
		w.Bytes(s.order(i))
	}
	return s.rows.SaveOrNames(w, s.ids)
}

// Load implements paned.State.
func (s *state) Load(r *wire.Reader, _ operators.Mine) {
	for range r.Len() {
		s.code = append(s.code, r.Bytes()...)
		s.ends = append(s.ends, len(s.code))
	}
	if s.ids = s.rows.LoadOrNames(r, len(s.ends)); len(s.ids) != len(s.ends) {
		r.Fail(fmt.Errorf("%d rows for %d places", len(s.ids), len(s.ends)))
	}
}
