package csv

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/vm/kernel"
)

// bid is the row of an auction's bids.
var bid = types.RecordOf(fieldOf("auction", types.TLong), fieldOf("bidder", types.TLong), fieldOf("price", types.TLong), fieldOf("channel", types.TString),
	fieldOf("url", types.TString), fieldOf("dateTime", types.TTimestamp), fieldOf("extra", types.TString))

// bids returns about size bytes of records of some 160 bytes.
func bids(size int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var out bytes.Buffer
	out.WriteString("auction,bidder,price,channel,url,dateTime,extra\n")
	for i := 0; out.Len() < size; i++ {
		fmt.Fprintf(&out, "%d,%d,%d,channel-%d,https://www.nexmark.com/item.htm?query=1&channel_id=%d,%d,%s\n",
			1000+r.IntN(100000), 1000+r.IntN(50000), 100+r.IntN(10000000), r.IntN(10000), r.IntN(1<<30), 1517363399650+i/10, strings.Repeat("abcdefg", 8))
	}
	return out.Bytes()
}

// decodeAll reads with the memory that a run has: columns and chunks that were given back
// are used again.
func decodeAll(b *testing.B, data []byte, s format.Schema, o format.Options) {
	alloc := kernel.NewRecycler(16 << 20)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		d, err := Comma().NewDecoder(format.Input{Stream: bytes.NewReader(data)}, s, o, alloc)
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

// benchmarkDecode reads columns of bids.
func benchmarkDecode(b *testing.B, names ...string) {
	row := &types.Type{Kind: types.Record}
	for _, f := range bid.Fields {
		if slices.Contains(names, f.Name) {
			row.Fields = append(row.Fields, f)
		}
	}
	decodeAll(b, bids(16<<20), format.Schema{Full: bid, Row: row}, format.Options{"timestamps": "epoch_millis"})
}

func BenchmarkDecode7Columns(b *testing.B) {
	benchmarkDecode(b, "auction", "bidder", "price", "channel", "url", "dateTime", "extra")
}

func BenchmarkDecode4Columns(b *testing.B) {
	benchmarkDecode(b, "auction", "bidder", "price", "dateTime")
}

// BenchmarkDecodeShapes reads four columns of one type.
func BenchmarkDecodeShapes(b *testing.B) {
	for _, c := range []struct {
		name string
		t    *types.Type
		cell func(r *rand.Rand) string
	}{
		{"long", types.TLong, func(r *rand.Rand) string { return fmt.Sprint(1000 + r.IntN(9_000_000)) }},
		{"nullable", types.TLong.OrNull(), func(r *rand.Rand) string {
			if r.IntN(4) == 0 {
				return ""
			}
			return fmt.Sprint(1000 + r.IntN(9_000_000))
		}},
		{"double", types.TDouble, func(r *rand.Rand) string { return fmt.Sprintf("%.2f", 9e4*r.Float64()) }},
		{"decimal", types.DecimalOf(12, 2), func(r *rand.Rand) string { return fmt.Sprintf("%.2f", 9e4*r.Float64()) }},
		{"boolean", types.TBoolean, func(r *rand.Rand) string { return fmt.Sprint(r.IntN(2) == 0) }},
		{"string", types.TString, func(r *rand.Rand) string { return strings.Repeat("abc ", 1+r.IntN(10)) }},
		{"quoted", types.TString, func(r *rand.Rand) string { return `"` + strings.Repeat("abc ", 1+r.IntN(10)) + `"` }},
		{"doubled", types.TString, func(r *rand.Rand) string { return `"` + strings.Repeat(`""abc"" `, 1+r.IntN(5)) + `"` }},
		{"accents", types.TString, func(r *rand.Rand) string { return strings.Repeat("é à ", 1+r.IntN(10)) }},
		{"timestamp", types.TTimestamp, func(r *rand.Rand) string {
			return time.UnixMilli(1517363399650 + r.Int64N(1e9)).UTC().Format("2006-01-02T15:04:05.999Z07:00")
		}},
		{"date", types.TDate, func(r *rand.Rand) string {
			return time.UnixMilli(1517363399650 + r.Int64N(1e12)).UTC().Format(time.DateOnly)
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var text bytes.Buffer
			text.WriteString("a,b,c,d\n")
			for r := rand.New(rand.NewPCG(1, 2)); text.Len() < 4<<20; {
				text.WriteString(c.cell(r) + "," + c.cell(r) + "," + c.cell(r) + "," + c.cell(r) + "\n")
			}
			s := rowOf(fieldOf("a", c.t), fieldOf("b", c.t), fieldOf("c", c.t), fieldOf("d", c.t))
			decodeAll(b, text.Bytes(), s, nil)
		})
	}
}

// BenchmarkEncode writes bids as a sink does, to one encoder.
func BenchmarkEncode(b *testing.B) {
	d, err := Comma().NewDecoder(format.Input{Stream: bytes.NewReader(bids(700 << 10))}, format.Schema{Full: bid, Row: bid}, format.Options{"timestamps": "epoch_millis"}, memory.DefaultAllocator)
	if err != nil {
		b.Fatal(err)
	}
	var written counter
	var columns []types.Column
	for _, f := range bid.Fields {
		columns = append(columns, types.Column{Name: f.Name, Type: f.Type})
	}
	e, err := Comma().NewEncoder(&written, columns, nil)
	if err != nil {
		b.Fatal(err)
	}
	var batches []*format.Rows
	for {
		rows, err := d.Next(4096)
		if err != nil {
			break
		}
		batches = append(batches, rows)
	}
	b.ReportAllocs()
	for b.Loop() {
		written = 0
		for _, rows := range batches {
			if err := e.Write(rows.Cols, rows.N, nil, nil); err != nil {
				b.Fatal(err)
			}
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
