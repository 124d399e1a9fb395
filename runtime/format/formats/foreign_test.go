package formats

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
)

// foreign are columns as other programs write them: name, Arrow type, the values
// as JSON for Arrow's own reader, the inferred type and the rows as we show them.
var foreign = []struct {
	name string
	dt   arrow.DataType
	in   string
	edy  string
	out  []string
}{
	{"i8", arrow.PrimitiveTypes.Int8, `[-1, null]`, "int?", []string{"-1", "null"}},
	{"u32", arrow.PrimitiveTypes.Uint32, `[4294967295, 0]`, "long?", []string{"4294967295", "0"}},
	{"f32", arrow.PrimitiveTypes.Float32, `[0.5, 1]`, "float?", []string{"0.5", "1"}},
	{"large", arrow.BinaryTypes.LargeString, `["x", null]`, "string?", []string{`"x"`, "null"}},
	{"dict", &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, `["a", "b"]`, "string?", []string{`"a"`, `"b"`}},
	{"seconds", &arrow.TimestampType{Unit: arrow.Second, TimeZone: "Europe/Helsinki"}, `["2018-01-31T00:00:00Z", null]`, "timestamp?", []string{`"2018-01-31T00:00:00Z"`, "null"}},
	{"nanos", &arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "UTC"}, `["1969-12-31T23:59:59.999999999Z", null]`, "timestamp?", []string{`"1969-12-31T23:59:59.999999Z"`, "null"}},
	{"local", &arrow.TimestampType{Unit: arrow.Millisecond}, `["2018-01-31T00:00:00.5", null]`, "local_timestamp?", []string{`"2018-01-31T00:00:00.5"`, "null"}},
	{"time32", arrow.FixedWidthTypes.Time32ms, `["01:02:03.004", null]`, "time?", []string{`"01:02:03.004"`, "null"}},
	{"dec", &arrow.Decimal128Type{Precision: 7, Scale: 3}, `["12.345", null]`, "decimal(7, 3)?", []string{"12.345", "null"}},
	{"lists", arrow.ListOf(arrow.PrimitiveTypes.Int16), `[[1, null], []]`, "array<int?>?", []string{"[1,null]", "[]"}},
	{"rec", arrow.StructOf(arrow.Field{Name: "a", Type: arrow.BinaryTypes.String, Nullable: true}, arrow.Field{Name: "b", Type: arrow.PrimitiveTypes.Int64}),
		`[{"a": "x", "b": 1}, {"a": null, "b": 2}]`, "{ a: string? b: long }?", []string{`{"a":"x","b":1}`, `{"a":null,"b":2}`}},
	{"ms", arrow.PrimitiveTypes.Int64, `[1517363399650, 0]`, "timestamp?", []string{`"2018-01-31T01:49:59.65Z"`, `"1970-01-01T00:00:00Z"`}},
}

// foreignBatch is all foreign columns.
func foreignBatch(t *testing.T) arrow.RecordBatch {
	t.Helper()
	var fields []arrow.Field
	var cols []arrow.Array
	for _, f := range foreign {
		a, _, err := array.FromJSON(memory.DefaultAllocator, f.dt, strings.NewReader(f.in))
		if err != nil {
			t.Fatal(f.name, err)
		}
		fields = append(fields, arrow.Field{Name: f.name, Type: f.dt, Nullable: true})
		cols = append(cols, a)
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, 2)
}

func foreignFiles(t *testing.T) map[string][]byte {
	t.Helper()
	batch := foreignBatch(t)
	var stream, file, pq bytes.Buffer
	w := ipc.NewWriter(&stream, ipc.WithSchema(batch.Schema()))
	fw, err := ipc.NewFileWriter(&file, ipc.WithSchema(batch.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	pw, err := pqarrow.NewFileWriter(batch.Schema(), &pq, nil, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{w.Write(batch), w.Close(), fw.Write(batch), fw.Close(), pw.Write(batch), pw.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return map[string][]byte{"arrows": stream.Bytes(), "arrow": file.Bytes(), "parquet": pq.Bytes()}
}

// TestForeignFiles infers and reads what other programs write.
func TestForeignFiles(t *testing.T) {
	for name, data := range foreignFiles(t) {
		f, _ := ByName(name)
		row, err := f.Infer(format.Input{Stream: bytes.NewReader(data)}, nil, "ms")
		if err != nil {
			t.Fatal(name, err)
		}
		for i, c := range foreign {
			if got := row.Fields[i].Type.String(); got != c.edy {
				t.Errorf("%s: %s is %s, not %s", name, c.name, got, c.edy)
			}
		}
		got := decode(t, f, data, format.Schema{Full: row, Row: row, Time: "ms"}, memory.DefaultAllocator, 1)
		for i := range 2 {
			var parts []string
			for _, c := range foreign {
				parts = append(parts, `"`+c.name+`":`+c.out[i])
			}
			if d := cmp.Diff("{"+strings.Join(parts, ",")+"}", got[i]); d != "" {
				t.Errorf("%s, row %d: %s", name, i, d)
			}
		}
	}
}

// TestForeignMisfits reads the same files with schemas that some rows, or the
// whole file, do not fit.
func TestForeignMisfits(t *testing.T) {
	letters := &types.Type{Kind: types.Enum, Name: "Letter", Symbols: []string{"b", "c"}}
	for name, data := range foreignFiles(t) {
		f, _ := ByName(name)
		rowCases := []struct {
			f    types.Field
			want []string
			bad  string
		}{
			{types.Field{Name: "i8", Type: types.TDouble}, []string{`{"i8":-1}`}, `1 unexpected_null: "i8" is null and its type is double`},
			{types.Field{Name: "u32", Type: types.TInt}, []string{`{"u32":0}`}, `0 bad_value: "u32": 4294967295 is too large for int`},
			{types.Field{Name: "dict", Type: letters}, []string{`{"dict":"b"}`}, `0 bad_value: "dict": a is not a symbol of Letter`},
			{types.Field{Name: "dec", Type: types.DecimalOf(7, 2).OrNull()}, []string{`{"dec":null}`}, `0 bad_value: "dec": 12.345 has more digits after the point than decimal(7, 2) holds`},
			{types.Field{Name: "rec", Type: types.RecordOf(types.Field{Name: "a", Type: types.TString})}, []string{`{"rec":{"a":"x"}}`}, `1 unexpected_null: "rec.a" is null and its type is string`},
		}
		for _, c := range rowCases {
			got, bad := misfits(t, f, data, types.RecordOf(c.f))
			if d := cmp.Diff(c.want, got); d != "" || len(bad) != 1 || bad[0] != c.bad {
				t.Errorf("%s, %s: %v %s", name, c.f.Name, bad, d)
			}
		}
		for _, c := range []struct {
			f    types.Field
			want string
		}{
			{types.Field{Name: "large", Type: types.TLong}, `the column "large" is large_utf8 in the file and long in the schema`},
			{types.Field{Name: "rec", Type: types.RecordOf(types.Field{Name: "c", Type: types.TString})}, `it has no column "rec.c", which the schema requires`},
			{types.Field{Name: "gone", Type: types.TLong}, `it has no column "gone", which the schema requires`},
			{types.Field{Name: "ms", Type: types.TTimestamp}, `the column "ms" is int64 in the file and timestamp in the schema`},
		} {
			row := types.RecordOf(c.f)
			_, err := f.NewDecoder(format.Input{Stream: bytes.NewReader(data)}, format.Schema{Full: row, Row: row}, nil, memory.DefaultAllocator)
			if err == nil || strings.ReplaceAll(err.Error(), " utf8 ", " large_utf8 ") != c.want {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func misfits(t *testing.T, f format.Format, data []byte, row *types.Type) (rows, bad []string) {
	t.Helper()
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer alloc.AssertSize(t, 0)
	d, err := f.NewDecoder(format.Input{Stream: bytes.NewReader(data)}, format.Schema{Full: row, Row: row}, nil, alloc)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	w := ndjson.Writer{}
	for {
		batch, err := d.Next(10)
		if err == io.EOF {
			return rows, bad
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range batch.N {
			rows = append(rows, string(w.Row(nil, row, batch.Cols, i)))
		}
		for _, b := range batch.Bad {
			bad = append(bad, string(rune('0'+b.Byte))+" "+b.Code+": "+b.Reason)
			if !strings.HasPrefix(b.Text, `{"i8":`) {
				t.Errorf("the text of a bad row is %q", b.Text)
			}
		}
		batch.Release()
	}
}

// TestUnionsAsRecords writes unions where the format has none.
func TestUnionsAsRecords(t *testing.T) {
	b := column.New(shape, memory.DefaultAllocator)
	b.Value(types.UnionValue{Branch: 1, Record: []any{int64(4), "green"}})
	b.Value(types.UnionValue{Branch: 0, Record: []any{2.5}})
	cols := []arrow.Array{b.Finish()}
	for _, name := range []string{"arrow", "arrows", "parquet"} {
		f, _ := ByName(name)
		data := encode(t, f, []types.Column{{Name: "s", Type: shape}}, cols, 2, nil, nil)
		row, err := f.Infer(format.Input{Stream: bytes.NewReader(data)}, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		got := decode(t, f, data, format.Schema{Full: row, Row: row}, memory.DefaultAllocator, 10)
		want := []string{
			`{"s":{"$type":"Box","Circle":null,"Box":{"w":4,"kind":"green"}}}`,
			`{"s":{"$type":"Circle","Circle":{"r":2.5},"Box":null}}`,
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestUnionRows writes and reads rows that are a union as a whole.
func TestUnionRows(t *testing.T) {
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer alloc.AssertSize(t, 0)
	b := column.New(shape, alloc)
	b.Value(types.UnionValue{Branch: 1, Record: []any{int64(4), "green"}})
	b.Value(types.UnionValue{Branch: 0, Record: []any{2.5}})
	col := b.Finish()
	defer col.Release()
	want := []string{`{"$type":"Box","w":4,"kind":"green"}`, `{"$type":"Circle","r":2.5}`}
	for _, f := range All() {
		if f.Name == "debezium" {
			continue // rows of a union have no key, so that none are changed
		}
		data := encode(t, f, []types.Column{{Name: types.UnionColumn, Type: shape}}, []arrow.Array{col}, 2, nil, nil)
		got := decode(t, f, data, format.Schema{Full: shape, Row: shape}, alloc, 1)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", f.Name, d)
		}
	}
}

// TestUnionsThatDoNotFit: a record whose tag names no schema, or whose record is not
// there, is a bad record of its own.
func TestUnionsThatDoNotFit(t *testing.T) {
	circle := &types.Type{Kind: types.Record, Name: "Circle", Fields: []types.Field{{Name: "r", Type: types.TDouble}}}
	row := types.RecordOf(types.Field{Name: "$type", Type: types.TString.OrNull()}, types.Field{Name: "Circle", Type: circle.OrNull()})
	f, _ := ByName("arrow")
	var cols []arrow.Array
	for i, values := range [][]any{{"Circle", "Square", nil, "Circle"}, {[]any{1.5}, nil, nil, nil}} {
		b := column.New(row.Fields[i].Type, memory.DefaultAllocator)
		for _, v := range values {
			b.Value(v)
		}
		cols = append(cols, b.Finish())
	}
	data := encode(t, f, []types.Column{{Name: "$type", Type: row.Fields[0].Type}, {Name: "Circle", Type: row.Fields[1].Type}}, cols, 4, nil, nil)
	d, err := f.NewDecoder(format.Input{Name: "test", Stream: bytes.NewReader(data)}, format.Schema{Full: shape, Row: shape}, nil, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	rows, err := d.Next(10)
	if err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for _, b := range rows.Bad {
		reasons = append(reasons, b.Code+": "+b.Reason)
	}
	want := []string{
		`bad_value: "$type": "Square" is no schema of Shape; it has Circle, Box`,
		`unexpected_null: "$type" is null and must name a schema of Shape`,
		`unexpected_null: "Circle" is null and its type is Circle`,
	}
	if d := cmp.Diff(want, reasons); d != "" || rows.N != 1 {
		t.Errorf("%d rows\n%s", rows.N, d)
	}
}
