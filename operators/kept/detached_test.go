package kept

import (
	"runtime"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

// texts are records of some bytes each.
type texts struct {
	operators.Provenance
	of [][]byte
	at []int64 // their positions, where somebody asks
}

// Place implements operators.Provenance.
func (x *texts) Place(i int32) (topic, partition int, position int64) { return 0, 0, x.at[i] }

func (x *texts) Text(i int32) string { return string(x.of[i][:1]) }

func (x *texts) Columns([]int32, *types.Type) ([]arrow.Array, error) { return nil, nil }

// Copy implements operators.CopiedProvenance.
func (x *texts) Copy(rows []int32) (own operators.Provenance, renumbered bool) {
	c := &texts{}
	for _, r := range rows {
		c.of = append(c.of, append([]byte(nil), x.of[r]...))
		if x.at != nil {
			c.at = append(c.at, x.at[r])
		}
	}
	return c, true
}

// TestDetachedRowsHoldNoOthers keeps few rows of many batches: one of each that was never
// kept with others, and one of each whose batch was kept whole at first. The records of the
// other rows are not held.
func TestDetachedRowsHoldNoOthers(t *testing.T) {
	const batches, perBatch, size = 200, 100, 4096 // 80 MB of records
	for _, whole := range []bool{false, true} {
		before := heap()
		rows := NewDetached(&operators.Context{Alloc: memory.DefaultAllocator}, 0)
		var left []ID
		for n := range batches {
			in := make([]optest.Row, perBatch)
			from := &texts{}
			for i := range in {
				in[i] = optest.Row{Time: int64(n), Values: []any{int64(i), "s"}}
				record := make([]byte, size)
				record[0] = byte('a' + (n+i)%26)
				from.of = append(from.of, record)
			}
			b := optest.Batch(memory.DefaultAllocator, cols, in)
			for i := range in {
				b.Refs = append(b.Refs, operators.Ref{From: from, Index: int32(i)})
			}
			sel := []int32{7}
			if whole {
				sel = nil
				for i := range in {
					sel = append(sel, int32(i))
				}
			}
			ids := rows.Add(b, sel)
			b.Release()
			for i, id := range ids {
				if sel[i] == 7 {
					left = append(left, id)
				} else {
					rows.Drop(id)
				}
			}
		}
		if held := heap() - before; held > 16<<20 {
			t.Errorf("whole batches %v: %d rows of %d bytes hold %d bytes", whole, len(left), size, held)
		}
		for n, id := range left {
			b, row := rows.At(id)
			if got, want := b.Refs[row].From.Text(b.Refs[row].Index), string(rune('a'+(n+7)%26)); got != want {
				t.Fatalf("row %d has the record %q, want %q", n, got, want)
			}
		}
		rows.Release()
	}
}

// heap is how many bytes are in use.
func heap() int64 {
	for range 3 {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
