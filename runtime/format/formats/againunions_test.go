package formats

import (
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
)

// crates are a union as a file has it, as a program misreads it, and as one reads it that is
// put right: n is too large for an int, the program misses a symbol, and documents are text in
// the file. Cubes are only known to file and last program.
func crates(n, doc *types.Type, cube bool, symbols ...string) *types.Type {
	u := &types.Type{Kind: types.Union, Name: "Crate", Branches: []*types.Type{
		{Kind: types.Record, Name: "Empty", Fields: []types.Field{{Name: "why", Type: types.TString.OrNull()}}},
		{Kind: types.Record, Name: "Full", Fields: []types.Field{{Name: "n", Type: n}, {Name: "doc", Type: doc}}},
		{Kind: types.Record, Name: "Marked", Fields: []types.Field{
			{Name: "mark", Type: &types.Type{Kind: types.Enum, Name: "Mark", Symbols: symbols}}, {Name: "doc", Type: doc}}},
	}}
	if cube {
		u.Branches = append(u.Branches, &types.Type{Kind: types.Record, Name: "Cube", Fields: []types.Field{{Name: "edge", Type: types.TDouble}}})
	}
	return u
}

// crateValues are values of the union and how they are to be read in the end.
var crateValues = []struct {
	value types.UnionValue
	json  string
}{
	{types.UnionValue{Branch: 0, Record: []any{nil}}, `{"$type":"Empty","why":null}`},
	{types.UnionValue{Branch: 1, Record: []any{int64(5_000_000_000), `{"a":[1]}`}}, `{"$type":"Full","n":5000000000,"doc":{"a":[1]}}`},
	{types.UnionValue{Branch: 1, Record: []any{int64(7), `"x"`}}, `{"$type":"Full","n":7,"doc":"x"}`},
	{types.UnionValue{Branch: 2, Record: []any{"new", `{"b":null}`}}, `{"$type":"Marked","mark":"new","doc":{"b":null}}`},
	{types.UnionValue{Branch: 3, Record: []any{1.5}}, `{"$type":"Cube","edge":1.5}`},
}

// unionPlaces are where a union may stand in a row, with how its values stand there.
var unionPlaces = []struct {
	name  string
	row   func(u *types.Type) *types.Type
	value func(v types.UnionValue) any
	json  func(v string) string
}{
	{"row", func(u *types.Type) *types.Type { return u }, func(v types.UnionValue) any { return v }, func(v string) string { return v }},
	{"field", inField(func(u *types.Type) *types.Type { return u }), func(v types.UnionValue) any { return v },
		func(v string) string { return `{"u":` + v + `}` }},
	{"nullable", inField((*types.Type).OrNull), func(v types.UnionValue) any { return v },
		func(v string) string { return `{"u":` + v + `}` }},
	{"array", inField(types.ArrayOf), func(v types.UnionValue) any { return []any{v, crateValues[0].value} },
		func(v string) string { return `{"u":[` + v + `,` + crateValues[0].json + `]}` }},
	{"map", inField(func(u *types.Type) *types.Type { return types.MapOf(u.OrNull()) }),
		func(v types.UnionValue) any {
			return types.MapValue{Keys: []string{"k", "none"}, Values: []any{v, nil}}
		},
		func(v string) string { return `{"u":{"k":` + v + `,"none":null}}` }},
	{"record", inField(func(u *types.Type) *types.Type { return types.RecordOf(types.Field{Name: "in", Type: u}) }),
		func(v types.UnionValue) any { return []any{v} }, func(v string) string { return `{"u":{"in":` + v + `}}` }},
	{"union", func(u *types.Type) *types.Type {
		return &types.Type{Kind: types.Union, Name: "Outer", Branches: []*types.Type{
			{Kind: types.Record, Name: "Other", Fields: []types.Field{{Name: "x", Type: types.TLong}}},
			{Kind: types.Record, Name: "Held", Fields: []types.Field{{Name: "u", Type: u}}},
		}}
	}, func(v types.UnionValue) any { return types.UnionValue{Branch: 1, Record: []any{v}} },
		func(v string) string { return `{"$type":"Held","u":` + v + `}` }},
}

// inField is a row with one field, of a type made of the union.
func inField(of func(*types.Type) *types.Type) func(u *types.Type) *types.Type {
	return func(u *types.Type) *types.Type { return types.RecordOf(types.Field{Name: "u", Type: of(u)}) }
}

// TestReadAgainUnionsThatFailed reads unions again, wherever they stand in a row, that a program
// could not decode which misread what the file holds.
func TestReadAgainUnionsThatFailed(t *testing.T) {
	alloc := memory.DefaultAllocator
	for _, f := range All() {
		if f.Again != nil {
			continue // what they keep is what they read
		}
		for _, place := range unionPlaces {
			t.Run(f.Name+"/"+place.name, func(t *testing.T) {
				// A file of Avro with a schema that the program does not have is refused as a whole.
				// So is one with numbers that may be too large.
				values, cube, few, bad := crateValues, true, types.TInt, 3
				if f.Name == "avro" {
					values, cube, few, bad = values[:4], false, types.TLong, 1
				}
				wrote := place.row(crates(types.TLong, types.TString, cube, "old", "new"))
				first := place.row(crates(few, types.TJSON, false, "old"))
				then := place.row(crates(types.TLong, types.TJSON, cube, "old", "new"))
				var rows []any
				var want, got []string
				for _, v := range values {
					rows = append(rows, place.value(v.value))
					want = append(want, place.json(v.json))
				}
				data := encode(t, f, columnsOf(wrote), columnOf(wrote, rows), len(rows), nil, nil)
				failed := 0
				for _, k := range keptOf(t, f, data, first, alloc) {
					if k.Code != "" {
						failed++
					}
					k.Of = then
					in, with, err := ndjson.Again(k, nil)
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, decodeWith(t, ndjson.Lines(), in, format.Schema{Full: then, Row: then}, with, alloc)...)
				}
				if failed != bad {
					t.Errorf("%d records could not be decoded, want %d", failed, bad)
				}
				slices.Sort(want)
				slices.Sort(got) // bad ones stand beside the others
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("-want +got\n%s", d)
				}
			})
		}
	}
}

// columnsOf are the columns of a row that has one.
func columnsOf(row *types.Type) []types.Column {
	if row.Kind == types.Union {
		return []types.Column{{Name: types.UnionColumn, Type: row}}
	}
	return []types.Column{{Name: row.Fields[0].Name, Type: row.Fields[0].Type}}
}

// columnOf is the values of the column of a row that has one.
func columnOf(row *types.Type, values []any) []arrow.Array {
	b := column.New(columnsOf(row)[0].Type, memory.DefaultAllocator)
	for _, v := range values {
		b.Value(v)
	}
	return []arrow.Array{b.Finish()}
}
