package avro

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"unicode/utf8"

	lib "github.com/hamba/avro/v2"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/text"
)

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
	read := types.Dec{Unscaled: new(big.Int).Set(v), Scale: scale}
	d, reason := text.Rescaled(v, scale, r.typ)
	if reason != "" {
		return r.fail(why, format.CodeValue, fmt.Sprintf("%q: %s %s", r.path, read, reason))
	}
	b.Decimal(d)
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
