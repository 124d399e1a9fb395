// Package dataset writes the made-up data of the examples, and tells whether what is
// checked in is still what a generator makes. What a generator makes may depend on
// nothing but its own text: no clock, no order of a map.
package dataset

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// File is a file of an example; one whose name ends in .gz is compressed where it is
// written, and compared by what it holds.
type File struct {
	Name string
	Text []byte
}

// Sent is a row and the moment at which it arrives.
type Sent[T any] struct {
	Arrives time.Time
	Row     T
}

// InOrder gives rows in the order in which they arrive.
func InOrder[T any](sent []Sent[T]) []T {
	slices.SortStableFunc(sent, func(a, b Sent[T]) int { return a.Arrives.Compare(b.Arrives) })
	rows := make([]T, len(sent))
	for i, s := range sent {
		rows[i] = s.Row
	}
	return rows
}

// Lines writes each row as a line of JSON.
func Lines[T any](name string, rows []T) (File, error) {
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	for _, row := range rows {
		if err := out.Encode(row); err != nil {
			return File{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	return File{name, text.Bytes()}, nil
}

// Sheet writes lines of CSV below a header; cells hold no commas.
func Sheet(name, header string, lines []string) File {
	return File{name, []byte(header + "\n" + strings.Join(lines, "\n") + "\n")}
}

// Write puts files into a folder.
func Write(dir string, files []File) error {
	for _, f := range files {
		text := f.Text
		if strings.HasSuffix(f.Name, ".gz") {
			var packed bytes.Buffer
			z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
			if err != nil {
				return err
			}
			if _, err := z.Write(text); err != nil {
				return err
			}
			if err := z.Close(); err != nil {
				return err
			}
			text = packed.Bytes()
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Read gives what a file of an example holds, unpacked.
func Read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if !strings.HasSuffix(path, ".gz") {
		return io.ReadAll(f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return io.ReadAll(z)
}

// Check fails when a folder does not hold exactly these files' rows.
func Check(dir string, files []File) error {
	for _, f := range files {
		text, err := Read(filepath.Join(dir, f.Name))
		if err != nil {
			return err
		}
		if !bytes.Equal(text, f.Text) {
			return fmt.Errorf("%s is not what its generator makes: run make generate", f.Name)
		}
	}
	return nil
}
