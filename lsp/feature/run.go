package feature

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The numbers of rows that a hover, a preview and a run show.
const (
	sampleRows  = 10
	PreviewRows = 10
	RunRows     = 1000
	// sampleTime bounds what a hover waits for rows.
	sampleTime = 400 * time.Millisecond
)

// errNoRunner is what is said where nothing can be run.
var errNoRunner = errors.New("this server cannot run programs")

// source is the program as the runner takes it.
func (s *Snapshot) source(path string) Source {
	src := Source{Path: path, Open: map[string]string{}}
	for p, d := range s.open {
		src.Open[p] = d.text()
	}
	if p := s.Program(path); p != nil {
		src.Imports = slices.Sorted(maps.Keys(p.docs))
	}
	return src
}

// samples are the first rows of a stream, kept with the program: they are computed once.
func (s *Snapshot) samples(ctx context.Context, p *Program, stream string) (*Rows, error) {
	p.rowsMu.Lock()
	defer p.rowsMu.Unlock()
	if r, ok := p.rows[stream]; ok {
		return r, nil
	}
	ctx, cancel := context.WithTimeout(ctx, sampleTime)
	defer cancel()
	r, err := s.env.Runner.Preview(ctx, s.source(p.Root.Path), stream, sampleRows)
	if p.rows == nil {
		p.rows = map[string]*Rows{}
	}
	p.rows[stream] = r // none, where it failed: it would again
	return r, err
}

func (p *Program) hasErrors() bool { return p.Root.Diags.HasErrors() || p.Result.Diags.HasErrors() }

// Rows runs a stream for its first rows.
func (s *Snapshot) Rows(ctx context.Context, path, stream string, most int) (*Rows, error) {
	if s.env.Runner == nil {
		return nil, errNoRunner
	}
	return s.env.Runner.Preview(ctx, s.source(path), stream, most)
}

// Test runs the tests of a file, or the one that is named.
func (s *Snapshot) Test(ctx context.Context, path, name string) ([]TestResult, error) {
	if s.env.Runner == nil {
		return nil, errNoRunner
	}
	return s.env.Runner.Test(ctx, s.source(path), name)
}

// PlainTable writes rows as an aligned table.
func PlainTable(r *Rows) string {
	widths := make([]int, len(r.Columns))
	lines := append([][]string{r.Columns}, r.Cells...)
	for _, line := range lines {
		for i, c := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	var b strings.Builder
	for _, line := range lines {
		for i, c := range line {
			if i > 0 {
				b.WriteString("  ")
			}
			b.WriteString(c + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c)))
		}
		b.WriteString("\n")
	}
	if r.More {
		b.WriteString("...\n")
	}
	return b.String()
}
