package stdlib

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// big.Rat is the independent reader of decimals here.
func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"12.50", "-0.5e3", "1e-2", "+.5", "99999999999999999999999999999999999999", "1e", "--1"} {
		f.Add(s, 12, 2)
	}
	f.Fuzz(func(t *testing.T, s string, precision, scale int) {
		precision = 1 + int(uint(precision)%38)
		scale = int(uint(scale) % uint(precision+1))
		n, err := parseDecimal(s, precision, scale)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatalf("%q was read as %s", s, n.BigInt())
		}
		got := new(big.Rat).SetFrac(n.BigInt(), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
		if got.Cmp(want) != 0 || !n.FitsInPrecision(int32(precision)) {
			t.Fatalf("%q as decimal(%d, %d) is %s", s, precision, scale, got)
		}
	})
}

func FuzzParseDouble(f *testing.F) {
	for _, s := range []string{"1.5", "NaN", "-Infinity", "0x1p4", "1_0", "1e999", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x, err := parseDouble(s)
		if err != nil {
			return
		}
		want, err := strconv.ParseFloat(s, 64)
		if err != nil || want != x && !math.IsNaN(x) {
			t.Fatalf("%q is %v, %v", s, x, err)
		}
	})
}

func FuzzParseWhole(f *testing.F) {
	f.Add("42", int64(10))
	f.Add("-zz", int64(36))
	f.Fuzz(func(t *testing.T, s string, base int64) {
		n, err := parseWhole(s, base, 64, "long")
		if err != nil {
			return
		}
		want, ok := new(big.Int).SetString(s, int(base))
		if !ok || !want.IsInt64() || want.Int64() != n {
			t.Fatalf("%q in base %d is %d", s, base, n)
		}
	})
}

// A pattern of like is a regular expression with other signs.
func FuzzLike(f *testing.F) {
	f.Add("Helsinki", "H%s_nk%")
	f.Add("a%b", `a\%b`)
	f.Add("aXbXc", "%X%X%")
	f.Fuzz(func(t *testing.T, s, pattern string) {
		if !utf8.ValidString(s) || !utf8.ValidString(pattern) {
			return
		}
		p, err := parseLike(pattern)
		if err != nil {
			return
		}
		var b strings.Builder
		escaped := false
		for _, r := range pattern {
			switch {
			case escaped:
				b.WriteString(regexp.QuoteMeta(string(r)))
				escaped = false
			case r == '\\':
				escaped = true
			case r == '%':
				b.WriteString(".*")
			case r == '_':
				b.WriteString(".")
			default:
				b.WriteString(regexp.QuoteMeta(string(r)))
			}
		}
		re, err := regexp.Compile("(?s)^(?:" + b.String() + ")$")
		if err != nil {
			return // too large for a regular expression
		}
		if got, want := p.match(s), re.MatchString(s); got != want {
			t.Fatalf("%q like %q is %v", s, pattern, got)
		}
	})
}

// The JSON package is the independent reader of members here.
func FuzzJSONMembers(f *testing.F) {
	f.Add(`{"a": {"b": [1, "}"]}, "c\"d": null, "": 1e5}`)
	f.Add(`[ {"a":1} , [], "x" ]`)
	f.Fuzz(func(t *testing.T, s string) {
		jsonMembers(s, func(string, string) bool { return true })
		jsonItems(s, func(string) bool { return true })
		if !json.Valid([]byte(s)) || !utf8.ValidString(s) {
			return
		}
		var object map[string]json.RawMessage
		if json.Unmarshal([]byte(s), &object) == nil && object != nil {
			got := map[string]string{}
			jsonMembers(s, func(key, value string) bool {
				got[unquote(key)] = value
				return true
			})
			if len(got) != len(object) {
				t.Fatalf("%s has the members %q", s, got)
			}
			for k, v := range object {
				if got[k] != string(v) {
					t.Fatalf("%s: %q is %s, want %s", s, k, got[k], v)
				}
			}
		}
		var items []json.RawMessage
		if json.Unmarshal([]byte(s), &items) == nil && items != nil {
			at := 0
			jsonItems(s, func(value string) bool {
				if at >= len(items) || value != string(items[at]) {
					t.Fatalf("%s: element %d is %s", s, at, value)
				}
				at++
				return true
			})
			if at != len(items) {
				t.Fatalf("%s has %d elements", s, at)
			}
		}
	})
}

// Rounding a double is rounding its shortest text, as exact numbers.
func FuzzRoundDouble(f *testing.F) {
	f.Add(2.675, int64(2))
	f.Add(-1e-9, int64(8))
	f.Fuzz(func(t *testing.T, x float64, digits int64) {
		if math.IsNaN(x) || math.IsInf(x, 0) || digits < -30 || digits > 30 {
			return
		}
		exact, _ := new(big.Rat).SetString(strconv.FormatFloat(x, 'e', -1, 64))
		unit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(max(digits, -digits)), nil))
		if digits < 0 {
			unit.Inv(unit)
		}
		scaled := new(big.Rat).Mul(new(big.Rat).Abs(exact), unit)
		scaled.Add(scaled, big.NewRat(1, 2))
		whole := new(big.Rat).SetInt(new(big.Int).Quo(scaled.Num(), scaled.Denom()))
		want, _ := whole.Quo(whole, unit).Float64()
		if got := roundDouble(x, digits, halfAway, 64); math.Abs(got) != want && !math.IsInf(got, 0) {
			t.Fatalf("round(%v, %d) is %v, want %v", x, digits, got, want)
		}
	})
}

func TestCache(t *testing.T) {
	made := 0
	c := newCache(func(s string) (int, error) {
		made++
		if s == "bad" {
			return 0, errors.New("bad")
		}
		return len(s), nil
	})
	for range 3 {
		if n, err := c.get("abc"); n != 3 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if _, err := c.get("bad"); err == nil {
			t.Error("a failure was forgotten")
		}
	}
	if made != 2 {
		t.Errorf("made %d times", made)
	}
	for i := range 3 * cacheLimit {
		if _, err := c.get(strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.made) > cacheLimit {
		t.Errorf("%d kept", len(c.made))
	}
}
