package csv

import (
	"bytes"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/text"
)

// naively is how a cell is written, one rule after the other.
func naively(v, null, delimiter string) string {
	if v == null || v == "" || strings.ContainsAny(v, "\"\r\n") || strings.Contains(v, delimiter) {
		return `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
	}
	return v
}

// madeUp is a column of n values, some of which look like a delimiter or null.
func madeUp(r *rand.Rand, t *types.Type, n int, delimiter string) arrow.Array {
	b := column.New(t, memory.DefaultAllocator)
	for range n {
		switch {
		case t.Nullable && r.IntN(3) == 0:
			b.Null()
		case t.Kind == types.Boolean:
			b.Bool(r.IntN(2) == 0)
		case t.Kind == types.Int, t.Kind == types.Date:
			b.Int32(int32(r.IntN(5) - 2))
		case t.Kind == types.Double:
			b.Double([]float64{1, -1, 0.25, 1e-9, 1e300, math.NaN(), math.Inf(1), math.Inf(-1)}[r.IntN(8)])
		case t.Kind == types.Float:
			b.Float(float32([]float64{1, -1, 0.25, math.NaN()}[r.IntN(4)]))
		case t.Kind == types.String:
			b.Bytes([]byte(strings.Repeat([]string{"a", "é", "1", "\"", "\r", "\n", "NA", delimiter, "some longer text, plain"}[r.IntN(9)], r.IntN(4))))
		case t.Kind == types.Decimal:
			b.Value(types.Dec{Unscaled: big.NewInt(r.Int64N(500) - 200), Scale: 2})
		default:
			b.Int64(r.Int64N(4)*1_000_000 - 1_500_000*r.Int64N(2))
		}
	}
	return b.Finish()
}

// TestEncode writes columns of many types, of which some rows are selected, with delimiters
// and nulls that values look like.
func TestEncode(t *testing.T) {
	r := optest.Random(t)
	kinds := []*types.Type{types.TLong, types.TInt, types.TDouble, types.TFloat, types.DecimalOf(9, 2), types.TString, types.TString,
		types.TTimestamp, types.TTimestamp, types.TBoolean, types.TDate}
	for range 500 {
		delimiter := []string{",", ";", "\t", "-", "1", ".", "e", ":", "T"}[max(0, r.IntN(16)-7)]
		null := []string{"", "NA", "-1", "1", "true", "a"}[max(0, r.IntN(10)-4)]
		o := format.Options{"delimiter": delimiter, "null": null, "timestamps": []string{"rfc3339", "epoch_millis", "yyyy-MM-dd, HH:mm"}[r.IntN(3)]}
		times, err := text.NewTimes(o)
		if err != nil {
			t.Fatal(err)
		}
		var cols []arrow.Array
		var columns []types.Column
		var header []string
		n := 1 + r.IntN(20)
		for i := range 1 + r.IntN(5) {
			c := types.Column{Name: "c" + strconv.Itoa(i), Type: kinds[r.IntN(len(kinds))].WithNull(r.IntN(2) == 0)}
			columns, header = append(columns, c), append(header, naively(c.Name, null, delimiter))
			cols = append(cols, madeUp(r, c.Type, n, delimiter))
		}
		sel := []int32{}
		want := strings.Join(header, delimiter) + "\n"
		for i := range n {
			if r.IntN(2) == 0 {
				continue
			}
			sel = append(sel, int32(i))
			var cells []string
			for j, c := range columns {
				switch {
				case cols[j].IsNull(i):
					cells = append(cells, null)
				case !text.IsFinite(cols[j], i):
					cells = append(cells, naively(special(cols[j], i), null, delimiter))
				default:
					cells = append(cells, naively(string(times.Append(nil, c.Type, cols[j], i)), null, delimiter))
				}
			}
			want += strings.Join(cells, delimiter) + "\n"
		}
		var got bytes.Buffer
		e, err := Comma().NewEncoder(&got, columns, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Write(cols, n, sel, nil); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if got.String() != want {
			t.Fatalf("%v: %q, not %q", o, got.String(), want)
		}
	}
}
