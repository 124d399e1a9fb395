package build

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/graph"
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

// DurablePlan keeps every topic that rows come from, and every column. Rules that move
// stages about are left out, so that a changed program finds the state of each stage
// again.
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
		"share-prefixes", "push-where", "push-through-windows", "push-through-unions", "top-in-aggregate", "two-phase-aggregate",
	}}), nil
}

// identify gives nodes the names that their states are known by: the stream, the word of
// the stage, and its number among those of the same word. So other stages may be put
// before and behind it.
func (b *builder) identify() {
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
		seen[name]++
		n.ID = name
		if seen[name] > 1 {
			n.ID = fmt.Sprintf("%s#%d", name, seen[name])
		}
	}
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
	known, _ := d.Log.Topic(name)
	source := stream.Source{Log: d.Log, Topic: name, Row: row, Type: func(v int32) (*types.Type, error) { return d.Registry.Type(name, v) },
		Except: d.Run.Topic(name).Own, Moments: b.byClock()}
	unread := false
	for p := range known.Partitions {
		head, err := d.Log.Head(name, p)
		if err != nil {
			return err
		}
		source.Parts = append(source.Parts, stream.Range{From: head.First, To: head.Next})
		unread = unread || !ownsAll(source.Except, p, head)
	}
	fed := len(node.Topic.Lanes) > 0 || len(node.In) > 0 || b.hasSideDoor(name) || node.Topic.Records
	if (unread || !fed) && !d.Writes {
		node.Topic.Lanes = append(node.Topic.Lanes, exec.Lane{Name: stream.Lane, Counted: true, Recorded: true, Pauses: !fed && !d.Ends,
			OpenAt: func(_ context.Context, resume []byte) (format.Decoder, error) {
				return stream.NewReader(source, resume)
			}})
	}
	rec := stream.NewRecorder(name, node.Ports[0].Columns, node.Topic.Key, known.Partitions, schema, order)
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

// Operators are the operators of a graph that have a state.
func (b *builder) operators() ([]checkpoint.Operator, error) {
	var out []checkpoint.Operator
	for _, n := range b.g.Nodes {
		at, ok := b.at[n.ID]
		if !ok || b.out.Nodes[at].Operator == nil {
			continue
		}
		node := b.out.Nodes[at]
		op, err := node.Operator.New()
		if err != nil {
			return nil, err
		}
		if _, none := op.(stateless); none {
			continue
		}
		var ins []*types.Stream
		for _, e := range n.In {
			ins = append(ins, b.edgeType(e))
		}
		does, reads, err := graph.Signatures(n, ins)
		if err != nil {
			return nil, err
		}
		out = append(out, checkpoint.Operator{ID: node.ID, Stage: n.Stage, Stream: n.Stream, Does: does, Reads: reads, Topics: b.topicsOf(n, map[int]bool{}), Lasts: b.keepsLasts(n)})
	}
	return out, nil
}

// keepsLasts reports the stage that keeps the last row of each key of a topic by key.
func (b *builder) keepsLasts(n *plan.Node) bool {
	if _, ok := n.Op.(*ir.Upserts); !ok || len(n.In) != 1 {
		return false
	}
	t, ok := b.g.Nodes[n.In[0].Node].Op.(*plan.Topic)
	return ok && t.Topic.Upsert
}

// topicsOf are the topics that the rows of a node come from.
func (b *builder) topicsOf(n *plan.Node, seen map[int]bool) []string {
	var out []string
	for _, e := range n.In {
		if seen[e.Node] {
			continue
		}
		seen[e.Node] = true
		from := b.g.Nodes[e.Node]
		if t, ok := from.Op.(*plan.Topic); ok {
			out = append(out, t.Topic.Name)
		}
		out = append(out, b.topicsOf(from, seen)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// stateless is an operator that embeds operators.Stateless.
type stateless interface{ KeepsNothing() }

// Operators are the operators of a plan that have a state.
func Operators(g *plan.Graph, opt Options) ([]checkpoint.Operator, error) {
	opt = opt.filled()
	own := newOwnFunctions(g, opt)
	defer own.close()
	b, err := physical(g, newEnv(defaults(g), own), opt.Alloc, false)
	if err != nil {
		return nil, own.failed(err)
	}
	b.identify()
	return b.operators()
}

// defaults are the values of params as they are written.
func defaults(g *plan.Graph) map[string]any {
	out := map[string]any{}
	for _, p := range g.Params {
		out[p.Name] = p.Default
	}
	return out
}

// Whole reports that all rows which a topic ever had are kept; lasts, that those are which
// no other of their keys has replaced.
func Whole(l log.Log, topic string, lasts bool) bool {
	t, ok := l.Topic(topic)
	if !ok {
		return false
	}
	for p := range t.Partitions {
		if head, err := l.Head(topic, p); err != nil || head.First > 0 || head.Gone > 0 && !lasts {
			return false
		}
	}
	return true
}

// Loss is a change of a program that would lose states.
type Loss struct{ Changes []checkpoint.Change }

// Error implements error.
func (l *Loss) Error() string {
	var b strings.Builder
	b.WriteString("the program has changed, and states would be lost:")
	flags := ""
	for _, c := range l.Changes {
		fmt.Fprintf(&b, "\n  %s: %s", c.ID, c.Why)
		flags += " --allow-state-loss " + c.ID
	}
	return b.String() + "\nto let them begin afresh, add" + flags
}

// resume is the state that a run goes on from, nil for the beginning.
func (d *Data) resume(ctx context.Context, b *builder, o *Options, run exec.Options) (*exec.State, error) {
	ops, err := b.operators()
	if err != nil {
		return nil, bug(err)
	}
	s, err := d.Run.State()
	if err != nil || s == nil {
		d.Run.Describe(ops)
		return nil, err
	}
	changes := checkpoint.Compare(d.Run.Meta().Operators, ops, func(t string, lasts bool) bool { return Whole(d.Log, t, lasts) })
	loss := &Loss{}
	rebuild := false
	for _, c := range changes {
		allowed := slices.Contains(d.Fresh, c.ID)
		switch {
		case allowed && (c.Fate == checkpoint.Lost || c.Fate == checkpoint.Rebuilt):
			d.forget(s, c.ID)
		case c.Fate == checkpoint.Lost:
			loss.Changes = append(loss.Changes, c)
		case c.Fate == checkpoint.Rebuilt:
			d.forget(s, c.ID)
			rebuild = true
		}
	}
	if len(loss.Changes) > 0 {
		return nil, loss
	}
	d.Changes = changes
	if rebuild {
		fresh, err := d.rebuilt(ctx, b.g, o, run, s)
		if err != nil {
			return nil, fmt.Errorf("running the recorded rows through the changed program: %w", err)
		}
		for _, c := range changes {
			if c.Fate == checkpoint.Rebuilt && !slices.Contains(d.Fresh, c.ID) {
				s.Adopt(c.ID, fresh)
			}
		}
	}
	d.Run.Describe(ops)
	return s, nil
}

// forget lets an operator begin afresh.
func (d *Data) forget(s *exec.State, id string) {
	s.Forget(id)
	d.Run.Clear(id)
}

// DefaultCheckpoint is how often a durable run is written down.
const DefaultCheckpoint = 10 * time.Second
