package differential

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// makeJoinOfChanges joins windows of rows that change with such windows of the other topic
// (rules 29 and 74): what is left are the pairs of the rows that are left in each window.
func makeJoinOfChanges(r *rand.Rand, in *stream) (stage, bool) {
	per, ok := pick(r, in.cols, long)
	key, okKey := pick(r, in.cols, long)
	keys := drawKeys(r, in)
	if !ok || !okKey || len(keys) == 0 || !waits(in) || in.other == nil || in.column("j") >= 0 || in.column("jv") >= 0 || in.column("jw") >= 0 {
		return stage{}, false
	}
	other := &stream{cols: base}
	draw, seed := []func(*rand.Rand, *stream, column) changingKind{slidingOfChanges, tumblingOfChanges}[r.IntN(2)], r.Uint64() // sessions do not join
	same := func() *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }                                                        // draws the same windows on both sides
	kinds := [2]changingKind{draw(same(), in, per), draw(same(), other, base[0])}
	emit := func() string {
		return " emit " + []string{"updates", "updates", "updates every 2s", "early every 3s"}[r.IntN(4)]
	}
	join := []string{"join", "left join", "semi join", "anti join"}[r.IntN(4)]
	shows := join == "join" || join == "left join"
	words := fmt.Sprintf("upserts by %s\n  |> window %s%s\n  |> %s j = (from b |> upserts by s, w |> window %s%s) on %s == j.v",
		names(keys), kinds[0].words, emit(), join, kinds[1].words, emit(), key.name)
	cols := slices.Clone(in.cols)
	if shows {
		dot := map[string]string{"join": ".", "left join": "?."}[join]
		words += fmt.Sprintf("\n  |> select * except (j), jv = j%sv, jw = j%sw", dot, dot)
		cols = append(cols, column{"jv", long, join == "left join"}, column{"jw", long, true})
	}
	never := func([]any) bool { return false }
	return stage{words, func(in *stream, out *doors) *stream {
		left := kinds[0].rows(follow(in, out, keyOf(in, keys), never, kinds[0]))
		right := kinds[1].rows(follow(other.with(base, in.other), out, keyOf(other, []column{base[1], base[3]}), never, kinds[1]))
		at := in.column(key.name)
		var rows []row
		for _, l := range left {
			var met []row
			for _, o := range right {
				if l.win == o.win && l.vals[at] != nil && compareValues(l.vals[at], o.vals[2]) == 0 {
					met = append(met, o)
				}
			}
			switch {
			case shows && len(met) > 0:
				for _, o := range met {
					rows = append(rows, settled(append(slices.Clone(l.vals), o.vals[2], o.vals[3]), l.win, 0))
				}
			case join == "left join":
				rows = append(rows, settled(append(slices.Clone(l.vals), nil, nil), l.win, 0))
			case join == "semi join" && len(met) > 0, join == "anti join" && len(met) == 0:
				rows = append(rows, settled(l.vals, l.win, 0))
			}
		}
		s := in.with(cols, rows)
		s.windows, s.emit, s.changes, s.per = true, "updates", true, keptPer([]column{per}, cols)
		return s
	}}, true
}
