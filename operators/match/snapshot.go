package match

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// Snapshot implements operators.Operator.
func (m *Match) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := m.waiting.Save(&w); err != nil {
		return nil, err
	}
	if w.Bool(m.apart != nil); m.apart != nil {
		w.Int(m.Held() - int64(m.waiting.Len()))
		if err := m.apart.spill.Passed(m.apart.past); err != nil {
			return nil, err
		}
		err := m.apart.spill.Flush()
		return w.Buf, err
	}
	ids := make([][]kept.ID, len(m.inputs))
	for _, g := range m.table.Save(&w) {
		m.keys[g].save(&w, func(h *held) { ids[h.input] = append(ids[h.input], h.ID) })
	}
	for i, in := range m.inputs {
		if err := in.rows.Save(&w, ids[i]); err != nil {
			return nil, err
		}
	}
	return w.Buf, nil
}

// save writes a key with its attempts, and calls row behind what is known of each row.
func (k *key) save(w *wire.Writer, row func(h *held)) {
	index := make(map[*held]uint64, len(k.log))
	w.Uint(uint64(len(k.log)))
	for i, h := range k.log {
		index[h] = uint64(i)
		w.Uint(uint64(h.input))
		w.Int(h.time)
		w.Int(h.seq)
		w.Int(h.arrival)
		row(h)
	}
	w.Uint(uint64(len(k.attempts)))
	for _, a := range k.attempts {
		w.Uint(index[a.start])
		w.Uint(uint64(len(a.threads)))
		for _, t := range a.threads {
			saveThread(w, t, index)
		}
	}
}

func saveThread(w *wire.Writer, t thread, index map[*held]uint64) {
	w.Uint(uint64(t.wait))
	w.Int(t.base)
	n := uint64(0)
	for l := t.rows; l != nil; l = l.before {
		n++
	}
	w.Uint(n)
	for l := t.rows; l != nil; l = l.before {
		w.Uint(index[l.row])
		w.Uint(uint64(l.define))
	}
}

// Restore implements operators.Operator.
func (m *Match) Restore(state []byte, mine operators.Mine) error {
	r := wire.NewReader(state)
	m.waiting.Load(r, m.rowsOf(mine))
	if r.Bool() {
		n := r.Int()
		if err := r.Err(); err != nil {
			return err
		}
		return m.resume(n, mine)
	}
	groups := m.table.Load(r)
	m.grow(m.table.Size())
	logs := make([][]*held, len(m.inputs))
	for _, g := range groups {
		err := m.loadKey(r, m.keyOf(g), func(h *held) { logs[h.input] = append(logs[h.input], h) })
		if err != nil {
			return err
		}
	}
	for i, in := range m.inputs {
		ids := in.rows.Load(r)
		if len(ids) != len(logs[i]) {
			r.Fail(fmt.Errorf("%d rows instead of %d", len(ids), len(logs[i])))
			return r.Err()
		}
		for j, h := range logs[i] {
			h.ID = ids[j]
		}
	}
	if m.apart != nil {
		m.apart.spill.Adopt() // the next snapshot puts them on the shelf
	}
	m.forgetOthers(groups, mine)
	return r.Err()
}

// loadKey reads what save wrote of a key, and calls row behind what is known of each row.
func (m *Match) loadKey(r *wire.Reader, k *key, row func(h *held)) error {
	for range r.Len() {
		h := &held{input: int32(r.Uint()), time: r.Int(), seq: r.Int(), arrival: r.Int()}
		if uint(h.input) >= uint(len(m.inputs)) {
			r.Fail(fmt.Errorf("a row of input %d", h.input))
			return r.Err()
		}
		k.log = append(k.log, h)
		row(h)
	}
	for range r.Len() {
		if err := m.loadAttempt(r, k); err != nil {
			return err
		}
	}
	return nil
}

func (m *Match) loadAttempt(r *wire.Reader, k *key) error {
	row := func() *held {
		i := r.Uint()
		if i >= uint64(len(k.log)) {
			r.Fail(fmt.Errorf("row %d of %d", i, len(k.log)))
			return nil
		}
		return k.log[i]
	}
	a := &attempt{start: row()}
	m.begin()
	for range r.Len() {
		t := thread{wait: int32(r.Uint()), base: r.Int()}
		if uint(t.wait) >= uint(len(m.machine.waits)) {
			r.Fail(fmt.Errorf("an attempt waits for %d of %d", t.wait, len(m.machine.waits)))
		}
		var last *link
		for range r.Len() {
			l := &link{row: row(), define: int32(r.Uint())}
			if last == nil {
				t.rows = l
			} else {
				last.before = l
			}
			last = l
		}
		m.threads = append(m.threads, t)
	}
	if r.Failed() {
		return r.Err()
	}
	a.listed = true
	k.attempts = append(k.attempts, a)
	m.keep(k, a)
	return nil
}

// rowsOf tells which rows that wait are mine.
func (m *Match) rowsOf(mine operators.Mine) func(input int, rows *operators.Batch) []int32 {
	if mine == nil || len(m.types) == 0 {
		return nil
	}
	return func(input int, rows *operators.Batch) []int32 {
		n := len(m.inputs[input].keep)
		return mine.Rows(m.types, append([]arrow.Array(nil), rows.Cols[n:n+len(m.types)]...), rows.Rows)
	}
}

// forgetOthers drops the keys that are not mine.
func (m *Match) forgetOthers(groups []int32, mine operators.Mine) {
	for _, g := range m.table.Others(groups, mine) {
		k := m.keys[g]
		k.attempts, k.over = nil, 0
		m.touch(k)
		m.prune(k)
	}
	m.forget(nil)
}
