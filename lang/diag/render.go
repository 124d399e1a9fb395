package diag

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// Format is a way of writing diagnostics down.
type Format int

// The formats: Long for people, Short for one line a message, JSON for tools.
const (
	Long Format = iota
	Short
	JSON
)

// DefaultMax is how many diagnostics are shown where Options.Max is zero.
const DefaultMax = 20

// Options say how a list is rendered. The zero Options is the long form without
// colour.
type Options struct {
	Format Format
	Color  bool
	Max    int // 0 for DefaultMax, negative for all; JSON always holds all
}

// Render writes a list in file order. The list itself is left as it is, and the
// error is that of the writer.
func Render(w io.Writer, l *List, opts Options) error {
	sorted := List{Items: slices.Clone(l.Items)}
	sorted.Sort()
	items := sorted.Items
	hidden := 0
	if limit := opts.limit(); limit >= 0 && len(items) > limit {
		hidden = len(items) - limit
		items = items[:limit]
	}
	switch opts.Format {
	case Long:
		return renderLong(w, items, hidden, opts.Color)
	case Short:
		return renderShort(w, items, hidden, opts.Color)
	case JSON:
		return renderJSON(w, items)
	}
	return fmt.Errorf("diag: unknown format %d", opts.Format)
}

func (o Options) limit() int {
	switch {
	case o.Format == JSON || o.Max < 0:
		return -1
	case o.Max == 0:
		return DefaultMax
	}
	return o.Max
}

// UseColor reports whether output to f should be coloured: f is a terminal that
// understands escape codes, and the user has not set NO_COLOR to anything. env
// looks up an environment variable, as os.Getenv does.
func UseColor(f *os.File, env func(string) string) bool {
	if env("NO_COLOR") != "" || env("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// ParseFormat reads the value of `--errors`.
func ParseFormat(name string) (Format, error) {
	switch name {
	case "long":
		return Long, nil
	case "short":
		return Short, nil
	case "json":
		return JSON, nil
	}
	return Long, errors.New(`expected "long", "short" or "json"`)
}
