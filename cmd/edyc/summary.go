package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/exec"
)

// system is the machine as the file connector sees it: one for the whole command,
// because it remembers what the inference of a schema has read of standard input.
func (a *app) system() *file.System {
	if a.machine == nil {
		a.machine = &file.System{Stdin: a.stdin, Stdout: a.stdout, Clock: clock.Real{}}
	}
	return a.machine
}

// terminal reports that a person looks at w.
func (a *app) terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// progressLine rewrites one line on a terminal while a run goes on.
type progressLine struct {
	w       io.Writer
	on      bool
	started time.Time
	last    time.Time
	shown   bool
}

func (a *app) progress() *progressLine {
	return &progressLine{w: a.stderr, on: a.terminal(a.stderr), started: time.Now()}
}

func (p *progressLine) show(now exec.Progress) {
	if !p.on || time.Since(p.last) < 200*time.Millisecond {
		return
	}
	p.last, p.shown = time.Now(), true
	rate := float64(now.Rows) / max(time.Since(p.started).Seconds(), 1e-3)
	line := fmt.Sprintf("%s, %s rows/s", counted(now.Rows, "row"), grouped(int64(rate)))
	if now.HasWatermark {
		line += ", watermark " + instant(now.Watermark)
	}
	line += fmt.Sprintf(", %s late, %s", grouped(now.Late), counted(now.Errors, "error"))
	fmt.Fprintf(p.w, "\r\x1b[K%s", line)
}

func (p *progressLine) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func instant(micros int64) string {
	return time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.999999Z07:00")
}

// summary counts what came in, what went out and what left by a side door.
func (a *app) summary(s *exec.Summary) {
	for _, t := range s.Topics {
		a.topicSummary(t)
	}
	for _, k := range s.Sinks {
		fmt.Fprintf(a.stderr, "%s: %s written to %s\n", k.Name, counted(k.Rows, "row"), k.Label)
		for _, w := range k.Warnings {
			fmt.Fprintf(a.stderr, "  %s\n", w)
		}
	}
	for _, n := range s.Nodes {
		a.nodeSummary(n)
	}
	for _, e := range s.Errors {
		fmt.Fprintf(a.stderr, "errors: %s of %s; first: %s, from %s\n", counted(e.Count, "row"), e.Code, e.First.Reason, e.First.Origin)
	}
	if s.Interrupted {
		fmt.Fprintf(a.stderr, "interrupted: %s in windows that had not closed\n", counted(s.OpenRows, "row"))
	}
}

func (a *app) topicSummary(t exec.TopicSummary) {
	if t.Rows == 0 && t.Bad == 0 {
		return
	}
	line := fmt.Sprintf("%s: %s", t.Name, counted(t.Rows, "row"))
	if t.Bad > 0 {
		line += fmt.Sprintf(", %s that could not be read", grouped(t.Bad))
	}
	fmt.Fprintln(a.stderr, line)
	if f := t.Furthest; f != nil && f.By > 24*3600*1e6 {
		fmt.Fprintf(a.stderr, "  the row at %s moved the watermark by %s, from %s\n", instant(f.Time), time.Duration(f.By)*time.Microsecond, f.Origin)
	}
	if len(t.Unknown) > 0 {
		fmt.Fprintf(a.stderr, "  fields the schema does not have: %s\n", strings.Join(t.Unknown, ", "))
	}
}

func (a *app) nodeSummary(n exec.NodeSummary) {
	var names []string
	for name, count := range n.Counters {
		if count > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(a.stderr, "%s: %s %s\n", n.Name, counted(n.Counters[name], "row"), strings.ReplaceAll(name, "_", " "))
	}
}
