package kernel

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// sureDigits is a precision that every number of 64 bits fits.
const sureDigits = 19

// quickProduct multiplies decimals of 64 bits whose product has 64 bits too and needs no
// other scale, as prices and rates have. It reports false where one is another.
func quickProduct(c *Call) (arrow.Array, bool) {
	f := formOf(c)
	x, y := c.Args[0], c.Args[1]
	if x.Scalar {
		x, y = y, x
	}
	if !y.Scalar || x.Scalar || f.x+f.y != f.scale || f.precision < sureDigits || y.Arr.Len() == 0 || !isDecimal(x.Arr) || !isDecimal(y.Arr) {
		return nil, false
	}
	by := wide[decimal128.Num](y.Arr)[0]
	if !isLong(by) {
		return nil, false
	}
	buf, dst := newValues[decimal128.Num](c.Alloc, c.N)
	defer buf.Release()
	other := uint64(0)
	for i, v := range wide[decimal128.Num](x.Arr)[:len(dst)] {
		hi, lo := mul64(int64(v.LowBits()), int64(by.LowBits()))
		other |= uint64(v.HighBits()^int64(v.LowBits())>>63) | uint64(hi^int64(lo)>>63)
		dst[i] = decimal128.New(hi, lo)
	}
	if other != 0 {
		return nil, false
	}
	return finishArray(ArrowType(c.Result), c.N, nil, buf), true
}

// longDecimals are long numbers as decimals that all of them fit.
func longDecimals(c *Call) arrow.Array {
	buf, dst := newValues[decimal128.Num](c.Alloc, c.N)
	defer buf.Release()
	for i, v := range Values[int64](c.Args[0].Arr)[:len(dst)] {
		dst[i] = decimal128.FromI64(v)
	}
	return finishArray(ArrowType(c.Result), c.N, nil, buf)
}

func isDecimal(a arrow.Array) bool { return a.DataType().ID() == arrow.DECIMAL128 }
