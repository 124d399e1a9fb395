package csv

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

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
	for out.Len() < size {
		fmt.Fprintf(&out, "%d,%d,%d,channel-%d,https://www.nexmark.com/item.htm?query=1&channel_id=%d,%d,%s\n",
			1000+r.IntN(100000), 1000+r.IntN(50000), 100+r.IntN(10000000), r.IntN(10000), r.IntN(1<<30), 1517363399650, strings.Repeat("abcdefg", 8))
	}
	return out.Bytes()
}

// benchmarkDecode reads bids with the memory that a run has: columns and chunks that were
// given back are used again.
func benchmarkDecode(b *testing.B, names ...string) {
	data, alloc := bids(16<<20), kernel.NewRecycler(16<<20)
	row := &types.Type{Kind: types.Record}
	for _, f := range bid.Fields {
		if slices.Contains(names, f.Name) {
			row.Fields = append(row.Fields, f)
		}
	}
	s := format.Schema{Full: bid, Row: row}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		d, err := Comma().NewDecoder(format.Input{Stream: bytes.NewReader(data)}, s, format.Options{"timestamps": "epoch_millis"}, alloc)
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

func BenchmarkDecode7Columns(b *testing.B) {
	benchmarkDecode(b, "auction", "bidder", "price", "channel", "url", "dateTime", "extra")
}

func BenchmarkDecode4Columns(b *testing.B) {
	benchmarkDecode(b, "auction", "bidder", "price", "dateTime")
}
