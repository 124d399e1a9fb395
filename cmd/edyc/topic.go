package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/registry"
)

type topicCmd struct {
	List      topicListCmd      `cmd:"" help:"List the topics of a data folder."`
	Describe  topicDescribeCmd  `cmd:"" help:"Show what a data folder knows of a topic."`
	Tail      topicTailCmd      `cmd:"" help:"Print the last rows of a topic."`
	Put       topicPutCmd       `cmd:"" help:"Put rows into a topic."`
	Export    topicExportCmd    `cmd:"" help:"Write rows of a topic to a file, or as the given rows of a test."`
	Verify    topicVerifyCmd    `cmd:"" help:"Walk the hash chains and look at every byte."`
	Compact   topicCompactCmd   `cmd:"" help:"Leave the rows of a topic by key out that others have replaced."`
	Reprocess topicReprocessCmd `cmd:"" help:"Put rows that had failed back into their topic, by a program that is put right."`
}

// Help is shown under --help.
func (topicCmd) Help() string {
	return `A data folder holds the rows of every topic of the programs that were run with --data, and those that were put there. Error records and late rows are topics like others. While a run has the folder open, it alone writes to it; what it has committed can be read.

Example:
  edyc topic list --data state
  edyc topic put bids new-bids.ndjson --data state --file bids.edy
  edyc topic tail errors --data state --where code=late`
}

// dataFlag names a data folder that must be there.
type dataFlag struct {
	Data string `required:"" placeholder:"DIR" help:"The data folder."`
}

// open opens the folder, and read reads it, also while a run has it open.
func (f *dataFlag) open(a *app) (log.Log, error) { return a.openLog(f.Data, false) }
func (f *dataFlag) read(a *app) (log.Log, error) {
	l, _, err := a.readLog(f.Data)
	return l, err
}

type topicListCmd struct{ dataFlag }

// Run lists the topics.
func (c *topicListCmd) Run(a *app) error {
	l, err := c.read(a)
	if err != nil {
		return err
	}
	defer l.Close()
	for _, t := range l.Topics() {
		events, bytes := int64(0), int64(0)
		for p := range t.Partitions {
			h, err := l.Head(t.Name, p)
			if err != nil {
				return err
			}
			events, bytes = events+h.Rows(), bytes+h.Bytes
		}
		fmt.Fprintf(a.stdout, "%s  %s  %s  %s\n", t.Name, counted(events, "row"), counted(bytes, "byte"), counted(int64(t.Partitions), "partition"))
	}
	return nil
}

type topicDescribeCmd struct {
	Topic string `arg:"" help:"The topic."`
	dataFlag
}

// Run describes the topic.
func (c *topicDescribeCmd) Run(a *app) error {
	l, err := c.read(a)
	if err != nil {
		return err
	}
	defer l.Close()
	t, ok := l.Topic(c.Topic)
	if !ok {
		return fmt.Errorf("the data folder has no topic %q", c.Topic)
	}
	var settings map[string]any
	if len(t.Settings) > 0 {
		if err := json.Unmarshal(t.Settings, &settings); err != nil {
			return fmt.Errorf("topic %s: its settings cannot be read: %w", t.Name, err)
		}
	}
	fmt.Fprintf(a.stdout, "topic %s\n", t.Name)
	for _, name := range []string{"Key", "Time", "Upsert", "Retention", "History"} {
		if v, ok := settings[name]; ok {
			fmt.Fprintf(a.stdout, "  %s: %v\n", name, v)
		}
	}
	for p := range t.Partitions {
		h, err := l.Head(t.Name, p)
		if err != nil {
			return err
		}
		line := fmt.Sprintf("  partition %d: rows %d to %d in %s, %s", p, h.First, h.Next, counted(h.Entries, "block"), counted(h.Bytes, "byte"))
		if h.Gone > 0 {
			line += ", " + counted(h.Gone, "row") + " replaced and compacted away"
		}
		if h.Largest != log.NoTime {
			line += ", latest " + instant(h.Largest)
		}
		fmt.Fprintf(a.stdout, "%s, chain %x\n", line, h.Hash[:8])
	}
	versions, err := registry.Open(l).Versions(t.Name)
	if err != nil {
		return err
	}
	for _, v := range versions {
		fmt.Fprintf(a.stdout, "  schema version %d since %s: sha256:%s\n", v.Number, v.Since.Format(time.RFC3339), v.Fingerprint[:16])
	}
	return nil
}

type topicVerifyCmd struct {
	Topic string `arg:"" optional:"" help:"The topic; all of them when none is named."`
	dataFlag
}

// Run walks the chains.
func (c *topicVerifyCmd) Run(a *app) error {
	l, err := c.read(a)
	if err != nil {
		return err
	}
	defer l.Close()
	bad := false
	for _, t := range l.Topics() {
		if c.Topic != "" && c.Topic != t.Name {
			continue
		}
		for p := range t.Partitions {
			v, err := log.Verify(l, t.Name, p)
			var damage *log.Damage
			if errors.As(err, &damage) {
				fmt.Fprintln(a.stdout, damage)
				bad = true
				continue
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "%s, partition %d: %s in %s, the chain holds\n", t.Name, p, counted(v.Events, "row"), counted(v.Entries, "block"))
		}
	}
	if bad {
		return failed()
	}
	return nil
}
