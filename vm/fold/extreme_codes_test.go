package fold

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// TestExtremesOfCodes adds and takes back codes of any length in any order, and compares
// with a search of all that are there.
func TestExtremesOfCodes(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for _, largest := range []bool{false, true} {
		var e Extremes
		counts := map[string]int{}
		for range 20000 {
			code := fmt.Sprint(r.IntN(60))
			if r.IntN(20) == 0 {
				code = strings.Repeat(code, r.IntN(1200))
			}
			if r.IntN(3) > 0 && counts[code] == 0 && len(counts) > 0 { // one that is there, mostly
				for code = range counts {
					break
				}
			}
			if counts[code] > 0 && r.IntN(2) == 0 {
				e.Sub([]byte(code))
				if counts[code]--; counts[code] == 0 {
					delete(counts, code)
				}
			} else {
				e.Add([]byte(code), largest)
				counts[code]++
			}
			if r.IntN(100) == 0 {
				e = reloaded(t, &e, largest)
			}
			if r.IntN(3) > 0 {
				continue
			}
			want, got, any := "", "", false
			for c := range counts {
				if !any || (c > want) == largest {
					want, any = c, true // which may be empty
				}
			}
			if top, ok := e.Top(largest); ok {
				got = string(top)
			} else if len(counts) > 0 {
				t.Fatalf("of %d codes none is there", len(counts))
			}
			if got != want {
				t.Fatalf("largest %v: got %q, want %q", largest, got, want)
			}
		}
	}
}

func reloaded(t *testing.T, e *Extremes, largest bool) Extremes {
	t.Helper()
	w := &wire.Writer{}
	e.Save(w)
	var fresh Extremes
	r := wire.NewReader(w.Buf)
	fresh.Load(r, largest)
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return fresh
}

// TestSameHash: codes with one hash are told apart.
func TestSameHash(t *testing.T) {
	var e Extremes
	held := map[string]int32{}
	for _, code := range []string{"a", "b", "c"} {
		held[code] = e.hold(7, []byte(code))
	}
	for _, gone := range []string{"b", "c", "a"} {
		for code, at := range held {
			if got := e.find(7, []byte(code)); got != at {
				t.Errorf("%s is at %d, want %d", code, got, at)
			}
		}
		e.drop(held[gone])
		delete(held, gone)
		if got := e.find(7, []byte(gone)); got >= 0 {
			t.Errorf("%s has left, and is at %d", gone, got)
		}
	}
}

// TestExtremesAfterManyTurns: codes that come and leave take no memory in the end.
func TestExtremesAfterManyTurns(t *testing.T) {
	for _, largest := range []bool{false, true} {
		var e Extremes
		e.Add([]byte("m"), largest)
		turn := func(i int) {
			code := fmt.Appendf(nil, "%c%06d", "az"[i%2], i)
			e.Add(code, largest)
			e.Sub(code)
		}
		for i := range 10000 {
			turn(i)
		}
		if top, ok := e.Top(largest); !ok || string(top) != "m" {
			t.Errorf("top is %q, %v", top, ok)
		}
		if len(e.top) > 64 || len(e.codes) > 64 || len(e.places) > 64 {
			t.Errorf("%d in the heap, %d codes, %d places for one value", len(e.top), len(e.codes), len(e.places))
		}
	}
}

// BenchmarkExtremesOfNewCodes adds codes that never came before, and takes each back after
// 500 others.
func BenchmarkExtremesOfNewCodes(b *testing.B) {
	var e Extremes
	code := func(i int) []byte { return strconv.AppendInt([]byte("customer-"), 1e9+int64(i)*7919%1e8, 10) }
	codes := make([][]byte, 1<<16)
	for i := range codes {
		codes[i] = code(i)
	}
	b.ReportAllocs()
	for i := range b.N {
		e.Add(codes[i%len(codes)], true)
		if i >= 500 {
			e.Sub(codes[(i-500)%len(codes)])
		}
		e.Top(true)
	}
}

// TestEachCodeOfFewRows: texts that are read one by one have the codes that they have among
// all.
func TestEachCodeOfFewRows(t *testing.T) {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	for _, v := range []string{"", "a", "a\x00b", "\xc3\xa4"} {
		b.Append(v)
		b.AppendNull()
		b.AppendValues(make([]string, 20), nil)
	}
	whole := b.NewArray()
	arr := array.NewSlice(whole, 1, int64(whole.Len()))
	c := &kernel.AggCall{N: arr.Len(), Groups: make([]int32, arr.Len()), Args: []kernel.Vector{{Type: types.TString.OrNull(), Arr: arr}}}
	var scratch []byte
	var want []string
	states := make([]int, 1)
	EachCode(states, c, &scratch, func(_ *int, code []byte, _ int) { want = append(want, string(code)) })
	for i := range arr.Len() {
		c.Rows = []int32{int32(i)}
		EachCode(states, c, &scratch, func(_ *int, code []byte, row int) {
			if row != i || string(code) != want[i] {
				t.Errorf("row %d: %q at %d, want %q", i, code, row, want[i])
			}
		})
	}
}
