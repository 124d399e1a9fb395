package avro

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
	lib "github.com/hamba/avro/v2"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/text"
)

// cursor reads Avro's binary encoding. After a failure everything reads as zero.
type cursor struct {
	data []byte
	pos  int
	err  error
}

var errShort = errors.New("the block ends inside a record")

func (c *cursor) take(n int) []byte {
	if c.err != nil || n < 0 || n > len(c.data)-c.pos {
		if c.err == nil {
			c.err = errShort
		}
		return nil
	}
	c.pos += n
	return c.data[c.pos-n : c.pos]
}

func (c *cursor) long() int64 {
	if c.err != nil {
		return 0
	}
	v, n := binary.Varint(c.data[c.pos:])
	if n <= 0 {
		c.err = errShort
		return 0
	}
	c.pos += n
	return v
}

func (c *cursor) bytes() []byte {
	n := c.long()
	if n < 0 || n > math.MaxInt32 {
		if c.err == nil {
			c.err = errShort
		}
		return nil
	}
	return c.take(int(n))
}

// items calls f for each item of an array or map.
func (c *cursor) items(f func() bool) bool {
	for {
		n := c.long()
		if n < 0 {
			n = -n
			c.long()
		}
		if c.err != nil {
			return false
		}
		if n == 0 {
			return true
		}
		for ; n > 0; n-- {
			before := c.pos
			if !f() || c.err != nil {
				return false
			}
			// Items without bytes (nulls, empty records) could be counted without end.
			if c.pos == before && n > maxEmpty {
				c.err = errShort
				return false
			}
		}
	}
}

const maxEmpty = 1 << 20

// skip reads over a value.
func (c *cursor) skip(s lib.Schema) bool {
	switch s := resolved(s).(type) {
	case *lib.NullSchema:
	case *lib.PrimitiveSchema:
		c.skipPrimitive(s.Type())
	case *lib.FixedSchema:
		c.take(s.Size())
	case *lib.EnumSchema:
		c.long()
	case *lib.ArraySchema:
		return c.items(func() bool { return c.skip(s.Items()) })
	case *lib.MapSchema:
		return c.items(func() bool { c.bytes(); return c.skip(s.Values()) })
	case *lib.RecordSchema:
		for _, f := range s.Fields() {
			if !c.skip(f.Type()) {
				return false
			}
		}
	case *lib.UnionSchema:
		if branch := c.branch(s); branch != nil {
			return c.skip(branch)
		}
	}
	return c.err == nil
}

func (c *cursor) skipPrimitive(t lib.Type) {
	switch t {
	case lib.Boolean:
		c.take(1)
	case lib.Int, lib.Long:
		c.long()
	case lib.Float:
		c.take(4)
	case lib.Double:
		c.take(8)
	case lib.String, lib.Bytes:
		c.bytes()
	default:
		c.err = fmt.Errorf("a value of the type %s", t)
	}
}

// branch reads which branch of a union follows; nil after a failure.
func (c *cursor) branch(u *lib.UnionSchema) lib.Schema {
	i := c.long()
	if c.err == nil && (i < 0 || i >= int64(len(u.Types()))) {
		c.err = fmt.Errorf("a union has no branch %d", i)
	}
	if c.err != nil {
		return nil
	}
	return u.Types()[i]
}

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

// value reads the next value into a builder. When it reports false the caller
// takes the record back; code and reason are set where the value is at fault.
func (r *reader) value(c *cursor, b *column.Builder, why *misfit) bool {
	if r.alts != nil {
		i := c.long()
		if c.err == nil && (i < 0 || i >= int64(len(r.alts))) {
			c.err = fmt.Errorf("a union has no branch %d", i)
		}
		if c.err != nil {
			return false
		}
		if r.alts[i] == nil {
			return r.null(b, why)
		}
		if branch := r.branch[i]; branch >= 0 {
			if !r.alts[i].value(c, b.Kids[branch], why) {
				return false
			}
			b.EndUnion(branch)
			return true
		}
		return r.alts[i].value(c, b, why)
	}
	switch s := r.schema.(type) {
	case *lib.NullSchema:
		return r.null(b, why)
	case *lib.RecordSchema:
		if r.typ.Kind == types.Union {
			if !r.elem.value(c, b.Kids[r.branch[0]], why) {
				return false
			}
			b.EndUnion(r.branch[0])
			return true
		}
		return r.readRecord(c, b, why)
	case *lib.ArraySchema:
		if !c.items(func() bool { return r.elem.value(c, b.Kids[0], why) }) {
			return false
		}
		b.EndList()
		return true
	case *lib.MapSchema:
		ok := c.items(func() bool {
			b.Kids[0].Bytes(c.bytes())
			return c.err == nil && r.elem.value(c, b.Kids[1], why)
		})
		if ok {
			b.EndList()
		}
		return ok
	case *lib.EnumSchema:
		return r.symbol(c, b, s, why)
	}
	return r.scalar(c, b, why)
}

// misfit is why a record is bad.
type misfit struct{ code, reason string }

func (r *reader) fail(why *misfit, code, reason string) bool {
	why.code, why.reason = code, reason
	return false
}

func (r *reader) null(b *column.Builder, why *misfit) bool {
	if !r.typ.Nullable {
		return r.fail(why, format.CodeNull, fmt.Sprintf("%q is null and its type is %s", r.path, r.typ))
	}
	b.Null()
	return true
}

func (r *reader) readRecord(c *cursor, b *column.Builder, why *misfit) bool {
	for _, f := range r.fields {
		ok := false
		if f.at < 0 {
			ok = c.skip(f.schema)
		} else {
			ok = f.read.value(c, b.Kids[f.at], why)
		}
		if !ok {
			return false
		}
	}
	for _, a := range r.absent {
		b.Kids[a.at].Value(a.value)
	}
	b.EndRecord()
	return true
}

func (r *reader) symbol(c *cursor, b *column.Builder, s *lib.EnumSchema, why *misfit) bool {
	i := c.long()
	if c.err == nil && (i < 0 || i >= int64(len(s.Symbols()))) {
		c.err = fmt.Errorf("an enum has no symbol %d", i)
	}
	switch {
	case c.err != nil:
		return false
	case r.typ.Kind == types.String:
		b.Bytes([]byte(s.Symbols()[i]))
	case r.symbols[i] < 0:
		return r.fail(why, format.CodeValue, fmt.Sprintf("%q: %q is not a symbol of %s", r.path, s.Symbols()[i], r.typ.Name))
	default:
		b.Int32(r.symbols[i])
	}
	return true
}

// scalar reads a value without parts.
func (r *reader) scalar(c *cursor, b *column.Builder, why *misfit) bool {
	switch r.typ.Kind {
	case types.Boolean:
		v := c.take(1)
		b.Bool(len(v) == 1 && v[0] != 0)
	case types.Int, types.Date:
		b.Int32(int32(c.long()))
	case types.Long, types.Duration:
		b.Int64(c.long())
	case types.Time, types.Timestamp, types.LocalTimestamp:
		v := c.long()
		if v*r.scale/r.scale != v {
			return r.fail(why, format.CodeValue, fmt.Sprintf("%q: %d is beyond the range of %s", r.path, v, r.typ))
		}
		b.Int64(v * r.scale)
	case types.Float:
		b.Float(float32(c.number(r.schema.Type())))
	case types.Double:
		b.Double(c.number(r.schema.Type()))
	case types.Decimal:
		return r.decimal(c, b, why)
	case types.String, types.JSON, types.UUID, types.Bytes, types.Geography, types.Fixed, types.Period:
		return r.binary(c, b, why)
	case types.Unknown, types.Null, types.Enum, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
		return false
	}
	return c.err == nil
}

func (c *cursor) number(t lib.Type) float64 {
	switch t {
	case lib.Float:
		if v := c.take(4); v != nil {
			return float64(math.Float32frombits(binary.LittleEndian.Uint32(v)))
		}
	case lib.Double:
		if v := c.take(8); v != nil {
			return math.Float64frombits(binary.LittleEndian.Uint64(v))
		}
	default:
		return float64(c.long())
	}
	return 0
}

// raw is the bytes of a string, bytes or fixed.
func (r *reader) raw(c *cursor) []byte {
	if f, ok := r.schema.(*lib.FixedSchema); ok {
		return c.take(f.Size())
	}
	return c.bytes()
}

func (r *reader) decimal(c *cursor, b *column.Builder, why *misfit) bool {
	raw := r.raw(c)
	if c.err != nil {
		return false
	}
	v := new(big.Int).SetBytes(raw)
	if len(raw) > 0 && raw[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(raw))))
	}
	scale := r.writerScale()
	text := types.Dec{Unscaled: new(big.Int).Set(v), Scale: scale}
	ten := big.NewInt(10)
	if d := r.typ.Scale - scale; d >= 0 {
		v.Mul(v, new(big.Int).Exp(ten, big.NewInt(int64(d)), nil))
	} else {
		rest := new(big.Int)
		v.QuoRem(v, new(big.Int).Exp(ten, big.NewInt(int64(-d)), nil), rest)
		if rest.Sign() != 0 {
			return r.fail(why, format.CodeValue, fmt.Sprintf("%q: %s has more digits after the point than %s holds", r.path, text, r.typ.NonNull()))
		}
	}
	if new(big.Int).Abs(v).Cmp(new(big.Int).Exp(ten, big.NewInt(int64(r.typ.Precision)), nil)) >= 0 {
		return r.fail(why, format.CodeValue, fmt.Sprintf("%q: %s is too large for %s", r.path, text, r.typ.NonNull()))
	}
	b.Decimal(decimal128.FromBigInt(v))
	return true
}

func (r *reader) writerScale() int {
	var l lib.LogicalSchema
	switch s := r.schema.(type) {
	case *lib.PrimitiveSchema:
		l = s.Logical()
	case *lib.FixedSchema:
		l = s.Logical()
	}
	return l.(*lib.DecimalLogicalSchema).Scale()
}

// binary reads the types that are bytes or text.
func (r *reader) binary(c *cursor, b *column.Builder, why *misfit) bool {
	v := r.raw(c)
	if c.err != nil {
		return false
	}
	switch r.typ.Kind {
	case types.Period:
		b.Period(int32(binary.LittleEndian.Uint32(v)), int32(binary.LittleEndian.Uint32(v[4:])))
	case types.Fixed:
		b.FixedBytes(v)
	case types.Bytes, types.Geography:
		b.Bytes(v)
	case types.UUID:
		if len(v) == 16 {
			b.FixedBytes(v)
			return true
		}
		if r.cellOf != b {
			r.cell, r.cellOf = text.NewCell(b, text.Times{}), b
		}
		if reason := r.cell.Text(v); reason != "" {
			return r.fail(why, format.CodeValue, fmt.Sprintf("%q: %q %s", r.path, v, reason))
		}
	case types.String, types.JSON:
		if !utf8.Valid(v) {
			return r.fail(why, format.CodeSyntax, fmt.Sprintf("%q holds text that is not valid UTF-8", r.path))
		}
		if r.typ.Kind == types.JSON && !json.Valid(v) {
			return r.fail(why, format.CodeValue, fmt.Sprintf("%q does not hold JSON", r.path))
		}
		b.Bytes(v)
	default:
		return false
	}
	return true
}
