package exec_test

import (
	"context"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Rows of these tests are {t: timestamp, k: long, v: long}; a negative v cannot
// be decoded, and t == noTime has no event time.
type row struct{ t, k, v int64 }

const noTime = -1

var rowColumns = []types.Column{
	{Name: "t", Type: types.TTimestamp}, {Name: "k", Type: types.TLong}, {Name: "v", Type: types.TLong},
}

var rowType = types.RecordOf(types.Field{Name: "t", Type: types.TTimestamp},
	types.Field{Name: "k", Type: types.TLong}, types.Field{Name: "v", Type: types.TLong})

func stream(time bool) *types.Stream {
	s := &types.Stream{Columns: rowColumns}
	if time {
		s.Time = types.EventTime
	}
	return s
}

var recordColumns = []types.Column{
	{Name: "at", Type: types.TTimestamp.OrNull()}, {Name: "origin", Type: types.TString}, {Name: "stage", Type: types.TString},
	{Name: "code", Type: types.TString}, {Name: "reason", Type: types.TString}, {Name: "row", Type: types.TJSON},
}

// columnsOf builds the arrays of rows.
func columnsOf(alloc memory.Allocator, rows []row) []arrow.Array {
	var cols []arrow.Array
	for _, get := range []func(row) int64{func(r row) int64 { return r.t }, func(r row) int64 { return r.k }, func(r row) int64 { return r.v }} {
		b := column.New(rowColumns[len(cols)].Type, alloc)
		for _, r := range rows {
			b.Int64(get(r))
		}
		cols = append(cols, b.Finish())
	}
	return cols
}

// memoryDecoder decodes rows out of a slice.
type memoryDecoder struct {
	alloc memory.Allocator
	rows  []row
	at    int64
}

type memoryRecords struct {
	alloc memory.Allocator
	rows  []row
	bytes []int64
}

func (r memoryRecords) Text(i int) string {
	x := r.rows[i]
	return fmt.Sprintf(`{"t":%d,"k":%d,"v":%d}`, x.t, x.k, x.v)
}
func (r memoryRecords) Byte(i int) int64 { return r.bytes[i] }
func (r memoryRecords) Columns(rows []int32, _ *types.Type) ([]arrow.Array, error) {
	var picked []row
	for _, i := range rows {
		picked = append(picked, r.rows[i])
	}
	return columnsOf(r.alloc, picked), nil
}

func (d *memoryDecoder) Next(max int) (*format.Rows, error) {
	if len(d.rows) == 0 {
		return nil, io.EOF
	}
	rec := memoryRecords{alloc: d.alloc}
	out := &format.Rows{}
	for len(d.rows) > 0 && len(rec.rows) < max {
		x := d.rows[0]
		d.rows = d.rows[1:]
		if x.v < 0 {
			out.Bad = append(out.Bad, format.Bad{Before: len(rec.rows), Byte: d.at, Text: fmt.Sprint(x.v), Code: format.CodeValue, Reason: "negative"})
		} else {
			rec.rows, rec.bytes = append(rec.rows, x), append(rec.bytes, d.at)
		}
		d.at++
	}
	out.N, out.Records, out.Cols = len(rec.rows), rec, columnsOf(d.alloc, rec.rows)
	return out, nil
}
func (d *memoryDecoder) UnknownFields() []string { return nil }
func (d *memoryDecoder) Close() error            { return nil }

func lanesOf(alloc memory.Allocator, name string, lanes [][]row) []exec.Lane {
	var out []exec.Lane
	for i, rows := range lanes {
		out = append(out, exec.Lane{Name: fmt.Sprintf("%s%d", name, i), Open: func(context.Context) (format.Decoder, error) {
			return &memoryDecoder{alloc: alloc, rows: rows}, nil
		}})
	}
	return out
}

// timeOf reads the column t.
func timeOf(times []int64, cols []arrow.Array, sel []int32) ([]operators.Failure, error) {
	copy(times, kernel.Values[int64](cols[0]))
	var failed []operators.Failure
	b := operators.Batch{Rows: len(times), Sel: sel}
	b.Each(func(r int) {
		if times[r] == noTime {
			failed = append(failed, operators.Failure{Row: r, Code: "null_time", Reason: "time column is null"})
		}
	})
	return failed, nil
}

// stateless is embedded by the operators of these tests.
type stateless struct{}

func (stateless) Open(*operators.Context) error                           { return nil }
func (stateless) OnWatermark(operators.Watermark, operators.Output) error { return nil }
func (stateless) Snapshot() ([]byte, error)                               { return nil, nil }
func (stateless) Restore([]byte, operators.Mine) error                    { return nil }
func (stateless) Close() error                                            { return nil }

// filter drops rows whose v is a multiple of drop and fails those of fail.
type filter struct {
	stateless
	drop, fail int64
}

func (f *filter) Process(_ int, b *operators.Batch, out operators.Output) error {
	v := kernel.Values[int64](b.Cols[2])
	sel := []int32{}
	var failed []operators.Failure
	b.Each(func(r int) {
		switch {
		case v[r]%f.fail == 0:
			failed = append(failed, operators.Failure{Row: r, Code: "unlucky", Reason: fmt.Sprintf("v is %d", v[r])})
		case v[r]%f.drop != 0:
			sel = append(sel, int32(r))
		}
	})
	out.Fail(b, failed)
	b.Sel = sel
	out.Emit(0, b)
	return nil
}

// fork sends even v to port 0 and odd ones to port 1.
type fork struct{ stateless }

func (fork) Process(_ int, b *operators.Batch, out operators.Output) error {
	v := kernel.Values[int64](b.Cols[2])
	sel := [2][]int32{{}, {}}
	b.Each(func(r int) { sel[v[r]%2] = append(sel[v[r]%2], int32(r)) })
	for port, s := range sel {
		c := *b
		c.Retain()
		c.Cols = append([]arrow.Array(nil), b.Cols...)
		c.Sel = s
		out.Emit(port, &c)
	}
	b.Release()
	return nil
}

// join of streams: rows pass in canonical order.
type both struct{ stateless }

func (both) MergeInputs() bool { return true }
func (both) Process(_ int, b *operators.Batch, out operators.Output) error {
	out.Emit(0, b)
	return nil
}

// sums adds v per key and tumbling window of size, emits {t: end-1us, k, v: sum}
// when the window closes, and replaces the v of every fifth row of a key in Process
// by how many rows the key had.
type sums struct {
	stateless
	alloc  memory.Allocator
	size   int64
	groups map[[2]int64]int64
}

func (s *sums) Open(ctx *operators.Context) error {
	s.alloc, s.groups = ctx.Alloc, map[[2]int64]int64{}
	return nil
}
func (s *sums) Delay() int64       { return 0 }
func (s *sums) Keys(int) []ir.Expr { return nil }
func (s *sums) Held() int64        { return int64(len(s.groups)) }

func (s *sums) Less(a, b *operators.Batch) func(i, j int) bool {
	return func(i, j int) bool {
		if a.Time[i] != b.Time[j] {
			return a.Time[i] < b.Time[j]
		}
		return kernel.Values[int64](a.Cols[1])[i] < kernel.Values[int64](b.Cols[1])[j]
	}
}

func (s *sums) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	k, v := kernel.Values[int64](b.Cols[1]), kernel.Values[int64](b.Cols[2])
	var late []int32
	b.Each(func(r int) {
		end := b.Time[r] - b.Time[r]%s.size + s.size
		if b.Arrival[r] >= end {
			late = append(late, int32(r))
			return
		}
		s.groups[[2]int64{end, k[r]}] += v[r]
	})
	out.Late(b, late)
	return nil
}

func (s *sums) OnWatermark(w operators.Watermark, out operators.Output) error {
	for {
		var best *[2]int64
		for g := range s.groups {
			if g[0] <= w.Time && (best == nil || g[0] < best[0] || g[0] == best[0] && g[1] < best[1]) {
				best = &[2]int64{g[0], g[1]}
			}
		}
		if best == nil {
			return nil
		}
		at := best[0] - 1
		out.Emit(0, &operators.Batch{Rows: 1, Cols: columnsOf(s.alloc, []row{{at, best[1], s.groups[*best]}}),
			Time: []int64{at}, Arrival: []int64{operators.MinTime}, Progress: []int64{at}})
		delete(s.groups, *best)
	}
}

// counts replaces v by how many rows of the key there were, as a keyed operator
// that emits in Process.
type counts struct {
	stateless
	alloc memory.Allocator
	seen  map[int64]int64
}

func (c *counts) Open(ctx *operators.Context) error {
	c.alloc, c.seen = ctx.Alloc, map[int64]int64{}
	return nil
}
func (c *counts) Keys(int) []ir.Expr { return nil }
func (c *counts) Less(_, _ *operators.Batch) func(i, j int) bool {
	return func(int, int) bool { return false }
}

func (c *counts) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	t, k := kernel.Values[int64](b.Cols[0]), kernel.Values[int64](b.Cols[1])
	o := &operators.Batch{}
	var rows []row
	b.Each(func(r int) {
		c.seen[k[r]]++
		rows = append(rows, row{t[r], k[r], c.seen[k[r]]})
		o.Cause = append(o.Cause, int32(r))
		o.Refs = append(o.Refs, b.Refs[r])
		if b.Time != nil {
			o.Time, o.Arrival, o.Progress = append(o.Time, b.Time[r]), append(o.Arrival, b.Arrival[r]), append(o.Progress, b.Progress[r])
		}
	})
	o.Rows, o.Cols = len(rows), columnsOf(c.alloc, rows)
	out.Emit(0, o)
	return nil
}

func hashK(b *operators.Batch, hashes []uint64) error {
	k := kernel.Values[int64](b.Cols[1])
	b.Each(func(r int) { hashes[r] = uint64(k[r]) * 0x9E3779B97F4A7C15 >> 7 })
	return nil
}

func operator(name, in string, op func() operators.Operator, edges ...plan.Edge) *exec.Node {
	return &exec.Node{Name: name, Stage: name, Stream: in, Errors: "errors", In: edges, Ports: []*types.Stream{stream(true)},
		Operator: &exec.Operator{New: func() (operators.Operator, error) { return op(), nil }}}
}
