package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/lsp/feature"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/load"
	"github.com/edynamic/edynamic/spec"
)

// previewStream is the name of the stream that holds the first rows of another.
const previewStream = "preview__"

// previewTime bounds a preview: input that goes on for ever is cut there.
const previewTime = 20 * time.Second

// editorRunner runs what an editor asks for. It writes nothing.
type editorRunner struct{}

func (editorRunner) loader(src feature.Source) *load.Loader {
	system := &file.System{Clock: clock.Real{}}
	return &load.Loader{Catalog: build.Catalog(system), Roots: append([]string{src.Path}, src.Imports...), Compiler: version, Open: src.Open}
}

// checked loads a program that has no errors.
func (r editorRunner) checked(src feature.Source) (*load.Program, error) {
	p, err := r.loader(src).Load(src.Path, nil)
	if err != nil {
		return nil, err
	}
	for _, d := range p.Diags.Items {
		if d.Severity == diag.Error {
			return nil, fmt.Errorf("the program has errors: %s", d.Message)
		}
	}
	return p, nil
}

// Preview runs a stream for its first rows, without the sinks of the program.
func (r editorRunner) Preview(ctx context.Context, src feature.Source, stream string, rows int) (*feature.Rows, error) {
	p, err := r.checked(src)
	if err != nil {
		return nil, err
	}
	prog := *p.Result.Program
	prog.Sinks, prog.Tests, prog.Schedules = nil, nil, nil
	i := slices.IndexFunc(prog.Streams, func(s *ir.Stream) bool { return s.Name == stream })
	if i < 0 {
		return nil, fmt.Errorf("there is no stream %q", stream)
	}
	if err := valuesGiven(&prog); err != nil {
		return nil, err
	}
	wanted := stream
	if t := prog.Streams[i].Type(); t.Kind == types.Append {
		wanted = previewStream
		prog.Streams = append(slices.Clone(prog.Streams), firstRows(prog.Streams[i], rows+1))
	}
	g, err := plannedGraph(&prog, []string{wanted})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, previewTime)
	defer cancel()
	job, err := build.New(ctx, g, build.Options{Collect: []string{wanted}, System: &file.System{Clock: clock.Real{}}})
	if err != nil {
		return nil, err
	}
	defer job.Close()
	if _, err := job.Run(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	c := job.Collected(wanted)
	if c == nil {
		return &feature.Rows{}, nil
	}
	return rowsAsText(c.Type.Visible(), c.Final(), rows), nil
}

// firstRows is a stream of the first rows of another.
func firstRows(s *ir.Stream, n int) *ir.Stream {
	t := *s.Type()
	t.Columns = t.Read()
	limit := &ir.Stage{Op: &ir.Limit{N: int64(n)}, Type: &t, At: s.At, Word: "limit"}
	return &ir.Stream{Name: previewStream, At: s.At, Pipeline: &ir.Pipeline{From: ir.Rel{Stream: s.Name}, Stages: []*ir.Stage{limit}, Type: &t, At: s.At}}
}

func rowsAsText(columns []types.Column, rows [][]any, most int) *feature.Rows {
	columns, rows = unfolded(columns, rows)
	out := &feature.Rows{More: len(rows) > most}
	for _, c := range columns {
		out.Columns = append(out.Columns, c.Name)
	}
	for _, row := range rows[:min(most, len(rows))] {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = cell(c.Type, row[i])
		}
		out.Cells = append(out.Cells, cells)
	}
	return out
}

// Test runs the tests of a file, or the one that is named.
func (r editorRunner) Test(ctx context.Context, src feature.Source, name string) ([]feature.TestResult, error) {
	if _, err := r.checked(src); err != nil {
		return nil, err
	}
	f, err := spec.Open(r.loader(src), src.Path)
	if err != nil {
		return nil, err
	}
	prog := f.Program.Result.Program
	if name != "" {
		one := *prog
		one.Tests = slices.DeleteFunc(slices.Clone(prog.Tests), func(t *ir.Test) bool { return t.Name != name })
		if len(one.Tests) == 0 {
			return nil, fmt.Errorf("there is no test %q", name)
		}
		f.Program.Result.Program = &one
	}
	outcomes, err := f.Run(spec.Options{Optimise: true})
	if err != nil {
		return nil, err
	}
	out := []feature.TestResult{}
	for _, o := range outcomes {
		result := feature.TestResult{Name: o.Test}
		for _, failure := range o.Failures {
			if failure.At.File == nil {
				continue
			}
			result.Failures = append(result.Failures, feature.TestFailure{
				Path: filepath.Clean(failure.At.File.Name), Start: failure.At.Start, End: failure.At.End, Text: failure.Text,
			})
		}
		out = append(out, result)
	}
	return out, ctx.Err()
}
