package top

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/operators/window"
)

type nobody struct{ optest.Sink }

func (*nobody) Emit(_ int, b *operators.Batch) { b.Release() }

// BenchmarkTopInSession fills one session with rows in order, out of order, and with rows
// that replace others: what a row costs should hardly depend on how many there are.
func BenchmarkTopInSession(b *testing.B) {
	for _, n := range []int{1000, 5000, 20000} {
		for _, kind := range []string{"in order", "out of order", "replacing"} {
			b.Run(fmt.Sprint(kind, "/", n), func(b *testing.B) {
				rows := sessionRows(n, kind)
				for b.Loop() {
					fillSession(b, rows)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rows)), "ns/row")
			})
		}
	}
}

func sessionRows(n int, kind string) []optest.Row {
	r := rand.New(rand.NewPCG(1, 2))
	rows := []optest.Row{{Values: []any{int64(-1), "a", int64(-1)}}} // the session starts with it
	for i := range int64(n) {
		row := optest.Row{Time: i + 1, Values: []any{i, "a", r.Int64N(1 << 40)}}
		if kind == "out of order" {
			row.Time -= r.Int64N(min(100, i+1))
		}
		if was := rows[len(rows)/2]; kind == "replacing" && i%2 == 1 && was.Op == operators.Insert {
			was.Op, was.Time = operators.UpdateBefore, row.Time
			row.Op, row.Values[0] = operators.UpdateAfter, was.Values[0]
			rows[len(rows)/2].Op = operators.Delete // noted as replaced; put right below
			rows = append(rows, was)
		}
		rows = append(rows, row)
	}
	for i := range rows {
		if rows[i].Op == operators.Delete {
			rows[i].Op = operators.Insert
		}
		rows[i].Arrival, rows[i].Progress = -1, max(rows[i].Time, int64(i))
	}
	return rows
}

func fillSession(b *testing.B, rows []optest.Row) {
	find := &ir.Window{Kind: ir.WindowSession, Gap: time.Second, Emit: "updates", Input: &ir.Replaced{Key: []string{"id"}}}
	spec := &ir.Top{N: 3, By: []ir.Order{{Expr: raceCol("x"), Desc: true}}, Windowed: true, Find: find, Input: find.Input, Lateness: time.Second}
	op, err := NewFound(spec, window.Columns(raceCols), raceCols[:len(raceCols):len(raceCols)], &operators.Env{})
	if err != nil {
		b.Fatal(err)
	}
	if err := op.Open(&operators.Context{Alloc: memory.DefaultAllocator}); err != nil {
		b.Fatal(err)
	}
	out := &nobody{}
	for len(rows) > 0 {
		n := min(4096, len(rows))
		if n < len(rows) && rows[n-1].Op == operators.UpdateBefore {
			n++
		}
		batch := optest.Batch(memory.DefaultAllocator, withBounds, bounded(rows[:n]))
		batch.Ops = make([]operators.Op, n)
		for i, r := range rows[:n] {
			batch.Ops[i] = r.Op
		}
		if err := op.Process(0, batch, out); err != nil {
			b.Fatal(err)
		}
		rows = rows[n:]
	}
	if err := op.Close(); err != nil {
		b.Fatal(err)
	}
}

var withBounds = append(raceCols[:len(raceCols):len(raceCols)], types.Column{Name: types.WindowStart, Type: types.TTimestamp, Hidden: true}, types.Column{Name: types.WindowEnd, Type: types.TTimestamp, Hidden: true})

// bounded are rows in no window yet.
func bounded(rows []optest.Row) []optest.Row {
	out := make([]optest.Row, len(rows))
	for i, r := range rows {
		out[i] = r
		out[i].Values = append(r.Values[:len(r.Values):len(r.Values)], r.Time, r.Time)
	}
	return out
}
