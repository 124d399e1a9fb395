package build

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/optimize"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/compact"
	"github.com/edynamic/edynamic/runtime/log/stream"
	"github.com/edynamic/edynamic/runtime/registry"
)

// Data is where a durable run keeps its topics and its state.
type Data struct {
	Log      log.Log
	Run      *checkpoint.Run
	Registry *registry.Registry
	// Ends: the end of what the log holds is the end of input.
	Ends bool
	// Writes: the run only puts rows into topics, and reads none of the log.
	Writes bool
	// Fresh are operators that begin afresh although a state of them is there.
	Fresh []string
	// Least is how many rows of an upsert topic must be new for it to be compacted, 0 for
	// checkpoint.LeastCompacted.
	Least int64
	// Changes are what became of the states of operators, set by New.
	Changes []checkpoint.Change
}

// DurablePlan keeps every topic that rows come from, and every column but those that
// nobody reads and that can fail. Rules that move stages about are left out, so that a
// changed program finds the state of each stage again.
func DurablePlan(prog *ir.Program, wanted []string) (*plan.Graph, error) {
	for _, t := range prog.Topics {
		if !slices.Contains(wanted, t.Name) && slices.ContainsFunc(prog.Sources, func(s *ir.Source) bool { return s.Topic == t.Name }) {
			wanted = append(wanted, t.Name)
		}
	}
	slices.Sort(wanted)
	g, err := lower.Program(prog, lower.Options{Outputs: wanted, KeepColumns: true})
	if err != nil {
		return nil, err
	}
	return optimize.Run(g, optimize.Options{Skip: []string{
		"share-prefixes", "push-where", "push-through-windows", "push-through-unions", "two-phase-aggregate",
	}}), nil
}

// identify gives nodes the names that their states are known by: the stream, the word of
// the stage, and its number among those of the same word that have a state. So other
// stages may be put before and behind it, and what is done to its rows before it may change.
func (b *builder) identify() error {
	seen := map[string]int{}
	for _, n := range b.out.Nodes {
		if n.Operator == nil {
			continue
		}
		name, stage, ok := strings.Cut(n.Name, "/")
		if _, word, numbered := strings.Cut(stage, ":"); ok && numbered {
			name += ":" + word
		} else {
			name = n.Name
		}
		op, err := n.Operator.New()
		if err != nil {
			return err
		}
		if _, none := op.(stateless); none {
			name += "." // in no one's way, and never shown
		}
		seen[name]++
		n.ID = name
		if seen[name] > 1 {
			n.ID = fmt.Sprintf("%s#%d", name, seen[name])
		}
	}
	return nil
}

// openLog declares the topics in the log, records their rows there, and reads what others
// have put there.
func (b *builder) openLog(o *Options) error {
	for _, n := range b.g.Nodes {
		t, ok := n.Op.(*plan.Topic)
		if !ok {
			continue
		}
		node := b.out.Nodes[b.at[n.ID]]
		if err := b.declare(o, t, node); err != nil {
			return fmt.Errorf("topic %s: %w", t.Topic.Name, err)
		}
	}
	return nil
}

func (b *builder) declare(o *Options, t *plan.Topic, node *exec.Node) error {
	d, name := o.Data, t.Topic.Name
	row := t.Topic.Row
	if err := stream.CheckForm(d.Log, name); err != nil {
		return err
	}
	schema, err := d.Registry.Add(name, row, o.Clock.Now())
	if err != nil {
		return err
	}
	if err := declareTopic(d.Log, t.Topic); err != nil {
		return err
	}
	order, err := stream.NextOrder(d.Log, name)
	if err != nil {
		return err
	}
	if err := d.adopt(name, node.Topic.Lanes); err != nil {
		return err
	}
	known, _ := d.Log.Topic(name)
	source := stream.Source{Log: d.Log, Topic: name, Row: row, Type: func(v int32) (*types.Type, error) { return d.Registry.Type(name, v) },
		Except: d.Run.Topic(name).Own, Moments: b.byMoment()}
	unread := false
	for p := range known.Partitions {
		head, err := d.Log.Head(name, p)
		if err != nil {
			return err
		}
		source.Parts = append(source.Parts, stream.Range{From: head.First, To: head.Next})
		unread = unread || !ownsAll(source.Except, p, head)
	}
	if again := b.again[name]; again != nil {
		again.Shared = again.Shared || unread
	}
	fed := len(node.Topic.Lanes) > 0 || b.isWritten(name)
	if (unread || !fed) && !d.Writes {
		node.Topic.Lanes = append(node.Topic.Lanes, exec.Lane{Name: stream.Lane, Counted: true, Recorded: true, Pauses: !fed && !d.Ends,
			OpenAt: func(_ context.Context, resume []byte) (format.Decoder, error) {
				return stream.NewReader(source, resume)
			}})
	}
	ahead, err := d.Log.Ahead(name)
	if err != nil {
		return err
	}
	rec := stream.NewRecorder(ahead, name, node.Ports[0].Columns, node.Topic.Key, known.Partitions, schema, order)
	node.Topic.Record = rec
	d.Run.Record(name, rec)
	if t.Topic.Upsert && len(t.Topic.Key) > 0 {
		if err := d.compact(t.Topic, source.Type); err != nil {
			return err
		}
	}
	if text, ok := t.Topic.Settings["retention"].(string); ok {
		keep, err := log.ParseRetention(text)
		if err != nil {
			return err
		}
		d.Run.Retain(name, keep)
	}
	return nil
}

// adopt tells lanes how far they have been put into the topic. Rows that a command puts
// there are nobody's input.
func (d *Data) adopt(topic string, lanes []exec.Lane) (err error) {
	for i := range lanes {
		l := &lanes[i]
		switch {
		case l.Source == "":
		case d.Writes:
			l.Source = ""
		default:
			if l.Fed, err = d.Run.Fed(topic, l.Source); err != nil {
				return err
			}
		}
	}
	return nil
}

// compact lets the rows of an upsert topic go that others have replaced, beside its
// history.
func (d *Data) compact(t *ir.Topic, version func(int32) (*types.Type, error)) error {
	s, ever, err := compaction(t, version)
	if err == nil && !ever {
		d.Run.Compact(t.Name, checkpoint.Compacted{Spec: s, Least: d.Least})
	}
	return err
}

// compaction is what an upsert topic is compacted by; ever says that its history is kept
// for ever, and that it is not.
func compaction(t *ir.Topic, version func(int32) (*types.Type, error)) (s compact.Spec, ever bool, err error) {
	s = compact.Spec{Topic: t.Name, Key: t.Key, Row: t.Row, Type: version, Timed: t.Time != nil}
	text, has := t.Settings["history"].(string)
	switch {
	case !has:
	case text == "forever":
		ever = true
	default:
		micros, err := timefmt.ParseDuration(text)
		if err != nil {
			return s, false, fmt.Errorf("history: %w", err)
		}
		s.History = time.Duration(micros) * time.Microsecond
	}
	return s, ever, nil
}

// ownsAll reports that a run has appended all events of a partition itself.
func ownsAll(own [][]stream.Range, partition int, head log.Head) bool {
	if head.Next == head.First {
		return true
	}
	if partition >= len(own) {
		return false
	}
	at := head.First
	for _, x := range own[partition] {
		if x.From <= at && at < x.To {
			at = x.To
		}
	}
	return at >= head.Next
}

// DefaultCheckpoint is how often a durable run is written down.
const DefaultCheckpoint = 10 * time.Second
