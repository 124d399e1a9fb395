// Package sort orders the rows of each window when it closes, or of a whole bounded
// input when it ends. The order is stable: rows that it does not tell apart stay in
// canonical order (SEMANTICS 53).
//
// It holds all rows until then, which is why it is legal only where there is an end.
package sort

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// Sort is the operator.
type Sort struct {
	spec       *ir.Sort
	by         []operators.Eval
	layout     operators.Layout
	start, end int

	alloc     memory.Allocator
	batchRows int
	panes     *window.Panes[*state]
	alone     *state // outside windows
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
	s := &Sort{spec: spec, start: -1, end: -1}
	exprs := make([]ir.Expr, len(spec.By))
	for i, o := range spec.By {
		exprs[i] = o.Expr
	}
	var err error
	if s.by, err = env.Exprs(exprs, in); err != nil {
		return nil, err
	}
	if s.layout, err = operators.NewLayout(out, in); err != nil {
		return nil, err
	}
	if spec.Windowed {
		s.start, s.end = operators.ColumnIndex(in, types.WindowStart), operators.ColumnIndex(in, types.WindowEnd)
		if s.start < 0 || s.end < 0 {
			return nil, errors.New("sort: the input has no window columns")
		}
	}
	s.panes = window.NewPanes(spec.Lateness.Microseconds(), s.newState)
	return s, nil
}

func (s *Sort) newState() *state { return &state{rows: kept.New(s.alloc)} }

// Open implements operators.Operator.
func (s *Sort) Open(ctx *operators.Context) error {
	s.alloc, s.batchRows = ctx.Alloc, max(ctx.BatchRows, 1)
	if !s.spec.Windowed {
		s.alone = s.newState()
	}
	return nil
}

// Delay implements operators.Delayer.
func (s *Sort) Delay() int64 {
	if !s.spec.Windowed {
		return 0
	}
	return s.panes.Lateness()
}

// Held implements operators.Holder.
func (s *Sort) Held() int64 {
	n := 0
	for _, p := range s.panes.Open() {
		n += p.State.rows.Len()
	}
	if s.alone != nil {
		n += s.alone.rows.Len()
	}
	return int64(n)
}

// Process implements operators.Operator.
func (s *Sort) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Ops != nil {
		return errors.New("sort: rows of a changes stream cannot be sorted yet")
	}
	rows := &operators.Rows{Alloc: s.alloc, Batch: b, Sel: b.Sel}
	by := rows.All(s.by)
	defer operators.ReleaseAll(by)
	if len(rows.Failed) > 0 {
		slices.SortStableFunc(rows.Failed, func(x, y operators.Failure) int { return cmp.Compare(x.Row, y.Row) })
		out.Fail(b, rows.Failed)
	}
	codes := make([]keycode.Appender, len(by))
	for i, v := range by {
		codes[i] = keycode.Of(v, mode(s.spec.By[i]))
	}
	if s.alone != nil {
		s.alone.add(b, rows.Sel, codes)
		return nil
	}
	s.panes.Split(b, rows.Sel, s.start, s.end, func(p *window.Pane[*state], sel []int32) {
		p.State.add(b, sel, codes)
	})
	return nil
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
	for _, p := range s.panes.Due(w.Time) {
		b := p.State.rows.Take(p.State.sorted())
		p.State.rows.Release()
		kept.Settled(b, p.End, s.panes.Settled(p.End))
		b.Cols = s.layout.Arrange(b.Cols)
		out.Emit(0, b)
	}
	if s.alone != nil && w.End {
		s.finish(out)
	}
	return nil
}

// finish emits the whole input. Rows keep their times; they all stand at the end.
func (s *Sort) finish(out operators.Output) {
	ids := s.alone.sorted()
	for len(ids) > 0 {
		n := min(s.batchRows, len(ids))
		b := s.alone.rows.Take(ids[:n])
		ids = ids[n:]
		if b.Progress != nil {
			b.Progress = operators.Repeated(n, operators.MaxTime)
		}
		b.Cols = s.layout.Arrange(b.Cols)
		out.Emit(0, b)
	}
	s.alone.rows.Release()
	s.alone.ids, s.alone.code, s.alone.ends = nil, nil, nil
}

// Close implements operators.Operator.
func (s *Sort) Close() error {
	for _, p := range s.panes.Open() {
		p.State.rows.Release()
	}
	if s.alone != nil {
		s.alone.rows.Release()
	}
	return nil
}

// Snapshot implements operators.Operator.
func (s *Sort) Snapshot() ([]byte, error) {
	var w wire.Writer
	open := s.panes.Open()
	w.Uint(uint64(len(open)))
	for _, p := range open {
		w.Int(p.Start)
		w.Int(p.End)
		if err := p.State.save(&w); err != nil {
			return nil, err
		}
	}
	if s.alone != nil {
		if err := s.alone.save(&w); err != nil {
			return nil, err
		}
	}
	return w.Buf, nil
}

func (s *state) save(w *wire.Writer) error {
	w.Uint(uint64(len(s.ends)))
	for i := range s.ends {
		w.Bytes(s.order(i))
	}
	return s.rows.Save(w, s.ids)
}

// Restore implements operators.Operator.
func (s *Sort) Restore(saved []byte) error {
	r := wire.NewReader(saved)
	for range r.Len() {
		start, end := r.Int(), r.Int()
		state := s.newState()
		state.load(r)
		s.panes.Reopen(start, end, state)
	}
	if s.alone != nil {
		s.alone.load(r)
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("sort: %w", err)
	}
	return nil
}

func (s *state) load(r *wire.Reader) {
	for range r.Len() {
		s.code = append(s.code, r.Bytes()...)
		s.ends = append(s.ends, len(s.code))
	}
	if s.ids = s.rows.Load(r); len(s.ids) != len(s.ends) {
		r.Fail(fmt.Errorf("%d rows for %d places", len(s.ids), len(s.ends)))
	}
}
