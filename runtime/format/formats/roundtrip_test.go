package formats

import (
	"bytes"
	"fmt"
	"io"
	"math/big"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
)

var (
	color = &types.Type{Kind: types.Enum, Name: "Color", Symbols: []string{"red", "green", "blue"}}
	point = types.RecordOf(types.Field{Name: "x", Type: types.TDouble}, types.Field{Name: "tag", Type: types.TString.OrNull()})
	shape = &types.Type{Kind: types.Union, Name: "Shape", Branches: []*types.Type{
		{Kind: types.Record, Name: "Circle", Fields: []types.Field{{Name: "r", Type: types.TDouble}}},
		{Kind: types.Record, Name: "Box", Fields: []types.Field{{Name: "w", Type: types.TLong}, {Name: "kind", Type: color}}},
	}}
)

// samples are two values of every type, as package types holds them, and how
// JSON shows them.
var samples = []struct {
	t    *types.Type
	a, b any
	json [2]string
}{
	{types.TBoolean, true, false, [2]string{`true`, `false`}},
	{types.TInt, int64(-2147483648), int64(7), [2]string{`-2147483648`, `7`}},
	{types.TLong, int64(9223372036854775807), int64(-1), [2]string{`9223372036854775807`, `-1`}},
	{types.TFloat, 0.5, -3.25, [2]string{`0.5`, `-3.25`}},
	{types.TDouble, 0.1, 1e300, [2]string{`0.1`, `1e+300`}},
	{types.DecimalOf(12, 2), types.Dec{Unscaled: big.NewInt(1250), Scale: 2}, types.Dec{Unscaled: big.NewInt(-5), Scale: 2}, [2]string{`12.50`, `-0.05`}},
	{types.DecimalOf(38, 10), types.Dec{Unscaled: pow(10, 37), Scale: 10}, types.Dec{Unscaled: big.NewInt(1), Scale: 10},
		[2]string{`1000000000000000000000000000.0000000000`, `0.0000000001`}},
	{types.TString, "a\"b,\n\\ü", "", [2]string{`"a\"b,\n\\ü"`, `""`}},
	{types.TBytes, []byte{0, 255}, []byte{}, [2]string{`"AP8="`, `""`}},
	{&types.Type{Kind: types.Fixed, Size: 3}, []byte("abc"), []byte{0, 0, 0}, [2]string{`"YWJj"`, `"AAAA"`}},
	{types.TUUID, []byte("\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef"), make([]byte, 16),
		[2]string{`"01234567-89ab-cdef-0123-456789abcdef"`, `"00000000-0000-0000-0000-000000000000"`}},
	{types.TDate, int64(17562), int64(-1), [2]string{`"2018-01-31"`, `"1969-12-31"`}},
	{types.TTime, int64(3_723_000_001), int64(0), [2]string{`"01:02:03.000001"`, `"00:00:00"`}},
	{types.TTimestamp, int64(1517363399650000), int64(-1), [2]string{`"2018-01-31T01:49:59.65Z"`, `"1969-12-31T23:59:59.999999Z"`}},
	{types.TLocalTimestamp, int64(1517363399650000), int64(0), [2]string{`"2018-01-31T01:49:59.65"`, `"1970-01-01T00:00:00"`}},
	{types.TDuration, int64(5_400_000_000), int64(-1), [2]string{`"PT1H30M"`, `"-PT0.000001S"`}},
	{types.TPeriod, types.Per{Months: 14, Days: 3}, types.Per{Days: -1}, [2]string{`"P14M3D"`, `"P-1D"`}},
	{color, "blue", "red", [2]string{`"blue"`, `"red"`}},
	{types.TGeography, []byte{1, 1, 0, 0, 0}, []byte{}, [2]string{`"AQEAAAA="`, `""`}},
	{types.TJSON, `{"a":[1,null,"x"]}`, `3`, [2]string{`{"a":[1,null,"x"]}`, `3`}},
	{types.ArrayOf(types.TLong), []any{int64(1), int64(2)}, []any{}, [2]string{`[1,2]`, `[]`}},
	{types.ArrayOf(color.OrNull()), []any{"green", nil}, []any{"red"}, [2]string{`["green",null]`, `["red"]`}},
	{types.MapOf(types.TDouble.OrNull()), types.MapValue{Keys: []string{"z", "a"}, Values: []any{1.5, nil}}, types.MapValue{}, [2]string{`{"z":1.5,"a":null}`, `{}`}},
	{point, []any{1.5, nil}, []any{-2.0, "t"}, [2]string{`{"x":1.5,"tag":null}`, `{"x":-2,"tag":"t"}`}},
	{types.ArrayOf(point.OrNull()), []any{[]any{1.0, "a"}, nil}, []any{}, [2]string{`[{"x":1,"tag":"a"},null]`, `[]`}},
	{shape, types.UnionValue{Branch: 1, Record: []any{int64(4), "green"}}, types.UnionValue{Branch: 0, Record: []any{2.5}},
		[2]string{`{"$type":"Box","w":4,"kind":"green"}`, `{"$type":"Circle","r":2.5}`}},
}

func pow(x, n int64) *big.Int { return new(big.Int).Exp(big.NewInt(x), big.NewInt(n), nil) }

// TestRoundTrips writes and reads every type in every format.
func TestRoundTrips(t *testing.T) {
	for _, f := range All() {
		for _, s := range samples {
			t.Run(f.Name+"/"+s.t.String(), func(t *testing.T) {
				roundTrip(t, f, types.Field{Name: "v", Type: s.t}, []any{s.a, s.b, s.a}, []string{s.json[0], s.json[1], s.json[0]})
				roundTrip(t, f, types.Field{Name: "a field", Type: s.t.OrNull()}, []any{s.a, nil, s.b}, []string{s.json[0], "null", s.json[1]})
			})
		}
	}
}

func roundTrip(t *testing.T, f format.Format, field types.Field, values []any, want []string) {
	t.Helper()
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer alloc.AssertSize(t, 0)
	b := column.New(field.Type, alloc)
	for _, v := range values {
		b.Value(v)
	}
	col := b.Finish()
	defer col.Release()
	data := encode(t, f, []types.Column{{Name: field.Name, Type: field.Type}}, []arrow.Array{col}, len(values), nil, nil)
	row := types.RecordOf(field)
	got := decode(t, f, data, format.Schema{Full: row, Row: row, Keyed: true}, alloc, 2)
	for i := range want {
		want[i] = fmt.Sprintf("{%q:%s}", field.Name, want[i])
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: -want +got\n%s\nfrom %q", field.Type, d, data)
	}
}

func encode(t *testing.T, f format.Format, columns []types.Column, cols []arrow.Array, rows int, sel []int32, ops []operators.Op) []byte {
	t.Helper()
	var out bytes.Buffer
	e, err := f.NewEncoder(&out, columns, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Write(cols, rows, sel, ops); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// decode returns the rows as JSON text.
func decode(t *testing.T, f format.Format, data []byte, s format.Schema, alloc memory.Allocator, batch int) []string {
	t.Helper()
	d, err := f.NewDecoder(format.Input{Name: "test", Stream: bytes.NewReader(data)}, s, nil, alloc)
	if err != nil {
		t.Fatalf("%v\nfrom %q", err, data)
	}
	defer d.Close()
	w := ndjson.Writer{Tag: "$type"}
	var out []string
	for {
		rows, err := d.Next(batch)
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatalf("%v\nfrom %q", err, data)
		}
		for _, bad := range rows.Bad {
			t.Errorf("a bad record: %+v", bad)
		}
		for i := range rows.N {
			out = append(out, string(w.Row(nil, s.Row, rows.Cols, i)))
			again, err := rows.Records.Columns([]int32{int32(i)}, s.Full)
			if err != nil {
				t.Fatalf("record %d again: %v", i, err)
			}
			if full := string(w.Row(nil, s.Full, again, 0)); s.Full == s.Row && full != out[len(out)-1] {
				t.Errorf("record %d again is %s, not %s", i, full, out[len(out)-1])
			}
			for _, c := range again {
				c.Release()
			}
			if text := rows.Records.Text(i); text == "" || text[0] != '{' {
				t.Errorf("the text of record %d is %q", i, text)
			}
		}
		sameCopies(t, rows, s.Full)
		rows.Release()
	}
}

// sameCopies takes copies of records, the last one first, and copies of all but one of those.
func sameCopies(t *testing.T, rows *format.Rows, row *types.Type) {
	t.Helper()
	all, ok := rows.Records.(format.CopiedRecords)
	if !ok {
		t.Fatalf("%T cannot be copied", rows.Records)
	}
	var from, left []int32
	for i := range rows.N {
		if from = append(from, int32(rows.N-1-i)); i > 0 {
			left = append(left, int32(i))
		}
	}
	copies := all.Copy(from)
	fewer := copies.Copy(left)
	w := ndjson.Writer{Tag: "$type"}
	told := func(r format.Records, i int) string {
		cols, err := r.Columns([]int32{int32(i)}, row)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			for _, c := range cols {
				c.Release()
			}
		}()
		return fmt.Sprintf("%s at %d: %s", r.Text(i), r.Byte(i), w.Row(nil, row, cols, 0))
	}
	for k, i := range from {
		want := told(all, int(i))
		if got := told(copies, k); got != want {
			t.Errorf("the copy of record %d is %s, want %s", i, got, want)
		}
		if k == 0 {
			continue
		}
		if got := told(fewer, k-1); got != want {
			t.Errorf("the copy of the copy of record %d is %s, want %s", i, got, want)
		}
	}
}

// TestChangesLog writes the operation of each row, and of selected rows only.
func TestChangesLog(t *testing.T) {
	b := column.New(types.TLong, memory.DefaultAllocator)
	for i := range 4 {
		b.Int64(int64(i))
	}
	cols := []arrow.Array{b.Finish()}
	ops := []operators.Op{operators.Insert, operators.UpdateBefore, operators.UpdateAfter, operators.Delete}
	row := types.RecordOf(types.Field{Name: "$op", Type: types.TString}, types.Field{Name: "n", Type: types.TLong})
	for _, f := range All() {
		if f.Changes {
			continue // written in its own form
		}
		data := encode(t, f, []types.Column{{Name: "n", Type: types.TLong}, {Name: "h", Type: types.TLong, Hidden: true}}, cols, 4, []int32{0, 2, 3}, ops)
		got := decode(t, f, data, format.Schema{Full: row, Row: row}, memory.DefaultAllocator, 10)
		want := []string{`{"$op":"insert","n":0}`, `{"$op":"update_after","n":2}`, `{"$op":"delete","n":3}`}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", f.Name, d)
		}
	}
}

// TestProjection reads one of three columns, and the others of a record later.
func TestProjection(t *testing.T) {
	full := types.RecordOf(types.Field{Name: "a", Type: types.TLong}, types.Field{Name: "b", Type: point}, types.Field{Name: "c", Type: types.TString})
	var columns []types.Column
	var cols []arrow.Array
	for i, f := range full.Fields {
		columns = append(columns, types.Column{Name: f.Name, Type: f.Type})
		b := column.New(f.Type, memory.DefaultAllocator)
		for j := range 10000 {
			b.Value([]any{int64(j), []any{float64(j), nil}, fmt.Sprint("s", j)}[i])
		}
		cols = append(cols, b.Finish())
	}
	part := types.RecordOf(types.Field{Name: "b", Type: types.RecordOf(types.Field{Name: "x", Type: types.TDouble})})
	for _, f := range All() {
		alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
		data := encode(t, f, columns, cols, 10000, nil, nil)
		d, err := f.NewDecoder(format.Input{Stream: bytes.NewReader(data)}, format.Schema{Full: full, Row: part, Keyed: true}, nil, alloc)
		if err != nil {
			t.Fatal(f.Name, err)
		}
		w := ndjson.Writer{}
		n := 0
		for {
			rows, err := d.Next(3000)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(f.Name, err)
			}
			last := rows.N - 1
			n += rows.N
			if got, want := string(w.Row(nil, part, rows.Cols, last)), fmt.Sprintf(`{"b":{"x":%d}}`, n-1); got != want {
				t.Errorf("%s: %s, not %s", f.Name, got, want)
			}
			again, err := rows.Records.Columns([]int32{int32(last)}, full)
			if err != nil {
				t.Fatal(f.Name, err)
			}
			if got, want := string(w.Row(nil, full, again, 0)), fmt.Sprintf(`{"a":%d,"b":{"x":%d,"tag":null},"c":"s%d"}`, n-1, n-1, n-1); got != want {
				t.Errorf("%s: %s, not %s", f.Name, got, want)
			}
			for _, c := range append(again, rows.Cols...) {
				c.Release()
			}
		}
		if n != 10000 {
			t.Errorf("%s: %d rows", f.Name, n)
		}
		if unknown := d.UnknownFields(); len(unknown) != 0 {
			t.Errorf("%s: unknown fields %v", f.Name, unknown)
		}
		d.Close()
		alloc.AssertSize(t, 0)
	}
}
