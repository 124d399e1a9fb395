package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/load"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/remote"
	"github.com/edynamic/edynamic/runtime/registry"
	"github.com/edynamic/edynamic/runtime/room"
)

// dataFlags say where a run is kept.
type dataFlags struct {
	Data            string        `placeholder:"DIR" help:"Keep topics and the state of the run in a folder, and go on from there."`
	CheckpointEvery time.Duration `default:"10s" placeholder:"DURATION" help:"With --data: how often the run is written down."`
	End             bool          `help:"With --data: the end of what the folder holds of a topic is the end of its input, so that windows close."`
}

// openLog opens a data folder to write to it, and answers those who read it meanwhile.
// create makes one that is not there. A command that only reads lets go of it soon.
func (a *app) openLog(dir string, create bool) (log.Log, error) {
	l, err := a.patiently(dir, create, func() (log.Log, error) {
		if l, err := remote.Dial(dir); err == nil { // somebody writes, or stays for long
			return nil, errors.Join(&inUse{dir}, l.Close())
		}
		return nil, nil
	})
	if err != nil {
		return nil, err
	}
	s, err := remote.Serve(dir, l)
	if err != nil {
		fmt.Fprintf(a.stderr, "edyc: other commands cannot read the data folder meanwhile: %v\n", err)
		return l, nil
	}
	return &servedLog{l, s}, nil
}

// lockPatience is how long a process that has just begun may take until it answers, and
// one that only reads until it has read.
const lockPatience = 3 * time.Second

// patiently opens a data folder. While somebody else has it open, it does what there is to
// be done instead, and tries again where that is nothing.
func (a *app) patiently(dir string, create bool, instead func() (log.Log, error)) (log.Log, error) {
	path := filepath.Join(dir, "log")
	if _, err := os.Stat(path); !create && err != nil {
		return nil, fmt.Errorf("%q is no data folder: there is no log in it", dir)
	}
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		l, err := log.OpenPebble(path, log.Disk{Room: a.room()})
		if !errors.Is(err, syscall.EAGAIN) && (err == nil || !strings.Contains(err.Error(), "lock held")) {
			return l, err
		}
		if l, err := instead(); l != nil || err != nil {
			return l, err
		}
		if time.Since(began) > lockPatience {
			return nil, &inUse{dir}
		}
	}
}

// inUse is the error of a folder that another process has open.
type inUse struct{ dir string }

// Error implements error.
func (e *inUse) Error() string {
	return fmt.Sprintf("the data folder %q belongs to a process that is running: one at a time writes to it", e.dir)
}

// servedLog is a log that others read.
type servedLog struct {
	log.Log
	others *remote.Server
}

// Close implements log.Log.
func (l *servedLog) Close() error { return errors.Join(l.others.Close(), l.Log.Close()) }

// readLog opens a data folder to read it; where a process that is running has it open, it
// reads what that has committed, and live says so.
func (a *app) readLog(dir string) (l log.Log, live bool, err error) {
	l, err = a.patiently(dir, false, func() (log.Log, error) {
		l, err := remote.Dial(dir)
		live = err == nil
		if err != nil {
			return nil, nil
		}
		return l, nil
	})
	return l, live, err
}

// room waits for room on a full disk, and says so.
func (a *app) room() *room.Waiter {
	return &room.Waiter{
		Full: func(path string) {
			fmt.Fprintf(a.stderr, "edyc: the disk of %s is full: nothing is written until there is room\n", path)
		},
		Again: func(path string) { fmt.Fprintf(a.stderr, "edyc: there is room on the disk of %s again\n", path) },
	}
}

// pipelineName is what the state of a program is kept under.
func pipelineName(p *load.Program) string {
	if p.File != nil && p.File.Module != nil {
		return p.File.Module.Name.String()
	}
	return strings.TrimSuffix(filepath.Base(p.Path), filepath.Ext(p.Path))
}

// durable runs a program whose topics and state are kept.
func (c *runCmd) durable(a *app, p *load.Program, opt build.Options, wanted []string, printed string) error {
	if c.CheckpointEvery <= 0 {
		return usage("--checkpoint-every is more than nothing")
	}
	g, err := build.DurablePlan(p.Result.Program, wanted)
	if err != nil {
		return err
	}
	l, err := a.openLog(c.Data, true)
	if err != nil {
		return err
	}
	err = c.inLog(a, p, g, l, opt, printed, c.watched(a, p, wanted, build.DurablePlan))
	return errors.Join(err, l.Close())
}

func (c *runCmd) inLog(a *app, p *load.Program, g *plan.Graph, l log.Log, opt build.Options, printed string, beside func(context.Context, *build.Job)) (err error) {
	reg := registry.Open(l)
	broken, err := reg.Diagnose(p.Result.Program, p.Files)
	if err != nil {
		return err
	}
	if err := a.report(broken); err != nil {
		return err
	}
	run, err := checkpoint.Open(l, pipelineName(p), c.CheckpointEvery, clock.Real{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	if m := run.Meta(); m.Epoch > 0 {
		fmt.Fprintf(a.stderr, "going on from checkpoint %d, written at %s\n", m.Epoch, m.At.Format(time.RFC3339))
	}
	opt.Inputs = a.needed(g, c.Input)
	opt.Data = &build.Data{Log: l, Run: run, Registry: reg, Ends: c.End, Fresh: c.AllowStateLoss}
	return a.runJob(g, opt, printed, beside)
}

// stateChanges tells what became of states of a program that has changed.
func (a *app) stateChanges(d *build.Data) {
	if d == nil {
		return
	}
	for _, c := range d.Changes {
		if c.Fate != checkpoint.Kept {
			fmt.Fprintf(a.stderr, "%s: %s: %s\n", c.ID, c.Fate, c.Why)
		}
	}
}
