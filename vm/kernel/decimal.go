package kernel

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/types"
)

// maxDigits is the most digits a computed decimal has.
const maxDigits = types.MaxPrecision

// powers are 10^0 to 10^18, which fit 64 bits.
var powers = func() (p [19]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = 10 * p[i-1]
	}
	return p
}()

// Rescale changes the scale of an unscaled number, rounding half away from zero;
// ok is false when the result has more digits than precision.
func Rescale(n decimal128.Num, from, to, precision int) (r decimal128.Num, ok bool) {
	switch up := to - from; {
	case up == 0:
		r, ok = n, true
	case up > 0 && up < len(powers) && isLong(n):
		hi, lo := mul64(int64(n.LowBits()), powers[up])
		r, ok = decimal128.New(hi, lo), true
	case up > 0 && up <= mostDigits:
		r, ok = scaledUp(n, up).num()
	case up < 0 && -up <= mostDigits:
		r, ok = scaledUp(n, 0).over(halfPower(-up)).num()
	default:
		r, ok = numOf(shift(n.BigInt(), up))
	}
	return r, ok && fits(r, precision)
}

// isLong reports a number of 64 bits.
func isLong(n decimal128.Num) bool { return n.HighBits() == int64(n.LowBits())>>63 }

func fits(n decimal128.Num, precision int) bool {
	return n.FitsInPrecision(int32(min(max(precision, 1), maxDigits)))
}

// numOf is a big number in 128 bits; ok is false when it has more than 38 digits.
func numOf(n *big.Int) (r decimal128.Num, ok bool) {
	if n.BitLen() > 127 {
		return r, false
	}
	return decimal128.FromBigInt(n), true
}

func bigPower(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// shift is n * 10^by, rounded half away from zero where by is negative.
func shift(n *big.Int, by int) *big.Int {
	if by >= 0 {
		return new(big.Int).Mul(n, bigPower(by))
	}
	return roundQuo(n, bigPower(-by))
}

// roundQuo is a / b rounded half away from zero.
func roundQuo(a, b *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	if r.Abs(r).Lsh(r, 1).CmpAbs(b) >= 0 {
		q.Add(q, big.NewInt(int64(a.Sign()*b.Sign())))
	}
	return q
}

// addNum adds two numbers of one scale; ok is false when 128 bits do not hold the sum.
func addNum(x, y decimal128.Num) (r decimal128.Num, ok bool) {
	lo, carry := bits.Add64(x.LowBits(), y.LowBits(), 0)
	hi := x.HighBits() + y.HighBits() + int64(carry)
	ok = (x.HighBits()^hi)&(y.HighBits()^hi) >= 0
	return decimal128.New(hi, lo), ok
}

// decimalForm is the scales of two operands and the type of the result.
type decimalForm struct {
	x, y             int
	scale, precision int
}

func formOf(c *Call) decimalForm {
	f := decimalForm{x: c.Args[0].Type.Scale, scale: c.Result.Scale, precision: c.Result.Precision}
	if len(c.Args) > 1 {
		f.y = c.Args[1].Type.Scale
	}
	return f
}

func (f decimalForm) add(x, y decimal128.Num) (decimal128.Num, bool) {
	if f.x <= f.scale && f.y <= f.scale {
		a, okA := Rescale(x, f.x, f.scale, maxDigits)
		b, okB := Rescale(y, f.y, f.scale, maxDigits)
		if r, ok := addNum(a, b); ok && okA && okB {
			return r, fits(r, f.precision)
		}
	}
	// Exact at the larger scale first, so that the sum is rounded once.
	scale := max(f.x, f.y)
	return f.finish(scaledUp(x, scale-f.x).plus(scaledUp(y, scale-f.y)), scale)
}

func (f decimalForm) sub(x, y decimal128.Num) (decimal128.Num, bool) { return f.add(x, y.Negate()) }

func (f decimalForm) mul(x, y decimal128.Num) (decimal128.Num, bool) {
	if isLong(x) && isLong(y) {
		hi, lo := mul64(int64(x.LowBits()), int64(y.LowBits()))
		return Rescale(decimal128.New(hi, lo), f.x+f.y, f.scale, f.precision)
	}
	return f.finish(wideNum{words: product(halfOf(x), halfOf(y)), negative: x.Sign()*y.Sign() < 0}, f.x+f.y)
}

// div needs y not to be zero.
func (f decimalForm) div(x, y decimal128.Num) (decimal128.Num, bool) {
	// x/10^f.x over y/10^f.y at the result's scale is x*10^up / y.
	up := f.scale - f.x + f.y
	if up >= 0 && up <= mostDigits {
		q := scaledUp(x, up)
		q.negative = q.negative != (y.Sign() < 0)
		r, ok := q.over(halfOf(y)).num()
		return r, ok && fits(r, f.precision)
	}
	a, b := x.BigInt(), y.BigInt()
	if up >= 0 {
		a = shift(a, up)
	} else {
		b = new(big.Int).Mul(b, bigPower(-up))
	}
	r, ok := numOf(roundQuo(a, b))
	return r, ok && fits(r, f.precision)
}

// mod needs y not to be zero.
func (f decimalForm) mod(x, y decimal128.Num) (decimal128.Num, bool) {
	if f.x == f.y && f.x == f.scale && isLong(x) && isLong(y) {
		return decimal128.FromI64(int64(x.LowBits()) % int64(y.LowBits())), true
	}
	scale := max(f.x, f.y)
	a, b := scaledUp(x, scale-f.x), scaledUp(y, scale-f.y)
	if b.words[2]|b.words[3] != 0 {
		n := new(big.Int).Rem(shift(x.BigInt(), scale-f.x), shift(y.BigInt(), scale-f.y))
		r, ok := numOf(shift(n, f.scale-scale))
		return r, ok && fits(r, f.precision)
	}
	rest := a.divide(half(b.words[:2]))
	return f.finish(wideNum{words: [4]uint64{rest[0], rest[1]}, negative: a.negative}, scale)
}

// finish gives a number with a scale that of the result.
func (f decimalForm) finish(n wideNum, scale int) (decimal128.Num, bool) {
	switch cut := scale - f.scale; {
	case cut > mostDigits:
		r, ok := numOf(shift(n.big(), -cut))
		return r, ok && fits(r, f.precision)
	case cut >= 0:
		r, ok := n.over(halfPower(cut)).num()
		return r, ok && fits(r, f.precision)
	}
	r, ok := n.num()
	if !ok {
		return r, false
	}
	return Rescale(r, scale, f.scale, f.precision)
}

// roundText is the text of a number as an unscaled decimal; ok is false when it
// does not fit. Doubles come this way too, so that 0.285 is exactly that.
func roundText(text string, scale, precision int) (decimal128.Num, bool) {
	n, ok := scanNumber(text)
	if !ok || n.scale < -maxDigits {
		return decimal128.Num{}, false
	}
	if n.scale > scale+400 {
		return decimal128.Num{}, true
	}
	if n.long {
		return Rescale(decimal128.FromI64(n.value), n.scale, scale, precision)
	}
	r, ok := numOf(shift(n.big(text), scale-n.scale))
	return r, ok && fits(r, precision)
}

// scanned is a text of digits with an optional sign, point and exponent.
type scanned struct {
	scale int
	long  bool  // the digits are a number of 64 bits
	value int64 // that is it
}

// scanNumber reports false for any other text.
func scanNumber(text string) (n scanned, ok bool) {
	i, seenPoint, count := 0, false, 0
	negative := i < len(text) && text[i] == '-'
	if negative || i < len(text) && text[i] == '+' {
		i++
	}
	n.long = true
	for ; i < len(text); i++ {
		switch ch := text[i]; {
		case ch >= '0' && ch <= '9':
			if n.long = n.long && n.value < powers[len(powers)-1]/10; n.long {
				n.value = 10*n.value + int64(ch-'0')
			}
			count++
			if seenPoint {
				n.scale++
			}
		case ch == '.' && !seenPoint && count > 0:
			seenPoint = true
		case (ch == 'e' || ch == 'E') && count > 0:
			exponent, ok := parseExponent(text[i+1:])
			n.scale -= exponent
			return n.signed(negative), ok
		default:
			return n, false
		}
	}
	if count == 0 || text[len(text)-1] == '.' || count > math.MaxInt16 {
		return n, false
	}
	return n.signed(negative), true
}

func (n scanned) signed(negative bool) scanned {
	if negative {
		n.value = -n.value
	}
	return n
}

// big is all digits of a number that was scanned.
func (n scanned) big(text string) *big.Int {
	digits := make([]byte, 0, len(text))
	for i := 0; i < len(text) && text[i] != 'e' && text[i] != 'E'; i++ {
		if text[i] != '.' && text[i] != '+' {
			digits = append(digits, text[i])
		}
	}
	all, _ := new(big.Int).SetString(string(digits), 10)
	return all
}

func parseExponent(text string) (int, bool) {
	sign, n := 1, 0
	if text != "" && (text[0] == '-' || text[0] == '+') {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	if text == "" || len(text) > 4 {
		return 0, false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		n = 10*n + int(text[i]-'0')
	}
	return sign * n, true
}
