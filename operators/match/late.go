package match

import (
	"cmp"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
)

// lateRow is a late row that has not left yet.
type lateRow struct {
	seq   int64
	batch *operators.Batch
	row   int32
	to    *ir.Target
}

// sendLate sends late rows to the target of their input. The late door of the
// operator is that of the first.
func (m *Match) sendLate(to *ir.Target, b *operators.Batch, late []int32, out operators.Output) {
	first := m.spec.LateTo
	if to == first || to != nil && first != nil && *to == *first {
		out.Late(b, late)
		return
	}
	failures := make([]operators.Failure, len(late))
	for i, r := range late {
		failures[i] = operators.Failure{Row: int(r), Code: operators.CodeLate, Reason: "late"}
	}
	if to != nil {
		out.SideTo(to, operators.DoorLate, b, failures)
		return
	}
	out.Count(operators.DoorLate, int64(len(late)))
	out.Fail(b, failures)
}

// keepLate keeps late rows until those of all inputs are there. The batch stays the
// caller's.
func (m *Match) keepLate(to *ir.Target, b *operators.Batch, late []int32) {
	own := operators.Gather(m.ctx.Alloc, b, late)
	own.Input = b.Input
	for i := range late {
		m.late = append(m.late, lateRow{seq: own.Seq[i], batch: own, row: int32(i), to: to})
	}
}

// flushLate sends the late rows away in the order they came in.
func (m *Match) flushLate(out operators.Output) {
	slices.SortFunc(m.late, func(a, b lateRow) int { return cmp.Compare(a.seq, b.seq) })
	for from := 0; from < len(m.late); {
		first := m.late[from]
		var rows []int32
		for from < len(m.late) && m.late[from].batch == first.batch {
			rows = append(rows, m.late[from].row)
			from++
		}
		m.sendLate(first.to, first.batch, rows, out)
	}
	m.dropLate()
}

// dropLate forgets the late rows.
func (m *Match) dropLate() {
	released := map[*operators.Batch]bool{}
	for _, l := range m.late {
		if !released[l.batch] {
			released[l.batch] = true
			l.batch.Release()
		}
	}
	clear(m.late)
	m.late = m.late[:0]
}
