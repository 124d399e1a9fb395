package file

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/formats"
)

var numbers = types.RecordOf(types.Field{Name: "n", Type: types.TLong})

func schema() format.Schema { return format.Schema{Full: numbers, Row: numbers} }

func uri(t *testing.T, s string) connector.URI {
	t.Helper()
	u, err := connector.ParseURI(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// texts reads all lanes of a source, as lane: record.
func texts(s *System, u connector.URI, dir string) ([]string, error) {
	lanes, err := s.Lanes(u, dir, schema(), memory.DefaultAllocator, 2)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, l := range lanes {
		d, err := l.Open(context.Background())
		if err != nil {
			return out, fmt.Errorf("open: %w", err)
		}
		for {
			rows, err := d.Next(3)
			if err == io.EOF {
				break
			}
			if err != nil {
				return out, fmt.Errorf("next: %w", err)
			}
			for i := range rows.N {
				out = append(out, l.Name+": "+rows.Records.Text(i))
			}
			for _, b := range rows.Bad {
				out = append(out, l.Name+": "+b.Reason)
			}
			rows.Release()
		}
		if err := d.Close(); err != nil {
			return out, err
		}
	}
	return out, nil
}

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

func zipped(text string) string {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return string(w.EncodeAll([]byte(text), nil))
}

func TestLanes(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "in/b.ndjson", "{\"n\":2}\n")
	write(t, dir, "in/a.ndjson", "{\"n\":1}\n{\"n\":")
	write(t, dir, "c.ndjson.gz", gzipped("{\"n\":3}\n"))
	write(t, dir, "d.csv.zst", zipped("n\n4\n"))
	write(t, dir, "plain.ndjson", gzipped("{\"n\":5}\n"))
	write(t, dir, "noname", "n\n6\n")
	write(t, dir, "odd[1].ndjson", "{\"n\":7}\n")
	cut := gzipped(strings.Repeat("{\"n\":3}\n", 1000))
	write(t, dir, "cut.ndjson.gz", cut[:len(cut)-12])
	write(t, dir, "mixed/a.ndjson", "{\"n\":1}\n")
	write(t, dir, "mixed/b.ndjson.gz", gzipped("{\"n\":2}\n"))
	write(t, dir, "mixed/.hidden.ndjson", "{\"n\":3}\n")
	write(t, dir, "mixed/c.csv", "n\n4\n")
	write(t, dir, "mixed/d.txt", "n\n5\n")
	write(t, dir, "mixed/folder/e.ndjson", "{\"n\":6}\n")
	cases := []struct {
		uri, stdin, bad string
		want            []string
	}{
		{uri: "in/b.ndjson", want: []string{`in/b.ndjson: {"n":2}`}},
		{uri: "in/*.ndjson", want: []string{`in/a.ndjson: {"n":1}`, `in/a.ndjson: input ended inside a record`, `in/b.ndjson: {"n":2}`}},
		{uri: "in/*", want: []string{`in/a.ndjson: {"n":1}`, `in/a.ndjson: input ended inside a record`, `in/b.ndjson: {"n":2}`}},
		{uri: "mixed/*.ndjson*", want: []string{`mixed/a.ndjson: {"n":1}`, `mixed/b.ndjson.gz: {"n":2}`}},
		{uri: "mixed/[ab]*", want: []string{`mixed/a.ndjson: {"n":1}`, `mixed/b.ndjson.gz: {"n":2}`}},
		{uri: "mixed/.h*", want: []string{`mixed/.hidden.ndjson: {"n":3}`}},
		{uri: "mixed/*", bad: `cannot read "mixed/*": "a.ndjson" is ndjson and "c.csv" is csv; name files of one format`},
		{uri: "mixed/?.*x*", bad: `cannot read "mixed/?.*x*": the extension of "d.txt" does not tell the format; add ?format= with one of `},
		{uri: "mixed/z*.ndjson*", bad: `cannot read "mixed/z*.ndjson*": no file has such a name`},
		{uri: "mixed/[", bad: `cannot read "mixed/[": it is not a glob: syntax error in pattern`},
		{uri: "c.ndjson.gz", want: []string{`c.ndjson.gz: {"n":3}`}},
		{uri: "d.csv.zst", want: []string{`d.csv.zst: {"n":4}`}},
		{uri: "plain.ndjson", want: []string{`plain.ndjson: {"n":5}`}},
		{uri: "noname?format=csv", want: []string{`noname: {"n":6}`}},
		{uri: "odd[1].ndjson", want: []string{`odd[1].ndjson: {"n":7}`}},
		{uri: "-", stdin: "{\"n\":8}\n{\"n\":9", want: []string{`-: {"n":8}`, `-: input ended inside a record`}},
		{uri: "-", stdin: gzipped("{\"n\":11}\n"), want: []string{`-: {"n":11}`}},
		{uri: "-", stdin: "", want: nil},
		{uri: "-?format=csv", stdin: "(n\n12\n", bad: `next: the header has no column "n"`},
		{uri: "-?format=csv&compression=gzip", stdin: gzipped("n\n10\n"), want: []string{`-: {"n":10}`}},
		{uri: "in", bad: `cannot read "in": it is a directory`},
		{uri: "in?format=csv", bad: `cannot read "in": it is a directory`},
		{uri: "x.ndjson", bad: `cannot read "x.ndjson": there is no such file`},
		{uri: "in/*.csv", bad: `cannot read "in/*.csv": no file has such a name`},
		{uri: "in/b.ndjson?format=xml", bad: `cannot read "in/b.ndjson": there is no format "xml"; the formats are ndjson, json, csv, tsv, arrow, arrows, parquet, avro`},
		{uri: "in/b.ndjson?header=true", bad: `cannot read "in/b.ndjson": there is no setting "header" (ndjson has layout, unknown_fields, tag, max_record, timestamps, zone; any file has format, follow, poll, reload, compression, changes)`},
		{uri: "in/b.ndjson?folow=true", bad: `cannot read "in/b.ndjson": there is no setting "folow"; did you mean "follow"? (ndjson has `},
		{uri: "in/b.ndjson?follow=yes", bad: `cannot read "in/b.ndjson": setting "follow": "yes" is not true or false`},
		{uri: "-?follow=true", bad: `cannot read "-": follow is for files; standard input is read as it comes`},
		{uri: "c.ndjson.gz?follow=true", bad: `cannot read "c.ndjson.gz": a compressed file cannot be followed`},
		{uri: "x.parquet?follow=true", bad: `cannot read "x.parquet": a file of the format parquet cannot be followed`},
		{uri: "cut.ndjson.gz", bad: `next: it is cut off`},
		{uri: "noname?format=parquet", bad: `open: it is not a Parquet file: `},
		{uri: "noname?format=avro", bad: `open: it is not an Avro object file`},
		{uri: "noname?format=arrow", bad: `open: it is not Arrow IPC: `},
	}
	for _, c := range cases {
		s := &System{Stdin: strings.NewReader(c.stdin), Clock: clock.Real{}}
		got, err := texts(s, uri(t, c.uri), dir)
		if c.bad != "" {
			if err == nil || !strings.HasPrefix(err.Error(), c.bad) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v", c.uri, err)
			}
			continue
		}
		if d := cmp.Diff(c.want, got); d != "" || err != nil {
			t.Errorf("%s: %v %s", c.uri, err, d)
		}
	}
}

// TestStdin is read once, and the part an inference has seen is not lost.
func TestStdin(t *testing.T) {
	s := &System{Stdin: iotest.OneByteReader(strings.NewReader("{\"n\":1}\n{\"n\":2}\n"))}
	row, err := s.Infer(uri(t, "-"), "", "")
	if err != nil || row.String() != "{ n: long }" {
		t.Fatal(row, err)
	}
	got, err := texts(s, uri(t, "-"), "")
	if d := cmp.Diff([]string{`-: {"n":1}`, `-: {"n":2}`}, got); d != "" || err != nil {
		t.Error(err, d)
	}
	if _, err := texts(s, uri(t, "-"), ""); err == nil || err.Error() != `cannot read "-": standard input can be read once only` {
		t.Error(err)
	}
	s = &System{Stdin: iotest.ErrReader(errors.New("the line is dead"))}
	if _, err := texts(s, uri(t, "-"), ""); err == nil || err.Error() != "next: the line is dead" {
		t.Error(err)
	}
}

func TestInfer(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.csv.gz", gzipped("n,at\n1,1517363399650\n"))
	write(t, dir, "empty.ndjson", "")
	s := &System{}
	row, err := s.Infer(uri(t, "*.csv.gz"), dir, "at")
	if err != nil || row.String() != "{ n: long at: timestamp }" {
		t.Error(row, err)
	}
	if _, err := s.Infer(uri(t, "empty.ndjson"), dir, ""); err == nil || err.Error() != `cannot read "empty.ndjson": it holds no record to infer a schema from` {
		t.Error(err)
	}
}

// TestFollow waits for more until the run ends, also after the file began anew.
func TestFollow(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "log.ndjson", "{\"n\":1}\n{\"n\"")
	virtual := clock.NewVirtual(clock.TestStart)
	s := &System{Clock: virtual}
	lanes, err := s.Lanes(uri(t, "log.ndjson?follow=true&poll=1s"), dir, schema(), memory.DefaultAllocator, 2)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	d, err := lanes[0].Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string)
	go func() {
		defer close(got)
		for {
			rows, err := d.Next(10)
			if err != nil {
				return
			}
			for i := range rows.N {
				got <- rows.Records.Text(i)
			}
			rows.Release()
		}
	}()
	expect := func(want string) {
		t.Helper()
		deadline := time.After(10 * time.Second)
		for {
			select {
			case text := <-got:
				if text != want {
					t.Errorf("%q, not %q", text, want)
				}
				return
			case <-deadline:
				t.Fatalf("no %q", want)
			case <-time.After(time.Millisecond):
				virtual.Set(virtual.Now().Add(time.Second))
			}
		}
	}
	expect(`{"n":1}`)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(":2}\n"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	expect(`{"n":2}`)
	write(t, dir, "log.ndjson", "{\"n\":3}\n")
	expect(`{"n":3}`)
	cancel()
	for range got {
		t.Error("a row after the end")
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func batchOf(values ...int64) *operators.Batch {
	b := column.New(types.TLong, memory.DefaultAllocator)
	for _, v := range values {
		b.Int64(v)
	}
	return &operators.Batch{Cols: []arrow.Array{b.Finish()}, Rows: len(values)}
}

var nColumn = []types.Column{{Name: "n", Type: types.TLong}}

// TestSinkToSource writes every format, compressed too, and reads it again.
func TestSinkToSource(t *testing.T) {
	dir := t.TempDir()
	s := &System{}
	for _, f := range formats.All() {
		if len(f.Extensions) == 0 {
			continue // goes by the name of another
		}
		for _, end := range []string{"", ".gz", ".zst"} {
			u := uri(t, "out"+f.Extensions[0]+end)
			sink, err := s.Create(u, dir, nColumn)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range []*operators.Batch{batchOf(1, 2), batchOf(3)} {
				if err := sink.Write(b); err != nil {
					t.Fatal(err)
				}
				if err := sink.Flush(); err != nil {
					t.Fatal(err)
				}
			}
			if err := sink.Close(); err != nil {
				t.Fatal(err)
			}
			got, err := texts(s, u, dir)
			var want []string
			for i := range 3 {
				want = append(want, fmt.Sprintf("%s: {\"n\":%d}", u.Path, i+1))
			}
			if d := cmp.Diff(want, got); d != "" || err != nil {
				t.Errorf("%s: %v %s", u.Path, err, d)
			}
			if row, err := s.Infer(u, dir, ""); err != nil || row.String() != "{ n: long }" && row.String() != "Row" {
				t.Errorf("%s: %s %v", u.Path, row, err)
			}
		}
	}
}

func TestSinkErrors(t *testing.T) {
	dir := t.TempDir()
	s := &System{Stdout: &bytes.Buffer{}}
	for in, want := range map[string]string{
		"nowhere/x.csv":      `cannot write "nowhere/x.csv": there is no such folder`,
		".?format=csv":       `cannot write ".": it is a directory`,
		"x.csv?tag=1":        `cannot write "x.csv": there is no setting "tag" (csv has header, delimiter, null, unknown_fields, max_record, timestamps, zone; any file has format, follow, poll, reload, compression, changes)`,
		"x.csv?delimiter=;;": `cannot write "x.csv": the setting "delimiter" is one ASCII character other than a quote or the end of a line`,
	} {
		if _, err := s.Create(uri(t, in), dir, nColumn); err == nil || err.Error() != want {
			t.Errorf("%s: %v", in, err)
		}
	}
	if _, err := os.Stat("/dev/full"); err != nil {
		return // a device of Linux
	}
	sink, err := s.Create(uri(t, "/dev/full?format=ndjson"), dir, nColumn)
	if err != nil {
		t.Fatal(err)
	}
	err = sink.Write(batchOf(1))
	if err == nil {
		err = sink.Flush()
	}
	if err == nil || err.Error() != "no space left on device" {
		t.Error(err)
	}
	if err := sink.Close(); err != nil {
		t.Errorf("said twice: %v", err)
	}
}

func TestStdout(t *testing.T) {
	var out bytes.Buffer
	s := &System{Stdout: &out}
	sink, err := s.Create(uri(t, "-?format=csv"), "", nColumn)
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Write(batchOf(1)); err != nil {
		t.Fatal(err)
	}
	if err := sink.Flush(); err != nil || out.String() != "n\n1\n" {
		t.Errorf("%v %q", err, out.String())
	}
	if err := sink.Close(); err != nil {
		t.Error(err)
	}
}
