package vm

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

var (
	seed   = flag.Uint64("seed", 0, "seed of random tests, 0 for a new one")
	rounds = flag.Int("rounds", 1500, "random expressions to try")
)

// testEnv has a function that fails, one that takes nulls and one with a lambda.
func testEnv() Env {
	functions := map[string]kernel.Kernel{
		"even": kernel.MapErr1(func(x int64) (int64, error) {
			if x%2 != 0 {
				return 0, fmt.Errorf("%d is odd", x)
			}
			return x, nil
		}),
		"or_zero": func(c *kernel.Call) arrow.Array {
			x, out := kernel.Reader[int64](c.Args[0]), kernel.NewColumn[int64](c)
			c.Each(func(i int) {
				if kernel.IsNullAt(c.Args[0], i) {
					out.Set(i, 0)
				} else {
					out.Set(i, x(i))
				}
			})
			return out.Finish()
		},
		"transform": transform,
	}
	signatures := map[string]sig.Signature{
		"even":      sig.MustParse("even(x: long) -> long!"),
		"or_zero":   sig.MustParse("or_zero(x: long?) -> long"),
		"transform": sig.MustParse("transform(xs: array<T>, f: fn(T) -> T) -> array<T>"),
	}
	return Env{
		Function: func(name string, _ int) (kernel.Kernel, *sig.Signature) {
			s := signatures[name]
			return functions[name], &s
		},
		Params: map[string]any{"limit": int64(3)},
	}
}

func transform(c *kernel.Call) arrow.Array {
	lists, out := kernel.ReadLists(c.Args[0]), kernel.NewListColumn(c)
	var positions, rows []int32
	c.Each(func(i int) {
		lo, hi := lists.Range(i)
		out.Set(i, hi-lo)
		for p := lo; p < hi; p++ {
			positions, rows = append(positions, int32(p)), append(rows, int32(i))
		}
	})
	elems := kernel.Gather(c.Alloc, lists.Elems.Arr, positions)
	defer elems.Release()
	v := c.Lambdas[1](len(rows), rows, kernel.Vector{Type: lists.Elems.Type, Arr: elems})
	return out.Finish(v.Arr)
}

// TestAgainstOracle evaluates random expressions over random rows, cut into batches
// in several ways and with random selections, and compares each row with the naive
// evaluator. Repeat a failure with -seed.
func TestAgainstOracle(t *testing.T) {
	start := *seed
	if start == 0 {
		start = uint64(time.Now().UnixNano())
	}
	for round := range *rounds {
		s := start + uint64(round)
		if !t.Run("", func(t *testing.T) { differential(t, s) }) {
			t.Fatalf("repeat with: go test ./vm -run TestAgainstOracle -rounds 1 -seed %d", s)
		}
	}
}

func differential(t *testing.T, s uint64) {
	g := &generator{Rand: rand.New(rand.NewPCG(s, 1))}
	for i, ct := range randomTypes {
		g.cols = append(g.cols,
			types.Column{Name: fmt.Sprintf("c%d", i), Type: ct},
			types.Column{Name: fmt.Sprintf("n%d", i), Type: ct.OrNull()})
	}
	want := pick(g, append([]*types.Type{types.TBoolean, tBigger, types.ArrayOf(types.DecimalOf(20, 1).OrNull())}, randomTypes...)...)
	e := g.expr(want.WithNull(g.IntN(2) == 0), 1+g.IntN(5))
	n := pick(g, 1, 7, 40)
	g.cols = used(g.cols, e)
	rows := make([][]any, len(g.cols))
	for c := range rows {
		for range n {
			rows[c] = append(rows[c], g.value(g.cols[c].Type))
		}
	}
	program, err := Compile(e, g.cols, testEnv())
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{n, 1, 3} {
		for at := 0; at < n; at += size {
			compareBatch(t, g, program, e, rows, at, min(size, n-at))
		}
	}
}

// used is the columns that an expression reads, and one besides.
func used(cols []types.Column, e ir.Expr) []types.Column {
	text := dump(e)
	return slices.DeleteFunc(slices.Clone(cols), func(c types.Column) bool {
		return c.Name != "c0" && !strings.Contains(text, c.Name)
	})
}

// compareBatch evaluates rows at..at+n as a slice of a longer array.
func compareBatch(t *testing.T, g *generator, p *Program, e ir.Expr, rows [][]any, at, n int) {
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer alloc.AssertSize(t, 0)
	in := Input{Alloc: alloc, Rows: n}
	for c, values := range rows {
		whole := FromValues(alloc, g.cols[c].Type, values)
		defer whole.Release()
		part := array.NewSlice(whole, int64(at), int64(at+n))
		defer part.Release()
		in.Cols = append(in.Cols, part)
	}
	if g.IntN(2) == 0 {
		in.Sel = []int32{}
		for i := range n {
			if g.IntN(3) > 0 {
				in.Sel = append(in.Sel, int32(i))
			}
		}
	}
	res := p.Eval(in)
	defer res.Release()
	var holds []int32
	eachRow(n, in.Sel, func(i int32) {
		o := &oracle{cols: map[string]any{}, params: testEnv().Params}
		for c, col := range g.cols {
			o.cols[col.Name] = rows[c][at+int(i)]
		}
		want, failed := o.eval(e)
		code, _, hasFailed := res.Errors.At(int(i))
		if string(failed) != code || hasFailed != (failed != "") {
			t.Fatalf("row %d: failed with %q, want %q\n%s", i, code, failed, dump(e))
		}
		if failed != "" {
			return
		}
		if got := Value(e.Type(), res.Vector.Arr, res.Vector.Index(int(i))); !same(got, want) {
			t.Fatalf("row %d: got %s, want %s\n%s", i, Format(e.Type(), got), Format(e.Type(), want), dump(e))
		}
		if want == true {
			holds = append(holds, i)
		}
	})
	if e.Type().Kind == types.Boolean {
		compareFilter(t, p, in, res, holds, e)
	}
}

func compareFilter(t *testing.T, p *Program, in Input, res Result, holds []int32, e ir.Expr) {
	sel, errs := p.EvalBool(in)
	if fmt.Sprint(sel) != fmt.Sprint(holds) || sel == nil {
		t.Fatalf("selected %v, want %v\n%s", sel, holds, dump(e))
	}
	if fmt.Sprint(errs.Rows()) != fmt.Sprint(res.Errors.Rows()) {
		t.Fatalf("failed %v, want %v\n%s", errs.Rows(), res.Errors.Rows(), dump(e))
	}
}

// dump writes an expression for a person.
func dump(e ir.Expr) string {
	list := func(xs []ir.Expr) string {
		var out []string
		for _, x := range xs {
			out = append(out, dump(x))
		}
		return "(" + strings.Join(out, ", ") + "): " + e.Type().String()
	}
	switch e := e.(type) {
	case *ir.Const:
		return Format(e.T, e.Value) + ":" + e.T.String()
	case *ir.Column:
		return e.Name
	case *ir.Local:
		return e.Name
	case *ir.Param:
		return e.Name
	case *ir.Field:
		return "field " + e.Name + list([]ir.Expr{e.X})
	case *ir.UnionField:
		return "union field " + e.Name + list([]ir.Expr{e.X})
	case *ir.IsBranch:
		return fmt.Sprint("is branch ", e.Branch) + list([]ir.Expr{e.X})
	case *ir.AsBranch:
		return fmt.Sprint("as branch ", e.Branch) + list([]ir.Expr{e.X})
	case *ir.Unary:
		return e.Op.String() + list([]ir.Expr{e.X})
	case *ir.Binary:
		return e.Op.String() + list([]ir.Expr{e.X, e.Y})
	case *ir.And:
		return "and" + list([]ir.Expr{e.X, e.Y})
	case *ir.Or:
		return "or" + list([]ir.Expr{e.X, e.Y})
	case *ir.If:
		return "if" + list([]ir.Expr{e.Cond, e.Then, e.Else})
	case *ir.IsNull:
		return "is null" + list([]ir.Expr{e.X})
	case *ir.Coalesce:
		return fmt.Sprint("coalesce errors=", e.Errors) + list([]ir.Expr{e.X, e.Y})
	case *ir.Try:
		return "try" + list([]ir.Expr{e.X})
	case *ir.Cast:
		return "cast" + list([]ir.Expr{e.X})
	case *ir.In:
		return "in" + list(append([]ir.Expr{e.X}, e.List...))
	case *ir.Call:
		return e.Name + list(e.Args)
	case *ir.Lambda:
		return fmt.Sprint(e.Params, " -> ", dump(e.Body))
	case *ir.MakeRecord:
		return "record" + list(e.Values)
	case *ir.MakeUnion:
		return "union" + list([]ir.Expr{e.X})
	case *ir.MakeList:
		return "list" + list(e.Items)
	}
	return fmt.Sprintf("%T", e)
}
