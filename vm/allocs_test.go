//go:build !race

// The race detector makes a sync.Pool forget some of what it is given: then memory is taken
// where none is otherwise.

package vm

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// allocRows is enough for the memory of a batch to be little for a row.
const allocRows = 1024

// allocsPerRow is what an expression allocates for a row of a batch of rows that are all
// alike; false where they fail.
func allocsPerRow(t *testing.T, e ir.Expr, cols []types.Column, row []any) (float64, bool) {
	t.Helper()
	program, err := Compile(e, cols, testEnv())
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Alloc: kernel.NewRecycler(64 << 20), Rows: allocRows}
	for i, c := range cols {
		arr := FromValue(memory.DefaultAllocator, c.Type, row[i], allocRows)
		defer arr.Release()
		in.Cols = append(in.Cols, arr)
	}
	first := program.Eval(in)
	first.Release()
	if first.Errors.Any() {
		return 0, false
	}
	return testing.AllocsPerRun(2, func() { program.Eval(in).Release() }) / allocRows, true
}

// TestExpressionsAllocate evaluates random expressions over columns: none allocates for a
// row.
func TestExpressionsAllocate(t *testing.T) {
	const tries = 1500
	checked := 0
	for s := range uint64(tries) {
		g := &generator{Rand: rand.New(rand.NewPCG(s, 7))}
		for i, ct := range randomTypes {
			g.cols = append(g.cols, types.Column{Name: fmt.Sprint("c", i), Type: ct}, types.Column{Name: fmt.Sprint("n", i), Type: ct.OrNull()})
		}
		e := g.expr(pick(g, append([]*types.Type{types.TBoolean, tBigger}, randomTypes...)...).WithNull(g.IntN(2) == 0), 1+g.IntN(2))
		cols := used(g.cols, e)
		row := make([]any, len(cols))
		for i, c := range cols {
			row[i] = g.value(c.Type.NonNull())
		}
		allocs, ok := allocsPerRow(t, e, cols, row)
		if !ok {
			continue
		}
		checked++
		if allocs > 0.25 {
			t.Errorf("%d: %s of %v allocates %.2f times for a row", s, dump(e), row, allocs)
		}
	}
	if checked < tries/2 {
		t.Errorf("only %d of %d expressions do not fail", checked, tries)
	}
}

// TestCastsAllocate converts between all types that can be converted.
func TestCastsAllocate(t *testing.T) {
	values := map[*types.Type]any{
		types.TBoolean: true, types.TInt: int64(7), types.TLong: int64(7), types.TFloat: 7.0, types.TDouble: 7.0,
		tSmall: decimal(700, 2), tWide: decimal(7_000_000, 6), types.TString: "7", types.TJSON: "7", types.TBytes: []byte("7"),
		tUUID: make([]byte, 16), types.TDate: int64(7), types.TTime: int64(7), types.TTimestamp: int64(7), types.TLocalTimestamp: int64(7),
		types.TDuration: int64(7), types.TPeriod: types.Per{Months: 7}, tColor: "red", tLongs: []any{int64(7)},
		tMap: types.MapValue{Keys: []string{"a"}, Values: []any{int64(7)}}, tPoint: []any{int64(7), "7"},
	}
	pairs := 0
	for from, x := range values {
		cast := func(from, to *types.Type, x any) {
			if k, ok := kernel.Cast(from, to); k == nil || !ok {
				return
			}
			e := &ir.Cast{Base: ir.Base{T: to}, X: &ir.Column{Base: ir.Base{T: from}, Name: "x"}}
			allocs, ok := allocsPerRow(t, e, []types.Column{{Name: "x", Type: from}}, []any{x})
			if !ok {
				return
			}
			if pairs++; allocs > 0.25 {
				t.Errorf("a %s as %s (%v) allocates %.2f times for a row", from, to, x, allocs)
			}
		}
		for to := range values {
			cast(from, to, x)
		}
		for _, text := range []*types.Type{types.TString, types.TJSON} { // and back
			e := &ir.Cast{Base: ir.Base{T: text}, X: &ir.Column{Base: ir.Base{T: from}, Name: "x"}}
			if k, ok := kernel.Cast(from, text); k != nil && ok {
				back, _ := one(t, e, from, x)
				cast(text, from, back)
			}
		}
	}
	if pairs < 100 {
		t.Errorf("only %d pairs of types", pairs)
	}
}
