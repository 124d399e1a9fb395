package interchange

import (
	"bytes"
	"io"

	"github.com/edynamic/edynamic/runtime/format"
)

// memoryFile is bytes with random access.
type memoryFile struct{ *bytes.Reader }

// Close does nothing.
func (memoryFile) Close() error { return nil }

// WithRandomAccess returns an input that can be opened: as it is, or read into
// memory when it is a stream.
func WithRandomAccess(in format.Input) (format.Input, error) {
	if in.Open != nil {
		return in, nil
	}
	b, err := io.ReadAll(in.Stream)
	in.Open = func() (format.File, error) { return memoryFile{bytes.NewReader(b)}, nil }
	return in, err
}
