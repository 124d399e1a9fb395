package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
	"github.com/edynamic/edynamic/runtime/load"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/registry"
)

type topicPutCmd struct {
	Topic string `arg:"" help:"The topic."`
	Input string `arg:"" help:"The file or glob with the rows, or -."`
	File  string `placeholder:"FILE" help:"A program that declares the topic; without one it is as it was declared last."`
	Data  string `required:"" placeholder:"DIR" help:"The data folder."`
	Again bool   `help:"Put the rows although the same were put before."`
}

// Help is shown under --help.
func (topicPutCmd) Help() string {
	return `Appends rows to a topic. A program that reads the topic takes them at its next run. Where the command is stopped halfway, the same command goes on. Rows that are put once more, read from the same bytes, are noticed: nothing is put, unless --again says so.

Example:
  edyc topic put bids new-bids.ndjson --data state --file bids.edy`
}

// Run puts the rows.
func (c *topicPutCmd) Run(a *app) error {
	var p *load.Program // a wrong one makes no folder
	var err error
	if c.File != "" {
		if p, err = a.loadSound(c.File); err != nil {
			return err
		}
	}
	l, err := a.openLog(c.Data, true)
	if err != nil {
		return err
	}
	defer l.Close()
	g, err := a.planOfTopic(l, p, c.Topic)
	if err != nil {
		return err
	}
	input := unsheltered(c.Input)
	name, done, err := a.nameOfInput(input)
	if err != nil {
		return err
	}
	defer done()
	run := "put " + c.Topic + " " + input
	if isStdout(input) {
		run += " " + name // another time it is other rows
	}
	return a.put(l, g, rows{topic: c.Topic, input: input, run: run, name: name}, c.Again)
}

// rows are what is put into a topic: from where, as which run, and the name of their bytes.
type rows struct{ topic, input, run, name string }

// planOfTopic is a plan of a topic alone, as a program declares it; without one, as it was
// declared last.
func (a *app) planOfTopic(l log.Log, p *load.Program, topic string) (*plan.Graph, error) {
	r := registry.Open(l)
	if p == nil {
		return build.TopicPlan(l, r, topic)
	}
	var topics []string
	for _, t := range p.Result.Program.Topics {
		topics = append(topics, t.Name)
	}
	if !slices.Contains(topics, topic) {
		return nil, usage("the program has no topic %q%s", topic, nearest(topic, topics))
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

// put appends rows to a topic, as a run of which only the name of the rows is remembered
// when it has ended.
func (a *app) put(l log.Log, g *plan.Graph, rows rows, again bool) error {
	if before, err := putBefore(l, rows.topic, rows.name); err != nil || before != nil && !again {
		if err == nil {
			a.sayPut(rows.topic, before)
		}
		return err
	}
	fill := func(o *build.Options) { o.Inputs = map[string]string{rows.topic: rows.input} }
	return a.appendRows(l, g, rows.topic, rows.run, fill, func(s *exec.Summary) (log.KeyValue, error) {
		done, err := json.Marshal(putOnce{At: time.Now().UTC(), Rows: rowsOf(s, rows.topic)})
		return log.KeyValue{Key: putKey(rows.topic, rows.name), Value: done}, err
	})
}

// appendRows appends to a topic what options have it read, as a run that is forgotten when
// it has ended: done is what is remembered in its place.
func (a *app) appendRows(l log.Log, g *plan.Graph, topic, name string, fill func(*build.Options), done func(*exec.Summary) (log.KeyValue, error)) error {
	run, err := checkpoint.Open(l, name, build.DefaultCheckpoint, clock.Real{})
	if err != nil {
		return err
	}
	defer run.Close()
	opt := build.Options{System: a.system(), Data: &build.Data{Log: l, Run: run, Registry: registry.Open(l), Writes: true}}
	fill(&opt)
	job, err := build.New(context.Background(), build.WithErrors(g), opt)
	if err != nil {
		return err
	}
	s, err := job.Run(context.Background())
	if err = errors.Join(err, job.Close()); err != nil {
		return err
	}
	instead, err := done(s)
	if err == nil {
		err = run.Erase(instead)
	}
	if err != nil {
		return err
	}
	a.summary(s, map[string]bool{topic: true})
	return nil
}

// rowsOf is how many rows of a topic a run has read.
func rowsOf(s *exec.Summary, topic string) int64 {
	for _, t := range s.Topics {
		if t.Name == topic {
			return t.Rows
		}
	}
	return 0
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
