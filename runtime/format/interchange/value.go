package interchange

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

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

func textOf(a arrow.Array, i int) (string, bool) {
	switch a := a.(type) {
	case array.StringLike:
		return a.Value(i), true
	case *array.Dictionary:
		return textOf(a.Dictionary(), a.GetValueIndex(i))
	}
	return "", false
}

func bytesOf(a arrow.Array, i int) []byte {
	switch a := a.(type) {
	case *array.FixedSizeBinary:
		return a.Value(i)
	case *array.Binary:
		return a.Value(i)
	case *array.LargeBinary:
		return a.Value(i)
	case *array.BinaryView:
		return a.Value(i)
	}
	return nil
}

// scalar appends a value that is not null; it returns why it does not fit.
func (r *reader) scalar(b *column.Builder, a arrow.Array, i int) string {
	switch r.typ.Kind {
	case types.Boolean:
		b.Bool(a.(*array.Boolean).Value(i))
	case types.Int, types.Long, types.Float, types.Double, types.Decimal:
		return r.number(b, a, i)
	case types.String, types.Enum, types.UUID, types.Duration, types.Period, types.JSON:
		if s, ok := textOf(a, i); ok {
			return r.text(b, s)
		}
		return r.other(b, a, i)
	case types.Bytes, types.Geography:
		b.Bytes(bytesOf(a, i))
	case types.Fixed:
		v := bytesOf(a, i)
		if len(v) != r.typ.Size {
			return fmt.Sprintf("holds %d bytes where %s holds %d", len(v), r.typ, r.typ.Size)
		}
		b.FixedBytes(v)
	case types.Date, types.Time, types.Timestamp, types.LocalTimestamp:
		return r.other(b, a, i)
	case types.Unknown, types.Null, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
		return "cannot be held"
	}
	return ""
}

func (r *reader) text(b *column.Builder, s string) string {
	if r.typ.Kind == types.String {
		b.Bytes([]byte(s))
		return ""
	}
	if r.typ.Kind == types.JSON {
		if !json.Valid([]byte(s)) {
			return "is not JSON"
		}
		b.Bytes([]byte(s))
		return ""
	}
	if r.cell == nil || r.b != b {
		r.cell, r.b = text.NewCell(b, text.Times{}), b
	}
	return r.cell.Text([]byte(s))
}

// number appends integers, floating numbers and decimals to each other where
// nothing is lost but digits of a double.
func (r *reader) number(b *column.Builder, a arrow.Array, i int) string {
	switch a := a.(type) {
	case *array.Float64:
		return r.float(b, a.Value(i))
	case *array.Float32:
		return r.float(b, float64(a.Value(i)))
	case *array.Float16:
		return r.float(b, float64(a.Value(i).Float32()))
	case *array.Uint64:
		if v := a.Value(i); v > 1<<63-1 && r.typ.IsExact() {
			return "is too large for " + r.typ.NonNull().String()
		} else if v > 1<<63-1 {
			return r.float(b, float64(v))
		}
	}
	if v, ok := integerOf(a, i); ok {
		return r.integer(b, v)
	}
	return r.decimal(b, a, i)
}

func (r *reader) float(b *column.Builder, v float64) string {
	if r.typ.Kind == types.Float {
		b.Float(float32(v))
	} else {
		b.Double(v)
	}
	return ""
}

func (r *reader) integer(b *column.Builder, v int64) string {
	switch r.typ.Kind {
	case types.Int:
		if v != int64(int32(v)) {
			return "is too large for int"
		}
		b.Int32(int32(v))
		return ""
	case types.Long:
		b.Int64(v)
		return ""
	case types.Decimal:
		return r.unscaled(b, big.NewInt(v), 0)
	default:
		return r.float(b, float64(v))
	}
}

func integerOf(a arrow.Array, i int) (int64, bool) {
	switch a := a.(type) {
	case *array.Int8:
		return int64(a.Value(i)), true
	case *array.Int16:
		return int64(a.Value(i)), true
	case *array.Int32:
		return int64(a.Value(i)), true
	case *array.Int64:
		return a.Value(i), true
	case *array.Uint8:
		return int64(a.Value(i)), true
	case *array.Uint16:
		return int64(a.Value(i)), true
	case *array.Uint32:
		return int64(a.Value(i)), true
	case *array.Uint64:
		return int64(a.Value(i)), true
	}
	return 0, false
}

func (r *reader) decimal(b *column.Builder, a arrow.Array, i int) string {
	scale := int(a.DataType().(arrow.DecimalType).GetScale())
	switch a := a.(type) {
	case *array.Decimal32:
		return r.unscaled(b, big.NewInt(int64(a.Value(i))), scale)
	case *array.Decimal64:
		return r.unscaled(b, big.NewInt(int64(a.Value(i))), scale)
	case *array.Decimal128:
		return r.unscaled(b, a.Value(i).BigInt(), scale)
	case *array.Decimal256:
		return r.unscaled(b, a.Value(i).BigInt(), scale)
	}
	return "is not a decimal"
}

func (r *reader) unscaled(b *column.Builder, v *big.Int, scale int) string {
	ten := big.NewInt(10)
	if d := r.typ.Scale - scale; d >= 0 {
		v.Mul(v, new(big.Int).Exp(ten, big.NewInt(int64(d)), nil))
	} else {
		rest := new(big.Int)
		v.QuoRem(v, new(big.Int).Exp(ten, big.NewInt(int64(-d)), nil), rest)
		if rest.Sign() != 0 {
			return fmt.Sprintf("has more digits after the point than %s holds", r.typ.NonNull())
		}
	}
	if new(big.Int).Abs(v).Cmp(new(big.Int).Exp(ten, big.NewInt(int64(r.typ.Precision)), nil)) >= 0 {
		return "is too large for " + r.typ.NonNull().String()
	}
	b.Decimal(decimal128.FromBigInt(v))
	return ""
}

// other appends times of any unit and the values of types with their own arrays.
func (r *reader) other(b *column.Builder, a arrow.Array, i int) string {
	switch a := a.(type) {
	case *array.FixedSizeBinary:
		return r.uuid(b, a.Value(i))
	case *array.Date32:
		b.Int32(int32(a.Value(i)))
	case *array.Date64:
		b.Int32(int32(floorDiv(int64(a.Value(i)), 86_400_000)))
	case *array.Time32:
		b.Int64(micros(int64(a.Value(i)), a.DataType().(*arrow.Time32Type).Unit))
	case *array.Time64:
		b.Int64(micros(int64(a.Value(i)), a.DataType().(*arrow.Time64Type).Unit))
	case *array.Timestamp:
		return r.instant(b, int64(a.Value(i)), a.DataType().(*arrow.TimestampType).Unit)
	case *array.Duration:
		return r.instant(b, int64(a.Value(i)), a.DataType().(*arrow.DurationType).Unit)
	case *array.MonthInterval:
		b.Period(int32(a.Value(i)), 0)
	case *array.MonthDayNanoInterval:
		v := a.Value(i)
		if v.Nanoseconds != 0 {
			return "holds a time of day, which a period does not"
		}
		b.Period(v.Months, v.Days)
	default:
		if v, ok := integerOf(a, i); ok && r.millis {
			return r.instant(b, v, arrow.Millisecond)
		}
		return r.uuid(b, bytesOf(a, i))
	}
	return ""
}

func (r *reader) uuid(b *column.Builder, v []byte) string {
	if len(v) != 16 {
		return "is not a uuid: it has " + strconv.Itoa(len(v)) + " bytes"
	}
	b.FixedBytes(v)
	return ""
}

// instant appends a count of a unit as microseconds, cut below.
func (r *reader) instant(b *column.Builder, v int64, unit arrow.TimeUnit) string {
	m := micros(v, unit)
	if unit < arrow.Microsecond && m/perMicro(unit) != v {
		return "is beyond the range of " + r.typ.NonNull().String()
	}
	b.Int64(m)
	return ""
}

// perMicro is how many microseconds a unit coarser than them has.
func perMicro(unit arrow.TimeUnit) int64 {
	if unit == arrow.Second {
		return 1_000_000
	}
	return 1_000
}

func micros(v int64, unit arrow.TimeUnit) int64 {
	switch unit {
	case arrow.Second:
		return v * 1_000_000
	case arrow.Millisecond:
		return v * 1_000
	case arrow.Microsecond:
		return v
	case arrow.Nanosecond:
		return floorDiv(v, 1_000)
	}
	return v
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
