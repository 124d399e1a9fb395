package stdlib

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
)

func TestAggregateList(t *testing.T) {
	names := map[string]bool{}
	last := ""
	for _, a := range Aggregates() {
		if names[a.Name] || a.Name <= last {
			t.Errorf("%s is out of order or listed twice", a.Name)
		}
		names[a.Name], last = true, a.Name
		if a.Doc == "" || a.Group == "" || a.Nulls == "" || len(a.Examples) == 0 {
			t.Errorf("%s is not documented", a.Name)
		}
		if len(a.New) != len(a.Overloads) {
			t.Errorf("%s has %d constructors for %d overloads", a.Name, len(a.New), len(a.Overloads))
		}
		for _, o := range a.Overloads {
			if o.Name != a.Name {
				t.Errorf("an overload of %s is named %s", a.Name, o.Name)
			}
		}
		if LookupAggregate(a.Name) != a {
			t.Errorf("%s is not found", a.Name)
		}
	}
	if len(names) < 32 {
		t.Errorf("%d aggregates", len(names))
	}
	if LookupAggregate("no_such") != nil {
		t.Error("found an aggregate that does not exist")
	}
}

// value is an element in a test: nil, bool, int64, float64 or string; for decimals
// an int64 of the unscaled number.
type value = any

func aggArray(alloc memory.Allocator, t *types.Type, values []value) arrow.Array {
	b := array.NewBuilder(alloc, kernel.ArrowType(t))
	defer b.Release()
	for _, v := range values {
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
		case *array.StringBuilder:
			b.Append(v.(string))
		case *array.TimestampBuilder:
			b.Append(arrow.Timestamp(v.(int64)))
		case *array.DurationBuilder:
			b.Append(arrow.Duration(v.(int64)))
		case *array.Decimal128Builder:
			b.Append(decimal128.FromI64(v.(int64)))
		default:
			panic("no values of " + t.String())
		}
	}
	return b.NewArray()
}

// aggRun is one aggregate at work on exact types.
type aggRun struct {
	alloc  memory.Allocator
	agg    kernel.Aggregator
	params []sig.Param
	types  []*types.Type
	result *types.Type
	again  func() kernel.Aggregator
	added  int64
}

func startAgg(alloc memory.Allocator, name string, overload int, argTypes []*types.Type, consts []any) *aggRun {
	a := LookupAggregate(name)
	o := a.Overloads[overload]
	result := o.Result
	switch {
	case o.Refine != nil:
		result = o.Refine(argTypes)
	case result.Kind == types.Var:
		result = argTypes[0].NonNull()
	case result.Kind == types.Array:
		result = types.ArrayOf(argTypes[0].NonNull())
	}
	again := func() kernel.Aggregator { return a.New[overload](argTypes, consts, result.OrNull()) }
	return &aggRun{alloc: alloc, agg: again(), params: o.Params, types: argTypes, result: result, again: again}
}

// call gives rows to f as one batch; rows with a null that the aggregate does not
// take are left out.
func (r *aggRun) call(rows [][]value, groups []int32, f func(c *kernel.AggCall)) {
	c := &kernel.AggCall{Alloc: r.alloc, N: len(rows), Groups: groups}
	for i, t := range r.types {
		col := make([]value, len(rows))
		for j, row := range rows {
			col[j] = row[i]
		}
		arr := aggArray(r.alloc, t, col)
		defer arr.Release()
		c.Args = append(c.Args, kernel.Vector{Type: t, Arr: arr})
	}
	all := true
	for i, row := range rows {
		if slices.Contains(row, nil) {
			all = false
			continue
		}
		c.Rows = append(c.Rows, int32(i))
	}
	if all {
		c.Rows = nil
	} else if c.Rows == nil {
		c.Rows = []int32{}
	}
	f(c)
}

func (r *aggRun) add(rows [][]value, groups []int32) {
	r.call(rows, groups, func(c *kernel.AggCall) {
		c.Number = numbers(r.added, len(rows))
		r.added += int64(len(rows))
		r.agg.Add(c)
	})
}

// sub takes back rows, of aggregates by order the first that were added.
func (r *aggRun) sub(rows [][]value, groups []int32) {
	r.call(rows, groups, func(c *kernel.AggCall) {
		c.Number = numbers(0, len(rows))
		r.agg.Sub(c)
	})
}

func numbers(from int64, n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = from + int64(i)
	}
	return out
}

// results is the results of n groups as text, failures as "failed: reason".
func (r *aggRun) results(n int) []string {
	groups := make([]int32, n)
	for i := range groups {
		groups[i] = int32(i)
	}
	failed := map[int]string{}
	arr := r.agg.Result(r.alloc, groups, func(i int, reason string) { failed[i] = reason })
	defer arr.Release()
	out := make([]string, n)
	write := kernel.JSONWriter(r.result, arr)
	for i := range out {
		if why, ok := failed[i]; ok {
			out[i] = "failed: " + why
			continue
		}
		out[i] = string(write(nil, i))
	}
	return out
}

func zeros(n int) []int32 { return make([]int32, n) }

func single(values ...value) [][]value {
	rows := make([][]value, len(values))
	for i, v := range values {
		rows[i] = []value{v}
	}
	return rows
}

func TestAggregatesByHand(t *testing.T) {
	maxLong := int64(math.MaxInt64)
	dec := types.DecimalOf(5, 2)
	tests := []struct {
		name     string
		overload int
		t        *types.Type
		consts   []any
		rows     [][]value
		want     string
	}{
		{"sum", 0, types.TLong, nil, single(maxLong, int64(1), int64(-1)), "9223372036854775807"},
		{"sum", 0, types.TLong, nil, single(maxLong, int64(1)), "failed: the sum is beyond the range of long"},
		{"sum", 0, types.TLong, nil, nil, "0"},
		{"sum", 1, types.TDouble, nil, single(0.1, 0.2, 0.3, nil), "0.6"},
		{"sum", 1, types.TDouble, nil, single(1e100, 1.0, -1e100), "1"},
		{"sum", 2, dec, nil, single(int64(12345), int64(-1), nil), "123.44"},
		{"sum", 2, types.DecimalOf(38, 0), nil, single(), "0"},
		{"sum", 3, types.TDuration, nil, single(int64(1_000_000), int64(500_000)), `"PT1.5S"`},
		{"avg", 0, types.TLong, nil, single(maxLong, maxLong, maxLong), "9223372036854776000"},
		{"avg", 0, types.TLong, nil, single(nil), "null"},
		{"avg", 2, dec, nil, single(int64(100), int64(100), int64(200)), "1.333333"},
		{"avg", 2, dec, nil, single(int64(-100), int64(-100), int64(-200)), "-1.333333"},
		{"avg", 3, types.TDuration, nil, single(int64(1), int64(2)), `"PT0.000002S"`},
		{"min", 0, types.TString, nil, single("b", "a\x00", "a", nil), `"a"`},
		{"max", 0, types.TString, nil, single("b", "é", "z"), `"é"`},
		{"max", 0, types.TDouble, nil, single(1.0, math.Inf(1), math.NaN()), "null"},
		{"min", 0, types.TDouble, nil, single(math.NaN(), 1.0), "1"},
		{"min", 0, dec, nil, single(int64(5), int64(-7)), "-0.07"},
		{"max", 0, types.TBoolean, nil, single(false, true), "true"},
		{"max", 0, types.TLong, nil, nil, "null"},
		{"count_distinct", 0, types.TDouble, nil, single(0.0, math.Copysign(0, -1), math.NaN(), -math.NaN()), "2"},
		{"quantile_disc", 0, types.TString, []any{nil, 0.5}, single("c", "a", "b"), `"b"`},
		{"quantile_disc", 0, types.TString, []any{nil, 0.0}, single("c", "a", "b"), `"a"`},
		{"quantile", 0, types.TDouble, []any{nil, 0.9}, single(1.0, 2.0, 3.0, 4.0, 5.0), "4.6"},
		{"quantile", 0, types.TDouble, []any{nil, 1.5}, single(1.0), "failed: the q of a quantile lies between 0 and 1"},
		{"approx_quantile", 0, types.TDouble, []any{nil, 0.5}, single(-3.0, -1.0, 0.0, 2.0, 4.0), "0"},
		{"approx_quantile", 0, types.TDouble, []any{nil, 1.0}, single(-3.0, math.Inf(1)), "null"},
		{"mode", 0, types.TString, nil, single("b", "a", "b", "a", "c"), `"a"`},
		{"stddev_samp", 0, types.TDouble, nil, single(5.0), "null"},
		{"stddev_pop", 0, types.TDouble, nil, single(5.0), "0"},
		{"var_samp", 0, types.TDouble, nil, single(1e9+1, 1e9+2, 1e9+3), "1"},
		{"skewness", 0, types.TDouble, nil, single(2.0, 2.0, 2.0), "null"},
		{"collect", 0, types.TString, nil, nil, "[]"},
		{"bit_and", 0, types.TInt, nil, single(int64(-1), int64(6)), "6"},
		{"bit_or", 0, types.TLong, nil, nil, "null"},
		{"any", 0, types.TBoolean, nil, nil, "false"},
		{"all", 0, types.TBoolean, nil, nil, "true"},
		{"geometric_mean", 0, types.TDouble, nil, single(0.0, 5.0), "0"},
	}
	for _, tt := range tests {
		argTypes := []*types.Type{tt.t}
		run := startAgg(memory.DefaultAllocator, tt.name, tt.overload, argTypes, tt.consts)
		run.agg.Grow(1)
		run.add(tt.rows, zeros(len(tt.rows)))
		if got := run.results(1)[0]; got != tt.want {
			t.Errorf("%s of %v is %s, want %s", tt.name, tt.rows, got, tt.want)
		}
	}
}

func TestFirstAndLastGoByTime(t *testing.T) {
	rows, times := single("late", "a", "b", "early", "c"), []int64{9, 3, 3, 1, 9}
	for name, want := range map[string]string{"first": `"early"`, "last": `"c"`} {
		run := startAgg(memory.DefaultAllocator, name, 0, []*types.Type{types.TString}, nil)
		run.agg.Grow(1)
		run.call(rows, zeros(5), func(c *kernel.AggCall) { c.Time = times; run.agg.Add(c) })
		if got := run.results(1)[0]; got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

// aggCase is the types an aggregate is tried with.
type aggCase struct {
	name     string
	overload int
	types    []*types.Type
	consts   []any
	ordered  bool // the result depends on the order of rows
}

func aggCases() []aggCase {
	var out []aggCase
	one := func(t *types.Type, names ...string) {
		for _, n := range names {
			out = append(out, aggCase{name: n, types: []*types.Type{t}})
		}
	}
	for _, t := range []*types.Type{types.TLong, types.TDouble, types.TString, types.TTimestamp, types.DecimalOf(9, 2), types.TBoolean} {
		one(t, "min", "max", "mode", "count_distinct", "approx_count_distinct", "collect_distinct", "entropy")
		out = append(out, aggCase{name: "count", overload: 1, types: []*types.Type{t}},
			aggCase{name: "quantile_disc", types: []*types.Type{t}, consts: []any{nil, 0.3}})
		for _, n := range []string{"first", "last", "collect"} {
			out = append(out, aggCase{name: n, types: []*types.Type{t}, ordered: true})
		}
		for _, n := range []string{"arg_min", "arg_max"} {
			out = append(out, aggCase{name: n, types: []*types.Type{t, types.TLong}, ordered: true})
		}
	}
	one(types.TDouble, "median", "stddev", "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp", "skewness", "kurtosis", "geometric_mean")
	for _, n := range []string{"quantile", "approx_quantile"} {
		out = append(out, aggCase{name: n, types: []*types.Type{types.TDouble}, consts: []any{nil, 0.37}})
	}
	for _, n := range []string{"corr", "covar_pop", "covar_samp", "regr_slope", "regr_intercept", "regr_r2", "weighted_avg"} {
		out = append(out, aggCase{name: n, types: []*types.Type{types.TDouble, types.TDouble}})
	}
	for i, t := range []*types.Type{types.TLong, types.TDouble, types.DecimalOf(9, 2), types.TDuration} {
		out = append(out, aggCase{name: "sum", overload: i, types: []*types.Type{t}}, aggCase{name: "avg", overload: i, types: []*types.Type{t}})
	}
	one(types.TInt, "bit_and", "bit_or", "bit_xor")
	one(types.TLong, "bit_and", "bit_or", "bit_xor")
	one(types.TBoolean, "any", "all", "count_if")
	out = append(out, aggCase{name: "count"},
		aggCase{name: "string_agg", types: []*types.Type{types.TString}, consts: []any{nil, "; "}, ordered: true})
	return out
}

func drawValue(r *rand.Rand, t *types.Type) value {
	if r.IntN(6) == 0 {
		return nil
	}
	switch t.Kind {
	case types.Boolean:
		return r.IntN(2) == 0
	case types.Double:
		return math.Round(r.NormFloat64()*100) / 8 * math.Pow(10, float64(r.IntN(3)))
	case types.String:
		return []string{"", "a", "b", "a\x00", "long text"}[r.IntN(5)]
	default:
		return int64(r.IntN(40) - 20)
	}
}

func drawRows(r *rand.Rand, c aggCase, n int) ([][]value, []int32) {
	rows, groups := make([][]value, n), make([]int32, n)
	for i := range rows {
		rows[i] = []value{}
		for _, t := range c.types {
			rows[i] = append(rows[i], drawValue(r, t))
		}
		groups[i] = int32(r.IntN(3))
	}
	return rows, groups
}

func seededRandom(t testing.TB) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// TestAggregatesInvariance: batches, order, retraction, snapshots and reuse of
// groups do not show in results, bit by bit.
func TestAggregatesInvariance(t *testing.T) {
	r := seededRandom(t)
	covered := map[string]bool{}
	for _, c := range aggCases() {
		covered[c.name] = true
		alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
		rows, groups := drawRows(r, c, 120)
		start := func() *aggRun {
			run := startAgg(alloc, c.name, c.overload, c.types, c.consts)
			run.agg.Grow(4)
			return run
		}
		whole := start()
		whole.add(rows, groups)
		want := whole.results(4) // group 3 is empty
		check := func(what string, run *aggRun) {
			t.Helper()
			if got := run.results(4); !slices.Equal(got, want) {
				t.Errorf("%s(%v) %s: %v, want %v", c.name, c.types, what, got, want)
			}
		}
		check("asked twice", whole)

		parts := start()
		for i := 0; i < len(rows); i += 7 {
			n := min(7, len(rows)-i)
			parts.add(rows[i:i+n], groups[i:i+n])
			if i == 49 {
				all := []int32{0, 1, 2, 3}
				state, err := parts.agg.Snapshot(all)
				if err != nil {
					t.Fatal(err)
				}
				parts.agg = parts.again()
				parts.agg.Grow(4)
				if err := parts.agg.Restore(all, state); err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				short := parts.again()
				short.Grow(4)
				if err := short.Restore(all, state[:len(state)-1]); err == nil {
					t.Errorf("%s took a state cut short", c.name)
				}
			}
		}
		check("in batches with a snapshot", parts)

		reused := start()
		other, otherGroups := drawRows(r, c, 50)
		reused.add(other, otherGroups)
		reused.agg.Free([]int32{0, 1, 2, 3})
		reused.add(rows, groups)
		check("in groups used again", reused)

		if !c.ordered {
			perm := r.Perm(len(rows))
			shuffled, shuffledGroups := make([][]value, len(rows)), make([]int32, len(rows))
			for i, p := range perm {
				shuffled[i], shuffledGroups[i] = rows[p], groups[p]
			}
			mixed := start()
			mixed.add(shuffled, shuffledGroups)
			check("in another order", mixed)
		}
		if m, ok := whole.agg.(fold.Merging); ok && m.CanMerge() {
			first, second, merged := start(), start(), start()
			first.add(rows[:50], groups[:50])
			second.add(rows[50:], groups[50:])
			for _, part := range []*aggRun{first, second} {
				// Group 3 is empty.
				merged.agg.(fold.Merging).MergeFrom(part.agg, []int32{0, 1, 3, 2}, []int32{0, 1, 3, 2})
			}
			check("merged", merged)
			if first.add(rows[50:], groups[50:]); !slices.Equal(first.results(4), want) {
				t.Errorf("%s(%v): a state that was merged into another has changed", c.name, c.types)
			}
		}
		if LookupAggregate(c.name).Retracts {
			back := start()
			if w, ok := back.agg.(fold.Retracting); ok {
				w.WillSub()
				back.agg.Grow(4)
			}
			if c.ordered { // what is taken back came first
				other, otherGroups = slices.Clone(rows[:30]), slices.Clone(groups[:30])
				back.add(other, otherGroups)
				back.add(rows, groups)
			} else {
				back.add(rows, groups)
				back.add(other, otherGroups)
			}
			back.sub(other, otherGroups)
			check("after rows were taken back", back)
		}
		alloc.AssertSize(t, 0)
	}
	for _, a := range Aggregates() {
		if !covered[a.Name] {
			t.Errorf("%s is not tried", a.Name)
		}
	}
}

// TestMomentsAgainstTwoPasses compares with the textbook's two passes.
func TestMomentsAgainstTwoPasses(t *testing.T) {
	r := seededRandom(t)
	n := 500
	xs, ys := make([]float64, n), make([]float64, n)
	rows := make([][]value, n)
	for i := range xs {
		xs[i] = r.NormFloat64()*3 + 100
		ys[i] = 2*xs[i] + r.NormFloat64()
		rows[i] = []value{ys[i], xs[i]}
	}
	mean := func(v []float64) float64 {
		s := 0.0
		for _, x := range v {
			s += x
		}
		return s / float64(len(v))
	}
	central := func(a, b []float64, p, q float64) float64 {
		ma, mb, s := mean(a), mean(b), 0.0
		for i := range a {
			s += math.Pow(a[i]-ma, p) * math.Pow(b[i]-mb, q)
		}
		return s
	}
	f := float64(n)
	sxx, syy, sxy := central(xs, xs, 2, 0), central(ys, ys, 2, 0), central(xs, ys, 1, 1)
	m2, m3, m4 := syy/f, central(ys, ys, 3, 0)/f, central(ys, ys, 4, 0)/f
	wx := 0.0
	for i := range xs {
		wx += xs[i] * ys[i]
	}
	want := map[string]float64{
		"var_pop": syy / f, "var_samp": syy / (f - 1), "stddev": math.Sqrt(syy / (f - 1)),
		"covar_pop": sxy / f, "covar_samp": sxy / (f - 1), "corr": sxy / math.Sqrt(sxx*syy), "regr_slope": sxy / sxx,
		"regr_intercept": mean(ys) - sxy/sxx*mean(xs), "regr_r2": sxy * sxy / sxx / syy,
		"skewness":     m3 / math.Pow(m2, 1.5) * math.Sqrt(f*(f-1)) / (f - 2),
		"kurtosis":     (f - 1) / ((f - 2) * (f - 3)) * ((f+1)*(m4/m2/m2-3) + 6),
		"weighted_avg": wx / (mean(xs) * f),
	}
	for name, w := range want {
		argTypes := []*types.Type{types.TDouble, types.TDouble}
		if len(LookupAggregate(name).Overloads[0].Params) == 1 {
			argTypes = argTypes[:1]
		}
		run := startAgg(memory.DefaultAllocator, name, 0, argTypes, nil)
		run.agg.Grow(1)
		run.add(rows, zeros(n))
		got, err := strconv.ParseFloat(run.results(1)[0], 64)
		if err != nil || math.Abs(got-w) > 1e-8*math.Max(1, math.Abs(w)) {
			t.Errorf("%s is %v (%v), want %v", name, got, err, w)
		}
	}
}

func TestApproximationsStayWithinTheirErrors(t *testing.T) {
	r := seededRandom(t)
	for _, distinct := range []int{500, 512, 2000, 100_000} {
		rows := make([][]value, 2*distinct)
		for i := range rows {
			rows[i] = []value{int64(i % distinct)}
		}
		run := startAgg(memory.DefaultAllocator, "approx_count_distinct", 0, []*types.Type{types.TLong}, nil)
		run.agg.Grow(1)
		run.add(rows, zeros(len(rows)))
		got, _ := strconv.ParseFloat(run.results(1)[0], 64)
		// Four standard errors; the hash is fixed, so this either holds or does not.
		if math.Abs(got/float64(distinct)-1) > 4*0.0081 || distinct <= 512 && got != float64(distinct) {
			t.Errorf("%d distinct values are counted as %v", distinct, got)
		}
	}
	rows := make([][]value, 20_000)
	xs := make([]float64, len(rows))
	for i := range rows {
		xs[i] = math.Exp(r.NormFloat64() * 4)
		if i%3 == 0 {
			xs[i] = -xs[i]
		}
		rows[i] = []value{xs[i]}
	}
	slices.Sort(xs)
	for _, q := range []float64{0, 0.01, 0.25, 0.5, 0.9, 0.999, 1} {
		run := startAgg(memory.DefaultAllocator, "approx_quantile", 0, []*types.Type{types.TDouble}, []any{nil, q})
		run.agg.Grow(1)
		run.add(rows, zeros(len(rows)))
		got, _ := strconv.ParseFloat(run.results(1)[0], 64)
		rank := q * float64(len(xs)-1)
		lo, hi := xs[int(rank)], xs[int(math.Ceil(rank))]
		slack := 0.008 * math.Max(math.Abs(lo), math.Abs(hi))
		if got < lo-slack || got > hi+slack {
			t.Errorf("quantile %v is %v, want %v to %v", q, got, lo, hi)
		}
	}
}

// TestAggregateExamples runs the documented examples whose arguments are x, a
// multiple of x, its square, or a literal.
func TestAggregateExamples(t *testing.T) {
	for _, a := range Aggregates() {
		for _, e := range a.Examples {
			if got := runExample(t, a, e); got != e.Result && !sameNumber(got, e.Result) {
				t.Errorf("%s over %s is %s, documented as %s", e.Expr, e.Rows, got, e.Result)
			}
		}
	}
}

func sameNumber(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}

func runExample(t *testing.T, a *Aggregate, e sig.Example) string {
	t.Helper()
	values, kind := exampleRows(t, e.Rows)
	inner := strings.TrimSuffix(strings.TrimPrefix(e.Expr, a.Name+"("), ")")
	var args []string
	if inner != "" {
		args = strings.Split(inner, ", ")
	}
	overload := 0
	for i, o := range a.Overloads {
		if len(args) >= 1 && len(o.Params) >= 1 && o.Params[0].Type.Kind == kind.Kind || len(o.Params) == len(args) && len(args) == 0 {
			overload = i
			break
		}
		if len(o.Params) >= len(args) && len(args) > 0 && o.Params[0].Type.Kind == types.Var {
			overload = i
		}
	}
	params := a.Overloads[overload].Params
	consts := make([]any, len(params))
	argTypes := make([]*types.Type, len(params))
	rows := make([][]value, len(values))
	for i, p := range params {
		argTypes[i] = p.Type
		if p.Type.Kind == types.Var || p.Type.Kind == types.Decimal {
			argTypes[i] = kind
		}
		if p.Const {
			consts[i] = p.Default
			if i < len(args) {
				consts[i] = literal(t, args[i])
			}
		}
		for j, x := range values {
			v := consts[i]
			if !p.Const {
				v = exampleArg(t, args[i], x)
			}
			if n, ok := v.(int64); ok && argTypes[i].Kind == types.Double {
				v = float64(n)
			}
			rows[j] = append(rows[j], v)
		}
	}
	run := startAgg(memory.DefaultAllocator, a.Name, overload, argTypes, consts)
	run.agg.Grow(1)
	run.add(rows, zeros(len(rows)))
	got := run.results(1)[0]
	if strings.HasPrefix(got, "[") {
		got = strings.ReplaceAll(got, ",", ", ")
	}
	return got
}

func literal(t *testing.T, text string) value {
	t.Helper()
	if s, err := strconv.Unquote(text); err == nil {
		return s
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatalf("%s is no literal", text)
	}
	return f
}

func exampleArg(t *testing.T, text string, x value) value {
	t.Helper()
	n, isInt := x.(int64)
	switch {
	case text == "x":
		return x
	case x == nil:
		return nil
	case !isInt:
		t.Fatalf("%s is not tried", text)
	case text == "-x":
		return -n
	case text == "x * x":
		return n * n
	case text == "x > 1":
		return n > 1
	}
	var factor int64
	if _, err := fmt.Sscanf(strings.ReplaceAll(text, "x * 2", "2 * x"), "%d * x", &factor); err != nil {
		t.Fatalf("%s is not tried", text)
	}
	return factor * n
}

func exampleRows(t *testing.T, text string) ([]value, *types.Type) {
	t.Helper()
	kind := types.TLong
	var out []value
	for _, part := range strings.Split(strings.Trim(text, "[]"), ", ") {
		switch {
		case part == "null":
			out = append(out, nil)
		case part == "true", part == "false":
			kind = types.TBoolean
			out = append(out, part == "true")
		case strings.HasPrefix(part, `"`):
			kind = types.TString
			out = append(out, strings.Trim(part, `"`))
		case strings.Contains(part, "."):
			whole, digits, _ := strings.Cut(part, ".")
			kind = types.DecimalOf(len(whole)+len(digits), len(digits))
			n, err := strconv.ParseInt(whole+digits, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, n)
		default:
			n, err := strconv.ParseInt(part, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, n)
		}
	}
	return out, kind
}

func BenchmarkAggregates(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	const n = 4096
	groups := make([]int32, n)
	for i := range groups {
		groups[i] = int32(r.IntN(500))
	}
	for _, c := range []aggCase{
		{name: "count"}, {name: "sum", types: []*types.Type{types.TLong}}, {name: "sum", overload: 1, types: []*types.Type{types.TDouble}},
		{name: "avg", types: []*types.Type{types.TLong}}, {name: "avg", overload: 1, types: []*types.Type{types.TDouble}},
		{name: "max", types: []*types.Type{types.TLong}}, {name: "variance", types: []*types.Type{types.TDouble}},
	} {
		b.Run(fmt.Sprint(c.name, c.types), func(b *testing.B) {
			run := startAgg(memory.DefaultAllocator, c.name, c.overload, c.types, nil)
			run.agg.Grow(500)
			rows := make([][]value, n)
			for i := range rows {
				for _, t := range c.types {
					if t.Kind == types.Double {
						rows[i] = append(rows[i], float64(r.IntN(1_000_000))/100)
					} else {
						rows[i] = append(rows[i], r.Int64N(1_000_000))
					}
				}
			}
			run.call(rows, groups, func(call *kernel.AggCall) {
				b.ReportAllocs()
				for b.Loop() {
					run.agg.Add(call)
				}
			})
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
		})
	}
}
