package packed_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/runtime/log/packed"
	"github.com/edynamic/edynamic/vm/wire"
)

// TestDigits: texts that are made of digits behind what all begin with take as many bytes as
// their numbers, those that only seem to be take what they have; all are read as they were.
func TestDigits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name string
		text func(i int) string
		most float64 // bytes for a row
	}{
		{"of up to nine digits", func(int) string { return fmt.Sprint(r.IntN(1_000_000_000)) }, 4.1},
		{"behind a beginning", func(int) string { return fmt.Sprint("https://example.org/item?id=", r.IntN(1_000_000_000)) }, 4.1},
		{"zeros in front", func(int) string { return fmt.Sprintf("%08d", r.IntN(100_000_000)) }, 4.1},
		{"of any length with zeros in front", func(int) string { return fmt.Sprintf("%0*d", 9+r.IntN(3), r.IntN(100_000)) }, 5.1},
		{"sixteen hexadecimals", func(int) string { return fmt.Sprintf("%016x", r.Uint64()) }, 8.1},
		{"hexadecimals as they come", func(int) string { return fmt.Sprintf("%x", r.Uint64()) }, 8.1},
		{"hexadecimals in capitals", func(int) string { return fmt.Sprintf("%016X", r.Uint64()) }, 17.1},
		{"seventeen digits", func(int) string { return fmt.Sprintf("1%016d", r.Int64N(1e16)) }, 18.1},
		{"one that is long among short ones", func(i int) string {
			if i == 1000 {
				return "1234567890123456"
			}
			return fmt.Sprint(r.IntN(10000))
		}, 5.1},
		{"one that is a word", func(i int) string {
			if i == 1000 {
				return "none"
			}
			return fmt.Sprint(r.IntN(1_000_000_000))
		}, 10.1},
	} {
		b := array.NewStringBuilder(memory.DefaultAllocator)
		const n = 2400
		for i := range n {
			b.Append(c.text(i))
		}
		want := b.NewStringArray()
		var p packed.Packer
		for range 3 { // with what it has learnt, too
			var w wire.Writer
			if err := p.Column(&w, 0, want); err != nil {
				t.Fatal(err)
			}
			if have := float64(len(w.Buf)) / n; have > c.most {
				t.Errorf("%s: %.2f bytes for a row, want %.2f at most", c.name, have, c.most)
			}
			have, err := packed.Read(wire.NewReader(w.Buf), n)
			if err == nil {
				err = same(want, have)
			}
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
	}
}
