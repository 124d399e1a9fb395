package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/registry"
)

type topicPutCmd struct {
	Topic string `arg:"" help:"The topic."`
	Input string `arg:"" help:"The file or glob with the rows, or -."`
	File  string `placeholder:"FILE" help:"A program that declares the topic; without one it is as it was declared last."`
	Data  string `required:"" placeholder:"DIR" help:"The data folder."`
}

// Help is shown under --help.
func (topicPutCmd) Help() string {
	return `Appends rows to a topic. A program that reads the topic takes them at its next run. Where the command is stopped halfway, the same command goes on; once it has ended, it puts the rows once more.

Example:
  edyc topic put bids new-bids.ndjson --data state --file bids.edy`
}

// Run puts the rows.
func (c *topicPutCmd) Run(a *app) error {
	l, err := a.openLog(c.Data, true)
	if err != nil {
		return err
	}
	defer l.Close()
	g, err := a.planOfTopic(l, c.File, c.Topic)
	if err != nil {
		return err
	}
	input := unsheltered(c.Input)
	name := "put " + c.Topic + " " + input
	if isStdout(input) {
		name += time.Now().Format(time.RFC3339Nano) // it cannot be gone on with
	}
	s, err := a.put(l, g, c.Topic, input, name)
	if err != nil {
		return err
	}
	a.summary(s, map[string]bool{c.Topic: true})
	return nil
}

// planOfTopic is a plan of a topic alone.
func (a *app) planOfTopic(l log.Log, file, topic string) (*plan.Graph, error) {
	r := registry.Open(l)
	if file == "" {
		return build.TopicPlan(l, r, topic)
	}
	p, err := a.loadSound(file)
	if err != nil {
		return nil, err
	}
	if err := knownNames(p.Result.Program, map[string]string{topic: ""}, nil); err != nil {
		return nil, err
	}
	broken, err := r.Diagnose(p.Result.Program, p.Files)
	if err != nil {
		return nil, err
	}
	if err := a.report(broken); err != nil {
		return nil, err
	}
	return build.TopicOf(p.Result.Program, topic)
}

// put appends rows to a topic, as a run that is forgotten when it has ended.
func (a *app) put(l log.Log, g *plan.Graph, topic, input, name string) (*exec.Summary, error) {
	run, err := checkpoint.Open(l, name, build.DefaultCheckpoint, clock.Real{})
	if err != nil {
		return nil, err
	}
	defer run.Close()
	opt := build.Options{System: a.system(), Inputs: map[string]string{topic: input},
		Data: &build.Data{Log: l, Run: run, Registry: registry.Open(l), Writes: true}}
	job, err := build.New(context.Background(), build.WithErrors(g), opt)
	if err != nil {
		return nil, err
	}
	s, err := job.Run(context.Background())
	if err = errors.Join(err, job.Close()); err == nil {
		err = run.Erase()
	}
	return s, err
}

type topicReprocessCmd struct {
	Errors string `arg:"" optional:"" default:"errors" help:"The topic of error records."`
	Into   string `required:"" placeholder:"TOPIC" help:"The topic that the rows are put back into."`
	File   string `required:"" placeholder:"FILE" help:"The program that is put right."`
	Code   string `placeholder:"CODE" help:"Only rows that failed of this cause."`
	dataFlag
	replayFlags
}

// Help is shown under --help.
func (topicReprocessCmd) Help() string {
	return `Takes the rows of stored error records as they were read, and puts them back into their topic by a program that is put right; its next run processes them. Rows that fail again become error records again. Narrow with --code, --from and --to what is taken: a row that is taken twice is there twice.

Example:
  edyc topic reprocess errors --into bids --file fixed.edy --code bad_value --data state`
}

// Run puts the rows back.
func (c *topicReprocessCmd) Run(a *app) error {
	l, err := c.open(a)
	if err != nil {
		return err
	}
	defer l.Close()
	g, err := a.planOfTopic(l, c.File, c.Into)
	if err != nil {
		return err
	}
	over, err := c.over(l)
	if err != nil {
		return err
	}
	var rows bytes.Buffer
	err = a.collected(over, c.Errors, func(out *exec.Collected) error { return failedRows(&rows, out, c.Code) })
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "edyc-reprocess-")
	if err != nil {
		return fmt.Errorf("cannot make a folder for the rows: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, c.Errors+".ndjson")
	if err := os.WriteFile(path, rows.Bytes(), 0o600); err != nil {
		return fmt.Errorf("cannot write the rows: %w", err)
	}
	s, err := a.put(l, g, c.Into, path, "reprocess "+path)
	if err != nil {
		return err
	}
	a.summary(s, map[string]bool{c.Into: true})
	return nil
}

// failedRows writes the rows of error records as they were read: one that could not be
// read at all stands there as a text.
func failedRows(w *bytes.Buffer, out *exec.Collected, code string) error {
	at := map[string]int{}
	for i, c := range out.Type.Columns {
		at[c.Name] = i
	}
	row, hasRow := at["row"]
	why, hasCode := at["code"]
	if !hasRow || !hasCode {
		return usage("%s holds no error records", out.Type.Topic)
	}
	for _, r := range out.Rows() {
		text, _ := r[row].(string)
		if code != "" && r[why] != code || text == "" || text == "null" {
			continue
		}
		var raw string
		if json.Unmarshal([]byte(text), &raw) == nil {
			text = raw
		}
		w.WriteString(text + "\n")
	}
	return nil
}

// linesOf are rows as lines of NDJSON.
func linesOf(out *exec.Collected) ([]string, error) {
	var buf bytes.Buffer
	var columns []types.Column
	for _, c := range out.Type.Columns {
		if !c.Hidden {
			columns = append(columns, c)
		}
	}
	enc, err := ndjson.Lines().NewEncoder(&buf, columns, format.Options{})
	if err != nil {
		return nil, err
	}
	for _, b := range out.Batches {
		if err := enc.Write(b.Cols, b.Rows, b.Sel, b.Ops); err != nil {
			return nil, err
		}
	}
	if err := enc.Close(); err != nil {
		return nil, err
	}
	var lines []string
	for line := range bytes.Lines(buf.Bytes()) {
		lines = append(lines, string(bytes.TrimSuffix(line, []byte("\n"))))
	}
	return lines, nil
}
