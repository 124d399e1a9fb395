package race

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// Spec is what a Stage is made of.
type Spec struct {
	Edges paned.Spec
	By    []ir.Expr // the groups
	Input *ir.Replaced
	Keep  time.Duration // how long a group outlives its last row, outside windows
	Rules Rules
	Added Columns // nil for none
	// Every is how often a window shows its changes, 0 for each of them, and Emit whether
	// also behind its end ("updates") or then only once ("early").
	Every time.Duration
	Emit  string
	// Periods are the groups that come from event time.
	Periods []ir.Period
}

// Stage is the part of an operator over a changes stream that keeps a Field for all
// rows, or for each window; within a window it shows changes until the window closes.
type Stage struct {
	paned.Stage[*Field]
	paned.Grouping
	spec     Spec
	identity *kept.Identity
	ticks    *window.Ticked[*Field]
	pool     kept.Pool[Item]
}

// NewStage compiles what rows are grouped by.
func NewStage(spec Spec, env *operators.Env) (*Stage, error) {
	s := &Stage{spec: spec, identity: kept.NewIdentity(spec.Input, spec.Edges.In)}
	var err error
	if s.Grouping, err = paned.NewGrouping(spec.By, spec.Edges, env); err != nil {
		return nil, err
	}
	if err = s.Expire(spec.Periods); err != nil {
		return nil, err
	}
	if s.Stage, err = paned.NewStage(spec.Edges, s.newField); err != nil {
		return nil, err
	}
	s.ticks = window.NewTicked(spec.Every.Microseconds(), spec.Emit, s.Panes, window.Rules[*Field]{Changed: (*Field).Changed, Show: s.show})
	return s, nil
}

// Open implements operators.Operator.
func (s *Stage) Open(ctx *operators.Context) error {
	err := s.Stage.Open(ctx)
	s.ShelveWindows(s.spec.Edges.In, func(f *Field) (*paned.Keyed, paned.Contents) {
		if f.ticked {
			return &f.Keyed, atTicks{contents{f}}
		}
		return &f.Keyed, contents{f}
	})
	return err
}

func (s *Stage) newField() *Field {
	if s.Windowed() {
		f := New(s.NewKeyed(s.Ctx), &s.spec.Rules, &s.pool)
		f.ticked = s.ticks.Every > 0
		return f
	}
	f := New(s.NewExpiring(s.Ctx, s.spec.Keep), &s.spec.Rules, &s.pool)
	f.Shelve(s.Ctx, s.spec.Edges.In, contents{f})
	return f
}

// Columns makes what the operator adds to the rows of changes.
type Columns func(changes []kept.Change) []arrow.Array

// Follow applies rows of a batch, sel nil for all, and emits the changes they make, in
// the order of the rows that make them. keys are the values of By, order what decides
// among the rows of a group. In windows that show their changes at ticks they leave then.
func (s *Stage) Follow(b *operators.Batch, sel []int32, keys []kernel.Vector, order keycode.Appender, out operators.Output) error {
	codes := Codes{Order: order, Same: paned.RowCode(b, s.spec.Edges.In), ID: s.identity.Codes(b), Until: s.Periods.Until, Keyed: len(s.spec.Input.Key) > 0}
	s.Periods.Read(keys, b.Rows)
	if s.ticks.Every > 0 {
		return s.collect(b, sel, keys, codes, out)
	}
	var parts []part
	var wrong error
	follow := func(f *Field, sel []int32, in window.Bounds) {
		groups := s.Groups(b.Rows)
		f.Find(keys, b, sel, groups)
		if wrong = errors.Join(wrong, f.Bring(b, sel, groups)); wrong != nil {
			return
		}
		changes, left := f.Follow(b, sel, groups, codes, out)
		if len(changes) > 0 {
			parts = append(parts, part{in, s.made(f, b, changes, in.End)})
		}
		f.Drop(left)
	}
	if !s.Windowed() {
		follow(s.Alone, sel, window.Bounds{})
	} else {
		s.Split(b, sel, func(p *window.Pane[*Field], sel []int32) {
			follow(p.State, sel, window.Bounds{Start: p.Start, End: p.End})
		})
	}
	if len(parts) > 0 {
		out.Emit(0, paned.InTurn(s.Alloc, b, inOrder(parts)))
	}
	return wrong
}

// part is the changes of a window.
type part struct {
	window.Bounds
	made *operators.Batch
}

// inOrder is the changes of windows in the order of these: how they stood depends on which
// rows came in one batch.
func inOrder(parts []part) []*operators.Batch {
	slices.SortFunc(parts, func(a, b part) int { return cmp.Or(cmp.Compare(a.End, b.End), cmp.Compare(a.Start, b.Start)) })
	made := make([]*operators.Batch, len(parts))
	for i, p := range parts {
		made[i] = p.made
	}
	return made
}

func (s *Stage) made(f *Field, in *operators.Batch, changes []kept.Change, end int64) *operators.Batch {
	b := f.Rows.Batch(in, changes)
	s.add(b, changes)
	if s.Windowed() {
		kept.Refined(b, end)
	}
	b.Cols = s.Layout.Arrange(b.Cols)
	return b
}

// add puts what the operator adds beside the rows of changes.
func (s *Stage) add(b *operators.Batch, changes []kept.Change) {
	if s.spec.Added != nil {
		b.Cols = append(b.Cols, s.spec.Added(changes)...)
	}
}

// OnWatermark implements operators.Operator.
func (s *Stage) OnWatermark(w operators.Watermark, out operators.Output) error {
	if s.ticks.Every > 0 {
		s.ticks.Advance(w.Time, -1, out)
	}
	for _, p := range s.Panes.Due(w.Time) {
		if s.ticks.Every > 0 {
			s.ticks.Closed(p, out)
		}
		p.State.Release()
		s.CloseApart(p)
	}
	if s.Alone != nil && !w.End {
		return s.Alone.Sweep(w.Time, out)
	}
	return nil
}
