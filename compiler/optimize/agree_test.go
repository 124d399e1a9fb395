package optimize_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/optimize"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/runtime/build"
)

// TestRandomPipelines runs pipelines made at random with and without the optimiser:
// the rows and the error records must be the same, in the same order.
func TestRandomPipelines(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	removed, failed, updates := 0, 0, 0
	applied := map[string]int{}
	for range 200 {
		p := &pipeline{r: r, changes: r.IntN(3) == 0, longs: []string{"id", "n", "m"}, doubles: []string{"a"}, nullable: []string{"b"}}
		begin := p.begin()
		twin := *p
		twin.longs, twin.doubles, twin.nullable, twin.lets = slices.Clone(p.longs), slices.Clone(p.doubles), slices.Clone(p.nullable), slices.Clone(p.lets)
		text := `
schema Row { id: long  n: long  m: long  a: double  b: double?  at: timestamp }
topic rows: Row { time: at  watermark: ` + one(r, []string{"0s", "complete"}) + ` }
topic more: Row { time: at  watermark: complete }
stream out =
  from rows` + begin + p.text(2+r.IntN(6)) + `
stream other =
  from rows` + begin + twin.text(1+r.IntN(3)) + `
stream best =
  from rows
  |> window tumbling 4s
  |> aggregate k = count(), s = sum(n), last_a = max(a) by id, m
  |> top ` + fmt.Sprint(1+r.IntN(3)) + " by " + one(r, []string{"k", "s desc", "last_a desc, k", "m"}) + one(r, []string{"", " per m", " per id"}) +
			one(r, []string{"", " with ties"}) + `
stream visits = from rows |> window ` + one(r, []string{"session gap 3s per id", "sliding 3s per id", "session gap 2s max 5s per m"}) + ` |> aggregate k = count(), s = sum(n)
stream once = from rows |> window tumbling 4s |> aggregate k = count(), s = sum(n) by id, m |> dedup by ` + one(r, []string{"id", "m", "k", "id, k"}) + `
stream few = from rows |> window ` + one(r, []string{"tumbling 4s", "tumbling 1m"}) + ` |> aggregate k = count(), s = sum(n) where m > 1, mean = avg(b), lo = min(b), hi = max(id)` +
			one(r, []string{" by big = n > 2", " by big = n > 2, none = b is null |> top 2 by k desc"}) + `
stream paired = from rows |> ` + joined(r) + `
stream grouped = from rows |> window ` + one(r, []string{"tumbling 4s", "hopping 4s every 2s"}) + ` |> aggregate k = count(), hi = max(a) by id, m |> where ` +
			one(r, []string{"id > 1", "id > 1 and k > 1", "m != 1 and id < 4", "hi > 1.0"}) + `
route arms from rows first match {
` + p.arms() + `  otherwise -> rest
}
`
		g := loweredWhole(t, text)
		optimised := optimize.Run(g, optimize.Options{After: func(rule string, _ *plan.Graph) { applied[rule]++ }})
		removed += len(g.Nodes) - len(optimised.Nodes)
		given := [][][]any{rows(r, 15), rows(r, 5)}
		want, got := results(t, g, given, 1), results(t, optimised, given, 1+2*r.IntN(2))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\nbefore:\n%safter:\n%s(-without the optimiser +with it):\n%s", text, dump(g), dump(optimised), diff)
		}
		failed += strings.Count(strings.Join(want, ""), "error ")
		updates += strings.Count(strings.Join(want, ""), "update_after ")
	}
	t.Logf("%d nodes were removed, %d rows failed, %d were updated", removed, failed, updates)
	for _, rule := range optimize.Rules() {
		if applied[rule] == 0 {
			t.Errorf("the rule %s was never applied", rule)
		}
	}
	if removed == 0 || failed == 0 || updates == 0 {
		t.Error("the pipelines have nothing to remove, or no row fails or is updated")
	}
}

// joined is a join with a condition below it.
func joined(r *rand.Rand) string {
	kind := one(r, []string{"", "left ", "full ", "semi ", "anti ", "left asof ", "asof "})
	left := one(r, []string{"n > 0", "id != 2 and a > -2.0", "b is not null and b > 0.0", "n == m"})
	text := kind + "join r = more on id == r.id" + one(r, []string{"", " and n < r.m"}) + " within " + one(r, []string{"3s", "10s"})
	switch kind {
	case "semi ", "anti ":
	case "", "asof ":
		text += " |> where " + one(r, []string{left, left + " and r.n > 0", "r.n > 0 and r.m != n", "r.b is not null"})
		return text + " |> select id, n, other = r.n"
	case "full ":
		return text + " |> where " + one(r, []string{"id is not null", "(id ?? 0) > 1"}) + " |> select id, n, other = r?.n"
	default:
		text += " |> where " + one(r, []string{left, left + " and (r?.n ?? 0) > 0"})
		return text + " |> select id, n, other = r?.n"
	}
	return text + " |> where " + left + " |> select id, n"
}

// begin is how both streams begin.
func (p *pipeline) begin() string {
	var b strings.Builder
	if p.r.IntN(3) == 0 {
		b.WriteString("\n  |> union more")
	}
	if p.r.IntN(2) == 0 {
		b.WriteString("\n  |> where a > -3.0")
	}
	if p.r.IntN(3) == 0 && !p.changes {
		b.WriteString("\n  |> window hopping 4s every 2s")
	}
	return b.String()
}

// arms are conditions on the rows of the topic, which look at the same things.
func (p *pipeline) arms() string {
	of := &pipeline{r: p.r, longs: []string{"id", "n", "m"}, doubles: []string{"a"}, nullable: []string{"b"}}
	x := one(p.r, []string{of.long(2), "(" + of.long(1) + " + id * 2)", "div(n, m)"})
	return "  when " + x + " > 1 and " + of.condition() + " -> first\n  when " + x + " < -1 or " + of.condition() + " -> second\n"
}

// pipeline writes stages and keeps track of the columns there are.
type pipeline struct {
	r                        *rand.Rand
	longs, doubles, nullable []string
	lets                     []string
	made                     int
	changes                  bool // the rows replace each other by id, which has to stay
}

func (p *pipeline) text(stages int) string {
	var b strings.Builder
	if p.changes {
		b.WriteString("\n  |> latest by id keep forever")
		p.longs = p.longs[1:]
	}
	if !p.changes && p.r.IntN(4) == 0 {
		b.WriteString("\n  |> window none |> window hopping 4s every 2s |> where b is not null")
	}
	for range stages {
		b.WriteString("\n  |> " + p.stage())
	}
	return b.String()
}

func (p *pipeline) stage() string {
	switch p.r.IntN(10) {
	case 0, 1:
		return "where " + p.condition()
	case 8:
		x := p.long(2)
		return "where " + x + " > 1 or " + x + " < " + one(p.r, p.longs)
	case 9:
		x, y := one(p.r, []string{p.long(2), "div(" + p.long(1) + ", 3)"}), "("+p.double()+" - "+one(p.r, p.doubles)+")"
		c, d, e, f := p.fresh(), p.fresh(), p.fresh(), p.fresh()
		p.longs, p.doubles = append(p.longs, c, d), append(p.doubles, e, f)
		return fmt.Sprintf("extend %s = %s, %s = %s + 1, %s = %s * 2.0, %s = %s", c, x, d, x, e, y, f, y)
	case 2:
		name := p.fresh()
		s := "extend " + name + " = " + p.long(2)
		p.longs = append(p.longs, name)
		return s
	case 3:
		name := p.fresh()
		s := "let " + name + " = " + p.double()
		p.doubles, p.lets = append(p.doubles, name), append(p.lets, name)
		return s
	case 4:
		if p.changes {
			return "where " + p.condition()
		}
		return "key by " + one(p.r, p.longs)
	case 5:
		old, name := one(p.r, p.longs), p.fresh()
		p.longs[slices.Index(p.longs, old)] = name
		return "rename " + name + " = " + old
	case 6:
		return p.selection()
	default:
		p.doubles = slices.DeleteFunc(p.doubles, func(name string) bool { return slices.Contains(p.lets, name) })
		return "select *" // without those that `let` made
	}
}

func (p *pipeline) fresh() string {
	p.made++
	return fmt.Sprintf("c%d", p.made)
}

// selection passes some columns on, renamed or computed with.
func (p *pipeline) selection() string {
	var items, longs, doubles, nullable []string
	if p.changes {
		items = append(items, "id")
	}
	for _, c := range p.longs {
		if name := p.fresh(); p.r.IntN(2) == 0 {
			items, longs = append(items, name+" = "+p.long(1)), append(longs, name)
		} else {
			items, longs = append(items, c), append(longs, c)
		}
	}
	name := p.fresh()
	items, doubles = append(items, name+" = "+p.double()), append(doubles, name)
	name = p.fresh()
	items, nullable = append(items, name+" = "+one(p.r, p.nullable)), append(nullable, name)
	p.r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	p.longs, p.doubles, p.nullable = longs, doubles, nullable
	return "select " + strings.Join(items, ", ")
}

func (p *pipeline) condition() string {
	switch p.r.IntN(6) {
	case 0:
		return one(p.r, p.longs) + one(p.r, []string{" > ", " <= ", " == "}) + one(p.r, p.longs)
	case 1:
		return p.long(1) + " != " + p.long(1)
	case 2:
		return "(" + one(p.r, p.nullable) + " ?? 1.0) < " + p.double()
	case 3:
		return "1 + 1 == 2 and " + one(p.r, p.doubles) + " > -2.0"
	case 4:
		return one(p.r, []string{"true", "1 < 2 or " + p.long(1) + " > 2", p.long(1) + " > 2 or true"})
	default:
		return one(p.r, p.nullable) + " is not null or " + one(p.r, p.longs) + " > 0"
	}
}

// long is a whole number that fails in many rows where depth is not 0.
func (p *pipeline) long(depth int) string {
	if depth == 0 || p.r.IntN(3) == 0 {
		return one(p.r, append([]string{"3", "-(2)"}, p.longs...))
	}
	return "(" + p.long(depth-1) + one(p.r, []string{" + ", " - ", " * ", " % "}) + p.long(depth-1) + ")"
}

func (p *pipeline) double() string {
	return one(p.r, p.doubles) + one(p.r, []string{" + ", " * ", " / "}) + one(p.r, append([]string{"0.5"}, p.doubles...))
}

func one(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

// rows are rows of which many overflow or divide by zero.
func rows(r *rand.Rand, n int) [][]any {
	whole := func() any {
		return []int64{-1, 0, 1, 2, 3, math.MaxInt64, math.MinInt64}[r.IntN(7)]
	}
	out := make([][]any, n)
	for i := range out {
		var b any
		if r.IntN(2) == 0 {
			b = float64(r.IntN(5)) - 2
		}
		out[i] = []any{int64(i % 5), whole(), whole(), float64(r.IntN(9)) - 4, b, int64(i) * 1e6}
	}
	return out
}

// results are the rows of the streams and arms and the error records, as text.
func results(t *testing.T, g *plan.Graph, given [][][]any, parallel int) []string {
	t.Helper()
	s, err := build.NewSession(g, build.Options{BatchRows: 5, Parallel: parallel}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for i, topic := range []string{"rows", "more"} {
		if err := s.Given(topic, given[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.End(); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, stream := range []string{"out", "other", "best", "visits", "once", "paired", "grouped"} {
		ops := s.Collected(stream).Ops()
		for i, row := range s.Collected(stream).Rows() {
			out = append(out, ops[i].String()+" "+fmt.Sprint(row...))
		}
	}
	for _, topic := range []string{"first", "second", "rest"} {
		for _, row := range s.Collected(topic).Rows() {
			out = append(out, topic+" "+fmt.Sprint(row...))
		}
	}
	for _, row := range s.Collected("errors").Rows() {
		out = append(out, "error "+fmt.Sprint(row...))
	}
	for _, n := range s.Summary().Nodes {
		if strings.HasPrefix(n.Name, "once/") {
			for name, count := range n.Counters { // one at most
				out = append(out, fmt.Sprint(n.Name, " ", name, " ", count))
			}
		}
	}
	return out
}
