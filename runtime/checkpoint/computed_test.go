package checkpoint

import (
	"errors"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/avro"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
)

// remembering is an operator that remembers rows of some columns of longs.
func remembering(t *testing.T, names string, computed ...Computed) Operator {
	t.Helper()
	row := &types.Type{Kind: types.Record, Name: "In"}
	for _, name := range names {
		row.Fields = append(row.Fields, types.Field{Name: string(name), Type: types.TLong})
	}
	schema, err := avro.Export(row, avro.Options{Name: "In"})
	if err != nil {
		t.Fatal(err)
	}
	return Operator{ID: "a:latest", Does: "the same", Reads: names, Topics: []string{"bids"}, Migrates: true, Rows: operators.RememberedInputs(1),
		In: []Input{{Kind: "append", Schema: string(schema), Topics: []string{"bids"}, Computed: computed}}}
}

// sum is a column that is the sum of others.
func sum(name string, fails bool, of ...string) Computed {
	return Computed{Name: name, Of: of, Fails: fails, Prepare: func(columns []types.Column) (Compute, error) {
		return func(cols []arrow.Array, rows int) (arrow.Array, error) {
			b := array.NewInt64Builder(memory.DefaultAllocator)
			for i := range rows {
				n := int64(0)
				for _, name := range of {
					n += cols[operators.ColumnIndex(columns, name)].(*array.Int64).Value(i)
				}
				if fails && n < 0 {
					return nil, errBelow
				}
				b.Append(n)
			}
			return b.NewArray(), nil
		}, nil
	}}
}

var errBelow = errors.New("below 0")

// TestComputedFate: what becomes of a state whose rows lack columns that can be computed, where
// the topic has its rows and where it has not.
func TestComputedFate(t *testing.T) {
	for _, c := range []struct {
		name        string
		old, next   Operator
		whole, gone Fate
	}{
		{"of what rows had", remembering(t, "ab"), remembering(t, "abc", sum("c", false, "a", "b")), Migrated, Migrated},
		{"in front of the others", remembering(t, "ab"), remembering(t, "cba", sum("c", false, "a")), Migrated, Migrated},
		{"that can fail", remembering(t, "ab"), remembering(t, "abc", sum("c", true, "a")), Rebuilt, Migrated},
		{"that nobody can compute", remembering(t, "ab"), remembering(t, "abc"), Rebuilt, Lost},
		{"of a column that rows did not have", remembering(t, "ab"), remembering(t, "abcd", sum("c", false, "d")), Rebuilt, Lost},
		{"of one that is computed itself", remembering(t, "ab"), remembering(t, "abcd", sum("c", false, "d"), sum("d", false, "a")), Rebuilt, Lost},
		{"of one that nobody reads any more", remembering(t, "ab"), remembering(t, "ac", sum("c", false, "b")), Rebuilt, Lost},
		{"that rows had before", remembering(t, "abc"), remembering(t, "abc", sum("c", true, "a")), Kept, Kept},
	} {
		for whole, want := range map[bool]Fate{true: c.whole, false: c.gone} {
			got := Compare([]Operator{c.old}, []Operator{c.next}, func(string, bool) bool { return whole })
			if got[0].Fate != want {
				t.Errorf("a column %s, all rows are there %v: %s (%s), want %s", c.name, whole, got[0].Fate, got[0].Why, want)
			}
		}
	}
}

// TestComputedRows reads rows that lack two columns, in between and at the end, and says so
// where one of them fails.
func TestComputedRows(t *testing.T) {
	old, next := remembering(t, "ab"), remembering(t, "acbd", sum("d", true, "b"), sum("c", false, "a", "b"))
	adapters, err := (&Change{Operator: next}).Adapt([]Operator{old})
	if err != nil {
		t.Fatal(err)
	}
	columns := func(values ...int64) (cols []arrow.Array) {
		for _, v := range values {
			b := array.NewInt64Builder(memory.DefaultAllocator)
			b.Append(v)
			cols = append(cols, b.NewArray())
		}
		return cols
	}
	out, err := adapters.Of(0).Apply(columns(3, 4), 1)
	if err != nil || len(out) != 4 {
		t.Fatalf("%d columns, %v", len(out), err)
	}
	for i, want := range []int64{3, 7, 4, 4} {
		if have := out[i].(*array.Int64).Value(0); have != want {
			t.Errorf("column %d is %d, want %d", i, have, want)
		}
	}
	if _, err := adapters.Of(0).Apply(columns(3, -4), 1); !errors.Is(err, errBelow) {
		t.Errorf("a row that fails: %v", err)
	}
}
