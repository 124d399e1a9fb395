package build

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/compact"
	"github.com/edynamic/edynamic/runtime/log/event"
	"github.com/edynamic/edynamic/runtime/registry"
)

// topicSettings are what a log keeps of the declaration of a topic.
type topicSettings struct {
	Key       []string `json:",omitempty"`
	Time      string   `json:",omitempty"` // a column, or a field of one
	Upsert    bool     `json:",omitempty"`
	Retention string   `json:",omitempty"`
	History   string   `json:",omitempty"`
}

// declareTopic makes a topic known to the log. More partitions than it had are added.
func declareTopic(l log.Log, t *ir.Topic) error {
	s := topicSettings{Key: t.Key, Upsert: t.Upsert}
	if t.Time != nil {
		s.Time = timePath(t.Time)
	}
	s.Retention, _ = t.Settings["retention"].(string)
	s.History, _ = t.Settings["history"].(string)
	settings, err := json.Marshal(s)
	if err != nil {
		return err
	}
	next := log.Topic{Name: t.Name, Partitions: max(t.Partitions, 1), Settings: settings}
	was, ok := l.Topic(t.Name)
	if ok && was.Partitions == next.Partitions && string(was.Settings) == string(next.Settings) {
		return nil
	}
	return l.Declare(next)
}

// TopicPlan is a plan of a stored topic alone, as it was declared last.
func TopicPlan(l log.Log, r *registry.Registry, name string) (*plan.Graph, error) {
	known, ok := l.Topic(name)
	if !ok {
		var names []string
		for _, t := range l.Topics() {
			names = append(names, t.Name)
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("the data folder has no topic %q, and no other", name)
		}
		return nil, fmt.Errorf("the data folder has no topic %q; it has: %s", name, strings.Join(names, ", "))
	}
	var s topicSettings
	if len(known.Settings) > 0 {
		if err := json.Unmarshal(known.Settings, &s); err != nil {
			return nil, fmt.Errorf("topic %s: its settings cannot be read: %w", name, err)
		}
	}
	versions, err := r.Versions(name)
	if err != nil {
		return nil, err
	}
	if len(versions) == 0 {
		return nil, fmt.Errorf("topic %s has no schema in the data folder", name)
	}
	row, err := r.Type(name, versions[len(versions)-1].Number)
	if err != nil {
		return nil, err
	}
	t := &ir.Topic{Name: name, Row: row, Key: s.Key, Upsert: s.Upsert, Partitions: known.Partitions, Settings: map[string]any{}}
	for setting, text := range map[string]string{"retention": s.Retention, "history": s.History} {
		if text != "" {
			t.Settings[setting] = text
		}
	}
	stream := &types.Stream{Name: row.Name, Topic: name, Columns: event.ColumnsOf(row)}
	if s.Time != "" {
		if t.Time = pathExpr(row, s.Time); t.Time == nil {
			return nil, fmt.Errorf("topic %s: its rows have no field %s to take their time from", name, s.Time)
		}
		stream.Time = types.EventTime
	}
	t.Type = stream
	return alone(t), nil
}

// Compaction is what a stored topic by key is compacted by, as it was declared last; nil
// for a topic whose rows do not replace each other, or whose history is kept for ever.
func Compaction(l log.Log, r *registry.Registry, name string, now time.Time) (*compact.Spec, error) {
	g, err := TopicPlan(l, r, name)
	if err != nil {
		return nil, err
	}
	t, ok := g.Nodes[0].Op.(*plan.Topic)
	if !ok || !t.Topic.Upsert || len(t.Topic.Key) == 0 {
		return nil, nil
	}
	s, ever, err := compaction(t.Topic, func(v int32) (*types.Type, error) { return r.Type(name, v) })
	if err != nil || ever {
		return nil, err
	}
	s.Log, s.Now = l, now
	return &s, nil
}

// TopicOf is a plan of a topic of a program alone.
func TopicOf(p *ir.Program, name string) (*plan.Graph, error) {
	t, err := topicAlone(p, name)
	if err != nil {
		return nil, err
	}
	if t.ErrorsTo == "" || t.ErrorsTo == errorsTopic {
		return alone(t), nil
	}
	errors, err := topicAlone(p, t.ErrorsTo)
	if err != nil {
		return nil, err
	}
	g := alone(t)
	g.Nodes[0].Errors = errors.Name
	return beside(g, errors), nil
}

// topicAlone is a topic of a program, whose rows come as they are.
func topicAlone(p *ir.Program, name string) (*ir.Topic, error) {
	for _, t := range p.Topics {
		if t.Name == name {
			own := *t
			stream := *t.Type
			stream.Columns, stream.Kind = event.ColumnsOf(t.Row), types.Append
			own.Type = &stream
			return &own, nil
		}
	}
	return nil, fmt.Errorf("there is no topic %q", name)
}

// WithErrors adds the topic of error records to the plan of a topic that has none, so that
// what cannot be put is recorded too.
func WithErrors(g *plan.Graph) *plan.Graph {
	if _, has := g.Ends[g.Nodes[0].Errors]; has {
		return g
	}
	row := ErrorRecord()
	return beside(g, &ir.Topic{Name: errorsTopic, Row: row, Implicit: true, Partitions: 1, Settings: map[string]any{},
		Type: &types.Stream{Name: row.Name, Topic: errorsTopic, Columns: event.ColumnsOf(row)}})
}

// beside adds a topic of error records to the plan of a topic.
func beside(g *plan.Graph, errors *ir.Topic) *plan.Graph {
	n := alone(errors).Nodes[0]
	n.ID = len(g.Nodes)
	return &plan.Graph{Nodes: append(g.Nodes[:len(g.Nodes):len(g.Nodes)], n),
		Ends: map[string]plan.Edge{g.Nodes[0].Stream: {}, errors.Name: {Node: n.ID}}}
}

// alone is a plan of one topic.
func alone(t *ir.Topic) *plan.Graph {
	n := &plan.Node{Name: "topic:" + t.Name, Op: &plan.Topic{Topic: t, Row: t.Row}, Ports: []*types.Stream{t.Type}, Stream: t.Name, Stage: "topic", Errors: errorsTopic}
	return &plan.Graph{Nodes: []*plan.Node{n}, Ends: map[string]plan.Edge{t.Name: {}}}
}

// pathExpr is a dotted path of fields as an expression, nil where there is none.
func pathExpr(row *types.Type, path string) ir.Expr {
	var e ir.Expr
	at := row
	for part := range strings.SplitSeq(path, ".") {
		found := false
		for _, f := range at.Fields {
			if f.Name != part {
				continue
			}
			found = true
			if e == nil {
				e = &ir.Column{Base: ir.Base{T: f.Type}, Name: part}
			} else {
				e = &ir.Field{Base: ir.Base{T: f.Type}, X: e, Name: part}
			}
			at = f.Type
			break
		}
		if !found {
			return nil
		}
	}
	return e
}
