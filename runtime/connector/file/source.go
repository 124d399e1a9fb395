package file

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector"
	"github.com/edynamic/edynamic/runtime/format"
)

// Lane is one file of a source. Open begins reading it; its errors, and those of
// the decoder, are reasons without the name.
type Lane struct {
	Name   string
	Path   string        // whole, "" for standard input
	Format string        // with its settings, as ReadingOf takes them
	Reload time.Duration // how often it is to be read again, 0 for once
	Open   func(ctx context.Context) (format.Decoder, error)
	Size   func() int64 // nil where nobody knows
}

// Lanes are the files of a source in the order of their paths. Each is looked at,
// so that what cannot be read is known before anything runs. workers is how many
// goroutines may decode all of them.
func (s *System) Lanes(uri connector.URI, dir string, schema format.Schema, alloc memory.Allocator, workers int) ([]Lane, error) {
	p, err := resolve(uri, dir, "read")
	if err != nil {
		return nil, err
	}
	if err := p.checkFollow(); err != nil {
		return nil, p.fail(err)
	}
	if p.path == "-" {
		lane, err := s.stdinLane(p, schema, alloc)
		if err != nil {
			return nil, p.fail(err)
		}
		return []Lane{lane}, nil
	}
	paths, err := p.paths()
	if err != nil {
		return nil, p.fail(err)
	}
	lanes, workers := make([]Lane, len(paths)), workers/len(paths)
	for i, path := range paths {
		name := p.name(path, dir)
		if err := readable(path); err != nil {
			return nil, &connector.Error{Verb: "read", Path: name, Err: reason(err)}
		}
		whole, err := filepath.Abs(path)
		if err != nil {
			return nil, p.fail(err)
		}
		lanes[i] = Lane{Name: name, Path: whole, Format: p.reading().String(), Reload: p.reload, Open: func(ctx context.Context) (format.Decoder, error) {
			return s.decoder(ctx, p, path, name, schema, alloc, workers)
		}, Size: func() int64 {
			info, err := os.Stat(path)
			if err != nil {
				return -1
			}
			return info.Size()
		}}
	}
	return lanes, nil
}

// Paths are the files of a source in the order of their paths.
func (s *System) Paths(uri connector.URI, dir string) ([]string, error) {
	p, err := resolve(uri, dir, "read")
	if err != nil {
		return nil, err
	}
	paths, err := p.paths()
	if err != nil {
		return nil, p.fail(err)
	}
	return paths, nil
}

func (p *place) checkFollow() error {
	switch {
	case p.reload != 0 && p.follow:
		return errors.New("a file is followed or read again (reload), not both")
	case p.reload != 0 && p.path == "-":
		return errors.New("standard input cannot be read again (reload)")
	case p.reload != 0 && p.isGlob():
		return errors.New("one file can be read again (reload), not all that fit a pattern")
	case p.reload < 0:
		return errors.New("reload must be a duration above 0s")
	case !p.follow:
		return nil
	}
	switch {
	case p.path == "-":
		return errors.New("follow is for files; standard input is read as it comes")
	case p.compression == "gzip" || p.compression == "zstd":
		return errors.New("a compressed file cannot be followed")
	case p.format.RandomAccess:
		return fmt.Errorf("a file of the format %s cannot be followed", p.format.Name)
	}
	return nil
}

func (s *System) stdinLane(p *place, schema format.Schema, alloc memory.Allocator) (Lane, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used {
		return Lane{}, errors.New("standard input can be read once only")
	}
	s.used = true
	return Lane{Name: "-", Format: p.reading().String(), Open: func(context.Context) (format.Decoder, error) {
		r, err := p.unpacked(io.MultiReader(bytes.NewReader(s.sample), s.Stdin))
		if err != nil {
			return nil, err
		}
		d, err := p.format.NewDecoder(format.Input{Name: "-", Stream: r}, schema, p.options, alloc)
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		return &decoder{Decoder: d, closers: []io.Closer{r}}, nil
	}}, nil
}

// decoder closes the file behind a format's decoder and shortens its errors.
type decoder struct {
	format.Decoder
	closers []io.Closer
}

func (d *decoder) Next(max int) (*format.Rows, error) {
	rows, err := d.Decoder.Next(max)
	return rows, reason(err)
}

func (d *decoder) Close() error {
	err := d.Decoder.Close()
	for _, c := range d.closers {
		err = errors.Join(err, c.Close())
	}
	return reason(err)
}

func (s *System) decoder(ctx context.Context, p *place, path, name string, schema format.Schema, alloc memory.Allocator, workers int) (format.Decoder, error) {
	in, closers, err := s.input(ctx, p, path, name)
	if err != nil {
		return nil, reason(err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() { // others cannot be opened twice
		in.Workers = workers
	}
	d, err := p.format.NewDecoder(in, schema, p.options, alloc)
	if err != nil {
		for _, c := range closers {
			err = errors.Join(err, c.Close())
		}
		return nil, reason(err)
	}
	return &decoder{Decoder: d, closers: closers}, nil
}

// input opens a file for a format.
func (s *System) input(ctx context.Context, p *place, path, name string) (format.Input, []io.Closer, error) {
	f, err := open(path)
	if err != nil {
		return format.Input{}, nil, err
	}
	if p.follow {
		poll, _ := time.ParseDuration(p.poll)
		tail := &follower{ctx: ctx, f: f, clock: s.Clock, poll: poll}
		return format.Input{Name: name, Stream: tail}, []io.Closer{f}, nil
	}
	compression, err := p.compressionOf(f)
	if err != nil {
		return format.Input{}, nil, errors.Join(err, f.Close())
	}
	if compression == "none" {
		reopen := func() (format.File, error) { return open(path) }
		return format.Input{Name: name, Stream: f, Open: reopen}, []io.Closer{f}, nil
	}
	r, err := decompress(f, compression)
	if err != nil {
		return format.Input{}, nil, errors.Join(err, f.Close())
	}
	return format.Input{Name: name, Stream: r}, []io.Closer{r, f}, nil
}

var magics = map[string][]byte{"gzip": {0x1f, 0x8b, 8}, "zstd": {0x28, 0xb5, 0x2f, 0xfd}}

// compressionOf looks at the first bytes where the path does not tell. What is
// not a regular file cannot be looked at twice and counts as not compressed.
func (p *place) compressionOf(f *os.File) (string, error) {
	if p.compression != "" {
		return p.compression, nil
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return "none", err
	}
	head := make([]byte, 4)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return "", err
	}
	return compressionIn(head[:n]), nil
}

// compressionIn is the compression of data that begins with some bytes.
func compressionIn(head []byte) string {
	for name, magic := range magics {
		if bytes.HasPrefix(head, magic) {
			return name
		}
	}
	return "none"
}

// unpacked is what a stream holds. Where nothing says how it is compressed its first
// bytes do; more than the first is waited for only if that could begin a compression.
func (p *place) unpacked(in io.Reader) (io.ReadCloser, error) {
	if p.compression != "" {
		return decompress(in, p.compression)
	}
	r := bufio.NewReader(in)
	head, _ := r.Peek(1) // an error comes again with the first read
	for _, magic := range magics {
		if bytes.HasPrefix(magic, head) && len(head) == 1 {
			head, _ = r.Peek(len(magic))
			break
		}
	}
	return decompress(r, compressionIn(head))
}

// decompress reads what a compression packed. Without one it passes bytes on as
// they come; the others fill what they are given, so that batches are not small.
func decompress(r io.Reader, compression string) (io.ReadCloser, error) {
	switch compression {
	case "gzip":
		z, err := gzip.NewReader(bufio.NewReaderSize(r, 128<<10))
		if err != nil {
			return nil, err
		}
		return &filled{z, z.Close}, nil
	case "zstd":
		z, err := zstd.NewReader(r)
		if err != nil {
			return nil, err
		}
		return &filled{z, func() error { z.Close(); return nil }}, nil
	}
	return io.NopCloser(r), nil
}

// filled reads as much as there is room for.
type filled struct {
	r     io.Reader
	close func() error
}

func (f *filled) Read(b []byte) (int, error) {
	n, err := io.ReadFull(f.r, b)
	if err == io.ErrUnexpectedEOF && n > 0 {
		// ReadFull says this at the end of the input; a compressed stream that is cut
		// off says it again at the next read.
		err = nil
	}
	return n, err
}

func (f *filled) Close() error { return f.close() }

// follower reads a file that grows. The end of the run is its end of input. A
// file that has become shorter was begun anew and is read from its start.
type follower struct {
	ctx   context.Context
	f     *os.File
	clock clock.Clock
	poll  time.Duration
	pos   int64
}

func (t *follower) Read(b []byte) (int, error) {
	for {
		n, err := t.f.Read(b)
		t.pos += int64(n)
		if n > 0 || (err != nil && err != io.EOF) {
			return n, err
		}
		if info, err := t.f.Stat(); err == nil && info.Size() < t.pos {
			if t.pos, err = t.f.Seek(0, io.SeekStart); err != nil {
				return 0, err
			}
			continue
		}
		select {
		case <-t.ctx.Done():
			return 0, io.EOF
		case <-t.clock.After(t.poll):
		}
	}
}

// stdinSample is how much of standard input the inference of a schema reads.
const stdinSample = 1 << 20

// Infer reads the beginning of the data at a URI and returns the record type of
// its rows. Of a glob the first file counts.
func (s *System) Infer(uri connector.URI, dir, timePath string) (*types.Type, error) {
	p, err := resolve(uri, dir, "read")
	if err != nil {
		return nil, err
	}
	in, closers, err := s.sampleOf(p, dir)
	if err != nil {
		return nil, p.fail(err)
	}
	t, err := p.format.Infer(in, p.options, timePath)
	for _, c := range closers {
		err = errors.Join(err, c.Close())
	}
	if err != nil {
		return nil, p.fail(err)
	}
	return t, nil
}

func (s *System) sampleOf(p *place, dir string) (format.Input, []io.Closer, error) {
	if p.path == "-" {
		if err := s.readSample(); err != nil {
			return format.Input{}, nil, err
		}
		r, err := p.unpacked(bytes.NewReader(s.sample))
		if err != nil {
			return format.Input{}, nil, err
		}
		return format.Input{Name: "-", Stream: r}, []io.Closer{r}, nil
	}
	paths, err := p.paths()
	if err != nil {
		return format.Input{}, nil, err
	}
	p.follow = false
	return s.input(context.Background(), p, paths[0], p.name(paths[0], dir))
}

// readSample reads the beginning of standard input and keeps it for the run.
func (s *System) readSample() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used {
		return errors.New("standard input is being read already")
	}
	if s.sample != nil {
		return nil
	}
	sample, err := io.ReadAll(io.LimitReader(s.Stdin, stdinSample))
	s.sample = sample
	return err
}
