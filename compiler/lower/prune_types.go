package lower

import "github.com/edynamic/edynamic/lang/types"

// prunedLike keeps the fields of a record, or of the records of a union, that
// another still has.
func prunedLike(t, like *types.Type) *types.Type {
	if t.Kind != like.Kind || t.Kind != types.Record && t.Kind != types.Union {
		return t
	}
	c := *t
	if t.Kind == types.Union {
		c.Branches = make([]*types.Type, len(t.Branches))
		for i, b := range t.Branches {
			c.Branches[i] = prunedLike(b, like.Branches[i])
		}
		return &c
	}
	c.Fields = nil
	for _, f := range t.Fields {
		if lf, ok := like.FieldNamed(f.Name); ok {
			f.Type = prunedLike(f.Type, lf.Type)
			c.Fields = append(c.Fields, f)
		}
	}
	return &c
}

// prunedUnion keeps all branches, which tell what a row is, with the fields of each
// that are read.
func prunedUnion(t *types.Type, need *paths) *types.Type {
	if need == nil {
		need = &paths{}
	}
	if need.all {
		return t
	}
	c := *t
	c.Branches = make([]*types.Type, len(t.Branches))
	for i, b := range t.Branches {
		kid := need.kids[b.Name]
		if kid == nil {
			kid = &paths{}
		}
		c.Branches[i] = prunedType(b, kid)
	}
	return &c
}

func prunedType(t *types.Type, need *paths) *types.Type {
	if t.Kind == types.Union {
		return prunedUnion(t, need)
	}
	if need == nil || need.all || t.Kind != types.Record {
		return t
	}
	c := *t
	c.Fields = nil
	for _, f := range t.Fields {
		if kid := need.kids[f.Name]; kid != nil {
			f.Type = prunedType(f.Type, kid)
			c.Fields = append(c.Fields, f)
		}
	}
	return &c
}
