package differential

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// The stages here wait for time: they see rows in order of (t, canonical), and rows
// that are behind are late (rules 16, 22, 23, 34, 59, 124 to 127).

// onTime are the rows that are not behind, by (t, canonical).
func onTime(in *stream, out *doors) []row {
	var rows []row
	for _, r := range in.rows {
		if r.t < r.a {
			out.late++
			continue
		}
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, byTime)
	return rows
}

func byTime(a, b row) int {
	switch {
	case a.t < b.t:
		return -1
	case a.t > b.t:
		return 1
	}
	return a.at.compare(b.at)
}

// passed gives a row that leaves such a stage its place: it was settled when the
// watermark passed its time.
func passed(r row, i int) row {
	r.a, r.at = r.t, place{progress: r.t + 1, topic: derived, position: i}
	return r
}

// perKey draws a column to work per, sometimes none.
func perKey(r *rand.Rand, in *stream) (words string, keys []column) {
	if c, ok := pick(r, in.cols, long); ok && r.IntN(4) > 0 {
		return " per " + c.name, []column{c}
	}
	return "", nil
}

func waits(in *stream) bool { return !in.changes && !in.windows && !in.loose }

// makeSession is `window session` (rule 22).
func makeSession(r *rand.Rand, in *stream) (stage, bool) {
	key, ok := pick(r, in.cols, long)
	if !ok || !waits(in) {
		return stage{}, false
	}
	gap, most, late := (2+r.Int64N(8))*second, int64(0), lateness(r)
	words := fmt.Sprintf("window session gap %ds", gap/second)
	if r.IntN(3) == 0 {
		most = gap + r.Int64N(20)*second
		words += fmt.Sprintf(" max %ds", most/second)
	}
	words += " per " + key.name
	if late > 0 {
		words += fmt.Sprintf(" lateness %ds", late/second)
	}
	return stage{words, func(in *stream, out *doors) *stream {
		var rows []row
		for _, r := range in.rows {
			if r.a > r.t+late { // rule 32
				out.late++
				continue
			}
			rows = append(rows, r)
		}
		slices.SortStableFunc(rows, byTime)
		var windowed []row
		for _, g := range groups(rows, keyOf(in, []column{key})) {
			windowed = append(windowed, sessions(g.rows, gap, most)...)
		}
		s := in.with(in.cols, windowed)
		s.windows, s.late, s.emit, s.per, s.loose = true, late, "", []column{key}, true
		return s
	}}, true
}

func sessions(rows []row, gap, most int64) []row {
	var out []row
	from := 0
	for i := range rows {
		ends := i+1 == len(rows) || rows[i+1].t-rows[i].t >= gap || most > 0 && rows[i+1].t >= rows[from].t+most
		if !ends {
			continue
		}
		w := window{rows[from].t, rows[i].t + gap}
		if most > 0 {
			w.end = min(w.end, w.start+most)
		}
		for _, r := range rows[from : i+1] {
			r.win = w
			out = append(out, r)
		}
		from = i + 1
	}
	return out
}

// makeSliding is `window sliding` (rule 23): one window per key and distinct time.
func makeSliding(r *rand.Rand, in *stream) (stage, bool) {
	key, ok := pick(r, in.cols, long)
	if !ok || !waits(in) {
		return stage{}, false
	}
	d := (1 + r.Int64N(12)) * second
	return stage{fmt.Sprintf("window sliding %ds per %s", d/second, key.name), func(in *stream, out *doors) *stream {
		var windowed []row
		for _, g := range groups(onTime(in, out), keyOf(in, []column{key})) {
			for i, last := range g.rows {
				if i+1 < len(g.rows) && g.rows[i+1].t == last.t {
					continue
				}
				for _, r := range g.rows[:i+1] {
					if r.t > last.t-d {
						r.win = window{last.t - d, last.t}
						windowed = append(windowed, r)
					}
				}
			}
		}
		s := in.with(in.cols, windowed)
		s.windows, s.late, s.emit, s.per, s.loose = true, 0, "", []column{key}, true
		return s
	}}, true
}

// makeShownEarly is a session, sliding window or window of rows that is shown before it is complete,
// with its aggregate: what is seen last is what is complete.
func makeShownEarly(r *rand.Rand, in *stream) (stage, bool) {
	makeWindow := []maker{makeSession, makeSliding, makeRows}[r.IntN(3)]
	w, ok := makeWindow(r, in)
	if !ok {
		return stage{}, false
	}
	windowed := func(in *stream, out *doors) *stream {
		s := w.apply(in, out)
		s.emit = "updates"
		return s
	}
	agg, ok := makeAggregate(r, windowed(in, &doors{}))
	if !ok {
		return stage{}, false
	}
	emit := []string{"updates", "updates every 2s", "early every 3s"}[r.IntN(3)]
	return stage{w.text + " emit " + emit + "\n  |> " + agg.text, func(in *stream, out *doors) *stream { return agg.apply(windowed(in, out), out) }}, true
}

// makeRows is `window rows` (rule 25). A window is known by its number, whatever its
// bounds are.
func makeRows(r *rand.Rand, in *stream) (stage, bool) {
	if !waits(in) {
		return stage{}, false
	}
	per, keys := perKey(r, in)
	n := 1 + r.IntN(4)
	every := 1 + r.IntN(n)
	words := fmt.Sprintf("window rows %d", n)
	if every < n || r.IntN(2) == 0 {
		words += fmt.Sprintf(" every %d", every)
	} else {
		every = n
	}
	return stage{words + per, func(in *stream, _ *doors) *stream {
		var windowed []row
		for _, g := range groups(in.rows, keyOf(in, keys)) {
			for from := 0; from < len(g.rows); from += every {
				for _, one := range g.rows[from:min(from+n, len(g.rows))] {
					one.win = window{int64(from), int64(from)}
					windowed = append(windowed, one)
				}
			}
		}
		s := in.with(in.cols, windowed)
		s.windows, s.late, s.emit, s.per, s.loose = true, 0, "", keys, true
		return s
	}}, true
}

func makeCumulative(r *rand.Rand, in *stream) (stage, bool) {
	if !waits(in) {
		return stage{}, false
	}
	every := []int64{2, 5}[r.IntN(2)] * second
	size := every * (1 + r.Int64N(4))
	if 60*second%size != 0 { // the model counts from the base, a whole minute
		return stage{}, false
	}
	return windowStage(fmt.Sprintf("cumulative %ds every %ds", size/second, every/second), lateness(r), "", func(t int64) []window {
		start := t - t%size
		var out []window
		for end := start + every; end <= start+size; end += every {
			if end > t {
				out = append(out, window{start, end})
			}
		}
		return out
	}), true
}

// makeOver is an `over` in extend (rule 59).
func makeOver(r *rand.Rand, in *stream) (stage, bool) {
	x, ok := pick(r, in.cols, long)
	name := fmt.Sprintf("o%d", len(in.cols))
	if !ok || !waits(in) || in.column(name) >= 0 {
		return stage{}, false
	}
	per, keys := perKey(r, in)
	n, d := 1+r.IntN(4), (1+r.Int64N(10))*second
	frame := fmt.Sprintf("last %d rows", n)
	byTimeFrame := r.IntN(2) == 0
	if byTimeFrame {
		frame = fmt.Sprintf("last %ds", d/second)
	}
	over := fmt.Sprintf(" over (%s)", trimLeft(per+" "+frame))
	var words string
	var of func(s *stream, frame, before []row) any
	cols := append(slices.Clone(in.cols), column{name, long, x.nullable})
	switch r.IntN(5) {
	case 0:
		words, cols[len(cols)-1].nullable = "count()", false
		of = func(_ *stream, frame, _ []row) any { return int64(len(frame)) }
	case 1:
		words, cols[len(cols)-1].nullable = "sum("+x.name+")", false
		of = func(s *stream, frame, _ []row) any {
			sum := int64(0)
			for _, v := range values(s, frame, x.name) {
				sum += v
			}
			return sum
		}
	case 2:
		words = "max(" + x.name + ")"
		of = func(s *stream, frame, _ []row) any {
			if vs := values(s, frame, x.name); len(vs) > 0 {
				return slices.Max(vs)
			}
			return nil
		}
	default:
		words, cols[len(cols)-1].nullable = "lag("+x.name+")", true
		over = fmt.Sprintf(" over (%s)", trimLeft(per))
		of = func(s *stream, _, before []row) any {
			if len(before) == 0 {
				return nil
			}
			return before[len(before)-1].vals[s.column(x.name)]
		}
	}
	return stage{"extend " + name + " = " + words + over, func(in *stream, out *doors) *stream {
		rows := onTime(in, out)
		var made []row
		for i, r := range rows {
			var of1, before []row // the frame, and the key's rows before this one
			for j, o := range rows {
				if !sameKey(keyOf(in, keys)(o), keyOf(in, keys)(r)) || o.t > r.t || !byTimeFrame && j > i {
					continue
				}
				if j < i {
					before = append(before, o)
				}
				if !byTimeFrame || o.t > r.t-d {
					of1 = append(of1, o)
				}
			}
			if !byTimeFrame {
				of1 = of1[max(0, len(of1)-n):]
			}
			v := of(in, of1, before)
			r = passed(r, i)
			r.vals = append(slices.Clone(r.vals), v)
			made = append(made, r)
		}
		return in.with(cols, made)
	}}, true
}

func trimLeft(s string) string {
	for len(s) > 0 && s[0] == ' ' {
		s = s[1:]
	}
	return s
}

// makeChanged is `changed e per k` (rule 127).
func makeChanged(r *rand.Rand, in *stream) (stage, bool) {
	x, ok := pick(r, in.cols, long)
	if !ok || !waits(in) {
		return stage{}, false
	}
	per, keys := perKey(r, in)
	return stage{"changed " + x.name + per, func(in *stream, out *doors) *stream {
		at := in.column(x.name)
		var made []row
		rows := onTime(in, out)
		for i, r := range rows {
			differs := true
			for j := i - 1; j >= 0; j-- {
				if sameKey(keyOf(in, keys)(rows[j]), keyOf(in, keys)(r)) {
					differs = compareValues(rows[j].vals[at], r.vals[at]) != 0
					break
				}
			}
			if differs {
				made = append(made, passed(r, i))
			}
		}
		return in.with(in.cols, made)
	}}, true
}

// makeThrottle is `throttle n per d per k else -> drop` (rule 126).
func makeThrottle(r *rand.Rand, in *stream) (stage, bool) {
	if !waits(in) {
		return stage{}, false
	}
	per, keys := perKey(r, in)
	n, d := 1+r.IntN(3), (1+r.Int64N(15))*second
	return stage{fmt.Sprintf("throttle %d per %ds%s", n, d/second, per), func(in *stream, out *doors) *stream {
		var made []row
		for i, r := range onTime(in, out) {
			k := keyOf(in, keys)(r)
			near := 0 // passed rows of the key less than d before this one
			for _, m := range made {
				if sameKey(keyOf(in, keys)(m), k) && r.t-m.t < d {
					near++
				}
			}
			if near < n {
				made = append(made, passed(r, i))
			}
		}
		return in.with(in.cols, made)
	}}, true
}
