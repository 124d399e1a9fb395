package feature

import (
	"context"
	"time"
)

// sampleRows is how many rows a hover shows, and previewRows a preview.
const (
	sampleRows  = 10
	previewRows = 10
	// sampleTime bounds what a hover waits for rows.
	sampleTime = 400 * time.Millisecond
)

// source is the program as the runner takes it.
func (s *Snapshot) source(path string) Source {
	src := Source{Path: path, Open: map[string]string{}}
	for p, d := range s.open {
		src.Open[p] = d.text()
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
