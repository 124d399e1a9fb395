package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/load"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/registry"
)

// replayFlags say which recorded rows are run.
type replayFlags struct {
	From string `placeholder:"TIME|OFFSET" help:"Recorded rows from an event time, or from a number of a row in its partition; from the first by default."`
	To   string `placeholder:"TIME|OFFSET" help:"Up to, and without."`
}

type replayCmd struct {
	File string `arg:"" help:"The program."`
	Data string `required:"" placeholder:"DIR" help:"The data folder with the recorded rows."`
	replayFlags
	Speed    string            `default:"max" placeholder:"10x|max" help:"How fast event time goes by: 1x as it did, 10x ten times as fast, max as fast as it can."`
	Output   []string          `placeholder:"STREAM=URI" sep:"none" help:"Write a stream or topic to a path or -. Sinks of the program are left out."`
	Set      map[string]string `placeholder:"PARAM=VALUE" mapsep:"none" help:"Give a param another value."`
	Parallel int               `default:"1" help:"Workers for keyed stages, from three on."`
}

// Help is shown under --help.
func (replayCmd) Help() string {
	return `Runs a program over the rows that a data folder has recorded. What is live is not touched: nothing is recorded, no state is read or written, and the program's own sinks are left out. The same rows give the same output, byte for byte.

Example:
  edyc replay bills.edy --data state --from 2026-01-01T00:00:00Z --output bills=replayed.ndjson
  edyc replay bills.edy --data state --from 1000 --to 2000 --output bills=-`
}

// Run replays the program.
func (c *replayCmd) Run(a *app) error {
	outputs, err := outputMap(c.Output)
	if err != nil {
		return err
	}
	p, err := a.load(c.File, c.Set)
	if err != nil {
		return err
	}
	if err := a.report(errorsOf(p.Diags)); err != nil {
		return err
	}
	if err := knownNames(p.Result.Program, nil, outputs); err != nil {
		return err
	}
	opt := build.Options{Parallel: max(c.Parallel, 1), Outputs: outputs, System: a.system()}
	wanted := slices.Collect(maps.Keys(outputs))
	if len(wanted) == 0 {
		last, err := lastStream(p)
		if err != nil {
			return err
		}
		wanted = append(wanted, last)
		opt.Outputs = map[string][]string{last: {"-?format=ndjson&changes=final"}}
	}
	l, err := c.open(a)
	if err != nil {
		return err
	}
	defer l.Close()
	r, err := c.over(l)
	if err != nil {
		return err
	}
	if r.Speed, err = speed(c.Speed); err != nil {
		return err
	}
	summary, err := a.replayed(p, wanted, opt, r)
	if err != nil {
		return err
	}
	a.summary(summary, map[string]bool{})
	return nil
}

// open opens the folder, as one that stays for long: others can read it meanwhile.
func (c *replayCmd) open(a *app) (log.Log, error) {
	l, err := a.openLog(c.Data, false)
	var used *inUse
	if errors.As(err, &used) {
		l, _, err = a.readLog(c.Data)
	}
	return l, err
}

// lastStream is the stream that is printed where none is asked for.
func lastStream(p *load.Program) (string, error) {
	prog := *p.Result.Program
	prog.Sinks = nil
	name, err := printedStream(&prog, p.File.Source, nil)
	if err == nil && name == "" {
		err = usage("say what to write: --output STREAM=PATH")
	}
	return name, err
}

// replayed runs a program over recorded rows.
func (a *app) replayed(p *load.Program, wanted []string, opt build.Options, r *build.Replay) (*exec.Summary, error) {
	g, err := build.DurablePlan(p.Result.Program, wanted)
	if err != nil {
		return nil, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if r.Run == "" {
		r.Run = pipelineName(p)
	}
	opt.Replay = r
	job, err := build.New(ctx, g, opt)
	if err != nil {
		return nil, err
	}
	s, err := job.Run(ctx)
	return s, errors.Join(err, job.Close())
}

// over is what the flags ask for of a log.
func (f *replayFlags) over(l log.Log) (*build.Replay, error) {
	r := &build.Replay{Log: l, Registry: registry.Open(l)}
	var err error
	if r.From, err = bound(f.From, build.Bound{Offset: 0}); err != nil {
		return nil, usage("--from %s: %v", f.From, err)
	}
	if r.To, err = bound(f.To, build.Bound{Offset: -1}); err != nil {
		return nil, usage("--to %s: %v", f.To, err)
	}
	return r, nil
}

// bound reads a time or the number of a row.
func bound(text string, none build.Bound) (build.Bound, error) {
	if text == "" {
		return none, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return build.Bound{Offset: n}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, strings.TrimPrefix(text, "@"))
	if err != nil {
		if day, dayErr := time.Parse(time.DateOnly, text); dayErr == nil {
			t, err = day, nil
		}
	}
	if err != nil {
		return none, errors.New("write an instant such as 2026-01-01T00:00:00Z, or the number of a row")
	}
	return build.Bound{Time: t.UnixMicro(), IsTime: true}, nil
}

// speed is how many times as fast time goes by, 0 for as fast as it can.
func speed(text string) (float64, error) {
	if text == "max" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "x"), 64)
	if err != nil || n <= 0 {
		return 0, usage("--speed %s: write a factor such as 10x, or max", text)
	}
	return n, nil
}
