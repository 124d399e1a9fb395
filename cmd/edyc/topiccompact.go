package main

import (
	"fmt"
	"time"

	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/registry"
)

type topicCompactCmd struct {
	Topic string `arg:"" help:"The topic."`
	dataFlag
}

// Help is shown under --help.
func (topicCompactCmd) Help() string {
	return `Leaves the rows of a topic with mode: upsert out that later rows of their keys have replaced, but for those that its history still needs. Runs do so by themselves now and then; this does it now. Numbers of rows stay what they were, and verify finds the chain whole.

Example:
  edyc topic compact products --data state`
}

// Run compacts the topic.
func (c *topicCompactCmd) Run(a *app) error {
	l, err := c.open(a)
	if err != nil {
		return err
	}
	defer l.Close()
	s, err := build.Compaction(l, registry.Open(l), c.Topic, time.Now())
	if err != nil {
		return err
	}
	if s == nil {
		return usage("rows of %s do not replace each other: only a topic with mode: upsert, and no history: forever, is compacted", c.Topic)
	}
	out, err := checkpoint.CompactTopic(*s, 0)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s: %s left out, %s kept\n", c.Topic, counted(out.Gone, "row"), counted(out.Left, "row"))
	return nil
}
