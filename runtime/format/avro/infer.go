package avro

import (
	"fmt"

	lib "github.com/hamba/avro/v2"

	"github.com/edynamic/edynamic/lang/types"
)

// resolved is the schema behind a reference by name.
func resolved(s lib.Schema) lib.Schema {
	if ref, ok := s.(*lib.RefSchema); ok {
		return ref.Schema()
	}
	return s
}

// property is a text property of a schema or field.
func property(s any, name string) string {
	if p, ok := s.(interface{ Prop(string) any }); ok {
		text, _ := p.Prop(name).(string)
		return text
	}
	return ""
}

// fieldName is a field's name before Avro's rules for names changed it.
func fieldName(f *lib.Field) string {
	if name := property(f, nameProperty); name != "" {
		return name
	}
	return f.Name()
}

func logicalOf(s lib.Schema) lib.LogicalType {
	var l lib.LogicalSchema
	switch s := s.(type) {
	case *lib.PrimitiveSchema:
		l = s.Logical()
	case *lib.FixedSchema:
		l = s.Logical()
	}
	if l == nil {
		return ""
	}
	return l.Type()
}

// branches takes a union apart: its position of null (negative for none) and
// those of the others.
func branches(u *lib.UnionSchema) (null int, others []int) {
	null = -1
	for i, s := range u.Types() {
		if s.Type() == lib.Null {
			null = i
		} else {
			others = append(others, i)
		}
	}
	return null, others
}

// inference derives edy types from Avro schemas. open holds the records around
// the schema at hand: a record that holds itself has no edy type.
type inference struct {
	time string
	open map[string]bool
}

// typeOf is the edy type of an Avro schema; a long at the path time is a timestamp
// in epoch milliseconds.
func (in *inference) typeOf(s lib.Schema, path string) (*types.Type, error) {
	switch s := resolved(s).(type) {
	case *lib.NullSchema:
		return types.TJSON.OrNull(), nil
	case *lib.PrimitiveSchema:
		t := primitive(s)
		if t == nil {
			return nil, fmt.Errorf("the field %q has the type %s, which edy cannot hold", path, s.Type())
		}
		if t.Kind == types.Long && path == in.time {
			t = types.TTimestamp
		}
		return t, nil
	case *lib.FixedSchema:
		return fixed(s), nil
	case *lib.EnumSchema:
		return &types.Type{Kind: types.Enum, Name: s.Name(), Symbols: s.Symbols(), Default: s.Default()}, nil
	case *lib.ArraySchema:
		elem, err := in.typeOf(s.Items(), path+"[]")
		if err != nil {
			return nil, err
		}
		return types.ArrayOf(elem), nil
	case *lib.MapSchema:
		value, err := in.typeOf(s.Values(), path+"[]")
		if err != nil {
			return nil, err
		}
		return types.MapOf(value), nil
	case *lib.RecordSchema:
		return in.record(s, path)
	case *lib.UnionSchema:
		return in.union(s, path)
	}
	return nil, fmt.Errorf("the field %q has a type that edy cannot hold", path)
}

func (in *inference) record(s *lib.RecordSchema, path string) (*types.Type, error) {
	if in.open[s.FullName()] {
		return nil, fmt.Errorf("the record %s holds itself, which no edy type can", s.Name())
	}
	in.open[s.FullName()] = true
	defer delete(in.open, s.FullName())
	t := &types.Type{Kind: types.Record, Name: s.Name()}
	for _, f := range s.Fields() {
		at := fieldName(f)
		if path != "" {
			at = path + "." + at
		}
		ft, err := in.typeOf(f.Type(), at)
		if err != nil {
			return nil, err
		}
		t.Fields = append(t.Fields, types.Field{Name: fieldName(f), Type: ft, Doc: f.Doc()})
	}
	return t, nil
}

// union is a nullable type, or an edy union where all branches are records.
func (in *inference) union(u *lib.UnionSchema, path string) (*types.Type, error) {
	null, others := branches(u)
	if len(others) == 0 {
		return types.TJSON.OrNull(), nil
	}
	if len(others) == 1 {
		t, err := in.typeOf(u.Types()[others[0]], path)
		if err != nil {
			return nil, err
		}
		return t.WithNull(t.Nullable || null >= 0), nil
	}
	t := &types.Type{Kind: types.Union, Nullable: null >= 0}
	for _, i := range others {
		branch, err := in.typeOf(u.Types()[i], path)
		if err != nil {
			return nil, err
		}
		if branch.Kind != types.Record {
			return nil, fmt.Errorf("the field %q is a union of other types than records, which edy cannot hold", path)
		}
		if t.Name != "" {
			t.Name += " or "
		}
		t.Name += branch.Name
		t.Branches = append(t.Branches, branch)
	}
	return t, nil
}

func primitive(s *lib.PrimitiveSchema) *types.Type {
	switch logicalOf(s) {
	case lib.Date:
		return types.TDate
	case lib.TimeMillis, lib.TimeMicros:
		return types.TTime
	case lib.TimestampMillis, lib.TimestampMicros:
		return types.TTimestamp
	case lib.LocalTimestampMillis, lib.LocalTimestampMicros:
		return types.TLocalTimestamp
	case lib.UUID:
		return types.TUUID
	case lib.Decimal:
		d := s.Logical().(*lib.DecimalLogicalSchema)
		return types.DecimalOf(d.Precision(), d.Scale())
	case lib.Duration:
	}
	if t, ok := types.Scalars[property(s, typeProperty)]; ok {
		return t
	}
	switch s.Type() {
	case lib.String:
		return types.TString
	case lib.Bytes:
		return types.TBytes
	case lib.Int:
		return types.TInt
	case lib.Long:
		return types.TLong
	case lib.Float:
		return types.TFloat
	case lib.Double:
		return types.TDouble
	case lib.Boolean:
		return types.TBoolean
	default:
		return nil
	}
}

func fixed(s *lib.FixedSchema) *types.Type {
	switch logicalOf(s) {
	case lib.Duration:
		return types.TPeriod
	case lib.Decimal:
		d := s.Logical().(*lib.DecimalLogicalSchema)
		return types.DecimalOf(d.Precision(), d.Scale())
	case lib.UUID:
		return types.TUUID
	default:
		return &types.Type{Kind: types.Fixed, Size: s.Size()}
	}
}
