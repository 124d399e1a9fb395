package csv

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/runtime/format"
)

// careful reads without straight reading.
type careful struct{ *decoder }

func (c careful) Next(most int) (*format.Rows, error) {
	c.rows, c.bad = nil, nil
	for {
		for len(c.rows)+len(c.bad) < most && c.next() {
			if err := c.record(); err != nil {
				return nil, err
			}
		}
		if len(c.rows)+len(c.bad) > 0 {
			return c.batch(), nil
		}
		if c.EOF {
			return nil, io.EOF
		}
		if err := c.Fill(); err != nil {
			return nil, err
		}
	}
}

// carefully is the format without straight reading.
func carefully() format.Format {
	f := Comma()
	f.NewDecoder = func(in format.Input, s format.Schema, o format.Options, alloc memory.Allocator) (format.Decoder, error) {
		d, err := dialectOf(f, o, ',')
		return careful{newDecoder(in.Stream, s, o, d, alloc)}, err
	}
	return f
}

// same compares what is read straight, in batches and in pieces of some sizes, with what is
// read carefully.
func same(t *testing.T, data []byte, s format.Schema, o format.Options, batch int, sizes ...int) {
	t.Helper()
	want, err := read(t, carefully(), bytes.NewReader(data), s, o, 50)
	for _, size := range sizes {
		got, err2 := read(t, Comma(), &pieces{data, size}, s, o, batch)
		if fmt.Sprint(err) != fmt.Sprint(err2) {
			t.Fatalf("%v, not %v: %q", err2, err, data)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%v, pieces of %d, batches of %d: -careful +straight\n%s\n%q", o, size, batch, d, data)
		}
	}
}

// sheet makes up records of cells.
type sheet struct {
	*rand.Rand
	fields    []types.Field // of the columns
	delimiter string
	null      string
	times     string
	odd       int // one of how many cells and records is odd
	quote     int // one of how many cells is quoted
	end       string
}

// cell is a value of a type, mostly as it is written as a rule.
func (s *sheet) cell(t *types.Type) string {
	if t.Nullable && s.IntN(4) == 0 || s.IntN(3*s.odd) == 0 {
		return s.null
	}
	if s.IntN(s.odd) == 0 {
		return []string{"", "NA", "x", "-", "+7", "007", ".5", "5.", " 12 ", "1e3", "NaN", "1.5.2", "99999999999999999999", "12345678901234567", "9007199254740993",
			"-0", "true", "[]", "a\"b", "\"", "1\r", "\r", "é", "\xff", "\x00", "1" + s.delimiter + "2"}[s.IntN(26)]
	}
	switch t.Kind {
	case types.Timestamp, types.LocalTimestamp:
		if s.times != "epoch_millis" && s.times != "epoch_nanos" {
			at := time.UnixMicro(s.Int64N(1e16)).In(time.FixedZone("", 60*s.IntN(100)))
			return at.Format([]string{time.RFC3339Nano, time.RFC3339, "2006-01-02 15:04", "2006-01-02T15:04:05.999Z", "2006-01-02T15:04:05"}[s.IntN(5)])
		}
		fallthrough
	case types.Long:
		return strconv.FormatInt(int64(s.Uint64())>>(s.IntN(54)+10-s.IntN(12)/11*10), 10)
	case types.Int:
		return strconv.FormatInt(int64(int32(s.Uint32())>>s.IntN(32)), 10)
	case types.Double:
		return strconv.FormatFloat(s.NormFloat64()*math.Pow(10, float64(s.IntN(12))), 'f', s.IntN(9), 64)
	case types.Decimal:
		return strconv.FormatFloat(s.NormFloat64()*10, 'f', s.IntN(t.Scale+2), 64)
	case types.Boolean:
		return []string{"true", "false", "1", "0", "TRUE", "False", "tru", "2"}[s.IntN(8)]
	case types.Date:
		return fmt.Sprintf("20%02d-%02d-%02d", s.IntN(100), s.IntN(14), s.IntN(33))
	case types.Array:
		return []string{"[]", "[1,2]", "[ 3 ]", "[4"}[s.IntN(4)]
	}
	return strings.Repeat([]string{"a", "é", "longer text ", "\"", s.delimiter, "\n", "x,y;z", ""}[s.IntN(8)], s.IntN(6))
}

// write writes a cell, in quotes where it needs them as a rule.
func (s *sheet) write(v string) string {
	if s.IntN(s.quote) == 0 || strings.ContainsAny(v, "\"\n"+s.delimiter) && s.IntN(s.odd) > 0 {
		return `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
	}
	return v
}

func (s *sheet) record() string {
	var cells []string
	for _, f := range s.fields {
		cells = append(cells, s.write(s.cell(f.Type)))
	}
	switch s.IntN(4 * s.odd) {
	case 0:
		cells = append(cells, "more")
	case 1:
		cells = cells[1:]
	case 2:
		return s.spoilt(strings.Join(cells, s.delimiter) + s.end)
	}
	return strings.Join(cells, s.delimiter) + s.end
}

// spoilt is a record with a byte more or less, or without its end.
func (s *sheet) spoilt(text string) string {
	i := s.IntN(len(text))
	switch s.IntN(3) {
	case 0:
		return text[:i] + []string{"\"", "\n", "\r", "\r\n", s.delimiter, "\xff", "é", " ", "\n\n"}[s.IntN(9)] + text[i:]
	case 1:
		return text[:i] + text[i+1:]
	}
	return text[:i]
}

// columnTypes are those of the columns that are made up.
var columnTypes = []*types.Type{types.TLong, types.TLong.OrNull(), types.TInt, types.TInt.OrNull(), types.TDouble, types.TDouble.OrNull(), types.TString,
	types.TString, types.TString.OrNull(), types.TTimestamp, types.TTimestamp.OrNull(), types.TLocalTimestamp, types.DecimalOf(9, 2), types.DecimalOf(18, 4).OrNull(),
	types.DecimalOf(20, 2), types.TBoolean, types.TBoolean.OrNull(), types.TDate, types.TDate.OrNull(), types.ArrayOf(types.TLong), types.TJSON.OrNull()}

// sheetOf makes up a schema of those columns, some of which nobody reads, and one that no
// record has.
func sheetOf(r *rand.Rand) (*sheet, format.Schema, format.Options) {
	s := &sheet{Rand: r, delimiter: []string{",", ";", "\t", "|", " ", "5"}[max(0, r.IntN(12)-6)],
		null:  []string{"NA", "0", "-", "-1", "a", "\"\"", "true", "2018-01-01"}[max(0, r.IntN(14)-6)],
		times: []string{"epoch_millis", "rfc3339", "epoch_nanos", "yyyy-MM-dd HH:mm"}[max(0, r.IntN(6)-2)],
		odd:   []int{3, 30, 300}[r.IntN(3)], quote: []int{1, 2, 30, 1000}[r.IntN(4)], end: []string{"\n", "\n", "\r\n"}[r.IntN(3)]}
	o := format.Options{"timestamps": s.times, "zone": "Europe/Helsinki", "delimiter": s.delimiter, "max_record": strconv.Itoa(40 + r.IntN(300))}
	if r.IntN(2) == 0 {
		s.null = ""
	} else {
		o["null"] = s.null
	}
	row, full := &types.Type{Kind: types.Record}, &types.Type{Kind: types.Record}
	for i := range 1 + r.IntN(7) {
		f := types.Field{Name: fmt.Sprint("c", i), Type: columnTypes[r.IntN(len(columnTypes))]}
		s.fields = append(s.fields, f)
		full.Fields = append(full.Fields, f)
		if r.IntN(4) > 0 {
			row.Fields = append(row.Fields, f)
		}
	}
	absent := types.Field{Name: "absent", Type: types.TLong, HasDef: true, Default: int64(7)}
	full.Fields = append(full.Fields, absent)
	if r.IntN(4) == 0 {
		row.Fields = append(row.Fields, absent)
	}
	return s, format.Schema{Full: full, Row: row}, o
}

// TestStraight reads records that were made up, some of them odd or spoilt, straight and
// carefully.
func TestStraight(t *testing.T) {
	r := optest.Random(t)
	for range 200 {
		s, schema, o := sheetOf(r)
		var text strings.Builder
		var names []string
		for _, i := range r.Perm(len(s.fields)) { // the header has an order of its own
			names = append(names, s.fields[i].Name)
		}
		text.WriteString(strings.Join(names, s.delimiter) + s.end)
		in := *s
		in.fields = nil
		for _, name := range names {
			f, _ := schema.Full.FieldNamed(name)
			in.fields = append(in.fields, *f)
		}
		for range r.IntN(150) {
			text.WriteString(in.record())
		}
		data := strings.TrimSuffix(text.String(), s.end)
		same(t, []byte(data), schema, o, []int{1, 7, 1000}[r.IntN(3)], 3, 50, 1<<20)
	}
}

// TestStraightBorders has a chunk and the parts that it is read in end at every place of a
// record.
func TestStraightBorders(t *testing.T) {
	record := "12345,-678,\"a \"\"quoted\"\", one\",1.25,\"text\nof two lines\",1517363399650,é plain\r\n"
	row := rowOf(fieldOf("a", types.TLong), fieldOf("b", types.TInt), fieldOf("c", types.TString), fieldOf("d", types.TDouble),
		fieldOf("e", types.TString), fieldOf("f", types.TTimestamp), fieldOf("g", types.TString.OrNull()))
	o := format.Options{"timestamps": "epoch_millis"}
	for shift := range len(record) {
		header := "a,b,c,d,e,f,g" + strings.Repeat(" ", shift) + "\n"
		same(t, []byte(header+strings.Repeat(record, 64<<10/len(record)+3)), row, o, 4096, 1<<20)
	}
}

// TestStraightCrowded has records with more stops than there is room for, and of many cells.
func TestStraightCrowded(t *testing.T) {
	row := rowOf(fieldOf("a", types.TString), fieldOf("b", types.TLong))
	same(t, []byte("a,b\nx,1\n\""+strings.Repeat("a,\n", 3000)+"\",2\nx,3\n"+strings.Repeat("y\"y\"y,4\n", 3000)), row, nil, 1000, 1000)
	var fields []types.Field
	var names, cells []string
	for i := range mostCells + 1000 {
		fields = append(fields, fieldOf(fmt.Sprint("c", i), types.TLong))
		names, cells = append(names, fields[i].Name), append(cells, fmt.Sprint(i))
	}
	record := strings.Join(cells, ",") + "\n"
	same(t, []byte(strings.Join(names, ",")+"\n"+record+record+"1,2,x\n"+record), rowOf(fields[7], fields[4711]), nil, 10, 1<<20)
}

// TestStraightIsUsed makes sure that records are read straight, whatever their cells are
// written like.
func TestStraightIsUsed(t *testing.T) {
	row := rowOf(fieldOf("a", types.TLong), fieldOf("b", types.TString.OrNull()), fieldOf("c", types.TBoolean))
	for _, record := range []string{"1,x,true\n", "007,,1\r\n", "\"12345678901234567890\",\"a \"\"quoted\"\" text\",false\n", "-5,é,0\n", "1.0,a\"b,TRUE\n"} {
		if strings.HasPrefix(record, "\"1234") {
			row = rowOf(fieldOf("a", types.TDouble), row.Row.Fields[1], row.Row.Fields[2])
		}
		d := newDecoder(strings.NewReader("a,b,c\n"+strings.Repeat(record, 201)), row, nil, dialect{delimiter: ',', header: true, limit: 1000}, memory.DefaultAllocator)
		rows, err := d.Next(1)
		if err != nil {
			t.Fatal(err)
		}
		rows.Release()
		d.rows = nil
		if !d.straightOn(200) || len(d.rows) != 200 {
			t.Errorf("%q: %d of 200 records were read straight", record, len(d.rows))
		}
		d.Close()
	}
}

// TestAllocations reads many rows with memory for each batch alone.
func TestAllocations(t *testing.T) {
	data := bids(1 << 20)
	n := bytes.Count(data, []byte("\n"))
	allocs := testing.AllocsPerRun(3, func() {
		d, err := Comma().NewDecoder(format.Input{Stream: bytes.NewReader(data)}, format.Schema{Full: bid, Row: bid}, format.Options{"timestamps": "epoch_millis"}, memory.DefaultAllocator)
		if err != nil {
			t.Fatal(err)
		}
		for {
			rows, err := d.Next(4096)
			if err != nil {
				break
			}
			rows.Release()
		}
		d.Close()
	})
	if allocs > float64(n)/10 {
		t.Errorf("%.0f allocations for %d rows", allocs, n)
	}
}
