package file

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/connector"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/room"
)

// Durable writes rows to a file that a later process can go on with.
//
// Rows go to a file beside the output, whose name begins with a point, first. What was
// committed of it is what counts: the rest is cut off when the output is gone on
// with. An output that ends gets its name when it has ended, so that it is there whole
// or not at all. One that does not end gets rows as they are committed.
type Durable struct {
	disk    Disk
	place   *place
	columns []types.Column
	state   durableState

	file    DiskFile
	size    int64  // written to file, buffered bytes too
	lasts   int64  // how much of that was made last, -1 where nobody knows
	sum     uint32 // of those bytes
	out     *bufio.Writer
	pack    io.WriteCloser // nil for none, and between rows that were saved
	encoder format.Encoder // nil until the first row
	stages  *stage         // for formats that cannot be gone on with in the middle
	closed  bool
}

// durableState is how to go on: the first Base bytes of the output, and behind them the
// first Part bytes of a file beside it.
type durableState struct {
	Begun bool // something was written: a header is there
	Grows bool // rows were shown as they were committed
	Base  int64
	Part  int64
	File  int // which of the two files beside the output
	// Sum is a checksum of those bytes, where Summed.
	Sum    uint32
	Summed bool
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errOther: the bytes that count of a file are not those that were written to it.
var errOther = errors.New("its bytes are not those that were written to it; put it back, or start with a new data folder")

// checked compares bytes that count with their checksum.
func (s *durableState) checked(sum uint32) error {
	if s.Summed && s.Sum != sum {
		return errOther
	}
	return nil
}

// sumOf is the checksum of some bytes of a file.
func sumOf(disk Disk, path string, from, n int64) (sum uint32, err error) {
	in, err := disk.Open(path)
	if err != nil {
		return 0, err
	}
	h := crc32.New(castagnoli)
	if _, err = io.CopyN(io.Discard, in, from); err == nil {
		_, err = io.CopyN(h, in, n)
	}
	if err == io.EOF {
		err = errShorter
	}
	return h.Sum32(), errors.Join(err, in.Close())
}

// CreateDurable opens an output that can be gone on with; saved is what an earlier one said of
// how, nil for a new output. grows says that the output does not end.
func (s *System) CreateDurable(uri connector.URI, dir string, columns []types.Column, saved []byte, grows bool) (*Durable, error) {
	p, err := resolve(uri, dir, "write")
	if err != nil {
		return nil, err
	}
	d := &Durable{disk: s.disk(), place: p, columns: columns, state: durableState{Grows: grows}}
	if saved != nil {
		if err := json.Unmarshal(saved, &d.state); err != nil {
			return nil, p.fail(fmt.Errorf("where writing stood cannot be understood: %w", err))
		}
	}
	if !appendable(p.format) {
		d.stages = &stage{columns: columns}
	}
	if err := d.begin(); err != nil {
		return nil, p.fail(err)
	}
	return d, nil
}

func (s *System) disk() Disk {
	if s.Disk != nil {
		return s.Disk
	}
	if s.Room == nil {
		return machine{&room.Waiter{}}
	}
	return machine{s.Room}
}

// appendable formats are lines: more may follow at any end of one.
func appendable(f format.Format) bool {
	switch f.Name {
	case "ndjson", "csv", "tsv":
		return true
	}
	return false
}

// part is a file beside the output.
func (d *Durable) part(n int) string {
	name := "." + filepath.Base(d.place.path) + ".part"
	if n > 0 {
		name += "2"
	}
	return filepath.Join(filepath.Dir(d.place.path), name)
}

// begin goes on where the output was left, if what counts of it is there unchanged.
func (d *Durable) begin() error {
	if d.state.Base+d.state.Part > 0 {
		part, err := d.disk.Size(d.part(d.state.File))
		switch {
		case err != nil:
			return err
		case part < 0:
			return d.named()
		case part < d.state.Part:
			return errShorter
		}
		if d.sum, err = sumOf(d.disk, d.part(d.state.File), 0, d.state.Part); err == nil {
			err = d.state.checked(d.sum)
		}
		if err != nil {
			return err
		}
	}
	if d.shows() {
		return d.show()
	}
	return d.openPart(d.state.Part)
}

// shows: rows are shown as they are committed.
func (d *Durable) shows() bool { return d.state.Grows && d.stages == nil }

// named goes on with an output that has its name already, which the file beside it was
// taken away for.
func (d *Durable) named() error {
	size, err := d.disk.Size(d.place.path)
	switch {
	case err != nil:
		return err
	case size < 0 || d.stages == nil && size < d.state.Base+d.state.Part:
		return errShorter
	case d.stages != nil:
		return nil // it had ended, and has another form than the rows that were kept
	}
	sum, err := sumOf(d.disk, d.place.path, d.state.Base, d.state.Part)
	if err == nil {
		err = d.state.checked(sum)
	}
	if err != nil || !d.shows() {
		return err // nothing follows: it had ended
	}
	d.state.Base, d.state.Part = d.state.Base+d.state.Part, 0
	return d.show()
}

// openPart opens the file beside the output behind what counts of it.
func (d *Durable) openPart(size int64) (err error) {
	if d.file, err = d.disk.OpenAt(d.part(d.state.File), size); err != nil {
		return err
	}
	d.size, d.lasts = size, -1
	if size == 0 {
		d.sum = 0
	}
	d.out = bufio.NewWriterSize(counting{d}, 64<<10)
	return nil
}

// counting counts what goes to the file.
type counting struct{ d *Durable }

func (c counting) Write(b []byte) (int, error) {
	n, err := c.d.file.Write(b)
	c.d.size += int64(n)
	c.d.sum = crc32.Update(c.d.sum, castagnoli, b[:n])
	return n, err
}

// open begins the encoding of rows behind those that were saved.
func (d *Durable) open() error {
	if d.file == nil {
		return errGone
	}
	if d.encoder != nil || d.stages != nil {
		return nil
	}
	var to io.Writer = d.out
	switch d.place.compression {
	case "gzip":
		d.pack = gzip.NewWriter(d.out)
	case "zstd":
		z, err := zstd.NewWriter(d.out)
		if err != nil {
			return err
		}
		d.pack = z
	}
	if d.pack != nil {
		to = d.pack
	}
	options := d.place.options
	if d.state.Begun && d.place.format.Has("header") {
		options = maps.Clone(options)
		if options == nil {
			options = format.Options{}
		}
		options["header"] = "false"
	}
	var err error
	d.encoder, err = d.place.format.NewEncoder(to, d.columns, options)
	return err
}

// Write writes the rows of a batch that count.
func (d *Durable) Write(b *operators.Batch) error {
	if d.stages != nil && d.file != nil {
		return reason(d.stages.write(d.out, b))
	}
	if err := d.open(); err != nil {
		return reason(err)
	}
	if t, ok := d.encoder.(format.Timed); ok {
		t.Times(b.Time)
	}
	return reason(d.encoder.Write(b.Cols, b.Rows, b.Sel, b.Ops))
}

// WriteRecords is Write for rows of which pieces came unchanged from records (see Sink).
func (d *Durable) WriteRecords(b *operators.Batch, pieces []format.Piece, records func(operators.Provenance) (format.Records, bool)) error {
	if d.stages != nil {
		return d.Write(b)
	}
	if err := d.open(); err != nil {
		return reason(err)
	}
	return reason(writeRecords(d.encoder, b, pieces, records))
}

// settle ends what is being encoded, so that the bytes so far are complete.
func (d *Durable) settle() error {
	if d.encoder != nil {
		if err := d.encoder.Close(); err != nil {
			return err
		}
		if d.pack != nil {
			if err := d.pack.Close(); err != nil {
				return err
			}
		}
		d.encoder, d.pack, d.state.Begun = nil, nil, true
	}
	return d.out.Flush()
}

// Save implements exec.Durable.
func (d *Durable) Save() ([]byte, error) {
	if d.file != nil {
		if err := d.settle(); err != nil {
			return nil, reason(err)
		}
		if err := d.sync(); err != nil {
			return nil, reason(err)
		}
		d.counts()
	}
	return json.Marshal(d.state)
}

// sync makes last what was written, where it was not before.
func (d *Durable) sync() error {
	if d.lasts == d.size {
		return nil
	}
	err := d.file.Sync()
	if err == nil {
		d.lasts = d.size
	}
	return err
}

// counts lets all that was written count.
func (d *Durable) counts() { d.state.Part, d.state.Sum, d.state.Summed = d.size, d.sum, true }

// Flush implements exec.Writer: rows are shown when they are committed.
func (d *Durable) Flush() error { return nil }

// Close implements exec.Writer: an output that is given its name has its end.
func (d *Durable) Close() error {
	if d.closed {
		return nil
	}
	d.closed = true
	if d.file == nil {
		return nil
	}
	err := d.settle()
	if err == nil && !d.state.Begun && d.stages == nil { // no row: a header may stand there all the same
		if err = d.open(); err == nil {
			err = d.settle()
		}
	}
	if err == nil {
		err = d.sync()
	}
	if closed := d.file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = d.finish()
	}
	return reason(err)
}

// finish gives the output its name.
func (d *Durable) finish() error {
	switch {
	case d.stages != nil:
		if err := d.whole(); err != nil {
			return err
		}
		return d.disk.Remove(d.part(0))
	case d.shows():
		d.counts()
		if err := d.copyShown(); err != nil {
			return err
		}
		return d.tidy()
	}
	return d.disk.Rename(d.part(0), d.place.path)
}

// Suspend implements exec.Durable.
func (d *Durable) Suspend() error {
	if d.closed || d.file == nil {
		return nil
	}
	d.closed = true
	committed := d.size == 0 // all that was written is shown
	err := d.file.Close()
	switch {
	case err != nil:
	case d.shows() && committed:
		err = d.tidy()
	case d.state.Grows && d.stages != nil:
		err = d.whole()
	}
	return reason(err)
}

// tidy takes the files beside a shown output away.
func (d *Durable) tidy() error {
	return errors.Join(d.disk.Remove(d.part(0)), d.disk.Remove(d.part(1)))
}

// Warnings implements exec.Writer.
func (d *Durable) Warnings() []string {
	if d.encoder == nil {
		return nil
	}
	return d.encoder.Warnings()
}

var errGone = errors.New("rows follow, although the output had ended")
