package text

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// TestAppendLong compares with strconv at every length and at the ends.
func TestAppendLong(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 7))
	values := []int64{0, 9, 10, 99, 100, math.MaxInt64, math.MinInt64}
	for power := int64(1); power > 0 && power <= math.MaxInt64/10; power *= 10 {
		values = append(values, power-1, power, power+1)
	}
	for range 200_000 {
		values = append(values, int64(r.Uint64())>>r.IntN(64))
	}
	for _, v := range values {
		for _, v := range []int64{v, -v} {
			if got, want := string(AppendLong([]byte("x"), v)), "x"+strconv.FormatInt(v, 10); got != want {
				t.Fatalf("%s, not %s", got, want)
			}
		}
	}
}

// TestAppendDecimals compares with digits cut at the point.
func TestAppendDecimals(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 8))
	for range 200_000 {
		v, scale := int64(r.Uint64())>>r.IntN(64), r.IntN(12)
		want := strconv.FormatInt(v, 10)
		sign := ""
		if v < 0 {
			sign, want = "-", want[1:]
		}
		if scale > 0 {
			want = strings.Repeat("0", max(0, scale+1-len(want))) + want
			want = want[:len(want)-scale] + "." + want[len(want)-scale:]
		}
		if got := string(AppendDecimal(nil, decimal128.FromI64(v), scale)); got != sign+want {
			t.Fatalf("%d with %d places: %s, not %s", v, scale, got, sign+want)
		}
	}
}
