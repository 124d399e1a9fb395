package differential

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// The stages here follow changes whose keys `keep` forgets (rules 72, 75 and 77): the
// model goes through the changes one by one, with what each stage remembers of them.

// change is what is said of the row of a key: it comes where before is nil, and goes
// where after is. A refused one is a row that came and was not let through.
type change struct {
	key           any
	before, after []any
	t, a          int64
	refused       bool
}

// lastRows is the last rows of keys, each for a time after the last change of the key.
type lastRows struct {
	keep int64 // never for ever
	rows map[any]*remembered
}

type remembered struct {
	vals []any
	t, a int64
}

// forgottenKeys are rows counted and summed by a key that is kept for a time.
func forgottenKeys(in *stream, key, of column, keep int64) []change {
	m := lastRows{keep, map[any]*remembered{}}
	k, v := in.column(key.name), in.column(of.name)
	var out []change
	for _, r := range in.rows {
		was := m.find(r.vals[k], r.a)
		add, _ := r.vals[v].(int64)
		c := change{key: r.vals[k], t: r.t, a: r.a}
		if was == nil {
			was = &remembered{vals: []any{c.key, int64(0), int64(0)}, t: never, a: never}
			m.rows[c.key] = was
		} else {
			c.before = was.vals
		}
		c.after = []any{c.key, was.vals[1].(int64) + 1, was.vals[2].(int64) + add}
		was.vals, was.t, was.a = c.after, max(was.t, r.t), max(was.a, r.a)
		c.a = was.a
		out = append(out, c)
	}
	return out
}

// find is what is remembered of a key when a change of it comes.
func (m *lastRows) find(key any, a int64) *remembered {
	was := m.rows[key]
	if was != nil && m.keep != never && a > was.t+m.keep {
		delete(m.rows, key)
		return nil
	}
	return was
}

// settle makes changes of those whose keys may start anew: the row that stood is known
// where it is remembered, or comes with the change.
func (m *lastRows) settle(in []change) []change {
	var out []change
	for _, c := range in {
		was := m.find(c.key, c.a)
		if was != nil {
			c.a, c.before = max(c.a, was.a), was.vals
		}
		switch {
		case c.refused && was == nil:
			continue
		case c.refused || c.after == nil:
			c.after, c.refused = nil, false
			delete(m.rows, c.key)
		case was != nil:
			was.vals, was.t, was.a = c.after, max(was.t, c.t), c.a
		default:
			m.rows[c.key] = &remembered{c.after, c.t, c.a}
		}
		if c.before == nil || c.after == nil || !sameKey(c.before, c.after) {
			out = append(out, c)
		}
	}
	return out
}

// letThrough leaves of changes what a condition on the rows lets through.
func letThrough(in []change, passes func([]any) bool) []change {
	var out []change
	for _, c := range in {
		comes := c.before == nil
		if c.before != nil && !passes(c.before) {
			c.before = nil
		}
		if c.after != nil && !passes(c.after) {
			c.after, c.refused = nil, comes
		}
		if c.before != nil || c.after != nil || c.refused {
			out = append(out, c)
		}
	}
	return out
}

// table is the rows that changes leave, by key.
func table(in []change) []row {
	left := map[any][]any{}
	for _, c := range in {
		delete(left, c.key)
		if c.after != nil {
			left[c.key] = c.after
		}
	}
	var rows []row
	for _, vals := range left {
		rows = append(rows, row{vals: vals})
	}
	return rows
}

// onlyReads is changes as one sees them who reads the key and one more column (rule 77):
// those of the others are none.
func onlyReads(in []change, at int) []change {
	part := func(vals []any) []any {
		if vals == nil {
			return nil
		}
		return []any{vals[0], vals[at], int64(0)}
	}
	var out []change
	for _, c := range in {
		c.before, c.after = part(c.before), part(c.after)
		if c.before == nil || c.after == nil || !sameKey(c.before, c.after) {
			out = append(out, c)
		}
	}
	return out
}

// gather counts and sums rows that change by whether their number is above a limit, each
// of the two groups kept for a time.
func gather(in []change, limit, keep int64) []change {
	type held struct {
		n, sum, t, a int64
		members      map[any]int
	}
	groups := map[bool]*held{}
	var out []change
	for _, c := range in {
		for _, vals := range [][]any{c.before, c.after} {
			if vals == nil {
				continue
			}
			name := vals[1].(int64) > limit
			g := groups[name]
			if g != nil && keep != never && c.a > g.t+keep {
				g = nil
			}
			if g == nil {
				g = &held{t: never, a: never, members: map[any]int{}}
			}
			taken := c.before != nil && &vals[0] == &c.before[0]
			if taken && g.members[c.key] == 0 {
				if groups[name] != nil && g.n == 0 {
					delete(groups, name) // it has been forgotten, and nothing came
				}
				continue
			}
			sign := int64(1)
			if taken {
				sign = -1
			}
			g.n, g.sum, g.t, g.a = g.n+sign, g.sum+sign*vals[2].(int64), max(g.t, c.t), max(g.a, c.a)
			g.members[c.key] += int(sign)
			groups[name] = g
			after := []any{name, g.n, g.sum}
			if taken && c.after != nil && c.after[1].(int64) > limit == name {
				continue // nobody sees the group without either row
			}
			if g.n == 0 {
				delete(groups, name)
				after = nil
			}
			out = append(out, change{key: name, after: after})
		}
	}
	return out
}

// makeForgotten is `aggregate ... keep d` and a stage below that remembers its rows. Nothing
// follows it: what stands of a key that came back late is in no order.
func makeForgotten(r *rand.Rand, in *stream) (stage, bool) {
	key, ok := pick(r, in.cols, long)
	of, okOf := pick(r, in.cols, long)
	if !ok || !okOf || !waits(in) {
		return stage{}, false
	}
	keep := []int64{1, 2, 3, 5, 10}[r.IntN(5)] * second
	words := fmt.Sprintf("aggregate kn = count(), kx = sum(%s ?? 0) by %s keep %ds", of.name, key.name, keep/second)
	cols := []column{key, {"kn", long, false}, {"kx", long, false}}
	horizon, limit := 3*keep, r.Int64N(12)
	below := func(c []change, _ *doors) []change { return c }
	fresh := func(keep int64) *lastRows { return &lastRows{keep, map[any]*remembered{}} }
	draw := r.IntN(5)
	if draw == 0 || draw == 1 {
		words += fmt.Sprintf("\n  |> where kx > %d", limit)
		below = func(c []change, _ *doors) []change {
			return fresh(horizon).settle(letThrough(c, func(vals []any) bool { return vals[2].(int64) > limit }))
		}
	}
	if draw == 2 {
		at := 1 + limit%3
		words += fmt.Sprintf("\n  |> extend ky = 10 %% (kn - %d)", at)
		cols = append(cols, column{"ky", long, false})
		below = func(c []change, out *doors) []change { return failed(fresh(horizon).settle(c), at, out) }
	}
	if draw == 1 || draw == 3 {
		before, above, own := below, 1+r.Int64N(3), []int64{1, 4, 9, 40, never}[r.IntN(5)]
		words += fmt.Sprintf("\n  |> aggregate gn = count(), gx = sum(kx) by kg = kn > %d", above)
		cols = []column{{"kg", boolean, false}, {"gn", long, false}, {"gx", long, false}}
		remembers := own
		if own != never {
			own *= second
			words += fmt.Sprintf(" keep %ds", own/second)
			remembers = max(own, horizon)
		}
		below = func(c []change, out *doors) []change {
			c = before(c, out)
			if draw == 3 || remembers > horizon || remembers == never {
				c = fresh(remembers).settle(c)
			}
			return gather(c, above, own)
		}
	}
	if draw == 4 {
		own := []int64{1, 4, 9, 40}[r.IntN(4)] * second
		words += fmt.Sprintf("\n  |> aggregate gn = count() by kg = kx > %d keep %ds", limit, own/second)
		cols = []column{{"kg", boolean, false}, {"gn", long, false}}
		below = func(c []change, _ *doors) []change {
			c = gather(onlyReads(fresh(max(own, horizon)).settle(c), 2), limit, own)
			for i := range c {
				if c[i].after != nil {
					c[i].after = c[i].after[:2]
				}
			}
			return c
		}
	}
	return stage{words, func(in *stream, out *doors) *stream {
		s := in.with(cols, table(below(forgottenKeys(in, key, of, keep), out)))
		s.changes, s.restarts = true, true
		return s
	}}, true
}

// failed computes 10 % (kn - at) of rows that change: one for which it fails is counted,
// and is no row of its key.
func failed(in []change, at int64, out *doors) []change {
	fails := func(vals []any) bool { return vals[1].(int64) == at }
	for _, c := range in {
		if c.after != nil && fails(c.after) {
			out.errors++
		}
	}
	in = slices.Clone(letThrough(in, func(vals []any) bool { return !fails(vals) }))
	in = slices.DeleteFunc(in, func(c change) bool { return c.refused })
	for i, c := range in {
		if c.after != nil {
			in[i].after = append(slices.Clone(c.after), 10%(c.after[1].(int64)-at))
		}
	}
	return in
}
