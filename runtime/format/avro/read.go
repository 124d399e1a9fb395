package avro

import (
	"fmt"

	lib "github.com/hamba/avro/v2"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/text"
)

// reader turns values of one Avro schema into values of an edy type. Its read
// methods return why a value does not fit; what is damaged is in the cursor.
type reader struct {
	schema lib.Schema
	typ    *types.Type
	path   string
	scale  int64 // microseconds in one of an instant's number
	fields []fieldReader
	absent []absentField
	elem   *reader
	// alts are the readers of a writer's union, by its branches; nil for null.
	alts    []*reader
	branch  []int // of alts: the branch of an edy union
	symbols []int32
	cell    *text.Cell
	cellOf  *column.Builder
}

// fieldReader is a field as the writer has it.
type fieldReader struct {
	schema lib.Schema
	at     int // among the columns, negative for a field that nobody reads
	read   *reader
}

type absentField struct {
	at    int
	value any
}

// newReader checks that a schema's values can be read as a type.
func newReader(s lib.Schema, full, t *types.Type, path, time string) (*reader, error) {
	s = resolved(s)
	r := &reader{schema: s, typ: t, path: path}
	misfit := fmt.Errorf("the field %q is %s in the file and %s in the schema", path, described(s), t)
	if u, ok := s.(*lib.UnionSchema); ok {
		return r, r.union(u, full, time)
	}
	if s.Type() == lib.Null {
		if !t.Nullable {
			return nil, misfit
		}
		return r, nil
	}
	switch s := s.(type) {
	case *lib.RecordSchema:
		if t.Kind == types.Union {
			// A writer that knew one branch only.
			b := t.Branch(s.Name())
			if b < 0 {
				return nil, misfit
			}
			alt, err := newReader(s, full.Branches[b], t.Branches[b], path, time)
			r.elem, r.branch = alt, []int{b}
			return r, err
		}
		if t.Kind != types.Record {
			return nil, misfit
		}
		return r, r.record(s, full, time)
	case *lib.ArraySchema:
		if t.Kind != types.Array {
			return nil, misfit
		}
		var err error
		r.elem, err = newReader(s.Items(), full.Elem, t.Elem, path+"[]", time)
		return r, err
	case *lib.MapSchema:
		if t.Kind != types.Map {
			return nil, misfit
		}
		var err error
		r.elem, err = newReader(s.Values(), full.Elem, t.Elem, path+"[]", time)
		return r, err
	case *lib.EnumSchema:
		if t.Kind == types.String {
			return r, nil
		}
		if t.Kind != types.Enum {
			return nil, misfit
		}
		r.translate(s.Symbols())
		return r, nil
	}
	if !r.acceptsScalar(time) {
		return nil, misfit
	}
	return r, nil
}

func described(s lib.Schema) string {
	if l := logicalOf(s); l != "" {
		return string(l)
	}
	return string(s.Type())
}

// translate maps the writer's symbols to ours; negative for one we lack.
func (r *reader) translate(symbols []string) {
	index := func(name string) int32 {
		for i, s := range r.typ.Symbols {
			if s == name {
				return int32(i)
			}
		}
		return -1
	}
	for _, s := range symbols {
		i := index(s)
		if i < 0 && r.typ.Default != "" {
			i = index(r.typ.Default)
		}
		r.symbols = append(r.symbols, i)
	}
}

// union plans the branches of a writer's union.
func (r *reader) union(u *lib.UnionSchema, full *types.Type, time string) error {
	for _, s := range u.Types() {
		if s.Type() == lib.Null {
			r.alts, r.branch = append(r.alts, nil), append(r.branch, -1)
			continue
		}
		full, t, branch := full, r.typ, -1
		if rec, ok := resolved(s).(*lib.RecordSchema); ok && t.Kind == types.Union {
			if branch = t.Branch(rec.Name()); branch < 0 {
				return fmt.Errorf("the field %q may hold a record %s, which is not of the union %s", r.path, rec.Name(), t)
			}
			full, t = full.Branches[branch], t.Branches[branch]
		}
		alt, err := newReader(s, full, t, r.path, time)
		if err != nil {
			return err
		}
		r.alts, r.branch = append(r.alts, alt), append(r.branch, branch)
	}
	return nil
}

func (r *reader) record(s *lib.RecordSchema, full *types.Type, time string) error {
	r.fields = make([]fieldReader, len(s.Fields()))
	for i, f := range s.Fields() {
		r.fields[i] = fieldReader{schema: f.Type(), at: -1}
	}
	for at, f := range r.typ.Fields {
		declared := f
		if g, ok := full.FieldNamed(f.Name); ok {
			declared = *g
		}
		path := f.Name
		if r.path != "" {
			path = r.path + "." + f.Name
		}
		i := writerField(s, declared)
		if i < 0 {
			v, ok := format.Absent(declared, f.Type)
			if !ok {
				return fmt.Errorf("it has no field %q, which the schema requires", path)
			}
			r.absent = append(r.absent, absentField{at, v})
			continue
		}
		read, err := newReader(s.Fields()[i].Type(), declared.Type, f.Type, path, time)
		if err != nil {
			return err
		}
		r.fields[i].at, r.fields[i].read = at, read
	}
	return nil
}

// writerField finds a field by its name or one it had earlier.
func writerField(s *lib.RecordSchema, f types.Field) int {
	for _, name := range append([]string{f.Name}, f.Was...) {
		for i, w := range s.Fields() {
			if fieldName(w) == name {
				return i
			}
		}
	}
	return -1
}

// acceptsScalar tells whether values of the schema may be read as the type, and
// notes the unit of instants.
func (r *reader) acceptsScalar(time string) bool {
	base, logical := r.schema.Type(), logicalOf(r.schema)
	r.scale = 1
	switch r.typ.Kind {
	case types.Boolean:
		return base == lib.Boolean
	case types.Int:
		return base == lib.Int && logical == ""
	case types.Long:
		return (base == lib.Int || base == lib.Long) && logical == ""
	case types.Float:
		return base == lib.Int || base == lib.Long || base == lib.Float
	case types.Double:
		return base == lib.Int || base == lib.Long || base == lib.Float || base == lib.Double
	case types.Decimal:
		return logical == lib.Decimal
	case types.String, types.JSON:
		return base == lib.String
	case types.Bytes, types.Geography:
		return base == lib.Bytes && logical == "" || base == lib.Fixed
	case types.Fixed:
		f, ok := r.schema.(*lib.FixedSchema)
		return ok && f.Size() == r.typ.Size
	case types.UUID:
		f, ok := r.schema.(*lib.FixedSchema)
		return base == lib.String || ok && f.Size() == 16
	case types.Date:
		return logical == lib.Date
	case types.Time:
		return r.timed(logical == lib.TimeMillis, logical == lib.TimeMicros)
	case types.Timestamp:
		millis := logical == lib.TimestampMillis || logical == "" && base == lib.Long && r.path == time && time != ""
		return r.timed(millis, logical == lib.TimestampMicros)
	case types.LocalTimestamp:
		return r.timed(logical == lib.LocalTimestampMillis, logical == lib.LocalTimestampMicros)
	case types.Duration:
		return base == lib.Long && logical == ""
	case types.Period:
		f, ok := r.schema.(*lib.FixedSchema)
		return ok && logical == lib.Duration && f.Size() == 12
	case types.Unknown, types.Null, types.Enum, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
		return false
	}
	return false
}

func (r *reader) timed(millis, micros bool) bool {
	if millis {
		r.scale = 1000
	}
	return millis || micros
}
