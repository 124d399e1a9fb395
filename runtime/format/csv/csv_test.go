package csv

import (
	"bytes"
	stdcsv "encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
)

type result struct {
	Rows     []string
	RowBytes []int64
	Bad      []string
	BadBytes []int64
	Texts    []string
	Unknown  []string
}

func read(t testing.TB, f format.Format, in io.Reader, s format.Schema, o format.Options, batch int) (result, error) {
	t.Helper()
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer alloc.AssertSize(t, 0)
	d, err := f.NewDecoder(format.Input{Stream: in}, s, o, alloc)
	if err != nil {
		return result{}, err
	}
	defer d.Close()
	w := ndjson.Writer{Tag: "$type"}
	var out result
	for {
		rows, err := d.Next(batch)
		if err == io.EOF {
			out.Unknown = d.UnknownFields()
			return out, nil
		}
		if err != nil {
			return out, err
		}
		for i := range rows.N {
			out.Rows = append(out.Rows, string(w.Row(nil, s.Row, rows.Cols, i)))
			out.RowBytes = append(out.RowBytes, rows.Records.Byte(i))
			out.Texts = append(out.Texts, rows.Records.Text(i))
		}
		for _, b := range rows.Bad {
			out.Bad = append(out.Bad, b.Code+": "+b.Reason)
			out.BadBytes = append(out.BadBytes, b.Byte)
		}
		rows.Release()
	}
}

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

func fieldOf(name string, t *types.Type) types.Field { return types.Field{Name: name, Type: t} }

func rowOf(fields ...types.Field) format.Schema {
	row := types.RecordOf(fields...)
	return format.Schema{Full: row, Row: row}
}

func TestRecords(t *testing.T) {
	mixed := rowOf(fieldOf("n", types.TLong), fieldOf("s", types.TString), fieldOf("x", types.TDouble.OrNull()))
	cases := []struct {
		name   string
		f      format.Format
		s      format.Schema
		o      format.Options
		in     string
		want   result
		failed string
	}{
		{name: "columns in another order, quotes, line ends", s: mixed, in: "s,x,n\r\n\"a,\"\"b\"\"\nc\",1.5,1\r\n,,2\n\n\"\",-0.5e1,3",
			want: result{Rows: []string{`{"n":1,"s":"a,\"b\"\nc","x":1.5}`, `{"n":2,"s":"","x":null}`, `{"n":3,"s":"","x":-5}`}, RowBytes: []int64{7, 26, 31},
				Texts: []string{`{"s":"a,\"b\"\nc","x":1.5,"n":1}`, `{"s":"","x":null,"n":2}`, `{"s":"","x":-0.5e1,"n":3}`}}},
		{name: "bad records", s: mixed, in: "n,s,x\n1,a\nx,a,\n2,\"a\"b,\n3,c,\n,d,\n4,\"e\n",
			want: result{Rows: []string{`{"n":3,"s":"c","x":null}`}, RowBytes: []int64{23}, Texts: []string{`{"n":3,"s":"c","x":null}`},
				Bad: []string{
					`bad_syntax: the record has 2 cells, not 3`,
					`bad_value: "n": "x" is not a long`,
					`bad_syntax: text behind the quote that closes cell 2`,
					`unexpected_null: "n" is empty and its type is long`,
					`record_cut_off: input ended inside a quoted cell`,
				}, BadBytes: []int64{6, 10, 15, 28, 32}}},
		{name: "tabs, null text, other columns", f: Tab(), s: mixed, o: format.Options{"null": "NA"}, in: "n\tother\ts\tx\n1\t?\tNA\tNA\n2\t\t\"NA\"\t\n",
			want: result{Rows: []string{`{"n":1,"s":"NA","x":null}`, `{"n":2,"s":"NA","x":null}`}, RowBytes: []int64{12, 22}, Unknown: []string{"other"},
				Texts: []string{`{"n":1,"other":"?","s":"NA","x":null}`, `{"n":2,"other":"","s":"NA","x":""}`}}},
		{name: "no header", s: mixed, o: format.Options{"header": "false", "delimiter": ";"}, in: "1;a;\n",
			want: result{Rows: []string{`{"n":1,"s":"a","x":null}`}, RowBytes: []int64{0}, Texts: []string{`{"n":1,"s":"a","x":null}`}}},
		{name: "numbers of spreadsheets", s: rowOf(fieldOf("x", types.TDouble), fieldOf("n", types.TLong), fieldOf("b", types.TBoolean)), in: "x,n,b\n.5,+7,TRUE\n 1. ,007,0\nNaN,-0,1\n1e,1,1\n",
			want: result{Rows: []string{`{"x":0.5,"n":7,"b":true}`, `{"x":1,"n":7,"b":false}`, `{"x":null,"n":0,"b":true}`}, RowBytes: []int64{6, 17, 28},
				Texts: []string{`{"x":".5","n":"+7","b":"TRUE"}`, `{"x":" 1. ","n":"007","b":"0"}`, `{"x":"NaN","n":-0,"b":"1"}`},
				Bad:   []string{`bad_value: "x": "1e" is not a double`}, BadBytes: []int64{37}}},
		{name: "nested values", s: rowOf(fieldOf("a", types.ArrayOf(types.TLong)), fieldOf("j", types.TJSON.OrNull())), in: "a,j\n\"[1,2]\",\"{\"\"k\"\":1}\"\n[1,\n\"[1,\",\n",
			want: result{Rows: []string{`{"a":[1,2],"j":{"k":1}}`}, RowBytes: []int64{4}, Texts: []string{`{"a":"[1,2]","j":"{\"k\":1}"}`},
				Bad: []string{`bad_syntax: "a" is not JSON: the cell ends where "," or "]" is expected`, `bad_syntax: "a" is not JSON: the cell ends where a value is expected`}, BadBytes: []int64{24, 28}}},
		{name: "times", s: rowOf(fieldOf("at", types.TTimestamp), fieldOf("d", types.TDate)), o: format.Options{"timestamps": "yyyy-MM-dd HH:mm", "zone": "UTC"}, in: "at,d\n2018-01-31 10:20,2018-01-31\n",
			want: result{Rows: []string{`{"at":"2018-01-31T10:20:00Z","d":"2018-01-31"}`}, RowBytes: []int64{5}, Texts: []string{`{"at":"2018-01-31 10:20","d":"2018-01-31"}`}}},
		{name: "a missing column", s: mixed, in: "n,x\n1,2\n", failed: `the header has no column "s", which the schema requires`},
		{name: "a missing column with a default", s: rowOf(fieldOf("n", types.TLong), types.Field{Name: "s", Type: types.TString, HasDef: true, Default: "d"}), in: "n\n1\n",
			want: result{Rows: []string{`{"n":1,"s":"d"}`}, RowBytes: []int64{2}, Texts: []string{`{"n":1}`}}},
		{name: "a column twice", s: mixed, in: "n,s,n\n", failed: `the header has the column "n" twice`},
		{name: "an unknown column refused", s: mixed, o: format.Options{"unknown_fields": "error"}, in: "n,s,x,y\n", failed: `the header has the unknown column "y"`},
		{name: "long records", s: mixed, o: format.Options{"max_record": "12"}, in: "n,s,x\n1,0123456789,\n2,a,\n3,\"0123456789\nx,y,z\n4,a,\n",
			want: result{Rows: []string{`{"n":2,"s":"a","x":null}`, `{"n":4,"s":"a","x":null}`}, RowBytes: []int64{20, 45},
				Texts: []string{`{"n":2,"s":"a","x":null}`, `{"n":4,"s":"a","x":null}`},
				Bad: []string{"record_too_long: the record is longer than max_record, 12 bytes", "record_too_long: the record is longer than max_record, 12 bytes",
					`bad_value: "n": "x" is not a long`}, BadBytes: []int64{6, 25, 39}}},
		{name: "nothing", s: mixed, in: ""},
	}
	for _, c := range cases {
		f := c.f
		if f.Name == "" {
			f = Comma()
		}
		for _, piece := range []int{1, 3, 1 << 20} {
			got, err := read(t, f, &pieces{[]byte(c.in), piece}, c.s, c.o, 2)
			if c.failed != "" {
				if err == nil || err.Error() != c.failed {
					t.Errorf("%s: %v", c.name, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("%s, %d bytes at a time: -want +got\n%s", c.name, piece, d)
			}
		}
	}
}

// TestAgainstEncodingCSV reads random cells that encoding/csv wrote.
func TestAgainstEncodingCSV(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	alphabet := []string{"a", "é", ",", "\"", "\n", " ", ";", "12", "x y"}
	for range 300 {
		width := 1 + r.IntN(5)
		var header []string
		var s format.Schema
		s.Row = &types.Type{Kind: types.Record}
		for i := range width {
			header = append(header, fmt.Sprint("c", i))
			s.Row.Fields = append(s.Row.Fields, fieldOf(header[i], types.TString))
		}
		var in bytes.Buffer
		w := stdcsv.NewWriter(&in)
		w.UseCRLF = r.IntN(4) == 0
		rows := [][]string{header}
		for range r.IntN(20) {
			row := make([]string, width)
			for i := range row {
				for range r.IntN(6) {
					row[i] += alphabet[r.IntN(len(alphabet))]
				}
				if w.UseCRLF {
					// encoding/csv rewrites ends of lines inside cells then.
					row[i] = strings.ReplaceAll(row[i], "\n", "")
				}
			}
			rows = append(rows, row)
		}
		if err := w.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		got, err := read(t, Comma(), &pieces{in.Bytes(), 1 + r.IntN(40)}, s, nil, 1+r.IntN(10))
		if err != nil || len(got.Bad) > 0 || len(got.Rows) != len(rows)-1 {
			t.Fatalf("%v %v: %d rows of %q", err, got.Bad, len(got.Rows), in.String())
		}
		for i, text := range got.Rows {
			var v map[string]string
			if err := json.Unmarshal([]byte(text), &v); err != nil {
				t.Fatal(err)
			}
			for j, want := range rows[i+1] {
				if v[header[j]] != want {
					t.Fatalf("%q, not %q, in %q", v[header[j]], want, in.String())
				}
			}
		}
	}
}

// TestAirports reads real data and writes the same bytes again.
func TestAirports(t *testing.T) {
	data, err := os.ReadFile("../../../examples/flights/airports.csv")
	if err != nil {
		t.Fatal(err)
	}
	row, err := Comma().Infer(format.Input{Stream: bytes.NewReader(data)}, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if want := "{ iata: string name: string city: string state: string country: string latitude: double longitude: double }"; row.String() != want {
		t.Errorf("the schema is %s", row)
	}
	d, err := Comma().NewDecoder(format.Input{Stream: bytes.NewReader(data)}, format.Schema{Full: row, Row: row}, nil, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	var columns []types.Column
	for _, f := range row.Fields {
		columns = append(columns, types.Column{Name: f.Name, Type: f.Type})
	}
	var out bytes.Buffer
	e, err := Comma().NewEncoder(&out, columns, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for {
		rows, err := d.Next(1000)
		if err == io.EOF {
			break
		}
		if err != nil || len(rows.Bad) > 0 {
			t.Fatal(err, rows.Bad)
		}
		n += rows.N
		if err := e.Write(rows.Cols, rows.N, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if n != 3376 || !bytes.Equal(out.Bytes(), data) {
		t.Errorf("%d rows, the same bytes: %t", n, bytes.Equal(out.Bytes(), data))
	}
}

func TestInference(t *testing.T) {
	cases := []struct {
		in, time string
		o        format.Options
		want     string
	}{
		{in: "a,b,c,d\n1,1.5,true,2018-01-31\n2,2,FALSE,2018-02-01\n", want: "{ a: long b: double c: boolean d: date }"},
		{in: "zip,n,e\n01234,1,\n,2,\n", want: "{ zip: string? n: long e: string? }"},
		{in: "at,n\n2018-01-31T00:00:00Z,1\n", want: "{ at: timestamp n: long }"},
		{in: "at\n1517363399650\n", time: "at", want: "{ at: timestamp }"},
		{in: "at\n31.01.2018 10:20\n", time: "at", o: format.Options{"timestamps": "dd.MM.yyyy HH:mm"}, want: "{ at: string }"},
		{in: "at\n31.01.2018 10:20\n", time: "at", o: format.Options{"timestamps": "dd.MM.yyyy HH:mm", "zone": "UTC"}, want: "{ at: timestamp }"},
		{in: "1,x\n2,y\n", o: format.Options{"header": "false"}, want: "{ column1: long column2: string }"},
		{in: "a,a b,\n1,2,3\n", want: "{ a: long a b: long column3: long }"},
		{in: "a\n1\nNA\n", o: format.Options{"null": "NA"}, want: "{ a: long? }"},
	}
	for _, c := range cases {
		got, err := Comma().Infer(format.Input{Stream: strings.NewReader(c.in)}, c.o, c.time)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
		} else if got.String() != c.want {
			t.Errorf("%q is %s, not %s", c.in, got, c.want)
		}
	}
	for _, in := range []string{"", "a,b\n", "a,a\n1,2\n"} {
		if got, err := Comma().Infer(format.Input{Stream: strings.NewReader(in)}, nil, ""); err == nil {
			t.Errorf("%q has the schema %s", in, got)
		}
	}
}

// FuzzCSV reads anything: no panic, and neither the pieces of the input nor straight reading
// change anything.
func FuzzCSV(f *testing.F) {
	f.Add([]byte("a,b\n1,x\n\"2\",\"y\"\"\n\"\n"), byte(3))
	f.Add([]byte("b,a\r\n\"\n"), byte(1))
	row := types.RecordOf(
		types.Field{Name: "a", Type: types.TLong, HasDef: true, Default: int64(1)}, fieldOf("b", types.TString.OrNull()),
		fieldOf("c", types.TDouble.OrNull()), fieldOf("d", types.ArrayOf(types.TLong).OrNull()))
	s := format.Schema{Full: row, Row: row}
	f.Fuzz(func(t *testing.T, data []byte, piece byte) {
		o := format.Options{"max_record": "60", "header": fmt.Sprint(piece%2 == 0)}
		same(t, data, s, o, 7, int(piece)+1)
		whole, err := read(t, Comma(), bytes.NewReader(data), s, o, 5)
		parts, err2 := read(t, Comma(), &pieces{data, int(piece%50) + 1}, s, o, 5)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("%v and %v", err, err2)
		}
		if err != nil {
			return
		}
		if d := cmp.Diff(whole, parts); d != "" {
			t.Fatalf("pieces of %d change the result: %s", piece, d)
		}
		for _, text := range whole.Texts {
			if !json.Valid([]byte(text)) {
				t.Fatalf("%q is not JSON", text)
			}
		}
		// An error is as good as a schema here: anything but a panic.
		_, _ = Comma().Infer(format.Input{Stream: bytes.NewReader(data)}, o, "a")
	})
}
