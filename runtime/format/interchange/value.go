package interchange

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/text"
)

// reader turns values of one Arrow type into values of an edy type.
type reader struct {
	typ    *types.Type
	path   string
	cell   *text.Cell      // where text is read
	b      *column.Builder // that cell writes to
	millis bool            // numbers are instants in epoch milliseconds
	elem   *reader         // array and map
	fields []structField
	union  *unionReader
}

type structField struct {
	at     int
	read   *reader
	absent any
	typ    *types.Type
}

// newReader checks that a column of a file can hold a type.
func newReader(dt arrow.DataType, full, t *types.Type, path, time string) (*reader, error) {
	dt = plainType(dt)
	r := &reader{typ: t, path: path}
	misfit := fmt.Errorf("the column %q is %s in the file and %s in the schema", path, dt, t)
	if dt.ID() == arrow.NULL && t.Nullable {
		return r, nil
	}
	switch t.Kind {
	case types.Record:
		s, ok := dt.(*arrow.StructType)
		if !ok {
			return nil, misfit
		}
		return r, r.structure(s, full, time)
	case types.Array:
		l, ok := dt.(arrow.ListLikeType)
		if _, isMap := dt.(*arrow.MapType); !ok || isMap {
			return nil, misfit
		}
		var err error
		r.elem, err = newReader(l.Elem(), full.Elem, t.Elem, path+"[]", time)
		return r, err
	case types.Map:
		m, ok := dt.(*arrow.MapType)
		if !ok || !isText(m.KeyType()) {
			return nil, misfit
		}
		var err error
		r.elem, err = newReader(m.ItemType(), full.Elem, t.Elem, path+"[]", time)
		return r, err
	case types.Union:
		s, ok := dt.(*arrow.StructType)
		if !ok {
			return nil, misfit
		}
		var err error
		r.union, err = newUnion(s, full, t, path, time)
		return r, err
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal,
		types.String, types.Bytes, types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp,
		types.LocalTimestamp, types.Duration, types.Period, types.Enum, types.Geography, types.JSON,
		types.Func, types.Var:
	}
	if t.Kind == types.Timestamp && path == time && isInteger(dt) {
		r.millis = true
		return r, nil
	}
	if !accepts(t, dt) {
		return nil, misfit
	}
	return r, nil
}

func (r *reader) structure(s *arrow.StructType, full *types.Type, time string) error {
	for _, f := range r.typ.Fields {
		declared := f
		if g, ok := full.FieldNamed(f.Name); ok {
			declared = *g
		}
		at := columnOf(s.Fields(), declared)
		sf := structField{at: at, typ: f.Type}
		path := r.path + "." + f.Name
		if at < 0 {
			absent, ok := format.Absent(declared, f.Type)
			if !ok {
				return fmt.Errorf("it has no column %q, which the schema requires", path)
			}
			sf.absent = absent
		} else {
			var err error
			if sf.read, err = newReader(s.Field(at).Type, declared.Type, f.Type, path, time); err != nil {
				return err
			}
		}
		r.fields = append(r.fields, sf)
	}
	return nil
}

func isInteger(dt arrow.DataType) bool { return arrow.IsInteger(dt.ID()) }

func isText(dt arrow.DataType) bool {
	switch dt.ID() {
	case arrow.STRING, arrow.LARGE_STRING, arrow.STRING_VIEW:
		return true
	default:
		return false
	}
}

func isBinary(dt arrow.DataType) bool {
	switch dt.ID() {
	case arrow.BINARY, arrow.LARGE_BINARY, arrow.BINARY_VIEW, arrow.FIXED_SIZE_BINARY:
		return true
	default:
		return false
	}
}

// accepts tells which Arrow types hold values of a scalar edy type.
func accepts(t *types.Type, dt arrow.DataType) bool {
	id := dt.ID()
	switch t.Kind {
	case types.Boolean:
		return id == arrow.BOOL
	case types.Int, types.Long:
		return isInteger(dt)
	case types.Float, types.Double:
		return isInteger(dt) || arrow.IsFloating(id)
	case types.Decimal:
		return isInteger(dt) || arrow.IsDecimal(id)
	case types.String, types.JSON, types.Enum:
		return isText(dt)
	case types.Bytes, types.Geography:
		return isBinary(dt)
	case types.Fixed:
		return isBinary(dt)
	case types.UUID:
		return isBinary(dt) || isText(dt)
	case types.Date:
		return id == arrow.DATE32 || id == arrow.DATE64
	case types.Time:
		return id == arrow.TIME32 || id == arrow.TIME64
	case types.Timestamp:
		ts, ok := dt.(*arrow.TimestampType)
		return ok && ts.TimeZone != ""
	case types.LocalTimestamp:
		ts, ok := dt.(*arrow.TimestampType)
		return ok && ts.TimeZone == ""
	case types.Duration:
		return id == arrow.DURATION || isText(dt)
	case types.Period:
		return id == arrow.INTERVAL_MONTHS || id == arrow.INTERVAL_MONTH_DAY_NANO || isText(dt)
	case types.Unknown, types.Null, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
		return false
	}
	return false
}

// value appends element i of an array to a builder.
func (r *reader) value(b *column.Builder, a arrow.Array, i int) (code, reason string) {
	a = plainArray(a)
	if a.IsNull(i) {
		if !r.typ.Nullable {
			return format.CodeNull, fmt.Sprintf("%q is null and its type is %s", r.path, r.typ)
		}
		b.Null()
		return "", ""
	}
	if d, ok := a.(*array.Dictionary); ok {
		return r.value(b, d.Dictionary(), d.GetValueIndex(i))
	}
	switch r.typ.Kind {
	case types.Record:
		return r.record(b, a.(*array.Struct), i)
	case types.Array:
		l := a.(array.ListLike)
		start, end := l.ValueOffsets(i)
		return r.elements(b, l.ListValues(), start, end)
	case types.Map:
		m := a.(*array.Map)
		start, end := m.ValueOffsets(i)
		for j := start; j < end; j++ {
			key, _ := textOf(m.Keys(), int(j))
			b.Kids[0].Bytes([]byte(key))
		}
		return r.mapValues(b, m.Items(), start, end)
	case types.Union:
		return r.union.value(r, b, a.(*array.Struct), i)
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal,
		types.String, types.Bytes, types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp,
		types.LocalTimestamp, types.Duration, types.Period, types.Enum, types.Geography, types.JSON,
		types.Func, types.Var:
	}
	if why := r.scalar(b, a, i); why != "" {
		return format.CodeValue, fmt.Sprintf("%q: %s %s", r.path, a.ValueStr(i), why)
	}
	return "", ""
}

func (r *reader) record(b *column.Builder, s *array.Struct, i int) (code, reason string) {
	for j, f := range r.fields {
		if f.read == nil {
			b.Kids[j].Value(f.absent)
			continue
		}
		if code, reason = f.read.value(b.Kids[j], s.Field(f.at), i); code != "" {
			return code, reason
		}
	}
	b.EndRecord()
	return "", ""
}

func (r *reader) elements(b *column.Builder, values arrow.Array, start, end int64) (code, reason string) {
	for j := start; j < end; j++ {
		if code, reason = r.elem.value(b.Kids[0], values, int(j)); code != "" {
			return code, reason
		}
	}
	b.EndList()
	return "", ""
}

func (r *reader) mapValues(b *column.Builder, values arrow.Array, start, end int64) (code, reason string) {
	for j := start; j < end; j++ {
		if code, reason = r.elem.value(b.Kids[1], values, int(j)); code != "" {
			return code, reason
		}
	}
	b.EndList()
	return "", ""
}
