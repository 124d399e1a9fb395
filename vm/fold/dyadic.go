package fold

import (
	"math/big"

	"github.com/edynamic/edynamic/vm/reprosum"
)

// dyadic is an exact number n * 2^exp. Sums of doubles and their products are of
// this form; unlike rationals they need no reducing.
type dyadic struct {
	n   *big.Int
	exp int
}

func whole(n int64) dyadic { return dyadic{n: big.NewInt(n)} }

// dyadicOf is the exact value of a sum without NaN and infinities.
func dyadicOf(s *reprosum.Sum) dyadic {
	n, shift := s.Big()
	d := dyadic{n: n, exp: reprosum.Unit + shift}
	if z := n.TrailingZeroBits(); z > 0 && n.Sign() != 0 {
		n.Rsh(n, z)
		d.exp += int(z)
	}
	return d
}

func mul(factors ...dyadic) dyadic {
	p := dyadic{n: new(big.Int).Set(factors[0].n), exp: factors[0].exp}
	for _, f := range factors[1:] {
		p.n.Mul(p.n, f.n)
		p.exp += f.exp
	}
	return p
}

func (a dyadic) add(b dyadic) dyadic {
	if a.exp > b.exp {
		a, b = b, a
	}
	sum := new(big.Int).Lsh(b.n, uint(b.exp-a.exp))
	return dyadic{n: sum.Add(sum, a.n), exp: a.exp}
}

func (a dyadic) sub(b dyadic) dyadic {
	return a.add(dyadic{n: new(big.Int).Neg(b.n), exp: b.exp})
}

func (a dyadic) sign() int { return a.n.Sign() }

// float is the exact number.
func (a dyadic) float() *big.Float {
	f := new(big.Float).SetPrec(uint(max(a.n.BitLen(), 64))).SetInt(a.n)
	return f.SetMantExp(f, a.exp)
}

// over is a/b rounded to the nearest double.
func (a dyadic) over(b dyadic) float64 {
	q, _ := new(big.Float).SetPrec(53).Quo(a.float(), b.float()).Float64()
	return q
}
