package feature_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lsp/feature"
	"github.com/edynamic/edynamic/lsp/protocol"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/connector/file"
)

var (
	brokenAll  = flag.Bool("broken-all", false, "break the examples at every position")
	brokenSeed = flag.Uint64("broken-seed", 1, "where the sample of positions begins")
	brokenList = flag.Bool("broken-list", false, "print the positions where the name is not offered")
)

// sampled is how many positions of each example are broken without -broken-all.
const sampled = 60

func newEnv() *feature.Env {
	return &feature.Env{Catalog: build.Catalog(&file.System{}), Encoding: protocol.UTF8}
}

// TestBrokenSource truncates every example, and takes out a token, and looks at what is
// left: nothing panics, declarations that do not depend on the broken one are hovered
// and defined as before, and the name that was there is offered among the first ten.
func TestBrokenSource(t *testing.T) {
	paths, _ := filepath.Glob("../../examples/*/*.edy")
	if len(paths) == 0 {
		t.Fatal("no examples")
	}
	var all, offered atomic.Int64
	t.Run("each", func(t *testing.T) {
		for i, path := range paths {
			t.Run(strings.TrimSuffix(filepath.Base(path), ".edy"), func(t *testing.T) {
				t.Parallel()
				a, o := breakFile(t, path, rand.New(rand.NewPCG(*brokenSeed, uint64(i))))
				all.Add(int64(a))
				offered.Add(int64(o))
			})
		}
	})
	share := 100 * float64(offered.Load()) / float64(all.Load())
	fmt.Printf("completion offers the missing name among the first ten in %.2f %% of %d positions (seed %d)\n", share, all.Load(), *brokenSeed)
	if share < 95 {
		t.Errorf("it is less than 95 %%; -broken-list shows where; repeat with -args -broken-seed=%d", *brokenSeed)
	}
}

func breakFile(t *testing.T, path string, rnd *rand.Rand) (all, offered int) {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	abs, _ := filepath.Abs(path)
	base := feature.NewSnapshot(newEnv()).With(abs, text, 1)
	f := source.New(abs, text)
	tree, _ := syntax.Parse(f)
	made := madeNames(tree)
	tokens := syntax.Lex(f)
	var places []int
	for i, tok := range tokens {
		if tok.Kind != syntax.Comment && tok.Kind != syntax.Doc && tok.Kind != syntax.EOF {
			places = append(places, i)
		}
	}
	if !*brokenAll {
		rnd.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
		places = places[:min(sampled, len(places))]
	}
	watch := watched(base, abs, tree)
	for _, i := range places {
		tok := tokens[i]
		name := strings.Trim(text[tok.Start:tok.End], "`")
		isName := (tok.Kind == syntax.Ident || tok.Kind == syntax.Reserved) && !made[tok.Start]
		cut := rnd.IntN(tok.End - tok.Start)
		for _, b := range []struct {
			how, text string
			at        int
		}{
			{"without", text[:tok.Start] + text[tok.End:], tok.Start},
			{"up to", text[:tok.Start+cut], tok.Start + cut},
		} {
			snap := base.With(abs, b.text, 2)
			pos := protocol.UTF8.Position(snap.Doc(abs).File, b.at)
			list := snap.Complete(abs, pos)
			snap.Diagnostics(abs)
			snap.Hover(context.Background(), abs, pos)
			watch.check(t, snap, b.at, len(text)-len(b.text), fmt.Sprintf("%s %s %q at %d", path, b.how, name, tok.Start))
			if !isName {
				continue
			}
			all++
			var labels []string
			for _, item := range list.Items[:min(10, len(list.Items))] {
				labels = append(labels, item.Label)
			}
			if slices.Contains(labels, name) {
				offered++
			} else if *brokenList {
				from := max(0, b.at-50)
				fmt.Printf("%s %s: %q | want %s, got %v\n", filepath.Base(path), b.how, b.text[from:b.at]+"‸"+b.text[b.at:min(len(b.text), b.at+20)], name, labels)
			}
		}
	}
	return all, offered
}

// madeNames are the places of names that are made where they stand: nobody can offer
// them.
func madeNames(tree *ast.File) map[int]bool {
	out := map[int]bool{}
	idents := map[string][]string{
		"Head": {"Name"}, "Field": {"Name"}, "EnumItem": {"Name"}, "NamedExpr": {"Name"}, "Param": {"Name"}, "StateVar": {"Name"},
		"MatchDefine": {"Name"}, "JoinStage": {"Alias"}, "LookupStage": {"Alias"}, "UnnestStage": {"Name"}, "TopStage": {"Rank"},
		"RenameItem": {"New"}, "Pipeline": {"Alias"}, "FnDecl": {"TypeParams"}, "LambdaExpr": {"Params"}, "ImportDecl": {"As"},
		"ModuleDecl": {"Name"}, "Annotation": {"Name"},
	}
	var walk func(v reflect.Value)
	mark := func(v reflect.Value) {
		for v.Kind() == reflect.Pointer && !v.IsNil() {
			v = v.Elem()
		}
		switch x := v.Interface().(type) {
		case ast.Ident:
			out[x.Span.Start] = true
		case []ast.Ident:
			for _, id := range x {
				out[id.Span.Start] = true
			}
		case ast.Path:
			for _, id := range x.Parts {
				out[id.Span.Start] = true
			}
		}
	}
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			if !v.IsNil() && v.Type() != reflect.TypeFor[*source.File]() {
				walk(v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Struct:
			for _, name := range idents[v.Type().Name()] {
				if f := v.FieldByName(name); f.IsValid() && !(f.Kind() == reflect.Pointer && f.IsNil()) {
					mark(f)
				}
			}
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		}
	}
	walk(reflect.ValueOf(tree.Decls))
	if tree.Module != nil {
		mark(reflect.ValueOf(tree.Module.Name))
	}
	return out
}
