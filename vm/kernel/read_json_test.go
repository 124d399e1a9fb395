package kernel

import (
	"encoding/json"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
)

func TestJSONWriter(t *testing.T) {
	color := &types.Type{Kind: types.Enum, Name: "Color", Symbols: []string{"red", "green"}}
	opened := &types.Type{Kind: types.Record, Name: "Opened", Fields: []types.Field{{Name: "at", Type: types.TDate}}}
	closed := &types.Type{Kind: types.Record, Name: "Closed", Fields: []types.Field{{Name: "by", Type: types.TString}}}
	event := &types.Type{Kind: types.Union, Name: "Event", Branches: []*types.Type{opened, closed}}
	for _, c := range []struct {
		typ  *types.Type
		text string
		want []string
	}{
		{types.DecimalOf(6, 3), `["1.5", "-0.001", null]`, []string{"1.500", "-0.001", "null"}},
		{types.TDouble, `[1e21, 1e-7, 0.1, -0.0]`, []string{"1e+21", "1e-07", "0.1", "-0"}},
		{color, `[1, 0, null]`, []string{`"green"`, `"red"`, "null"}},
		{types.TString, `["a\"\\\n\u0001é"]`, []string{`"a\"\\\n\u0001é"`}},
		{types.MapOf(types.TLong), `[[{"key": "a\"", "value": 1}]]`, []string{`{"a\"":1}`}},
		{types.RecordOf(types.Field{Name: "x y", Type: types.TLong}), `[{"x y": null}]`, []string{`{"x y":null}`}},
		{event, `[{"$branch": 0, "Opened": {"at": "2026-01-31"}, "Closed": null}, {"$branch": 1, "Opened": null, "Closed": {"by": "me"}}]`,
			[]string{`{"$type":"Opened","at":"2026-01-31"}`, `{"$type":"Closed","by":"me"}`}},
	} {
		arr := fromJSON(t, memory.NewGoAllocator(), ArrowType(c.typ), c.text)
		write := JSONWriter(c.typ, arr)
		for i, want := range c.want {
			if got := string(write(nil, i)); got != want {
				t.Errorf("%s: %s, want %s", c.typ, got, want)
			}
		}
	}
	b := array.NewMonthDayNanoIntervalBuilder(memory.NewGoAllocator())
	b.Append(arrow.MonthDayNanoInterval{Months: 1, Days: 2})
	if got := string(JSONWriter(types.TPeriod, b.NewArray())(nil, 0)); got != `"P1M2D"` {
		t.Errorf("a period is %s", got)
	}
}

func FuzzJSONText(f *testing.F) {
	f.Add("a\"\\\n\u0000\u007fé🙂")
	f.Fuzz(func(t *testing.T, s string) {
		text := AppendJSONText(nil, s)
		var back string
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("%q is written %s: %v", s, text, err)
		}
		if want := string([]rune(s)); back != want {
			t.Fatalf("%q is written %s, read %q", s, text, back)
		}
	})
}
