package ndjson

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
)

// result is what a decoder made of an input: rows as JSON, bad records, and the
// bytes that each began at.
type result struct {
	Rows, Texts []string
	RowBytes    []int64
	Bad         []string // place, code and reason
	BadBytes    []int64
	Order       string // r and b, as they stood in the input
	Unknown     []string
}

// read decodes a whole input in pieces and batches of some size.
func read(t testing.TB, f format.Format, in io.Reader, s format.Schema, o format.Options, batch int) result {
	t.Helper()
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	d, err := f.NewDecoder(format.Input{Stream: in}, s, o, alloc)
	if err != nil {
		t.Fatal(err)
	}
	w := Writer{Tag: "$type"}
	var out result
	for {
		rows, err := d.Next(batch)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := rows.N + len(rows.Bad); n == 0 || n > batch {
			t.Fatalf("a batch of %d where at most %d were asked for", n, batch)
		}
		bad := rows.Bad
		for i := 0; i <= rows.N; i++ {
			for len(bad) > 0 && bad[0].Before == i {
				out.Bad = append(out.Bad, bad[0].Code+": "+bad[0].Reason)
				out.BadBytes = append(out.BadBytes, bad[0].Byte)
				out.Order += "b"
				bad = bad[1:]
			}
			if i < rows.N {
				out.Order += "r"
				out.Rows = append(out.Rows, string(w.Row(nil, s.Row, rows.Cols, i)))
				out.Texts = append(out.Texts, rows.Records.Text(i))
				out.RowBytes = append(out.RowBytes, rows.Records.Byte(i))
			}
		}
		if len(bad) > 0 {
			t.Fatalf("a bad record before row %d of %d", bad[0].Before, rows.N)
		}
		rows.Release()
	}
	out.Unknown = d.UnknownFields()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	alloc.AssertSize(t, 0)
	return out
}

func rowOf(fields ...types.Field) format.Schema {
	row := types.RecordOf(fields...)
	return format.Schema{Full: row, Row: row}
}

func field(name string, t *types.Type) types.Field { return types.Field{Name: name, Type: t} }

var mood = &types.Type{Kind: types.Enum, Name: "Mood", Symbols: []string{"good", "bad"}}

// TestValues reads one value of one type: want is the value as JSON, or the
// reason why there is none.
func TestValues(t *testing.T) {
	millis := format.Options{"timestamps": "epoch_millis"}
	cases := []struct {
		t    *types.Type
		o    format.Options
		in   string
		want string
		bad  string
	}{
		{t: types.TLong, in: `12`, want: `12`},
		{t: types.TLong, in: `-0`, want: `0`},
		{t: types.TLong, in: `1.0`, want: `1`},
		{t: types.TLong, in: `1e3`, want: `1000`},
		{t: types.TLong, in: `1500e-2`, want: `15`},
		{t: types.TLong, in: `9223372036854775807`, want: `9223372036854775807`},
		{t: types.TLong, in: `-9223372036854775808`, want: `-9223372036854775808`},
		{t: types.TLong, in: `9223372036854775808`, bad: `bad_value: "v": 9223372036854775808 is too large for long`},
		{t: types.TLong, in: `1.5`, bad: `bad_value: "v": 1.5 is not a whole number`},
		{t: types.TLong, in: `1e-30`, bad: `bad_value: "v": 1e-30 is not a whole number`},
		{t: types.TLong, in: `"abc"`, bad: `bad_value: "v": "abc" is not a long`},
		{t: types.TLong, in: `null`, bad: `unexpected_null: "v" is null and its type is long`},
		{t: types.TLong.OrNull(), in: `null`, want: `null`},
		{t: types.TLong, in: `012`, bad: `bad_syntax: a number is expected at byte 5 of the record, not "0"`},
		{t: types.TLong, in: `+1`, bad: `bad_syntax: a value is expected at byte 5 of the record, not "+"`},
		{t: types.TLong, in: `[1]`, bad: `bad_value: "v": [1] is not a long`},
		{t: types.TInt, in: `2147483647`, want: `2147483647`},
		{t: types.TInt, in: `2147483648`, bad: `bad_value: "v": 2147483648 is too large for int`},
		{t: types.TDouble, in: `1`, want: `1`},
		{t: types.TDouble, in: `0.1`, want: `0.1`},
		{t: types.TDouble, in: `123456789012345678`, want: `123456789012345680`},
		{t: types.TDouble, in: `2.2250738585072011e-308`, want: `2.225073858507201e-308`},
		{t: types.TDouble, in: `1e400`, bad: `bad_value: "v": 1e400 is too large for double`},
		{t: types.TDouble, in: `true`, bad: `bad_value: "v": true is not a double`},
		{t: types.TFloat, in: `0.1`, want: `0.1`},
		{t: types.TBoolean, in: `false`, want: `false`},
		{t: types.TBoolean, in: `0`, bad: `bad_value: "v": 0 is not a boolean`},
		{t: types.TString, in: `"a\u0041\ud83d\ude00\n"`, want: `"aA😀\n"`},
		{t: types.TString, in: `"\ud83d"`, bad: `bad_syntax: half of a UTF-16 surrogate pair`},
		{t: types.TString, in: `"é"`, want: `"é"`},
		{t: types.TString, in: "\"\xff\"", bad: `bad_syntax: text that is not valid UTF-8`},
		{t: types.TString, in: "\"a\tb\"", bad: `bad_syntax: a control character (0x09) inside a string, at byte 7 of the record`},
		{t: types.TString, in: `7`, bad: `bad_value: "v": 7 is not a string`},
		{t: types.DecimalOf(5, 2), in: `123.4`, want: `123.40`},
		{t: types.DecimalOf(5, 2), in: `"123.45"`, want: `123.45`},
		{t: types.DecimalOf(5, 2), in: `1.2300`, want: `1.23`},
		{t: types.DecimalOf(5, 2), in: `1.234`, bad: `bad_value: "v": 1.234 has more digits after the point than decimal(5, 2) holds`},
		{t: types.DecimalOf(5, 2), in: `1234`, bad: `bad_value: "v": 1234 is too large for decimal(5, 2)`},
		{t: types.DecimalOf(30, 2), in: `1234567890123456789012345678.01`, want: `1234567890123456789012345678.01`},
		{t: types.TTimestamp, in: `"2018-01-31T01:49:59.65Z"`, want: `"2018-01-31T01:49:59.65Z"`},
		{t: types.TTimestamp, in: `"2018-01-31T01:49:59+02:00"`, want: `"2018-01-30T23:49:59Z"`},
		{t: types.TTimestamp, in: `"2018-01-31T01:49:59"`, bad: `bad_value: "v": "2018-01-31T01:49:59" is not a timestamp such as 2018-01-31T10:20:30Z`},
		{t: types.TTimestamp, in: `1517363399650`, bad: `bad_value: "v": 1517363399650 is a number, not a timestamp as text; if it counts since 1970, say timestamps=epoch_millis or another unit`},
		{t: types.TTimestamp, o: millis, in: `1517363399650`, want: `"2018-01-31T01:49:59.65Z"`},
		{t: types.TTimestamp, o: millis, in: `1517363399650.5`, want: `"2018-01-31T01:49:59.6505Z"`},
		{t: types.TTimestamp, o: millis, in: `99999999999999999`, bad: `bad_value: "v": 99999999999999999 is beyond the range of timestamps`},
		{t: types.TTimestamp, o: format.Options{"timestamps": "epoch_seconds"}, in: `1517363399.65`, want: `"2018-01-31T01:49:59.65Z"`},
		{t: types.TTimestamp, o: format.Options{"timestamps": "epoch_nanos"}, in: `1517363399650000999`, want: `"2018-01-31T01:49:59.65Z"`},
		{t: types.TTimestamp, o: format.Options{"timestamps": "yyyy/MM/dd HH:mm", "zone": "Europe/Helsinki"}, in: `"2018/01/31 02:00"`, want: `"2018-01-31T00:00:00Z"`},
		{t: types.TTimestamp, o: format.Options{"timestamps": "yyyy/MM/dd HH:mm"}, in: `"2018/01/31 02:00"`, bad: `bad_value: "v": "2018/01/31 02:00" has no offset: the setting zone must name its time zone`},
		{t: types.TDate, in: `"2016-02-29"`, want: `"2016-02-29"`},
		{t: types.TDate, in: `"2017-02-29"`, bad: `bad_value: "v": "2017-02-29" is not a date such as 2018-01-31`},
		{t: types.TDuration, in: `"P1DT1M"`, want: `"P1DT1M"`},
		{t: types.TPeriod, in: `"P1Y2M"`, want: `"P14M"`},
		{t: types.TUUID, in: `"01234567-89AB-cdef-0123-456789abcdef"`, want: `"01234567-89ab-cdef-0123-456789abcdef"`},
		{t: types.TBytes, in: `"AP8="`, want: `"AP8="`},
		{t: types.TBytes, in: `"?"`, bad: `bad_value: "v": "?" is not base64`},
		{t: mood, in: `"bad"`, want: `"bad"`},
		{t: mood, in: `"ugly"`, bad: `bad_value: "v": "ugly" is not a symbol of Mood`},
		{t: &types.Type{Kind: types.Enum, Name: "Mood", Symbols: mood.Symbols, Default: "good"}, in: `"ugly"`, want: `"good"`},
		{t: types.TJSON, in: `{"b": [1, {}]}`, want: `{"b": [1, {}]}`},
		{t: types.ArrayOf(types.TLong), in: `[1, 2 ,3]`, want: `[1,2,3]`},
		{t: types.ArrayOf(types.TLong), in: `[1,]`, bad: `bad_syntax: a value is expected at byte 8 of the record, not "]"`},
		{t: types.ArrayOf(types.TLong), in: `[1,"x"]`, bad: `bad_value: "v[]": "x" is not a long`},
		{t: types.MapOf(types.TLong), in: `{"b":1,"a":2}`, want: `{"b":1,"a":2}`},
		{t: types.MapOf(types.TLong), in: `{"b":1,"b":2}`, bad: `bad_value: "v": the key "b" occurs twice`},
		{t: types.RecordOf(field("a", types.TLong), field("b", types.TString.OrNull())), in: `{"a":1}`, want: `{"a":1,"b":null}`},
		{t: types.RecordOf(field("a", types.TLong)), in: `{"a":1,"a":2}`, want: `{"a":2}`},
		{t: types.RecordOf(field("a", types.TLong)), in: `{}`, bad: `missing_field: required field "v.a" is missing`},
		{t: types.RecordOf(field("a", types.TLong)), in: `3`, bad: `bad_value: "v": 3 is not a { a: long }`},
	}
	for _, c := range cases {
		got := read(t, Lines(), strings.NewReader(`{"v":`+c.in+"}\n"), rowOf(field("v", c.t)), c.o, 10)
		want := result{Rows: []string{`{"v":` + c.want + `}`}}
		if c.bad != "" {
			want = result{Bad: []string{c.bad}}
		}
		if d := cmp.Diff(want, result{Rows: got.Rows, Bad: got.Bad}); d != "" {
			t.Errorf("%s of %s: -want +got\n%s", c.in, c.t, d)
		}
	}
}

// TestRecords reads whole inputs.
func TestRecords(t *testing.T) {
	schema := rowOf(field("a", types.TLong),
		types.Field{Name: "b", Type: types.TString, Default: "none", HasDef: true, Was: []string{"old_b"}})
	cases := []struct {
		name string
		f    format.Format
		o    format.Options
		in   string
		want result
	}{
		{name: "lines", in: "{\"a\":1,\"b\":\"x\"}\r\n\n  \n{ \"b\" : \"y\" , \"a\" : 2 }\n{\"a\":3}",
			want: result{Order: "rrr", Rows: []string{`{"a":1,"b":"x"}`, `{"a":2,"b":"y"}`, `{"a":3,"b":"none"}`}, RowBytes: []int64{0, 21, 45}}},
		{name: "byte order mark", in: "\xef\xbb\xbf{\"a\":1}\n",
			want: result{Order: "r", Rows: []string{`{"a":1,"b":"none"}`}, RowBytes: []int64{3}}},
		{name: "an earlier name", in: `{"a":1,"old_b":"x"}`,
			want: result{Order: "r", Rows: []string{`{"a":1,"b":"x"}`}, RowBytes: []int64{0}}},
		{name: "an escaped key", in: `{"\u0061":1}`,
			want: result{Order: "r", Rows: []string{`{"a":1,"b":"none"}`}, RowBytes: []int64{0}}},
		{name: "unknown fields", in: "{\"a\":1,\"c\":{\"d\":[1,2]},\"e\":null}\n{\"c\":1,\"a\":2}",
			want: result{Order: "rr", Rows: []string{`{"a":1,"b":"none"}`, `{"a":2,"b":"none"}`}, RowBytes: []int64{0, 33}, Unknown: []string{"c", "e"}}},
		{name: "unknown fields refused", o: format.Options{"unknown_fields": "error"}, in: "{\"a\":1,\"c\":1}\n{\"a\":2}",
			want: result{Order: "br", Bad: []string{`unknown_field: unknown field "c"`}, BadBytes: []int64{0}, Rows: []string{`{"a":2,"b":"none"}`}, RowBytes: []int64{14}, Unknown: []string{"c"}}},
		{name: "broken lines", in: "{\"a\":1}\nnonsense\n{\"a\":2}x\n{\"b\":\"y\"}\n[1]\n{\"a\":3}\n{\"a\":",
			want: result{Order: "rbbbbrb", Rows: []string{`{"a":1,"b":"none"}`, `{"a":3,"b":"none"}`}, RowBytes: []int64{0, 40},
				Bad: []string{
					`bad_syntax: "null" is expected at byte 1 of the record, not "o"`,
					`bad_syntax: the end of the line is expected at byte 7 of the record, not "x"`,
					`missing_field: required field "a" is missing`,
					`bad_syntax: the record is not an object`,
					`record_cut_off: input ended inside a record`,
				}, BadBytes: []int64{8, 17, 26, 36, 48}}},
		{name: "no syntax is left unchecked", in: "{\"a\":1,\"c\":[1,{\"d\":tru}]}\n{\"a\":2,\"c\":\"\\x\"}\n{\"a\":3,\"c\":01}",
			want: result{Order: "bbb", BadBytes: []int64{0, 26, 43}, Unknown: []string{"c"}, Bad: []string{
				`bad_syntax: "true" is expected at byte 22 of the record, not "}"`,
				`bad_syntax: an escape such as \n is expected at byte 13 of the record, not "x"`,
				`bad_syntax: a number is expected at byte 11 of the record, not "0"`,
			}}},
		{name: "an array", in: " [ {\"a\":1},\n{\"a\":2} , {\"a\":\"x\"},\n{\"a\":3}]\n",
			want: result{Order: "rrbr", Rows: []string{`{"a":1,"b":"none"}`, `{"a":2,"b":"none"}`, `{"a":3,"b":"none"}`}, RowBytes: []int64{3, 12, 33},
				Bad: []string{`bad_value: "a": "x" is not a long`}, BadBytes: []int64{22}}},
		{name: "an array that is cut off", in: "[{\"a\":1},\n{\"a\":",
			want: result{Order: "rb", Rows: []string{`{"a":1,"b":"none"}`}, RowBytes: []int64{1}, Bad: []string{`record_cut_off: input ended inside a record`}, BadBytes: []int64{10}}},
		{name: "an array without its end", in: "[{\"a\":1}",
			want: result{Order: "rb", Rows: []string{`{"a":1,"b":"none"}`}, RowBytes: []int64{1}, Bad: []string{`record_cut_off: input ended inside the array`}, BadBytes: []int64{8}}},
		{name: "an array with nonsense", in: "[{\"a\":1},\n{\"a\":?},\n{\"a\":2}]",
			want: result{Order: "rbr", Rows: []string{`{"a":1,"b":"none"}`, `{"a":2,"b":"none"}`}, RowBytes: []int64{1, 19}, Bad: []string{`bad_syntax: a value is expected at byte 5 of the record, not "?"`}, BadBytes: []int64{10}}},
		{name: "objects over several lines", f: JSON(), in: "{\n  \"a\": 1\n}\n{\"a\":\n2,\n\"b\":\"x\"}",
			want: result{Order: "rr", Rows: []string{`{"a":1,"b":"none"}`, `{"a":2,"b":"x"}`}, RowBytes: []int64{0, 13}}},
		{name: "broken objects over several lines", f: JSON(), in: "{\"a\":1\n{\"a\":2}\n{\"a\":[}\n{\"a\":3}\n",
			want: result{Order: "brbr", Rows: []string{`{"a":2,"b":"none"}`, `{"a":3,"b":"none"}`}, RowBytes: []int64{7, 23},
				Bad: []string{`bad_syntax: "," or "}" is expected at byte 7 of the record, not "{"`, `bad_syntax: a value is expected at byte 6 of the record, not "}"`}, BadBytes: []int64{0, 15}}},
		{name: "records too long", o: format.Options{"max_record": "20"}, in: "{\"a\":1}\n{\"a\":2,\"b\":\"0123456789\"}\n{\"a\":3}\n",
			want: result{Order: "rbr", Rows: []string{`{"a":1,"b":"none"}`, `{"a":3,"b":"none"}`}, RowBytes: []int64{0, 33},
				Bad: []string{"record_too_long: the record is longer than max_record, 20 bytes"}, BadBytes: []int64{8}}},
		{name: "nothing", in: ""},
		{name: "an empty array", in: "[]"},
	}
	for _, c := range cases {
		f := c.f
		if f.Name == "" {
			f = Lines()
		}
		for _, piece := range []int{1, 3, 1 << 20} {
			for _, batch := range []int{1, 2, 100} {
				got := read(t, f, &pieces{[]byte(c.in), piece}, schema, c.o, batch)
				got.Texts = nil
				if c.want.Unknown == nil {
					c.want.Unknown = []string{}
				}
				if d := cmp.Diff(c.want, got); d != "" {
					t.Errorf("%s, %d bytes at a time, %d rows a batch: -want +got\n%s", c.name, piece, batch, d)
				}
			}
		}
	}
}

// pieces gives an input a few bytes at a time.
type pieces struct {
	rest []byte
	n    int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.rest[:min(p.n, len(p.rest))])
	p.rest = p.rest[n:]
	return n, nil
}

// TestUnions reads records of two schemas.
func TestUnions(t *testing.T) {
	u := &types.Type{Kind: types.Union, Name: "Event", Branches: []*types.Type{
		{Kind: types.Record, Name: "Up", Fields: []types.Field{field("n", types.TLong)}},
		{Kind: types.Record, Name: "Down", Fields: []types.Field{field("why", types.TString.OrNull())}},
	}}
	in := `{"$type":"Up","n":1}
{"why":"x","$type":"Down"}
{"n":{"a":[]},"$type":"Down"}
{"n":2}
{"$type":"Sideways"}
{"$type":"Up","n":"x"}
{"$type":"Up","n":3}
`
	got := read(t, Lines(), strings.NewReader(in), format.Schema{Full: u, Row: u}, nil, 3)
	want := []string{`{"$type":"Up","n":1}`, `{"$type":"Down","why":"x"}`, `{"$type":"Down","why":null}`, `{"$type":"Up","n":3}`}
	if d := cmp.Diff(want, got.Rows); d != "" {
		t.Error(d)
	}
	wantBad := []string{
		`missing_field: "$type" says which of Event the record is, and is missing`,
		`bad_value: "$type": "Sideways" is not a schema of Event`,
		`bad_value: "n": "x" is not a long`,
	}
	if d := cmp.Diff(wantBad, got.Bad); d != "" {
		t.Error(d)
	}
	got = read(t, Lines(), strings.NewReader(`{"kind":"Up","n":1}`), format.Schema{Full: u, Row: u}, format.Options{"tag": "kind"}, 3)
	if d := cmp.Diff(want[:1], got.Rows); d != "" {
		t.Error(d)
	}
}

// TestNesting refuses values nested too deep without using up the stack.
func TestNesting(t *testing.T) {
	deep := strings.Repeat("[", 100_000)
	got := read(t, Lines(), strings.NewReader(`{"x":`+deep+"\n"+`{"a":1}`), rowOf(field("a", types.TLong)), nil, 10)
	if len(got.Bad) != 1 || got.Bad[0] != "bad_syntax: values nested deeper than 100 levels" || len(got.Rows) != 1 {
		t.Errorf("%v %v", got.Bad, got.Rows)
	}
}

// TestTenBroken is the promise of the README: of a thousand lines with ten broken
// ones, 990 are rows and each broken one is reported at its byte.
func TestTenBroken(t *testing.T) {
	var in bytes.Buffer
	var wantBad, wantRows []int64
	for i := range 1000 {
		if i%100 == 37 {
			wantBad = append(wantBad, int64(in.Len()))
			fmt.Fprintf(&in, "{\"a\": %d, \"b\": }\n", i)
			continue
		}
		wantRows = append(wantRows, int64(in.Len()))
		fmt.Fprintf(&in, "{\"a\": %d, \"b\": \"x\"}\n", i)
	}
	for _, piece := range []int{1, 100, 1 << 20} {
		got := read(t, Lines(), &pieces{in.Bytes(), piece}, rowOf(field("a", types.TLong)), nil, 64)
		if d := cmp.Diff(wantBad, got.BadBytes); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(wantRows, got.RowBytes); d != "" {
			t.Error(d)
		}
		if len(got.Rows) != 990 || got.Texts[0] != `{"a": 0, "b": "x"}` {
			t.Errorf("%d rows, %s", len(got.Rows), got.Texts[0])
		}
	}
}

// TestRealData infers the schema of the examples' data and reads all of it.
func TestRealData(t *testing.T) {
	cases := []struct {
		file, time string
		rows       int
		fields     string
	}{
		{"earthquakes/earthquakes.ndjson", "properties.time", 1707, "{ type: string properties: { mag: double place: string time: timestamp updated: long tz: long " +
			"url: string detail: string felt: long? cdi: double? mmi: double? alert: string? status: string tsunami: long sig: long net: string code: string " +
			"ids: string sources: string types: string nst: long? dmin: double? rms: double? gap: double? magType: string type: string title: string } " +
			"geometry: { type: string coordinates: array<double> } id: string }"},
		{"flights/flights.ndjson", "", 20000, "{ date: string delay: long distance: long origin: string destination: string }"},
	}
	for _, c := range cases {
		data, err := os.ReadFile("../../../examples/" + c.file)
		if err != nil {
			t.Fatal(err)
		}
		row, err := Lines().Infer(format.Input{Stream: bytes.NewReader(data)}, nil, c.time)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.fields, row.String()); d != "" {
			t.Errorf("%s: -want +got\n%s", c.file, d)
		}
		got := read(t, Lines(), bytes.NewReader(data), format.Schema{Full: row, Row: row, Time: c.time}, nil, 4096)
		if len(got.Rows) != c.rows || len(got.Bad) != 0 {
			t.Errorf("%s: %d rows, %d bad", c.file, len(got.Rows), len(got.Bad))
		}
	}
}
