package differential

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// The stages here put the rows of a changes stream into windows (rules 22, 23, 34 and
// 74): the model keeps every row there has been and looks at all of them again.

// stay is a row that has come, and the windows it is in no more: those that end at or
// behind gone.
type stay struct {
	row
	gone int64
}

// changingKind is a kind of window over a changes stream.
type changingKind struct {
	words   string
	late    int64
	tooLate func(r row) bool
	// open tells whether the window that a row is in is open for a change.
	open func(stays []stay, at int, a int64) bool
	// leave takes a row out of the windows that are open for a change.
	leave func(s *stay, a int64)
	// rows are the rows that stay, in the windows they are in.
	rows func(stays []stay) []row
}

// changingKinds draw windows, those more often that more depends on.
var changingKinds = []func(*rand.Rand, *stream, column) changingKind{sessionOfChanges, sessionOfChanges, slidingOfChanges, slidingOfChanges, tumblingOfChanges}

// makeWindowOfChanges is `upserts by k |> window ... emit updates |> aggregate`, or `top` or
// `latest`.
func makeWindowOfChanges(r *rand.Rand, in *stream) (stage, bool) {
	per, ok := pick(r, in.cols, long)
	keys := drawKeys(r, in)
	if !ok || len(keys) == 0 || !waits(in) {
		return stage{}, false
	}
	gone, ok := pick(r, in.cols, long)
	limit := r.Int64N(12)
	words := "upserts by " + names(keys)
	deletes := ok && r.IntN(2) == 0
	if deletes {
		words += fmt.Sprintf(" delete when (%s ?? 0) > %d", gone.name, limit)
	}
	kind := changingKinds[r.IntN(len(changingKinds))](r, in, per)
	words += "\n  |> window " + kind.words + " emit " + []string{"updates", "updates", "updates every 2s", "early every 3s"}[r.IntN(4)]
	moved := func(in *stream, out *doors) *stream {
		deleted := func(vals []any) bool {
			v, isLong := vals[in.column(gone.name)].(int64)
			return deletes && isLong && v > limit || deletes && !isLong && 0 > limit
		}
		s := in.with(in.cols, kind.rows(follow(in, out, keyOf(in, keys), deleted, kind)))
		s.windows, s.emit, s.late, s.per, s.loose = true, "updates", kind.late, []column{per}, true
		return s
	}
	below, ok := drawShown(r, moved(in, &doors{}))
	if !ok {
		return stage{}, false
	}
	return stage{words + "\n  |> " + below.text, func(in *stream, out *doors) *stream { return below.apply(moved(in, out), out) }}, true
}

// drawShown is what is shown of the windows of a changes stream, as long as they are open:
// what it would be of closed windows with the rows that they hold.
func drawShown(r *rand.Rand, in *stream) (stage, bool) {
	pick := []maker{makeTop, makeLatest}
	draw := r.IntN(5)
	if draw >= len(pick) {
		return makeAggregate(r, in)
	}
	closed := func(in *stream) *stream {
		s := *in
		s.emit = ""
		return &s
	}
	rows, ok := pick[draw](r, closed(in))
	return stage{rows.text, func(in *stream, out *doors) *stream {
		s := *rows.apply(closed(in), out)
		s.emit, s.changes = in.emit, true
		return &s
	}}, ok
}

// follow takes rows as upserts and returns all that have been in a window.
func follow(in *stream, out *doors, key func(row) []any, deleted func([]any) bool, kind changingKind) []stay {
	var stays []stay
	type last struct {
		key []any
		row row
		at  int // in stays, -1 where it is in no window
	}
	var known []last // the row of each key
	for _, r := range in.rows {
		k := key(r)
		i := slices.IndexFunc(known, func(l last) bool { return sameKey(l.key, k) })
		if i >= 0 {
			r.a = max(r.a, known[i].row.a) // rule 14
			if sameKey(known[i].row.vals, r.vals) && !deleted(r.vals) {
				known[i].row.a = r.a
				continue // it says what was said
			}
			if at := known[i].at; at >= 0 && kind.open(stays, at, r.a) {
				kind.leave(&stays[at], r.a)
			}
			known = slices.Delete(known, i, i+1)
		}
		if deleted(r.vals) {
			continue
		}
		l := last{key: k, row: r, at: -1}
		if kind.tooLate(r) {
			out.late++
		} else {
			l.at = len(stays)
			stays = append(stays, stay{row: r, gone: math.MaxInt64})
		}
		known = append(known, l)
	}
	return stays
}

func sessionOfChanges(r *rand.Rand, in *stream, per column) changingKind {
	gap, most, late := (2+r.Int64N(8))*second, int64(0), lateness(r)
	words := fmt.Sprintf("session gap %ds", gap/second)
	if r.IntN(3) == 0 {
		most = gap + r.Int64N(20)*second
		words += fmt.Sprintf(" max %ds", most/second)
	}
	words += " per " + per.name
	if late > 0 {
		words += fmt.Sprintf(" lateness %ds", late/second)
	}
	there := func(stays []stay) []row {
		var rows []row
		for _, s := range stays {
			if s.gone == math.MaxInt64 {
				rows = append(rows, s.row)
			}
		}
		slices.SortStableFunc(rows, byTime)
		var out []row
		for _, g := range groups(rows, keyOf(in, []column{per})) {
			out = append(out, sessions(g.rows, gap, most)...)
		}
		return out
	}
	return changingKind{words, late, func(r row) bool { return r.a > r.t+late }, func(stays []stay, at int, a int64) bool {
		for _, r := range there(stays) {
			if r.at == stays[at].at {
				return a < r.win.end+late
			}
		}
		return false
	}, func(s *stay, _ int64) { s.gone = never }, there}
}

func slidingOfChanges(r *rand.Rand, in *stream, per column) changingKind {
	d := (1 + r.Int64N(12)) * second
	return changingKind{fmt.Sprintf("sliding %ds per %s", d/second, per.name), 0, func(r row) bool { return r.a > r.t },
		func([]stay, int, int64) bool { return true },
		func(s *stay, a int64) { s.gone = max(a, s.t) },
		func(stays []stay) []row {
			stays = slices.Clone(stays)
			slices.SortStableFunc(stays, func(a, b stay) int { return byTime(a.row, b.row) })
			key := keyOf(in, []column{per})
			var out []row
			seen := map[string]bool{}
			for _, last := range stays {
				name := fmt.Sprint(key(last.row), last.t)
				if last.gone <= last.t || seen[name] {
					continue
				}
				seen[name] = true
				for _, s := range stays {
					if sameKey(key(s.row), key(last.row)) && s.t > last.t-d && s.t <= last.t && s.gone > last.t {
						one := s.row
						one.win = window{last.t - d, last.t}
						out = append(out, one)
					}
				}
			}
			return out
		}}
}

func tumblingOfChanges(r *rand.Rand, _ *stream, per column) changingKind {
	size, late := []int64{5, 10, 60}[r.IntN(3)]*second, lateness(r)
	words := fmt.Sprintf("tumbling %ds per %s", size/second, per.name)
	if late > 0 {
		words += fmt.Sprintf(" lateness %ds", late/second)
	}
	end := func(t int64) int64 { return t - t%size + size }
	return changingKind{words, late, func(r row) bool { return r.a >= end(r.t)+late },
		func(stays []stay, at int, a int64) bool { return a < end(stays[at].t)+late },
		func(s *stay, _ int64) { s.gone = never },
		func(stays []stay) []row {
			var out []row
			for _, s := range stays {
				if s.gone == math.MaxInt64 {
					s.win = window{end(s.t) - size, end(s.t)}
					out = append(out, s.row)
				}
			}
			return out
		}}
}
