package build

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/exec"
)

// Replaced is a stream whose rows a test gives itself (SEMANTICS 111): its time is
// a column, "" for none, and its watermark trails by Delay.
type Replaced struct {
	Time  string
	Delay time.Duration
}

// NewSession opens a plan for a test of the language: no sources and no sinks, the
// rows of all topics and streams kept. The plan must have been lowered with all
// its streams and columns.
func NewSession(g *plan.Graph, opt Options, replace map[string]Replaced) (*exec.Session, error) {
	opt = opt.filled()
	params, err := paramValues(g, opt.Params)
	if err != nil {
		return nil, err
	}
	b := &builder{}
	own := newOwnFunctions(g, opt)
	if b, err = physicalWith(g, newEnv(params, own), opt, replace); err != nil {
		return nil, own.failed(err)
	}
	names := slices.Collect(maps.Keys(g.Ends))
	if !slices.Contains(names, errorsTopic) {
		names = append(names, errorsTopic)
	}
	slices.Sort(names)
	for _, name := range names {
		end, _ := b.end(name)
		b.add(&exec.Node{Name: "collect:" + name, Stream: name, In: []plan.Edge{end}, Collect: &exec.Collect{Name: name}})
	}
	if err := b.addSchedules(nil); err != nil {
		return nil, own.failed(err)
	}
	run := opt.engine(params, own)
	if store := opt.spillInto(&run); store != nil {
		run.Close = func() { own.close(); closeStore(store) }
	}
	return exec.NewSession(b.out, run)
}

// physicalWith makes the graph of a session.
func physicalWith(g *plan.Graph, env *operators.Env, opt Options, replace map[string]Replaced) (*builder, error) {
	ends := map[plan.Edge]string{}
	for name := range replace {
		end, ok := g.Ends[name]
		if !ok {
			return nil, fmt.Errorf("there is no stream %q to give rows to", name)
		}
		ends[end] = name
	}
	b, err := physical(g, env, opt.Alloc, true)
	if err != nil {
		return nil, err
	}
	for _, end := range slices.SortedFunc(maps.Keys(ends), func(a, b plan.Edge) int { return a.Node - b.Node }) {
		if err := b.replaceEnd(g, end, ends[end], replace[ends[end]]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// replaceEnd lets a topic of its own stand for a stream: whoever reads the stream
// reads the topic.
func (b *builder) replaceEnd(g *plan.Graph, end plan.Edge, name string, r Replaced) error {
	stream := g.Nodes[end.Node].Ports[end.Port]
	t := &exec.Topic{Name: name, Index: len(b.out.Nodes), Row: stream.Row(), Built: stream.Row(), Delay: r.Delay, Fed: true}
	if r.Time != "" {
		c, ok := stream.Column(r.Time)
		if !ok {
			return fmt.Errorf("stream %s has no column %s to take its time from", name, r.Time)
		}
		at, err := b.env.Expr(&ir.Column{Base: ir.Base{T: c.Type}, Name: c.Name}, stream.Columns)
		if err != nil {
			return err
		}
		t.TimeOf = timeFunc(at, r.Time)
	}
	own := b.add(&exec.Node{Name: "given:" + name, Stage: "given", Stream: name, Ports: []*types.Stream{stream}, Topic: t, Errors: errorsTopic})
	if stream.Kind == types.Changes && len(stream.Key) > 0 {
		var err error
		if own, err = b.lastOfKey(name, own, stream); err != nil {
			return err
		}
	}
	from := b.edge(end)
	b.replace[from] = own
	for _, n := range b.out.Nodes {
		for i, e := range n.In {
			if e == from {
				n.In[i] = own
			}
		}
	}
	return nil
}

// lastOfKey makes changes of rows given to a changes stream: a row replaces the one
// of the same key given before.
func (b *builder) lastOfKey(name string, rows plan.Edge, stream *types.Stream) (plan.Edge, error) {
	op := &ir.Upserts{}
	for _, k := range stream.Key {
		if c, ok := stream.Column(k); ok {
			op.By = append(op.By, &ir.Column{Base: ir.Base{T: c.Type}, Name: k})
		}
	}
	o := &exec.Operator{}
	if err := b.stateful(o, op, stream, stream); err != nil {
		return plan.Edge{}, err
	}
	return b.add(&exec.Node{Name: "given:" + name + "/1:upserts", Stage: "given", Stream: name, In: []plan.Edge{rows},
		Ports: []*types.Stream{stream}, Operator: o, Errors: errorsTopic}), nil
}
