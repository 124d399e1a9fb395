package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/optimize"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/load"
)

type runCmd struct {
	File         string            `arg:"" help:"The program."`
	Input        map[string]string `placeholder:"TOPIC=URI" mapsep:"none" help:"Read a topic from a path, a glob or - instead of its sources. Options follow a question mark: data.csv?delimiter=;"`
	Output       []string          `placeholder:"STREAM=URI" sep:"none" help:"Write a stream or topic to a path or -. A changes stream as ?changes=log (default) or final."`
	Set          map[string]string `placeholder:"PARAM=VALUE" mapsep:"none" help:"Give a param another value."`
	Parallel     int               `default:"1" help:"Workers, for decoding a file of lines, and from three on for keyed stages."`
	Batch        int               `default:"4096" help:"Rows per batch."`
	StateMemory  string            `placeholder:"SIZE" help:"Keep groups of state in at most about so much memory, such as 256MiB, and the rest on disk, of stages that can (edyc explain says which). Without it all state stays in memory."`
	FailOnErrors bool              `help:"Exit with 1 when rows failed."`
	Watch        bool              `help:"Take changed modules, and a changed program that can go on, between two batches."`
	dataFlags
	AllowStateLoss []string `placeholder:"OPERATOR" sep:"none" help:"With --data: let an operator whose state the changed program cannot use begin afresh."`
}

// Help is shown under --help.
func (runCmd) Help() string {
	return `Runs until the inputs end. A program without sinks and --output, other than of errors to a file, prints its last stream. Ctrl-C finishes the rows already read and leaves open windows as they are. With --watch, modules and programs that change on disk take over between two batches where they can, also with --data. The summary on standard error counts every row that left by a side door.

With --data DIR topics are recorded in a folder and the run is written down every --checkpoint-every. After a crash or Ctrl-C the same command goes on where it stopped, with any --parallel, and files hold every row once. A topic that nothing in the program feeds is read from the folder; the run ends where the folder's rows do, and leaves windows open for those to come unless --end is given. See docs/durability.md.

Example:
  edyc run quakes.edy
  edyc run quakes.edy --input quakes=other.ndjson --output hourly=- --set limit=5.0
  edyc run quakes.edy --data state --checkpoint-every 1s`
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
	if err := a.report(withoutTaken(p.Diags, outputs)); err != nil {
		return err
	}
	prog := p.Result.Program
	if err := valuesGiven(prog); err != nil {
		return err
	}
	printed, err := printedStream(prog, p.File.Source, outputs)
	if err != nil {
		return err
	}
	if err := knownNames(prog, c.Input, outputs); err != nil {
		return err
	}
	wanted := slices.Collect(maps.Keys(outputs))
	limit, err := stateMemory(c.StateMemory)
	if err != nil {
		return err
	}
	opt := build.Options{
		StateMemory: limit, Parallel: c.Parallel, BatchRows: c.Batch, Inputs: c.Input, Outputs: outputs, FailOnErrors: c.FailOnErrors, System: a.system(),
		WasmLog: a.wasmLog(), Replaceable: c.Watch,
	}
	if printed != "" {
		wanted = append(wanted, printed)
		a.printTo(&opt, printed, "ndjson")
	}
	if c.Data != "" {
		return c.durable(a, p, opt, wanted, printed)
	}
	g, err := plannedGraph(prog, wanted)
	if err != nil {
		return err
	}
	opt.Inputs = a.needed(g, c.Input)
	return a.runJob(g, opt, printed, c.watched(a, p, wanted, plannedGraph))
}

// watched looks after changes of a program while it runs, nil where nobody asked for it.
func (c *runCmd) watched(a *app, p *load.Program, wanted []string, plan planner) func(context.Context, *build.Job) {
	if !c.Watch {
		return nil
	}
	w := &watcher{a: a, path: c.File, sets: c.Set, wanted: wanted, plan: plan}
	w.look(p)
	return w.watch
}

// valuesGiven refuses a run that lacks the value of a param.
func valuesGiven(prog *ir.Program) error {
	for _, p := range prog.Params {
		if !p.HasValue {
			return usage("the param %q has no default: give it a value with --set %s=...", p.Name, p.Name)
		}
	}
	return nil
}

// needed are the inputs of topics that the plan reads; of the others it is said that
// they stay unread.
func (a *app) needed(g *plan.Graph, inputs map[string]string) map[string]string {
	out := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		if topicIn(g, name) {
			out[name] = inputs[name]
		} else {
			fmt.Fprintf(a.stderr, "%s: not read, because nothing this run writes needs it\n", name)
		}
	}
	return out
}

func topicIn(g *plan.Graph, name string) bool {
	return slices.ContainsFunc(g.Nodes, func(n *plan.Node) bool {
		t, ok := n.Op.(*plan.Topic)
		return ok && t.Topic.Name == name
	})
}

// withoutTaken leaves out the warnings that nothing reads a topic which this run does.
func withoutTaken(l *diag.List, outputs map[string][]string) *diag.List {
	return &diag.List{Items: slices.DeleteFunc(slices.Clone(l.Items), func(d *diag.Diagnostic) bool {
		return d.Code == "W0812" && outputs[d.Span().Text()] != nil
	})}
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
	return a.runJob(g, opt, printed, nil)
}

// runJob is runGraph with somebody who is shown the job while it runs.
func (a *app) runJob(g *plan.Graph, opt build.Options, printed string, beside func(ctx context.Context, job *build.Job)) error {
	if err := checkPlaces(g, opt); err != nil {
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
	a.stateChanges(opt.Data)
	var summary *exec.Summary
	err = withHeap(opt.StateMemory, func() (err error) {
		defer accompany(ctx, job, beside)()
		summary, err = job.Run(ctx)
		return err
	})
	line.clear()
	rowsFailed := errors.Is(err, build.ErrRowsFailed)
	if err != nil && !rowsFailed {
		return err
	}
	if err := a.printCollected(job, printed); err != nil {
		return err
	}
	a.summary(summary, readTopics(g, &opt))
	if at, cut := cutOff(summary); cut {
		return fmt.Errorf("standard input ended inside a record, at byte %s: what wrote to it was stopped, and the results hold only what had come", at)
	}
	if rowsFailed {
		return failed()
	}
	return nil
}

// accompany runs beside a job, and returns what ends that.
func accompany(ctx context.Context, job *build.Job, beside func(ctx context.Context, job *build.Job)) (end func()) {
	if beside == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var both sync.WaitGroup
	both.Go(func() { beside(ctx, job) })
	return func() {
		cancel()
		both.Wait()
	}
}

// cutOff tells where standard input stopped short. The half record is an error row as
// in any input; but a file has its end for good, while a pipe that ends so tells that
// its writer has failed.
func cutOff(s *exec.Summary) (at string, cut bool) {
	for _, e := range s.Errors {
		if e.Code != format.CodeTruncated || s.Interrupted {
			continue
		}
		if at, cut = strings.CutPrefix(e.First.Origin, "-@"); cut {
			return at, true
		}
	}
	return "", false
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
	if takesResults(outputs) || len(prog.Sinks) > 0 {
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

// takesResults reports outputs that stand in place of the printed stream: all but error
// records that are put beside it.
func takesResults(outputs map[string][]string) bool {
	for name, uris := range outputs {
		if name != "errors" || slices.ContainsFunc(uris, isStdout) {
			return true
		}
	}
	return false
}

func isStdout(uri string) bool { return uri == "-" || strings.HasPrefix(uri, "-?") }

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
	return writeTable(a.stdout, c.Type.Visible(), c.Final())
}

// nearest words a suggestion.
func nearest(name string, candidates []string) string {
	if near, ok := diag.Closest(name, candidates); ok {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}
