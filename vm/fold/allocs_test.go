//go:build !race

package fold

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Aggregates over changes are given the rows of a batch one by one. None takes memory for
// one, once the states have met the values.
func TestOneRowDoesNotAllocate(t *testing.T) {
	bytesOf := func(i int) string { return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%016d", i)) }
	columns := []struct {
		of    *types.Type
		value func(i int) string
	}{
		{types.TLong, func(i int) string { return fmt.Sprint(i) }},
		{types.TString, func(i int) string { return fmt.Sprintf(`"value %d"`, i) }},
		{types.TBytes, func(i int) string { return fmt.Sprintf("%q", bytesOf(i)) }},
		{types.TUUID, func(i int) string { return fmt.Sprintf("%q", bytesOf(i)) }},
		{types.DecimalOf(38, 2), func(i int) string { return fmt.Sprintf(`"%d.00"`, i) }},
	}
	aggregates := []struct {
		name string
		new  kernel.NewAggregator
	}{{"min", Extreme(false)}, {"max", Extreme(true)}, {"first", ByTime(false)}, {"last", ByTime(true)},
		{"min_by", ByOrder(false)}, {"max_by", ByOrder(true)}}
	const rows = 100
	for _, column := range columns {
		var text []string
		for i := range rows {
			text = append(text, column.value(i))
		}
		arr, _, err := array.FromJSON(memory.DefaultAllocator, kernel.ArrowType(column.of), strings.NewReader("["+strings.Join(text, ",")+"]"))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range aggregates {
			for _, changes := range []bool{false, true} {
				agg := a.new(nil, nil, column.of)
				if changes {
					if _, ok := agg.(*choosing); ok {
						continue // it keeps a value for each row
					}
					agg.(Retracting).WillSub()
				}
				agg.Grow(1)
				call := &kernel.AggCall{N: rows, Groups: make([]int32, rows), Time: make([]int64, rows), Number: make([]int64, rows),
					Args: []kernel.Vector{{Type: column.of, Arr: arr}, {Type: column.of, Arr: arr}}, Rows: make([]int32, 1)}
				each := func() {
					for i := range rows {
						call.Rows[0], call.Time[i] = int32(i), int64(i)
						agg.Add(call)
						if changes && i > 10 {
							call.Rows[0] = int32(i - 10)
							agg.Sub(call)
						}
					}
				}
				each()
				each()
				if n := testing.AllocsPerRun(20, each) / rows; n > 0.05 {
					t.Errorf("%s of %s, changes %v: %.2f allocations a row", a.name, column.of, changes, n)
				}
			}
		}
	}
}
