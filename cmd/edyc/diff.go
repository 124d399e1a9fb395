package main

import (
	"fmt"

	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/load"
)

type diffCmd struct {
	Old  string `arg:"" help:"The program as it is."`
	New  string `arg:"" help:"The program as it is to be."`
	Data string `placeholder:"DIR" help:"The data folder of the run, which tells what can be rebuilt."`
	replayFlags
	Replay bool `help:"Run both over the recorded rows and print which rows of their outputs differ."`
}

// Help is shown under --help.
func (diffCmd) Help() string {
	return `Says of each operator with a state what a change of the program does to it: kept, migrated, rebuilt by running the recorded rows through it again, lost, or new. Streams that nothing reads count as outputs, as --output of a run can make them. Exit code 1 says that a state would be lost.

With --replay both programs run over the rows that the data folder has recorded, without touching what is live, and the rows of their outputs that differ are printed: - only in the old one, + only in the new one.

Example:
  edyc diff bills.edy bills-new.edy --data state
  edyc diff --replay --from 2026-01-01T00:00:00Z bills.edy bills-new.edy --data state`
}

// Run compares the programs.
func (c *diffCmd) Run(a *app) error {
	old, err := a.loadSound(c.Old)
	if err != nil {
		return err
	}
	next, err := a.loadSound(c.New)
	if err != nil {
		return err
	}
	if c.Replay {
		return c.replay(a, old, next)
	}
	before, err := a.operatorsOf(old)
	if err != nil {
		return err
	}
	after, err := a.operatorsOf(next)
	if err != nil {
		return err
	}
	whole := func(string, bool) bool { return true }
	if c.Data != "" {
		l, _, err := a.readLog(c.Data)
		if err != nil {
			return err
		}
		defer l.Close()
		whole = func(topic string, lasts bool) bool { return build.Whole(l, topic, lasts) }
	}
	return a.printChanges(checkpoint.Compare(before, after, whole))
}

// loadSound loads a program and refuses one with errors.
func (a *app) loadSound(path string) (*load.Program, error) {
	p, err := a.load(path, nil)
	if err != nil {
		return nil, err
	}
	return p, a.report(errorsOf(p.Diags))
}

// operatorsOf are the operators of a program that have a state.
func (a *app) operatorsOf(p *load.Program) ([]checkpoint.Operator, error) {
	g, err := build.DurablePlan(p.Result.Program, finalStreams(p))
	if err != nil {
		return nil, err
	}
	return build.Operators(g, build.Options{System: a.system()})
}

// finalStreams are the streams that nothing reads and no sink takes: each may be what a run
// is asked to write. Without any it is what a run prints.
func finalStreams(p *load.Program) []string {
	prog := p.Result.Program
	taken := prog.Reads()
	for _, s := range prog.Sinks {
		taken[s.From] = true
	}
	var final []string
	for _, s := range prog.Streams {
		if !taken[s.Name] {
			final = append(final, s.Name)
		}
	}
	if printed, err := printedStream(prog, p.File.Source, nil); len(final) == 0 && err == nil && printed != "" {
		final = append(final, printed)
	}
	return final
}

// printChanges lists fates, and fails where one is a loss.
func (a *app) printChanges(changes []checkpoint.Change) error {
	lost := false
	width := 0
	for _, c := range changes {
		width = max(width, len(c.ID))
	}
	for _, c := range changes {
		line := fmt.Sprintf("%-*s  %s", width, c.ID, c.Fate)
		if c.Why != "" {
			line += ": " + c.Why
		}
		fmt.Fprintln(a.stdout, line)
		lost = lost || c.Fate == checkpoint.Lost
	}
	if len(changes) == 0 {
		fmt.Fprintln(a.stdout, "neither program has a state")
	}
	if lost {
		return failed()
	}
	return nil
}
