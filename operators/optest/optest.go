// Package optest drives operators in tests: rows written as Go values go in as
// batches of any size, with watermarks between them, and what comes out is read as
// lines of text.
//
// It is for tests alone; nothing that runs imports it.
package optest

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Row is one input row: its time and its values. Values are nil, bool, int64,
// float64 or string.
type Row struct {
	Time   int64
	Values []any
	// Op is what the row does in a changes stream.
	Op operators.Op
	// Arrival and Progress are filled in by Arrive.
	Arrival, Progress int64
}

// Arrive gives rows of one partition their arrival watermarks (SEMANTICS 5).
func Arrive(rows []Row, delay int64) []Row {
	most := int64(math.MinInt64)
	for i := range rows {
		rows[i].Arrival = math.MinInt64
		if most != math.MinInt64 {
			rows[i].Arrival = most - delay
		}
		most = max(most, rows[i].Time)
		rows[i].Progress = most
	}
	return rows
}

// Batch makes a batch of rows.
func Batch(alloc memory.Allocator, cols []types.Column, rows []Row) *operators.Batch {
	b := &operators.Batch{Rows: len(rows)}
	for c, col := range cols {
		b.Cols = append(b.Cols, Array(alloc, col.Type, len(rows), func(i int) any { return rows[i].Values[c] }))
	}
	for _, r := range rows {
		b.Time, b.Arrival, b.Progress = append(b.Time, r.Time), append(b.Arrival, r.Arrival), append(b.Progress, r.Progress)
		b.Ops = append(b.Ops, r.Op)
	}
	if !slices.ContainsFunc(rows, func(r Row) bool { return r.Op != operators.Insert }) {
		b.Ops = nil
	}
	return b
}

// Array makes an array of Go values.
func Array(alloc memory.Allocator, t *types.Type, n int, value func(i int) any) arrow.Array {
	b := array.NewBuilder(alloc, kernel.ArrowType(t))
	defer b.Release()
	for i := range n {
		v := value(i)
		if v == nil {
			b.AppendNull()
			continue
		}
		switch b := b.(type) {
		case *array.BooleanBuilder:
			b.Append(v.(bool))
		case *array.Int32Builder:
			b.Append(int32(v.(int64)))
		case *array.Int64Builder:
			b.Append(v.(int64))
		case *array.Float64Builder:
			b.Append(v.(float64))
		case *array.Decimal128Builder: // of the unscaled number
			b.Append(decimal128.FromI64(v.(int64)))
		case *array.StringBuilder:
			b.Append(v.(string))
		case *array.FixedSizeBinaryBuilder:
			b.Append([]byte(v.(string)))
		case *array.TimestampBuilder:
			b.Append(arrow.Timestamp(v.(int64)))
		case *array.DurationBuilder:
			b.Append(arrow.Duration(v.(int64)))
		default:
			panic("optest: no values of type " + t.String())
		}
	}
	return b.NewArray()
}

// Sink is an Output that keeps everything as lines.
type Sink struct {
	Cols     []types.Column // of the output edge
	In       []types.Column // of the input edge, for rows that leave by side doors
	Lines    []string
	LateRows []string
	Failed   []string
	Groups   []string
	Counts   map[string]int64
	Batches  int
	// Meta adds time, arrival and progress to every line.
	Meta bool
	last int64
	err  error
}

// Emit implements operators.Output.
func (s *Sink) Emit(_ int, b *operators.Batch) {
	defer b.Release()
	s.Batches++
	if len(b.Cols) != len(s.Cols) {
		s.err = fmt.Errorf("a batch of %d columns, want %d", len(b.Cols), len(s.Cols))
		return
	}
	b.Each(func(i int) {
		line := text(s.Cols, b.Cols, i)
		if b.Ops != nil {
			line = b.Ops[i].String() + " " + line
		}
		if s.Meta && b.Time != nil {
			line = fmt.Sprintf("%d/%s/%d ", b.Time[i], instant(b.Arrival[i]), b.Progress[i]) + line
		}
		s.Lines = append(s.Lines, line)
		if b.Progress != nil {
			if b.Progress[i] < s.last {
				s.err = fmt.Errorf("progress falls from %d to %d at %s", s.last, b.Progress[i], line)
			}
			s.last = b.Progress[i]
		}
	})
}

func instant(v int64) string {
	if v == operators.MinTime {
		return "-"
	}
	return fmt.Sprint(v)
}

func text(cols []types.Column, arrs []arrow.Array, row int) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = string(kernel.JSONWriter(c.Type, arrs[i])(nil, row))
	}
	return strings.Join(parts, " ")
}

// Fail implements operators.Output.
func (s *Sink) Fail(b *operators.Batch, rows []operators.Failure) {
	for _, f := range rows {
		s.Failed = append(s.Failed, f.Reason+": "+text(s.In, b.Cols[:len(s.In)], f.Row))
	}
}

// FailGroup implements operators.Output.
func (s *Sink) FailGroup(at int64, code, reason, values string) {
	s.Groups = append(s.Groups, fmt.Sprintf("%d %s %s %s", at, code, reason, values))
}

// Late implements operators.Output.
func (s *Sink) Late(b *operators.Batch, rows []int32) {
	for _, r := range rows {
		s.LateRows = append(s.LateRows, text(s.In, b.Cols[:len(s.In)], int(r)))
	}
}

// SideTo implements operators.Output.
func (s *Sink) SideTo(_ *ir.Target, door string, _ *operators.Batch, rows []operators.Failure) {
	s.Count(door, int64(len(rows)))
}

// Count implements operators.Output.
func (s *Sink) Count(counter string, n int64) {
	if s.Counts == nil {
		s.Counts = map[string]int64{}
	}
	s.Counts[counter] += n
}

// Run is how rows are fed.
type Run struct {
	Batch int   // rows per batch
	Delay int64 // of the watermark
	// Marks: 0 gives a watermark only at the end, n one after every n batches.
	Marks int
	// Snapshot, when set, makes a fresh operator that goes on from a snapshot after
	// every batch.
	Snapshot func() operators.Operator
	// Open leaves the stream without its end.
	Open bool
	// Shelf, unless it is Nowhere, is where an operator that spills puts everything after every batch.
	Shelf Shelving
}

// Shelving is where groups are put away: nowhere, on a shelf that is free, or on one that is
// kept with snapshots.
type Shelving int

// The ways of shelving.
const (
	Nowhere Shelving = iota
	Free
	Kept
)

// Runs is ways of feeding that must not show in the result.
func Runs(fresh func() operators.Operator) []Run {
	runs := []Run{
		{Batch: 4096}, {Batch: 1, Marks: 1}, {Batch: 7, Marks: 1}, {Batch: 7, Marks: 3}, {Batch: 4096, Marks: 1},
		{Batch: 7, Marks: 2, Snapshot: fresh},
	}
	if fresh == nil {
		return runs
	}
	if s, ok := fresh().(operators.Spiller); ok && s.Spills() {
		runs = append(runs, Run{Batch: 5, Marks: 1, Shelf: Free}, Run{Batch: 7, Marks: 2, Shelf: Kept},
			Run{Batch: 7, Marks: 1, Snapshot: fresh, Shelf: Kept}, Run{Batch: 3, Marks: 2, Snapshot: fresh, Shelf: Free})
	}
	return runs
}

// Feed runs rows through a chain of operators and returns what the last one gives.
func Feed(t testing.TB, run Run, cols []types.Column, rows []Row, sink *Sink, ops ...operators.Operator) *Sink {
	t.Helper()
	alloc := memory.NewCheckedAllocator(Scrambler{})
	defer alloc.AssertSize(t, 0)
	sink.last = math.MinInt64
	sink.In = cols
	ctx := &operators.Context{Alloc: alloc, BatchRows: 4096, Stage: "test"}
	chain := &chain{t: t, ops: ops, sink: sink}
	last, shelf := len(ops)-1, NewBoard(run.Shelf == Free)
	for i, op := range ops {
		if i == last && run.Shelf != Nowhere {
			ctx.Shelf = shelf
		}
		chain.check(op.Open(ctx))
	}
	batches, base := 0, int64(0)
	for len(rows) > 0 {
		n := min(run.Batch, len(rows))
		if n < len(rows) && rows[n-1].Op == operators.UpdateBefore {
			n++ // the rows of a pair are in one batch
		}
		b := Batch(alloc, cols, rows[:n])
		b.Base = base
		base += int64(n)
		chain.process(0, b)
		progress := rows[n-1].Progress
		rows = rows[n:]
		if batches++; run.Marks > 0 && batches%run.Marks == 0 {
			chain.watermark(0, operators.Watermark{Time: progress - run.Delay, Progress: progress})
		}
		if run.Snapshot != nil {
			chain.replace(last, run.Snapshot(), ctx)
		}
		if run.Shelf != Nowhere {
			chain.check(shelf.putAway(chain.ops[last]))
		}
	}
	if !run.Open {
		chain.watermark(0, operators.Watermark{Time: operators.MaxTime, Progress: operators.MaxTime, End: true})
	}
	for _, op := range chain.ops {
		chain.check(op.Close())
	}
	chain.check(sink.err)
	return sink
}

// chain passes what one operator emits to the next.
type chain struct {
	t    testing.TB
	ops  []operators.Operator
	sink *Sink
}

func (c *chain) check(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

type link struct {
	*Sink
	c  *chain
	at int
}

// Emit gives the batch to the next operator.
func (l link) Emit(port int, b *operators.Batch) {
	if l.at == len(l.c.ops) {
		l.Sink.Emit(port, b)
		return
	}
	l.c.process(l.at, b)
}

func (c *chain) process(at int, b *operators.Batch) {
	c.check(c.ops[at].Process(0, b, link{c.sink, c, at + 1}))
}

func (c *chain) watermark(at int, w operators.Watermark) {
	for ; at < len(c.ops); at++ {
		c.check(c.ops[at].OnWatermark(w, link{c.sink, c, at + 1}))
		if d, ok := c.ops[at].(operators.Delayer); ok && !w.End {
			w.Time -= d.Delay()
		}
	}
}

// replace continues with a fresh operator that restores what the old one saved.
func (c *chain) replace(at int, fresh operators.Operator, ctx *operators.Context) {
	state, err := c.ops[at].Snapshot()
	c.check(err)
	c.check(c.ops[at].Close())
	if b, ok := ctx.Shelf.(*Board); ok {
		b.Commit() // with the state
	}
	c.check(fresh.Open(ctx))
	c.check(fresh.Restore(state, nil))
	c.ops[at] = fresh
}

// Random returns a source whose seed is in the log.
func Random(t testing.TB) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// Quote writes a Go value as the lines of a Sink do.
func Quote(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// Sorted is a sorted copy of lines.
func Sorted(lines []string) []string {
	out := append([]string(nil), lines...)
	sort.Strings(out)
	return out
}
