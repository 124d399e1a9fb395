package fold

import (
	"slices"

	"github.com/edynamic/edynamic/vm/wire"
)

// Bag is a multiset of codes.
type Bag struct {
	counts map[string]int64
	n      int64
}

// Add adds one code.
func (b *Bag) Add(code []byte) {
	if b.counts == nil {
		b.counts = map[string]int64{}
	}
	b.counts[string(code)]++
	b.n++
}

// Sub takes one code back.
func (b *Bag) Sub(code []byte) {
	b.n--
	if left := b.counts[string(code)] - 1; left > 0 {
		b.counts[string(code)] = left
		return
	}
	delete(b.counts, string(code))
}

// Len is the number of codes, Distinct that of different ones.
func (b *Bag) Len() int64 { return b.n }

// Distinct is the number of different codes.
func (b *Bag) Distinct() int64 { return int64(len(b.counts)) }

// Sorted is the different codes in ascending order.
func (b *Bag) Sorted() []string {
	codes := make([]string, 0, len(b.counts))
	for c := range b.counts {
		codes = append(codes, c)
	}
	slices.Sort(codes)
	return codes
}

// Count is how often a code is in the bag.
func (b *Bag) Count(code string) int64 { return b.counts[code] }

// At is the code at a rank in ascending order, counted from 0.
func (b *Bag) At(rank int64) string {
	for _, c := range b.Sorted() {
		if rank -= b.counts[c]; rank < 0 {
			return c
		}
	}
	return ""
}

// Mode is the most frequent code, the smallest among equals.
func (b *Bag) Mode() (string, bool) {
	best, most := "", int64(0)
	for c, n := range b.counts {
		if n > most || n == most && c < best {
			best, most = c, n
		}
	}
	return best, most > 0
}

// Save writes the bag in ascending order, so that equal bags give equal bytes.
func (b *Bag) Save(w *wire.Writer) {
	w.Uint(uint64(len(b.counts)))
	for _, c := range b.Sorted() {
		w.String(c)
		w.Int(b.counts[c])
	}
}

// Load reads the bag back.
func (b *Bag) Load(r *wire.Reader) {
	n := r.Len()
	if n == 0 {
		return
	}
	b.counts = make(map[string]int64, n)
	for range n {
		c := r.String()
		b.counts[c] = r.Int()
		b.n += b.counts[c]
	}
}
