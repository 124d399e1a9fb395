package stdlib

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// numeric is the kernels of a function that keeps the type of its number.
type numeric struct {
	ints, longs, floats, doubles, decimals kernel.Kernel
}

func (n numeric) kernel(c *kernel.Call) arrow.Array {
	switch c.Args[0].Type.Kind {
	case types.Int:
		return n.ints(c)
	case types.Long:
		return n.longs(c)
	case types.Float:
		return n.floats(c)
	case types.Double:
		return n.doubles(c)
	default:
		return n.decimals(c)
	}
}

// toDouble is the overload of a function of one number of any type that is
// computed in doubles.
func toDouble(name string, f func(float64) float64) overload {
	return overload{text: name + "<T: number>(x: T) -> double", kernel: kernel.MapDoubles(func(dst, src []float64) {
		for i, x := range src {
			dst[i] = f(x)
		}
	})}
}

// same is the kernel of a function that returns its first argument.
func same(c *kernel.Call) arrow.Array {
	if !c.Args[0].Scalar {
		c.Args[0].Arr.Retain()
		return c.Args[0].Arr
	}
	return kernel.Repeat(c.Alloc, c.Args[0].Arr, c.N)
}

var errDivideByZero = errors.New("division by zero")

// rounding is a way to give up digits.
type rounding int

const (
	halfAway rounding = iota
	toZero
	down
	up
)

// integral is the overload of a function that rounds to whole numbers: a decimal
// gets scale 0 and room for one more digit.
func integral(name string, mode rounding, loop func(dst, src []float64), single func(dst, src []float32)) overload {
	return overload{
		text: name + "<T: number>(x: T) -> T",
		kernel: numeric{
			ints: same, longs: same,
			floats: kernel.MapSlice(single), doubles: kernel.MapSlice(loop),
			decimals: func(c *kernel.Call) arrow.Array {
				return roundDecimals(c, mode, func(int) int64 { return 0 })
			},
		}.kernel,
		refine: func(args []*types.Type) *types.Type {
			t := args[0].NonNull()
			if t.Kind == types.Decimal {
				return types.DecimalOf(min(max(t.Precision-t.Scale, 0)+1, types.MaxPrecision), 0)
			}
			return t
		},
	}
}

// toDigits is the overload of a function that rounds to digits after the point,
// or before it where they are negative. The type stays, but that a decimal gets
// room for one more digit.
func toDigits(name string, mode rounding) overload {
	return overload{
		text: name + "<T: number>(x: T, digits: long) -> T",
		kernel: numeric{
			ints: kernel.MapErr2(func(x int32, digits int64) (int32, error) {
				n, err := roundLong(int64(x), digits, mode)
				if err != nil || n != int64(int32(n)) {
					return 0, errOutside("int")
				}
				return int32(n), nil
			}),
			longs:    kernel.MapErr2(func(x, digits int64) (int64, error) { return roundLong(x, digits, mode) }),
			floats:   kernel.Map2(func(x float32, digits int64) float32 { return float32(roundDouble(float64(x), digits, mode, 32)) }),
			doubles:  kernel.Map2(func(x float64, digits int64) float64 { return roundDouble(x, digits, mode, 64) }),
			decimals: func(c *kernel.Call) arrow.Array { return roundDecimals(c, mode, kernel.Reader[int64](c.Args[1])) },
		}.kernel,
		refine: func(args []*types.Type) *types.Type {
			t := args[0].NonNull()
			if t.Kind == types.Decimal && mode == halfAway {
				return types.DecimalOf(min(t.Precision+1, types.MaxPrecision), t.Scale)
			}
			return t
		},
	}
}

func roundLong(x, digits int64, mode rounding) (int64, error) {
	if digits >= 0 {
		return x, nil
	}
	if digits < -18 {
		// 10^19 and more: only its half can be reached, by numbers from 5 * 10^18 on.
		if mode == halfAway && digits == -19 && (x >= 5e18 || x <= -5e18) {
			return 0, errOutside("long")
		}
		return 0, nil
	}
	unit := int64(1)
	for range -digits {
		unit *= 10
	}
	rest := x % unit
	whole := x - rest
	if mode == toZero {
		return whole, nil
	}
	step := int64(0)
	if rest >= unit-rest && rest > 0 {
		step = unit
	} else if rest < 0 && -rest >= unit+rest {
		step = -unit
	}
	if sum := whole + step; (sum > whole) == (step > 0) {
		return sum, nil
	}
	return 0, errOutside("long")
}

// roundDouble rounds the number that the shortest text of x shows, so that 2.675
// to two digits is 2.68 although the double lies a little below.
func roundDouble(x float64, digits int64, mode rounding, bits int) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) || digits > 400 {
		return x
	}
	if digits < -400 {
		return 0
	}
	if bits == 64 && digits >= 0 && digits <= 15 {
		scaled := x * powersOfTen[digits]
		whole := math.Trunc(scaled)
		// Away from the half and from whole numbers the product's error does not
		// matter, and the quotient of two exact numbers is the nearest double.
		if rest := math.Abs(scaled - whole); math.Abs(scaled) < 1<<40 && rest > 0.001 && rest < 0.999 && math.Abs(rest-0.5) > 0.001 {
			if mode == halfAway {
				whole = math.Round(scaled)
			}
			return whole / powersOfTen[digits]
		}
	}
	var room [2][longNumber]byte
	text := roundText(room[0][:0], strconv.AppendFloat(room[1][:0], x, 'f', -1, bits), int(digits), mode)
	rounded, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(text), len(text)), bits)
	if err != nil {
		return math.Inf(int(math.Copysign(1, x)))
	}
	return rounded
}

var powersOfTen = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// longNumber is enough for the digits of every double.
const longNumber = 400

// roundText appends a number rounded to exactly as many digits after the point as said.
func roundText(dst, text []byte, digits int, mode rounding) []byte {
	number, negative := bytes.CutPrefix(text, []byte("-"))
	if number[0] < '0' || number[0] > '9' {
		return append(dst, text...)
	}
	whole, fraction, _ := bytes.Cut(number, []byte("."))
	// keep digits from the front of whole + fraction, one zero in front for the carry.
	var room [longNumber]byte
	all := append(append(append(room[:0], '0'), whole...), fraction...)
	for n := len(fraction); n < digits; n++ {
		all = append(all, '0')
	}
	keep := 1 + len(whole) + digits
	if keep < 1 {
		return append(dst, '0')
	}
	if mode == halfAway && keep < len(all) && all[keep] >= '5' {
		for i := keep - 1; ; i-- {
			if all[i] != '9' {
				all[i]++
				break
			}
			all[i] = '0'
		}
	}
	clearDigits(all[min(keep, len(all)):])
	point := 1 + len(whole)
	front, rest := bytes.TrimLeft(all[:point], "0"), all[point:point+max(digits, 0)]
	if negative && (len(front) > 0 || len(bytes.Trim(rest, "0")) > 0) {
		dst = append(dst, '-')
	}
	if len(front) == 0 {
		dst = append(dst, '0')
	}
	dst = append(dst, front...)
	if digits > 0 {
		dst = append(append(dst, '.'), rest...)
	}
	return dst
}

func clearDigits(digits []byte) {
	for i := range digits {
		digits[i] = '0'
	}
}

// numberText appends a number of any type as its shortest decimal text.
func numberText(v kernel.Vector) func(dst []byte, row int) []byte {
	switch v.Type.Kind {
	case types.Int, types.Long:
		read := kernel.Longs(v)
		return func(dst []byte, i int) []byte { return strconv.AppendInt(dst, read(i), 10) }
	case types.Decimal:
		read := kernel.Reader[decimal128.Num](v)
		return func(dst []byte, i int) []byte { return kernel.AppendDecimal(dst, read(i), v.Type.Scale) }
	case types.Float:
		read := kernel.Reader[float32](v)
		return func(dst []byte, i int) []byte { return strconv.AppendFloat(dst, float64(read(i)), 'f', -1, 32) }
	default:
		read := kernel.Reader[float64](v)
		return func(dst []byte, i int) []byte { return strconv.AppendFloat(dst, read(i), 'f', -1, 64) }
	}
}

// roundDecimals rounds decimals to digits and writes them in the result's scale.
func roundDecimals(c *kernel.Call, mode rounding, digits func(row int) int64) arrow.Array {
	read, out := kernel.Reader[decimal128.Num](c.Args[0]), kernel.NewColumn[decimal128.Num](c)
	scale := int64(c.Args[0].Type.Scale)
	c.Each(func(i int) {
		n, ok := roundDecimal(read(i), scale, int64(c.Result.Scale), digits(i), mode)
		if !ok || !n.FitsInPrecision(int32(c.Result.Precision)) {
			c.Fail(i, errOutside(c.Result.NonNull().String()).Error())
			return
		}
		out.Set(i, n)
	})
	return out.Finish()
}

// roundDecimal rounds n / 10^scale to digits and gives it with another scale,
// which is not below the digits unless they exceed the scale.
func roundDecimal(n decimal128.Num, scale, toScale, digits int64, mode rounding) (decimal128.Num, bool) {
	cut := scale - min(digits, scale)
	if cut > 38 {
		return decimal128.Num{}, true
	}
	unit := decimal128.GetScaleMultiplier(int(cut))
	whole, rest := divided(n, int(cut))
	one := decimal128.FromI64(1)
	switch away := rest.Abs(); {
	case mode == halfAway && away.Sign() != 0 && !away.Less(unit.Sub(away)):
		if n.Sign() < 0 {
			one = one.Negate()
		}
		whole = whole.Add(one)
	case mode == down && rest.Sign() < 0:
		whole = whole.Sub(one)
	case mode == up && rest.Sign() > 0:
		whole = whole.Add(one)
	}
	grow := toScale - (scale - cut)
	if grow <= 0 {
		return whole, grow == 0
	}
	if grow > 38 {
		return whole, whole.Sign() == 0
	}
	return kernel.Rescale(whole, 0, int(grow), types.MaxPrecision)
}

// divided is n / 10^digits cut toward zero, and what is left over.
func divided(n decimal128.Num, digits int) (whole, rest decimal128.Num) {
	whole = n
	for cut := 0; cut < digits; {
		some := min(digits-cut, kernel.MostQuoDigits)
		var left int64
		whole, left = kernel.QuoPower(whole, some)
		rest = rest.Add(decimal128.FromI64(left).Mul(decimal128.GetScaleMultiplier(cut)))
		cut += some
	}
	return whole, rest
}

// addLong and mulLong report overflow.
func addLong(a, b int64) (int64, bool) {
	sum := a + b
	return sum, (sum > a) == (b > 0)
}

func mulLong(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	p := a * b
	return p, p/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64)
}
