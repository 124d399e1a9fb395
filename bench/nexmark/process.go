package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// process is a program that is to be measured.
type process struct {
	cmd  *exec.Cmd
	text bytes.Buffer // what it said
}

func newProcess(args, env []string) *process {
	p := &process{cmd: exec.Command(args[0], args[1:]...)}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.text, &p.text
	return p
}

// together runs processes at once and returns what one of them took: the time until the
// last has ended is shared by all.
func together(runs []*process) (figure, error) {
	begun := time.Now()
	var failed error
	started := 0
	for ; started < len(runs) && failed == nil; started++ {
		failed = runs[started].cmd.Start()
	}
	var all figure
	for _, p := range runs[:started] {
		if p.cmd.Process == nil {
			continue // it is the one that could not be started
		}
		if err := p.cmd.Wait(); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w\n%s", strings.Join(p.cmd.Args, " "), err, p.text.String()))
			continue
		}
		state := p.cmd.ProcessState
		all.cpu += state.UserTime() + state.SystemTime()
		all.rss = max(all.rss, state.SysUsage().(*syscall.Rusage).Maxrss)
	}
	n := time.Duration(len(runs))
	all.cpu, all.wall = all.cpu/n, time.Since(begun)/n
	return all, failed
}
