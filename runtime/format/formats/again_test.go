package formats

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
)

// TestReadAgain reads records of every type and format again from what error records keep of
// them: of those that could not be decoded, because the last field has a symbol too few, and
// of those that could.
func TestReadAgain(t *testing.T) {
	few := &types.Type{Kind: types.Enum, Name: "Size", Symbols: []string{"s"}}
	all := &types.Type{Kind: types.Enum, Name: "Size", Symbols: []string{"s", "m"}}
	for _, f := range All() {
		for _, s := range samples {
			t.Run(f.Name+"/"+s.t.String(), func(t *testing.T) {
				row := func(last *types.Type) *types.Type {
					return types.RecordOf(types.Field{Name: "a field", Type: s.t.OrNull()}, types.Field{Name: "size", Type: last})
				}
				values := [][]any{{s.a, nil, s.b}, {"m", "s", "m"}}
				want := []string{s.json[0], "null", s.json[1]}
				for i := range want {
					want[i] = fmt.Sprintf(`{"a field":%s,"size":%q}`, want[i], values[1][i])
				}
				readAgain(t, f, row(few), row(all), values, want)
				readAgain(t, f, row(all), row(all), values, want)
			})
		}
	}
}

// readAgain encodes rows, decodes them by one type, and reads what is kept of each of them by
// another.
func readAgain(t *testing.T, f format.Format, first, then *types.Type, values [][]any, want []string) {
	t.Helper()
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer alloc.AssertSize(t, 0)
	var columns []types.Column
	var cols []arrow.Array
	for i, field := range then.Fields {
		b := column.New(field.Type, alloc)
		for _, v := range values[i] {
			b.Value(v)
		}
		columns, cols = append(columns, types.Column{Name: field.Name, Type: field.Type}), append(cols, b.Finish())
		defer cols[i].Release()
	}
	data := encode(t, f, columns, cols, len(want), nil, nil)
	kept := keptOf(t, f, data, first, alloc)
	if len(kept) != len(want) {
		t.Fatalf("%d records, want %d", len(kept), len(want))
	}
	for _, k := range kept {
		k.Of = then
		again := f
		if again.Again == nil {
			again = ndjson.Lines()
		}
		in, with, err := again.Again(k, nil)
		if err != nil {
			t.Fatalf("%+v: %v", k, err)
		}
		got := decodeWith(t, again, in, format.Schema{Full: then, Row: then, Keyed: true}, with, alloc)
		found := false
		for i := range want {
			found = found || len(got) == 1 && got[0] == want[i]
		}
		if !found {
			t.Errorf("%+v is read as %q, which is none of %q", k, got, want)
		}
	}
}

// keptOf is what error records keep of records.
func keptOf(t *testing.T, f format.Format, data []byte, row *types.Type, alloc memory.Allocator) []format.Kept {
	t.Helper()
	d, err := f.NewDecoder(format.Input{Name: "test", Stream: bytes.NewReader(data)}, format.Schema{Full: row, Row: row, Keyed: true}, nil, alloc)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var out []format.Kept
	for {
		rows, err := d.Next(2)
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		header := ""
		if r, ok := rows.Records.(format.HeadedRecords); ok {
			header = r.Header()
		}
		for i := range rows.N {
			out = append(out, format.Kept{Row: rows.Records.Text(i)})
		}
		for _, bad := range rows.Bad {
			text, err := json.Marshal(bad.Text)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, format.Kept{Row: string(text), Code: bad.Code, Header: header})
		}
		rows.Release()
	}
}

// decodeWith returns the rows as JSON text.
func decodeWith(t *testing.T, f format.Format, data []byte, s format.Schema, o format.Options, alloc memory.Allocator) []string {
	t.Helper()
	d, err := f.NewDecoder(format.Input{Name: "test", Stream: bytes.NewReader(data)}, s, o, alloc)
	if err != nil {
		t.Fatalf("%v\nfrom %q", err, data)
	}
	defer d.Close()
	w := ndjson.Writer{Tag: "$type"}
	var out []string
	for {
		rows, err := d.Next(10)
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatalf("%v\nfrom %q", err, data)
		}
		for _, bad := range rows.Bad {
			t.Errorf("a bad record: %+v\nfrom %q", bad, data)
		}
		for i := range rows.N {
			out = append(out, string(w.Row(nil, s.Row, rows.Cols, i)))
		}
		rows.Release()
	}
}

// TestReadAgainAsDeclared reads what files of others hold as text and bytes: JSON, and rows
// that are a union.
func TestReadAgainAsDeclared(t *testing.T) {
	few := &types.Type{Kind: types.Enum, Name: "Size", Symbols: []string{"s"}}
	all := &types.Type{Kind: types.Enum, Name: "Size", Symbols: []string{"s", "m"}}
	doc := func(doc, size *types.Type) *types.Type {
		return types.RecordOf(types.Field{Name: "doc", Type: doc}, types.Field{Name: "size", Type: size})
	}
	for _, f := range All() {
		if f.Again != nil {
			continue // what they keep is what they read
		}
		t.Run(f.Name, func(t *testing.T) {
			alloc := memory.DefaultAllocator
			var columns []types.Column
			var cols []arrow.Array
			for i, field := range doc(types.TString, all).Fields {
				b := column.New(field.Type, alloc)
				b.Value([]any{`{"a":[1]}`, "m"}[i])
				columns, cols = append(columns, types.Column{Name: field.Name, Type: field.Type}), append(cols, b.Finish())
			}
			data := encode(t, f, columns, cols, 1, nil, nil)
			for _, size := range []*types.Type{few, all} {
				for _, k := range keptOf(t, f, data, doc(types.TJSON, size), alloc) {
					in, with, err := ndjson.Again(k, nil)
					if err != nil {
						t.Fatal(err)
					}
					then := doc(types.TJSON, all)
					if got := decodeWith(t, ndjson.Lines(), in, format.Schema{Full: then, Row: then}, with, alloc); len(got) != 1 || got[0] != `{"doc":{"a":[1]},"size":"m"}` {
						t.Errorf("%+v is read as %q", k, got)
					}
				}
			}
		})
	}
}

// TestReadAgainUnions reads rows that are a union again.
func TestReadAgainUnions(t *testing.T) {
	for _, f := range All() {
		if f.Changes {
			continue // they hold rows of one schema
		}
		t.Run(f.Name, func(t *testing.T) {
			alloc := memory.DefaultAllocator
			b := column.New(shape, alloc)
			b.Value(types.UnionValue{Branch: 1, Record: []any{int64(4), "green"}})
			data := encode(t, f, []types.Column{{Name: types.UnionColumn, Type: shape}}, []arrow.Array{b.Finish()}, 1, nil, nil)
			for _, k := range keptOf(t, f, data, shape, alloc) {
				k.Of = shape
				again := f
				if again.Again == nil {
					again = ndjson.Lines()
				}
				in, with, err := again.Again(k, nil)
				if err != nil {
					t.Fatal(err)
				}
				want := `{"$type":"Box","w":4,"kind":"green"}`
				if got := decodeWith(t, again, in, format.Schema{Full: shape, Row: shape}, with, alloc); len(got) != 1 || got[0] != want {
					t.Errorf("%+v is read as %q", k, got)
				}
			}
		})
	}
}
