package kernel

import (
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/types"
)

// AddDecimal is `+` of decimals, each with its own scale; like the others it is
// exact before the one rounding to the scale of the result.
func AddDecimal(c *Call) arrow.Array { return decimals(c, decimalForm.add, false) }

// SubDecimal is `-` of decimals.
func SubDecimal(c *Call) arrow.Array { return decimals(c, decimalForm.sub, false) }

// MulDecimal is `*` of decimals.
func MulDecimal(c *Call) arrow.Array {
	if product, ok := quickProduct(c); ok {
		return product
	}
	return decimals(c, decimalForm.mul, false)
}

// DivDecimal is `/` of decimals; it traps on zero.
func DivDecimal(c *Call) arrow.Array { return decimals(c, decimalForm.div, true) }

// ModDecimal is `%` of decimals; it traps on zero.
func ModDecimal(c *Call) arrow.Array { return decimals(c, decimalForm.mod, true) }

func decimals(c *Call, f func(decimalForm, decimal128.Num, decimal128.Num) (decimal128.Num, bool), divides bool) arrow.Array {
	form, out := formOf(c), NewColumn[decimal128.Num](c)
	x, y := Reader[decimal128.Num](c.Args[0]), Reader[decimal128.Num](c.Args[1])
	c.Each(func(i int) {
		b := y(i)
		if divides && b.Sign() == 0 {
			c.Trap(i, CodeDivisionByZero, "division by zero")
			return
		}
		r, ok := f(form, x(i), b)
		if !ok {
			c.Trap(i, CodeDecimalOverflow, decimalOverflow(c.Result))
			return
		}
		out.Set(i, r)
	})
	return out.Finish()
}

// NegDecimal is `-` before a decimal.
func NegDecimal(c *Call) arrow.Array {
	x, out := Reader[decimal128.Num](c.Args[0]), NewColumn[decimal128.Num](c)
	c.Each(func(i int) { out.Set(i, x(i).Negate()) })
	return out.Finish()
}

func decimalOverflow(t *types.Type) string {
	return "the result does not fit decimal(" + strconv.Itoa(t.Precision) + ", " + strconv.Itoa(t.Scale) + ")"
}
