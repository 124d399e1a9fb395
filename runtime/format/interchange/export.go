package interchange

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/text"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Exporter turns columns of the engine into those of a file: enums become text,
// dictionary-encoded where the file can; a union becomes a struct of $type and
// one nullable struct per schema. Memory is the garbage collector's, because
// writers keep arrays until a group of rows is full.
type Exporter struct {
	// Dictionaries: the file holds dictionary-encoded text.
	Dictionaries bool
	// Durations: the file has types for durations and periods; otherwise they are
	// ISO 8601 text.
	Durations bool

	columns []format.Written
	op      bool
	schema  *arrow.Schema
	alloc   memory.Allocator
}

// Begin fixes the columns of the file.
func (e *Exporter) Begin(columns []types.Column, op bool) *arrow.Schema {
	e.alloc = memory.DefaultAllocator
	written, named := format.WrittenColumns(columns)
	e.columns, e.op = written, op || named
	var fields []arrow.Field
	if e.op {
		fields = append(fields, arrow.Field{Name: format.OpColumn, Type: e.Type(format.OpType)})
	}
	for _, c := range e.columns {
		if c.Name == types.UnionColumn { // the parts of the record are the columns
			fields = append(fields, e.Type(c.Type).(*arrow.StructType).Fields()...)
			continue
		}
		fields = append(fields, arrow.Field{Name: c.Name, Type: e.Type(c.Type), Nullable: c.Type.Nullable})
	}
	e.schema = arrow.NewSchema(fields, nil)
	return e.schema
}

// Type is how a type stands in the file.
func (e *Exporter) Type(t *types.Type) arrow.DataType {
	switch t.Kind {
	case types.Enum:
		if e.Dictionaries {
			return &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
		}
		return arrow.BinaryTypes.String
	case types.Duration, types.Period:
		if !e.Durations {
			return arrow.BinaryTypes.String
		}
	case types.Array:
		return arrow.ListOfField(arrow.Field{Name: "item", Type: e.Type(t.Elem), Nullable: t.Elem.Nullable})
	case types.Map:
		return arrow.MapOfFields(arrow.Field{Name: "key", Type: arrow.BinaryTypes.String},
			arrow.Field{Name: "value", Type: e.Type(t.Elem), Nullable: t.Elem.Nullable})
	case types.Record:
		return arrow.StructOf(e.fields(t)...)
	case types.Union:
		fields := []arrow.Field{{Name: format.UnionTag, Type: arrow.BinaryTypes.String}}
		for _, b := range t.Branches {
			fields = append(fields, arrow.Field{Name: b.Name, Type: arrow.StructOf(e.fields(b)...), Nullable: true})
		}
		return arrow.StructOf(fields...)
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal,
		types.String, types.Bytes, types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp,
		types.LocalTimestamp, types.Geography, types.JSON, types.Func, types.Var:
	}
	return kernel.ArrowType(t)
}

func (e *Exporter) fields(t *types.Type) []arrow.Field {
	out := make([]arrow.Field, len(t.Fields))
	for i, f := range t.Fields {
		out[i] = arrow.Field{Name: f.Name, Type: e.Type(f.Type), Nullable: f.Type.Nullable}
	}
	return out
}

// Batch turns rows into a record batch of the schema that Begin returned.
func (e *Exporter) Batch(cols []arrow.Array, rows int, sel []int32, ops []operators.Op) arrow.RecordBatch {
	n := rows
	if sel != nil {
		n = len(sel)
	}
	var out []arrow.Array
	if e.op {
		out = append(out, e.ops(rows, sel, ops))
	}
	for _, c := range e.columns {
		a := cols[c.At]
		if sel != nil {
			a = kernel.Gather(e.alloc, a, sel)
		} else {
			// The caller may free its arrays before the writer has done with them.
			a = kernel.Gather(e.alloc, a, span(0, rows))
		}
		written := e.Array(c.Type, a)
		a.Release()
		if c.Name == types.UnionColumn {
			for i := range written.(*array.Struct).NumField() {
				part := written.(*array.Struct).Field(i)
				part.Retain()
				out = append(out, part)
			}
			written.Release()
			continue
		}
		out = append(out, written)
	}
	batch := array.NewRecordBatch(e.schema, out, int64(n))
	for _, a := range out {
		a.Release()
	}
	return batch
}

func (e *Exporter) ops(rows int, sel []int32, ops []operators.Op) arrow.Array {
	b := column.New(format.OpType, e.alloc)
	// The function cannot fail.
	_ = format.EachRow(rows, sel, func(i int) error {
		if ops == nil {
			b.Int32(int32(operators.Insert))
		} else {
			b.Int32(int32(ops[i]))
		}
		return nil
	})
	a := b.Finish()
	defer a.Release()
	return e.Array(format.OpType, a)
}

// Array turns a column of the engine into one of the file.
func (e *Exporter) Array(t *types.Type, a arrow.Array) arrow.Array {
	switch t.Kind {
	case types.Enum:
		return e.symbols(t, a)
	case types.Duration, types.Period:
		if !e.Durations {
			return e.asText(t, a)
		}
	case types.Array:
		values := e.Array(t.Elem, a.(*array.List).ListValues())
		return e.rebuilt(e.Type(t), a, values)
	case types.Map:
		m := a.(*array.Map)
		dt := e.Type(t).(*arrow.MapType)
		items := e.Array(t.Elem, m.Items())
		entries := array.NewData(dt.Elem(), m.Keys().Len(), []*memory.Buffer{nil}, []arrow.ArrayData{m.Keys().Data(), items.Data()}, 0, 0)
		defer entries.Release()
		defer items.Release()
		return e.rebuilt(dt, a, array.MakeFromData(entries))
	case types.Record:
		return e.structure(t, a.(*array.Struct), 0, e.Type(t), nil)
	case types.Union:
		return e.union(t, a.(*array.Struct))
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal,
		types.String, types.Bytes, types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp,
		types.LocalTimestamp, types.Geography, types.JSON, types.Func, types.Var:
	}
	a.Retain()
	return a
}

// rebuilt is a nested array with other children; it takes them over.
func (e *Exporter) rebuilt(dt arrow.DataType, a arrow.Array, kids ...arrow.Array) arrow.Array {
	data := make([]arrow.ArrayData, len(kids))
	for i, k := range kids {
		data[i] = k.Data()
	}
	from := a.Data()
	d := array.NewData(dt, a.Len(), from.Buffers(), data, from.NullN(), from.Offset())
	defer d.Release()
	for _, k := range kids {
		defer k.Release()
	}
	return array.MakeFromData(d)
}

func (e *Exporter) structure(t *types.Type, s *array.Struct, skip int, dt arrow.DataType, first []arrow.Array) arrow.Array {
	kids := first
	for i, f := range t.Fields {
		kids = append(kids, e.Array(f.Type, s.Field(skip+i)))
	}
	return e.rebuilt(dt, s, kids...)
}

func (e *Exporter) union(t *types.Type, s *array.Struct) arrow.Array {
	names := column.New(types.TString, e.alloc)
	branches := kernel.Values[int8](s.Field(0))
	for i := range s.Len() {
		if s.IsNull(i) {
			names.Bytes(nil)
			continue
		}
		names.Bytes([]byte(t.Branches[branches[i]].Name))
	}
	kids := []arrow.Array{names.Finish()}
	dt := e.Type(t).(*arrow.StructType)
	for i, b := range t.Branches {
		kids = append(kids, e.structure(b, s.Field(i+1).(*array.Struct), 0, dt.Field(i+1).Type, nil))
	}
	return e.rebuilt(dt, s, kids...)
}

// symbols spells out the symbols of an enum.
func (e *Exporter) symbols(t *types.Type, a arrow.Array) arrow.Array {
	if !e.Dictionaries {
		return e.asText(t, a)
	}
	b := column.New(types.TString, e.alloc)
	for _, s := range t.Symbols {
		b.Bytes([]byte(s))
	}
	dictionary := b.Finish()
	defer dictionary.Release()
	return array.NewDictionaryArray(e.Type(t), a, dictionary)
}

func (e *Exporter) asText(t *types.Type, a arrow.Array) arrow.Array {
	b := column.New(types.TString.WithNull(t.Nullable), e.alloc)
	var times text.Times
	var buf []byte
	for i := range a.Len() {
		if a.IsNull(i) {
			b.Null()
			continue
		}
		buf = times.Append(buf[:0], t, a, i)
		b.Bytes(buf)
	}
	return b.Finish()
}
