package aggregate

import (
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
)

// step is one window: a key at one time. Its rows are those of the key from `from` to
// `to`; those from `left` on leave it, those from `came` on come into it.
type step struct {
	key                  int32
	end                  int64
	left, from, came, to int
}

// slideRoom is memory that is used again for every batch.
type slideRoom struct {
	groups   []int32    // by row
	ok       []bool     // by row
	last     []lastStep // by key
	rounds   [][]step
	left     []kept.ID
	oldRow   []int32 // by kept row, those of the batch that is taken back
	list     []int32
	endOf    []int64 // by group
	move     [4][]int32
	touched  []int32
	rows     []int32
	at       []*slid
	empty    []int32
	places   []place
	inWindow []kept.ID
}

// lastStep is where the step of the last window of a key in a batch is.
type lastStep struct{ round, at int32 }

// noStep is that of a key without a window.
var noStep = lastStep{round: -1}

// number notes where kept rows are among those that are taken out.
func (r *slideRoom) number(ids []kept.ID) {
	for i, id := range ids {
		if grow := int(id) + 1 - len(r.oldRow); grow > 0 {
			r.oldRow = append(r.oldRow, make([]int32, grow)...)
		}
		r.oldRow[id] = int32(i)
	}
}

// plan deals rows out into rounds in which each key ends one window at most, and says
// which kept rows leave on the way.
func (s *sliding) plan(b *operators.Batch, in *input, groups []int32) (rounds [][]step, left []kept.ID) {
	room := &s.room
	room.ok = slices.Grow(room.ok[:0], b.Rows)[:b.Rows]
	clear(room.ok)
	part := operators.Batch{Rows: b.Rows, Sel: in.sel}
	part.Each(func(i int) { room.ok[i] = true })
	for len(room.last) < len(s.byKey) {
		room.last = append(room.last, noStep)
	}
	rounds, left = room.rounds[:0], room.left[:0]
	for i := range b.Rows {
		key, t := s.keyOf[i], b.Time[i]
		k := s.byKey[key]
		at := &room.last[key]
		if at.round < 0 || rounds[at.round][at.at].end != t {
			if at.round++; int(at.round) == len(rounds) {
				rounds = nextRound(rounds)
			}
			at.at = int32(len(rounds[at.round]))
			st := step{key: key, end: t, left: k.from, came: len(k.rows), to: len(k.rows)}
			for k.from < len(k.rows) && k.rows[k.from].t <= t-s.size {
				if k.rows[k.from].row < 0 {
					left = append(left, k.rows[k.from].id)
				}
				k.from++
			}
			st.from = k.from
			rounds[at.round] = append(rounds[at.round], st)
		}
		if room.ok[i] {
			k.rows = append(k.rows, slid{t: t, group: groups[i], row: int32(i)})
			rounds[at.round][at.at].to++
		}
	}
	for _, key := range s.keyOf {
		room.last[key] = noStep
	}
	room.rounds, room.left = rounds, left
	return rounds, left
}

// nextRound is rounds with one more, in the memory of an earlier one.
func nextRound[T any](rounds [][]T) [][]T {
	n := len(rounds)
	if n == cap(rounds) {
		return append(rounds, nil)
	}
	rounds = rounds[:n+1]
	rounds[n] = rounds[n][:0]
	return rounds
}
