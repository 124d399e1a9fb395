package check

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

// facts is what a condition says about the row where it holds: paths that are not
// null, and the branch of unions.
type facts struct {
	notNull map[string]bool
	branch  map[string]int
}

func (f *facts) addNotNull(path string) {
	if path == "" {
		return
	}
	if f.notNull == nil {
		f.notNull = map[string]bool{}
	}
	f.notNull[path] = true
}

func (f *facts) addAll(o facts) {
	for p := range o.notNull {
		f.addNotNull(p)
	}
	for p, b := range o.branch {
		if f.branch == nil {
			f.branch = map[string]int{}
		}
		f.branch[p] = b
	}
}

// pathOf is the dotted path an expression reads, "" when it is none.
func pathOf(x ir.Expr) string {
	switch x := x.(type) {
	case *ir.Column:
		return x.Name
	case *ir.Local:
		return x.Name
	case *ir.NotNull:
		return pathOf(x.X)
	case *ir.Cast:
		if !x.Fallible {
			return pathOf(x.X)
		}
	case *ir.Field:
		if p := pathOf(x.X); p != "" {
			return p + "." + x.Name
		}
	case *ir.UnionField:
		return x.Name
	}
	return ""
}

// factsOf finds what a condition says when it is true and when it is false.
func factsOf(x ir.Expr) (whenTrue, whenFalse facts) {
	switch x := x.(type) {
	case *ir.Unary:
		if x.Op == ir.Not {
			t, f := factsOf(x.X)
			return f, t
		}
	case *ir.IsNull:
		notNullChain(x.X, &whenFalse)
	case *ir.IsBranch:
		if p := pathOf(x.X); p != "" {
			whenTrue.branch = map[string]int{p: x.Branch}
			whenTrue.addNotNull(p)
		}
	case *ir.And:
		a, _ := factsOf(x.X)
		b, _ := factsOf(x.Y)
		whenTrue.addAll(a)
		whenTrue.addAll(b)
	case *ir.Or:
		_, a := factsOf(x.X)
		_, b := factsOf(x.Y)
		whenFalse.addAll(a)
		whenFalse.addAll(b)
	case *ir.Binary:
		// null equals nothing but null: x == 3 says x is not null
		if x.Op == ir.Eq && !x.Y.Type().Nullable {
			notNullChain(x.X, &whenTrue)
		}
		if x.Op == ir.Eq && !x.X.Type().Nullable {
			notNullChain(x.Y, &whenTrue)
		}
	case *ir.In:
		for _, item := range x.List {
			if item.Type().Nullable {
				return whenTrue, whenFalse
			}
		}
		notNullChain(x.X, &whenTrue)
	}
	return whenTrue, whenFalse
}

// notNullChain: if a.b.c is not null, then neither are a and a.b.
func notNullChain(x ir.Expr, f *facts) {
	switch e := x.(type) {
	case *ir.Column, *ir.Local, *ir.UnionField:
		f.addNotNull(pathOf(x))
	case *ir.Field:
		f.addNotNull(pathOf(x))
		notNullChain(e.X, f)
	case *ir.NotNull:
		notNullChain(e.X, f)
	case *ir.Cast:
		if !e.Fallible {
			notNullChain(e.X, f)
		}
	}
}

// narrow applies facts to the columns of a stream: what held for a row stays true
// in the stages below.
func narrow(cols []types.Column, f facts) []types.Column {
	if len(f.notNull) == 0 {
		return cols
	}
	out := make([]types.Column, len(cols))
	for i, c := range cols {
		c.Type = narrowType(c.Type, c.Name, f.notNull)
		out[i] = c
	}
	return out
}

func narrowType(t *types.Type, path string, notNull map[string]bool) *types.Type {
	if notNull[path] {
		t = t.NonNull()
	}
	if t.Kind != types.Record {
		return t
	}
	var changed []types.Field
	for i, f := range t.Fields {
		ft := narrowType(f.Type, path+"."+f.Name, notNull)
		if ft == f.Type {
			continue
		}
		if changed == nil {
			changed = append(changed, t.Fields...)
		}
		changed[i].Type = ft
	}
	if changed == nil {
		return t
	}
	c := *t
	c.Fields = changed
	return &c
}
