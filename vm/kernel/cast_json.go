package kernel

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
)

// castToJSON writes any value as JSON; text is read as JSON instead.
func castToJSON(from *types.Type) Kernel {
	if from.Kind == types.String {
		return castBy(func(s string) (string, string) {
			if !json.Valid([]byte(s)) {
				return "", quoted(s) + " is not JSON"
			}
			return s, ""
		})
	}
	return func(c *Call) arrow.Array {
		v, out := c.Args[0], NewColumn[[]byte](c)
		write := JSONWriter(v.Type, v.Arr)
		var buf []byte
		c.Each(func(i int) {
			buf = write(buf[:0], v.Index(i))
			out.Set(i, buf)
		})
		return out.Finish()
	}
}

// jsonCast is castBy for JSON, whose null becomes null.
func jsonCast[R Value](f func(string) (R, string)) Kernel {
	return func(c *Call) arrow.Array {
		x, out := Reader[string](c.Args[0]), NewColumn[R](c)
		c.Each(func(i int) {
			text := strings.Trim(x(i), " \t\r\n")
			if text == "null" {
				out.Null(i)
				return
			}
			r, reason := f(text)
			if reason != "" {
				c.Trap(i, CodeCast, reason)
				return
			}
			out.Set(i, r)
		})
		return out.Finish()
	}
}

// jsonToScalar reads JSON as anything but a number or text; nil where there is no
// such reading.
func jsonToScalar(to *types.Type) Kernel {
	if to.Kind == types.Boolean {
		return jsonCast(func(s string) (bool, string) {
			if s != "true" && s != "false" {
				return false, notJSON(s, "true or false")
			}
			return s == "true", ""
		})
	}
	read := textToScalar(to)
	if read == nil || to.Kind == types.Bytes {
		return nil
	}
	// The strings are taken out of the JSON first, and then read as such.
	strip := jsonCast(func(s string) (string, string) {
		if s == "" || s[0] != '"' {
			return "", notJSON(s, "a string")
		}
		return jsonText(s)
	})
	return func(c *Call) arrow.Array {
		inner := *c
		inner.Result = types.TString
		failed := map[int]bool{}
		inner.OnTrap = func(row int, code, reason string) {
			failed[row] = true
			c.Trap(row, code, reason)
		}
		texts := strip(&inner)
		defer texts.Release()
		outer := *c
		outer.Args = []Vector{{Type: types.TString, Arr: texts}}
		outer.Sel = make([]int32, 0, c.N)
		c.Each(func(i int) {
			if !failed[i] && texts.IsValid(i) {
				outer.Sel = append(outer.Sel, int32(i))
			}
		})
		return NullsOf(c.Alloc, read(&outer), outer.Args[0])
	}
}

// jsonText is the text of a JSON string, and any other JSON as it is.
func jsonText(s string) (string, string) {
	if s == "" || s[0] != '"' {
		return s, ""
	}
	if len(s) >= 2 && !strings.Contains(s, `\`) {
		return s[1 : len(s)-1], ""
	}
	var text string
	if err := json.Unmarshal([]byte(s), &text); err != nil {
		return "", notJSON(s, "a string")
	}
	return text, ""
}

func jsonWhole(s string) (int64, string) {
	if !isJSONNumber(s) {
		return 0, notJSON(s, "a number")
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, ""
	}
	number, ok := scanNumber(s)
	if !ok || number.scale < -maxDigits {
		return 0, quoted(s) + " does not fit a long"
	}
	n, scale := number.big(s), number.scale
	if scale > 0 {
		q, r := new(big.Int).QuoRem(n, bigPower(scale), new(big.Int))
		if r.Sign() != 0 {
			return 0, s + " is not a whole number"
		}
		n = q
	} else {
		n = shift(n, -scale)
	}
	if !n.IsInt64() {
		return 0, s + " does not fit a long"
	}
	return n.Int64(), ""
}

func jsonDouble(s string, bits int) (float64, string) {
	if !isJSONNumber(s) {
		return 0, notJSON(s, "a number")
	}
	x, err := strconv.ParseFloat(s, bits)
	if err != nil {
		return 0, s + " is out of range"
	}
	return x, ""
}

// isJSONNumber tells by the first byte: the text is valid JSON.
func isJSONNumber(s string) bool { return s != "" && (s[0] == '-' || s[0] >= '0' && s[0] <= '9') }

func notJSON(s, want string) string { return quoted(s) + " is not " + want }
