package ndjson

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/vm/kernel"
)

// bidType is the row of an auction's bids.
func bidType(names ...string) *types.Type {
	all := []types.Field{
		{Name: "auction", Type: types.TLong}, {Name: "bidder", Type: types.TLong}, {Name: "price", Type: types.TLong},
		{Name: "channel", Type: types.TString}, {Name: "url", Type: types.TString},
		{Name: "dateTime", Type: types.TTimestamp}, {Name: "extra", Type: types.TString},
	}
	t := &types.Type{Kind: types.Record}
	for _, f := range all {
		for _, name := range names {
			if f.Name == name {
				t.Fields = append(t.Fields, f)
			}
		}
	}
	return t
}

var bidFields = []string{"auction", "bidder", "price", "channel", "url", "dateTime", "extra"}

// bids returns about size bytes of records of some 220 bytes.
func bids(size int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, `{"auction":%d,"bidder":%d,"price":%d,"channel":"channel-%d","url":"https://www.nexmark.com/item.htm?query=1&channel_id=%d","dateTime":%d,"extra":"%s"}`+"\n",
			1000+r.IntN(100000), 1000+r.IntN(50000), 100+r.IntN(10000000), r.IntN(10000), r.IntN(1<<30), 1517363399650+i/10, strings.Repeat("abcdefg", 8))
	}
	return b.Bytes()
}

// benchmarkDecode reads bids with the memory that a run has: columns and chunks that were
// given back are used again.
func benchmarkDecode(b *testing.B, names []string) { benchmarkDecodeText(b, bids(32<<20), names) }

func benchmarkDecodeText(b *testing.B, data []byte, names []string) {
	alloc := kernel.NewRecycler(16 << 20)
	s := format.Schema{Full: bidType(bidFields...), Row: bidType(names...)}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		d, err := Lines().NewDecoder(format.Input{Stream: bytes.NewReader(data)}, s, format.Options{"timestamps": "epoch_millis"}, alloc)
		if err != nil {
			b.Fatal(err)
		}
		for {
			rows, err := d.Next(4096)
			if err == io.EOF {
				break
			}
			if err != nil || len(rows.Bad) > 0 {
				b.Fatal(err, rows.Bad)
			}
			rows.Release()
			rows.Records.(format.FreedRecords).Free()
		}
		d.Close()
	}
}

func BenchmarkDecode7Columns(b *testing.B) { benchmarkDecode(b, bidFields) }

func BenchmarkDecode4Columns(b *testing.B) {
	benchmarkDecode(b, []string{"auction", "bidder", "price", "dateTime"})
}

// BenchmarkDecodeProducers reads bids as other producers write them: with white space, with
// keys in an order that changes, and with texts that have escapes.
func BenchmarkDecodeProducers(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 3))
	lines := bytes.Split(bytes.TrimSpace(bids(32<<20)), []byte("\n"))
	for _, producer := range []struct {
		name  string
		write func(line []byte) []byte
	}{
		{"white space", func(line []byte) []byte {
			line = bytes.ReplaceAll(line, []byte(`,"`), []byte(`, "`))
			return bytes.ReplaceAll(line, []byte(`":`), []byte(`": `))
		}},
		{"any order", func(line []byte) []byte {
			parts := bytes.Split(line[1:len(line)-1], []byte(`,"`))
			parts[0] = parts[0][1:]
			r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
			return append(append([]byte(`{"`), bytes.Join(parts, []byte(`,"`))...), '}')
		}},
		{"escapes", func(line []byte) []byte { return bytes.ReplaceAll(line, []byte(`channel-`), []byte(`channel\n`)) }},
	} {
		b.Run(producer.name, func(b *testing.B) {
			var text bytes.Buffer
			for _, line := range lines {
				text.Write(producer.write(bytes.Clone(line)))
				text.WriteByte('\n')
			}
			benchmarkDecodeText(b, text.Bytes(), []string{"auction", "bidder", "price", "dateTime"})
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	data := bids(900 << 10)
	row := bidType(bidFields...)
	d, err := Lines().NewDecoder(format.Input{Stream: bytes.NewReader(data)}, format.Schema{Full: row, Row: row}, format.Options{"timestamps": "epoch_millis"}, memory.DefaultAllocator)
	if err != nil {
		b.Fatal(err)
	}
	rows, err := d.Next(1 << 20)
	if err != nil {
		b.Fatal(err)
	}
	var written counter
	var columns []types.Column
	for _, f := range row.Fields {
		columns = append(columns, types.Column{Name: f.Name, Type: f.Type})
	}
	e, err := Lines().NewEncoder(&written, columns, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() { // of one encoder, as a sink has it
		written = 0
		if err := e.Write(rows.Cols, rows.N, nil, nil); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(written))
	}
}

// counter counts the bytes written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// BenchmarkDecodeShapes reads the same four numbers as columns of several types.
func BenchmarkDecodeShapes(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var whole, parts, quoted bytes.Buffer
	for whole.Len() < 8<<20 {
		for i := range 4 {
			n := 1000 + r.IntN(9_000_000)
			before := ','
			if i == 0 {
				before = '{'
			}
			fmt.Fprintf(&whole, `%c"n%d":%d`, before, i, n)
			fmt.Fprintf(&parts, `%c"n%d":%d.%02d`, before, i, n/100, n%100)
			fmt.Fprintf(&quoted, `%c"n%d":"%d"`, before, i, n)
		}
		for _, text := range []*bytes.Buffer{&whole, &parts, &quoted} {
			text.WriteString("}\n")
		}
	}
	for _, c := range []struct {
		name string
		text []byte
		t    *types.Type
	}{
		{"long", whole.Bytes(), types.TLong}, {"nullable", whole.Bytes(), types.TLong.OrNull()}, {"double", parts.Bytes(), types.TDouble},
		{"decimal", parts.Bytes(), types.DecimalOf(12, 2)}, {"string", quoted.Bytes(), types.TString},
	} {
		b.Run(c.name, func(b *testing.B) {
			row := types.RecordOf(types.Field{Name: "n0", Type: c.t}, types.Field{Name: "n1", Type: c.t}, types.Field{Name: "n2", Type: c.t}, types.Field{Name: "n3", Type: c.t})
			rows := 0
			b.ReportAllocs()
			for b.Loop() {
				rows = 0
				d, err := newDecoder(bytes.NewReader(c.text), format.Schema{Full: row, Row: row}, nil, memory.DefaultAllocator, true)
				if err != nil {
					b.Fatal(err)
				}
				for {
					batch, err := d.Next(4096)
					if err != nil {
						break
					}
					rows += batch.N
					batch.Release()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
		})
	}
}
