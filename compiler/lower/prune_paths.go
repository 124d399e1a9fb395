package lower

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
)

// paths is a set of dotted paths as a tree; a node with all stands for everything
// below it.
type paths struct {
	all  bool
	kids map[string]*paths
}

func (p *paths) add(path []string) {
	for _, part := range path {
		if p.all {
			return
		}
		if p.kids == nil {
			p.kids = map[string]*paths{}
		}
		if p.kids[part] == nil {
			p.kids[part] = &paths{}
		}
		p = p.kids[part]
	}
	p.all, p.kids = true, nil
}

func (p *paths) has(name string) bool { return p.all || p.kids[name] != nil }

// whichBranch is the path, below a union, of what tells its branch. No field has
// such a name.
const whichBranch = "$branch"

// expr adds what an expression reads.
func (p *paths) expr(e ir.Expr) {
	if path := columnPath(e); path != nil {
		p.add(path)
		return
	}
	switch e := e.(type) {
	case *ir.IsBranch:
		if base := columnPath(e.X); base != nil {
			p.add(append(base, whichBranch))
			return
		}
	case *ir.UnionField:
		if base := columnPath(e.X); base != nil {
			for _, b := range e.X.Type().Branches {
				p.add(append(slices.Clone(base), b.Name, e.Name))
			}
			return
		}
	}
	for _, c := range ir.Children(e) {
		p.expr(c)
	}
}

// columnPath is the path of a chain of fields on a column, nil for anything else.
func columnPath(e ir.Expr) []string {
	switch e := e.(type) {
	case *ir.Column:
		return []string{e.Name}
	case *ir.Field:
		if base := columnPath(e.X); base != nil {
			return append(base, e.Name)
		}
	case *ir.AsBranch:
		if base := columnPath(e.X); base != nil {
			return append(base, e.X.Type().Branches[e.Branch].Name)
		}
	case *ir.NotNull:
		return columnPath(e.X)
	}
	return nil
}

func merge(into, from *paths) {
	if into.all {
		return
	}
	if from.all {
		into.all, into.kids = true, nil
		return
	}
	for name, kid := range from.kids {
		if into.kids == nil {
			into.kids = map[string]*paths{}
		}
		if into.kids[name] == nil {
			into.kids[name] = &paths{}
		}
		merge(into.kids[name], kid)
	}
}

// list is the paths of a tree.
func (p *paths) list() [][]string {
	if p.all || len(p.kids) == 0 {
		return [][]string{nil}
	}
	var out [][]string
	for name, kid := range p.kids {
		for _, rest := range kid.list() {
			out = append(out, append([]string{name}, rest...))
		}
	}
	return out
}
