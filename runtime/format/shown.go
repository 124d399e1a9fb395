package format

import (
	"slices"

	"github.com/edynamic/edynamic/lang/types"
)

// Shown is the type that the text of a record is made by: that of the file, which may hold
// JSON, a uuid or a union as something else. Such fields are shown by their declared types
// where the record fits these, so that its text can be read by them.
func Shown(file, declared *types.Type, fits func(types.Field) bool) *types.Type {
	if declared == nil || declared.Kind != types.Record || file.Kind != types.Record {
		return file
	}
	out := *file
	out.Fields = slices.Clone(file.Fields)
	for i := range out.Fields {
		f := &out.Fields[i]
		d, known := declared.FieldNamed(f.Name)
		if !known || !isHeldOtherwise(d.Type) {
			continue
		}
		if own := (types.Field{Name: f.Name, Type: d.Type.OrNull()}); fits(own) {
			f.Type = own.Type
		}
	}
	return &out
}

// isHeldOtherwise reports a type with values that files may hold as those of another.
func isHeldOtherwise(t *types.Type) bool {
	switch t.Kind {
	case types.JSON, types.UUID, types.Union:
		return true
	case types.Array, types.Map:
		return isHeldOtherwise(t.Elem)
	case types.Record:
		return slices.ContainsFunc(t.Fields, func(f types.Field) bool { return isHeldOtherwise(f.Type) })
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal,
		types.String, types.Bytes, types.Fixed, types.Date, types.Time, types.Timestamp, types.LocalTimestamp,
		types.Duration, types.Period, types.Enum, types.Geography, types.Func, types.Var:
	}
	return false
}
