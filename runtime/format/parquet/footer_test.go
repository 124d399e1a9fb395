package parquet

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"

	"github.com/edynamic/edynamic/lang/types"
)

// TestSameBytes writes the same rows often. Their texts are too many for a dictionary, so
// that a column has pages of several encodings.
func TestSameBytes(t *testing.T) {
	const rows = 100_000
	b := array.NewStringBuilder(memory.DefaultAllocator)
	for i := range rows {
		b.Append(fmt.Sprintf("a text that is like no other, number %d", i))
	}
	texts := b.NewArray()
	defer texts.Release()
	var first []byte
	for n := range 20 {
		var out bytes.Buffer
		e, err := Format().NewEncoder(&out, []types.Column{{Name: "s", Type: types.TString}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Write([]arrow.Array{texts}, rows, nil, nil); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			first = out.Bytes()
			checkPages(t, first, rows)
			continue
		}
		if !bytes.Equal(out.Bytes(), first) {
			t.Fatalf("file %d has other bytes than the first, of the same rows", n+1)
		}
	}
}

// checkPages looks at a file as another reader does.
func checkPages(t *testing.T, written []byte, rows int64) {
	t.Helper()
	r, err := file.NewParquetReader(bytes.NewReader(written))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c, err := r.MetaData().RowGroup(0).ColumnChunk(0)
	if err != nil {
		t.Fatal(err)
	}
	if pages := c.EncodingStats(); len(pages) < 3 {
		t.Errorf("pages of %v: one encoding of data cannot be out of order", pages)
	}
	if r.NumRows() != rows {
		t.Errorf("%d rows", r.NumRows())
	}
}
