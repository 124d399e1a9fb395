package reprosum

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
)

// Unit is the exponent that Big counts from: the smallest double is 2^Unit.
const Unit = -1074

// Big is the exact sum: n * 2^(Unit+shift). It holds for sums without NaN and
// infinities.
func (s *Sum) Big() (n *big.Int, shift int) {
	var buf [farWords]uint64
	words, base, negative := s.exact(&buf)
	be := make([]byte, 8*len(words))
	for i, w := range words {
		binary.BigEndian.PutUint64(be[8*(len(words)-1-i):], w)
	}
	n = new(big.Int).SetBytes(be)
	if negative {
		n.Neg(n)
	}
	return n, base
}

// AddProduct adds x*y without rounding; see AddProducts.
func (s *Sum) AddProduct(x, y float64) {
	terms, n := product(x, y)
	for _, t := range terms[:n] {
		s.Add(t)
	}
}

// SubProduct takes back a product that was added before.
func (s *Sum) SubProduct(x, y float64) {
	terms, n := product(x, y)
	for _, t := range terms[:n] {
		s.Sub(t)
	}
}

// product splits x*y into doubles whose sum it is exactly. Beyond the range of
// doubles it is infinite; below 2^-1022 its last bits may be cut, always the same.
func product(x, y float64) (terms [2]float64, n int) {
	hi := x * y
	if math.IsInf(hi, 0) || math.IsNaN(hi) {
		return [2]float64{hi}, 1
	}
	return [2]float64{hi, math.FMA(x, y, -hi)}, 2
}

// AddPower adds x to the third or fourth power without rounding.
func (s *Sum) AddPower(x float64, power int) { eachPower(x, power, s.Add) }

// SubPower takes back a power that was added before.
func (s *Sum) SubPower(x float64, power int) { eachPower(x, power, s.Sub) }

func eachPower(x float64, power int, f func(float64)) {
	square, n := product(x, x)
	factors := [2]float64{x, 0}
	if power == 4 {
		factors = square
	}
	for _, a := range square[:n] {
		for _, b := range factors[:min(n, power-2)] {
			terms, m := product(a, b)
			for _, t := range terms[:m] {
				f(t)
			}
		}
	}
}

// AppendBinary appends the sum's state; Decode reads it back.
func (s *Sum) AppendBinary(b []byte) []byte {
	flags := byte(0)
	if s.used {
		flags |= 1
	}
	if s.far != nil {
		flags |= 2
	}
	b = append(b, flags)
	b = binary.LittleEndian.AppendUint32(b, uint32(s.base))
	for _, w := range s.near {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	if s.far == nil {
		return b
	}
	for _, w := range s.far.words {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	for _, n := range []int64{s.far.nan, s.far.pos, s.far.neg} {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	return b
}

var errShort = errors.New("the state of a sum is cut short")

// Decode reads a state that AppendBinary wrote and returns what follows it.
func (s *Sum) Decode(b []byte) (rest []byte, err error) {
	const nearSize, farSize = 1 + 4 + 8*nearWords, 8 * (farWords + 3)
	if len(b) < nearSize || b[0]&2 != 0 && len(b) < nearSize+farSize {
		return nil, errShort
	}
	*s = Sum{}
	if b[0]&1 != 0 {
		s.setBase(int32(binary.LittleEndian.Uint32(b[1:])))
	}
	hasFar := b[0]&2 != 0
	b = b[5:]
	next := func() uint64 {
		w := binary.LittleEndian.Uint64(b)
		b = b[8:]
		return w
	}
	for i := range s.near {
		s.near[i] = next()
	}
	if !hasFar {
		return b, nil
	}
	s.far = &far{}
	for i := range s.far.words {
		s.far.words[i] = next()
	}
	s.far.nan, s.far.pos, s.far.neg = int64(next()), int64(next()), int64(next())
	return b, nil
}
