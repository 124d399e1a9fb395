package main

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/log"
)

type topicReprocessCmd struct {
	Errors string `arg:"" optional:"" help:"The topic of error records; by default where those of the topic go."`
	Into   string `required:"" placeholder:"TOPIC" help:"The topic that the rows are put back into."`
	File   string `required:"" placeholder:"FILE" help:"The program that is put right."`
	Code   string `placeholder:"CODE" help:"Only rows that failed of this cause, also where they are in the topic already."`
	Format string `placeholder:"FORMAT" help:"Read the rows so, such as 'csv?delimiter=;', whatever the program and the records tell."`
	Again  bool   `help:"Also rows that were put back before."`
	Data   string `required:"" placeholder:"DIR" help:"The data folder."`
	From   string `placeholder:"TIME|OFFSET" help:"Error records from an event time of their rows, or from a number of a record in its partition. Records that tell no time count at any."`
	To     string `placeholder:"TIME|OFFSET" help:"Up to, and without."`
}

// Help is shown under --help.
func (topicReprocessCmd) Help() string {
	return `Takes the rows of stored error records and puts them back into their topic by a program that is put right; its next run processes them. Rows that fail again become error records again. Error records of rows of other topics are left out, and those whose rows were put back before, unless --again says so. Narrow with --code, --from and --to what is taken.

Rows that have been in the topic, because they failed or came late behind it, are there twice when they are put back, for all that reads the topic: that is done only for a --code.

A row is read as the source of the program reads that its file belongs to, else as it was read then, else as --format says. The header of its file is kept with its error record.

Example:
  edyc topic reprocess errors --into bids --file fixed.edy --code bad_value --data state`
}

// Run puts the rows back.
func (c *topicReprocessCmd) Run(a *app) error {
	l, err := a.openLog(c.Data, false)
	if err != nil {
		return err
	}
	defer l.Close()
	p, err := a.loadSound(c.File)
	if err != nil {
		return err
	}
	g, err := a.planOfTopic(l, p, c.Into)
	if err != nil {
		return err
	}
	prog := p.Result.Program
	if c.Errors == "" {
		c.Errors = errorTopicOf(prog, c.Into)
	}
	back := &build.Recalled{Topic: c.Into, Sources: prog.Sources}
	if c.Format != "" {
		as, err := file.ReadingOf(c.Format)
		if err != nil {
			return usage("--format %s: %v", c.Format, err)
		}
		back.Reading = &as
	}
	before, err := putBackBefore(l, c.Errors, c.Into)
	if err != nil {
		return err
	}
	left, err := c.choose(l, back, before)
	if err != nil {
		return err
	}
	if len(back.Rows) > 0 || before.Stopped != nil {
		if err := c.put(a, l, g, back, before); err != nil {
			return err
		}
	}
	c.tell(a, len(back.Rows), left)
	return nil
}

// errorTopicOf is where the error records of a topic go.
func errorTopicOf(prog *ir.Program, topic string) string {
	for _, t := range prog.Topics {
		if t.Name == topic && t.ErrorsTo != "" {
			return t.ErrorsTo
		}
	}
	return check.ErrorsTopic
}

// leftOut counts error records whose rows are not put back; there has those of rows that are
// in the topic by their codes.
type leftOut struct {
	before, others int64
	there          map[string]int64
	codes          map[string]bool // of all error records
}

// choose takes the rows that are put back.
func (c *topicReprocessCmd) choose(l log.Log, back *build.Recalled, before *putBack) (left leftOut, err error) {
	over, err := (&replayFlags{From: c.From, To: c.To}).over(l)
	if err != nil {
		return left, err
	}
	all, err := over.FailedRows(c.Errors)
	if err != nil {
		return left, err
	}
	left.codes = map[string]bool{}
	for i := range all {
		left.codes[all[i].Code] = true
	}
	var topics []string
	for _, t := range l.Topics() {
		topics = append(topics, t.Name)
	}
	left.there = map[string]int64{}
	for _, f := range all {
		if c.Code != "" && f.Code != c.Code || !c.Again && before.isLater(f.Partition, f.Event) {
			continue
		}
		has, err := back.Has(&f, topics)
		switch {
		case err != nil:
			return left, err
		case !has:
			left.others++
		case !c.Again && before.has(f.Partition, f.Event):
			left.before++
		case c.Code == "" && f.Entered():
			left.there[f.Code]++
		default:
			back.Rows = append(back.Rows, f)
		}
	}
	return left, nil
}

// put puts the rows back, and remembers that it did. Where it is stopped halfway the same
// command goes on.
func (c *topicReprocessCmd) put(a *app, l log.Log, g *plan.Graph, back *build.Recalled, before *putBack) error {
	run := c.run(back.Rows)
	if s := before.Stopped; s != nil && s.Run != run && !c.Again {
		return fmt.Errorf("another command was stopped while it put rows of %s back into %s: say first once more what it was, edyc topic reprocess %s; or --again, which may put rows back that it has put already",
			c.Errors, c.Into, s.Flags)
	} else if s == nil || s.Run != run {
		if err := before.begin(l, run, c.flags()); err != nil {
			return err
		}
	}
	for _, f := range back.Rows {
		before.add(f.Partition, f.Event)
	}
	fill := func(o *build.Options) { o.Recalled = back }
	return a.appendRows(l, g, c.Into, run, fill, func(*exec.Summary) (log.KeyValue, error) { return before.done() })
}

// run is the name of a run that puts rows back.
func (c *topicReprocessCmd) run(rows []build.FailedRow) string {
	sum := sha256.New()
	for i := range rows {
		fmt.Fprintln(sum, rows[i].Partition, rows[i].Event)
	}
	return fmt.Sprintf("reprocess %s into %s %x", c.Errors, c.Into, sum.Sum(nil))
}

// flags are those that say which rows are put back.
func (c *topicReprocessCmd) flags() string {
	out := []string{c.Errors, "--into", c.Into}
	for _, f := range [][2]string{{"--code", c.Code}, {"--from", c.From}, {"--to", c.To}} {
		if f[1] != "" {
			out = append(out, f[0], f[1])
		}
	}
	if c.Again {
		out = append(out, "--again")
	}
	return strings.Join(out, " ")
}

// tell says what was not put back, and why.
func (c *topicReprocessCmd) tell(a *app, put int, left leftOut) {
	if put == 0 {
		fmt.Fprintf(a.stderr, "%s: nothing put\n", c.Into)
	}
	if c.Code != "" && !left.codes[c.Code] && len(left.codes) > 0 {
		have := slices.Sorted(maps.Keys(left.codes))
		fmt.Fprintf(a.stderr, "%s: no error record has %s, only %s%s\n", c.Errors, c.Code, strings.Join(have, ", "), nearest(c.Code, have))
	}
	if left.before > 0 {
		fmt.Fprintf(a.stderr, "%s: the rows of %s were put back before; --again puts them once more\n", c.Errors, counted(left.before, "error record"))
	}
	for _, code := range slices.Sorted(maps.Keys(left.there)) {
		fmt.Fprintf(a.stderr, "%s: %s with %s left out, of rows that are in %s already; --code %s puts them there once more\n",
			c.Errors, counted(left.there[code], "error record"), code, c.Into, code)
	}
	if left.others > 0 {
		fmt.Fprintf(a.stderr, "%s: %s left out, of rows that were not read into %s\n", c.Errors, counted(left.others, "error record"), c.Into)
	}
}
