package csv

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
)

var event = &types.Type{Kind: types.Union, Name: "Event", Branches: []*types.Type{
	{Kind: types.Record, Name: "Up", Fields: []types.Field{fieldOf("n", types.TLong)}},
	{Kind: types.Record, Name: "Down", Fields: []types.Field{fieldOf("why", types.TString.OrNull())}},
}}

// TestUnions reads rows of a union, each a cell of JSON; what is wrong with one is an
// error of its own.
func TestUnions(t *testing.T) {
	in := "x,row\n" +
		`1,"{""$type"":""Up"",""n"":1}"` + "\n" +
		`2,{}` + "\n" +
		`3,"{""$type"":""Sideways""}"` + "\n" +
		`4,"{""$type"":""Up"",""n"":""x""}"` + "\n" +
		`5,"{""$type"":"` + "\n" +
		"6,\n" +
		"7\n" +
		`8,"{ ""why"":""a, b"", ""$type"":""Down""}"` + "\n"
	for _, f := range []format.Format{Comma(), Tab()} {
		text := in
		if f.Name == "tsv" {
			text = strings.NewReplacer("1,", "1\t", "2,", "2\t", "3,", "3\t", "4,", "4\t", "5,", "5\t", "6,", "6\t", "8,", "8\t", "x,", "x\t").Replace(in)
		}
		got, err := read(t, f, strings.NewReader(text), format.Schema{Full: event, Row: event}, nil, 3)
		if err != nil {
			t.Fatal(err)
		}
		want := result{
			Rows:  []string{`{"$type":"Up","n":1}`, `{"$type":"Down","why":"a, b"}`},
			Texts: []string{`{"$type":"Up","n":1}`, `{ "why":"a, b", "$type":"Down"}`},
			Bad: []string{
				`missing_field: "row.$type" says which of Event the record is, and is missing`,
				`bad_value: "row.$type": "Sideways" is not a schema of Event`,
				`bad_value: "row.n": "x" is not a long`,
				`bad_syntax: "row" is not JSON: the cell ends where a value is expected`,
				`unexpected_null: "row" is empty and its type is Event`,
				`bad_syntax: the record has 1 cells, not 2`,
			},
			Unknown: []string{"x"},
		}
		got.RowBytes, got.BadBytes = nil, nil
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", f.Name, d)
		}
	}
}

func TestUnionsWithoutTheirColumn(t *testing.T) {
	_, err := read(t, Comma(), strings.NewReader("n\n1\n"), format.Schema{Full: event, Row: event}, nil, 3)
	if want := `the header has no column "row": rows of the union Event stand there as JSON`; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}
