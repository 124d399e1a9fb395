package exec

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// countdown emits the numbers below n that are its share, 100 to a batch, on a watermark.
type countdown struct {
	operators.Stateless
	n, share, of int64
	fails        int64 // a number that it fails at, -1 for none
	panics       bool
	alloc        memory.Allocator
}

var errCountdown = errors.New("no more numbers")

func (c *countdown) Process(int, *operators.Batch, operators.Output) error { return nil }
func (c *countdown) Keys(int) []ir.Expr                                    { return nil }
func (c *countdown) Less(a, b *operators.Batch) func(i, j int) bool {
	x, y := kernel.Values[int64](a.Cols[0]), kernel.Values[int64](b.Cols[0])
	return func(i, j int) bool { return x[i] < y[j] }
}

func (c *countdown) OnWatermark(_ operators.Watermark, out operators.Output) error {
	for from := c.share; from < c.n; from += 100 * c.of {
		b := array.NewInt64Builder(c.alloc)
		for v := from; v < min(c.n, from+100*c.of); v += c.of {
			if v == c.fails && c.panics {
				b.Release()
				panic("a broken countdown")
			}
			if v == c.fails {
				b.Release()
				return errCountdown
			}
			b.Append(v)
		}
		numbers := b.NewArray()
		b.Release()
		out.Emit(0, &operators.Batch{Rows: numbers.Len(), Cols: []arrow.Array{numbers}})
		out.Count("batches", 1)
	}
	return nil
}

// reader takes rows and looks at how much memory is in use meanwhile.
type reader struct {
	alloc *memory.CheckedAllocator
	rows  []int64
	most  int
}

func (r *reader) batch(_ int, b *operators.Batch) {
	v := kernel.Values[int64](b.Cols[0])
	b.Each(func(i int) { r.rows = append(r.rows, v[i]) })
	r.most = max(r.most, r.alloc.CurrentAlloc())
	b.Release()
}
func (r *reader) mark(int, mark)  {}
func (r *reader) satisfied() bool { return false }

// countdowns are instances that count down together, and who reads that.
func countdowns(alloc *memory.CheckedAllocator, n int64, of int, end func(i int, c *countdown)) (*split, *reader) {
	e := &Engine{opt: Options{Alloc: alloc, BatchRows: 256}}
	node := &opNode{station: newStation(e, 0, &Node{Ports: []*types.Stream{{}}})}
	to := &reader{alloc: alloc}
	node.outs[0] = []consumer{{to, 0}}
	s := &split{node: node}
	for i := range of {
		c := &countdown{n: n, share: int64(i), of: int64(of), fails: -1, alloc: alloc}
		end(i, c)
		s.instances = append(s.instances, c)
	}
	return s, to
}

// TestStints: what instances give on a watermark leaves in the order of one, and is never in
// memory at once.
func TestStints(t *testing.T) {
	for _, end := range []bool{false, true} {
		for _, n := range []int64{0, 1, 500, 100_000} {
			t.Run(fmt.Sprintf("%d rows, end %t", n, end), func(t *testing.T) {
				alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
				defer alloc.AssertSize(t, 0)
				s, to := countdowns(alloc, n, 3, func(int, *countdown) {})
				if err := s.onWatermark(operators.Watermark{End: end}); err != nil {
					t.Fatal(err)
				}
				for i, v := range to.rows {
					if v != int64(i) {
						t.Fatalf("row %d is %d", i, v)
					}
				}
				if len(to.rows) != int(n) {
					t.Errorf("%d rows, want %d", len(to.rows), n)
				}
				batches := int64(0)
				for i := range int64(3) {
					batches += ((n-i+2)/3 + 99) / 100
				}
				if got := s.node.counters["batches"]; got != batches {
					t.Errorf("%d batches were counted, want %d", got, batches)
				}
				if most := 3 * 8 * 2 * (256 + 100); to.most > most {
					t.Errorf("%d bytes were in memory at once, want at most %d", to.most, most)
				}
			})
		}
	}
}

// TestStintsFail: an instance that fails or breaks, early or when others stand still, ends
// all of them, and nothing is left in memory.
func TestStintsFail(t *testing.T) {
	for _, at := range []int64{1, 30_001} {
		for _, panics := range []bool{false, true} {
			t.Run(fmt.Sprintf("at %d, panics %t", at, panics), func(t *testing.T) {
				alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
				defer alloc.AssertSize(t, 0)
				s, to := countdowns(alloc, 100_000, 3, func(i int, c *countdown) {
					if i == 1 {
						c.fails, c.panics = at, panics
					}
				})
				err := s.onWatermark(operators.Watermark{End: true})
				if err == nil || panics == errors.Is(err, errCountdown) {
					t.Errorf("the error is %v", err)
				}
				if slices.Max(append(to.rows, 0)) > at {
					t.Errorf("row %d follows the failure at %d", slices.Max(to.rows), at)
				}
			})
		}
	}
}
