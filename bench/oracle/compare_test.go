package oracle

import (
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// TestValues: equal values have one form, whoever wrote them, and others do not.
func TestValues(t *testing.T) {
	at := time.Date(2026, 1, 1, 23, 45, 0, 36_000_000, time.UTC)
	for _, c := range []struct {
		kind         string
		theirs       any
		ours, unlike string
	}{
		{"BIGINT", int64(7), `7`, `8`},
		{"BIGINT", int64(7), `7.0`, `"7"`},
		{"HUGEINT", big.NewInt(1 << 60), `1152921504606846976`, `1152921504606846977`},
		{"DECIMAL(18,3)", duckdb.Decimal{Width: 18, Scale: 3, Value: big.NewInt(908_000)}, `908.000`, `908.001`},
		{"DOUBLE", 0.1, `0.1`, `0.10000000000000002`},
		{"VARCHAR", "a\"b", `"a\"b"`, `"ab"`},
		{"VARCHAR", nil, `null`, `""`},
		{"TIMESTAMP", at, `"2026-01-01T23:45:00.036Z"`, `"2026-01-01T23:45:00.037Z"`},
		{"DATE", at.Truncate(24 * time.Hour), `"2026-01-01"`, `"2026-01-02"`},
	} {
		theirs, err := theirValue(column{"x", c.kind}, c.theirs)
		if err != nil {
			t.Fatal(err)
		}
		want := rows{rowText(map[string]string{"x": theirs}): 2}
		for text, same := range map[string]bool{c.ours: true, c.unlike: false} {
			path := filepath.Join(t.TempDir(), "x.ndjson")
			if err := os.WriteFile(path, []byte(strings.Repeat(`{"x":`+text+"}\n", 2)), 0o644); err != nil {
				t.Fatal(err)
			}
			got, err := written(path, []column{{"x", c.kind}})
			if err != nil {
				t.Fatal(err)
			}
			if diff := differences(got, want); (len(diff) == 0) != same {
				t.Errorf("%s %v and %s: %v", c.kind, c.theirs, text, diff)
			}
		}
	}
}

// TestDifferences: rows count as often as they stand there.
func TestDifferences(t *testing.T) {
	if d := differences(rows{"a": 2, "b": 1}, rows{"a": 1, "c": 1}); len(d) != 3 {
		t.Error(d)
	}
	if d := differences(rows{"a": 2}, rows{"a": 2}); d != nil {
		t.Error(d)
	}
}

// TestColumns: a column too few or too many is an error.
func TestColumns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.ndjson")
	if err := os.WriteFile(path, []byte(`{"x":1}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, columns := range [][]column{{{"y", "BIGINT"}}, {{"x", "BIGINT"}, {"y", "BIGINT"}}, {}} {
		if _, err := written(path, columns); err == nil {
			t.Errorf("%v: no error", columns)
		}
	}
}
