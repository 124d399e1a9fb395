package ast_test

import (
	"strings"
	"testing"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
)

func name(s string) *ast.Name { return &ast.Name{Ident: ast.Ident{Name: s}} }

func path(parts ...string) ast.Path {
	var p ast.Path
	for _, part := range parts {
		p.Parts = append(p.Parts, ast.Ident{Name: part})
	}
	return p
}

func TestDump(t *testing.T) {
	cases := []struct {
		name string
		node ast.Node
		want string
	}{
		{"the loosest operator is not left out",
			&ast.BinaryExpr{Op: ast.Or, X: name("a"), Y: &ast.IntLit{Text: "1_000"}},
			`(BinaryExpr Op:or X:(Name a) Y:(IntLit Text:"1_000"))`},
		{"an empty text is a value", &ast.StringLit{}, `(StringLit Value:"")`},
		{"a name that needs quotes", name("order no"), "(Name `order no`)"},
		{"defaults and nil are quiet",
			&ast.WindowStage{Kind: ast.Hopping, Size: &ast.DurationLit{Text: "10s"}, Every: &ast.DurationLit{Text: "2s"}},
			`(WindowStage Kind:hopping Size:(DurationLit Text:"10s") Every:(DurationLit Text:"2s"))`},
		{"embedded parts stand in line",
			&ast.SelectStage{Items: []ast.SelItem{{Star: true, Except: []ast.Path{path("a", "b")}}}},
			`(SelectStage Items:[(SelItem Star:true Except:[a.b] Item:(NamedExpr))])`},
		{"a long node has a part a line",
			&ast.StreamDecl{Head: ast.Head{Name: ast.Ident{Name: "s"}}, Pipeline: &ast.Pipeline{
				From:   ast.RelRef{Path: path("bids")},
				Stages: []ast.Stage{&ast.LimitStage{N: &ast.IntLit{Text: "1"}}, &ast.WhereStage{Cond: name("is_hot")}, &ast.BadStage{}},
			}},
			"(StreamDecl\n" +
				"  Name:s\n" +
				"  Pipeline:(Pipeline\n" +
				"    From:(RelRef Path:bids)\n" +
				"    Stages:[(LimitStage N:(IntLit Text:\"1\")) (WhereStage Cond:(Name is_hot)) (BadStage)]))"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := ast.Dump(c.node); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// A dump is how trees are compared, so places must not show in it.
func TestDumpIgnoresPlaces(t *testing.T) {
	f := source.New("a.edy", "   x")
	there := &ast.Name{Ident: ast.Ident{At: ast.At{Span: source.Span{File: f, Start: 3, End: 4}}, Name: "x"}}
	if ast.Dump(there) != ast.Dump(name("x")) {
		t.Errorf("%s and %s differ", ast.Dump(there), ast.Dump(name("x")))
	}
}

func TestDumpFileHasADeclarationALine(t *testing.T) {
	f := &ast.File{
		Module: &ast.ModuleDecl{Name: path("m")},
		Decls:  []ast.Decl{&ast.BadDecl{}, &ast.ConstDecl{Head: ast.Head{Name: ast.Ident{Name: "c"}}, Value: &ast.NullLit{}}},
	}
	want := strings.Join([]string{"(ModuleDecl Name:m)", "(BadDecl)", "(ConstDecl Name:c Value:(NullLit))", ""}, "\n")
	if got := ast.DumpFile(f); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
