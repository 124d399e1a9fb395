package vm

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		t    *types.Type
		v    any
		want string
	}{
		{types.TLong.OrNull(), nil, "null"},
		{tPoint, []any{int64(1), "a\"b"}, `{ x: 1, s: "a\"b" }`},
		{tLongs, []any{int64(1), nil}, "[1, null]"},
		{tMap, types.MapValue{Keys: []string{"k"}, Values: []any{int64(2)}}, `{ "k": 2 }`},
		{tMap, types.MapValue{}, "{}"},
		{tShape, types.UnionValue{Branch: 1, Record: []any{int64(2), nil}}, "Square { side: 2, id: null }"},
		{tColor, "red", "red"},
		{types.TTimestamp, int64(1769860800_250_000), "@2026-01-31T12:00:00.25Z"},
		{types.TDate, int64(0), "@1970-01-01"},
		{types.TTime, int64(60_000_000), "@00:01:00"},
		{types.TDuration, int64(5_400_001_002), "1h30m1ms2us"},
		{types.TDuration, int64(-1_000_000), "-1s"},
		{types.TDuration, int64(0), "0s"},
		{types.TPeriod, types.Per{Months: 14}, "1y2mo"},
		{types.TPeriod, types.Per{Days: 3}, "P3D"},
		{types.TDouble, 0.1, "0.1"},
		{tSmall, decimal(150, 2), "1.50"},
		{types.TBytes, []byte{1, 0xff}, `from_hex("01ff")`},
		{types.TJSON, `{"a":1}`, `{"a":1}`},
	} {
		if got := Format(c.t, c.v); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// TestTakeFilterConcat moves values of every type through arrays and back.
func TestTakeFilterConcat(t *testing.T) {
	g := &generator{Rand: rand.New(rand.NewPCG(1, 2))}
	for _, rt := range randomTypes {
		t.Run(rt.String(), func(t *testing.T) {
			alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
			defer alloc.AssertSize(t, 0)
			rt = rt.OrNull()
			var values []any
			for range 30 {
				values = append(values, g.value(rt))
			}
			whole := FromValues(alloc, rt, values)
			defer whole.Release()
			part := array.NewSlice(whole, 5, 25)
			defer part.Release()
			check := func(name string, a arrow.Array, want func(i int) any) {
				defer a.Release()
				for i := range a.Len() {
					if got := Value(rt, a, i); !same(got, want(i)) {
						t.Errorf("%s, element %d: got %v, want %v", name, i, got, want(i))
					}
				}
			}
			take := []int32{3, -1, 0, 19, 3}
			check("take", Take(alloc, part, take), func(i int) any {
				if take[i] < 0 {
					return nil
				}
				return values[5+take[i]]
			})
			check("filter", Filter(alloc, part, []int32{1, 5, 6}), func(i int) any { return values[5+[]int{1, 5, 6}[i]] })
			check("filter run", Filter(alloc, part, []int32{4, 5, 6}), func(i int) any { return values[9+i] })
			check("filter none", Filter(alloc, part, []int32{}), nil)
			check("filter all", Filter(alloc, part, nil), func(i int) any { return values[5+i] })
			check("concat", Concat(alloc, []arrow.Array{part, whole}), func(i int) any { return append(values[5:25:25], values...)[i] })
		})
	}
}

func TestWrongValuesAreRefused(t *testing.T) {
	alloc := memory.NewGoAllocator()
	for _, c := range []struct {
		t *types.Type
		v any
	}{
		{types.TLong, "x"}, {types.TInt, int64(1) << 40}, {tColor, "pink"}, {tSmall, decimal(1, 3)}, {types.TUUID, []byte{1}},
		{tPoint, []any{int64(1)}}, {tLongs, []any{"x"}}, {types.TDouble, int64(1)}, {tMap, []any{}}, {tShape, []any{}},
	} {
		if arr, err := fromValues(alloc, c.t, []any{c.v}); err == nil {
			t.Errorf("%v passed as %s: %s", c.v, c.t, arr)
		}
	}
}

// TestUntakenBranchesCannotFail is SEMANTICS 50 on the case it is there for.
func TestUntakenBranchesCannotFail(t *testing.T) {
	x := col(types.TLong, "x")
	zero := lit(types.TLong, int64(0))
	mod := bin(types.TLong, ir.Mod, lit(types.TLong, int64(10)), x)
	isZero := bin(types.TBoolean, ir.Eq, x, zero)
	guarded := &ir.If{Base: ir.Base{T: types.TLong}, Cond: isZero, Then: lit(types.TLong, int64(-1)), Else: mod}
	if got, reason := one(t, guarded, types.TLong, int64(0)); got != int64(-1) {
		t.Errorf("if: got %v %s", got, reason)
	}
	even := bin(types.TBoolean, ir.Eq, mod, zero)
	or := &ir.Or{Base: ir.Base{T: types.TBoolean}, X: isZero, Y: even}
	if got, reason := one(t, or, types.TLong, int64(0)); got != true {
		t.Errorf("or: got %v %s", got, reason)
	}
	if _, reason := one(t, mod, types.TLong, int64(0)); reason != "division by zero" {
		t.Errorf("mod: got %q", reason)
	}
	constant := bin(types.TLong, ir.Mod, zero, zero)
	never := &ir.If{Base: ir.Base{T: types.TLong}, Cond: isZero, Then: zero, Else: constant}
	if got, reason := one(t, never, types.TLong, int64(0)); got != int64(0) {
		t.Errorf("a failing constant in a branch not taken: %v %s", got, reason)
	}
}

func TestEmptyBatch(t *testing.T) {
	g := &generator{Rand: rand.New(rand.NewPCG(3, 4))}
	for i, ct := range randomTypes {
		g.cols = append(g.cols, types.Column{Name: fmt.Sprint("c", i), Type: ct.OrNull()})
	}
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer alloc.AssertSize(t, 0)
	in := Input{Alloc: alloc}
	for _, c := range g.cols {
		a := FromValues(alloc, c.Type, nil)
		defer a.Release()
		in.Cols = append(in.Cols, a)
	}
	for range 300 {
		e := g.expr(pick(g, randomTypes...).OrNull(), 4)
		p, err := Compile(e, g.cols, testEnv())
		if err != nil {
			t.Fatal(err)
		}
		res := p.Eval(in)
		if res.Errors.Any() {
			t.Errorf("a batch without rows failed: %s", dump(e))
		}
		res.Release()
	}
}

// TestProgramsAreShared evaluates one program from several goroutines.
func TestProgramsAreShared(t *testing.T) {
	x := col(types.TLong, "x")
	e := &ir.Or{Base: ir.Base{T: types.TBoolean},
		X: bin(types.TBoolean, ir.Lt, x, lit(types.TLong, int64(3))),
		Y: bin(types.TBoolean, ir.Eq, bin(types.TLong, ir.Mod, x, lit(types.TLong, int64(5))), lit(types.TLong, int64(0)))}
	p, err := Compile(e, []types.Column{{Name: "x", Type: types.TLong}}, Env{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			alloc := memory.NewGoAllocator()
			for round := range 50 {
				n := 10 + worker*7 + round
				values := make([]any, n)
				want := 0
				for i := range values {
					values[i] = int64(i)
					if i < 3 || i%5 == 0 {
						want++
					}
				}
				arr := FromValues(alloc, types.TLong, values)
				if sel, _ := p.EvalBool(Input{Alloc: alloc, Cols: []arrow.Array{arr}, Rows: n}); len(sel) != want {
					t.Errorf("%d rows of %d, want %d", len(sel), n, want)
				}
			}
		})
	}
	wg.Wait()
}

func TestMistakesOfTheCompilerAreErrors(t *testing.T) {
	x := col(types.TLong, "x")
	for _, e := range []ir.Expr{
		col(types.TLong, "y"),
		&ir.Param{Base: ir.Base{T: types.TLong}, Name: "none"},
		&ir.Local{Base: ir.Base{T: types.TLong}, Name: "p"},
		&ir.Call{Base: ir.Base{T: types.TLong}, Name: "none"},
		&ir.Lambda{Base: ir.Base{T: types.FuncOf(types.TLong)}, Body: x},
		bin(types.TString, ir.Add, lit(types.TString, "a"), lit(types.TString, "b")),
		bin(types.TBoolean, ir.Lt, x, lit(types.TString, "b")),
		lit(types.TLong, "text"),
	} {
		if _, err := Compile(e, []types.Column{{Name: "x", Type: types.TLong}}, testEnv()); err == nil {
			t.Errorf("%s compiled", dump(e))
		}
	}
}
