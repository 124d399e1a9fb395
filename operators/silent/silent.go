// Package silent gives one row for each key of which no row came for a time, on the
// watermark, without a later row (SEMANTICS 125). The next row of the key arms it
// again.
//
// It keeps the time of each key's last row, until it has spoken.
package silent

import (
	"cmp"
	"math"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// Silent is the operator.
type Silent struct {
	ordered.Stage
	span   int64
	layout operators.Layout

	table  *group.Table
	last   []seen // by group
	timers group.Timers
	groups []int32
	spoken []spoken
}

// seen is the last row of a key.
type seen struct{ time, seq int64 }

// spoken is a key of which nothing came.
type spoken struct {
	group  int32
	at     int64 // when
	before seen
}

var _ operators.Parallel = (*Silent)(nil)

// New makes the operator for the columns of its input and output edges.
func New(spec *ir.Silent, in, out []types.Column, env *operators.Env) (*Silent, error) {
	s := &Silent{span: spec.For.Microseconds()}
	var per []ir.Expr
	var made []types.Column
	for _, it := range spec.Per {
		per = append(per, it.Expr)
		made = append(made, types.Column{Name: it.Name, Type: it.Expr.Type()})
	}
	made = append(made, types.Column{Name: ir.LastSeen, Type: types.TTimestamp}, types.Column{Name: ir.SilentAt, Type: types.TTimestamp})
	var err error
	if s.layout, err = operators.NewLayout(out, made); err != nil {
		return nil, err
	}
	s.Stage, err = ordered.NewStage("silent", per, in, env)
	return s, err
}

// Open implements operators.Operator.
func (s *Silent) Open(ctx *operators.Context) error {
	s.table = group.New(s.Types)
	return s.Stage.Open(ctx)
}

// Remembers implements operators.Migrant.
func (*Silent) Remembers() ([]operators.Remembered, bool) { return operators.RememberedInputs(1), true }

// OnWatermark implements operators.Operator.
func (s *Silent) OnWatermark(w operators.Watermark, out operators.Output) error {
	return s.Each(w, func(w operators.Watermark, due *operators.Batch) error {
		if due != nil {
			s.see(due, out)
			due.Release()
		}
		s.pass(w, out)
		return nil
	})
}

// pass lets time pass.
func (s *Silent) pass(w operators.Watermark, out operators.Output) {
	for {
		g, at, ok := s.timers.First()
		if !ok || at >= w.Time {
			break
		}
		s.timers.Clear(g)
		s.spoken = append(s.spoken, spoken{g, at, s.last[g]})
	}
	s.speak(out)
}

// see notes rows. One that comes too late for the row before it says so first.
func (s *Silent) see(due *operators.Batch, out operators.Output) {
	keys, _, sel := s.Read(due, nil, out)
	defer operators.ReleaseAll(keys)
	part := operators.Batch{Rows: due.Rows, Sel: sel}
	if part.Len() == 0 {
		return
	}
	s.groups = slices.Grow(s.groups[:0], due.Rows)[:due.Rows]
	known := s.table.Size()
	s.table.Find(keys, due.Rows, sel, s.groups)
	s.grow(known)
	part.Each(func(i int) {
		g := s.groups[i]
		if was := s.last[g]; was.time != never && due.Time[i] > after(was.time, s.span) {
			s.spoken = append(s.spoken, spoken{g, after(was.time, s.span), was})
		}
		s.last[g] = seen{due.Time[i], due.Seq[i]}
		s.timers.Set(g, after(due.Time[i], s.span))
	})
}

// never is the time of the last row of a key that is new.
const never = math.MinInt64

func (s *Silent) grow(from int) {
	for len(s.last) < s.table.Size() {
		s.last = append(s.last, seen{time: never})
	}
}

func after(t, d int64) int64 {
	if t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}

// speak emits a row for each key of which nothing came, and forgets those of which
// nothing has come since.
func (s *Silent) speak(out operators.Output) {
	n := len(s.spoken)
	if n == 0 {
		return
	}
	slices.SortFunc(s.spoken, func(a, b spoken) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.before.seq, b.before.seq))
	})
	b := &operators.Batch{Rows: n}
	groups := make([]int32, n)
	var seen []int64
	for i, sp := range s.spoken {
		groups[i], seen = sp.group, append(seen, sp.before.time)
		b.Time, b.Seq = append(b.Time, sp.at), append(b.Seq, sp.before.seq)
		b.Progress = append(b.Progress, after(sp.at, 1))
	}
	b.Arrival = b.Time // what the watermark had reached below it
	made := s.table.Keys(s.Alloc, groups)
	made = append(made, kernel.NewValues(s.Alloc, types.TTimestamp, seen), kernel.NewValues(s.Alloc, types.TTimestamp, b.Time))
	b.Cols = s.layout.Arrange(made)
	out.Emit(0, b)
	for _, sp := range s.spoken {
		if s.last[sp.group] == sp.before {
			s.forget(sp.group)
		}
	}
	s.spoken = s.spoken[:0]
}

func (s *Silent) forget(g int32) {
	s.timers.Clear(g)
	s.last[g] = seen{time: never}
	s.table.Remove([]int32{g})
}

// Snapshot implements operators.Operator.
func (s *Silent) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := s.Save(&w); err != nil {
		return nil, err
	}
	for _, g := range s.table.Save(&w) {
		w.Int(s.last[g].time)
		w.Int(s.last[g].seq)
	}
	return w.Buf, nil
}

// Restore implements operators.Operator.
func (s *Silent) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	s.Load(r, mine)
	groups := s.table.Load(r)
	s.grow(0)
	for _, g := range groups {
		s.last[g] = seen{r.Int(), r.Int()}
		s.timers.Set(g, after(s.last[g].time, s.span))
	}
	for _, g := range s.table.Others(groups, mine) {
		s.forget(g)
	}
	return s.Restored(r)
}
