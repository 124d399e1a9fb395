package differential

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// stage is one stage of a pipeline: its text, and what it makes of a stream.
type stage struct {
	text  string
	apply func(in *stream, out *doors) *stream
}

// maker draws a stage for a stream of the shape given; false where it does not fit.
type maker func(r *rand.Rand, in *stream) (stage, bool)

// with is a stream of other rows and columns.
func (s *stream) with(cols []column, rows []row) *stream {
	out := *s
	out.cols, out.rows = cols, rows
	return &out
}

func makeWhere(r *rand.Rand, in *stream) (stage, bool) {
	c := conditionOf(r, in.cols, 1)
	if col, ok := pick(r, in.cols, long); ok && !in.changes && r.IntN(6) == 0 {
		c = failing(col)
	}
	return stage{"where " + c.text, func(in *stream, out *doors) *stream {
		var rows []row
		for _, r := range in.rows {
			v, bad := c.eval(in.getter(r))
			switch {
			case bad:
				out.errors++
			case v == true:
				rows = append(rows, r)
			}
		}
		return in.with(in.cols, rows)
	}}, true
}

func makeExtend(r *rand.Rand, in *stream) (stage, bool) {
	name := fmt.Sprintf("x%d", len(in.cols))
	if in.column(name) >= 0 {
		return stage{}, false
	}
	e := longOf(r, in.cols, 2)
	return stage{"extend " + name + " = " + e.text, func(in *stream, _ *doors) *stream {
		var rows []row
		for _, r := range in.rows {
			v, _ := e.eval(in.getter(r))
			r.vals = append(append([]any(nil), r.vals...), v)
			rows = append(rows, r)
		}
		return in.with(append(append([]column(nil), in.cols...), column{name, long, e.nullable}), rows)
	}}, true
}

// makeSelect keeps some columns and one that is computed. Of a changes stream it
// would have to keep the key, so it is not drawn there.
func makeSelect(r *rand.Rand, in *stream) (stage, bool) {
	if in.changes {
		return stage{}, false
	}
	var keep []column
	for _, c := range in.cols {
		if c.name == "k" || len(in.per) > 0 || r.IntN(3) > 0 {
			keep = append(keep, c)
		}
	}
	e := longOf(r, in.cols, 1)
	name := fmt.Sprintf("y%d", len(in.cols))
	if in.column(name) >= 0 {
		return stage{}, false
	}
	cols := append(append([]column(nil), keep...), column{name, long, e.nullable})
	var names []string
	for _, c := range keep {
		names = append(names, c.name)
	}
	return stage{"select " + strings.Join(append(names, name+" = "+e.text), ", "), func(in *stream, _ *doors) *stream {
		var rows []row
		for _, r := range in.rows {
			get := in.getter(r)
			v, _ := e.eval(get)
			r.vals = nil
			for _, n := range names {
				r.vals = append(r.vals, get(n))
			}
			r.vals = append(r.vals, v)
			rows = append(rows, r)
		}
		return in.with(cols, rows)
	}}, true
}

func makeRequire(r *rand.Rand, in *stream) (stage, bool) {
	var nullable []int
	for i, c := range in.cols {
		if c.nullable {
			nullable = append(nullable, i)
		}
	}
	if len(nullable) == 0 || in.changes {
		return stage{}, false
	}
	at := nullable[r.IntN(len(nullable))]
	return stage{"require " + in.cols[at].name, func(in *stream, out *doors) *stream {
		cols := append([]column(nil), in.cols...)
		cols[at].nullable = false
		var rows []row
		for _, r := range in.rows {
			if r.vals[at] == nil {
				out.errors++
				continue
			}
			rows = append(rows, r)
		}
		return in.with(cols, rows)
	}}, true
}

// makeDedup is `dedup by k within d` (rule 58).
func makeDedup(r *rand.Rand, in *stream) (stage, bool) {
	if !waits(in) {
		return stage{}, false
	}
	by, ok := pick(r, in.cols, long)
	if !ok {
		return stage{}, false
	}
	d := (1 + r.Int64N(20)) * second
	return stage{fmt.Sprintf("dedup by %s within %ds", by.name, d/second), func(in *stream, _ *doors) *stream {
		var rows []row
		at := in.column(by.name)
		for _, r := range in.rows {
			dropped := false
			for _, k := range rows { // the rows that passed
				near := max(r.t-k.t, k.t-r.t) <= d
				dropped = dropped || near && r.a <= k.t+d && compareValues(k.vals[at], r.vals[at]) == 0
			}
			if !dropped {
				rows = append(rows, r)
			}
		}
		return in.with(in.cols, rows)
	}}, true
}
