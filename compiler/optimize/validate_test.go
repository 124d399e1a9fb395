package optimize_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/optimize"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// TestAllPrograms optimises every program there is, as a run and as a test lower
// it, and looks at the plan after every rule.
func TestAllPrograms(t *testing.T) {
	seen := 0
	for _, path := range append(edyFiles(t, "../../spec/cases"), edyFiles(t, "../../examples")...) {
		prog := program(t, path)
		if prog == nil {
			continue
		}
		seen++
		var names []string
		for _, s := range prog.Streams {
			names = append(names, s.Name)
		}
		for _, low := range []lower.Options{{Outputs: names}, {All: true, KeepColumns: true}} {
			g, err := lower.Program(prog, low)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			optimiseChecked(t, path, g)
		}
	}
	if seen == 0 {
		t.Error("no program was found")
	}
}

func optimiseChecked(t *testing.T, path string, g *plan.Graph) {
	t.Helper()
	if err := invalid(g); err != nil {
		t.Fatalf("%s: as lowered: %v", path, err)
	}
	before := everything(g)
	out := optimize.Run(g, optimize.Options{After: func(rule string, g *plan.Graph) {
		if err := invalid(g); err != nil {
			t.Errorf("%s: after %s: %v", path, rule, err)
		}
	}})
	if everything(g) != before {
		t.Errorf("%s: the plan that was given changed", path)
	}
	if err := sameEnds(g, out); err != nil {
		t.Errorf("%s: %v", path, err)
	}
	if len(out.Nodes) < len(g.Nodes) {
		t.Logf("%s: %d nodes of %d", strings.TrimPrefix(path, "../../"), len(out.Nodes), len(g.Nodes))
	}
}

func edyFiles(t *testing.T, root string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(p, ".edy") {
			files = append(files, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// everything is all of a plan that a rule could write to, as text.
func everything(g *plan.Graph) string {
	var b strings.Builder
	for _, n := range g.Nodes {
		fmt.Fprintf(&b, "%d %s %p %s %v %v %q %q\n", n.ID, n.Name, n.Op, opText(n.Op), n.In, n.Ports, n.Stage, n.Errors)
	}
	fmt.Fprintf(&b, "%v", g.Ends)
	return b.String()
}

// sameEnds reports ends whose rows have other columns than before.
func sameEnds(before, after *plan.Graph) error {
	if len(before.Ends) != len(after.Ends) {
		return fmt.Errorf("there were %d ends, now there are %d", len(before.Ends), len(after.Ends))
	}
	for name, was := range before.Ends {
		is, ok := after.Ends[name]
		if !ok {
			return fmt.Errorf("the end of %s is gone", name)
		}
		a, b := before.Nodes[was.Node].Ports[was.Port], after.Nodes[is.Node].Ports[is.Port]
		if fmt.Sprint(a.Columns, a.Kind, a.Key) != fmt.Sprint(b.Columns, b.Kind, b.Key) {
			return fmt.Errorf("the type of %s changed", name)
		}
		if before.Nodes[was.Node].Stream != after.Nodes[is.Node].Stream {
			return fmt.Errorf("%s ends in a node of %s", name, after.Nodes[is.Node].Stream)
		}
	}
	return nil
}

// invalid finds what is wrong with a plan: numbers, edges, order, and columns that
// an operator reads but its input does not have.
func invalid(g *plan.Graph) error {
	for i, n := range g.Nodes {
		if n.ID != i {
			return fmt.Errorf("%s stands at %d and has the number %d", n.Name, i, n.ID)
		}
		for _, e := range n.In {
			if e.Node < 0 || e.Node >= i || e.Port < 0 || e.Port >= len(g.Nodes[e.Node].Ports) {
				return fmt.Errorf("%s has the edge %v", n.Name, e)
			}
		}
		if err := unknownColumn(g, n); err != nil {
			return fmt.Errorf("%s: %w", n.Name, err)
		}
	}
	for name, e := range g.Ends {
		if e.Node >= len(g.Nodes) || e.Port >= len(g.Nodes[e.Node].Ports) {
			return fmt.Errorf("%s ends in %v", name, e)
		}
	}
	return nil
}

func unknownColumn(g *plan.Graph, n *plan.Node) error {
	if len(n.In) == 0 {
		return nil
	}
	from := g.Nodes[n.In[0].Node]
	in := from.Ports[n.In[0].Port]
	if r, ok := n.Op.(*plan.Route); ok && len(r.Shared) > 0 {
		wide := *in
		wide.Columns = slices.Clone(in.Columns)
		for _, it := range r.Shared {
			if err := fits(it.Expr, &wide, false); err != nil {
				return err
			}
			wide.Columns = append(wide.Columns, types.Column{Name: it.Name, Type: it.Expr.Type()})
		}
		in = &wide
	}
	_, arm := from.Op.(*plan.Route) // its condition rules out nulls that the type of the port still has
	for _, e := range reads(n.Op) {
		if err := fits(e, in, arm); err != nil {
			return err
		}
	}
	var columns []types.Column
	switch op := n.Op.(type) {
	case *ir.Project:
		return makes(op.Items, n.Ports[0])
	case *ir.Into:
		return makes(op.Items, n.Ports[0])
	case *ir.Where:
		columns = n.Ports[0].Columns
	case *ir.KeyBy, *ir.WindowNone:
		for _, c := range n.Ports[0].Columns {
			if _, ok := in.Column(c.Name); !ok {
				return fmt.Errorf("its input has no column %s", c.Name)
			}
		}
		return nil
	default:
		return nil
	}
	if !slices.EqualFunc(columns, in.Columns, func(a, b types.Column) bool { return a.Name == b.Name && a.Hidden == b.Hidden }) {
		return fmt.Errorf("it passes rows on but has other columns than its input")
	}
	return nil
}

// makes compares the items of a projection with the columns of its rows.
func makes(items []ir.Item, s *types.Stream) error {
	if len(items) != len(s.Columns) {
		return fmt.Errorf("%d items make %d columns", len(items), len(s.Columns))
	}
	for i, it := range items {
		c := s.Columns[i]
		if it.Name != c.Name || it.Hidden != c.Hidden {
			return fmt.Errorf("the item %s makes the column %s", it.Name, c.Name)
		}
		if t := it.Expr.Type(); t.Kind != c.Type.Kind || t.Nullable && !c.Type.Nullable {
			return fmt.Errorf("the item %s is %s and makes a column of %s", it.Name, t, c.Type)
		}
	}
	return nil
}

// fits looks for the columns of an expression.
func fits(e ir.Expr, in *types.Stream, narrower bool) error {
	if c, ok := e.(*ir.Column); ok {
		have, ok := in.Column(c.Name)
		if !ok {
			return fmt.Errorf("its input has no column %s", c.Name)
		}
		if have.Type.Kind != c.T.Kind || !narrower && have.Type.Nullable && !c.T.Nullable {
			return fmt.Errorf("it reads the column %s as %s, which is %s", c.Name, c.T, have.Type)
		}
	}
	for _, c := range ir.Children(e) {
		if err := fits(c, in, narrower); err != nil {
			return err
		}
	}
	return nil
}

// reads are the expressions over the input of an operator.
func reads(op plan.Op) []ir.Expr {
	items := func(list []ir.Item) []ir.Expr {
		var out []ir.Expr
		for _, it := range list {
			out = append(out, it.Expr)
		}
		return out
	}
	orders := func(list []ir.Order) []ir.Expr {
		var out []ir.Expr
		for _, o := range list {
			out = append(out, o.Expr)
		}
		return out
	}
	switch op := op.(type) {
	case *plan.Route:
		return op.Whens
	case *ir.Where:
		return append(items(op.Nulls), op.Cond)
	case *ir.Project:
		return items(op.Items)
	case *ir.Into:
		return items(op.Items)
	case *ir.Require:
		return op.Values
	case *ir.Unnest:
		return []ir.Expr{op.Expr}
	case *ir.Time:
		return []ir.Expr{op.Expr}
	case *ir.Aggregate:
		out := items(op.By)
		for _, a := range op.Aggs {
			out = append(out, a.Args...)
			if a.Where != nil {
				out = append(out, a.Where)
			}
		}
		return out
	case *ir.Top:
		return append(orders(op.By), op.Per...)
	case *ir.Latest:
		return op.By
	case *ir.Dedup:
		return op.By
	case *ir.Sort:
		return orders(op.By)
	case *ir.Sample:
		return op.By
	case *ir.Over:
		out := append(orders(op.By), op.Per...)
		for _, c := range op.Calls {
			out = append(out, c.Args...)
			if c.Default != nil {
				out = append(out, c.Default)
			}
		}
		return out
	case *ir.Hold:
		return append(slices.Clone(op.Per), op.While)
	case *ir.Silent:
		return items(op.Per)
	case *ir.Throttle:
		return op.Per
	case *ir.Changed:
		return append(slices.Clone(op.Exprs), op.Per...)
	case *ir.Match:
		out := append([]ir.Expr(nil), op.Per...)
		for _, d := range op.Defines {
			if d.Input == 0 {
				out = append(out, d.Cond)
			}
		}
		return out
	}
	return nil
}
