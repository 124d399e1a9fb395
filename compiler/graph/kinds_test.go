package graph

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

// Whatever the program's form can hold has a word in the archive: the expressions,
// which embed Base, and the operators, which say that they are.
func TestEveryKindHasAWord(t *testing.T) {
	exprs, operators := declared(t)
	for _, c := range []struct {
		kinds []kind
		want  []string
	}{{exprKinds, exprs}, {operatorKinds, operators}} {
		var have []string
		words := map[string]bool{}
		for _, k := range c.kinds {
			have = append(have, k.of.Name())
			if words[k.word] {
				t.Errorf("the word %q stands for two kinds", k.word)
			}
			words[k.word] = true
		}
		slices.Sort(have)
		slices.Sort(c.want)
		if !slices.Equal(have, c.want) {
			t.Errorf("the archive knows %v, the program has %v", have, c.want)
		}
	}
}

// declared are the names of the expressions and operators in package ir.
func declared(t *testing.T) (exprs, operators []string) {
	t.Helper()
	files := token.NewFileSet()
	names, err := filepath.Glob("../ir/*.go")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for _, name := range names {
		f, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if embedsBase(n.Type) {
					exprs = append(exprs, n.Name.Name)
				}
			case *ast.FuncDecl:
				if n.Name.Name == "operator" && n.Recv != nil {
					operators = append(operators, n.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name)
				}
			}
			return true
		})
	}
	return exprs, operators
}

func embedsBase(e ast.Expr) bool {
	s, ok := e.(*ast.StructType)
	return ok && slices.ContainsFunc(s.Fields.List, func(f *ast.Field) bool {
		id, ok := f.Type.(*ast.Ident)
		return ok && len(f.Names) == 0 && id.Name == "Base"
	})
}

func TestEveryEnumerationHasItsWords(t *testing.T) {
	for of, last := range map[reflect.Type]int{
		reflect.TypeFor[ir.Op]():            int(ir.Not),
		reflect.TypeFor[types.Kind]():       int(types.Var),
		reflect.TypeFor[types.StreamKind](): int(types.Changes),
		reflect.TypeFor[types.TimeKind]():   int(types.ProcessingTime),
	} {
		if len(words[of]) != last+1 {
			t.Errorf("%s has %d values and %d words", of, last+1, len(words[of]))
		}
	}
}

func TestKeys(t *testing.T) {
	for name, want := range map[string]string{"T": "t", "LateTo": "late_to", "URI": "uri", "ID": "id", "LateIsTopicDefined": "late_is_topic_defined"} {
		if got := key(name); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
}
