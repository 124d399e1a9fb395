package parquet

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"sort"

	"github.com/apache/arrow-go/v18/parquet/metadata"
)

// footer passes the bytes of a file on and, once it is being closed, holds the last of them
// back. Behind the rows of a file stands what is known of them, and the library lists how
// many pages of each encoding a column has in the order of a map: the same rows would make
// different files.
type footer struct {
	w       io.Writer
	closing bool
	held    [][]byte
}

// Behind the metadata stand its length and the mark of the format, each a write.
const (
	footerWrites = 3
	lengthBytes  = 4
	mark         = "PAR1"
)

// Write implements io.Writer.
func (f *footer) Write(p []byte) (int, error) {
	if !f.closing {
		return f.w.Write(p)
	}
	f.held = append(f.held, bytes.Clone(p))
	if len(f.held) > footerWrites {
		if _, err := f.w.Write(f.held[0]); err != nil {
			return 0, err
		}
		f.held = slices.Delete(f.held, 0, 1)
	}
	return len(p), nil
}

// finish writes what is held back, with the metadata in order.
func (f *footer) finish() error {
	all := bytes.Join(f.held, nil)
	f.held = nil
	body, ok := bytes.CutSuffix(all, []byte(mark))
	if n := len(body) - lengthBytes; ok && n >= 0 && binary.LittleEndian.Uint32(body[n:]) == uint32(n) {
		ordered, err := inOrder(body[:n])
		if err != nil {
			return err
		}
		all = append(binary.LittleEndian.AppendUint32(ordered, uint32(len(ordered))), mark...)
	}
	_, err := f.w.Write(all)
	return err
}

// inOrder is metadata with the encodings of each column in their order.
func inOrder(written []byte) ([]byte, error) {
	m, err := metadata.NewFileMetaData(written, nil)
	if err != nil {
		return nil, err
	}
	for _, group := range m.RowGroups {
		for _, column := range group.Columns {
			pages := column.MetaData.EncodingStats
			sort.Slice(pages, func(i, j int) bool {
				a, b := pages[i], pages[j]
				return a.PageType < b.PageType || a.PageType == b.PageType && a.Encoding < b.Encoding
			})
		}
	}
	var out bytes.Buffer
	_, err = m.WriteTo(&out, nil)
	return out.Bytes(), err
}
