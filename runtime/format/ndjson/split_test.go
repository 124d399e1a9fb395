package ndjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
)

// inMemory is text as a file, that fails behind a position, -1 for never.
type inMemory struct {
	*bytes.Reader
	broken int64
}

func (f *inMemory) ReadAt(b []byte, at int64) (int, error) {
	if f.broken >= 0 && at+int64(len(b)) > f.broken {
		return 0, errBroken
	}
	return f.Reader.ReadAt(b, at)
}

func (f *inMemory) Close() error { return nil }

var errBroken = errors.New("the disk is broken")

// split is the format of lines, read in parts of a size.
func split(data []byte, size int64, workers int, used *bool) format.Format {
	f := Lines()
	f.NewDecoder = func(in format.Input, s format.Schema, o format.Options, alloc memory.Allocator) (format.Decoder, error) {
		in.Workers = workers
		in.Open = func() (format.File, error) { return &inMemory{bytes.NewReader(data), -1}, nil }
		d, err := newSplitter(in, s, o, alloc, size)
		if d != nil || err != nil {
			*used = true
			return d, err
		}
		return newDecoder(in.Stream, s, o, alloc, true)
	}
	return f
}

// TestSplit reads files in parts of every size: rows, bad records and their places
// are those of one decoder.
func TestSplit(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	g := generator{rand.New(rand.NewPCG(seed, 11))}
	used := false
	for round := range 50 {
		a := alike{generator: g, without: -1}
		for i, typ := range []*types.Type{types.TLong, types.TString, types.TDouble.OrNull(), types.ArrayOf(types.TLong)} {
			a.fields, a.order = append(a.fields, types.Field{Name: fmt.Sprint("f", i), Type: typ}), append(a.order, i)
		}
		var text strings.Builder
		for range g.IntN(80) {
			a.other = g.IntN(10) == 0
			record := a.record()
			if g.IntN(10) == 0 {
				record = a.spoil(record)
			}
			text.WriteString(record + []string{"\n", "\n", "\n", "\r\n", "\n\n"}[g.IntN(5)])
		}
		data := text.String()
		if g.IntN(2) == 0 {
			data = strings.TrimRight(data, "\r\n")
		}
		o := format.Options{"max_record": fmt.Sprint(40 + g.IntN(300)), "unknown_fields": []string{"ignore", "error"}[g.IntN(2)]}
		want := read(t, careful(), strings.NewReader(data), rowOf(a.fields...), o, 7)
		for _, size := range []int64{1, 10, 50, 100, 500, 3000} {
			got := read(t, split([]byte(data), size, 1+g.IntN(4), &used), strings.NewReader(data), rowOf(a.fields...), o, []int{1, 7, 1000}[round%3])
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("seed %d, round %d, parts of %d: %s\n%s", seed, round, size, d, data)
			}
		}
	}
	if !used {
		t.Error("nothing was split")
	}
}

// TestSplitOrNot knows files of lines, and reads those that are not in one piece.
func TestSplitOrNot(t *testing.T) {
	row := rowOf(field("a", types.TLong))
	for _, c := range []struct {
		text string
		o    format.Options
		want bool
	}{
		{"{\"a\":1}\n{\"a\":2}\n", nil, true},
		{"\n {\"a\":1}\n", nil, true},
		{"[{\"a\":1},\n{\"a\":2}]\n", nil, false},
		{"[{\"a\":1},\n{\"a\":2}]\n", format.Options{"layout": "lines"}, true},
		{"{\"a\":1}\n{\"a\":2}\n", format.Options{"layout": "array"}, false},
		{"\xef\xbb\xbf{\"a\":1}\n", nil, false},
		{"", nil, false},
		{"      \n    ", nil, false},
	} {
		used := false
		got := read(t, split([]byte(c.text), 4, 2, &used), strings.NewReader(c.text), row, c.o, 3)
		if want := read(t, careful(), strings.NewReader(c.text), row, c.o, 3); !cmp.Equal(want, got) || used != c.want {
			t.Errorf("%q: split is %t: %s", c.text, used, cmp.Diff(want, got))
		}
	}
}

// TestSplitEnds stops in the middle, and at a part that cannot be read.
func TestSplitEnds(t *testing.T) {
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer alloc.AssertSize(t, 0)
	data := []byte(strings.Repeat("{\"a\":1}\n", 1000))
	for _, broken := range []int64{-1, 5000} {
		in := format.Input{Workers: 3, Open: func() (format.File, error) { return &inMemory{bytes.NewReader(data), broken}, nil }}
		d, err := newSplitter(in, rowOf(field("a", types.TLong)), nil, alloc, 64)
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for broken >= 0 || rows < 20 {
			b, err := d.Next(3)
			if err == io.EOF || err != nil && broken < 0 {
				t.Fatal(err)
			}
			if err != nil {
				if !errors.Is(err, errBroken) || rows < 400 || rows > 625 {
					t.Errorf("%v after %d rows", err, rows)
				}
				break
			}
			rows += b.N
			b.Release()
		}
		if fields := d.UnknownFields(); len(fields) > 0 {
			t.Error(fields)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}
