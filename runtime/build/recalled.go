package build

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/connector"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/connector/nexmark"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
)

// Recalled are rows that a topic reads once more, in place of what its sources give: as the
// sources of a program would read them now, and said to come from where they came from.
type Recalled struct {
	Topic   string
	Sources []*ir.Source // of the program
	Rows    []FailedRow
	// Reading, when set, is how all of them are read, whatever the sources say.
	Reading *file.Reading
}

// origin is where a row came from: a file and a byte, or a source and a number.
type origin struct {
	name    string
	at      int64
	counted bool
}

// originOf takes an origin apart. It reports false for what is neither, as that of a row
// that was made of others.
func originOf(text string) (origin, bool) {
	for _, sep := range []string{"@", "/0/"} {
		i := strings.LastIndex(text, sep)
		if i <= 0 {
			continue
		}
		if n, err := strconv.ParseInt(text[i+len(sep):], 10, 64); err == nil {
			return origin{text[:i], n, sep != "@"}, true
		}
	}
	return origin{}, false
}

// recall gives a topic the rows that it reads once more, a lane for those of each input.
func (b *builder) recall(o *Options, t *ir.Topic, node *exec.Topic) error {
	r, schema := o.Recalled, b.schemaOf(t, node)
	schema.Pieces, schema.Copied, schema.Present = nil, nil, nil // each record is an input of its own
	type input struct {
		name    string
		counted bool
	}
	lanes := map[input]*recalledLane{}
	var inputs []input
	for i := range r.Rows {
		from, ok := originOf(r.Rows[i].Origin)
		if !ok {
			return fmt.Errorf("an error record does not tell where its row came from: %q", r.Rows[i].Origin)
		}
		in := input{from.name, from.counted}
		l := lanes[in]
		if l == nil {
			l = &recalledLane{schema: schema, alloc: o.alloc()}
			lanes[in], inputs = l, append(inputs, in)
		}
		if err := l.add(r, &r.Rows[i], from, t.Row); err != nil {
			return err
		}
	}
	for _, in := range inputs {
		l := lanes[in]
		node.Lanes = append(node.Lanes, exec.Lane{Name: in.name, Counted: in.counted, Format: l.reading, Open: func(context.Context) (format.Decoder, error) {
			return &recalledDecoder{recalledLane: l}, nil
		}})
	}
	return nil
}

// recalledLane is the rows of one input.
type recalledLane struct {
	schema  format.Schema
	alloc   memory.Allocator
	reading string         // how it is read
	ways    []file.Reading // the same, and for rows that entered the topic the second, too
	records []recalledRecord
}

// recalledRecord is a row.
type recalledRecord struct {
	at     int64
	kept   format.Kept
	refuse *format.Bad // it cannot be read at all
}

// waysOf are how a row may be read: one that entered its topic may have been written as that
// holds it rather than as its input did.
func (l *recalledLane) waysOf(k format.Kept) []file.Reading {
	if _, unread := k.Text(); unread {
		return l.ways[:1]
	}
	return l.ways
}

// add is one row more.
func (l *recalledLane) add(r *Recalled, f *FailedRow, from origin, row *types.Type) error {
	kept := format.Kept{Row: f.Row, Code: f.Code, Header: f.Input.Header, Of: row}
	text, unread := kept.Text()
	reading, err := r.reading(f, from, unread)
	if err != nil {
		return err
	}
	as := reading.String()
	if l.reading == "" {
		if l.reading = as; reading.Format.Again == nil { // what it keeps is JSON
			reading = asJSON()
		}
		l.ways = []file.Reading{reading, asJSON()}
	}
	if l.reading != as {
		return fmt.Errorf("rows of %q were read as %s and as %s: take those of one at a time (--from and --to), or say with --format how all of them are read", from.name, l.reading, as)
	}
	rec := recalledRecord{at: from.at, kept: kept}
	for _, way := range l.waysOf(kept) { // what is wrong is told before anything is put
		_, _, err := way.Format.Again(kept, way.Options)
		if errors.Is(err, format.ErrNotWhole) {
			rec.refuse = &format.Bad{Text: text, Code: f.Code, Reason: notWhole(f.Reason)}
			break
		}
		if err != nil {
			return cannotRecall(from.name, as, err)
		}
	}
	l.records = append(l.records, rec)
	return nil
}

// reading is how a row is read: as the source does that its input is of, else as it was read
// then, else as its name tells.
func (r *Recalled) reading(f *FailedRow, from origin, unread bool) (file.Reading, error) {
	if r.Reading != nil {
		return *r.Reading, nil
	}
	for _, s := range r.Sources {
		if s.Topic != r.Topic {
			continue
		}
		if as, reads, err := readingOf(s, from); err != nil || reads {
			return as, err
		}
	}
	if f.Input.Format != "" {
		return file.ReadingOf(f.Input.Format)
	}
	if !from.counted {
		if as, ok, err := file.ReadingIn(connector.URI{Path: from.name}, "", from.name); err == nil && ok {
			return as, nil
		}
	}
	if unread && !from.counted {
		return file.Reading{}, fmt.Errorf("nothing tells how the rows of %q were read: no source of the topic %s reads such a file; say it with --format, such as --format 'csv?delimiter=;'", from.name, r.Topic)
	}
	return asJSON(), nil
}

// readingOf is how a source reads an input; false for one that does not.
func readingOf(s *ir.Source, from origin) (as file.Reading, reads bool, err error) {
	if s.Connector == nexmark.Connector.Name {
		return asJSON(), from.counted && from.name == s.Connector, nil
	}
	p, err := declared("source "+s.Name, s.Connector, s.URI, s.Settings, s.Dir)
	if err != nil || from.counted {
		return as, false, err
	}
	return file.ReadingIn(p.uri, p.dir, from.name)
}

// Has reports that a row that failed is one of the topic, as far as its error record and
// the sources of the program tell. topics are the names of all topics.
func (r *Recalled) Has(f *FailedRow, topics []string) (bool, error) {
	if f.Refused {
		return f.Input.Topic == r.Topic, nil
	}
	from, ok := originOf(f.Origin)
	if !ok || from.counted && from.name != r.Topic && slices.Contains(topics, from.name) {
		return false, nil
	}
	others := false
	for _, s := range r.Sources {
		_, reads, err := readingOf(s, from)
		if err != nil || reads && s.Topic == r.Topic {
			return err == nil, err
		}
		others = others || reads
	}
	return !others, nil
}

// asJSON is how rows are read that are kept as their topic holds them.
func asJSON() file.Reading { return file.Reading{Format: ndjson.Lines()} }

// lost is what the reason of a row ends with of which not all is kept.
const lost = "; the error record does not hold all of it: put it into the topic from its input"

func notWhole(reason string) string { return strings.TrimSuffix(reason, lost) + lost }

// cannotRecall tells why rows of an input cannot be read, and what to do.
func cannotRecall(name, as string, err error) error {
	if errors.Is(err, format.ErrNoHeader) {
		return fmt.Errorf("rows of %q cannot be read as %s, because their error records do not tell the header of that file, which names their cells: put them into a file below their header, and that into the topic (edyc topic put); or say --format 'csv?header=false' where their cells stand in the order of the fields", name, as)
	}
	return fmt.Errorf("rows of %q cannot be read as %s: %w", name, as, err)
}
