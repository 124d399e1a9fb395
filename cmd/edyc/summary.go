package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/asof"
	"github.com/edynamic/edynamic/operators/dedup"
	"github.com/edynamic/edynamic/operators/expire"
	"github.com/edynamic/edynamic/operators/join"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/keptjoin"
	"github.com/edynamic/edynamic/operators/lookup"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/operators/require"
	"github.com/edynamic/edynamic/operators/route"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/exec"
)

// system is the machine as the file connector sees it: one for the whole command,
// because it remembers what the inference of a schema has read of standard input.
func (a *app) system() *file.System {
	if a.machine == nil {
		a.machine = &file.System{Stdin: a.stdin, Stdout: a.stdout, Clock: clock.Real{}, Room: a.room()}
	}
	return a.machine
}

// terminal reports that a person looks at w.
func (a *app) terminal(w io.Writer) bool {
	f := fileOf(w)
	return f != nil && term.IsTerminal(int(f.Fd()))
}

// progressLine rewrites one line on a terminal while a run goes on.
type progressLine struct {
	w       io.Writer
	on      bool
	started time.Time
	last    time.Time
	shown   bool
	trouble []string // that was told
}

func (a *app) progress() *progressLine {
	return &progressLine{w: a.stderr, on: a.terminal(a.stderr), started: time.Now()}
}

func (p *progressLine) show(now exec.Progress) {
	p.tell(now.Trouble)
	if !p.on || time.Since(p.last) < 200*time.Millisecond {
		return
	}
	p.last, p.shown = time.Now(), true
	rate := float64(now.Rows) / max(time.Since(p.started).Seconds(), 1e-3)
	line := fmt.Sprintf("%s, %s rows/s", counted(now.Rows, "row"), grouped(int64(rate)))
	if now.HasWatermark {
		line += ", watermark " + instant(now.Watermark)
	}
	if h := now.HeldBack; h != nil && now.Now.Sub(h.Since) >= stalled {
		line += " held back by " + holder(h) + " for " + now.Now.Sub(h.Since).Round(time.Second).String()
	}
	line += fmt.Sprintf(", %s late, %s", grouped(now.Late), counted(now.Errors, "error"))
	fmt.Fprintf(p.w, "\r\x1b[K%s", line)
}

// tell says what is the matter with inputs that are read again, once each time it
// changes.
func (p *progressLine) tell(trouble []string) {
	for _, text := range trouble {
		if !slices.Contains(p.trouble, text) {
			fmt.Fprintln(p.w, "edyc: "+text)
		}
	}
	p.trouble = trouble
}

// stalled is how long a watermark stands before a run says what it waits for.
const stalled = 3 * time.Second

// holder names what a watermark waits for.
func holder(h *exec.HeldBack) string {
	name := h.Topic
	switch {
	case h.Input != "":
		name += ", which waits for " + h.Input
	case !h.HasWatermark:
		name += ", of which no row has come"
	case h.Partitions > 1:
		name += fmt.Sprintf(", partition %d of %d", h.Partition, h.Partitions)
	}
	return name
}

// heldBack says where the watermark of an interrupted run stood, and what it waited
// for.
func (a *app) heldBack(h *exec.HeldBack) {
	line := "watermark: held back by " + holder(h) + ", since " + instant(h.Since.Truncate(time.Second).UnixMicro())
	if h.HasWatermark {
		line = "watermark: stood at " + instant(h.Watermark) + ", held back by " + holder(h) + ", since " + instant(h.Since.Truncate(time.Second).UnixMicro())
	}
	if h.Ahead > 0 {
		line += fmt.Sprintf("; the furthest is %s ahead", time.Duration(h.Ahead)*time.Microsecond)
	}
	fmt.Fprintln(a.stderr, line)
	if len(h.Idle) > 0 {
		list := make([]string, len(h.Idle))
		for i, p := range h.Idle {
			list[i] = fmt.Sprint(p)
		}
		fmt.Fprintf(a.stderr, "  idle, and held nothing back: partition %s of %s\n", strings.Join(list, ", "), h.Topic)
	}
}

func (p *progressLine) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func instant(micros int64) string {
	return time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.999999Z07:00")
}

// summary counts what came in, what went out and what left by a side door. read are
// the topics whose rows came from outside.
func (a *app) summary(s *exec.Summary, read map[string]bool) {
	written := map[string]bool{check.ErrorsTopic: true} // each error has a line below
	for _, k := range s.Sinks {
		written[k.Label] = true
	}
	for _, t := range s.Topics {
		if read[t.Name] || t.Rows > 0 && !written[t.Name] {
			a.topicSummary(t, read[t.Name])
		}
	}
	for _, k := range s.Sinks {
		a.sinkSummary(k)
	}
	for _, n := range s.Nodes {
		a.nodeSummary(n)
	}
	for _, e := range s.Errors {
		a.errorSummary(e)
	}
	if s.Interrupted {
		fmt.Fprintf(a.stderr, "interrupted: %s in windows that had not closed\n", counted(s.OpenRows, "row"))
		if s.HeldBack != nil && s.OpenRows > 0 {
			a.heldBack(s.HeldBack)
		}
	}
}

func (a *app) sinkSummary(k exec.SinkSummary) {
	name, to := strings.TrimPrefix(k.Name, "sink "), " to "+k.Label
	switch k.Label {
	case name:
		to = ""
	case "-":
		to = " to standard output"
	}
	fmt.Fprintf(a.stderr, "%s: %s written%s\n", name, counted(k.Rows, "row"), to)
	for _, w := range k.Warnings {
		fmt.Fprintf(a.stderr, "  %s\n", w)
	}
}

// errorSummary shows how many rows failed of one cause, and the first of them.
func (a *app) errorSummary(e exec.ErrorSummary) {
	where := whereRead(e.First.Origin)
	if e.First.Stage != "" && e.First.Stage != "topic" {
		where = "in " + e.First.Stage + ", from " + where
	}
	fmt.Fprintf(a.stderr, "errors: %s with %s; the first: %s (%s)\n", counted(e.Count, "row"), e.Code, e.First.Reason, where)
	if e.First.Row != "" {
		fmt.Fprintf(a.stderr, "  %s\n", shortened(asTyped(e.First.Row), maxRow))
	}
}

// whereRead words the origin of a record.
func whereRead(origin string) string {
	file, at, ok := cutLast(origin, "@")
	if !ok {
		return origin
	}
	if file == "-" {
		file = "standard input"
	}
	return file + ", byte " + at
}

// maxRow is how much of a row that failed is shown.
const maxRow = 100

// asTyped is the row of an error record; what could not be read as a row stands there
// as a JSON string.
func asTyped(row string) string {
	var text string
	if err := json.Unmarshal([]byte(row), &text); err != nil {
		text = row
	}
	return strings.Join(strings.Fields(text), " ")
}

// cutLast cuts a text at the last separator.
func cutLast(text, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(text, sep)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(sep):], true
}

func (a *app) topicSummary(t exec.TopicSummary, read bool) {
	line := fmt.Sprintf("%s: %s", t.Name, counted(t.Rows, "row"))
	if read {
		line += " read"
	}
	if t.Bad > 0 {
		line += fmt.Sprintf(", %s of which could not be decoded", grouped(t.Bad))
	}
	fmt.Fprintln(a.stderr, line)
	if f := t.Furthest; f != nil && f.By > 24*3600*1e6 {
		days := counted(f.By/(24*3600*1e6), "day")
		fmt.Fprintf(a.stderr, "  the row at %s moved the watermark by %s, from %s; max_ahead refuses such rows\n", instant(f.Time), days, whereRead(f.Origin))
	}
	if r := t.Again; r != nil {
		fmt.Fprintf(a.stderr, "  read again %s", counted(r.Done, "time"))
		if r.Failed > 0 {
			fmt.Fprintf(a.stderr, ", %s in vain, which left the table as it was", counted(r.Failed, "time"))
		}
		fmt.Fprintln(a.stderr)
		if r.Last != "" {
			fmt.Fprintf(a.stderr, "  the last time: %s\n", r.Last)
		}
	}
	if len(t.Unknown) > 0 {
		fmt.Fprintf(a.stderr, "  fields the schema does not have: %s\n", strings.Join(t.Unknown, ", "))
	}
}

func (a *app) nodeSummary(n exec.NodeSummary) {
	var names []string
	for name, count := range n.Counters {
		if count > 0 && name != "errors" { // those are listed by their causes
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		door, ok := sideDoors[name]
		if !ok {
			door = sideDoor{"row", strings.ReplaceAll(name, "_", " ")}
		}
		fmt.Fprintf(a.stderr, "%s: %s %s\n", stageName(n.Name), counted(n.Counters[name], door.unit), door.fate)
	}
}

// readTopics are the topics that a run takes rows for from outside.
func readTopics(g *plan.Graph, opt *build.Options) map[string]bool {
	read := map[string]bool{}
	for _, n := range g.Nodes {
		t, ok := n.Op.(*plan.Topic)
		if !ok {
			continue
		}
		_, given := opt.Inputs[t.Topic.Name]
		read[t.Topic.Name] = given || slices.ContainsFunc(g.Sources, func(s *ir.Source) bool { return s.Topic == t.Topic.Name })
	}
	return read
}

// sideDoor says what was counted and what became of it.
type sideDoor struct{ unit, fate string }

var sideDoors = map[string]sideDoor{
	operators.DoorLate:      {"row", "late"},
	require.DoorElse:        {"row", "turned away"},
	dedup.Counter:           {"row", "dropped as duplicates"},
	route.CounterDropped:    {"row", "dropped"},
	paned.CounterExpired:    {"key", "forgotten after their keep"},
	kept.CounterAbsent:      {"delete", "of a key that was not there"},
	expire.Counter:          {"row", "deleted by expire"},
	asof.Counter:            {"row", "without a row that was valid at its time"},
	lookup.Counter:          {"row", "without a row in the table"},
	join.CounterCut:         {"row", "whose lower bound lies before its own time and counts as that"},
	keptjoin.CounterIgnored: {"delete", "of a row that is not there"},
}

// stageName is the name of an operator in words: "clean/3:dedup" is stage 3 of clean.
func stageName(name string) string {
	stream, stage, ok := strings.Cut(strings.TrimPrefix(name, "topic:"), "/")
	number, word, isStage := strings.Cut(stage, ":")
	switch {
	case !ok || !isStage:
		return name
	case strings.HasPrefix(name, "topic:"):
		return "topic " + stream
	case strings.HasPrefix(number, "arm"):
		return stream + ", arm " + strings.TrimPrefix(number, "arm")
	case word == "drop":
		return stream + ", " + number
	}
	return stream + ", stage " + number + " (" + word + ")"
}
