package ndjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
)

// generator makes random types and JSON text of their values.
type generator struct{ *rand.Rand }

func (g generator) typ(depth int) *types.Type {
	var t *types.Type
	kinds := 6
	if depth == 0 {
		kinds = 4
	}
	switch g.IntN(kinds) {
	case 0:
		t = types.TLong
	case 1:
		t = types.TDouble
	case 2:
		t = types.TString
	case 3:
		t = types.TBoolean
	case 4:
		t = types.ArrayOf(g.typ(depth - 1))
	default:
		t = g.record(depth - 1)
	}
	return t.WithNull(g.IntN(3) == 0)
}

func (g generator) record(depth int) *types.Type {
	t := &types.Type{Kind: types.Record}
	for i := range 1 + g.IntN(5) {
		name := fmt.Sprintf("f%d", i)
		if g.IntN(5) == 0 {
			name += " \"é\\"
		}
		t.Fields = append(t.Fields, types.Field{Name: name, Type: g.typ(depth)})
	}
	return t
}

// space is white space that may stand between tokens of one line.
func (g generator) space() string { return strings.Repeat(" ", max(0, g.IntN(8)-5)) }

// value writes a value of a type. Now and then a nullable field is left out, keys
// are in any order, and fields that the type does not have stand between them.
func (g generator) value(t *types.Type) string {
	if t.Nullable && g.IntN(4) == 0 {
		return "null"
	}
	switch t.Kind {
	case types.Long:
		n := strconv.FormatInt(int64(g.Uint64())>>g.IntN(64), 10)
		if len(n) < 12 && g.IntN(4) == 0 {
			n += ".0"
		}
		return n
	case types.Double:
		return g.double()
	case types.String:
		return g.text()
	case types.Boolean:
		return strconv.FormatBool(g.IntN(2) == 0)
	case types.Array:
		var items []string
		for range g.IntN(4) {
			items = append(items, g.space()+g.value(t.Elem)+g.space())
		}
		return "[" + strings.Join(items, ",") + "]"
	default:
		return g.object(t)
	}
}

func (g generator) double() string {
	switch g.IntN(4) {
	case 0:
		return strconv.FormatFloat(g.NormFloat64()*1e6, 'f', g.IntN(20), 64)
	case 1:
		return strconv.FormatFloat(g.NormFloat64(), 'e', -1, 64)
	case 2:
		return strconv.FormatInt(g.Int64(), 10)
	}
	return strconv.FormatFloat(g.ExpFloat64(), 'g', -1, 64)
}

var alphabet = []string{"a", "Z", " ", "é", "世", "😀", `\n`, `\"`, `\\`, `\/`, `\u0041`, `\u00e9`, `\ud83d\ude00`, "longer text "}

func (g generator) text() string {
	var b strings.Builder
	for range g.IntN(12) {
		b.WriteString(alphabet[g.IntN(len(alphabet))])
	}
	return `"` + b.String() + `"`
}

func (g generator) object(t *types.Type) string {
	var parts []string
	for _, f := range t.Fields {
		if f.Type.Nullable && g.IntN(5) == 0 {
			continue
		}
		key, _ := json.Marshal(f.Name)
		parts = append(parts, g.space()+string(key)+g.space()+":"+g.space()+g.value(f.Type)+g.space())
	}
	if g.IntN(6) == 0 {
		parts = append(parts, `"other":`+g.value(g.typ(1)))
	}
	g.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return "{" + strings.Join(parts, ",") + "}"
}

// wanted is what a value means by the type, given what encoding/json made of it.
func wanted(t *types.Type, v any) any {
	if v == nil {
		return nil
	}
	switch t.Kind {
	case types.Long:
		n := strings.TrimSuffix(string(v.(json.Number)), ".0")
		if n == "-0" {
			n = "0"
		}
		return n
	case types.Double:
		f, _ := v.(json.Number).Float64()
		return f
	case types.Array:
		out := []any{}
		for _, e := range v.([]any) {
			out = append(out, wanted(t.Elem, e))
		}
		return out
	case types.Record:
		out := map[string]any{}
		for _, f := range t.Fields {
			out[f.Name] = wanted(f.Type, v.(map[string]any)[f.Name])
		}
		return out
	default:
		return v
	}
}

func parsed(text string) any {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return err
	}
	return v
}

// TestAgainstEncodingJSON decodes random records of random types and compares
// with what encoding/json understands, whatever the pieces of the input are.
func TestAgainstEncodingJSON(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	g := generator{rand.New(rand.NewPCG(seed, 1))}
	for range 150 {
		row := g.record(3)
		s := format.Schema{Full: row, Row: row}
		var in strings.Builder
		var want []any
		for range 1 + g.IntN(20) {
			text := g.object(row)
			in.WriteString(g.space() + text + "\n")
			want = append(want, wanted(row, parsed(text)))
		}
		first := result{}
		for i, piece := range []int{1 << 20, 1, 2 + g.IntN(100)} {
			got := read(t, Lines(), &pieces{[]byte(in.String()), piece}, s, nil, 1+g.IntN(20))
			if len(got.Bad) > 0 {
				t.Fatalf("%v in\n%s of %s", got.Bad, in.String(), row)
			}
			if i == 0 {
				first = got
			} else if d := cmp.Diff(first, got); d != "" {
				t.Fatalf("in pieces of %d: %s", piece, d)
			}
		}
		for i, text := range first.Rows {
			if d := cmp.Diff(want[i], wanted(row, parsed(text))); d != "" {
				t.Fatalf("-want +got\n%s\nof %s\nin\n%s", d, row, in.String())
			}
		}
	}
}

// FuzzNDJSON decodes anything: no panic, each line is a row or a bad record, and
// neither the pieces of the input nor the form of the format change that.
func FuzzNDJSON(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":{"c":"x","d":[1.5,null]},"e":{"k":true},"t":"2018-01-31T00:00:00Z"}`+"\n{}"), byte(3))
	f.Add([]byte("[{\"a\":1},\n{\"a\":-0.0e5}]"), byte(1))
	f.Add([]byte("{\"a\":1}{\"a\":2}\n\x00{\"b\":\"\\ud83d\"}"), byte(7))
	row := types.RecordOf(
		types.Field{Name: "a", Type: types.TLong, Default: int64(7), HasDef: true},
		field("b", types.RecordOf(field("c", types.TString), field("d", types.ArrayOf(types.TDouble.OrNull()))).OrNull()),
		field("e", types.MapOf(types.TBoolean).OrNull()), field("j", types.TJSON.OrNull()),
		field("t", types.TTimestamp.OrNull()), field("n", types.DecimalOf(20, 3).OrNull()),
	)
	s := format.Schema{Full: row, Row: row}
	o := format.Options{"max_record": "200"}
	f.Fuzz(func(t *testing.T, data []byte, piece byte) {
		for _, form := range []format.Format{Lines(), JSON()} {
			whole := read(t, form, bytes.NewReader(data), s, o, 5)
			parts := read(t, form, &pieces{data, int(piece%50) + 1}, s, o, 5)
			if d := cmp.Diff(whole.Rows, parts.Rows); d != "" {
				t.Fatalf("pieces of %d change the rows: %s", piece, d)
			}
			if d := cmp.Diff(whole.Bad, parts.Bad); d != "" {
				t.Fatalf("pieces of %d change the bad records: %s", piece, d)
			}
			for i, text := range whole.Texts {
				if !json.Valid([]byte(text)) {
					t.Fatalf("%q is a row and not JSON", text)
				}
				if !json.Valid([]byte(whole.Rows[i])) {
					t.Fatalf("%q is written and not JSON", whole.Rows[i])
				}
			}
			if form.Name == "ndjson" && !bytes.ContainsAny(data, "[\xef") {
				lines := 0
				for _, line := range bytes.Split(data, []byte("\n")) {
					if len(bytes.Trim(line, " \t\r")) > 0 {
						lines++
					}
				}
				if n := len(whole.Rows) + len(whole.Bad); n != lines {
					t.Fatalf("%d rows and %d bad records of %d lines", len(whole.Rows), len(whole.Bad), lines)
				}
			}
		}
		if _, err := Lines().Infer(format.Input{Stream: bytes.NewReader(data)}, o, "a"); err == nil && len(data) == 0 {
			t.Fatal("a schema of nothing")
		}
	})
}

// TestInference derives types from samples.
func TestInference(t *testing.T) {
	cases := []struct {
		in, time string
		o        format.Options
		want     string
	}{
		{in: "{\"a\":1,\"b\":1}\n{\"a\":2,\"b\":1.5}", want: "{ a: long b: double }"},
		{in: "{\"a\":1}\n{\"b\":\"x\"}", want: "{ a: long? b: string? }"},
		{in: "{\"a\":null,\"b\":[],\"c\":{}}", want: "{ a: json? b: array<json> c: json }"},
		{in: "{\"a\":1}\n{\"a\":\"x\"}", want: "{ a: json }"},
		{in: "{\"a\":[1,\"x\"],\"b\":[1,2.5],\"c\":[null,1]}", want: "{ a: array<json> b: array<double> c: array<long?> }"},
		{in: "{\"a\":[{\"x\":1},{\"y\":2}]}", want: "{ a: array<{ x: long? y: long? }> }"},
		{in: "{\"a\":99999999999999999999}", want: "{ a: double }"},
		{in: "{\"a\":1.0}", want: "{ a: double }"},
		{in: "{\"a\":true}\nnonsense\n{\"a\":false}\n{\"a\":1", want: "{ a: boolean }"},
		{in: "{\"at\":1517363399650}", time: "at", want: "{ at: timestamp }"},
		{in: "{\"p\":{\"at\":\"2018-01-31T00:00:00Z\"}}", time: "p.at", want: "{ p: { at: timestamp } }"},
		{in: "{\"at\":\"2018-01-31\"}", time: "at", want: "{ at: string }"},
		{in: "{\"at\":\"2018/01/31 00:00\"}", time: "at", o: format.Options{"timestamps": "yyyy/MM/dd HH:mm", "zone": "UTC"}, want: "{ at: timestamp }"},
		{in: "{\"at\":1517363399.5}", time: "at", o: format.Options{"timestamps": "epoch_seconds"}, want: "{ at: timestamp }"},
		{in: "[{\"a b\":1},{\"a b\":2}]", want: "{ a b: long }"},
	}
	for _, c := range cases {
		got, err := Lines().Infer(format.Input{Stream: strings.NewReader(c.in)}, c.o, c.time)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if got.String() != c.want {
			t.Errorf("%s is %s, not %s", c.in, got, c.want)
		}
	}
	for _, in := range []string{"", "\n\n", "[]", "nonsense", "{}"} {
		if got, err := Lines().Infer(format.Input{Stream: strings.NewReader(in)}, nil, ""); err == nil {
			t.Errorf("%q has the schema %s", in, got)
		}
	}
}

// TestInferredTimeIsMillis reads numbers at the inferred time only.
func TestInferredTimeIsMillis(t *testing.T) {
	row := types.RecordOf(field("at", types.TTimestamp), field("other", types.TTimestamp.OrNull()))
	s := format.Schema{Full: row, Row: row, Time: "at"}
	got := read(t, Lines(), strings.NewReader("{\"at\":1517363399650}\n{\"at\":1,\"other\":1}"), s, nil, 10)
	if d := cmp.Diff([]string{`{"at":"2018-01-31T01:49:59.65Z","other":null}`}, got.Rows); d != "" || len(got.Bad) != 1 {
		t.Error(d, got.Bad)
	}
}

// TestReadAgain decodes records again with fields that were not read at first,
// after the decoder is closed.
func TestReadAgain(t *testing.T) {
	full := types.RecordOf(field("a", types.TLong), field("b", types.TLong))
	part := types.RecordOf(field("b", types.TLong))
	in := "{\"a\":1,\"b\":2}\n{\"a\":\"x\",\"b\":3}\n{\"a\":4,\"b\":5}\n"
	d, err := Lines().NewDecoder(format.Input{Stream: strings.NewReader(in)}, format.Schema{Full: full, Row: part}, nil, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := d.Next(10)
	if err != nil || rows.N != 3 {
		t.Fatal(err, rows)
	}
	if _, err := d.Next(10); err != io.EOF {
		t.Fatal(err)
	}
	d.Close()
	cols, err := rows.Records.Columns([]int32{2, 0}, full)
	if err != nil {
		t.Fatal(err)
	}
	w := Writer{}
	if got := string(w.Row(nil, full, cols, 0)) + string(w.Row(nil, full, cols, 1)); got != `{"a":4,"b":5}{"a":1,"b":2}` {
		t.Error(got)
	}
	if _, err := rows.Records.Columns([]int32{1}, full); err == nil || err.Error() != `the record at byte 14: "a": "x" is not a long` {
		t.Error(err)
	}
}

// TestWriter writes what has more than one form.
func TestWriter(t *testing.T) {
	row := types.RecordOf(field("d", types.TDouble.OrNull()), field("s", types.TString), field("t", types.TTimestamp))
	in := "{\"d\":1e-7,\"s\":\"\\u0001\\t\\\"12345678\\\\\",\"t\":\"2018-01-31T00:00:00Z\"}\n{\"s\":\"\",\"t\":\"1969-12-31T23:59:59.9995Z\"}\n"
	s := format.Schema{Full: row, Row: row}
	d, err := Lines().NewDecoder(format.Input{Stream: strings.NewReader(in)}, s, nil, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := d.Next(10)
	if err != nil {
		t.Fatal(err)
	}
	columns := []types.Column{{Name: "d", Type: row.Fields[0].Type}, {Name: "s", Type: types.TString}, {Name: "t", Type: types.TTimestamp}}
	cases := []struct {
		f    format.Format
		o    format.Options
		want string
	}{
		{Lines(), nil, `{"d":1e-7,"s":"\u0001\t\"12345678\\","t":"2018-01-31T00:00:00Z"}` + "\n" + `{"d":null,"s":"","t":"1969-12-31T23:59:59.9995Z"}` + "\n"},
		{JSON(), format.Options{"timestamps": "epoch_millis"}, "[\n" + `{"d":1e-7,"s":"\u0001\t\"12345678\\","t":1517356800000}` + ",\n" + `{"d":null,"s":"","t":-0.5}` + "\n]\n"},
		{Lines(), format.Options{"timestamps": "dd.MM.yyyy HH:mm", "zone": "+02:00"}, `{"d":1e-7,"s":"\u0001\t\"12345678\\","t":"31.01.2018 02:00"}` + "\n" + `{"d":null,"s":"","t":"01.01.1970 01:59"}` + "\n"},
	}
	for _, c := range cases {
		var out bytes.Buffer
		e, err := c.f.NewEncoder(&out, columns, c.o)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Write(rows.Cols, rows.N, nil, nil); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, out.String()); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
	}
}

// TestOptions refuses settings that do not exist or make no sense.
func TestOptions(t *testing.T) {
	for setting, want := range map[string]string{
		"unknown_field=x":  `format ndjson has no setting "unknown_field"; it has layout, unknown_fields, tag, max_record, timestamps, zone`,
		"unknown_fields=x": `setting "unknown_fields": "x" is not one of ignore, error`,
		"max_record=big":   `setting "max_record": "big" is not a size such as 16MB`,
		"zone=Nowhere":     `setting "zone": "Nowhere" is not a time zone`,
	} {
		name, value, _ := strings.Cut(setting, "=")
		_, err := Lines().NewDecoder(format.Input{Stream: strings.NewReader("")}, rowOf(), format.Options{name: value}, memory.DefaultAllocator)
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", setting, err)
		}
	}
}
