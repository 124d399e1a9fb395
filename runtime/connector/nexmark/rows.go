package nexmark

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
)

// shape builds rows of a type: those of one kind of event, or of a union of kinds.
type shape struct {
	row     *types.Type
	union   *column.Builder   // of a union, else nil
	columns []*column.Builder // of a record
	branch  [len(kindNames)]int
	puts    [len(kindNames)][]put // by kind, in the order of the record's fields
	scratch []byte
}

// newShape prepares the part of a row type that is read. full is the type as it was
// declared.
func newShape(full, row *types.Type, alloc memory.Allocator) *shape {
	s := &shape{row: row, branch: branches(full), scratch: make([]byte, 0, 512)}
	for k, at := range s.branch {
		switch {
		case at < 0:
		case row.Kind == types.Union:
			s.puts[k] = putsOf(kind(k), full.Branches[at], row.Branches[at])
		default:
			s.puts[k] = putsOf(kind(k), full, row)
		}
	}
	if row.Kind == types.Union {
		s.union = column.New(row, alloc)
		return s
	}
	for _, f := range row.Fields {
		s.columns = append(s.columns, column.New(f.Type, alloc))
	}
	return s
}

// branches tells where the records of each kind stand in a type, -1 for nowhere.
func branches(full *types.Type) (at [len(kindNames)]int) {
	records := []*types.Type{full}
	if full.Kind == types.Union {
		records = full.Branches
	}
	for k, name := range kindNames {
		at[k] = slices.IndexFunc(records, func(r *types.Type) bool { return r.Name[strings.LastIndexByte(r.Name, '.')+1:] == name })
	}
	return at
}

// putsOf says how to make the fields of a record. What cannot be made has its default.
func putsOf(k kind, full, row *types.Type) []put {
	made := fieldsOf(k)
	out := make([]put, len(row.Fields))
	for i, f := range row.Fields {
		if at := slices.IndexFunc(made, func(m field) bool { return m.name == f.Name }); at >= 0 {
			out[i] = made[at].put
			continue
		}
		var v any
		if declared, ok := full.FieldNamed(f.Name); ok {
			v, _ = format.Absent(*declared, f.Type)
		}
		out[i] = func(b *column.Builder, _ *event, _ []byte) { b.Value(v) }
	}
	return out
}

// has reports whether events of a kind are rows.
func (s *shape) has(k kind) bool { return s.branch[k] >= 0 }

func (s *shape) add(e *event) {
	if s.union == nil {
		s.fields(s.columns, e)
		return
	}
	record := s.union.Kids[s.branch[e.kind]]
	s.fields(record.Kids, e)
	record.EndRecord()
	s.union.EndUnion(s.branch[e.kind])
}

func (s *shape) fields(columns []*column.Builder, e *event) {
	for i, p := range s.puts[e.kind] {
		p(columns[i], e, s.scratch)
	}
}

// finish gives the rows out.
func (s *shape) finish() []arrow.Array {
	if s.union != nil {
		return []arrow.Array{s.union.Finish()}
	}
	cols := make([]arrow.Array, len(s.columns))
	for i, b := range s.columns {
		cols[i] = b.Finish()
	}
	return cols
}

func (s *shape) release() {
	if s.union != nil {
		s.union.Release()
	}
	for _, b := range s.columns {
		b.Release()
	}
}

// records are the events of a batch, by number: they are made again when somebody
// reads them.
type records struct {
	config *config
	schema format.Schema
	index  []int64
	alloc  memory.Allocator
}

// Copy implements format.CopiedRecords.
func (r *records) Copy(rows []int32) format.CopiedRecords {
	out := &records{config: r.config, schema: r.schema, index: make([]int64, len(rows)), alloc: r.alloc}
	for k, i := range rows {
		out.index[k] = r.index[i]
	}
	return out
}

// Text implements format.Records.
func (r *records) Text(i int) string {
	cols, _ := r.columns([]int32{int32(i)}, r.schema.Full, memory.DefaultAllocator)
	w := ndjson.Writer{Tag: "$type"}
	return string(w.Row(nil, r.schema.Full, cols, 0))
}

// Byte implements format.Records: the number of the event.
func (r *records) Byte(i int) int64 { return r.index[i] }

// Columns implements format.Records.
func (r *records) Columns(rows []int32, row *types.Type) ([]arrow.Array, error) {
	return r.columns(rows, row, r.alloc)
}

func (r *records) columns(rows []int32, row *types.Type, alloc memory.Allocator) ([]arrow.Array, error) {
	s := newShape(r.schema.Full, row, alloc)
	for _, i := range rows {
		e := r.config.at(r.index[i])
		s.add(&e)
	}
	return s.finish(), nil
}
