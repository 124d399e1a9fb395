package stdlib

import (
	"fmt"
	"math/big"
	"reflect"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// buildArray makes an array of values by the builders of the Arrow library.
func buildArray(alloc memory.Allocator, t *types.Type, values []any) arrow.Array {
	b := array.NewBuilder(alloc, kernel.ArrowType(t))
	defer b.Release()
	for _, v := range values {
		appendValue(b, t, v)
	}
	return b.NewArray()
}

func appendValue(builder array.Builder, t *types.Type, v any) {
	if v == nil {
		builder.AppendNull()
		return
	}
	switch b := builder.(type) {
	case *array.BooleanBuilder:
		b.Append(v.(bool))
	case *array.Int32Builder:
		b.Append(int32(v.(int64)))
	case *array.Int64Builder:
		b.Append(v.(int64))
	case *array.Float32Builder:
		b.Append(float32(v.(float64)))
	case *array.Float64Builder:
		b.Append(v.(float64))
	case *array.Decimal128Builder:
		b.Append(decimal128.FromBigInt(v.(types.Dec).Unscaled))
	case *array.StringBuilder:
		b.Append(v.(string))
	case *array.BinaryBuilder:
		b.Append(v.([]byte))
	case *array.FixedSizeBinaryBuilder:
		b.Append(v.([]byte))
	case *array.Date32Builder:
		b.Append(arrow.Date32(v.(int64)))
	case *array.Time64Builder:
		b.Append(arrow.Time64(v.(int64)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(v.(int64)))
	case *array.DurationBuilder:
		b.Append(arrow.Duration(v.(int64)))
	case *array.MonthDayNanoIntervalBuilder:
		p := v.(types.Per)
		b.Append(arrow.MonthDayNanoInterval{Months: int32(p.Months), Days: int32(p.Days)})
	case *array.ListBuilder:
		b.Append(true)
		for _, e := range v.([]any) {
			appendValue(b.ValueBuilder(), t.Elem, e)
		}
	case *array.MapBuilder:
		b.Append(true)
		m := v.(types.MapValue)
		for i, k := range m.Keys {
			b.KeyBuilder().(*array.StringBuilder).Append(k)
			appendValue(b.ItemBuilder(), t.Elem, m.Values[i])
		}
	case *array.StructBuilder:
		b.Append(true)
		for i, f := range v.([]any) {
			appendValue(b.FieldBuilder(i), t.Fields[i].Type, f)
		}
	default:
		panic(fmt.Sprintf("no builder for %T", builder))
	}
}

// readValue reads an element by the accessors of the Arrow library.
func readValue(t *types.Type, arr arrow.Array, i int) any {
	if arr.IsNull(i) {
		return nil
	}
	switch a := arr.(type) {
	case *array.Boolean:
		return a.Value(i)
	case *array.Int32:
		return int64(a.Value(i))
	case *array.Int64:
		return a.Value(i)
	case *array.Float32:
		return float64(a.Value(i))
	case *array.Float64:
		return a.Value(i)
	case *array.Decimal128:
		return types.Dec{Unscaled: new(big.Int).Set(a.Value(i).BigInt()), Scale: t.Scale}
	case *array.String:
		return string([]byte(a.Value(i)))
	case *array.Binary:
		return append([]byte{}, a.Value(i)...)
	case *array.FixedSizeBinary:
		return append([]byte{}, a.Value(i)...)
	case *array.Date32:
		return int64(a.Value(i))
	case *array.Time64:
		return int64(a.Value(i))
	case *array.Timestamp:
		return int64(a.Value(i))
	case *array.Duration:
		return int64(a.Value(i))
	case *array.MonthDayNanoInterval:
		return types.Per{Months: int(a.Value(i).Months), Days: int(a.Value(i).Days)}
	case *array.Map:
		lo, hi := a.ValueOffsets(i)
		m := types.MapValue{}
		for p := int(lo); p < int(hi); p++ {
			m.Keys = append(m.Keys, a.Keys().(*array.String).Value(p))
			m.Values = append(m.Values, readValue(t.Elem, a.Items(), p))
		}
		return m
	case *array.List:
		lo, hi := a.ValueOffsets(i)
		items := []any{}
		for p := int(lo); p < int(hi); p++ {
			items = append(items, readValue(t.Elem, a.ListValues(), p))
		}
		return items
	case *array.Struct:
		fields := []any{}
		for f := range a.NumField() {
			fields = append(fields, readValue(t.Fields[f].Type, a.Field(f), i))
		}
		return fields
	default:
		panic(fmt.Sprintf("no reader for %T", arr))
	}
}

// zeroValue is a value of a type that stands in rows no kernel may look at.
func zeroValue(t *types.Type) any {
	switch t.Kind {
	case types.Boolean:
		return false
	case types.Int, types.Long, types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration, types.Enum:
		return int64(0)
	case types.Float, types.Double:
		return 0.0
	case types.Decimal:
		return types.Dec{Unscaled: new(big.Int), Scale: t.Scale}
	case types.String, types.JSON:
		return ""
	case types.Bytes, types.Geography:
		return []byte{}
	case types.Fixed:
		return make([]byte, t.Size)
	case types.UUID:
		return make([]byte, 16)
	case types.Period:
		return types.Per{}
	case types.Array:
		return []any{}
	case types.Map:
		return types.MapValue{}
	case types.Record:
		fields := make([]any, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = zeroValue(f.Type)
		}
		return fields
	case types.Unknown, types.Null, types.Union, types.Func, types.Var:
		return nil
	}
	return nil
}

// equalValues compares values; NaN equals NaN.
func equalValues(a, b any) bool {
	if x, ok := a.(types.Dec); ok {
		y, ok := b.(types.Dec)
		return ok && x.Scale == y.Scale && x.Unscaled.Cmp(y.Unscaled) == 0
	}
	if x, ok := a.([]any); ok {
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !equalValues(x[i], y[i]) {
				return false
			}
		}
		return true
	}
	if x, ok := a.(float64); ok && x != x {
		y, ok := b.(float64)
		return ok && y != y
	}
	return reflect.DeepEqual(a, b)
}
