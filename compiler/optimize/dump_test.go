package optimize_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/load"
)

// program checks an .edy file; nil when it has errors, which some cases are about
// and which are logged.
func program(t *testing.T, path string) *ir.Program {
	t.Helper()
	system := &file.System{Stdin: strings.NewReader(""), Stdout: os.Stderr, Clock: clock.Real{}}
	p, err := (&load.Loader{Catalog: build.Catalog(system), Roots: []string{path}}).Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.Diags.HasErrors() {
		t.Logf("%s: %s", filepath.Base(path), p.Diags.Items[0].Message)
		return nil
	}
	return p.Result.Program
}

// lowered is the plan of the stream out of a program text.
func lowered(t *testing.T, text string) *plan.Graph {
	t.Helper()
	return loweredWith(t, text, lower.Options{Outputs: []string{"out"}})
}

// loweredWhole is the plan with all streams and columns, as tests have it.
func loweredWhole(t *testing.T, text string) *plan.Graph {
	t.Helper()
	return loweredWith(t, text, lower.Options{All: true, KeepColumns: true})
}

func loweredWith(t *testing.T, text string, opt lower.Options) *plan.Graph {
	t.Helper()
	path := filepath.Join(t.TempDir(), "p.edy")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := program(t, path)
	if p == nil {
		t.Fatalf("the program does not check:\n%s", text)
	}
	g, err := lower.Program(p, opt)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// dump writes the operators of a plan that stages make, one a line: the node it
// reads, what it does, and in brackets to which stage its errors are laid.
func dump(g *plan.Graph) string {
	var b strings.Builder
	for _, n := range g.Nodes {
		if len(n.In) == 0 {
			continue
		}
		if _, ok := n.Op.(*plan.Topic); ok {
			continue
		}
		var from []string
		for _, e := range n.In {
			from = append(from, g.Nodes[e.Node].Name)
		}
		fmt.Fprintf(&b, "%s <- %s: %s [%s]\n", n.Name, strings.Join(from, ", "), opText(n.Op), n.Stage)
	}
	return b.String()
}

func opText(op plan.Op) string {
	switch op := op.(type) {
	case *ir.Where:
		return "where " + text(op.Cond)
	case *ir.Project:
		return "project " + itemsText(op.Items)
	case *ir.Into:
		return "into " + op.Topic + " " + itemsText(op.Items)
	case *ir.KeyBy:
		return "key " + strings.Join(op.Keys, ", ")
	case *ir.Aggregate:
		if op.Best != nil && op.Best.Dropped {
			return "aggregate, the first of each key"
		}
		if op.Best != nil {
			return fmt.Sprintf("aggregate, the first %d", op.Best.N)
		}
		if op.Phase != "" {
			return fmt.Sprintf("aggregate, %s phase", op.Phase)
		}
		return "aggregate"
	case *plan.Route:
		s := "route"
		if len(op.Shared) > 0 {
			s += " " + itemsText(op.Shared)
		}
		for _, w := range op.Whens {
			s += " when " + text(w)
		}
		return s
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", op), "*ir.")
}

func itemsText(items []ir.Item) string {
	var list []string
	for _, it := range items {
		s := it.Name + "=" + text(it.Expr)
		if it.Name == text(it.Expr) {
			s = it.Name
		}
		if it.Hidden {
			s = "let " + s
		}
		list = append(list, s)
	}
	return strings.Join(list, ", ")
}

// text writes an expression with all its brackets; x! is a narrowed x.
func text(e ir.Expr) string {
	list := func(sep string) string {
		var parts []string
		for _, c := range ir.Children(e) {
			parts = append(parts, text(c))
		}
		return strings.Join(parts, sep)
	}
	switch e := e.(type) {
	case *ir.Const:
		if s, ok := e.Value.(string); ok {
			return fmt.Sprintf("%q", s)
		}
		return fmt.Sprint(e.Value)
	case *ir.Column:
		return e.Name
	case *ir.Local:
		return e.Name
	case *ir.Param:
		return "param " + e.Name
	case *ir.Field:
		return text(e.X) + "." + e.Name
	case *ir.Unary:
		return fmt.Sprintf("(%s %s)", e.Op, text(e.X))
	case *ir.Binary:
		return "(" + list(" "+e.Op.String()+" ") + ")"
	case *ir.And:
		return "(" + list(" and ") + ")"
	case *ir.Or:
		return "(" + list(" or ") + ")"
	case *ir.NotNull:
		return text(e.X) + "!"
	case *ir.IsNull:
		return "(" + text(e.X) + " is null)"
	case *ir.Coalesce:
		return "(" + list(" ?? ") + ")"
	case *ir.Cast:
		return e.T.String() + "(" + text(e.X) + ")"
	case *ir.Call:
		return e.Name + "(" + list(", ") + ")"
	}
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", e), "*ir.")) + "(" + list(", ") + ")"
}
