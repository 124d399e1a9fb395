package ordered

import (
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// Stage is what operators have in common that look at the rows of one append stream
// in order of time, by key: rows that are behind the watermark leave as late, the
// others wait until it has passed them. Operators embed it.
type Stage struct {
	operators.Sequenced
	Ctx     *operators.Context
	Alloc   memory.Allocator
	Per     []operators.Eval
	Types   []*types.Type // of Per
	Waiting *Buffer

	name string
	per  []ir.Expr
	late []int32
	on   []int32
}

// NewStage compiles the key. name is the stage's word, for errors.
func NewStage(name string, per []ir.Expr, in []types.Column, env *operators.Env) (Stage, error) {
	s := Stage{name: name, per: per}
	for _, e := range per {
		s.Types = append(s.Types, e.Type())
	}
	var err error
	s.Per, err = env.Exprs(per, in)
	return s, err
}

// Open implements operators.Operator.
func (s *Stage) Open(ctx *operators.Context) error {
	s.Ctx, s.Alloc, s.Waiting = ctx, ctx.Alloc, New(ctx)
	return nil
}

// Keys implements operators.Parallel.
func (s *Stage) Keys(int) []ir.Expr { return s.per }

// Process implements operators.Operator.
func (s *Stage) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Ops != nil || b.Time == nil {
		return errors.New(s.name + ": the input must append rows that have a time")
	}
	s.late, s.on = s.late[:0], s.on[:0]
	b.Each(func(i int) {
		if b.Time[i] < b.Arrival[i] {
			s.late = append(s.late, int32(i))
			return
		}
		s.on = append(s.on, int32(i))
	})
	if len(s.late) == 0 {
		s.Waiting.Add(0, b, b.Sel)
		return nil
	}
	out.Late(b, s.late)
	if len(s.on) > 0 { // no rows are not nil, which is all of them
		s.Waiting.Add(0, b, s.on)
	}
	return nil
}

// Each takes out the rows that a watermark has passed and calls f for them, nil for none, in
// order of time: once, or where many are outside of memory for instants up to the watermark.
// The rows are f's.
func (s *Stage) Each(w operators.Watermark, f func(w operators.Watermark, due *operators.Batch) error) error {
	return s.Waiting.Each(w.Time, func(until int64, due *Due) error {
		at := w
		if until < w.Time {
			at = operators.Watermark{Time: until, Progress: until}
		}
		if len(due.Inputs) == 0 {
			return f(at, nil)
		}
		return f(at, due.Inputs[0])
	})
}

// Spills implements operators.Spiller: of rows that wait.
func (s *Stage) Spills() bool { return true }

// Holding implements operators.Spiller.
func (s *Stage) Holding() int64 { return s.Waiting.Holding() }

// Shed implements operators.Spiller.
func (s *Stage) Shed(most int64) error { return s.Waiting.Shed(most) }

// Held implements operators.Holder.
func (s *Stage) Held() int64 { return int64(s.Waiting.Len()) }

// Close implements operators.Operator.
func (s *Stage) Close() error {
	if s.Waiting != nil {
		s.Waiting.Release()
	}
	return nil
}

// Save writes the rows that wait.
func (s *Stage) Save(w *wire.Writer) error { return s.Waiting.Save(w) }

// Load adds those of the rows that Save wrote whose key is mine.
func (s *Stage) Load(r *wire.Reader, mine operators.Mine) {
	s.Waiting.Load(r, func(_ int, b *operators.Batch) []int32 { return s.mine(b, mine) })
}

// mine are the rows of a batch whose key is mine. A key that fails has no hash, as
// where rows are dealt out.
func (s *Stage) mine(b *operators.Batch, mine operators.Mine) []int32 {
	rows := &operators.Rows{Alloc: s.Alloc, Batch: b}
	keys := rows.All(s.Per)
	defer operators.ReleaseAll(keys)
	failed := map[int32]bool{}
	for _, f := range rows.Failed {
		failed[int32(f.Row)] = true
	}
	var out []int32
	hashed := mine.Of(keys, b.Rows)
	for i := range int32(b.Rows) {
		isMine := len(hashed) > 0 && hashed[0] == i
		if isMine {
			hashed = hashed[1:]
		}
		if failed[i] {
			isMine = mine == nil || mine(0)
		}
		if isMine {
			out = append(out, i)
		}
	}
	return out
}

// Restored is the error of a snapshot that could not be read, if any.
func (s *Stage) Restored(r *wire.Reader) error {
	if err := r.Err(); err != nil {
		return fmt.Errorf("%s: the snapshot is damaged: %w", s.name, err)
	}
	return nil
}

// Read evaluates the key and other expressions for rows that are due, and reports
// the rows that fail. sel are the rows left, nil for all.
func (s *Stage) Read(b *operators.Batch, others []operators.Eval, out operators.Output) (keys, values []kernel.Vector, sel []int32) {
	rows := &operators.Rows{Alloc: s.Alloc, Batch: b, Sel: b.Sel}
	keys = rows.All(s.Per)
	values = rows.All(others)
	rows.Report(out)
	return keys, values, rows.Sel
}
