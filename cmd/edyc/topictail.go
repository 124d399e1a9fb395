package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/remote"
	"github.com/edynamic/edynamic/runtime/log/stream"
	"github.com/edynamic/edynamic/runtime/registry"
)

type topicTailCmd struct {
	Topic  string   `arg:"" help:"The topic."`
	Rows   *int     `short:"n" placeholder:"10" help:"How many of the rows there are; 10, or with --from all of them."`
	Where  []string `placeholder:"CONDITION" sep:"none" help:"Only rows for which a condition holds, such as 'price > 5.0'; FIELD=VALUE is one, too. All that are given must hold."`
	Key    []string `placeholder:"VALUE" sep:"none" help:"Only rows of a key; of a key of several columns once for each, in their order."`
	Follow *bool    `short:"f" negatable:"" help:"Go on with the rows that come until Ctrl-C. Otherwise it does while a run has the folder open, and --no-follow never."`
	dataFlag
	replayFlags
}

// Help is shown under --help.
func (topicTailCmd) Help() string {
	return `Prints the last rows of a topic as NDJSON; error records and late rows are topics too. While a run has the folder open, the rows that it commits follow as they come, at every checkpoint, until it ends. With --follow the command waits for the next run.

Example:
  edyc topic tail bids --data state -n 5
  edyc topic tail bids --data state --follow --where 'price > 100.0 and auction != 7'
  edyc topic tail errors --data state --where code=bad_value --from 2026-01-01T00:00:00Z`
}

// tailEvery is how often tail looks for new rows.
const tailEvery = 100 * time.Millisecond

// defaultRows is how many rows are shown of those there are.
const defaultRows = 10

// tail is a topic whose rows are printed.
type tail struct {
	*topicTailCmd
	a    *app
	log  log.Log
	live bool // it is that of a process that is running
	plan *filteredTopic
	next []int64 // the event of each partition that comes next
}

// Run prints the rows.
func (c *topicTailCmd) Run(a *app) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	t := &tail{topicTailCmd: c, a: a}
	if err := t.open(); err != nil {
		return err
	}
	defer func() { t.close() }()
	if err := t.begin(ctx); err != nil {
		return err
	}
	follow := t.live
	if c.Follow != nil {
		follow = *c.Follow
	}
	if c.To != "" || !follow {
		return nil
	}
	return t.follow(ctx)
}

// open reads the folder, or what the process that has it open has committed.
func (t *tail) open() (err error) {
	t.log, t.live, err = t.a.readLog(t.Data)
	return err
}

func (t *tail) close() {
	if t.log != nil {
		_ = t.log.Close() // it was only read
		t.log = nil
	}
}

// begin prints the rows there are.
func (t *tail) begin(ctx context.Context) error {
	over, err := t.over(t.log)
	if err != nil {
		return err
	}
	if t.plan, err = t.a.filteredTopic(t.log, t.Topic, t.Where, t.Key); err != nil {
		return err
	}
	ends, err := t.heads()
	if err != nil {
		return err
	}
	t.next = make([]int64, len(ends))
	if t.Rows == nil && t.From != "" {
		err = t.run(ctx, over, t.since(ends), build.Options{Outputs: map[string][]string{t.plan.stream: {"-?format=ndjson"}}}, nil)
	} else {
		n := defaultRows
		if t.Rows != nil {
			n = *t.Rows
		}
		err = t.last(ctx, over, ends, n)
	}
	t.next = ends
	return err
}

// heads are the events of each partition that come next.
func (t *tail) heads() ([]int64, error) {
	known, ok := t.log.Topic(t.Topic)
	if !ok {
		_, err := t.log.Head(t.Topic, 0) // which tells why
		return nil, err
	}
	var out []int64
	for p := range known.Partitions {
		h, err := t.log.Head(t.Topic, p)
		if err != nil {
			return nil, err
		}
		out = append(out, h.Next)
	}
	return out, nil
}

// since are the events from those that come next up to the ends.
func (t *tail) since(ends []int64) []stream.Range {
	var parts []stream.Range
	for p, to := range ends {
		from := int64(0)
		if p < len(t.next) {
			from = t.next[p]
		}
		parts = append(parts, stream.Range{From: from, To: to})
	}
	return parts
}

// collect runs the plan and prints the last n of its rows, or all with -1: none before all
// have been read.
func (t *tail) collect(ctx context.Context, over *build.Replay, parts []stream.Range, n int) error {
	return t.run(ctx, over, parts, build.Options{Collect: []string{t.plan.stream}}, func(out *exec.Collected) error {
		lines, err := linesOf(out)
		if err != nil {
			return err
		}
		if n >= 0 {
			lines = lines[max(0, len(lines)-n):]
		}
		for _, line := range lines {
			if _, err := fmt.Fprintln(t.a.stdout, line); err != nil {
				return err
			}
		}
		return nil
	})
}

// run runs the plan over events of the topic.
func (t *tail) run(ctx context.Context, over *build.Replay, parts []stream.Range, opt build.Options, use func(*exec.Collected) error) error {
	r := *over
	r.Log, r.Registry = t.log, registry.Open(t.log)
	r.Parts, r.Stored = map[string][]stream.Range{t.Topic: parts}, map[string]string{t.plan.topic: t.Topic}
	opt.System, opt.Replay = t.a.system(), &r
	job, err := build.New(ctx, t.plan.graph, opt)
	if err != nil {
		return err
	}
	if _, err = job.Run(ctx); err == nil && use != nil && ctx.Err() == nil {
		err = use(job.Collected(t.plan.stream))
	}
	return errors.Join(err, job.Close())
}

// last prints the last n rows. They are looked for from the ends back, in each partition
// by itself, so that of a large topic only its end is read.
func (t *tail) last(ctx context.Context, over *build.Replay, ends []int64, n int) error {
	if n <= 0 {
		return nil
	}
	parts := make([]stream.Range, len(ends))
	for p, to := range ends {
		h, err := t.log.Head(t.Topic, p)
		if err != nil {
			return err
		}
		one := make([]stream.Range, len(ends))
		for back, found := int64(max(n, 256)), 0; ; back *= 8 {
			one[p] = stream.Range{From: max(h.First, to-back), To: to}
			err := t.run(ctx, over, one, build.Options{Collect: []string{t.plan.stream}}, func(out *exec.Collected) error {
				found = len(out.Ops())
				return nil
			})
			if err != nil {
				return err
			}
			if found >= n || one[p].From == h.First {
				break
			}
		}
		parts[p] = one[p]
	}
	return t.collect(ctx, over, parts, n)
}

// follow prints rows as they are committed, until Ctrl-C, or the run that commits them
// ends and nobody has asked to wait for the next.
func (t *tail) follow(ctx context.Context) error {
	over, err := t.over(t.log)
	if err != nil {
		return err
	}
	if !t.live {
		t.close() // so that a run can have the folder
	}
	written := t.written()
	for ctx.Err() == nil {
		if t.log == nil {
			if now := t.written(); now != written || t.dial() {
				written = now
				if err := t.reopen(ctx); err != nil {
					return err
				}
			}
		}
		if t.log != nil {
			if err := t.look(ctx, over); err != nil {
				return err
			}
			if t.log == nil && (t.Follow == nil || !*t.Follow) {
				return nil
			}
			written = t.written() // also by looking into the folder
		}
		select {
		case <-ctx.Done():
		case <-time.After(tailEvery):
		}
	}
	return nil
}

// dial reads from the process that has the folder open, if one has.
func (t *tail) dial() bool {
	l, err := remote.Dial(t.Data)
	if err == nil {
		t.log, t.live = l, true
	}
	return err == nil
}

// reopen reads from whoever has the folder open, or from the folder.
func (t *tail) reopen(ctx context.Context) error {
	for t.log == nil && ctx.Err() == nil {
		var used *inUse
		if err := t.open(); err != nil && !errors.As(err, &used) { // else somebody is opening it
			return err
		}
	}
	return nil
}

// look prints what has come, and lets go of a log whose process has ended, after what that
// has left in the folder.
func (t *tail) look(ctx context.Context, over *build.Replay) error {
	err := t.new(ctx, over)
	if remote.Ended(err) {
		t.close()
		if err = t.reopen(ctx); err == nil && t.log != nil {
			err = t.new(ctx, over)
		}
		if remote.Ended(err) { // and the next one, too
			t.close()
			return nil
		}
	}
	if !t.live {
		t.close()
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// new prints what has come since.
func (t *tail) new(ctx context.Context, over *build.Replay) error {
	ends, err := t.heads()
	if err != nil {
		return err
	}
	come := len(ends) > len(t.next)
	for p := range t.next {
		come = come || p < len(ends) && ends[p] > t.next[p]
	}
	if !come {
		return nil
	}
	if err := t.collect(ctx, over, t.since(ends), -1); err != nil {
		return err
	}
	t.next = ends
	return nil
}

// written changes when somebody writes to the folder.
func (t *tail) written() string {
	info, err := os.Stat(filepath.Join(t.Data, "log", "guard"))
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.ModTime().UnixNano())
}
