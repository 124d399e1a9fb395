package differential

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// kind is the type of a column, without its nullability.
type kind int

const (
	long kind = iota
	text
	boolean
	double
	instant
)

var kindWords = [...]string{"long", "string", "boolean", "double", "timestamp"}

type column struct {
	name     string
	kind     kind
	nullable bool
}

func (c column) typeText() string {
	if c.nullable {
		return kindWords[c.kind] + "?"
	}
	return kindWords[c.kind]
}

// row is one row with all that the rules know of it. A value is nil, int64, string,
// bool or float64; instants are microseconds.
type row struct {
	vals []any
	t, a int64 // time and arrival watermark (rule 5)
	at   place // canonical order (rule 8)
	win  window
}

// place is where a row stands among all: the largest time so far, then the topic
// and the position. Derived rows stand behind those of equal progress.
type place struct {
	progress int64
	topic    int
	position int
}

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.progress, o.progress), cmp.Compare(p.topic, o.topic), cmp.Compare(p.position, o.position))
}

type window struct{ start, end int64 }

func (w window) compare(o window) int {
	return cmp.Or(cmp.Compare(w.end, o.end), cmp.Compare(w.start, o.start))
}

const (
	never    = math.MinInt64
	second   = int64(1_000_000)
	derived  = math.MaxInt
	baseTime = int64(1_767_225_600) * second // 2026-01-01T00:00Z
)

// stream is rows in canonical order. Of a changes stream they are what remains.
type stream struct {
	cols    []column
	rows    []row
	changes bool
	windows bool  // rows are in windows
	late    int64 // lateness of the window the stream is in
	emit    string
	per     []column // whose values each have windows of their own
	other   []row    // of the topic that joins read, nil where there is none
	loose   bool     // the rules leave open how rows of one instant stand to each other
	// restarts: keys come back while rows of theirs stand, so that the log may give a row
	// twice.
	restarts bool
}

func (s *stream) column(name string) int {
	return slices.IndexFunc(s.cols, func(c column) bool { return c.name == name })
}

// doors counts rows that left by a side door.
type doors struct{ late, errors int }

// compareValues is the order of rule 44: null last.
func compareValues(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	switch a := a.(type) {
	case int64:
		return cmp.Compare(a, b.(int64))
	case float64:
		return cmp.Compare(a, b.(float64))
	case string:
		return strings.Compare(a, b.(string))
	case bool:
		return cmp.Compare(toInt(a), toInt(b.(bool)))
	}
	panic(fmt.Sprintf("no order of %T", a))
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func compareKeys(a, b []any) int {
	for i := range a {
		if d := compareValues(a[i], b[i]); d != 0 {
			return d
		}
	}
	return 0
}

func sameKey(a, b []any) bool { return compareKeys(a, b) == 0 }

// group is rows of one key, in order.
type group struct {
	key  []any
	rows []row
}

// groups gathers rows by key, in the order of the keys.
func groups(rows []row, key func(r row) []any) []group {
	var out []group
	for _, r := range rows {
		k := key(r)
		i := slices.IndexFunc(out, func(g group) bool { return sameKey(g.key, k) })
		if i < 0 {
			out = append(out, group{key: k})
			i = len(out) - 1
		}
		out[i].rows = append(out[i].rows, r)
	}
	slices.SortStableFunc(out, func(a, b group) int { return compareKeys(a.key, b.key) })
	return out
}

// pane is the rows of one window.
type pane struct {
	win  window
	rows []row
}

// panes are the windows that have rows, by (end, start).
func panes(rows []row) []pane {
	var out []pane
	for _, r := range rows {
		i := slices.IndexFunc(out, func(p pane) bool { return p.win == r.win })
		if i < 0 {
			out = append(out, pane{win: r.win})
			i = len(out) - 1
		}
		out[i].rows = append(out[i].rows, r)
	}
	slices.SortFunc(out, func(a, b pane) int { return a.win.compare(b.win) })
	return out
}

// settled is a row that a window leaves (rule 14).
func settled(vals []any, w window, lateness int64) row {
	return row{vals: vals, t: w.end - 1, a: w.end - 1, win: w, at: place{progress: w.end + lateness, topic: derived}}
}
