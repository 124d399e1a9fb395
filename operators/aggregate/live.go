package aggregate

import (
	"maps"
	"math"
	"slices"

	"github.com/edynamic/edynamic/vm/wire"
)

// live is what a changes result remembers of each group, by the group's number.
type live struct {
	groups  []shown
	changed []int32 // groups to look at when the next update is due
	sweep   int64   // the watermark from which old groups are looked for
}

// shown is the last row of a group that its readers have seen.
type shown struct {
	known   bool // the group has had a row since it was last forgotten
	visible bool
	failed  bool   // its error record has left
	changed bool   // is in live.changed
	anew    bool   // it was forgotten since the last change: what was shown counts no more
	row     []byte // the items' code
	time    int64  // the largest time of its rows, or the end of its period
	arrival int64  // the largest arrival of its rows
	rows    int64  // that it has, where rows are taken back
	members map[string][]member
}

// member is a row of a group as it came, by what it is told apart by.
type member struct{ number, time int64 }

func (l *live) grow(n int) {
	if n <= len(l.groups) {
		return
	}
	from := len(l.groups)
	l.groups = slices.Grow(l.groups, n-from)[:n]
	for g := from; g < n; g++ {
		l.forget(int32(g))
	}
}

func (l *live) forget(g int32) {
	l.groups[g] = shown{time: math.MinInt64, arrival: math.MinInt64, row: l.groups[g].row[:0]}
}

// takeAnew reports once that the group was forgotten.
func (s *shown) takeAnew() bool {
	anew := s.anew
	s.anew = false
	return anew
}

// begin forgets what is known of the rows of a group, and not what was shown of it.
func (s *shown) begin() {
	s.known, s.time, s.arrival, s.rows, s.members = false, math.MinInt64, math.MinInt64, 0, nil
}

func (l *live) clear() {
	for g := range l.groups {
		l.forget(int32(g))
	}
	l.groups, l.changed, l.sweep = l.groups[:0], l.changed[:0], 0
}

// mark notes that a group has changed.
func (l *live) mark(g int32) {
	if s := &l.groups[g]; !s.changed {
		s.changed = true
		l.changed = append(l.changed, g)
	}
}

func (l *live) save(w *wire.Writer, groups []int32) {
	for _, g := range groups {
		s := &l.groups[g]
		for _, b := range []bool{s.known, s.visible && !s.anew, s.failed && !s.anew, s.changed} {
			w.Bool(b)
		}
		w.Bytes(s.row)
		w.Int(s.time)
		w.Int(s.arrival)
		w.Int(s.rows)
		s.saveMembers(w)
	}
}

func (l *live) load(r *wire.Reader, groups []int32) {
	for _, g := range groups {
		s := shown{known: r.Bool(), visible: r.Bool(), failed: r.Bool(), changed: r.Bool(), row: slices.Clone(r.Bytes()), time: r.Int(), arrival: r.Int(), rows: r.Int()}
		s.loadMembers(r)
		l.groups[g] = s
		if s.changed {
			l.changed = append(l.changed, g)
		}
	}
}

func (s *shown) saveMembers(w *wire.Writer) {
	w.Uint(uint64(len(s.members)))
	for _, id := range slices.Sorted(maps.Keys(s.members)) {
		w.String(id)
		w.Uint(uint64(len(s.members[id])))
		for _, m := range s.members[id] {
			w.Int(m.number)
			w.Int(m.time)
		}
	}
}

func (s *shown) loadMembers(r *wire.Reader) {
	n := r.Len()
	if n == 0 {
		return
	}
	s.members = make(map[string][]member, n)
	for range n {
		id := r.String()
		list := make([]member, r.Len())
		for i := range list {
			list[i] = member{number: r.Int(), time: r.Int()}
		}
		s.members[id] = list
	}
}
