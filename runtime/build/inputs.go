package build

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/connector"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/connector/nexmark"
	"github.com/edynamic/edynamic/runtime/connector/reload"
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

// openInputs gives the topics of a graph their lanes.
func (b *builder) openInputs(o *Options) error {
	if o.Replay != nil {
		return b.openReplay(o)
	}
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
		if err := b.openTopic(o, t.Topic, b.out.Nodes[b.at[n.ID]].Topic); err != nil {
			return err
		}
	}
	if o.Data != nil {
		return b.openLog(o)
	}
	return nil
}

// openTopic opens the sources of a topic, or what is read in place of them.
func (b *builder) openTopic(o *Options, t *ir.Topic, node *exec.Topic) error {
	if o.Recalled != nil && o.Recalled.Topic == t.Name {
		return b.recall(o, t, node)
	}
	uri, replaced := o.Inputs[t.Name]
	var first place
	for _, s := range b.g.Sources {
		if s.Topic != t.Name {
			continue
		}
		if s.Connector == nexmark.Connector.Name {
			if !replaced {
				b.make(o, s, t, node)
			}
			continue
		}
		p, err := declared("source "+s.Name, s.Connector, s.URI, s.Settings, s.Dir)
		if replaced {
			if first.uri.Options == nil {
				first = p
			}
			continue
		}
		if err == nil && b.sourceCount(t) == 1 {
			err = b.leaveTimes(o, p, t, node)
		}
		if err == nil {
			err = b.read(o, p, t, node)
		}
		if err != nil {
			return err
		}
	}
	if !replaced {
		return nil
	}
	p, err := override(uri, first)
	if err == nil {
		err = b.leaveTimes(o, p, t, node)
	}
	if err != nil {
		return err
	}
	return b.read(o, p, t, node)
}

// read opens the files at a place.
func (b *builder) read(o *Options, p place, t *ir.Topic, node *exec.Topic) error {
	schema := b.schemaOf(t, node)
	if o.Data != nil {
		schema.Beside, schema.Unread, schema.Copied = packing(node.Built), schema.Copied, nil
	}
	lanes, err := o.System.Lanes(p.uri, p.dir, schema, o.alloc(), o.Parallel)
	if err != nil {
		return err
	}
	for _, l := range lanes {
		lane := exec.Lane{Name: l.Name, Source: l.Path, Format: l.Format, Open: l.Open, Size: l.Size}
		if l.Reload > 0 {
			if !t.Upsert || len(node.Lanes) > 0 || len(node.Key) == 0 {
				return fmt.Errorf("%q cannot be read again (reload): the topic %s must have `mode: upsert`, a key and no other source", l.Name, t.Name)
			}
			again := b.readAgain(o, &l, t, node)
			lane.Source, lane.Open, lane.OpenAt = "", nil, again.Begin
			lane.Again, node.Live = again.Report, true
		}
		node.Lanes = append(node.Lanes, lane)
	}
	node.Live = node.Live || p.uri.Options["follow"] == "true"
	return nil
}

// readAgain is an input that is read again and again.
func (b *builder) readAgain(o *Options, l *file.Lane, t *ir.Topic, node *exec.Topic) *reload.Source {
	row := node.Built
	if row.Kind == types.Union {
		row = &types.Type{Kind: types.Record, Name: row.Name, Fields: []types.Field{{Name: types.UnionColumn, Type: row}}}
	}
	s := &reload.Source{Every: l.Reload, Clock: o.Clock, Open: l.Open, Row: row, Key: node.Key, Alloc: o.alloc(), Kept: o.Data != nil,
		Shared: node.MaxAhead > 0 || b.isWritten(t.Name)}
	b.again[t.Name] = s
	return s
}

// make opens a source that makes its rows itself.
func (b *builder) make(o *Options, s *ir.Source, t *ir.Topic, node *exec.Topic) {
	schema := b.schemaOf(t, node)
	node.Lanes = append(node.Lanes, exec.Lane{Name: s.Connector, Source: fmt.Sprint(s.Connector, s.Settings), Counted: true, Open: func(ctx context.Context) (format.Decoder, error) {
		return nexmark.Open(ctx, s.Settings, schema, o.Clock, o.alloc()), nil
	}})
	node.Live = node.Live || nexmark.Live(s.Settings)
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
func (b *builder) schemaOf(t *ir.Topic, p *exec.Topic) format.Schema {
	s := format.Schema{Full: t.Row, Row: p.Built, Keyed: t.Upsert && len(t.Key) > 0, Pieces: b.pieces[t.Name], Copied: b.copied[t.Name]}
	if t.Time != nil {
		s.TimePath = timePath(t.Time)
	}
	if t.Inferred {
		s.Time = s.TimePath
	}
	if p.TimeOf == nil {
		s.Present = b.present[t.Name]
	}
	return s
}

func (o *Options) alloc() memory.Allocator {
	if o.Alloc == nil {
		return memory.DefaultAllocator
	}
	return o.Alloc
}
