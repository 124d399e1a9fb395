package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/registry"
	"github.com/edynamic/edynamic/vm"
)

type topicTailCmd struct {
	Topic string   `arg:"" help:"The topic."`
	Rows  int      `short:"n" default:"10" help:"How many rows."`
	Where []string `placeholder:"FIELD=VALUE" sep:"none" help:"Only rows whose field has a value, as JSON writes it or without the quotes."`
	dataFlag
	replayFlags
}

// Help is shown under --help.
func (topicTailCmd) Help() string {
	return `Prints the last rows of a topic as NDJSON; error records and late rows are topics too.

Example:
  edyc topic tail bids --data state -n 5
  edyc topic tail errors --data state --where code=bad_value`
}

// Run prints the rows.
func (c *topicTailCmd) Run(a *app) error {
	var fits []func(row map[string]any) bool
	for _, w := range c.Where {
		field, value, ok := strings.Cut(w, "=")
		if !ok {
			return usage("--where %s: write FIELD=VALUE", w)
		}
		fits = append(fits, func(row map[string]any) bool { return asText(row[field]) == value || asJSON(row[field]) == value })
	}
	l, err := c.open(a)
	if err != nil {
		return err
	}
	defer l.Close()
	over, err := c.over(l)
	if err != nil {
		return err
	}
	var lines []string
	err = a.collected(over, c.Topic, func(out *exec.Collected) error {
		text, err := linesOf(out)
		lines = text
		return err
	})
	if err != nil {
		return err
	}
	var shown []string
	for _, line := range lines {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			return fmt.Errorf("a row cannot be read: %w", err)
		}
		keep := true
		for _, f := range fits {
			keep = keep && f(row)
		}
		if keep {
			shown = append(shown, line)
		}
	}
	for _, line := range shown[max(0, len(shown)-c.Rows):] {
		fmt.Fprintln(a.stdout, line)
	}
	return nil
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

func asText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return asJSON(v)
}

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
	l, err := c.open(a)
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
