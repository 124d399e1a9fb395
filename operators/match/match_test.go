package match

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/stdlib"
	"github.com/edynamic/edynamic/vm/kernel"
)

// A row has a key, a number that is a power of two, and says itself what it fits.
var columns = []types.Column{
	{Name: "k", Type: types.TLong.OrNull()}, {Name: "id", Type: types.TLong},
	{Name: "a", Type: types.TBoolean}, {Name: "b", Type: types.TBoolean}, {Name: "c", Type: types.TBoolean},
}

var defines = []string{"a", "b", "c"}

var outColumns = []types.Column{
	{Name: "k", Type: types.TLong.OrNull()}, {Name: "a", Type: types.TLong}, {Name: "b", Type: types.TLong}, {Name: "c", Type: types.TLong},
	{Name: "at", Type: types.TTimestamp}, {Name: "late", Type: types.TBoolean},
}

func column(name string, t *types.Type) ir.Expr {
	return &ir.Column{Base: ir.Base{T: t}, Name: name}
}

func testEnv() *operators.Env {
	return &operators.Env{
		Compile: func(e ir.Expr, _ []types.Column) (operators.Eval, error) {
			if c, ok := e.(*ir.Const); ok {
				return constant(c.Value.(bool)), nil
			}
			return nil, fmt.Errorf("test: cannot compile %T", e)
		},
		Aggregate: func(name string) (*sig.Aggregate, []kernel.NewAggregator) {
			a := stdlib.LookupAggregate(name)
			return &a.Aggregate, a.New
		},
	}
}

// spec emits for each define the sum of the numbers of its rows, which tells them.
func spec(p *ir.Pattern) *ir.Match {
	m := &ir.Match{
		Per: []ir.Expr{column("k", columns[0].Type)}, PerNames: []string{"k"}, Pattern: p, Limited: true,
		Skip: ir.SkipPastLast,
	}
	at := column(ir.MatchTime, types.TTimestamp)
	for i, d := range defines {
		m.Defines = append(m.Defines, ir.MatchDefine{Name: d, Cond: column(d, types.TBoolean)})
		call := ir.AggCall{Name: "sum", Overload: 0, Args: []ir.Expr{column("id", types.TLong)}, T: types.TLong}
		m.Calls = append(m.Calls, ir.MatchCall{Define: i, Call: call})
	}
	items := func(late bool) []ir.Item {
		out := []ir.Item{{Name: "k", Expr: column("k", columns[0].Type)}}
		for i, d := range defines {
			out = append(out, ir.Item{Name: d, Expr: column(ir.CallColumn(i), types.TLong)})
		}
		isLate := &ir.Const{Base: ir.Base{T: types.TBoolean}, Value: late}
		return append(out, ir.Item{Name: "at", Expr: at}, ir.Item{Name: "late", Expr: isLate})
	}
	m.Emit, m.Timeout = items(false), items(true)
	return m
}

func fresh(t *testing.T, m *ir.Match) operators.Operator {
	t.Helper()
	op, err := New(m, [][]types.Column{columns}, outColumns, testEnv())
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// TestAgainstBacktracking runs random patterns over random rows and compares them
// with a reference that tries every way there is.
func TestAgainstBacktracking(t *testing.T) {
	r := optest.Random(t)
	found, late := 0, 0
	for n := range 1000 {
		g := &generator{r: r}
		m := spec(g.pattern(3))
		b := begins(m.Pattern)
		if b.not || b.empty {
			continue
		}
		m.Within = time.Duration(r.IntN(9)) * time.Microsecond
		m.Skip = []string{ir.SkipPastLast, ir.SkipPastLast, ir.SkipToNext, ir.SkipToFirst, ir.SkipToLast}[r.IntN(5)]
		m.SkipTo = r.IntN(len(defines))
		m.TimesOut = !g.timed && r.IntN(2) == 0
		rows := optest.Arrive(randomRows(r, 4+r.IntN(14)), 4)
		want := reference(m, rows)
		for _, run := range optest.Runs(func() operators.Operator { return fresh(t, m) }) {
			run.Delay = 4
			got := optest.Feed(t, run, columns, slices.Clone(rows), &optest.Sink{Cols: outColumns}, fresh(t, m))
			if diff := cmp.Diff(want, got.Lines); diff != "" {
				t.Fatalf("%d: %s within %v skip %s %s timeout %v\n%s(-reference +%+v):\n%s", n, patternText(m.Pattern), m.Within, m.Skip,
					defines[m.SkipTo], m.TimesOut, rowsText(rows), run, diff)
			}
		}
		found += len(want)
		late += strings.Count(strings.Join(want, ""), "true")
	}
	t.Logf("%d matches, %d of them ran out of time", found, late)
	if found < 500 || late < 100 {
		t.Error("the patterns hardly ever match")
	}
}

func randomRows(r *rand.Rand, n int) []optest.Row {
	rows := make([]optest.Row, n)
	at := int64(0)
	for i := range rows {
		at += r.Int64N(3)
		var k any = int64(r.IntN(2))
		if r.IntN(6) == 0 {
			k = nil
		}
		fits := r.IntN(8)
		rows[i] = optest.Row{Time: at - r.Int64N(3), Values: []any{k, int64(1) << i, fits&1 != 0, fits&2 != 0, fits&4 != 0}}
	}
	return rows
}

func rowsText(rows []optest.Row) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%3d (%d) %v\n", r.Time, r.Arrival, r.Values)
	}
	return b.String()
}

// generator makes random patterns.
type generator struct {
	r     *rand.Rand
	timed bool // an absence has a time
}

func (g *generator) pattern(depth int) *ir.Pattern {
	if depth == 0 {
		return &ir.Pattern{Kind: ir.PatternRow, Define: g.r.IntN(len(defines))}
	}
	items := func(n int) []*ir.Pattern {
		out := make([]*ir.Pattern, n)
		for i := range out {
			out[i] = g.pattern(depth - 1)
		}
		return out
	}
	switch g.r.IntN(9) {
	case 0, 1, 2, 3:
		return g.sequence(items(2 + g.r.IntN(2)))
	case 4:
		return &ir.Pattern{Kind: ir.PatternOr, Items: items(2)}
	case 5:
		return &ir.Pattern{Kind: ir.PatternAnd, Items: items(2)}
	case 6:
		p := &ir.Pattern{Kind: ir.PatternRepeat, Items: items(1), Min: g.r.IntN(3)}
		p.Max = p.Min + g.r.IntN(3)
		if p.Max == 0 || g.r.IntN(3) == 0 {
			p.Max = -1
		}
		return p
	default:
		return g.pattern(0)
	}
}

// sequence joins items, some of which it replaces by absences.
func (g *generator) sequence(items []*ir.Pattern) *ir.Pattern {
	p := &ir.Pattern{Kind: ir.PatternSeq, Items: items, Next: make([]bool, len(items)-1)}
	for i := 1; i < len(items); i++ {
		switch g.r.IntN(5) {
		case 0:
			items[i] = &ir.Pattern{Kind: ir.PatternNot, Define: g.r.IntN(len(defines))}
		case 1:
			g.timed = true
			items[i] = &ir.Pattern{Kind: ir.PatternNot, Define: g.r.IntN(len(defines)), For: time.Duration(1+g.r.IntN(5)) * time.Microsecond}
		}
	}
	for i := range p.Next {
		open := func(p *ir.Pattern) bool { return p.Kind == ir.PatternNot }
		p.Next[i] = g.r.IntN(3) == 0 && !open(items[i]) && !open(items[i+1])
	}
	return p
}

func patternText(p *ir.Pattern) string {
	var parts []string
	for i, item := range p.Items {
		if i > 0 && p.Kind == ir.PatternSeq {
			parts = append(parts, map[bool]string{true: "next", false: "then"}[p.Next[i-1]])
		}
		parts = append(parts, patternText(item))
	}
	switch p.Kind {
	case ir.PatternRow:
		return defines[p.Define]
	case ir.PatternNot:
		return fmt.Sprintf("(not %s for %v)", defines[p.Define], p.For)
	case ir.PatternRepeat:
		return fmt.Sprintf("%s{%d,%d}", parts[0], p.Min, p.Max)
	case ir.PatternSeq:
		return "(" + strings.Join(parts, " ") + ")"
	}
	return "(" + strings.Join(parts, " "+p.Kind+" ") + ")"
}

// begins tells what the checker refuses: a pattern that begins with an absence or may
// be empty.
func begins(p *ir.Pattern) (b struct{ not, empty bool }) {
	switch p.Kind {
	case ir.PatternRow:
		return b
	case ir.PatternNot:
		b.not = true
		return b
	case ir.PatternRepeat:
		b = begins(p.Items[0])
		b.empty = b.empty || p.Min == 0
		return b
	}
	b.empty = p.Kind != ir.PatternOr
	for _, item := range p.Items {
		if p.Kind == ir.PatternSeq && !b.empty {
			break
		}
		o := begins(item)
		b.not = b.not || o.not
		if p.Kind == ir.PatternOr {
			b.empty = b.empty || o.empty
		} else {
			b.empty = b.empty && o.empty
		}
	}
	return b
}
