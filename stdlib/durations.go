package stdlib

import (
	"math"
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// durationsOf is the kernel that multiplies a number of any type by a unit in
// microseconds: exactly for whole numbers and decimals, half away from zero.
func durationsOf(unit int64) kernel.Kernel {
	return func(c *kernel.Call) arrow.Array {
		times, out := unitTimes(c.Args[0], unit), kernel.NewColumn[int64](c)
		c.Each(func(i int) {
			d, ok := times(i)
			if !ok {
				c.Fail(i, errOutside("duration").Error())
				return
			}
			out.Set(i, d)
		})
		return out.Finish()
	}
}

func unitTimes(v kernel.Vector, unit int64) func(row int) (int64, bool) {
	switch v.Type.Kind {
	case types.Int, types.Long:
		read := kernel.Longs(v)
		return func(i int) (int64, bool) { return mulLong(read(i), unit) }
	case types.Decimal:
		read := kernel.Reader[decimal128.Num](v)
		divisor := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(v.Type.Scale)), nil)
		return func(i int) (int64, bool) {
			n := read(i)
			if long := int64(n.LowBits()); v.Type.Scale <= kernel.MostQuoDigits && n.HighBits() == long>>63 {
				whole, ok := kernel.Rescale(n.Mul(decimal128.FromI64(unit)), v.Type.Scale, 0, types.MaxPrecision)
				return int64(whole.LowBits()), ok && whole.HighBits() == int64(whole.LowBits())>>63
			}
			product := n.BigInt()
			product.Mul(product, big.NewInt(unit))
			whole, rest := product.QuoRem(product, divisor, new(big.Int))
			if sign := rest.Sign(); rest.Abs(rest).Lsh(rest, 1).Cmp(divisor) >= 0 {
				whole.Add(whole, big.NewInt(int64(sign)))
			}
			return whole.Int64(), whole.IsInt64()
		}
	default:
		read := kernel.Doubles(v)
		return func(i int) (int64, bool) {
			d := math.Round(read(i) * float64(unit))
			return int64(d), math.Abs(d) < 1<<63
		}
	}
}
