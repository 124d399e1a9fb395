package differential

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
)

// makeJoin joins with the other topic within bounds (rules 34, 35, 63, 66, 67) and
// shows two columns of the right side. Unmatched rows stand where they are settled.
func makeJoin(r *rand.Rand, in *stream) (stage, bool) {
	key, ok := pick(r, in.cols, long)
	if !ok || !waits(in) || in.column("j") >= 0 || in.column("jv") >= 0 || in.column("jw") >= 0 || in.other == nil {
		return stage{}, false
	}
	lo := (r.Int64N(12) - 8) * second
	hi := lo + r.Int64N(15)*second
	join := []string{"join", "left join", "semi join", "anti join"}[r.IntN(4)]
	bounds := fmt.Sprintf("%s .. %s", seconds(lo), seconds(hi))
	words := fmt.Sprintf("%s j = b on %s == j.v within %s", join, key.name, bounds)
	cols := slices.Clone(in.cols)
	shows := join == "join" || join == "left join"
	if shows {
		words += "\n  |> select * except (j), jv = j.v, jw = j.w"
		if join == "left join" {
			words = words[:len(words)-len("jv = j.v, jw = j.w")] + "jv = j?.v, jw = j?.w"
		}
		cols = append(cols, column{"jv", long, join == "left join"}, column{"jw", long, true})
	}
	return stage{words, func(in *stream, out *doors) *stream {
		width := hi - lo
		keep := func(rows []row) []row {
			var kept []row
			for _, r := range rows {
				if r.a > r.t+width {
					out.late++
					continue
				}
				kept = append(kept, r)
			}
			return kept
		}
		left, right := keep(in.rows), keep(in.other)
		at := in.column(key.name)
		type pair struct {
			vals []any
			t, a int64
			p    int64
			l, r place
			copy int // of the left row, where a window above has made several of it
		}
		var pairs []pair
		for n, l := range left {
			var matches []row
			for _, o := range right {
				d := o.t - l.t
				if l.vals[at] != nil && compareValues(l.vals[at], o.vals[2]) == 0 && d >= lo && d <= hi && o.a <= l.t+hi && l.a <= o.t-lo {
					matches = append(matches, o)
				}
			}
			later := func(o row) pair {
				return pair{t: max(l.t, o.t), a: max(l.a, o.a), p: max(l.t, l.a, o.t, o.a), l: l.at, r: o.at, copy: n}
			}
			unmatched := pair{t: max(l.t, l.t+hi), a: l.a, p: max(l.t, l.a, l.t+hi), l: l.at, copy: n}
			switch {
			case shows && len(matches) > 0:
				for _, o := range matches {
					p := later(o)
					p.vals = append(slices.Clone(l.vals), o.vals[2], o.vals[3])
					pairs = append(pairs, p)
				}
			case join == "left join":
				unmatched.vals = append(slices.Clone(l.vals), nil, nil)
				pairs = append(pairs, unmatched)
			case join == "anti join" && len(matches) == 0:
				unmatched.vals = l.vals
				pairs = append(pairs, unmatched)
			case join == "semi join" && len(matches) > 0:
				first := later(matches[0])
				for _, o := range matches[1:] {
					if p := later(o); p.p < first.p || p.p == first.p && p.r.compare(first.r) < 0 {
						first = p
					}
				}
				first.vals = l.vals
				pairs = append(pairs, first)
			}
		}
		slices.SortStableFunc(pairs, func(a, b pair) int {
			return cmp.Or(cmp.Compare(a.p, b.p), a.l.compare(b.l), cmp.Compare(a.copy, b.copy), a.r.compare(b.r))
		})
		made := make([]row, len(pairs))
		for i, p := range pairs {
			made[i] = row{vals: p.vals, t: p.t, a: max(p.a, p.t), at: place{progress: p.p + 1, topic: derived, position: i}}
		}
		s := in.with(cols, made)
		s.loose = join == "left join" || join == "anti join" // the rules order pairs, not the unmatched
		return s
	}}, true
}

func seconds(d int64) string { return fmt.Sprintf("%ds", d/second) }

// makeAsof is `asof join` (rule 68).
func makeAsof(r *rand.Rand, in *stream) (stage, bool) {
	key, ok := pick(r, in.cols, long)
	if !ok || !waits(in) || in.column("q") >= 0 || in.column("qv") >= 0 || in.column("qw") >= 0 || in.other == nil {
		return stage{}, false
	}
	within := (1 + r.Int64N(20)) * second
	words := " within " + seconds(within)
	outer := r.IntN(2) == 0
	head, dot := "asof join", "."
	if outer {
		head, dot = "left asof join", "?."
	}
	text := fmt.Sprintf("%s q = b on %s == q.v%s\n  |> select * except (q), qv = q%sv, qw = q%sw", head, key.name, words, dot, dot)
	cols := append(slices.Clone(in.cols), column{"qv", long, outer}, column{"qw", long, true})
	return stage{text, func(in *stream, _ *doors) *stream {
		type step struct {
			r     row
			right bool
		}
		var steps []step
		for _, r := range in.rows {
			steps = append(steps, step{r, false})
		}
		for _, r := range in.other {
			steps = append(steps, step{r, true})
		}
		slices.SortStableFunc(steps, func(a, b step) int { // of one instant the right rows first
			return cmp.Or(cmp.Compare(max(a.r.t, a.r.a), max(b.r.t, b.r.a)), toInt(b.right)-toInt(a.right), a.r.at.compare(b.r.at))
		})
		at := in.column(key.name)
		var seen, made []row
		for i, s := range steps {
			if s.right {
				seen = append(seen, s.r)
				continue
			}
			var best *row
			for j := range seen {
				o := &seen[j]
				fits := s.r.vals[at] != nil && compareValues(s.r.vals[at], o.vals[2]) == 0 && o.t <= s.r.t && o.t >= s.r.t-within && s.r.a <= o.t+within // rule 35
				if fits && (best == nil || o.t > best.t || o.t == best.t && o.at.compare(best.at) > 0) {
					best = o
				}
			}
			l := s.r
			l.at = place{progress: max(l.t, l.a) + 1, topic: derived, position: i}
			switch {
			case best != nil:
				l.a = max(l.a, best.a)
				l.vals = append(slices.Clone(l.vals), best.vals[2], best.vals[3])
			case outer:
				l.vals = append(slices.Clone(l.vals), nil, nil)
			default:
				continue
			}
			l.a = max(l.a, l.t) // it has waited for the watermark (rule 14)
			made = append(made, l)
		}
		return in.with(cols, made)
	}}, true
}
