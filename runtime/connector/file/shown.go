package file

import (
	"errors"
	"hash/crc32"
	"io"
)

// Committed implements exec.Durable: an output that does not end shows its rows now.
func (d *Durable) Committed() error {
	if d.file == nil || !d.shows() {
		return nil
	}
	written := d.file
	d.file = nil // there is none until the next is open
	if err := written.Close(); err != nil {
		return reason(err)
	}
	return reason(d.show())
}

// show shows what was committed and begins the other file beside the output, so that
// the one that was shown stays until the next commit knows that it was.
func (d *Durable) show() error {
	if err := d.copyShown(); err != nil {
		return err
	}
	d.state.Base, d.state.Part, d.state.File = d.state.Base+d.state.Part, 0, 1-d.state.File
	return d.openPart(0)
}

// copyShown copies the bytes that count of the file beside the output behind the output.
// It may be done again: what was copied halfway is cut off first.
func (d *Durable) copyShown() error {
	out, err := d.disk.OpenAt(d.place.path, d.state.Base)
	if err != nil {
		return err
	}
	if d.state.Part > 0 {
		err = d.copyPart(out)
	}
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

func (d *Durable) copyPart(out io.Writer) error {
	in, err := d.disk.Open(d.part(d.state.File))
	if err != nil {
		return err
	}
	h := crc32.New(castagnoli)
	n, err := io.Copy(io.MultiWriter(out, h), io.LimitReader(in, d.state.Part))
	switch {
	case err == nil && n < d.state.Part:
		err = errShorter
	case err == nil:
		err = d.state.checked(h.Sum32())
	}
	return errors.Join(err, in.Close())
}
