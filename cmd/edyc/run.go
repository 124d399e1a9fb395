package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/optimize"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/connector"
	"github.com/edynamic/edynamic/runtime/exec"
)

type runCmd struct {
	File         string            `arg:"" help:"The program."`
	Input        map[string]string `placeholder:"TOPIC=URI" mapsep:"none" help:"Read a topic from a path, a glob or - instead of its sources. Options follow a question mark: data.csv?delimiter=;"`
	Output       []string          `placeholder:"STREAM=URI" sep:"none" help:"Write a stream or topic to a path or -. A changes stream as ?changes=log (default) or final."`
	Set          map[string]string `placeholder:"PARAM=VALUE" mapsep:"none" help:"Give a param another value."`
	Parallel     int               `default:"1" help:"Workers for keyed stages, and for decoding a file of lines."`
	Batch        int               `default:"4096" help:"Rows per batch."`
	FailOnErrors bool              `help:"Exit with 1 when rows failed."`
}

// Help is shown under --help.
func (runCmd) Help() string {
	return `Runs until the inputs end. A program without sinks and --output prints its last stream. Ctrl-C finishes the rows already read and leaves open windows as they are. The summary on standard error counts every row that left by a side door.

Example:
  edyc run quakes.edy
  edyc run quakes.edy --input quakes=other.ndjson --output hourly=- --set limit=5.0`
}

// Run checks, builds and runs the program.
func (c *runCmd) Run(a *app) error {
	if c.Parallel < 1 || c.Batch < 1 {
		return usage("--parallel and --batch are at least 1")
	}
	outputs, err := outputMap(c.Output)
	if err != nil {
		return err
	}
	p, err := a.load(c.File, c.Set)
	if err != nil {
		return err
	}
	if err := a.report(p.Diags); err != nil {
		return err
	}
	prog := p.Result.Program
	printed, err := printedStream(prog, p.File.Source, outputs)
	if err != nil {
		return err
	}
	if err := knownNames(prog, c.Input, outputs); err != nil {
		return err
	}
	wanted := slices.Collect(maps.Keys(outputs))
	opt := build.Options{
		Parallel: c.Parallel, BatchRows: c.Batch, Inputs: c.Input, Outputs: outputs, FailOnErrors: c.FailOnErrors, System: a.system(),
	}
	if printed != "" {
		wanted = append(wanted, printed)
		a.printTo(&opt, printed, "ndjson")
	}
	g, err := plannedGraph(prog, wanted)
	if err != nil {
		return err
	}
	return a.runGraph(g, opt, printed)
}

func plannedGraph(prog *ir.Program, wanted []string) (*plan.Graph, error) {
	slices.Sort(wanted)
	g, err := lower.Program(prog, lower.Options{Outputs: wanted})
	if err != nil {
		return nil, err
	}
	return optimize.Run(g, optimize.Options{}), nil
}

// runGraph runs a plan to its end or to Ctrl-C, prints the stream asked for and the
// summary.
func (a *app) runGraph(g *plan.Graph, opt build.Options, printed string) error {
	if err := keepsInputs(g, opt); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait
	line := a.progress()
	opt.Progress = line.show
	job, err := build.New(ctx, g, opt)
	if err != nil {
		return err
	}
	defer job.Close()
	var summary *exec.Summary
	err = withHeapFloor(func() (err error) {
		summary, err = job.Run(ctx)
		return err
	})
	line.clear()
	rowsFailed := errors.Is(err, build.ErrRowsFailed)
	if err != nil && !rowsFailed {
		return onStandardOutput(err)
	}
	if err := a.printCollected(job, printed); err != nil {
		return err
	}
	a.summary(summary, readTopics(g, &opt))
	if rowsFailed {
		return failed()
	}
	return nil
}

// onStandardOutput calls "-" by its name in an error of writing.
func onStandardOutput(err error) error {
	if rest, ok := strings.CutPrefix(err.Error(), "cannot write -: "); ok {
		return fmt.Errorf("cannot write standard output: %s", rest)
	}
	return err
}

// keepsInputs refuses to write over a file that is read.
func keepsInputs(g *plan.Graph, opt build.Options) error {
	var read []string
	for _, s := range g.Sources {
		if _, replaced := opt.Inputs[s.Topic]; !replaced {
			read = append(read, filePath(s.URI, s.Dir))
		}
	}
	for _, uri := range opt.Inputs {
		read = append(read, filePath(uri, ""))
	}
	var write []string
	for _, s := range g.Sinks {
		if len(opt.Outputs[s.From]) == 0 {
			write = append(write, filePath(s.URI, s.Dir))
		}
	}
	for _, uris := range opt.Outputs {
		for _, uri := range uris {
			write = append(write, filePath(uri, ""))
		}
	}
	for _, w := range write {
		out, err := os.Stat(w)
		if err != nil || !out.Mode().IsRegular() {
			continue
		}
		for _, r := range read {
			if in, err := os.Stat(r); err == nil && os.SameFile(in, out) {
				return fmt.Errorf("cannot write %q: it is read too, and would be emptied first", w)
			}
		}
	}
	return nil
}

// filePath is the path of a URI, seen from a folder.
func filePath(uri, dir string) string {
	path := uri
	if u, err := connector.ParseURI(uri); err == nil {
		path = u.Path
	}
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// outputMap reads STREAM=URI settings; a stream may have several.
func outputMap(settings []string) (map[string][]string, error) {
	out := map[string][]string{}
	for _, s := range settings {
		name, uri, ok := strings.Cut(s, "=")
		if !ok || name == "" || uri == "" {
			return nil, usage("--output %s: write STREAM=PATH", s)
		}
		out[name] = append(out[name], uri)
	}
	return out, nil
}

// printedStream is the last stream of the file of a program that writes nothing
// (SEMANTICS 109); streams of files it imports come before all of its own.
func printedStream(prog *ir.Program, file *source.File, outputs map[string][]string) (string, error) {
	if len(outputs) > 0 || len(prog.Sinks) > 0 {
		return "", nil
	}
	var last *ir.Stream
	for _, s := range prog.Streams {
		own := s.At.File == file
		switch {
		case last == nil, own && last.At.File != file, own && s.At.Start > last.At.Start:
			last = s
		}
	}
	switch {
	case last != nil:
		return last.Name, nil
	case len(prog.Routes) > 0:
		return "", nil
	case len(prog.Topics) > 1: // besides errors
		return prog.Topics[0].Name, nil
	}
	return "", fmt.Errorf("the program has no stream, so there is nothing to run")
}

// knownNames refuses inputs and outputs that name nothing.
func knownNames(prog *ir.Program, inputs map[string]string, outputs map[string][]string) error {
	var topics, all []string
	for _, t := range prog.Topics {
		topics = append(topics, t.Name)
	}
	all = append(all, topics...)
	for _, s := range prog.Streams {
		all = append(all, s.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		if !slices.Contains(topics, name) {
			return usage("--input %s: the program has no topic of that name%s", name, nearest(name, topics))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		if !slices.Contains(all, name) {
			return usage("--output %s: the program has no stream or topic of that name%s", name, nearest(name, all))
		}
	}
	return nil
}

// printTo sends a stream to standard output: to a table on a terminal, else in a
// format, and of a changes stream the rows that remain.
func (a *app) printTo(opt *build.Options, name, format string) {
	if a.terminal(a.stdout) && format == "ndjson" {
		opt.Collect = append(opt.Collect, name)
		return
	}
	if opt.Outputs == nil {
		opt.Outputs = map[string][]string{}
	}
	opt.Outputs[name] = append(opt.Outputs[name], "-?format="+format+"&changes=final")
}

// printCollected prints the rows kept for a table.
func (a *app) printCollected(job *build.Job, name string) error {
	if name == "" {
		return nil
	}
	c := job.Collected(name)
	if c == nil {
		return nil
	}
	if err := writeTable(a.stdout, c.Type.Visible(), c.Final()); err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return fmt.Errorf("cannot write standard output: %w", err)
	}
	return nil
}

// nearest words a suggestion.
func nearest(name string, candidates []string) string {
	if near, ok := diag.Closest(name, candidates); ok {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}
