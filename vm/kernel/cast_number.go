package kernel

import (
	"math"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/types"
)

// convertFixed is a conversion that cannot fail, over whole arrays.
func convertFixed[A, R Fixed](c *Call) arrow.Array {
	arr, dst := NewFixed[R](c.Alloc, ArrowType(c.Result), c.N)
	x := Values[A](c.Args[0].Arr)
	for i, v := range x[:len(dst)] {
		dst[i] = R(v)
	}
	return arr
}

func castToInt(from *types.Type) Kernel {
	narrow := func(n int64, text func() string) (int32, string) {
		if n != int64(int32(n)) {
			return 0, text() + " does not fit an int"
		}
		return int32(n), ""
	}
	switch from.Kind {
	case types.Enum:
		return convertFixed[int32, int32]
	case types.Boolean:
		return Map1(func(b bool) int32 { return int32(one(b)) })
	case types.Long:
		return castBy(func(n int64) (int32, string) {
			return narrow(n, func() string { return strconv.FormatInt(n, 10) })
		})
	case types.Float, types.Double:
		return fromFloating(from, func(x float64) (int32, string) {
			n, reason := wholeDouble(x)
			if reason != "" {
				return 0, reason
			}
			return narrow(n, func() string { return doubleText(x) })
		})
	case types.Decimal:
		return castBy(func(d decimal128.Num) (int32, string) {
			n, reason := wholeDecimal(d, from.Scale)
			if reason != "" {
				return 0, reason
			}
			return narrow(n, func() string { return d.ToString(int32(from.Scale)) })
		})
	case types.String:
		return castBy(func(s string) (int32, string) {
			n, reason := parseWhole(s)
			if reason != "" {
				return 0, reason
			}
			return narrow(n, func() string { return s })
		})
	case types.JSON:
		return jsonCast(func(s string) (int32, string) {
			n, reason := jsonWhole(s)
			if reason != "" {
				return 0, reason
			}
			return narrow(n, func() string { return s })
		})
	}
	return nil
}

func castToLong(from *types.Type) Kernel {
	switch from.Kind {
	case types.Int, types.Enum:
		return convertFixed[int32, int64]
	case types.Boolean:
		return Map1(func(b bool) int64 { return int64(one(b)) })
	case types.Float, types.Double:
		return fromFloating(from, wholeDouble)
	case types.Decimal:
		return castBy(func(d decimal128.Num) (int64, string) { return wholeDecimal(d, from.Scale) })
	case types.String:
		return castBy(parseWhole)
	case types.JSON:
		return jsonCast(jsonWhole)
	}
	return nil
}

func castToFloat(from *types.Type) Kernel {
	narrow := func(x float64) (float32, string) {
		f := float32(x)
		if math.IsInf(float64(f), 0) && !math.IsInf(x, 0) {
			return 0, doubleText(x) + " does not fit a float"
		}
		return f, ""
	}
	switch from.Kind {
	case types.Int:
		return convertFixed[int32, float32]
	case types.Long:
		return convertFixed[int64, float32]
	case types.Double:
		return castBy(narrow)
	case types.Decimal:
		return Map1(func(d decimal128.Num) float32 { return float32(decimalFloat(d, from.Scale, 32)) })
	case types.String:
		return castBy(func(s string) (float32, string) {
			x, reason := parseDouble(s, 32)
			return float32(x), reason
		})
	case types.JSON:
		return jsonCast(func(s string) (float32, string) {
			x, reason := jsonDouble(s, 32)
			return float32(x), reason
		})
	}
	return nil
}

func castToDouble(from *types.Type) Kernel {
	switch from.Kind {
	case types.Int:
		return convertFixed[int32, float64]
	case types.Long:
		return convertFixed[int64, float64]
	case types.Float:
		return convertFixed[float32, float64]
	case types.Decimal:
		return Map1(func(d decimal128.Num) float64 { return DecimalDouble(d, from.Scale) })
	case types.String:
		return castBy(func(s string) (float64, string) { return parseDouble(s, 64) })
	case types.JSON:
		return jsonCast(func(s string) (float64, string) { return jsonDouble(s, 64) })
	}
	return nil
}

func castToDecimal(from, to *types.Type) Kernel {
	switch from.Kind {
	case types.Int:
		return exactToDecimal(to, 0, func(n int32) decimal128.Num { return decimal128.FromI64(int64(n)) })
	case types.Long:
		return exactToDecimal(to, 0, decimal128.FromI64)
	case types.Decimal:
		return exactToDecimal(to, from.Scale, func(n decimal128.Num) decimal128.Num { return n })
	case types.Float, types.Double:
		bits := 64
		if from.Kind == types.Float {
			bits = 32
		}
		return fromFloating(from, func(x float64) (decimal128.Num, string) {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return decimal128.Num{}, doubleText(x) + " is not a decimal"
			}
			var room [32]byte
			r, ok := roundText(string(strconv.AppendFloat(room[:0], x, 'e', -1, bits)), to.Scale, to.Precision)
			if !ok {
				return r, string(AppendDouble(nil, x, bits)) + " does not fit " + to.NonNull().String()
			}
			return r, ""
		})
	case types.String:
		return castBy(func(s string) (decimal128.Num, string) {
			if _, ok := scanNumber(s); !ok {
				return decimal128.Num{}, quoted(s) + " is not a number"
			}
			return textToDecimal(s, to)
		})
	case types.JSON:
		return jsonCast(func(s string) (decimal128.Num, string) {
			if !isJSONNumber(s) {
				return decimal128.Num{}, notJSON(s, "a number")
			}
			return textToDecimal(s, to)
		})
	}
	return nil
}

func exactToDecimal[A Value](to *types.Type, scale int, num func(A) decimal128.Num) Kernel {
	return func(c *Call) arrow.Array {
		if a := c.Args[0]; !a.Scalar && scale == 0 && to.Scale == 0 && to.Precision >= sureDigits && a.Arr.DataType().ID() == arrow.INT64 {
			return longDecimals(c)
		}
		x, out := Reader[A](c.Args[0]), NewColumn[decimal128.Num](c)
		c.Each(func(i int) {
			n := num(x(i))
			r, ok := Rescale(n, scale, to.Scale, to.Precision)
			if !ok {
				c.Trap(i, CodeDecimalOverflow, n.ToString(int32(scale))+" does not fit "+to.NonNull().String())
				return
			}
			out.Set(i, r)
		})
		return out.Finish()
	}
}

func textToDecimal(s string, to *types.Type) (decimal128.Num, string) {
	r, ok := roundText(s, to.Scale, to.Precision)
	if !ok {
		return r, s + " does not fit " + to.NonNull().String()
	}
	return r, ""
}

func fromFloating[R Value](from *types.Type, f func(float64) (R, string)) Kernel {
	if from.Kind == types.Float {
		return castBy(func(x float32) (R, string) { return f(float64(x)) })
	}
	return castBy(f)
}

func wholeDouble(x float64) (int64, string) {
	if math.IsNaN(x) || x != math.Trunc(x) {
		return 0, doubleText(x) + " is not a whole number"
	}
	if x < -1<<63 || x >= 1<<63 {
		return 0, doubleText(x) + " does not fit a long"
	}
	return int64(x), ""
}

func wholeDecimal(d decimal128.Num, scale int) (int64, string) {
	n, _ := Rescale(d, scale, 0, maxDigits)
	if back, ok := Rescale(n, 0, scale, maxDigits); !ok || back != d {
		return 0, d.ToString(int32(scale)) + " is not a whole number"
	}
	if !isLong(n) {
		return 0, d.ToString(int32(scale)) + " does not fit a long"
	}
	return int64(n.LowBits()), ""
}

// parseWhole reads digits with an optional sign.
func parseWhole(s string) (int64, string) {
	digits := strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	if digits == "" || strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) || len(s)-len(digits) > 1 {
		return 0, quoted(s) + " is not a whole number"
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, quoted(s) + " does not fit a long"
	}
	return n, ""
}

// parseDouble reads a decimal number, NaN, Infinity or -Infinity.
func parseDouble(s string, bits int) (float64, string) {
	switch s {
	case "NaN":
		return math.NaN(), ""
	case "Infinity":
		return math.Inf(1), ""
	case "-Infinity":
		return math.Inf(-1), ""
	}
	if _, ok := scanNumber(s); !ok {
		return 0, quoted(s) + " is not a number"
	}
	x, err := strconv.ParseFloat(s, bits)
	if err != nil {
		return 0, quoted(s) + " is out of range"
	}
	return x, ""
}

// doubleText is a double as the language writes it: the shortest text that reads
// back as the same number, NaN, Infinity or -Infinity.
func doubleText(x float64) string { return string(AppendDouble(nil, x, 64)) }

// AppendDouble is doubleText for a double (64 bits) or float (32).
func AppendDouble(dst []byte, x float64, bits int) []byte {
	switch {
	case math.IsNaN(x):
		return append(dst, "NaN"...)
	case math.IsInf(x, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(x, -1):
		return append(dst, "-Infinity"...)
	}
	return AppendJSONDouble(dst, x, bits)
}
