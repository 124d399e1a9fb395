package lower

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

// followPath is a record that is passed on, of which only parts may be left above.
func followPath(e ir.Expr, in *types.Stream) ir.Expr {
	if k := e.Type().Kind; k != types.Record && k != types.Union {
		return e
	}
	switch e := e.(type) {
	case *ir.Column:
		if c, ok := in.Column(e.Name); ok {
			if t := prunedLike(e.T, c.Type); !types.Equal(t, e.T) {
				left := *e
				left.T = t
				return &left
			}
		}
	case *ir.Field:
		x := followPath(e.X, in)
		if f, ok := x.Type().FieldNamed(e.Name); ok && x != e.X {
			left := *e
			left.X, left.T = x, prunedLike(e.T, f.Type)
			return &left
		}
	case *ir.NotNull:
		if x := followPath(e.X, in); x != e.X {
			left := *e
			left.X, left.T = x, prunedLike(e.T, x.Type())
			return &left
		}
	case *ir.AsBranch:
		if x := followPath(e.X, in); x != e.X {
			left := *e
			left.X, left.T = x, prunedLike(e.T, x.Type().Branches[e.Branch])
			return &left
		}
	case *ir.MakeRecord:
		return followParts(e, in)
	}
	return e
}

// followParts is a record that is made, of records of which only parts may be left above.
func followParts(e *ir.MakeRecord, in *types.Stream) ir.Expr {
	t := *e.T
	t.Fields = slices.Clone(e.T.Fields)
	left := &ir.MakeRecord{Base: ir.Base{T: &t, At: e.At}, Values: slices.Clone(e.Values)}
	changed := false
	for i, v := range e.Values {
		if x := followPath(v, in); x != v {
			left.Values[i], t.Fields[i].Type, changed = x, x.Type(), true
		}
	}
	if !changed {
		return e
	}
	return left
}
