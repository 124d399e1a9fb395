package ndjson

import (
	"bytes"
	"errors"
	"io"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/runtime/format"
)

// splitter decodes a file of lines on several goroutines: each takes the next part
// of the file, and the batches of the parts are handed out in the order of the file.
// Where the parts end does not change a row, a bad record or its place, only how
// batches are cut.
type splitter struct {
	file     format.File
	size     int64
	part     int64
	new      func() (*decoder, error)
	decoders []*decoder
	rows     int // of a batch, as the first call of Next wants it

	taking sync.Mutex // of the next two
	at     int64      // where the next part begins; -1 behind the last
	parts  chan *part // in order; as many are read ahead as it holds
	now    *part      // being handed out
	stop   chan struct{}
	group  sync.WaitGroup
	once   sync.Once
}

// part is a piece of the file from the beginning of a line to the end of one; out is
// closed at its end.
type part struct {
	from, end int64
	err       error // its end cannot be found
	out       chan decodedPart
}

type decodedPart struct {
	rows *format.Rows
	err  error
}

// partSize is how much of a file is decoded in one piece; with bids it makes some
// 2,300 rows.
const partSize = 512 << 10

// newSplitter returns nil for what is not worth splitting, or not made of lines.
func newSplitter(in format.Input, s format.Schema, o format.Options, alloc memory.Allocator, size int64) (*splitter, error) {
	if in.Workers < 2 || in.Open == nil || o.Text("layout", "auto") == "array" {
		return nil, nil
	}
	f, err := in.Open()
	if err != nil {
		return nil, err
	}
	d := &splitter{file: f, part: size, stop: make(chan struct{}), parts: make(chan *part, 2*in.Workers)}
	d.new = func() (*decoder, error) {
		dec, err := newDecoder(nil, s, o, alloc, true)
		if err == nil {
			dec.layout = byLines
		}
		return dec, err
	}
	ok, err := d.look(o)
	for ok && err == nil && len(d.decoders) < in.Workers {
		var dec *decoder
		if dec, err = d.new(); err == nil {
			d.decoders = append(d.decoders, dec)
		}
	}
	if !ok || err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return d, nil
}

// look finds how long the file is and whether it is one of lines.
func (d *splitter) look(o format.Options) (ok bool, err error) {
	if d.size, err = d.file.Seek(0, io.SeekEnd); err != nil || d.size < 2*d.part {
		return false, err
	}
	head := make([]byte, 4096)
	if _, err := d.file.ReadAt(head, 0); err != nil && err != io.EOF {
		return false, err
	}
	first := bytes.TrimLeft(head, " \t\r\n")
	return len(first) > 0 && (first[0] == '{' || o.Text("layout", "auto") == "lines"), nil
}

// Next implements format.Decoder. Batches have at most as many rows as the first
// call asks for.
func (d *splitter) Next(maxRows int) (*format.Rows, error) {
	if d.rows == 0 {
		d.rows = maxRows
		d.start()
	}
	for {
		if d.now != nil {
			if p, open := <-d.now.out; open {
				return p.rows, p.err
			}
		}
		next, open := <-d.parts
		if !open {
			return nil, io.EOF
		}
		d.now = next
	}
}

func (d *splitter) start() {
	d.group.Add(len(d.decoders))
	for _, dec := range d.decoders {
		go d.decode(dec)
	}
}

// decode decodes parts. Whoever waits for one that is ready is let go first: it works on
// rows that this processor has near, and another one that looks for work need not find
// out that this goroutine goes on and leaves it none.
func (d *splitter) decode(dec *decoder) {
	defer d.group.Done()
	for p := d.take(); p != nil; p = d.take() {
		d.decodePart(dec, p)
		close(p.out)
		runtime.Gosched()
	}
}

// take puts the next part in line and returns it, nil for no more. It waits while as
// many parts as are read ahead have not been handed out.
func (d *splitter) take() *part {
	d.taking.Lock()
	defer d.taking.Unlock()
	if d.at < 0 {
		return nil
	}
	p := d.cut()
	select {
	case d.parts <- p:
	case <-d.stop:
		d.at = -1
		p = nil
	}
	if d.at < 0 {
		close(d.parts)
	}
	return p
}

// cut is the part that comes next.
func (d *splitter) cut() *part {
	p := &part{from: d.at, end: math.MaxInt64, out: make(chan decodedPart, 2)}
	d.at += d.part
	if d.at < d.size {
		d.at, p.err = d.lineAt(d.at)
	}
	if p.err != nil || d.at >= d.size {
		d.at = -1
		return p
	}
	p.end = d.at
	return p
}

func (d *splitter) decodePart(dec *decoder, p *part) {
	if p.err != nil {
		d.put(p, decodedPart{err: p.err})
		return
	}
	dec.begin(io.NewSectionReader(d.file, p.from, p.end-p.from), p.from, int(min(p.end, d.size)-p.from))
	for {
		rows, err := dec.Next(d.rows)
		if err == io.EOF || !d.put(p, decodedPart{rows, err}) || err != nil {
			return
		}
	}
}

// put hands over a batch; false when nobody wants it any more.
func (d *splitter) put(p *part, batch decodedPart) bool {
	select {
	case p.out <- batch:
		return true
	case <-d.stop:
		if batch.rows != nil {
			batch.rows.Release()
		}
		return false
	}
}

// lineAt is where the first line begins that begins at a position or behind it. The
// position is behind the first byte of the file.
func (d *splitter) lineAt(at int64) (int64, error) {
	at--
	buf := make([]byte, 1<<10)
	for {
		n, err := d.file.ReadAt(buf, at)
		if i := bytes.IndexByte(buf[:n], '\n'); i >= 0 {
			return at + int64(i) + 1, nil
		}
		at += int64(n)
		if err == io.EOF {
			return at, nil
		}
		if err != nil {
			return 0, err
		}
		buf = make([]byte, 64<<10)
	}
}

// halt ends the goroutines.
func (d *splitter) halt() {
	d.once.Do(func() { close(d.stop) })
	d.group.Wait()
}

// UnknownFields implements format.Decoder.
func (d *splitter) UnknownFields() []string {
	d.halt()
	all := []string{}
	for _, dec := range d.decoders {
		all = append(all, dec.UnknownFields()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Close implements format.Decoder.
func (d *splitter) Close() error {
	d.halt()
	d.drop(d.now)
	if d.rows > 0 {
		for p := range d.parts {
			d.drop(p)
		}
	}
	for _, dec := range d.decoders {
		_ = dec.Close() // has no error
	}
	return d.file.Close()
}

// drop frees the batches of a part that nobody took.
func (d *splitter) drop(p *part) {
	for p != nil {
		select {
		case batch := <-p.out:
			if batch.rows == nil {
				return
			}
			batch.rows.Release()
		default:
			return
		}
	}
}
