package ndjson

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/text"
)

// node is how the values of one place in a record are read, and the column they
// go to.
type node struct {
	typ  *types.Type
	b    *column.Builder
	path string     // for messages: properties.mag, items[].price
	cell *text.Cell // scalars
	unit int64      // timestamp: microseconds in one of a number, 0 when numbers are none
	rec  *record    // record
	elem *node      // array and map
	alts []*record  // union, by branch

	absent   any // what it holds where the field is missing
	optional bool
}

// record is how the fields of an object are read. Producers repeat the order of
// their keys, so each key remembers which one followed it last.
type record struct {
	fields []*node
	// known maps the names of the schema to fields, or to unread for fields that
	// nobody reads.
	known map[string]int32
	keys  []key
	index map[string]int32 // raw key with quotes to keys
	first int32            // the key expected first, none when not known
	turns int              // how often that order changed
	path  string

	slots [keySlots]int32 // by how a key begins: the index of the last such plus one
}

// keySlots is a power of two.
const keySlots = 64

// slot is where a key is remembered that begins as the text at p does, up to the quote that ends it
// or in its first eight bytes. Keys that begin alike share it.
func (r *record) slot(data []byte, p int) *int32 {
	if p+9 > len(data) {
		return &r.slots[0]
	}
	w := binary.LittleEndian.Uint64(data[p+1:])
	quote := w ^ ones*'"'
	if end := (quote - ones) &^ quote & highs; end != 0 {
		w &= end ^ (end - 1) // all bytes up to the first quote
	}
	return &r.slots[w*0x9e3779b97f4a7c15>>(64-6)]
}

type key struct {
	quoted string // as it stands in the text, with the quotes
	name   string
	field  int32 // index into fields, unread or unknown
	next   int32 // index of the key expected after it, or none
}

const (
	unread  = -1
	unknown = -2
	none    = -1
	maxKeys = 4096 // names learned per record; more cannot be predicted
)

// plan is how a row is read.
type plan struct {
	root  *node
	times text.Times
	// millis is the path whose numbers are epoch milliseconds though the settings do
	// not say so.
	millis string
	tag    string
	alloc  memory.Allocator
}

func newPlan(s format.Schema, o format.Options, alloc memory.Allocator) (*plan, error) {
	times, err := text.NewTimes(o)
	if err != nil {
		return nil, err
	}
	p := &plan{times: times, tag: o.Text("tag", "$type"), alloc: alloc}
	if o.Text("timestamps", "") == "" {
		p.millis = s.Time
	}
	full := s.Full
	if full == nil {
		full = s.Row
	}
	p.root = p.node(full, s.Row, column.New(s.Row.NonNull(), alloc), "")
	return p, nil
}

func (p *plan) node(full, t *types.Type, b *column.Builder, path string) *node {
	n := &node{typ: t, b: b, path: path}
	switch t.Kind {
	case types.Record:
		n.rec = p.record(full, t, b, path, "")
	case types.Array:
		n.elem = p.node(full.Elem, t.Elem, b.Kids[0], path+"[]")
	case types.Map:
		n.elem = p.node(full.Elem, t.Elem, b.Kids[1], path+"[]")
	case types.Union:
		for i, branch := range t.Branches {
			fullBranch := branch
			if j := full.Branch(branch.Name); j >= 0 {
				fullBranch = full.Branches[j]
			}
			n.alts = append(n.alts, p.record(fullBranch, branch, b.Kids[i], path, p.tag))
		}
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal,
		types.String, types.Bytes, types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp,
		types.LocalTimestamp, types.Duration, types.Period, types.Enum, types.Geography, types.JSON,
		types.Func, types.Var:
		times := p.times
		if path != "" && path == p.millis {
			times = text.EpochMillis
		}
		n.cell, n.unit = text.NewCell(b, times), times.Unit()
	}
	return n
}

// record plans the fields of a record; tag is a further key that is known and
// not read.
func (p *plan) record(full, t *types.Type, b *column.Builder, path, tag string) *record {
	r := &record{known: map[string]int32{}, index: map[string]int32{}, first: none, path: path}
	if tag != "" {
		r.known[tag] = unread
	}
	for _, f := range full.Fields {
		r.name(f, unread)
	}
	prefix := path
	if prefix != "" {
		prefix += "."
	}
	for i, f := range t.Fields {
		declared := f
		if g, ok := full.FieldNamed(f.Name); ok {
			declared = *g
		}
		n := p.node(declared.Type, f.Type, b.Kids[i], prefix+f.Name)
		n.absent, n.optional = format.Absent(declared, f.Type)
		r.fields = append(r.fields, n)
		r.name(declared, int32(i))
	}
	return r
}

// name makes a field known by its name and by the names it had earlier, unless
// another field has taken one of those.
func (r *record) name(f types.Field, i int32) {
	r.known[f.Name] = i
	for _, was := range f.Was {
		if at, taken := r.known[was]; !taken || at == unread {
			r.known[was] = i
		}
	}
}

// learn remembers a key as it is written and returns its index, or none when too
// many different ones were seen.
func (r *record) learn(raw []byte, name string) int32 {
	field, ok := r.known[name]
	if !ok {
		field = unknown
	}
	if len(r.keys) == maxKeys {
		return none
	}
	i := int32(len(r.keys))
	quoted := string(raw)
	r.keys = append(r.keys, key{quoted: quoted, name: name, field: field, next: none})
	r.index[quoted] = i
	return i
}

// finish returns the columns of the rows read so far.
func (n *node) finish() []arrow.Array {
	if n.typ.Kind != types.Record {
		return []arrow.Array{n.b.Finish()}
	}
	cols := make([]arrow.Array, len(n.rec.fields))
	for i, f := range n.rec.fields {
		cols[i] = f.b.Finish()
	}
	n.b.Reset()
	return cols
}
