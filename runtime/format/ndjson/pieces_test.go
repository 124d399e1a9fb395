package ndjson

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
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

// copied are fields that only pieces have and whose columns may be blank.
func (s *selection) copied() []string {
	var names []string
	for _, p := range s.pieces {
		for _, c := range s.columns[p.From:p.To] {
			if k := c.Type.Kind; !c.Type.Nullable && (k == types.Long || k == types.Int || k == types.String) {
				names = append(names, c.Name)
			}
		}
	}
	return names
}

// through is what came through: the text that an encoder made of columns, and bad records.
type through struct {
	text         string
	bad          []string
	copies, lean int // rows with pieces, and of batches with blank columns
}

// pass decodes records and writes columns of them, a batch at a time.
func (s *selection) pass(t *testing.T, text string, schema format.Schema, o format.Options) through {
	t.Helper()
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer alloc.AssertSize(t, 0)
	d, err := newDecoder(&pieces{[]byte(text), 3000}, schema, o, alloc, true)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var out through
	var written strings.Builder
	c := encoderOf(t, &written, s.columns, o)
	for {
		b, err := d.Next(64)
		if err != nil {
			break
		}
		for _, bad := range b.Bad {
			out.bad = append(out.bad, fmt.Sprint(bad.Byte, bad.Code, bad.Text))
		}
		cols := make([]arrow.Array, len(s.from))
		for i, f := range s.from {
			cols[i] = b.Cols[f]
		}
		if err := c.WriteCopies(cols, b.N, nil, s.pieces, func(i int) (format.Records, int) { return b.Records, i }); err != nil {
			t.Fatal(err)
		}
		for r, i := b.Records.(*records), 0; i < b.N; i++ {
			if len(r.pieces) > 0 && r.plain(i) {
				out.copies++
			}
			if r.lean {
				out.lean++
			}
		}
		b.Release()
	}
	out.text = written.String()
	return out
}

// TestPieces writes columns of records that look alike, as a rule, with pieces of them copied
// and without, and with columns left blank that only pieces have: the same comes out, and
// most of the records that are like the others are copied.
func TestPieces(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	a := alike{generator: generator{rand.New(rand.NewPCG(seed, 10))}, without: -1}
	o := format.Options{"timestamps": "epoch_millis"}
	rows, copies, lean := 0, 0, 0
	for range 200 {
		a.fields, a.order = nil, nil
		for i := range 1 + a.IntN(6) {
			kind := []*types.Type{types.TLong, types.TInt, types.TString, types.TTimestamp, types.TLong, types.TString, types.TDouble}[a.IntN(7)]
			a.fields, a.order = append(a.fields, types.Field{Name: fmt.Sprint("f", i), Type: kind.WithNull(a.IntN(3) == 0)}), append(a.order, i)
		}
		s := a.choose()
		var text strings.Builder
		for range 1 + a.IntN(2) { // the second time in another order
			odd := []int{25, 1000}[a.IntN(2)]
			if a.spacing = (spacing{}); a.IntN(6) == 0 {
				a.drawSpacing()
			}
			for range 150 {
				record := a.record()
				if a.IntN(odd) == 0 {
					record = a.spoil(record)
				}
				text.WriteString(record + []string{"\n", "\n", "\n", "\r\n"}[a.IntN(4)])
			}
			a.order = a.Perm(len(a.fields))
		}
		schema := rowOf(a.fields...)
		want := s.pass(t, text.String(), schema, o)
		schema.Pieces = runsOf(schema.Row, o, s.names...)
		got := s.pass(t, text.String(), schema, o)
		schema.Copied = s.copied()
		blank := s.pass(t, text.String(), schema, o)
		if len(s.pieces) > 0 {
			rows, copies, lean = rows+strings.Count(want.text, "\n"), copies+got.copies, lean+blank.lean
		}
		for _, out := range []through{got, blank} {
			out.copies, out.lean = 0, 0
			if d := cmp.Diff(want, out, cmp.AllowUnexported(through{})); d != "" {
				t.Fatalf("seed %d, pieces %v, copied %v: %s\n%s", seed, s.names, schema.Copied, d, text.String())
			}
		}
	}
	if copies < rows/5 || lean < rows/100 {
		t.Errorf("seed %d: pieces of %d of %d rows copied, and columns blank for %d", seed, copies, rows, lean)
	}
}

// TestLean: a batch with blank columns ends before a record that cannot be copied, which is
// read with all columns, as are some batches after it.
func TestLean(t *testing.T) {
	s := rowOf(field("a", types.TLong), field("b", types.TString))
	s.Pieces, s.Copied = runsOf(s.Row, nil, []string{"a", "b"}), []string{"a", "b"}
	plain, odd := `{"a":1,"b":"x"}`+"\n", `{"a":2,"b":"\u0079"}`+"\n"
	text := strings.Repeat(plain, 25) + odd + strings.Repeat(plain, 34)
	d, err := newDecoder(strings.NewReader(text), s, nil, memory.DefaultAllocator, true)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		b, err := d.Next(10)
		if err != nil {
			break
		}
		got = append(got, fmt.Sprint(b.N, b.Records.(*records).lean, b.Cols[0].(*array.Int64).Value(0)))
		b.Release()
	}
	want := []string{"10 false 1", "10 true 0", "5 true 0", "10 false 2", "10 true 0", "10 true 0", "4 true 0",
		"1 false 1"} // too near the end to be read straight
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// runsOf are runs of fields as an encoder asks for them.
func runsOf(row *types.Type, o format.Options, names ...[]string) []format.FieldRun {
	var runs []format.FieldRun
	for _, run := range names {
		var columns []types.Column
		for _, name := range run {
			f, _ := row.FieldNamed(name)
			columns = append(columns, types.Column{Name: name, Type: f.Type})
		}
		runs = append(runs, format.FieldRun{Names: run, Form: Lines().Form(columns, o)})
	}
	return runs
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
	s.Pieces = runsOf(s.Row, nil, []string{"a"}, []string{"a", "b"}, []string{"b", "c"}, []string{"b", "d"}, []string{"d"}, []string{"a", "b", "c", "d"})
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
