package format

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
)

func TestParseSize(t *testing.T) {
	for in, want := range map[string]int{"4096": 4096, "64KiB": 65536, "16MB": 16_000_000, "1 GiB": 1 << 30, "7B": 7} {
		if got, ok := ParseSize(in); !ok || got != want {
			t.Errorf("%s is %d, %t", in, got, ok)
		}
	}
	for _, in := range []string{"", "0", "-1", "MB", "1.5MB", "99999999999GB"} {
		if got, ok := ParseSize(in); ok {
			t.Errorf("%q is %d", in, got)
		}
	}
}

// TestAbsent prunes a default to the fields that are read.
func TestAbsent(t *testing.T) {
	inner := types.RecordOf(types.Field{Name: "a", Type: types.TLong}, types.Field{Name: "b", Type: types.TString})
	full := types.Field{Name: "r", Type: types.ArrayOf(inner), HasDef: true, Default: []any{[]any{int64(1), "x"}}}
	part := types.ArrayOf(types.RecordOf(types.Field{Name: "b", Type: types.TString}))
	got, ok := Absent(full, part)
	if d := cmp.Diff([]any{[]any{"x"}}, got); d != "" || !ok {
		t.Error(d, ok)
	}
	if _, ok := Absent(types.Field{Name: "n", Type: types.TLong}, types.TLong); ok {
		t.Error("a field without a default may be missing")
	}
	if got, ok := Absent(types.Field{Name: "n", Type: types.TLong.OrNull()}, types.TLong.OrNull()); got != nil || !ok {
		t.Error(got, ok)
	}
}
