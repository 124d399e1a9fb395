package window

import (
	"errors"
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/vm/wire"
)

// Sliding gives each key a window for every distinct time of its rows, with the rows
// of the time before it (SEMANTICS 23). A row leaves once per window it is in, so an
// aggregate directly behind finds the windows itself (see package aggregate).
type Sliding struct {
	held
	size    int64
	recent  [][]recent // by key, in order of time
	waiting *ordered.Buffer
	sweep   int64
	late    []int32
	// Scratch of slide.
	parts []part
	taken []kept.ID // the rows of all parts
	gone  []kept.ID
}

// recent is a row that later windows may hold.
type recent struct {
	t  int64
	id kept.ID
}

var (
	_ operators.Parallel = (*Sliding)(nil)
	_ operators.Holder   = (*Sliding)(nil)
	_ operators.Spiller  = (*Sliding)(nil)
)

// NewSliding makes the operator for the columns of its input; Columns are its
// output's.
func NewSliding(spec *ir.Window, in []types.Column, env *operators.Env) (*Sliding, error) {
	h, err := newHeld(spec, in, env)
	return &Sliding{held: h, size: spec.Size.Micros, sweep: operators.MinTime}, err
}

// Open implements operators.Operator.
func (s *Sliding) Open(ctx *operators.Context) error {
	s.waiting = timed(ctx)
	return s.held.Open(ctx)
}

// Process implements operators.Operator.
func (s *Sliding) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Time == nil || b.Arrival == nil || b.Ops != nil {
		return errors.New("window: the input must append rows that have a time")
	}
	s.late = LateRows(b, 0, s.late)
	out.Late(b, s.late)
	s.waiting.Add(0, b, nil)
	return nil
}

// OnWatermark implements operators.Operator.
func (s *Sliding) OnWatermark(w operators.Watermark, out operators.Output) error {
	err := s.waiting.Each(w.Time, func(_ int64, due *ordered.Due) error {
		defer due.Release()
		for _, b := range due.Inputs {
			s.slide(b, out)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !w.End && w.Time != operators.MinTime && w.Time >= s.sweep {
		s.sweep = later(w.Time, s.size/8+1)
		s.forget(w.Time)
	}
	return nil
}

// slide takes rows in order of time and sends the windows that they end.
func (s *Sliding) slide(b *operators.Batch, out operators.Output) {
	groups := s.find(b)
	ids := s.rows.Add(b, s.all(b.Rows))
	for int(s.keys.Size()) > len(s.recent) {
		s.recent = append(s.recent, nil)
	}
	rows := 0
	send := func() {
		s.inOrder(s.parts)
		s.emit(s.parts, out)
		for _, id := range s.gone {
			s.rows.Drop(id)
		}
		s.parts, s.gone, s.taken, rows = s.parts[:0], s.gone[:0], s.taken[:0], 0
	}
	for from := 0; from < b.Rows; {
		t, to := b.Time[from], from
		for ; to < b.Rows && b.Time[to] == t; to++ {
			g := groups[to]
			s.recent[g] = append(s.recent[g], recent{t: t, id: ids[to]})
		}
		for _, g := range distinct(groups[from:to]) {
			s.gone = s.leave(g, t, s.gone)
			p := s.window(g, t)
			s.parts, rows = append(s.parts, p), rows+len(p.rows)
		}
		if from = to; rows > emitRows {
			send()
		}
	}
	send()
}

// distinct is numbers without repetition.
func distinct(groups []int32) []int32 {
	if len(groups) == 1 {
		return groups
	}
	out := slices.Clone(groups)
	slices.Sort(out)
	return slices.Compact(out)
}

// leave takes out the rows of a key that no window from t on holds.
func (s *Sliding) leave(g int32, t int64, gone []kept.ID) []kept.ID {
	list, n := s.recent[g], 0
	for n < len(list) && list[n].t <= t-s.size {
		gone = append(gone, list[n].id)
		n++
	}
	if n > 0 {
		s.recent[g] = list[:copy(list, list[n:])]
	}
	return gone
}

// window is the window of a key that ends at t.
func (s *Sliding) window(g int32, t int64) part {
	from := len(s.taken)
	for _, r := range s.recent[g] {
		s.taken = append(s.taken, r.id)
	}
	return part{span: span{start: t - s.size, end: t}, key: g, progress: t + 1, rows: s.taken[from:]}
}

// forget drops the keys whose rows no later window holds. It looks at all keys once
// per eighth of the length of the windows.
func (s *Sliding) forget(watermark int64) {
	var empty []int32
	for _, g := range s.keys.Groups(nil) {
		s.gone = s.leave(g, watermark, s.gone[:0])
		for _, id := range s.gone {
			s.rows.Drop(id)
		}
		if len(s.recent[g]) == 0 {
			empty = append(empty, g)
		}
	}
	s.gone = s.gone[:0]
	s.keys.Remove(empty)
}

// Remembers implements operators.Migrant.
func (*Sliding) Remembers() ([]operators.Remembered, bool) {
	return operators.RememberedInputs(1), true
}

// Held implements operators.Holder: rows whose own window has not left yet.
func (s *Sliding) Held() int64 { return int64(s.waiting.Len()) }

// Spills implements operators.Spiller: of rows that wait.
func (*Sliding) Spills() bool { return true }

// Holding implements operators.Spiller.
func (s *Sliding) Holding() int64 { return s.waiting.Holding() }

// Shed implements operators.Spiller.
func (s *Sliding) Shed(most int64) error { return s.waiting.Shed(most) }

// Close implements operators.Operator.
func (s *Sliding) Close() error {
	if s.waiting != nil {
		s.waiting.Release()
		s.rows.Release()
	}
	return nil
}

// Snapshot implements operators.Operator.
func (s *Sliding) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := s.waiting.Save(&w); err != nil {
		return nil, err
	}
	var ids []kept.ID
	for _, g := range s.keys.Save(&w) {
		w.Uint(uint64(len(s.recent[g])))
		for _, r := range s.recent[g] {
			w.Int(r.t)
			ids = append(ids, r.id)
		}
	}
	if err := s.rows.Save(&w, ids); err != nil {
		return nil, err
	}
	return w.Buf, nil
}

// Restore implements operators.Operator.
func (s *Sliding) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	s.waiting.Load(r, func(_ int, b *operators.Batch) []int32 { return s.mineOf(b, mine) })
	groups := s.keys.Load(r)
	for int(s.keys.Size()) > len(s.recent) {
		s.recent = append(s.recent, nil)
	}
	total := 0
	for _, g := range groups {
		n := r.Len()
		s.recent[g] = make([]recent, n)
		for i := range n {
			s.recent[g][i].t = r.Int()
		}
		total += n
	}
	ids := s.rows.Load(r)
	if len(ids) != total {
		r.Fail(fmt.Errorf("%d rows instead of %d", len(ids), total))
	} else {
		s.name(groups, ids)
		s.dropOthers(s.keys.Others(groups, mine))
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("window: %w", err)
	}
	return nil
}

// name gives the rows of keys their ids, in the order they were saved.
func (s *Sliding) name(groups []int32, ids []kept.ID) {
	for _, g := range groups {
		for i := range s.recent[g] {
			s.recent[g][i].id, ids = ids[0], ids[1:]
		}
	}
}

func (s *Sliding) dropOthers(groups []int32) {
	for _, g := range groups {
		for _, r := range s.recent[g] {
			s.rows.Drop(r.id)
		}
		s.recent[g] = nil
	}
	s.keys.Remove(groups)
}
