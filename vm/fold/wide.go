package fold

import (
	"math/big"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/vm/wire"
)

// Wide is a sum of whole numbers of up to 128 bits in 192, so that no order of
// adding overflows before the sum itself does.
type Wide struct {
	lo, mid uint64
	hi      int64
}

// AddLong adds a 64-bit number. The words above the lowest change where the sum goes
// past what one holds, or from one sign to the other.
func (w *Wide) AddLong(v int64) {
	lo, c := bits.Add64(w.lo, uint64(v), 0)
	w.lo = lo
	if more := int64(c) + v>>63; more != 0 {
		w.carry(more)
	}
}

// SubLong takes a 64-bit number back.
func (w *Wide) SubLong(v int64) {
	lo, b := bits.Sub64(w.lo, uint64(v), 0)
	w.lo = lo
	if more := -int64(b) - v>>63; more != 0 {
		w.carry(more)
	}
}

// carry adds 1 or -1 to the words above the lowest.
func (w *Wide) carry(more int64) {
	var c uint64
	w.mid, c = bits.Add64(w.mid, uint64(more), 0)
	w.hi += more>>63 + int64(c)
}

// Merge adds another sum.
func (w *Wide) Merge(o *Wide) {
	var c uint64
	w.lo, c = bits.Add64(w.lo, o.lo, 0)
	w.mid, c = bits.Add64(w.mid, o.mid, c)
	w.hi += o.hi + int64(c)
}

// AddDecimal adds an unscaled decimal.
func (w *Wide) AddDecimal(v decimal128.Num) {
	var c uint64
	w.lo, c = bits.Add64(w.lo, v.LowBits(), 0)
	w.mid, c = bits.Add64(w.mid, uint64(v.HighBits()), c)
	if more := v.HighBits()>>63 + int64(c); more != 0 {
		w.hi += more
	}
}

// SubDecimal takes an unscaled decimal back.
func (w *Wide) SubDecimal(v decimal128.Num) {
	var c uint64
	w.lo, c = bits.Sub64(w.lo, v.LowBits(), 0)
	w.mid, c = bits.Sub64(w.mid, uint64(v.HighBits()), c)
	w.hi -= v.HighBits()>>63 + int64(c)
}

// Long is the sum as a 64-bit number, false when it does not fit.
func (w *Wide) Long() (int64, bool) {
	v := int64(w.lo)
	return v, w.hi == v>>63 && int64(w.mid) == v>>63
}

// Big is the exact sum.
func (w *Wide) Big() *big.Int {
	if v, ok := w.Long(); ok {
		return big.NewInt(v)
	}
	n := big.NewInt(w.hi)
	n.Lsh(n, 64).Add(n, new(big.Int).SetUint64(w.mid))
	return n.Lsh(n, 64).Add(n, new(big.Int).SetUint64(w.lo))
}

// Save writes the sum.
func (w *Wide) Save(out *wire.Writer) {
	out.Uint(w.lo)
	out.Uint(w.mid)
	out.Int(w.hi)
}

// Load reads the sum back.
func (w *Wide) Load(in *wire.Reader) {
	w.lo, w.mid, w.hi = in.Uint(), in.Uint(), in.Int()
}

// Ratio is the sum divided by a count, rounded once to the nearest double.
func (w *Wide) Ratio(n int64) float64 {
	if v, ok := w.Long(); ok && v >= -1<<53 && v <= 1<<53 {
		return float64(v) / float64(n)
	}
	m, negative := w.magnitude()
	f := m.ratio(uint64(n))
	if negative {
		return -f
	}
	return f
}

// DecimalMean is the sum divided by a count with up to 18 more digits after the point,
// rounded half away from zero; false when it has more digits than a decimal may.
func (w *Wide) DecimalMean(n int64, moreDigits, precision int) (decimal128.Num, bool) {
	m, negative := w.magnitude()
	q := m.times(decimal128.GetScaleMultiplier(moreDigits).LowBits())
	rest := q.divide(uint64(n))
	if rest >= uint64(n)-rest { // half or more
		q.increment()
	}
	return q.decimal(negative, precision)
}

// Decimal is the sum as an unscaled decimal; false when it has too many digits.
func (w *Wide) Decimal(precision int) (decimal128.Num, bool) {
	m, negative := w.magnitude()
	return m.decimal(negative, precision)
}
