package format

import (
	"slices"

	"github.com/edynamic/edynamic/lang/types"
)

// UnionTag is what says in a record of which schema it is, where a format has no unions.
const UnionTag = "$type"

// maxBranches is how many schemas a union can have.
const maxBranches = 127

// Shown is the type that the text of a record is made by: that of the file, which may hold
// JSON, a uuid or a union as something else. Such values are shown by their declared types
// where the record fits these, and unions by their schemas as the file has them where it does
// not, so that the text can be read by the declared types. fits tells whether the record can
// be read by a type that may lack fields of the file's.
func Shown(file, declared *types.Type, fits func(*types.Type) bool) *types.Type {
	if declared == nil || !isHeldOtherwise(declared) {
		return file
	}
	switch declared.Kind {
	case types.JSON, types.UUID:
		if own := declared.OrNull(); fits(own) {
			return own
		}
	case types.Union:
		return shownUnion(file, declared, fits)
	case types.Array, types.Map:
		if file.Kind == declared.Kind {
			out := *file
			out.Elem = Shown(file.Elem, declared.Elem, func(t *types.Type) bool {
				part := *file
				part.Elem = t
				return fits(&part)
			})
			return &out
		}
	case types.Record:
		if file.Kind == types.Record {
			return shownRecord(file, declared, func(f types.Field) bool {
				part := *file
				part.Fields = []types.Field{f}
				return fits(&part)
			})
		}
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal,
		types.String, types.Bytes, types.Fixed, types.Date, types.Time, types.Timestamp, types.LocalTimestamp,
		types.Duration, types.Period, types.Enum, types.Geography, types.Func, types.Var:
	}
	return file
}

// shownRecord shows fields one by one; fits tells it of a record of one of them.
func shownRecord(file, declared *types.Type, fits func(types.Field) bool) *types.Type {
	out := *file
	out.Fields = slices.Clone(file.Fields)
	for i := range out.Fields {
		f := &out.Fields[i]
		if d := namedBy(declared, f.Name); d != nil {
			f.Type = Shown(f.Type, d, func(t *types.Type) bool { return fits(types.Field{Name: f.Name, Type: t}) })
		}
	}
	return &out
}

// namedBy is the type of the field that a name of a file means, nil for none: the field has it
// or had it earlier.
func namedBy(declared *types.Type, name string) *types.Type {
	if f, ok := declared.FieldNamed(name); ok {
		return f.Type
	}
	for _, f := range declared.Fields {
		if slices.Contains(f.Was, name) {
			return f.Type
		}
	}
	return nil
}

// shownUnion shows a union as declared, else with the schemas that the file has.
func shownUnion(file, declared *types.Type, fits func(*types.Type) bool) *types.Type {
	if own := declared.OrNull(); fits(own) {
		return own
	}
	out := unionOf(file, declared.Name)
	if out == nil || !fits(out) {
		return file
	}
	for i, b := range out.Branches {
		at := declared.Branch(b.Name)
		if at < 0 {
			continue
		}
		// Elements of a list are of all schemas, so that the others stay beside it.
		out.Branches[i] = shownRecord(b, declared.Branches[at], func(f types.Field) bool {
			part, branch := *out, *b
			branch.Fields = []types.Field{f}
			part.Branches = slices.Clone(out.Branches)
			part.Branches[i] = &branch
			return fits(&part)
		})
	}
	return out
}

// unionOf is the union that a file holds as something else: as a record of UnionTag and a
// record for each schema, or as a record of the only schema that its writer knew. nil for
// what is no union.
func unionOf(file *types.Type, name string) *types.Type {
	u := &types.Type{Kind: types.Union, Name: name, Nullable: file.Nullable}
	switch {
	case file.Kind == types.Union:
		u.Name, u.Branches = file.Name, slices.Clone(file.Branches)
	case file.Kind != types.Record:
		return nil
	case file.Name != "":
		u.Branches = []*types.Type{file.NonNull()}
	default:
		tag, ok := file.FieldNamed(UnionTag)
		if !ok || tag.Type.Kind != types.String {
			return nil
		}
		for _, f := range file.Fields {
			if f.Type.Kind == types.Record {
				b := *f.Type.NonNull()
				b.Name = f.Name
				u.Branches = append(u.Branches, &b)
			}
		}
	}
	if len(u.Branches) == 0 || len(u.Branches) > maxBranches {
		return nil
	}
	return u
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
