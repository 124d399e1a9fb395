package avro

import (
	"bytes"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"
	"github.com/hamba/avro/v2/ocf"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
)

const schemaOfOthers = `{"type":"record","name":"Order","namespace":"shop","fields":[
  {"name":"id","type":"int"},
  {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
  {"name":"day","type":{"type":"int","logicalType":"date"}},
  {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}},
  {"name":"note","type":["null","string"],"default":null},
  {"name":"weight","type":"float"},
  {"name":"color","type":{"type":"enum","name":"Color","symbols":["red","green"]}},
  {"name":"tags","type":{"type":"array","items":"string"}},
  {"name":"stock","type":{"type":"map","values":"long"}},
  {"name":"inner","type":{"type":"record","name":"Inner","fields":[{"name":"x","type":"double"},{"name":"raw","type":"bytes"}]}},
  {"name":"created","type":"long"}
]}`

// othersFile is a file that another library wrote.
func othersFile(t *testing.T, codec ocf.CodecName) []byte {
	t.Helper()
	var out bytes.Buffer
	e, err := ocf.NewEncoder(schemaOfOthers, &out, ocf.WithCodec(codec), ocf.WithBlockLength(2))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		record := map[string]any{
			"id": i, "at": time.UnixMilli(1517363399650), "day": time.Date(2018, 1, 31, 0, 0, 0, 0, time.UTC), "price": big.NewRat(-125, 100),
			"note": nil, "weight": float32(0.5), "color": "green", "tags": []any{"a", "b"}, "stock": map[string]any{"k": int64(7)},
			"inner": map[string]any{"x": 2.5, "raw": []byte{1}}, "created": int64(1000),
		}
		if i == 1 {
			record["note"] = "hi"
		}
		if err := e.Encode(record); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func rows(t *testing.T, data []byte, s format.Schema) (out []string, bad []format.Bad, unknown []string) {
	t.Helper()
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer alloc.AssertSize(t, 0)
	d, err := Format().NewDecoder(format.Input{Stream: bytes.NewReader(data)}, s, nil, alloc)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	w := ndjson.Writer{Tag: "$type"}
	for {
		rows, err := d.Next(2)
		if err == io.EOF {
			return out, bad, d.UnknownFields()
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows.N {
			out = append(out, string(w.Row(nil, s.Row, rows.Cols, i)))
		}
		bad = append(bad, rows.Bad...)
		rows.Release()
	}
}

// TestFilesOfOthers reads what another library wrote, with every codec.
func TestFilesOfOthers(t *testing.T) {
	for _, codec := range []ocf.CodecName{ocf.Null, ocf.Deflate, ocf.Snappy, ocf.ZStandard} {
		data := othersFile(t, codec)
		row, err := Format().Infer(format.Input{Stream: bytes.NewReader(data)}, nil, "created")
		if err != nil {
			t.Fatal(err)
		}
		want := "{ id: int at: timestamp day: date price: decimal(10, 2) note: string? weight: float color: Color tags: array<string>" +
			" stock: map<string, long> inner: Inner created: timestamp }"
		if got := types.RecordText(row.Fields); got != want {
			t.Errorf("%s", cmp.Diff(want, got))
		}
		got, bad, _ := rows(t, data, format.Schema{Full: row, Row: row, Time: "created"})
		record := `{"id":0,"at":"2018-01-31T01:49:59.65Z","day":"2018-01-31","price":-1.25,"note":null,"weight":0.5,"color":"green","tags":["a","b"],` +
			`"stock":{"k":7},"inner":{"x":2.5,"raw":"AQ=="},"created":"1970-01-01T00:00:01Z"}`
		all := []string{record, strings.NewReplacer(`"id":0`, `"id":1`, `"note":null`, `"note":"hi"`).Replace(record), strings.Replace(record, `"id":0`, `"id":2`, 1)}
		if d := cmp.Diff(all, got); d != "" || len(bad) > 0 {
			t.Errorf("%s: %v %s", codec, bad, d)
		}
	}
}

// TestResolution reads with another schema: wider types, another order, fields
// that are missing, and values that do not fit.
func TestResolution(t *testing.T) {
	color := &types.Type{Kind: types.Enum, Name: "Color", Symbols: []string{"green", "blue"}}
	row := types.RecordOf(
		types.Field{Name: "color", Type: color}, types.Field{Name: "weight", Type: types.TDouble}, types.Field{Name: "id", Type: types.TLong.OrNull()},
		types.Field{Name: "remark", Type: types.TString, Was: []string{"note"}}, types.Field{Name: "more", Type: types.TLong, HasDef: true, Default: int64(5)},
		types.Field{Name: "inner", Type: types.RecordOf(types.Field{Name: "x", Type: types.TDouble})},
	)
	got, bad, unknown := rows(t, othersFile(t, ocf.Deflate), format.Schema{Full: row, Row: row})
	if d := cmp.Diff([]string{`{"color":"green","weight":0.5,"id":1,"remark":"hi","more":5,"inner":{"x":2.5}}`}, got); d != "" {
		t.Error(d)
	}
	if len(bad) != 2 || bad[0].Reason != `"remark" is null and its type is string` || bad[0].Code != format.CodeNull || bad[1].Byte != 2 || !strings.HasPrefix(bad[1].Text, `{"id":2,`) {
		t.Errorf("%+v", bad)
	}
	if d := cmp.Diff([]string{"at", "created", "day", "price", "stock", "tags"}, unknown); d != "" {
		t.Error(d)
	}
	for _, c := range []struct {
		f    types.Field
		want string
	}{
		{types.Field{Name: "id", Type: types.TString}, `the field "id" is int in the file and string in the schema`},
		{types.Field{Name: "created", Type: types.TTimestamp}, `the field "created" is long in the file and timestamp in the schema`},
		{types.Field{Name: "none", Type: types.TLong}, `it has no field "none", which the schema requires`},
		{types.Field{Name: "tags", Type: types.ArrayOf(types.TLong)}, `the field "tags[]" is string in the file and long in the schema`},
	} {
		row := types.RecordOf(c.f)
		_, err := Format().NewDecoder(format.Input{Stream: bytes.NewReader(othersFile(t, ocf.Null))}, format.Schema{Full: row, Row: row}, nil, memory.DefaultAllocator)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v", c.f.Name, err)
		}
	}
}

// TestOthersRead has another library read what is written here.
func TestOthersRead(t *testing.T) {
	row := types.RecordOf(types.Field{Name: "n", Type: types.TLong.OrNull()}, types.Field{Name: "odd name", Type: types.TString},
		types.Field{Name: "d", Type: types.DecimalOf(9, 2)}, types.Field{Name: "at", Type: types.TTimestamp})
	values := []any{[]any{int64(-3), "x", types.Dec{Unscaled: big.NewInt(-30000), Scale: 2}, int64(1517363399650001)}, []any{nil, "", types.Dec{Unscaled: big.NewInt(128), Scale: 2}, int64(0)}}
	b := column.New(row, memory.DefaultAllocator)
	for _, v := range values {
		b.Value(v)
	}
	var columns []types.Column
	var cols []arrow.Array
	for i, f := range row.Fields {
		columns = append(columns, types.Column{Name: f.Name, Type: f.Type})
		cols = append(cols, b.Kids[i].Finish())
	}
	for codec := range codecs {
		var out bytes.Buffer
		e, err := Format().NewEncoder(&out, columns, format.Options{"compression": codec})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Write(cols, 2, nil, nil); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		d, err := ocf.NewDecoder(&out)
		if err != nil {
			t.Fatal(err)
		}
		var got []map[string]any
		for d.HasNext() {
			var v map[string]any
			if err := d.Decode(&v); err != nil {
				t.Fatal(err)
			}
			got = append(got, v)
		}
		if d.Error() != nil || len(got) != 2 {
			t.Fatal(d.Error(), got)
		}
		first := got[0]
		if first["n"] != int64(-3) || first["odd_name"] != "x" || first["d"].(*big.Rat).Cmp(big.NewRat(-300, 1)) != 0 || !first["at"].(time.Time).Equal(time.UnixMicro(1517363399650001)) {
			t.Errorf("%s: %v", codec, first)
		}
		if got[1]["n"] != nil || got[1]["d"].(*big.Rat).Cmp(big.NewRat(128, 100)) != 0 {
			t.Errorf("%s: %v", codec, got[1])
		}
	}
}

// TestDamage cuts and changes files anywhere: an error, never a panic, and no
// more rows than there were.
func TestDamage(t *testing.T) {
	data := othersFile(t, ocf.Null)
	row, err := Format().Infer(format.Input{Stream: bytes.NewReader(data)}, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	s := format.Schema{Full: row, Row: row}
	try := func(b []byte) (n int, err error) {
		d, err := Format().NewDecoder(format.Input{Stream: bytes.NewReader(b)}, s, nil, memory.DefaultAllocator)
		if err != nil {
			return 0, err
		}
		defer d.Close()
		for {
			rows, err := d.Next(10)
			if err == io.EOF {
				return n, nil
			}
			if err != nil {
				return n, err
			}
			n += rows.N + len(rows.Bad)
			rows.Release()
		}
	}
	whole := 0
	for i := range data {
		if n, err := try(data[:i]); err == nil {
			whole++
			if n != 0 && n != 2 {
				t.Errorf("cut at %d: %d rows", i, n)
			}
		}
	}
	if whole != 2 {
		t.Errorf("%d cuts went unnoticed, not those behind the header and the first block", whole)
	}
	for i := range data {
		b := bytes.Clone(data)
		b[i] ^= 0x55
		if n, err := try(b); err == nil && n > 3 {
			t.Errorf("changed at %d: %d rows", i, n)
		}
	}
}
