// Package interchange translates between Arrow arrays as files hold them and as
// the engine computes with them (kernel.ArrowType): other widths, units and
// layouts on the way in; symbols and unions spelled out on the way out.
//
// What a file's type can never hold of the declared type is an error for the
// whole file; what a single value does not fit makes its row bad.
package interchange

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
)

// TypeOf is the edy type of a field of a file. A long at the path time is a
// timestamp in epoch milliseconds.
func TypeOf(f arrow.Field, path, time string) (*types.Type, error) {
	t, err := typeOf(f.Type, path, time)
	if err != nil {
		return nil, err
	}
	if path == time && t.Kind == types.Long {
		t = types.TTimestamp
	}
	return t.WithNull(f.Nullable || f.Type.ID() == arrow.NULL), nil
}

func typeOf(dt arrow.DataType, path, time string) (*types.Type, error) {
	switch dt := dt.(type) {
	case *arrow.NullType:
		return types.TJSON, nil
	case *arrow.BooleanType:
		return types.TBoolean, nil
	case *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Uint8Type, *arrow.Uint16Type:
		return types.TInt, nil
	case *arrow.Int64Type, *arrow.Uint32Type, *arrow.Uint64Type:
		return types.TLong, nil
	case *arrow.Float16Type, *arrow.Float32Type:
		return types.TFloat, nil
	case *arrow.Float64Type:
		return types.TDouble, nil
	case arrow.DecimalType:
		if p := int(dt.GetPrecision()); p <= types.MaxPrecision {
			return types.DecimalOf(p, max(0, int(dt.GetScale()))), nil
		}
	case *arrow.StringType, *arrow.LargeStringType, *arrow.StringViewType:
		return types.TString, nil
	case *arrow.BinaryType, *arrow.LargeBinaryType, *arrow.BinaryViewType:
		return types.TBytes, nil
	case *arrow.FixedSizeBinaryType:
		return &types.Type{Kind: types.Fixed, Size: dt.ByteWidth}, nil
	case *arrow.Date32Type, *arrow.Date64Type:
		return types.TDate, nil
	case *arrow.Time32Type, *arrow.Time64Type:
		return types.TTime, nil
	case *arrow.TimestampType:
		if dt.TimeZone == "" {
			return types.TLocalTimestamp, nil
		}
		return types.TTimestamp, nil
	case *arrow.DurationType:
		return types.TDuration, nil
	case *arrow.MonthIntervalType, *arrow.MonthDayNanoIntervalType:
		return types.TPeriod, nil
	case *arrow.DictionaryType:
		return typeOf(dt.ValueType, path, time)
	case arrow.ExtensionType:
		if dt.ExtensionName() == "arrow.uuid" {
			return types.TUUID, nil
		}
		return typeOf(dt.StorageType(), path, time)
	case *arrow.MapType:
		return mapOf(dt, path, time)
	case arrow.ListLikeType:
		elem, err := TypeOf(dt.ElemField(), path+"[]", time)
		if err != nil {
			return nil, err
		}
		return types.ArrayOf(elem), nil
	case *arrow.StructType:
		return RecordOf(dt.Fields(), path, time)
	}
	return nil, fmt.Errorf("the column %q has the type %s, which edy cannot hold", path, dt)
}

func mapOf(dt *arrow.MapType, path, time string) (*types.Type, error) {
	key, err := typeOf(dt.KeyType(), path, time)
	if err != nil {
		return nil, err
	}
	if key.Kind != types.String {
		return nil, fmt.Errorf("the column %q is a map whose keys are not strings", path)
	}
	value, err := TypeOf(dt.ItemField(), path+"[]", time)
	if err != nil {
		return nil, err
	}
	return types.MapOf(value), nil
}

// RecordOf is the record type of the fields of a file or struct.
func RecordOf(fields []arrow.Field, path, time string) (*types.Type, error) {
	r := &types.Type{Kind: types.Record}
	for _, f := range fields {
		at := f.Name
		if path != "" {
			at = path + "." + f.Name
		}
		t, err := TypeOf(f, at, time)
		if err != nil {
			return nil, err
		}
		r.Fields = append(r.Fields, types.Field{Name: f.Name, Type: t})
	}
	return r, nil
}
