package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/registry"
	"github.com/edynamic/edynamic/vm"
)

// collected reads recorded rows of a topic.
func (a *app) collected(over *build.Replay, topic string, use func(*exec.Collected) error) error {
	g, err := build.TopicPlan(over.Log, registry.Open(over.Log), topic)
	if err != nil {
		return err
	}
	job, err := build.New(context.Background(), g, build.Options{System: a.system(), Replay: over, Collect: []string{topic}})
	if err != nil {
		return err
	}
	if _, err = job.Run(context.Background()); err == nil {
		err = use(job.Collected(topic))
	}
	return errors.Join(err, job.Close())
}

type topicExportCmd struct {
	Topic  string `arg:"" help:"The topic."`
	Output string `arg:"" optional:"" default:"-" help:"The file, whose format is that of its extension, or - for NDJSON."`
	Test   bool   `help:"Write a test block whose given rows are those, ready to be put into a program."`
	dataFlag
	replayFlags
}

// Help is shown under --help.
func (topicExportCmd) Help() string {
	return `Writes recorded rows in any format.

Example:
  edyc topic export bids bids.parquet --data state --from 2026-01-01T00:00:00Z
  edyc topic export bids --data state --from 100 --to 120 --test >> bids.edy`
}

// Run writes the rows.
func (c *topicExportCmd) Run(a *app) error {
	l, err := c.read(a)
	if err != nil {
		return err
	}
	defer l.Close()
	over, err := c.over(l)
	if err != nil {
		return err
	}
	if c.Test {
		return a.collected(over, c.Topic, func(out *exec.Collected) error { return a.givenRows(c.Topic, out) })
	}
	g, err := build.TopicPlan(l, registry.Open(l), c.Topic)
	if err != nil {
		return err
	}
	job, err := build.New(context.Background(), g, build.Options{System: a.system(), Replay: over,
		Outputs: map[string][]string{c.Topic: {unsheltered(c.Output)}}})
	if err != nil {
		return err
	}
	s, err := job.Run(context.Background())
	if err = errors.Join(err, job.Close()); err != nil {
		return err
	}
	a.summary(s, map[string]bool{})
	return nil
}

// givenRows prints rows as those that a test is given.
func (a *app) givenRows(topic string, out *exec.Collected) error {
	row := &types.Type{Kind: types.Record}
	for _, c := range out.Type.Columns {
		row.Fields = append(row.Fields, types.Field{Name: c.Name, Type: c.Type})
	}
	fmt.Fprintf(a.stdout, "test \"rows of %s\" {\n  given %s [\n", topic, topic)
	rows, ops := out.Rows(), out.Ops()
	for i, r := range rows {
		if ops[i] != operators.Insert {
			continue
		}
		text := vm.Format(row, r)
		if out.Type.Columns[0].Name == types.UnionColumn {
			text = vm.Format(out.Type.Columns[0].Type, r[0])
		}
		end := ","
		if i == len(rows)-1 {
			end = ""
		}
		fmt.Fprintf(a.stdout, "    %s%s\n", text, end)
	}
	fmt.Fprintf(a.stdout, "  ]\n}\n")
	return nil
}
