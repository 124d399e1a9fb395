package differential

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// windowStage is a window whose rows know their windows when they come: windows
// lists those of an instant.
func windowStage(head string, lateness int64, emit string, windows func(t int64) []window) stage {
	words := []string{"window " + head}
	if lateness > 0 {
		words = append(words, fmt.Sprintf("lateness %ds", lateness/second))
	}
	if emit != "" {
		words = append(words, "emit "+emit)
	}
	return stage{strings.Join(words, " "), func(in *stream, out *doors) *stream {
		var rows []row
		for _, r := range in.rows {
			late := false
			for _, w := range windows(r.t) {
				if r.a >= w.end+lateness { // rule 32
					late = true
					continue
				}
				r.win = w
				rows = append(rows, r)
			}
			if late {
				out.late++
			}
		}
		s := in.with(in.cols, rows)
		s.windows, s.late, s.emit = true, lateness, emit
		return s
	}}
}

func makeTumbling(r *rand.Rand, in *stream) (stage, bool) {
	if in.changes || in.windows {
		return stage{}, false
	}
	size := []int64{5, 10, 60}[r.IntN(3)] * second
	return windowStage(fmt.Sprintf("tumbling %ds", size/second), lateness(r), emitMode(r), func(t int64) []window {
		start := t - t%size
		return []window{{start, start + size}}
	}), true
}

func makeHopping(r *rand.Rand, in *stream) (stage, bool) {
	if in.changes || in.windows {
		return stage{}, false
	}
	every := []int64{2, 5}[r.IntN(2)] * second
	size := every * (1 + r.Int64N(4))
	return windowStage(fmt.Sprintf("hopping %ds every %ds", size/second, every/second), lateness(r), emitMode(r), func(t int64) []window {
		var out []window
		for start := t - t%every; start > t-size; start -= every {
			out = append(out, window{start, start + size})
		}
		slices.Reverse(out)
		return out
	}), true
}

func lateness(r *rand.Rand) int64 {
	if r.IntN(3) > 0 {
		return 0
	}
	return (1 + r.Int64N(10)) * second
}

func emitMode(r *rand.Rand) string {
	switch r.IntN(8) {
	case 0:
		return "updates"
	case 1:
		return "updates every 2s"
	case 2:
		return "early every 3s"
	case 3:
		return "final"
	}
	return ""
}

// aggregate is one item of an aggregate stage.
type aggregate struct {
	text string
	col  column
	of   func(s *stream, rows []row) any
}

// values are the values of a column that are not null.
func values(s *stream, rows []row, name string) []int64 {
	var out []int64
	at := s.column(name)
	for _, r := range rows {
		if r.vals[at] != nil {
			out = append(out, r.vals[at].(int64))
		}
	}
	return out
}

// drawAggregates draws items whose results do not depend on the order of rows.
func drawAggregates(r *rand.Rand, in *stream) []aggregate {
	items := []aggregate{{"n = count()", column{"n", long, false}, func(_ *stream, rows []row) any { return int64(len(rows)) }}}
	c, ok := pick(r, in.cols, long)
	if !ok {
		return items
	}
	if r.IntN(2) == 0 {
		items = append(items, aggregate{"total = sum(" + c.name + ")", column{"total", long, false}, func(s *stream, rows []row) any {
			sum := int64(0)
			for _, v := range values(s, rows, c.name) {
				sum += v
			}
			return sum
		}})
	}
	extreme := func(name string, of func(...int64) int64) aggregate {
		return aggregate{fmt.Sprintf("%s_%s = %s(%s)", name, c.name, name, c.name), column{name + "_" + c.name, long, c.nullable},
			func(s *stream, rows []row) any {
				vs := values(s, rows, c.name)
				if len(vs) == 0 {
					return nil
				}
				return of(vs...)
			}}
	}
	if r.IntN(2) == 0 {
		items = append(items, extreme("min", func(vs ...int64) int64 { return slices.Min(vs) }))
	}
	if r.IntN(2) == 0 {
		items = append(items, extreme("max", func(vs ...int64) int64 { return slices.Max(vs) }))
	}
	if r.IntN(3) == 0 {
		items = append(items, aggregate{"mean = avg(" + c.name + ")", column{"mean", double, c.nullable}, func(s *stream, rows []row) any {
			vs := values(s, rows, c.name)
			if len(vs) == 0 {
				return nil
			}
			sum := int64(0)
			for _, v := range vs {
				sum += v
			}
			return float64(sum) / float64(len(vs)) // small sums: the quotient is rounded once
		}})
	}
	if r.IntN(3) == 0 {
		items = append(items, aggregate{"kinds = count_distinct(" + c.name + ")", column{"kinds", long, false}, func(s *stream, rows []row) any {
			vs := values(s, rows, c.name)
			slices.Sort(vs)
			return int64(len(slices.Compact(vs)))
		}})
	}
	if r.IntN(3) == 0 {
		cond := conditionOf(r, in.cols, 0)
		items = append(items, aggregate{"some = count() where " + cond.text, column{"some", long, false}, func(s *stream, rows []row) any {
			n := int64(0)
			for _, r := range rows {
				if v, _ := cond.eval(s.getter(r)); v == true {
					n++
				}
			}
			return n
		}})
	}
	return items
}

// drawKeys draws columns to group by.
func drawKeys(r *rand.Rand, in *stream) []column {
	var keys []column
	for _, c := range in.cols {
		if c.kind != double && len(keys) < 2 && r.IntN(3) == 0 {
			keys = append(keys, c)
		}
	}
	return keys
}

func names(cols []column) string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = c.name
	}
	return strings.Join(out, ", ")
}

// withPer are keys with the columns of the window's `per` in front.
func withPer(per, keys []column) []column {
	out := slices.Clone(per)
	for _, k := range keys {
		if !slices.ContainsFunc(out, func(c column) bool { return c.name == k.name }) {
			out = append(out, k)
		}
	}
	return out
}

// keptPer are the columns of `per` that are still there.
func keptPer(per, cols []column) []column {
	var out []column
	for _, p := range per {
		if slices.ContainsFunc(cols, func(c column) bool { return c.name == p.name }) {
			out = append(out, p)
		}
	}
	return out
}

func keyOf(s *stream, keys []column) func(r row) []any {
	at := make([]int, len(keys))
	for i, k := range keys {
		at[i] = s.column(k.name)
	}
	return func(r row) []any {
		out := make([]any, len(at))
		for i, c := range at {
			out[i] = r.vals[c]
		}
		return out
	}
}

func makeAggregate(r *rand.Rand, in *stream) (stage, bool) {
	if in.changes {
		return stage{}, false
	}
	keys, items := withPer(in.per, drawKeys(r, in)), drawAggregates(r, in)
	for _, it := range items {
		if slices.ContainsFunc(keys, func(k column) bool { return k.name == it.col.name }) {
			return stage{}, false
		}
	}
	texts := make([]string, len(items))
	cols := slices.Clone(keys)
	for i, it := range items {
		texts[i] = it.text
		cols = append(cols, it.col)
	}
	words := "aggregate " + strings.Join(texts, ", ")
	if len(keys) > 0 {
		words += " by " + names(keys)
	}
	if !in.windows && len(keys) > 0 {
		words += " keep forever"
	}
	results := func(s *stream, g group) []any {
		vals := slices.Clone(g.key)
		for _, it := range items {
			vals = append(vals, it.of(s, g.rows))
		}
		return vals
	}
	return stage{words, func(in *stream, _ *doors) *stream {
		var rows []row
		out := in.with(cols, nil)
		if !in.windows {
			for _, g := range groups(in.rows, keyOf(in, keys)) {
				rows = append(rows, row{vals: results(in, g)})
			}
			out.rows, out.changes = rows, true
			return out
		}
		for _, p := range panes(in.rows) {
			for _, g := range groups(p.rows, keyOf(in, keys)) {
				rows = append(rows, settled(results(in, g), p.win, in.late))
			}
		}
		out.rows, out.changes, out.late, out.per, out.loose = rows, in.emit != "" && in.emit != "final", 0, keptPer(in.per, cols), false
		return out
	}}, true
}

// makeTop is `top n by v` in a window, or `top` of all rows kept for ever.
func makeTop(r *rand.Rand, in *stream) (stage, bool) {
	if in.changes || in.loose && !in.windows || in.windows && in.emit != "" && in.emit != "final" {
		return stage{}, false
	}
	by, ok := pick(r, in.cols, long)
	if !ok || in.column("place") >= 0 {
		return stage{}, false
	}
	n := 1 + r.Int64N(3)
	per := drawKeys(r, in)
	grouping := withPer(per, in.per)
	desc, ties := r.IntN(2) == 0, r.IntN(3) == 0
	ranked := r.IntN(2) == 0 || !in.windows
	if !in.windows && ties {
		return stage{}, false
	}
	words := fmt.Sprintf("top %d by %s", n, by.name)
	if desc {
		words += " desc"
	}
	if len(per) > 0 {
		words += " per " + names(per)
	}
	if ties {
		words += " with ties"
	}
	if ranked {
		words += " rank place"
	}
	if !in.windows && len(per) > 0 {
		words += " keep forever"
	}
	first := func(s *stream, rows []row) [][]any {
		at := s.column(by.name)
		rows = slices.Clone(rows)
		slices.SortStableFunc(rows, func(a, b row) int {
			x, y := a.vals[at], b.vals[at]
			if desc && x != nil && y != nil {
				return compareValues(y, x) // null stays last
			}
			return compareValues(x, y)
		})
		var out [][]any
		for i, r := range rows {
			rank := int64(i + 1)
			if ties {
				for rank > 1 && compareValues(rows[rank-2].vals[at], r.vals[at]) == 0 {
					rank--
				}
			}
			if rank > n {
				break
			}
			vals := slices.Clone(r.vals)
			if ranked {
				vals = append(vals, rank)
			}
			out = append(out, vals)
		}
		return out
	}
	return stage{words, func(in *stream, _ *doors) *stream {
		cols := slices.Clone(in.cols)
		if ranked {
			cols = append(cols, column{"place", long, false})
		}
		out := in.with(cols, nil)
		if !in.windows {
			out.changes = true
			for _, g := range groups(in.rows, keyOf(in, grouping)) {
				for _, vals := range first(in, g.rows) {
					out.rows = append(out.rows, row{vals: vals})
				}
			}
			return out
		}
		out.late, out.loose = 0, false
		for _, p := range panes(in.rows) {
			for _, g := range groups(p.rows, keyOf(in, grouping)) {
				for _, vals := range first(in, g.rows) {
					out.rows = append(out.rows, settled(vals, p.win, in.late))
				}
			}
		}
		return out
	}}, true
}

// makeLatest is `latest by k` (rule 57).
func makeLatest(r *rand.Rand, in *stream) (stage, bool) {
	keys := drawKeys(r, in)
	if in.changes || in.loose && !in.windows || len(keys) == 0 || in.windows && in.emit != "" && in.emit != "final" {
		return stage{}, false
	}
	words := "latest by " + names(keys)
	keys = withPer(keys, in.per)
	if !in.windows {
		words += " keep forever"
	}
	last := func(rows []row) row {
		best := rows[0]
		for _, r := range rows[1:] {
			if r.t >= best.t {
				best = r
			}
		}
		return best
	}
	return stage{words, func(in *stream, _ *doors) *stream {
		out := in.with(in.cols, nil)
		if !in.windows {
			out.changes = true
			for _, g := range groups(in.rows, keyOf(in, keys)) {
				out.rows = append(out.rows, row{vals: last(g.rows).vals})
			}
			return out
		}
		out.late, out.loose = 0, false
		for _, p := range panes(in.rows) {
			for _, g := range groups(p.rows, keyOf(in, keys)) {
				out.rows = append(out.rows, settled(last(g.rows).vals, p.win, in.late))
			}
		}
		return out
	}}, true
}

// makeFirst is `dedup by k` in a window: the first by (t, canonical).
func makeFirst(r *rand.Rand, in *stream) (stage, bool) {
	keys := drawKeys(r, in)
	if !in.windows || in.changes || len(keys) == 0 || in.emit != "" && in.emit != "final" {
		return stage{}, false
	}
	words := "dedup by " + names(keys)
	keys = withPer(keys, in.per)
	return stage{words, func(in *stream, _ *doors) *stream {
		out := in.with(in.cols, nil)
		out.late, out.loose = 0, false
		for _, p := range panes(in.rows) {
			for _, g := range groups(p.rows, keyOf(in, keys)) {
				best := g.rows[0]
				for _, r := range g.rows[1:] {
					if r.t < best.t {
						best = r
					}
				}
				out.rows = append(out.rows, settled(best.vals, p.win, in.late))
			}
		}
		return out
	}}, true
}

// makeSort orders the rows of each window, nulls last.
func makeSort(r *rand.Rand, in *stream) (stage, bool) {
	by, ok := pick(r, in.cols, long)
	if !ok || !in.windows || len(in.per) > 0 || in.changes || in.emit != "" && in.emit != "final" {
		return stage{}, false
	}
	return stage{"sort by " + by.name, func(in *stream, _ *doors) *stream {
		out := in.with(in.cols, nil)
		out.late, out.loose = 0, false
		at := in.column(by.name)
		for _, p := range panes(in.rows) {
			slices.SortStableFunc(p.rows, func(a, b row) int { return compareValues(a.vals[at], b.vals[at]) })
			for _, r := range p.rows {
				out.rows = append(out.rows, settled(r.vals, p.win, in.late))
			}
		}
		return out
	}}, true
}

// makeWindowNone leaves the windows.
func makeWindowNone(_ *rand.Rand, in *stream) (stage, bool) {
	if !in.windows || len(in.per) > 0 || in.changes || in.emit != "" && in.emit != "final" {
		return stage{}, false
	}
	return stage{"window none", func(in *stream, _ *doors) *stream {
		out := in.with(in.cols, in.rows)
		out.windows, out.emit = false, ""
		return out
	}}, true
}
