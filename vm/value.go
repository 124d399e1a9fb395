package vm

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// FromValue is an array of n times one value, as described in package types. The
// value must be of the type: the checker has seen to that.
func FromValue(alloc memory.Allocator, t *types.Type, v any, n int) arrow.Array {
	return FromValues(alloc, t, slices.Repeat([]any{v}, n))
}

// FromValues is an array of values, as described in package types, all of one type.
func FromValues(alloc memory.Allocator, t *types.Type, values []any) arrow.Array {
	arr, err := fromValues(alloc, t, values)
	if err != nil {
		panic(err)
	}
	return arr
}

func fromValues(alloc memory.Allocator, t *types.Type, values []any) (arrow.Array, error) {
	b := array.NewBuilder(alloc, kernel.ArrowType(t))
	defer b.Release()
	b.Reserve(len(values))
	for _, v := range values {
		if !appendValue(b, t, v) {
			return nil, fmt.Errorf("vm: %#v is not a value of type %s", v, t)
		}
	}
	return b.NewArray(), nil
}

// appendValue adds a value to a builder; false when it is not of the type.
func appendValue(b array.Builder, t *types.Type, v any) bool {
	if v == nil {
		b.AppendNull()
		return true
	}
	switch t.Kind {
	case types.Boolean:
		x, ok := v.(bool)
		if ok {
			b.(*array.BooleanBuilder).Append(x)
		}
		return ok
	case types.Int, types.Long, types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		x, ok := v.(int64)
		return ok && appendWhole(b, x)
	case types.Float, types.Double:
		x, ok := v.(float64)
		return ok && appendFloat(b, x)
	case types.Decimal:
		return appendDecimal(b.(*array.Decimal128Builder), t, v)
	case types.String, types.JSON:
		x, ok := v.(string)
		if ok {
			b.(*array.StringBuilder).Append(x)
		}
		return ok
	case types.Bytes, types.Geography, types.Fixed, types.UUID:
		x, ok := v.([]byte)
		return ok && appendBytes(b, x)
	case types.Enum:
		s, _ := v.(string)
		i := slices.Index(t.Symbols, s)
		return i >= 0 && appendWhole(b, int64(i))
	case types.Period:
		x, ok := v.(types.Per)
		if ok {
			b.(*array.MonthDayNanoIntervalBuilder).Append(arrow.MonthDayNanoInterval{Months: int32(x.Months), Days: int32(x.Days)})
		}
		return ok
	case types.Array, types.Map, types.Record, types.Union:
		return appendNested(b, t, v)
	case types.Unknown, types.Null, types.Func, types.Var:
		return false
	}
	return false
}

func appendWhole(b array.Builder, x int64) bool {
	switch b := b.(type) {
	case *array.Int32Builder:
		b.Append(int32(x))
		return x == int64(int32(x))
	case *array.Int64Builder:
		b.Append(x)
	case *array.Date32Builder:
		b.Append(arrow.Date32(x))
		return x == int64(int32(x))
	case *array.Time64Builder:
		b.Append(arrow.Time64(x))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(x))
	case *array.DurationBuilder:
		b.Append(arrow.Duration(x))
	}
	return true
}

func appendFloat(b array.Builder, x float64) bool {
	switch b := b.(type) {
	case *array.Float32Builder:
		b.Append(float32(x))
	case *array.Float64Builder:
		b.Append(x)
	}
	return true
}

func appendDecimal(b *array.Decimal128Builder, t *types.Type, v any) bool {
	d, ok := v.(types.Dec)
	if !ok || d.Scale > t.Scale {
		return false
	}
	n := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Scale-d.Scale)), nil)
	if n.Mul(n, d.Unscaled).BitLen() > 127 {
		return false
	}
	b.Append(decimal128.FromBigInt(n))
	return true
}

func appendBytes(b array.Builder, x []byte) bool {
	switch b := b.(type) {
	case *array.BinaryBuilder:
		b.Append(x)
	case *array.FixedSizeBinaryBuilder:
		if len(x) != b.Type().(*arrow.FixedSizeBinaryType).ByteWidth {
			return false
		}
		b.Append(x)
	}
	return true
}

func appendNested(b array.Builder, t *types.Type, v any) bool {
	switch v := v.(type) {
	case []any:
		if t.Kind == types.Record {
			s := b.(*array.StructBuilder)
			s.Append(true)
			return appendFields(s, 0, t.Fields, v)
		}
		list, ok := b.(*array.ListBuilder)
		if !ok {
			return false
		}
		list.Append(true)
		for _, x := range v {
			if !appendValue(list.ValueBuilder(), t.Elem, x) {
				return false
			}
		}
		return true
	case types.MapValue:
		m, ok := b.(*array.MapBuilder)
		if !ok {
			return false
		}
		m.Append(true)
		for i, key := range v.Keys {
			m.KeyBuilder().(*array.StringBuilder).Append(key)
			if !appendValue(m.ItemBuilder(), t.Elem, v.Values[i]) {
				return false
			}
		}
		return true
	case types.UnionValue:
		return t.Kind == types.Union && appendUnion(b.(*array.StructBuilder), t, v)
	}
	return false
}

func appendFields(s *array.StructBuilder, from int, fields []types.Field, values []any) bool {
	if len(values) != len(fields) {
		return false
	}
	for i, f := range fields {
		if !appendValue(s.FieldBuilder(from+i), f.Type, values[i]) {
			return false
		}
	}
	return true
}

func appendUnion(s *array.StructBuilder, t *types.Type, v types.UnionValue) bool {
	s.Append(true)
	s.FieldBuilder(0).(*array.Int8Builder).Append(int8(v.Branch))
	for i, branch := range t.Branches {
		part := s.FieldBuilder(i + 1).(*array.StructBuilder)
		if i != v.Branch {
			part.AppendNull()
			continue
		}
		part.Append(true)
		if !appendFields(part, 0, branch.Fields, v.Record) {
			return false
		}
	}
	return true
}

// Value is element i of an array as a value of package types.
func Value(t *types.Type, a arrow.Array, i int) any {
	if a.DataType().ID() == arrow.NULL || a.IsNull(i) {
		return nil
	}
	switch t.Kind {
	case types.Boolean:
		return a.(*array.Boolean).Value(i)
	case types.Int, types.Date:
		return int64(kernel.Values[int32](a)[i])
	case types.Long, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		return kernel.Values[int64](a)[i]
	case types.Float:
		return float64(a.(*array.Float32).Value(i))
	case types.Double:
		return a.(*array.Float64).Value(i)
	case types.Decimal:
		return kernel.Dec(a.(*array.Decimal128).Value(i), t.Scale)
	case types.String, types.JSON:
		return strings.Clone(a.(*array.String).Value(i))
	case types.Bytes, types.Geography:
		return slices.Clone(a.(*array.Binary).Value(i))
	case types.Fixed, types.UUID:
		return slices.Clone(a.(*array.FixedSizeBinary).Value(i))
	case types.Period:
		p := a.(*array.MonthDayNanoInterval).Value(i)
		return types.Per{Months: int(p.Months), Days: int(p.Days)}
	case types.Enum:
		return t.Symbols[a.(*array.Int32).Value(i)]
	case types.Array, types.Map, types.Record, types.Union:
		return nestedValue(t, a, i)
	case types.Unknown, types.Null, types.Func, types.Var:
		return nil
	}
	return nil
}

func nestedValue(t *types.Type, a arrow.Array, i int) any {
	switch a := a.(type) {
	case *array.Map:
		lo, hi := a.ValueOffsets(i)
		m := types.MapValue{}
		for p := int(lo); p < int(hi); p++ {
			m.Keys = append(m.Keys, Value(types.TString, a.Keys(), p).(string))
			m.Values = append(m.Values, Value(t.Elem, a.Items(), p))
		}
		return m
	case *array.List:
		lo, hi := a.ValueOffsets(i)
		out := make([]any, 0, hi-lo)
		for p := int(lo); p < int(hi); p++ {
			out = append(out, Value(t.Elem, a.ListValues(), p))
		}
		return out
	case *array.Struct:
		if t.Kind == types.Record {
			return recordValue(t.Fields, a, i)
		}
		branch := int(a.Field(0).(*array.Int8).Value(i))
		return types.UnionValue{Branch: branch, Record: recordValue(t.Branches[branch].Fields, a.Field(branch+1).(*array.Struct), i)}
	}
	return nil
}

func recordValue(fields []types.Field, s *array.Struct, i int) []any {
	out := make([]any, len(fields))
	for f, field := range fields {
		out[f] = Value(field.Type, s.Field(f), i)
	}
	return out
}
