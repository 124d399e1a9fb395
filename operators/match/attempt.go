package match

import (
	"cmp"
	"container/heap"
	"math"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
)

// held is a row that an attempt has taken.
type held struct {
	kept.Entry
	input     int32
	time, seq int64
	arrival   int64
}

func (h *held) compare(o *held) int {
	return cmp.Or(cmp.Compare(h.time, o.time), cmp.Compare(h.seq, o.seq))
}

// link is the rows that a thread has taken, the last first.
type link struct {
	before *link
	row    *held
	define int32
}

// thread is one way of going on with an attempt.
type thread struct {
	wait int32
	base int64 // when the wait began
	rows *link
}

// attempt is a match that may come about, from its first row.
type attempt struct {
	start   *held
	threads []thread  // the preferred first
	few     [2]thread // room for them
	has     uint64    // the defines by which a row matters to it
	strict  bool      // any row does
	due     int64     // nothing happens to it by time alone before
	listed  bool      // among the attempts of its key
	dead    bool
}

// key is the attempts of one key.
type key struct {
	group    int32
	attempts []*attempt // in order of their start
	over     int        // how many of them are dead
	has      uint64     // at least the defines by which a row matters to one of them
	strict   bool       // any row may
	log      []*held    // rows they have taken, in order
	due      int64      // nothing happens by time alone before
	at       int        // in the timers, -1 when it is not there
	pending  *held      // first row of the earliest match that has not left yet
	touched  bool
}

// arrived is a row whose turn it is.
type arrived struct {
	input     int
	row       int32
	fits      uint64
	time, seq int64
	arrival   int64
	held      *held // once it has been taken
}

// never is when nothing happens.
const never = math.MaxInt64

func saturated(t, d int64) int64 {
	if t > never-d {
		return never
	}
	return t + d
}

// ends is when rows can no longer be part of an attempt.
func (m *Match) ends(a *attempt) int64 {
	if !m.spec.Limited {
		return never
	}
	return saturated(saturated(a.start.time, m.within), 1)
}

// step takes a row to the attempts of its key and to a new one.
func (m *Match) step(k *key, r *arrived) {
	blocked := false
	if k.strict || k.has&r.fits != 0 {
		k.strict, k.has = false, 0
		for _, a := range k.attempts {
			if !a.dead && (a.strict || a.has&r.fits != 0) {
				if rows := m.advance(k, a, r); rows != nil {
					m.complete(k, a, matched{rows: rows, time: r.time, settled: r.time + 1})
					blocked = blocked || m.spec.Skip == ir.SkipPastLast
				}
			}
			k.strict, k.has = k.strict || a.strict, k.has|a.has
		}
	}
	if !blocked && m.machine.fits&r.fits != 0 {
		m.start(k, r)
	}
	m.sweep(k)
}

// start begins an attempt at a row.
func (m *Match) start(k *key, r *arrived) {
	if len(k.attempts) >= m.limit {
		m.out.Count(CounterDropped, 1)
		return
	}
	a := m.attempts.put(attempt{start: m.hold(k, r)})
	a.threads = a.few[:0]
	m.begin()
	for _, w := range m.machine.first {
		if r.fits&bit(int(m.machine.waits[w].define)) == 0 {
			continue
		}
		rows := m.links.put(link{row: a.start, define: m.machine.waits[w].define})
		if m.follow(w, r.time, rows, never) {
			m.complete(k, a, matched{rows: rows, time: r.time, settled: r.time + 1})
			return
		}
	}
	m.keep(k, a)
	if !a.dead {
		a.listed = true
		k.attempts = append(k.attempts, a)
	}
}

// advance takes a row to the threads of an attempt; it gives the rows of the match
// where that completes it.
func (m *Match) advance(k *key, a *attempt, r *arrived) *link {
	m.begin()
	for _, t := range a.threads {
		w := &m.machine.waits[t.wait]
		switch {
		case w.kind == forRow && r.fits&bit(int(w.define)) != 0:
			rows := m.links.put(link{before: t.rows, row: m.hold(k, r), define: w.define})
			if m.follow(t.wait, r.time, rows, never) {
				return rows
			}
		case w.kind == forRow && !w.gap:
		case r.fits&w.forbid != 0 && (w.kind != absence || r.time > t.base):
		default:
			m.stay(t)
		}
	}
	m.keep(k, a)
	return nil
}

// elapse lets time pass over an attempt.
func (m *Match) elapse(k *key, a *attempt, now int64) {
	m.begin()
	ends := m.ends(a)
	var left *link // of a thread that has run out of time
	for _, t := range a.threads {
		w := &m.machine.waits[t.wait]
		due := m.dueOf(a, t)
		switch {
		case due > now:
			m.stay(t)
		case w.kind == forRow:
			if left == nil {
				left = t.rows
			}
		case w.kind == toEnd:
			m.complete(k, a, matched{rows: t.rows, time: due - 1, settled: due})
			return
		default:
			if m.follow(t.wait, due, t.rows, ends) {
				m.complete(k, a, matched{rows: t.rows, time: due, settled: due})
				return
			}
			if now >= ends && left == nil {
				left = t.rows
			}
		}
	}
	m.keep(k, a)
	if a.dead && left != nil && m.spec.TimesOut {
		m.note(k, a, matched{rows: left, time: now - 1, settled: now, timedOut: true})
	}
}

// dueOf is when something happens to a thread by time alone.
func (m *Match) dueOf(a *attempt, t thread) int64 {
	if w := &m.machine.waits[t.wait]; w.kind == absence {
		return saturated(t.base, w.length)
	}
	return m.ends(a)
}

// begin starts collecting the threads that an attempt goes on with.
func (m *Match) begin() {
	m.threads = m.threads[:0]
	m.round++
}

// stay lets a thread wait on, unless a preferred one waits for the same.
func (m *Match) stay(t thread) {
	if m.machine.waits[t.wait].kind == absence {
		for _, o := range m.threads {
			if o.wait == t.wait && o.base == t.base {
				return
			}
		}
	} else if m.seen[t.wait] == m.round {
		return
	}
	m.seen[t.wait] = m.round
	m.threads = append(m.threads, t)
}

// follow adds what comes after a wait that is over; true where that is nothing. From
// the end of the attempt on there is no waiting for rows, and an absence until then
// is over.
func (m *Match) follow(w int32, base int64, rows *link, ends int64) bool {
	if m.machine.done[w] {
		return true
	}
	for _, next := range m.machine.after[w] {
		kind := m.machine.waits[next].kind
		switch {
		case base < ends || kind == absence:
			m.stay(thread{wait: next, base: base, rows: rows})
		case kind == toEnd:
			return true
		}
	}
	return false
}

// keep gives an attempt the threads that were collected.
func (m *Match) keep(k *key, a *attempt) {
	a.threads = append(a.threads[:0], m.threads...)
	a.has, a.strict, a.due = 0, false, never
	if len(a.threads) == 0 {
		k.kill(a)
	}
	for _, t := range a.threads {
		w := &m.machine.waits[t.wait]
		a.has |= w.has()
		a.strict = a.strict || w.kind == forRow && !w.gap
		a.due = min(a.due, m.dueOf(a, t))
	}
	k.has, k.strict = k.has|a.has, k.strict || a.strict
	m.wake(k, a.due)
}

// kill marks an attempt that is over.
func (k *key) kill(a *attempt) {
	if !a.dead && a.listed {
		k.over++
	}
	a.dead = true
}

// hold keeps a row of a batch once.
func (m *Match) hold(k *key, r *arrived) *held {
	if r.held == nil {
		h := m.helds.put(held{input: int32(r.input), time: r.time, seq: r.seq, arrival: r.arrival})
		m.inputs[r.input].fresh.Add(&h.Entry, r.row)
		r.held = h
		k.log = append(k.log, h)
		m.touch(k)
	}
	return r.held
}

// complete notes a match and drops the attempts that `skip` rules out.
func (m *Match) complete(k *key, a *attempt, found matched) {
	k.kill(a)
	m.note(k, a, found)
	var upTo *held // attempts that begin before it are dropped
	switch m.spec.Skip {
	case ir.SkipToNext:
		return
	case ir.SkipPastLast:
		for _, o := range k.attempts {
			if o.start.compare(found.rows.row) <= 0 {
				k.kill(o)
			}
		}
		return
	case ir.SkipToFirst, ir.SkipToLast:
		for l := found.rows; l != nil; l = l.before {
			if int(l.define) == m.spec.SkipTo {
				if upTo = l.row; m.spec.Skip == ir.SkipToLast {
					break
				}
			}
		}
	}
	for _, o := range k.attempts {
		if upTo != nil && o.start.compare(a.start) >= 0 && o.start.compare(upTo) < 0 {
			k.kill(o)
		}
	}
}

// note keeps a result until it can leave in its place.
func (m *Match) note(k *key, a *attempt, found matched) {
	found.key, found.start, found.arrival = k, a.start, operators.MinTime
	for l := found.rows; l != nil; l = l.before {
		found.arrival = max(found.arrival, l.row.arrival)
	}
	if k.pending == nil || k.pending.compare(a.start) > 0 {
		k.pending = a.start
	}
	m.found = append(m.found, found)
	m.latest = max(m.latest, found.settled)
	m.touch(k)
}

// sweep forgets the attempts that are over.
func (m *Match) sweep(k *key) {
	for len(k.attempts) > 0 && k.attempts[0].dead { // mostly the oldest
		k.attempts[0] = nil
		k.attempts = k.attempts[1:]
		k.over--
	}
	if k.over > 0 {
		k.attempts, k.over = slices.DeleteFunc(k.attempts, func(a *attempt) bool { return a.dead }), 0
	}
}

// wake makes sure that a key is looked at when the time comes.
func (m *Match) wake(k *key, at int64) {
	if at >= k.due {
		return
	}
	k.due = at
	if k.at < 0 {
		heap.Push(&m.timers, k)
		return
	}
	heap.Fix(&m.timers, k.at)
}

// elapseUntil lets everything happen that happens by time alone, up to an instant.
func (m *Match) elapseUntil(now int64) {
	for len(m.timers) > 0 && m.timers[0].due <= now {
		k := m.timers[0]
		at := k.due
		heap.Pop(&m.timers)
		k.due = never
	attempts:
		for _, a := range k.attempts {
			switch {
			case a.dead:
			case a.due <= at:
				m.elapse(k, a, at)
			default:
				m.wake(k, a.due)
				if !m.machine.timed { // later attempts end later
					break attempts
				}
			}
		}
		m.sweep(k)
		m.touch(k)
	}
}

// prune gives up the rows of a key that no attempt and no match needs.
func (m *Match) prune(k *key) {
	first := k.pending
	if len(k.attempts) > 0 && (first == nil || first.compare(k.attempts[0].start) > 0) {
		first = k.attempts[0].start
	}
	n := 0
	for n < len(k.log) && (first == nil || k.log[n].compare(first) < 0) {
		h := k.log[n]
		m.inputs[h.input].rows.Replace(&h.Entry)
		n++
	}
	k.log = slices.Delete(k.log, 0, n)
}

// timers is a heap of keys by when something happens.
type timers []*key

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].due < t[j].due }
func (t timers) Swap(i, j int) {
	t[i], t[j] = t[j], t[i]
	t[i].at, t[j].at = i, j
}

// Push implements heap.Interface.
func (t *timers) Push(x any) {
	k := x.(*key)
	k.at = len(*t)
	*t = append(*t, k)
}

// Pop implements heap.Interface.
func (t *timers) Pop() any {
	old := *t
	k := old[len(old)-1]
	old[len(old)-1] = nil
	*t = old[:len(old)-1]
	k.at = -1
	return k
}
