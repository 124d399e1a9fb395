package file

import (
	"bufio"

	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/connector"
	"github.com/edynamic/edynamic/runtime/format"
)

// Sink writes rows to a file or to standard output. Its errors are reasons
// without the path; after one, Close only frees what was taken.
type Sink struct {
	encoder  format.Encoder
	out      buffered
	standard *standard      // the same, nil for a file
	pack     io.WriteCloser // the compression, nil for none
	file     *os.File       // nil for standard output
	failed   bool
	finished bool
}

// CheckSink reports what is wrong with the URI of a sink without touching the
// file.
func CheckSink(uri connector.URI, dir string) error {
	_, err := resolve(uri, dir, "write")
	return err
}

// Form is how columns stand as part of a record of an output, "" where they could stand in
// several ways or nothing is copied (see format.CopyingEncoder).
func Form(uri connector.URI, dir string, columns []types.Column) string {
	p, err := resolve(uri, dir, "write")
	if err != nil || p.format.Form == nil {
		return ""
	}
	return p.format.Form(columns, p.options)
}

// Create opens an output and empties the file. Its errors are whole lines.
func (s *System) Create(uri connector.URI, dir string, columns []types.Column) (*Sink, error) {
	p, err := resolve(uri, dir, "write")
	if err != nil {
		return nil, err
	}
	sink := &Sink{}
	if p.path == "-" {
		sink.standard = &standard{system: s}
		sink.out = sink.standard
	} else {
		if sink.file, err = os.Create(p.path); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				err = errors.New("there is no such folder")
			}
			return nil, p.fail(err)
		}
		sink.out = bufio.NewWriterSize(sink.file, 64<<10)
	}
	switch p.compression {
	case "gzip":
		sink.pack = gzip.NewWriter(sink.out)
	case "zstd":
		sink.pack, err = zstd.NewWriter(sink.out)
	}
	if err == nil {
		var to io.Writer = sink.out
		if sink.pack != nil {
			to = sink.pack
		}
		sink.encoder, err = p.format.NewEncoder(to, columns, p.options)
	}
	if err != nil {
		sink.failed = true
		return nil, p.fail(errors.Join(err, sink.Close()))
	}
	return sink, nil
}

// Write writes the rows of a batch that count; the batch stays the caller's.
func (s *Sink) Write(b *operators.Batch) error {
	if t, ok := s.encoder.(format.Timed); ok {
		t.Times(b.Time)
	}
	return s.check(s.wrote(s.encoder.Write(b.Cols, b.Rows, b.Sel, b.Ops)))
}

// WriteRecords is Write for rows of which pieces came unchanged from the records of an
// input: those that stand as the format writes them are copied.
func (s *Sink) WriteRecords(b *operators.Batch, pieces []format.Piece, records func(operators.Provenance) (format.Records, bool)) error {
	return s.check(s.wrote(writeRecords(s.encoder, b, pieces, records)))
}

// wrote follows each batch.
func (s *Sink) wrote(err error) error {
	if err != nil || s.standard == nil {
		return err
	}
	return s.standard.wrote()
}

func writeRecords(encoder format.Encoder, b *operators.Batch, pieces []format.Piece, records func(operators.Provenance) (format.Records, bool)) error {
	e, ok := encoder.(format.CopyingEncoder)
	if !ok || b.Refs == nil || b.Ops != nil {
		if t, ok := encoder.(format.Timed); ok {
			t.Times(b.Time)
		}
		return encoder.Write(b.Cols, b.Rows, b.Sel, b.Ops)
	}
	var last operators.Provenance
	var from format.Records // nil when those of last are from elsewhere
	return e.WriteCopies(b.Cols, b.Rows, b.Sel, pieces, func(row int) (format.Records, int) {
		ref := &b.Refs[row]
		if ref.From != last {
			last = ref.From
			from, _ = records(last)
		}
		return from, int(ref.Index)
	})
}

// Flush makes what was written visible, as far as the format and the compression
// can.
func (s *Sink) Flush() error { return s.check(s.out.Flush()) }

func (s *Sink) check(err error) error {
	s.failed = s.failed || err != nil
	return reason(err)
}

// Close ends the output.
func (s *Sink) Close() error {
	if s.finished {
		return nil
	}
	s.finished = true
	var err error
	if !s.failed {
		err = s.encoder.Close()
		if s.pack != nil && err == nil {
			err = s.pack.Close()
		}
		if err == nil {
			err = s.out.Flush()
		}
	}
	if s.file != nil {
		if closed := s.file.Close(); err == nil && !s.failed {
			err = closed
		}
	}
	return reason(err)
}

// Warnings are sentences for the run summary.
func (s *Sink) Warnings() []string { return s.encoder.Warnings() }
