package parquet

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	lib "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/runtime/format"
)

// shape is how a file is written: each is another path through its pages.
type shape struct {
	name    string
	options []lib.WriterProperty
}

var shapes = []shape{
	{"plain", []lib.WriterProperty{lib.WithDictionaryDefault(false)}},
	{"dictionaries", nil},
	{"dictionaries that overflow", []lib.WriterProperty{lib.WithDictionaryPageSizeLimit(2000)}},
	{"small pages", []lib.WriterProperty{lib.WithDataPageSize(300), lib.WithBatchSize(16)}},
	{"second version, compressed", []lib.WriterProperty{lib.WithDataPageVersion(lib.DataPageV2), lib.WithCompression(compress.Codecs.Snappy), lib.WithDataPageSize(900), lib.WithBatchSize(50)}},
	{"small row groups", []lib.WriterProperty{lib.WithMaxRowGroupLength(700)}},
	{"differences, which flat leaves to the library", []lib.WriterProperty{lib.WithDictionaryDefault(false), lib.WithEncodingFor("l", lib.Encodings.DeltaBinaryPacked)}},
}

// columns are the flat types, some without nulls.
func columnsOf(r interface{ IntN(int) int }, rows, kinds, nulls int) arrow.RecordBatch {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "l", Type: arrow.PrimitiveTypes.Int64, Nullable: true}, {Name: "i", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		{Name: "d", Type: arrow.PrimitiveTypes.Float64}, {Name: "s", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "t", Type: &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, Nullable: true}, {Name: "k", Type: arrow.BinaryTypes.String},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	run, value := 0, 0
	for range rows {
		if run--; run <= 0 {
			run, value = 1+r.IntN(30)*r.IntN(2), r.IntN(kinds)
		}
		for c := range schema.NumFields() {
			if schema.Field(c).Nullable && nulls > 0 && r.IntN(nulls) == 0 {
				b.Field(c).AppendNull()
				continue
			}
			v := value
			if c%2 == 1 {
				v = r.IntN(kinds)
			}
			switch f := b.Field(c).(type) {
			case *array.Int64Builder:
				f.Append(int64(v) * 1_000_000_007)
			case *array.Int32Builder:
				f.Append(int32(v))
			case *array.Float64Builder:
				f.Append(float64(v) / 8)
			case *array.StringBuilder:
				f.Append(strings.Repeat(fmt.Sprint(v), v%5))
			case *array.TimestampBuilder:
				f.Append(arrow.Timestamp(v))
			}
		}
	}
	return b.NewRecordBatch()
}

func written(t *testing.T, batch arrow.RecordBatch, s shape) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(batch.Schema(), &out, lib.NewWriterProperties(s.options...), pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(batch); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// file is a file in memory.
type memFile struct{ *bytes.Reader }

func (memFile) Close() error { return nil }

func input(data []byte) format.Input {
	return format.Input{Open: func() (format.File, error) { return memFile{bytes.NewReader(data)}, nil }}
}

// flatRows reads all columns with flat, as text, row by row; the values of some are of no
// matter.
func flatRows(alloc memory.Allocator, data []byte, unread ...int) (rows []string, flatGroups int, err error) {
	t, err := openTable(input(data))
	if err != nil {
		return nil, 0, err
	}
	used := map[int]bool{}
	for i := range t.schema.NumFields() {
		used[i] = true
	}
	src := &source{in: input(data), table: t, used: used, place: positions(used)}
	leaves, kinds := flatLeaves(t, used)
	src.flat = &flat{table: t, alloc: alloc, leaves: leaves, types: kinds, unread: unreadLeaves(t, leaves, unread)}
	defer src.Close()
	for {
		b, err := src.Next()
		if err == io.EOF {
			return rows, flatGroups, nil
		}
		if err != nil {
			return rows, flatGroups, err
		}
		if src.reader == nil {
			flatGroups++
		}
		for i := range b.Rows {
			rows = append(rows, textOf(len(used), b.Column, i))
		}
		b.Release()
	}
}

func textOf(columns int, column func(int) arrow.Array, row int) string {
	var parts []string
	for c := range columns {
		parts = append(parts, column(c).ValueStr(row))
	}
	return strings.Join(parts, "|")
}

// TestFlat reads what the library writes, in all shapes, beside what was written.
func TestFlat(t *testing.T) {
	r := optest.Random(t)
	for _, s := range shapes {
		for _, nulls := range []int{0, 2, 40} {
			for _, kinds := range []int{1, 2, 70, 5000} {
				alloc := memory.NewCheckedAllocator(optest.Scrambler{})
				batch := columnsOf(r, 1+r.IntN(5000), kinds, nulls)
				got, groups, err := flatRows(alloc, written(t, batch, s))
				if err != nil {
					t.Fatalf("%s: %v", s.name, err)
				}
				if alone := strings.HasPrefix(s.name, "differences"); alone == (groups > 0) {
					t.Errorf("%s: flat has read %d blocks", s.name, groups)
				}
				if len(got) != int(batch.NumRows()) {
					t.Fatalf("%s: %d rows of %d", s.name, len(got), batch.NumRows())
				}
				for i, row := range got {
					if want := textOf(int(batch.NumCols()), batch.Column, i); row != want {
						t.Fatalf("%s, 1 of %d null, %d kinds, row %d: %q, want %q", s.name, nulls, kinds, i, row, want)
					}
				}
				alloc.AssertSize(t, 0)
			}
		}
	}
}

// TestUnread leaves values out that are of no matter: a column is zeros then, where no row
// group lacks one, and rows that have none lack it as ever.
func TestUnread(t *testing.T) {
	r := optest.Random(t)
	const at, text = 4, 5
	for _, s := range shapes[:len(shapes)-1] {
		for _, nulls := range []int{0, 40} {
			alloc := memory.NewCheckedAllocator(optest.Scrambler{})
			batch := columnsOf(r, 1000+r.IntN(4000), 70, nulls)
			got, _, err := flatRows(alloc, written(t, batch, s), at, text)
			if err != nil {
				t.Fatalf("%s: %v", s.name, err)
			}
			for i, row := range got {
				want := textOf(int(batch.NumCols()), batch.Column, i)
				blank := strings.Split(want, "|")
				if !batch.Column(at).IsNull(i) {
					blank[at] = "1970-01-01T00:00:00Z"
				}
				if row != strings.Join(blank, "|") && (nulls == 0 || row != want) {
					t.Fatalf("%s, row %d: %q, want %q but for the time", s.name, i, row, want)
				}
			}
			alloc.AssertSize(t, 0)
		}
	}
}

// TestDamage reads files in which bytes have changed: rows or an error, never a panic.
func TestDamage(t *testing.T) {
	r := optest.Random(t)
	for _, s := range shapes {
		data := written(t, columnsOf(r, 2000, 300, 9), s)
		for range 60 {
			damaged := bytes.Clone(data)
			for range 1 + r.IntN(3) {
				damaged[4+r.IntN(len(data)*2/3)] ^= byte(1 + r.IntN(255))
			}
			_, _, _ = flatRows(memory.DefaultAllocator, damaged)
		}
	}
}
