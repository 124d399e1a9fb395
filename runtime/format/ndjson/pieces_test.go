package ndjson

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
)

// selection is some columns of records that look alike, and the runs of them that stand
// side by side there.
type selection struct {
	columns []types.Column
	from    []int // the field of each
	pieces  []format.Piece
	names   [][]string
}

// choose takes fields in their order as a rule. Some are written under another name or
// count as computed, so that they are in no piece.
func (a *alike) choose() selection {
	var s selection
	order := a.order
	if a.IntN(5) == 0 {
		order = a.Perm(len(a.fields))
	}
	before := -2
	for _, f := range order {
		if a.IntN(4) == 0 {
			continue
		}
		name, i := a.fields[f].Name, len(s.columns)
		own := a.IntN(5) == 0
		if own && a.IntN(2) == 0 {
			name += " too"
		}
		s.columns, s.from = append(s.columns, types.Column{Name: name, Type: a.fields[f].Type}), append(s.from, f)
		switch last := len(s.pieces) - 1; {
		case own:
			f = -2
		case f == before+1:
			s.pieces[last].To = i + 1
			s.names[last] = append(s.names[last], name)
		default:
			s.pieces = append(s.pieces, format.Piece{From: i, To: i + 1})
			s.names = append(s.names, []string{name})
		}
		before = f
	}
	return s
}

// TestPieces writes columns of records that look alike, as a rule, some of them copied in
// pieces: what comes out is what the writer makes of the columns, and most of the records
// that are like the others are copied.
func TestPieces(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	a := alike{generator: generator{rand.New(rand.NewPCG(seed, 10))}, without: -1}
	o := format.Options{"timestamps": "epoch_millis"}
	rows, copies := 0, 0
	for range 200 {
		a.fields, a.order = nil, nil
		for i := range 1 + a.IntN(6) {
			kind := []*types.Type{types.TLong, types.TInt, types.TString, types.TTimestamp, types.TLong, types.TString, types.TDouble}[a.IntN(7)]
			a.fields, a.order = append(a.fields, types.Field{Name: fmt.Sprint("f", i), Type: kind.WithNull(a.IntN(3) == 0)}), append(a.order, i)
		}
		s := a.choose()
		var text strings.Builder
		for range 1 + a.IntN(2) { // the second time in another order
			for range 150 {
				record := a.record()
				if a.IntN(25) == 0 {
					record = a.spoil(record)
				}
				text.WriteString(record + []string{"\n", "\n", "\n", "\r\n"}[a.IntN(4)])
			}
			a.order = a.Perm(len(a.fields))
		}
		schema := rowOf(a.fields...)
		schema.Pieces = s.names
		d, err := newDecoder(strings.NewReader(text.String()), schema, o, memory.DefaultAllocator, true)
		if err != nil {
			t.Fatal(err)
		}
		var written, copied strings.Builder
		w, c := encoderOf(t, &written, s.columns, o), encoderOf(t, &copied, s.columns, o)
		for {
			b, err := d.Next(64)
			if err != nil {
				break
			}
			cols := make([]arrow.Array, len(s.from))
			for i, f := range s.from {
				cols[i] = b.Cols[f]
			}
			if err := w.Write(cols, b.N, nil, nil); err != nil {
				t.Fatal(err)
			}
			err = c.WriteCopies(cols, b.N, nil, s.pieces, func(i int) (format.Records, int) { return b.Records, i })
			if err != nil {
				t.Fatal(err)
			}
			if len(s.pieces) > 0 && b.N > 0 {
				r := b.Records.(*records)
				for i := range b.N {
					rows++
					if len(r.pieces) > 0 && r.plain(i) {
						copies++
					}
				}
			}
			b.Release()
		}
		if d := cmp.Diff(written.String(), copied.String()); d != "" {
			t.Fatalf("seed %d, pieces %v: %s\n%s", seed, s.names, d, text.String())
		}
	}
	if copies < rows/5 {
		t.Errorf("seed %d: pieces of %d of %d rows copied", seed, copies, rows)
	}
}

func encoderOf(t *testing.T, to *strings.Builder, columns []types.Column, o format.Options) format.CopyingEncoder {
	t.Helper()
	e, err := newEncoder(to, columns, o, false)
	if err != nil {
		t.Fatal(err)
	}
	return e.(format.CopyingEncoder)
}

// TestFound: pieces are found where all their fields stand side by side and have values
// that are written in one way.
func TestFound(t *testing.T) {
	s := rowOf(field("a", types.TLong), field("b", types.TString), field("c", types.TDouble), field("d", types.TLong))
	s.Pieces = [][]string{{"a"}, {"a", "b"}, {"b", "c"}, {"b", "d"}, {"d"}, {"a", "b", "c", "d"}}
	d, err := newDecoder(strings.NewReader(strings.Repeat(`{"a":1,"b":"x","c":1.5,"d":2}`+"\n", 100)), s, nil, memory.DefaultAllocator, true)
	if err != nil {
		t.Fatal(err)
	}
	b, err := d.Next(1000)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Release()
	r := b.Records.(*records)
	var got []string
	for k := range r.pieces {
		got = append(got, string(r.pieceOf(50, k)))
	}
	if diff := cmp.Diff([]string{`{"a":1`, `{"a":1,"b":"x"`, `,"d":2`}, got); diff != "" {
		t.Error(diff)
	}
	if r.plain(0) || !r.plain(50) {
		t.Error("the first record is read before its order is known, others after it")
	}
}
