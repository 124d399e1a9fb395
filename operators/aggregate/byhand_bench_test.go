package aggregate

import (
	"slices"
	"testing"
	"time"

	"github.com/edynamic/edynamic/vm/kernel"
)

// byHand counts and averages as somebody would who knows the types, that times ascend,
// and how long a window is: it is what BenchmarkTumblingCountAvg is compared with. It
// writes the results of a window in the order of their keys.
type byHand struct {
	table   []handGroup
	groups  []handGroup
	ends    int64
	keys, n []int64
	means   []float64
	results int
}

type handGroup struct{ key, n, sum int64 }

const handSlots, handWindow = 4096, 10_000

func (h *byHand) process(times, keys, values []int64) {
	for i, at := range times {
		if at >= h.ends {
			h.close()
			h.ends = at/handWindow*handWindow + handWindow
		}
		k := keys[i]
		slot := uint64(k) * 0x9e3779b97f4a7c15 >> 52
		for h.table[slot].n > 0 && h.table[slot].key != k {
			slot = (slot + 1) % handSlots
		}
		g := &h.table[slot]
		g.key = k
		g.n++
		g.sum += values[i]
	}
}

func (h *byHand) close() {
	h.groups = h.groups[:0]
	for i := range h.table {
		if h.table[i].n > 0 {
			h.groups = append(h.groups, h.table[i])
			h.table[i] = handGroup{}
		}
	}
	slices.SortFunc(h.groups, func(a, b handGroup) int { return int(a.key - b.key) })
	h.keys, h.n, h.means = h.keys[:0], h.n[:0], h.means[:0]
	for _, g := range h.groups {
		h.keys, h.n, h.means = append(h.keys, g.key), append(h.n, g.n), append(h.means, float64(g.sum)/float64(g.n))
	}
	h.results += len(h.groups)
}

// BenchmarkTumblingByHand is BenchmarkTumblingCountAvg by hand. Run both in turn: what counts
// is the ratio of the shortest of several runs.
func BenchmarkTumblingByHand(b *testing.B) {
	input := bids()
	h := &byHand{table: make([]handGroup, handSlots)}
	var ageing time.Duration
	started := processorTime()
	for b.Loop() {
		for _, batch := range input {
			begun := processorTime()
			for j := range batch.Time {
				batch.Time[j] += bidRows * bidBatches
				batch.Arrival[j] += bidRows * bidBatches
				batch.Progress[j] += bidRows * bidBatches
			}
			ageing += processorTime() - begun
			h.process(batch.Time, kernel.Values[int64](batch.Cols[0]), kernel.Values[int64](batch.Cols[1]))
		}
	}
	b.ReportMetric(float64((processorTime()-started-ageing).Nanoseconds())/float64(b.N)/bidRows/bidBatches, "ns/row")
	b.ReportMetric(float64(h.results)/float64(b.N)/bidRows/bidBatches, "results/row")
}
