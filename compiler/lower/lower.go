// Package lower turns a checked program into its logical operator graph: named
// streams and topics become edges, implicit topics and error paths become
// explicit, and whatever no output needs is left out.
//
// What is evaluated is decided here from the text alone (SEMANTICS 90), so that
// the optimiser can neither add nor remove an error. Nothing here runs.
package lower

import (
	"fmt"
	"maps"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// Options say which parts of the program are wanted.
type Options struct {
	// Outputs are the topics and streams somebody takes rows from, besides the
	// program's own sinks, routes and `into`s.
	Outputs []string
	// All evaluates every stream, as tests do.
	All bool
	// KeepColumns decodes every column, and evaluates those that cannot fail whoever reads
	// them.
	KeepColumns bool
}

// Program lowers a program that checked without errors.
func Program(p *ir.Program, opts Options) (*plan.Graph, error) {
	b := &builder{
		p: p, streams: map[string]*ir.Stream{}, topics: map[string]*ir.Topic{},
		ends: map[string]*node{}, entries: map[string]*node{},
	}
	for _, s := range p.Streams {
		b.streams[s.Name] = s
	}
	for _, t := range p.Topics {
		b.topics[t.Name] = t
	}
	if err := b.build(&opts); err != nil {
		return nil, err
	}
	g, err := b.graph()
	if err != nil {
		return nil, err
	}
	opts.Outputs = slices.Concat(opts.Outputs, b.whole)
	prune(g, opts, b.reads())
	findWindows(g)
	if opts.KeepColumns {
		return g, showRead(g, p, opts)
	}
	return g, nil
}

// builder makes nodes on demand, each once.
type builder struct {
	p       *ir.Program
	streams map[string]*ir.Stream
	topics  map[string]*ir.Topic
	nodes   []*node
	ends    map[string]*node // "topic:x" and "stream:x"
	whole   []string         // streams whose every column is needed besides the outputs
	entries map[string]*node // where rows enter a topic
}

// node is a plan node whose edges are still pointers.
type node struct {
	plan.Node
	in    []port
	sides []string // topics it sends rows to by a side door
	reads bool     // it stands for what the next stage reads
	order int
}

type port struct {
	n    *node
	port int
}

func (b *builder) build(opts *Options) error {
	for _, s := range b.p.Streams {
		if opts.All || endsInto(s) || slices.Contains(opts.Outputs, s.Name) {
			b.stream(s.Name)
		}
	}
	for _, r := range b.p.Routes {
		b.route(r)
	}
	snapshots := b.schedules(opts)
	for _, s := range b.p.Sinks {
		if snapshots[s.Name] {
			continue // it gets the rows of a table when a schedule says so
		}
		from := b.rel(relNamed(b, s.From))
		if from.n == nil {
			return fmt.Errorf("sink %s reads %s, which does not exist", s.Name, s.From)
		}
		n := b.add("sink:"+s.Name, &plan.Sink{Sink: s}, []port{from}, nil, s.At)
		n.Stream, n.Stage = s.Name, "sink"
	}
	for _, t := range b.p.Topics {
		if opts.All || slices.Contains(opts.Outputs, t.Name) || t.Name == "errors" {
			b.topic(t.Name)
		}
	}
	for _, name := range opts.Outputs {
		b.sideStreams(name)
	}
	return b.sideTopics()
}

// sideStreams makes the streams that send rows to a wanted topic by a side door, where
// nothing else that is wanted feeds it: who asks for the late rows alone wants the
// window run that finds them.
func (b *builder) sideStreams(topic string) {
	if b.topics[topic] == nil || b.fed(topic, 0) {
		return
	}
	for _, s := range b.p.Streams {
		nodes, ends := len(b.nodes), maps.Clone(b.ends)
		b.stream(s.Name)
		if !b.fed(topic, nodes) {
			b.nodes, b.ends = b.nodes[:nodes], ends
		} else {
			b.whole = append(b.whole, s.Name)
		}
	}
}

// fed reports that one of the nodes made since writes to a topic or has a side door
// to it.
func (b *builder) fed(topic string, since int) bool {
	for _, s := range b.p.Sources {
		if s.Topic == topic {
			return true
		}
	}
	return slices.ContainsFunc(b.nodes[since:], func(n *node) bool {
		into, writes := n.Op.(*ir.Into)
		_, isTopic := n.Op.(*plan.Topic)
		return writes && into.Topic == topic || !isTopic && slices.Contains(n.sides, topic)
	})
}

// schedules makes what schedules write to and take rows of, and returns the sinks that
// are written by them.
func (b *builder) schedules(opts *Options) map[string]bool {
	sinks := map[string]bool{}
	for _, s := range b.p.Schedules {
		for _, a := range s.Acts {
			if a.Emit != nil {
				b.topic(a.Emit.Topic)
			}
			if a.Snapshot != nil {
				sinks[a.Snapshot.Sink] = true
				b.rel(relNamed(b, a.Snapshot.Of))
				opts.Outputs = append(slices.Clone(opts.Outputs), a.Snapshot.Of)
			}
		}
	}
	return sinks
}

// sideTopics makes the topics that nobody reads: those that only an `into` or a side
// door leads to.
func (b *builder) sideTopics() error {
	for i := 0; i < len(b.nodes); i++ { // grows
		if into, ok := b.nodes[i].Op.(*ir.Into); ok {
			b.topic(into.Topic)
		}
		for _, name := range b.nodes[i].sides {
			if b.topics[name] == nil {
				return fmt.Errorf("rows are sent to %s, which does not exist", name)
			}
			b.topic(name)
		}
	}
	return nil
}

func relNamed(b *builder, name string) ir.Rel {
	if _, ok := b.streams[name]; ok {
		return ir.Rel{Stream: name}
	}
	return ir.Rel{Topic: name}
}

func endsInto(s *ir.Stream) bool {
	n := len(s.Pipeline.Stages)
	if n == 0 {
		return false
	}
	_, ok := s.Pipeline.Stages[n-1].Op.(*ir.Into)
	return ok
}

func (b *builder) add(name string, op plan.Op, in []port, ports []*types.Stream, at source.Span) *node {
	n := &node{Node: plan.Node{Name: name, Op: op, Ports: ports, At: at}, in: in}
	n.order = len(b.nodes)
	b.nodes = append(b.nodes, n)
	return n
}

func (b *builder) rel(r ir.Rel) port {
	switch {
	case r.Pipeline != nil:
		return b.pipeline(r.Pipeline, fmt.Sprintf("anonymous@%d", r.Pipeline.At.Start))
	case r.Stream != "":
		return b.stream(r.Stream)
	case r.Topic != "":
		return b.topic(r.Topic)
	}
	return port{}
}

// topic makes the node of a topic; its writers are connected when the graph is put
// in order, because they may not exist yet.
func (b *builder) topic(name string) port {
	key := "topic:" + name
	if n, ok := b.ends[key]; ok {
		return port{n, 0}
	}
	t := b.topics[name]
	if t == nil {
		return port{}
	}
	stream := *t.Type
	n := b.add(key, &plan.Topic{Topic: t}, nil, []*types.Stream{&stream}, t.At)
	n.Stream, n.Stage, n.Errors = name, "topic", b.errorsOf(t)
	b.entries[name] = n
	if n.Errors != name && n.Errors != "" {
		n.sides = append(n.sides, n.Errors)
	}
	end := n
	if t.Upsert && len(t.Key) > 0 {
		end = b.upserts(t, n, &stream)
	}
	b.ends[key] = end
	b.writers(name)
	return port{end, 0}
}

// upserts puts what keeps the last row of each key behind the entry of an upsert
// topic: rows come in as they are written, and go out as changes (SEMANTICS 72).
func (b *builder) upserts(t *ir.Topic, entry *node, stream *types.Stream) *node {
	written := *stream
	written.Kind = types.Append
	entry.Ports = []*types.Stream{&written}
	op := &ir.Upserts{}
	for _, k := range t.Key {
		if c, ok := stream.Column(k); ok {
			op.By = append(op.By, &ir.Column{Base: ir.Base{T: c.Type, At: t.At}, Name: c.Name})
		}
	}
	n := b.add("topic:"+t.Name+"/1:upserts", op, []port{{entry, 0}}, []*types.Stream{stream}, t.At)
	n.Stream, n.Stage, n.Errors = t.Name, "topic", entry.Errors
	if n.Errors != "" {
		n.sides = append(n.sides, n.Errors)
	}
	return n
}

// errorsOf is where rows that fail on the way into a topic go.
func (b *builder) errorsOf(t *ir.Topic) string {
	switch {
	case t.Name == "errors":
		return ""
	case t.ErrorsTo != "" && t.ErrorsTo != t.Name:
		return t.ErrorsTo
	}
	return "errors"
}

// writers makes the streams and routes that write to a topic somebody reads.
func (b *builder) writers(name string) {
	for _, s := range b.p.Streams {
		if endsInto(s) && s.Pipeline.Stages[len(s.Pipeline.Stages)-1].Op.(*ir.Into).Topic == name {
			b.stream(s.Name)
		}
	}
}

func (b *builder) stream(name string) port {
	key := "stream:" + name
	if n, ok := b.ends[key]; ok {
		return port{n, 0}
	}
	s := b.streams[name]
	if s == nil {
		return port{}
	}
	end := b.pipeline(s.Pipeline, name)
	if len(s.Pipeline.Stages) == 0 { // the stream is another name for what it reads
		end = port{b.named(name, end, s), 0}
	}
	end = b.read(name, end, s)
	b.ends[key] = end.n
	return end
}

// read leaves out the columns that only the stream itself can name, such as those of
// let: nobody else counts on them.
func (b *builder) read(name string, end port, s *ir.Stream) port {
	t := *s.Type()
	t.Columns = t.Read()
	if len(t.Columns) == len(s.Type().Columns) {
		return end
	}
	n := b.add(name+"/read", &ir.Project{Items: passed(t.Columns, s.At)}, []port{end}, []*types.Stream{&t}, s.At)
	n.Stream, n.Stage = name, end.n.Stage
	return port{n, 0}
}

// named is a node of its own for a stream without stages, so that the stream has rows
// to count and to take out.
func (b *builder) named(name string, from port, s *ir.Stream) *node {
	n := b.add(name+"/0:from", &ir.KeyBy{Keys: s.Type().Key}, []port{from}, []*types.Stream{s.Type()}, s.At)
	n.Stream, n.Stage = name, "from"
	return n
}

func (b *builder) pipeline(p *ir.Pipeline, name string) port {
	return b.stages(b.rel(p.From), p.Stages, name)
}

// stages chains operators after an edge.
func (b *builder) stages(at port, stages []*ir.Stage, name string) port {
	for i, st := range stages {
		in := []port{at}
		for j, p := range ir.Others(st.Op) {
			in = append(in, b.pipeline(p, fmt.Sprintf("%s/%d:%s%d", name, i+1, st.Word, j+1)))
		}
		n := b.add(fmt.Sprintf("%s/%d:%s", name, i+1, st.Word), st.Op, in, []*types.Stream{st.Type}, st.At)
		n.Stream, n.Stage = name, st.Word
		n.Errors = st.Type.ErrorsTo
		if n.Errors == "" {
			n.Errors = "errors"
		}
		n.sides = append(n.sides, n.Errors)
		b.sides(n, st)
		b.reading(n, st.Op)
		at = port{n, 0}
	}
	return at
}

// sides notes the topics a stage sends rows to besides its output.
func (b *builder) sides(n *node, st *ir.Stage) {
	switch op := st.Op.(type) {
	case *ir.Require:
		if op.Else != nil && !op.Else.Drop {
			n.sides = append(n.sides, op.Else.Topic)
		}
	case *ir.Window:
		n.late(op.LateTo)
	case *ir.Over:
		n.late(op.LateTo)
	case *ir.Hold:
		n.late(op.LateTo)
	case *ir.Silent:
		n.late(op.LateTo)
	case *ir.Throttle:
		n.late(op.LateTo)
		if op.Else != nil && !op.Else.Drop {
			n.sides = append(n.sides, op.Else.Topic)
		}
	case *ir.Changed:
		n.late(op.LateTo)
	case *ir.Match:
		n.late(op.LateTo)
		for _, in := range op.With {
			if in.LateTo != nil && !in.LateTo.Drop {
				n.sides = append(n.sides, in.LateTo.Topic)
			}
		}
	case *ir.OnTime:
		n.late(op.LateTo)
	}
}

// late notes where late rows go.
func (n *node) late(to *ir.Target) {
	switch {
	case to == nil:
	case to.Drop:
		n.Late = plan.LateDrop
	default:
		n.Late = to.Topic
		n.sides = append(n.sides, n.Late)
	}
}

// route makes the route's node and one chain for each arm and target.
func (b *builder) route(r *ir.Route) {
	op := &plan.Route{Name: r.Name, All: r.All, Replaces: r.Replaces}
	arms := append([]*ir.Arm(nil), r.Arms...)
	if r.Otherwise != nil {
		arms = append(arms, r.Otherwise)
	}
	ports := make([]*types.Stream, len(arms))
	for i, a := range arms {
		if a.When != nil {
			op.Whens = append(op.Whens, a.When)
		}
		ports[i] = r.Type
	}
	from := b.rel(r.From)
	n := b.add("route:"+r.Name, op, []port{from}, ports, r.At)
	n.Stream, n.Stage, n.Errors = r.Name, "route", orErrors(r.Type.ErrorsTo)
	n.sides = append(n.sides, n.Errors)
	for i, a := range arms {
		name := fmt.Sprintf("%s/arm%d", r.Name, i+1)
		if a.When == nil {
			name = r.Name + "/otherwise"
		}
		end := b.stages(port{n, i}, a.Stages, name)
		for _, t := range a.Targets {
			b.armTarget(name, end, a, t)
		}
	}
}

func orErrors(name string) string {
	if name == "" {
		return "errors"
	}
	return name
}

// armTarget writes an arm's rows to a topic; a drop is left to the route, which counts it.
func (b *builder) armTarget(name string, end port, a *ir.Arm, t ir.ArmTarget) {
	if t.Drop {
		n := b.add(name+":drop", &plan.Drop{}, []port{end}, nil, t.At)
		n.Stream, n.Stage = name, "route"
		return
	}
	stream := *a.Type
	topic := b.topics[t.Topic]
	stream.Columns = topic.Type.Columns
	n := b.add(name+"->"+t.Topic, &ir.Into{Topic: t.Topic, Items: t.Items}, []port{end}, []*types.Stream{&stream}, t.At)
	n.Stream, n.Stage, n.Errors = name, "route", orErrors(a.Type.ErrorsTo)
	n.sides = append(n.sides, n.Errors)
	b.topic(t.Topic)
}
