package file

import "io"

// buffered is where a sink's bytes wait until they are shown.
type buffered interface {
	io.Writer
	Flush() error
}

// standard is one of the outputs that are written to standard output. Several may be, each
// by a goroutine of its own, so that what one of them has written goes there in one piece:
// lines stay whole.
type standard struct {
	system *System
	buf    []byte
}

// mostStandard is how many bytes wait before they are written without being asked for.
const mostStandard = 64 << 10

func (s *standard) Write(b []byte) (int, error) {
	s.buf = append(s.buf, b...)
	return len(b), nil
}

// Flush writes what waits.
func (s *standard) Flush() error {
	if len(s.buf) == 0 {
		return nil
	}
	s.system.printing.Lock()
	defer s.system.printing.Unlock()
	_, err := s.system.Stdout.Write(s.buf)
	s.buf = s.buf[:0]
	return err
}

// wrote follows each batch, behind which a line ends.
func (s *standard) wrote() error {
	if len(s.buf) < mostStandard {
		return nil
	}
	return s.Flush()
}
