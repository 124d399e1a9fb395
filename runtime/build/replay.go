package build

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/stream"
	"github.com/edynamic/edynamic/runtime/registry"
)

// rebuilt is the state that a changed program would be in, had it run from the beginning:
// the recorded rows that the run has seen are run through it, and go nowhere.
func (d *Data) rebuilt(ctx context.Context, g *plan.Graph, o *Options, run exec.Options, seen *exec.State) (*exec.State, error) {
	b, err := physical(g, newEnv(run.Params, newOwnFunctions(g, *o)), o.Alloc, false)
	if err != nil {
		return nil, bug(err)
	}
	if err := b.identify(); err != nil {
		return nil, err
	}
	err = b.replayed(d, d.Run.Name(), true, nil, func(topic string, s *stream.Source) error {
		var at []int64
		if resume := seen.Resume(topic, stream.Lane); len(resume) > 0 {
			if err := json.Unmarshal(resume, &at); err != nil {
				return err
			}
		}
		for p := range s.Parts {
			from := int64(0)
			if p < len(at) {
				from = at[p]
			}
			s.Except = append(s.Except, unseen(d.Run.Topic(topic).Own, p, from, s.Parts[p].To))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, n := range b.out.Nodes {
		if n.Topic != nil {
			n.Topic.Record = unrecorded{} // nobody reads what comes of the rows, and all are wanted
		}
	}
	kept := &keptState{}
	run.State, run.Checkpoints, run.Shelves, run.Progress = nil, kept, nil, nil
	e, err := exec.New(ctx, b.out, run)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	if _, err := e.Run(ctx); err != nil {
		return nil, err
	}
	return kept.state, ctx.Err()
}

// unseen are the events of a partition from one on that a run neither appended nor read.
func unseen(own [][]stream.Range, partition int, from, to int64) []stream.Range {
	var out []stream.Range
	if partition < len(own) {
		for _, x := range own[partition] {
			if x.From > from {
				out = append(out, stream.Range{From: from, To: x.From})
			}
			from = max(from, x.To)
		}
	}
	if from < to {
		out = append(out, stream.Range{From: from, To: to})
	}
	return out
}

// Replay is a run over recorded rows that touches nothing live.
type Replay struct {
	Log      log.Log
	Registry *registry.Registry
	// Run is the name of the run whose moments rows have, as far as it took them.
	Run      string
	From, To Bound
	// Parts are the events of each partition that are wanted of a topic, within From and To;
	// a topic that is not there is read whole.
	Parts map[string][]stream.Range
	// Stored is what topics are called in the log of which all rows are read, also those
	// that come from within; so it is with a topic alone.
	Stored map[string]string
	// Speed is how many times as fast event time goes by as it did, 0 for as fast as the
	// rows can be read.
	Speed float64
}

// Bound is an event time, or the number of an event in its partition; an Offset of -1 is
// behind all.
type Bound struct {
	IsTime bool
	Time   int64
	Offset int64
}

// openReplay gives topics their recorded rows.
func (b *builder) openReplay(o *Options) error {
	r := o.Replay
	return b.replayed(&Data{Log: r.Log, Registry: r.Registry}, r.Run, false, r.Stored, func(topic string, s *stream.Source) error {
		s.Clock, s.Speed = o.Clock, r.Speed
		r.narrow(topic, s)
		return nil
	})
}

// narrow leaves of the rows of a topic those that the replay asks for.
func (r *Replay) narrow(topic string, s *stream.Source) {
	wanted := r.Parts[topic]
	for p := range s.Parts {
		part := &s.Parts[p]
		if p < len(wanted) {
			part.From, part.To = max(part.From, wanted[p].From), min(part.To, wanted[p].To)
		}
		if r.From.IsTime {
			s.Since = &r.From.Time
		} else {
			part.From = max(part.From, r.From.Offset)
		}
		if r.To.IsTime {
			s.Until = &r.To.Time
		} else if r.To.Offset >= 0 {
			part.To = min(part.To, r.To.Offset)
		}
	}
	s.Partly = s.Partly || s.Since != nil || s.Until != nil || r.From.Offset > 0 || r.To.Offset >= 0
}

// replayed gives topics their recorded rows to read in place of their sources: those that
// came from outside, where the program makes others itself. They come when a run took them.
func (b *builder) replayed(d *Data, run string, pauses bool, stored map[string]string, narrow func(topic string, s *stream.Source) error) error {
	for _, n := range b.g.Nodes {
		t, ok := n.Op.(*plan.Topic)
		if !ok {
			continue
		}
		name, node := t.Topic.Name, b.out.Nodes[b.at[n.ID]]
		other, asItIs := stored[name]
		within := len(b.g.Nodes) > 1 && !asItIs && (len(node.In) > 0 || b.hasSideDoor(name) || node.Topic.Records)
		if asItIs {
			name = other
		}
		known, ok := d.Log.Topic(name)
		if !ok {
			continue
		}
		source := stream.Source{Log: d.Log, Topic: name, Row: t.Topic.Row, Outside: within, Moments: b.byMoment(),
			Type: func(v int32) (*types.Type, error) { return d.Registry.Type(name, v) }}
		for p := range known.Partitions {
			head, err := d.Log.Head(name, p)
			if err != nil {
				return err
			}
			source.Parts = append(source.Parts, stream.Range{From: head.First, To: head.Next})
			source.Partly = source.Partly || head.First > 0
		}
		var err error
		if source.Refused, err = stream.Refusals(d.Log, node.Errors, name); err != nil {
			return err
		}
		if source.Taken, node.Topic.EndedAt, err = checkpoint.Moments(d.Log, run, name); err != nil {
			return err
		}
		if err := narrow(name, &source); err != nil {
			return err
		}
		node.Topic.Lanes = []exec.Lane{{Name: stream.Lane, Counted: true, Recorded: true, Pauses: pauses,
			OpenAt: func(_ context.Context, resume []byte) (format.Decoder, error) {
				return stream.NewReader(source, resume)
			}}}
	}
	return nil
}

// byMoment reports that it matters when rows came: a program has windows on processing
// time, or a table that may change while rows are looked up in it.
func (b *builder) byMoment() bool {
	return slices.ContainsFunc(b.g.Nodes, func(n *plan.Node) bool {
		switch op := n.Op.(type) {
		case *ir.Clock:
			return true
		case *ir.Lookup:
			return !op.First
		}
		return false
	})
}

// keptState keeps the last state of a run.
type keptState struct{ state *exec.State }

// Due implements exec.Checkpoints.
func (k *keptState) Due() bool { return false }

// Wait implements exec.Checkpoints.
func (k *keptState) Wait() time.Duration { return 0 }

// Settle implements exec.Checkpoints.
func (k *keptState) Settle() {}

// Commit implements exec.Checkpoints.
func (k *keptState) Commit(s *exec.State, _ bool) error {
	k.state = s
	return nil
}

// unrecorded takes the rows of a topic and keeps none.
type unrecorded struct{}

// Record implements exec.Recorder.
func (unrecorded) Record(b *operators.Batch, _ int64, _ exec.Entrance) {
	b.Release()
}
