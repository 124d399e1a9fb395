package windowjoin

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/pair"
	"github.com/edynamic/edynamic/vm/wire"
)

// state is the rows of a window.
type state struct {
	sides *pair.Sides
	table *group.Table
	rows  pair.Rows
	items [2][]item
}

// item is a row of one side.
type item struct {
	id     kept.ID
	group  int32 // -1 for a key with a null
	p, seq int64
}

// met is a row of the result: items of both sides, -1 where a side has none.
type met struct {
	left, right int32
	p           int64 // of the later of the two
	seqs        [2]int64
}

func (m met) compare(o met) int {
	return cmp.Or(cmp.Compare(m.p, o.p), cmp.Compare(m.seqs[0], o.seqs[0]), cmp.Compare(m.seqs[1], o.seqs[1]))
}

func (j *Join) newState() *state {
	s := &state{sides: j.sides, table: j.sides.NewTable(), rows: pair.NewRows(j.Ctx)}
	if j.Ctx.Shelf != nil {
		s.rows = pair.NewDetachedRows(j.Ctx)
	}
	return s
}

func (s *state) id(side ir.Side, n int32) kept.ID {
	if n < 0 {
		return -1
	}
	return s.items[side][n].id
}

// meet lists the pairs of equal keys in the order in which they were complete
// (SEMANTICS 67); with firstOnly the first of each left row.
func (s *state) meet(firstOnly bool) []met {
	partners := s.partners()
	var pairs []met
	for n, l := range s.items[ir.LeftSide] {
		if l.group < 0 {
			continue
		}
		from := len(pairs)
		for m := partners.first[l.group]; m >= 0; m = partners.next[m] {
			r := &s.items[ir.RightSide][m]
			one := met{left: int32(n), right: m, p: max(l.p, r.p), seqs: [2]int64{l.seq, r.seq}}
			switch {
			case !firstOnly || len(pairs) == from:
				pairs = append(pairs, one)
			case one.compare(pairs[from]) < 0:
				pairs[from] = one
			}
			if firstOnly && partners.ascend {
				break
			}
		}
	}
	slices.SortFunc(pairs, met.compare)
	return pairs
}

// partners is the right rows of each group, as they came.
type partners struct {
	first, next []int32 // by group, and by right row; -1 for none
	ascend      bool    // the rows of a group came in ascending order of p
}

func (s *state) partners() partners {
	right := s.items[ir.RightSide]
	out := partners{first: make([]int32, s.table.Size()), next: make([]int32, len(right)), ascend: true}
	for g := range out.first {
		out.first[g] = -1
	}
	for n := len(right) - 1; n >= 0; n-- { // from behind, so that each row is put before the later ones
		it := &right[n]
		out.ascend = out.ascend && (n == 0 || right[n-1].p <= it.p && right[n-1].seq < it.seq)
		if it.group >= 0 {
			out.next[n] = out.first[it.group]
			out.first[it.group] = int32(n)
		}
	}
	return out
}

// outcome is what the kind of the join makes of the pairs.
func (s *state) outcome(j *Join, pairs []met) []met {
	var matched [2][]bool
	for side := range matched {
		matched[side] = make([]bool, len(s.items[side]))
	}
	var shown []met
	for _, m := range pairs {
		again := matched[ir.LeftSide][m.left]
		matched[ir.LeftSide][m.left], matched[ir.RightSide][m.right] = true, true
		if pair.ShowsPair(j.kind, again) {
			shown = append(shown, m)
		}
	}
	complete := len(shown)
	for side := range matched {
		if !j.keepsUnmatched(ir.Side(side)) {
			continue
		}
		for n, it := range s.items[side] {
			if matched[side][n] {
				continue
			}
			m := met{left: int32(n), right: -1, p: it.p, seqs: [2]int64{it.seq, operators.MaxTime}}
			if ir.Side(side) == ir.RightSide {
				m.left, m.right = -1, int32(n)
			}
			shown = append(shown, m)
		}
	}
	if len(shown) > complete {
		slices.SortFunc(shown, met.compare)
	}
	return shown
}

// Held implements paned.State.
func (s *state) Held() int64 { return int64(len(s.items[0]) + len(s.items[1])) }

// Empty implements paned.State.
func (s *state) Empty() bool { return s.Held() == 0 }

// Release implements paned.State.
func (s *state) Release() { s.rows.Release() }

// Save implements paned.State.
func (s *state) Save(w *wire.Writer) error {
	groups := s.table.Save(w)
	place := make([]int64, s.table.Size())
	for i, g := range groups {
		place[g] = int64(i)
	}
	for side, items := range s.items {
		w.Uint(uint64(len(items)))
		ids := make([]kept.ID, len(items))
		for i, it := range items {
			g := int64(-1)
			if it.group >= 0 {
				g = place[it.group]
			}
			w.Int(g)
			w.Int(it.p)
			w.Int(it.seq)
			ids[i] = it.id
		}
		if err := s.rows[side].SaveOrNames(w, ids); err != nil {
			return err
		}
	}
	return nil
}

// Load implements paned.State.
func (s *state) Load(r *wire.Reader, _ operators.Mine) {
	groups := s.table.Load(r)
	for side := range s.items {
		s.loadSide(r, ir.Side(side), groups)
	}
}

func (s *state) loadSide(r *wire.Reader, side ir.Side, groups []int32) {
	items := make([]item, r.Len())
	for i := range items {
		it := item{group: -1}
		if g := r.Int(); g >= 0 && int(g) < len(groups) {
			it.group = groups[g]
		}
		it.p, it.seq = r.Int(), r.Int()
		items[i] = it
	}
	ids := s.rows[side].LoadOrNames(r, len(items))
	if len(ids) != len(items) {
		r.Fail(fmt.Errorf("%d rows for %d items", len(ids), len(items)))
		return
	}
	for i, id := range ids { // all are of the one instance that there is
		items[i].id = id
	}
	s.items[side] = append(s.items[side], items...)
}
