package aggregate

import (
	"cmp"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/vm/kernel"
)

// moved collects the results of a batch, to be put in order of time.
type moved struct {
	s    *sliding
	made [][]arrow.Array // of each round
	rows []int32         // of each round
	at   []place
}

// place is a row of the results.
type place struct {
	round, row int32
	group      int32
	end        int64
}

// add takes over n results, of the places from one on; those without a result leave.
func (m *moved) add(r *results, n, from int, out operators.Output) {
	if r.failed != nil {
		a := m.s.a
		left := m.at[:from]
		for _, at := range m.at[from:] {
			if f := r.failed[at.row]; f != nil {
				out.FailGroup(at.end-1, f.Code, f.Reason, group.JSON(a.byCols, r.made[:len(a.by)], int(at.row)))
				continue
			}
			left = append(left, at)
		}
		m.at = left
	}
	m.made, m.rows = append(m.made, r.made), append(m.rows, int32(n))
}

// send emits the results of a batch by (end, group values): the groups of a round are
// in that order already, but for their ends.
func (m *moved) send(out operators.Output) {
	n := len(m.at)
	if n == 0 {
		for _, made := range m.made {
			releaseArrays(made)
		}
		return
	}
	m.inOrder()
	first := make([]int32, len(m.made)) // of each round among all rows
	for i := 1; i < len(m.made); i++ {
		first[i] = first[i-1] + m.rows[i-1]
	}
	pick := make([]int32, n)
	b := &operators.Batch{Rows: n, Time: make([]int64, n), Progress: make([]int64, n)}
	alloc := m.s.a.Alloc
	starts, from := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, n)
	ends, to := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, n)
	for i, at := range m.at {
		pick[i] = first[at.round] + at.row
		from[i], to[i] = at.end-m.s.size, at.end
		b.Time[i], b.Progress[i] = at.end-1, at.end+1
	}
	cols := make([]arrow.Array, len(m.made[0]))
	for c := range cols {
		arrs := make([]arrow.Array, len(m.made))
		for i, made := range m.made {
			arrs[i] = made[c]
		}
		cols[c] = kernel.GatherAny(alloc, arrs, pick)
	}
	for _, made := range m.made {
		releaseArrays(made)
	}
	b.Arrival = b.Time // the watermark has reached it
	b.Cols = m.s.a.Layout.Arrange(append(cols, starts, ends))
	out.Emit(0, b)
}

// inOrder sorts the results by end; those of one end are of one round or of several,
// and are put in the order of their groups.
func (m *moved) inOrder() {
	slices.SortStableFunc(m.at, func(a, b place) int { return cmp.Compare(a.end, b.end) })
	for from := 0; from < len(m.at); {
		to := from + 1
		for to < len(m.at) && m.at[to].end == m.at[from].end {
			to++
		}
		if one := m.at[from:to]; len(one) > 1 {
			m.s.sortGroups(one)
		}
		from = to
	}
}

// sortGroups orders results of one end by the values of their groups.
func (s *sliding) sortGroups(at []place) {
	groups := make([]int32, len(at))
	of := make(map[int32]place, len(at))
	for i, p := range at {
		groups[i], of[p.group] = p.group, p
	}
	s.state.table.Sort(groups)
	for i, g := range groups {
		at[i] = of[g]
	}
}
