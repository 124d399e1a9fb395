package build

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/runtime/connector"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/format"
)

// place is a URI with the folder it is relative to.
type place struct {
	uri connector.URI
	dir string
}

// declared is where a source or sink says its rows come from or go.
func declared(name, connectorName, uri string, settings map[string]any, dir string) (place, error) {
	if connectorName != file.Connector.Name {
		return place{}, fmt.Errorf("%s uses the connector %s, which cannot be run yet", name, connectorName)
	}
	u, err := connector.Settings(settings)
	if err != nil {
		return place{}, fmt.Errorf("%s: %w", name, err)
	}
	if uri == "" {
		return place{u, dir}, nil
	}
	written, err := connector.ParseURI(uri)
	if err != nil {
		return place{}, fmt.Errorf("%s: %w", name, err)
	}
	return place{written.With(u.Options), dir}, nil
}

// override is a place given from outside: its settings win over declared ones, one
// by one (SEMANTICS 138), and its path is relative to the working directory.
func override(uri string, from place) (place, error) {
	u, err := connector.ParseURI(uri)
	if err != nil {
		return place{}, err
	}
	return place{uri: u.With(from.uri.Options)}, nil
}

// places are where the rows of a topic come from.
func (o *Options) places(g *plan.Graph, topic string) ([]place, error) {
	var out []place
	for _, s := range g.Sources {
		if s.Topic != topic {
			continue
		}
		p, err := declared("source "+s.Name, s.Connector, s.URI, s.Settings, s.Dir)
		if err != nil && o.Inputs[topic] == "" {
			return nil, err
		}
		out = append(out, p)
	}
	uri, ok := o.Inputs[topic]
	if !ok {
		return out, nil
	}
	var first place
	if len(out) > 0 {
		first = out[0]
	}
	p, err := override(uri, first)
	return []place{p}, err
}

// openInputs gives the topics of a graph their lanes.
func (b *builder) openInputs(o *Options) error {
	for name := range o.Inputs {
		if !b.hasTopic(name) {
			return fmt.Errorf("there is no topic %q to read into that anything needs", name)
		}
	}
	for _, n := range b.g.Nodes {
		t, ok := n.Op.(*plan.Topic)
		if !ok {
			continue
		}
		places, err := o.places(b.g, t.Topic.Name)
		if err != nil {
			return err
		}
		node := b.out.Nodes[b.at[n.ID]].Topic
		for _, p := range places {
			lanes, err := o.System.Lanes(p.uri, p.dir, schemaOf(t.Topic, node), o.alloc(), o.Parallel)
			if err != nil {
				return err
			}
			for _, l := range lanes {
				node.Lanes = append(node.Lanes, exec.Lane(l))
			}
			node.Live = node.Live || p.uri.Options["follow"] == "true"
		}
	}
	return nil
}

func (b *builder) hasTopic(name string) bool {
	for _, n := range b.g.Nodes {
		if t, ok := n.Op.(*plan.Topic); ok && t.Topic.Name == name {
			return true
		}
	}
	return false
}

// schemaOf says what to decode.
func schemaOf(t *ir.Topic, p *exec.Topic) format.Schema {
	s := format.Schema{Full: t.Row, Row: p.Built}
	if t.Inferred && t.Time != nil {
		s.Time = timePath(t.Time)
	}
	return s
}

func (o *Options) alloc() memory.Allocator {
	if o.Alloc == nil {
		return memory.DefaultAllocator
	}
	return o.Alloc
}
