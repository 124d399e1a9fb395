// Package arrowipc reads and writes Arrow IPC: streams, and files, which are a
// stream between a magic word and a footer.
//
// Files are read as the stream in them, from the front, so that neither form
// needs random access.
package arrowipc

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/interchange"
)

var settings = []sig.Setting{
	{Name: "compression", Kind: sig.SettingWord, Values: []string{"none", "lz4", "zstd"}, Doc: "How the buffers of what is written are compressed; none by default."},
}

// File is the format of Arrow files.
func File() format.Format {
	return named("arrow", []string{".arrow", ".feather"}, "Arrow IPC files (Feather 2). Enums are dictionaries; a union is a record of $type and one record for each schema.", newFileWriter)
}

// Stream is the format of Arrow streams.
func Stream() format.Format {
	return named("arrows", []string{".arrows"}, "Arrow IPC streams. Enums are dictionaries; a union is a record of $type and one record for each schema.", newStreamWriter)
}

func named(name string, extensions []string, doc string, open opener) format.Format {
	f := format.Format{Format: sig.Format{Name: name, Extensions: extensions, Doc: doc, Settings: settings}, RandomAccess: true}
	f.NewDecoder = func(in format.Input, s format.Schema, o format.Options, alloc memory.Allocator) (format.Decoder, error) {
		if err := o.Check(f.Format); err != nil {
			return nil, err
		}
		r, err := newReader(in.Stream)
		if err != nil {
			return nil, err
		}
		im, err := interchange.NewImporter(r.Schema(), s, alloc)
		if err != nil {
			return nil, err
		}
		return interchange.NewDecoder(&source{r: r}, r.Schema(), im, s, alloc), nil
	}
	f.NewEncoder = func(w io.Writer, columns []types.Column, o format.Options) (format.Encoder, error) {
		if err := o.Check(f.Format); err != nil {
			return nil, err
		}
		return &encoder{w: w, columns: columns, open: open, options: compression(o)}, nil
	}
	f.Infer = func(in format.Input, o format.Options, time string) (*types.Type, error) {
		if err := o.Check(f.Format); err != nil {
			return nil, err
		}
		r, err := newReader(in.Stream)
		if err != nil {
			return nil, err
		}
		return interchange.RecordOf(r.Schema().Fields(), "", time)
	}
	return f
}

var magic = []byte("ARROW1")

// newReader reads the schema of a stream or file. All memory is the garbage
// collector's: records refer to batches for as long as they like.
func newReader(in io.Reader) (*ipc.Reader, error) {
	b := bufio.NewReaderSize(in, 64<<10)
	head, err := b.Peek(len(magic))
	if err != nil && err != io.EOF {
		return nil, err
	}
	if bytes.HasPrefix(head, []byte("FEA1")) {
		return nil, errors.New("it is a Feather 1 file, which has been given up; Feather 2 is read")
	}
	if bytes.Equal(head, magic) {
		// The magic word is padded to eight bytes.
		if _, err := b.Discard(8); err != nil {
			return nil, err
		}
	}
	// The end of the input here tells of another format, not of a file cut off.
	r, err := ipc.NewReader(b, ipc.WithAllocator(memory.NewGoAllocator()), ipc.WithDelayReadSchema(false))
	if err != nil {
		return nil, fmt.Errorf("it is not Arrow IPC: %v", err)
	}
	return r, nil
}

type source struct {
	r    *ipc.Reader
	rows int64
}

// Next implements interchange.Source.
func (s *source) Next() (*interchange.Block, error) {
	batch, err := s.r.Read()
	if err != nil {
		if err == io.EOF {
			return nil, io.EOF
		}
		return nil, fmt.Errorf("a batch is damaged: %w", err)
	}
	// The reader gives up its hold at the next call; records keep theirs for good.
	batch.Retain()
	b := &interchange.Block{
		Rows: int(batch.NumRows()), First: s.rows, Column: batch.Column,
		Whole: func() (arrow.RecordBatch, error) { return batch, nil }, Held: true,
	}
	s.rows += batch.NumRows()
	return b, nil
}

// Close implements interchange.Source. The input belongs to whoever opened it.
func (s *source) Close() error {
	s.r.Release()
	return nil
}

// writer is what writers of files and streams have in common.
type writer interface {
	Write(arrow.RecordBatch) error
	Close() error
}

type opener func(w io.Writer, o ...ipc.Option) (writer, error)

func newFileWriter(w io.Writer, o ...ipc.Option) (writer, error) { return ipc.NewFileWriter(w, o...) }

func newStreamWriter(w io.Writer, o ...ipc.Option) (writer, error) {
	return ipc.NewWriter(w, o...), nil
}

func compression(o format.Options) []ipc.Option {
	switch o.Text("compression", "none") {
	case "lz4":
		return []ipc.Option{ipc.WithLZ4()}
	case "zstd":
		return []ipc.Option{ipc.WithZstd()}
	}
	return nil
}

type encoder struct {
	w       io.Writer
	columns []types.Column
	open    opener
	options []ipc.Option
	export  interchange.Exporter
	out     writer // nil until the columns are known
}

func (e *encoder) begin(op bool) error {
	e.export = interchange.Exporter{Dictionaries: true, Durations: true}
	schema := e.export.Begin(e.columns, op)
	out, err := e.open(e.w, append(e.options, ipc.WithSchema(schema), ipc.WithAllocator(memory.NewGoAllocator()))...)
	e.out = out
	return err
}

// Write implements format.Encoder.
func (e *encoder) Write(cols []arrow.Array, rows int, sel []int32, ops []operators.Op) error {
	if e.out == nil {
		if err := e.begin(ops != nil); err != nil {
			return err
		}
	}
	batch := e.export.Batch(cols, rows, sel, ops)
	defer batch.Release()
	if batch.NumRows() == 0 {
		return nil
	}
	return e.out.Write(batch)
}

// Close implements format.Encoder.
func (e *encoder) Close() error {
	if e.out == nil {
		if err := e.begin(false); err != nil {
			return err
		}
	}
	return e.out.Close()
}

// Warnings implements format.Encoder.
func (e *encoder) Warnings() []string { return nil }
