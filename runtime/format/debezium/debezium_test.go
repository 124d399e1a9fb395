package debezium

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/vm"
)

var customer = &types.Type{Kind: types.Record, Name: "Customer", Fields: []types.Field{
	{Name: "id", Type: types.TLong}, {Name: "name", Type: types.TString}, {Name: "city", Type: types.TString.OrNull()},
	{Name: "at", Type: types.TTimestamp},
}}

func schema() format.Schema {
	return format.Schema{Full: customer, Row: customer, Keyed: true, TimePath: "at"}
}

// decode reads everything: rows with what they do, bad records with the row they stand
// before.
func decode(t testing.TB, text string, s format.Schema, batch int) (rows, bad []string, d format.Decoder) {
	t.Helper()
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer alloc.AssertSize(t, 0)
	d, err := Format().NewDecoder(format.Input{Name: "test", Stream: strings.NewReader(text)}, s, format.Options{}, alloc)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for {
		r, err := d.Next(batch)
		if errors.Is(err, io.EOF) {
			return rows, bad, d
		}
		if err != nil {
			t.Fatal(err)
		}
		before := len(rows)
		for i := range r.N {
			rows = append(rows, r.Ops[i].String()+" "+line(s.Row, r.Cols, i))
		}
		for _, b := range r.Bad {
			bad = append(bad, fmt.Sprintf("%d %s %s", before+b.Before, b.Code, b.Reason))
		}
		again(t, s, r)
		r.Release()
	}
}

func line(row *types.Type, cols []arrow.Array, i int) string {
	parts := make([]string, len(cols))
	for c, f := range row.Fields {
		parts[c] = vm.Format(f.Type, vm.Value(f.Type, cols[c], i))
	}
	return strings.Join(parts, " ")
}

// again decodes the rows of a batch from their records.
func again(t testing.TB, s format.Schema, r *format.Rows) {
	t.Helper()
	if r.N == 0 {
		return
	}
	cols, err := r.Records.Columns([]int32{int32(r.N - 1)}, s.Row)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := line(s.Row, cols, 0), line(s.Row, r.Cols, r.N-1); got != want {
		t.Errorf("decoded again: %s, want %s", got, want)
	}
	for _, c := range cols {
		c.Release()
	}
	if text := r.Records.Text(r.N - 1); !strings.HasPrefix(text, "{") {
		t.Errorf("the text of a record is %q", text)
	}
}

const envelopes = `{"before":null,"after":{"id":1,"name":"Ann","city":"Oslo","at":"2026-01-01T00:00:00Z"},"op":"c","ts_ms":5,"source":{"db":"x"}}
{"before":{"id":1},"after":{"id":1,"name":"Ann","city":null,"at":"2026-01-01T00:00:01Z"},"op":"u"}
{"after":{"id":2,"name":"Bo","at":"2026-01-01T00:00:02Z"},"op":"r"}
{"schema":{"type":"struct"},"payload":{"before":null,"after":{"id":3,"name":"Cy","at":"2026-01-01T00:00:03Z"},"op":"c"}}
{"before":{"id":2},"after":null,"op":"d","ts_ms":1767225604000}
{"payload":{"before":{"id":3,"name":"Cy","city":null,"at":"2026-01-01T00:00:03Z"},"after":null,"op":"d","ts_ms":1}}
`

func TestDecode(t *testing.T) {
	want := []string{
		`insert 1 "Ann" "Oslo" @2026-01-01T00:00:00Z`,
		`insert 1 "Ann" null @2026-01-01T00:00:01Z`,
		`insert 2 "Bo" null @2026-01-01T00:00:02Z`,
		`insert 3 "Cy" null @2026-01-01T00:00:03Z`,
		`delete 2 null null @2026-01-01T00:00:04Z`,
		`delete 3 "Cy" null @1970-01-01T00:00:00.001Z`,
	}
	for _, batch := range []int{1, 2, 100} {
		rows, bad, d := decode(t, envelopes, schema(), batch)
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("batches of %d (-want +got):\n%s", batch, diff)
		}
		if len(bad) > 0 {
			t.Errorf("bad: %v", bad)
		}
		if f := d.UnknownFields(); len(f) > 0 {
			t.Errorf("unknown fields: %v", f)
		}
	}
}

func TestBadEnvelopes(t *testing.T) {
	text := `{"after":{"id":1,"name":"a","at":"2026-01-01T00:00:00Z"}}
{"after":{"id":1,"name":"a","at":"2026-01-01T00:00:00Z"},"op":"c"}
{"op":"t"}
{"op":"u","after":null}
not json
{"op":"d","before":null}
{"op":"c","after":{"id":"x"}}
{"after":{"id":2,"name":"b","at":"2026-01-01T00:00:00Z","extra":1},"op":"r","lsn":4}
`
	for _, batch := range []int{1, 3, 100} {
		rows, bad, d := decode(t, text, schema(), batch)
		if len(rows) != 2 || len(bad) != 6 {
			t.Fatalf("rows %v, bad %v", rows, bad)
		}
		for i, part := range []string{`0 missing_field "op" is missing`, `1 bad_value "op": "t"`, `1 missing_field "after"`, "1 bad_syntax", `1 missing_field "before"`, "1 bad_value"} {
			if !strings.HasPrefix(bad[i], part) {
				t.Errorf("bad record %d is %s, want %s", i, bad[i], part)
			}
		}
		if diff := cmp.Diff([]string{"extra", "lsn"}, d.UnknownFields()); diff != "" {
			t.Errorf("unknown fields (-want +got):\n%s", diff)
		}
	}
}

func TestFewerColumns(t *testing.T) {
	s := schema()
	s.Row = &types.Type{Kind: types.Record, Fields: []types.Field{customer.Fields[2], customer.Fields[0]}}
	rows, _, _ := decode(t, envelopes, s, 100)
	if want := []string{`insert "Oslo" 1`, `insert null 1`, `insert null 2`, `insert null 3`, `delete null 2`, `delete null 3`}; !cmp.Equal(want, rows) {
		t.Errorf("rows %v", rows)
	}
}

func TestOnlyKeyedTopics(t *testing.T) {
	s := schema()
	s.Keyed = false
	if _, err := Format().NewDecoder(format.Input{}, s, format.Options{}, memory.DefaultAllocator); err == nil || !strings.Contains(err.Error(), "mode: upsert") {
		t.Errorf("error %v", err)
	}
}

func TestInfer(t *testing.T) {
	row, err := Format().Infer(format.Input{Stream: strings.NewReader(envelopes)}, format.Options{}, "")
	if err != nil {
		t.Fatal(err)
	}
	if got := types.RecordText(row.Fields); !strings.HasPrefix(got, "{ id: long name: string city: ") {
		t.Errorf("inferred %s", got)
	}
	if _, err := Format().Infer(format.Input{Stream: strings.NewReader(`{"a":1}`)}, format.Options{}, ""); err == nil {
		t.Error("records without envelope were inferred")
	}
}

func TestEncode(t *testing.T) {
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer alloc.AssertSize(t, 0)
	d, err := Format().NewDecoder(format.Input{Stream: strings.NewReader(envelopes)}, schema(), format.Options{}, alloc)
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.Next(100)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var columns []types.Column
	for _, f := range customer.Fields {
		columns = append(columns, types.Column{Name: f.Name, Type: f.Type})
	}
	var out bytes.Buffer
	e, err := Format().NewEncoder(&out, columns, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e.(format.Timed).Times([]int64{1_500, 2_000, 2_000, -1, 0, 0})
	ops := []operators.Op{operators.UpdateBefore, operators.UpdateAfter, operators.Insert, operators.Delete, operators.Insert, operators.Insert}
	if err := e.Write(r.Cols, r.N, []int32{0, 1, 2, 3}, ops); err != nil {
		t.Fatal(err)
	}
	if err := e.Write(r.Cols, r.N, []int32{2}, nil); err != nil {
		t.Fatal(err)
	}
	want := `{"before":{"id":1,"name":"Ann","city":"Oslo","at":"2026-01-01T00:00:00Z"},"after":{"id":1,"name":"Ann","city":null,"at":"2026-01-01T00:00:01Z"},"op":"u","ts_ms":2}
{"before":null,"after":{"id":2,"name":"Bo","city":null,"at":"2026-01-01T00:00:02Z"},"op":"c","ts_ms":2}
{"before":{"id":3,"name":"Cy","city":null,"at":"2026-01-01T00:00:03Z"},"after":null,"op":"d","ts_ms":-1}
{"before":null,"after":{"id":2,"name":"Bo","city":null,"at":"2026-01-01T00:00:02Z"},"op":"c"}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzDebezium decodes anything: no panic, each record is a row or bad, and the size of
// batches does not show.
func FuzzDebezium(f *testing.F) {
	f.Add([]byte(envelopes), 2)
	f.Add([]byte(`{"op":"c"}`), 1)
	f.Add([]byte(`[{"payload":{"op":"d","before":{}}}]`), 3)
	f.Fuzz(func(t *testing.T, data []byte, batch int) {
		batch = 1 + (batch&0xff)%7
		rows, bad, _ := decode(t, string(data), schema(), batch)
		whole, wholeBad, _ := decode(t, string(data), schema(), 4096)
		if !cmp.Equal(rows, whole) || !cmp.Equal(bad, wholeBad) {
			t.Errorf("batches of %d give %v and %v, one gives %v and %v", batch, rows, bad, whole, wholeBad)
		}
	})
}
