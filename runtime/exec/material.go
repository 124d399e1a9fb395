package exec

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// compactAt is how many rows that were replaced a Material keeps at least before
// it copies the others together.
const compactAt = 1 << 15

// Material keeps the rows that a changes stream leaves: the last row of each key.
// Rows are read in ascending order of their keys (SEMANTICS 44). In a stream
// without key columns each row is its own key, and they stand in the order they
// came.
type Material struct {
	flow
	key     []int
	batches []*operators.Batch
	live    map[string]pick
	twins   map[string]int // without key columns: how often a row is there
	rows    int            // of all batches
	retain  int64          // how long rows are kept after their time, 0 for ever
	clock   int64          // the watermark
	sweep   int64          // the watermark from which old rows are looked for
}

// NewMaterial returns an empty one for a changes stream.
func NewMaterial(s *types.Stream) *Material {
	m := &Material{flow: flow{columns: s.Columns}, live: map[string]pick{}, twins: map[string]int{}, retain: s.Retain.Microseconds(), clock: operators.MinTime,
		sweep: operators.MinTime}
	for _, name := range s.Key {
		i := slices.IndexFunc(s.Columns, func(c types.Column) bool { return c.Name == name })
		if i >= 0 {
			m.key = append(m.key, i)
		}
	}
	return m
}

// Add applies the rows of a batch, which stays the caller's.
func (m *Material) Add(b *operators.Batch) {
	if b.Len() == 0 {
		return
	}
	code := keyCodes(m.columns, m.keyColumns(), b)
	at := int32(len(m.batches))
	kept := false
	var buf []byte
	b.Each(func(r int) {
		op := operators.Insert
		if b.Ops != nil {
			op = b.Ops[r]
		}
		buf = code(buf[:0], r)
		switch op {
		case operators.Insert, operators.UpdateAfter:
			m.live[m.name(buf, 1)] = pick{at, int32(r)}
			kept = true
		case operators.UpdateBefore, operators.Delete:
			delete(m.live, m.name(buf, -1))
		}
	})
	if !kept {
		return
	}
	m.batches = append(m.batches, share(b))
	m.rows += b.Rows
	if m.rows > 2*len(m.live)+compactAt {
		m.compact()
	}
}

// Mark tells how far time has come: a table forgets the rows that it need not retain
// any more (SEMANTICS 78). It looks at all of them once per eighth of that time.
func (m *Material) Mark(watermark int64) {
	m.clock = max(m.clock, watermark)
	if m.retain == 0 || m.clock < m.sweep || m.clock == operators.MinTime {
		return
	}
	m.sweep = m.clock + m.retain/8 + 1
	m.forget()
}

// forget drops the rows that are too old.
func (m *Material) forget() {
	if m.retain == 0 {
		return
	}
	for key, p := range m.live {
		if t := m.batches[p.batch].Time; t != nil && t[p.row] < earlier(m.clock, m.retain) {
			delete(m.live, key)
		}
	}
}

// keyColumns are what identifies a row: its key, else all visible columns.
func (m *Material) keyColumns() []int {
	if len(m.key) > 0 {
		return m.key
	}
	var all []int
	for i, c := range m.columns {
		if !c.Hidden {
			all = append(all, i)
		}
	}
	return all
}

// name is what a row is kept under. Rows that are their own key may be there
// several times: they are numbered.
func (m *Material) name(code []byte, change int) string {
	if len(m.key) > 0 {
		return string(code)
	}
	n := m.twins[string(code)]
	if change < 0 {
		n--
	}
	m.twins[string(code)] = max(0, n+max(change, 0))
	return string(binary.AppendVarint(code, int64(n)))
}

// compact copies the live rows together, in the order they came.
func (m *Material) compact() {
	keys := make([]string, 0, len(m.live))
	for k := range m.live {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return comparePicks(m.live[a], m.live[b]) })
	picks := make([]pick, len(keys))
	for i, k := range keys {
		picks[i] = m.live[k]
	}
	old := m.batches
	m.batches, m.rows = nil, 0
	if len(picks) > 0 {
		one := assemble(memory.DefaultAllocator, old, picks)
		m.batches, m.rows = []*operators.Batch{one}, one.Rows
		for i, r := range rowsOf(one) {
			m.live[keys[i]] = pick{0, r}
		}
	}
	for _, b := range old {
		b.Release()
	}
}

func comparePicks(a, b pick) int {
	return cmp.Or(cmp.Compare(a.batch, b.batch), cmp.Compare(a.row, b.row))
}

// Len is the number of rows.
func (m *Material) Len() int {
	m.forget()
	return len(m.live)
}

// Rows are the rows in ascending order of their keys, nil when there are none.
// The batch belongs to the caller.
func (m *Material) Rows() *operators.Batch {
	if m.Len() == 0 {
		return nil
	}
	picks := make([]pick, 0, len(m.live))
	for _, p := range m.live {
		picks = append(picks, p)
	}
	// A map has no order: rows stand as they came first, so that keys that cannot be
	// ordered stand the same in every run.
	slices.SortFunc(picks, comparePicks)
	all := assemble(memory.DefaultAllocator, m.batches, picks)
	all.Ops = nil
	var orders []func(i, j int) int
	for _, k := range m.key {
		orders = append(orders, kernel.Compares(m.columns[k].Type, all.Cols[k], all.Cols[k]))
	}
	rows := slices.Clone(rowsOf(all))
	slices.SortStableFunc(rows, func(i, j int32) int {
		for _, o := range orders {
			if c := o(int(i), int(j)); c != 0 {
				return c
			}
		}
		return 0
	})
	defer all.Release()
	sorted := make([]pick, len(rows))
	for i, r := range rows {
		sorted[i].row = r
	}
	return assemble(memory.DefaultAllocator, []*operators.Batch{all}, sorted)
}

// Release frees the rows.
func (m *Material) Release() {
	for _, b := range m.batches {
		b.Release()
	}
	m.batches, m.live, m.twins, m.rows = nil, map[string]pick{}, map[string]int{}, 0
}
