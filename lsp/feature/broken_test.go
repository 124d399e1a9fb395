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
	"testing"

	lsp "github.com/tliron/glsp/protocol_3_16"

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
	rnd := rand.New(rand.NewPCG(*brokenSeed, 1))
	var all, offered int
	for _, path := range paths {
		a, o := breakFile(t, path, rnd)
		all, offered = all+a, offered+o
	}
	share := 100 * float64(offered) / float64(all)
	fmt.Printf("completion offers the missing name among the first ten in %.2f %% of %d positions (seed %d)\n", share, all, *brokenSeed)
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
			if b.how == "without" {
				watch.check(t, snap, b.at, tok.End-tok.Start, fmt.Sprintf("%s without %q at %d", path, name, tok.Start))
			}
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

// watch is what is known of places that a break elsewhere must leave alone.
type watch struct {
	path  string
	decls []watchedDecl
}

type watchedDecl struct {
	start, end int
	hovers     map[int]string // by offset
	uses       map[string]bool
	name       string
	feeds      bool
	word       int // where the text behind comments begins
}

// watched hovers over the first name of every stage and the name of every declaration.
func watched(snap *feature.Snapshot, path string, tree *ast.File) *watch {
	w := &watch{path: path}
	for _, d := range tree.Decls {
		one := watchedDecl{start: d.Pos().Start, end: d.Pos().End, hovers: map[int]string{}, name: d.DeclHead().Name.Name, uses: map[string]bool{}}
		text := d.Pos().Text()
		one.word = one.start + strings.Index(text, strings.TrimLeft(withoutComments(text), " \n"))
		switch d.(type) {
		case *ast.SourceDecl, *ast.RouteDecl, *ast.StreamDecl:
			one.feeds = true
		}
		for _, word := range strings.FieldsFunc(text, func(r rune) bool {
			return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		}) {
			one.uses[word] = true
		}
		if s, ok := d.(*ast.StreamDecl); ok {
			for _, st := range s.Pipeline.Stages {
				one.hovers[st.Pos().Start+1] = w.hover(snap, st.Pos().Start+1)
			}
		}
		w.decls = append(w.decls, one)
	}
	return w
}

func (w *watch) hover(snap *feature.Snapshot, at int) string {
	h := snap.Hover(context.Background(), w.path, protocol.UTF8.Position(snap.Doc(w.path).File, at))
	if h == nil {
		return ""
	}
	return h.Contents.(lsp.MarkupContent).Value
}

// check hovers again over declarations that stand above or below the broken one and do
// not name what they could depend on.
func (w *watch) check(t *testing.T, snap *feature.Snapshot, at, gone int, what string) {
	t.Helper()
	broken := slices.IndexFunc(w.decls, func(d watchedDecl) bool { return d.start <= at && at < d.end })
	if broken < 0 {
		return
	}
	touched := w.dependents(broken)
	for i, d := range w.decls {
		if touched[i] || d.end > at && d.start <= at+gone || i == broken-1 && at <= w.decls[broken].word {
			continue // without its first word a declaration goes on with the one above
		}
		for offset, want := range d.hovers {
			now := offset
			if offset > at {
				now -= gone
			}
			if got := w.hover(snap, now); shape(got) != shape(want) {
				t.Errorf("%s: the hover at %d in %q was\n%s\nand is\n%s", what, offset, d.name, want, got)
			}
			break // one of each declaration
		}
	}
}

// withoutComments is a declaration from its first word on.
func withoutComments(text string) string {
	for strings.HasPrefix(strings.TrimSpace(text), "///") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

// shape leaves out the numbers of lines, which move.
func shape(hover string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, hover)
}

// dependents are the declarations that can depend on one, by the names they hold.
func (w *watch) dependents(i int) map[int]bool {
	out := map[int]bool{i: true}
	for grown := true; grown; {
		grown = false
		for k, d := range w.decls {
			if out[k] {
				continue
			}
			for j := range out {
				// what feeds a topic says something about it, as that it ends
				if d.uses[w.decls[j].name] || w.decls[j].feeds && w.decls[j].uses[d.name] {
					out[k], grown = true, true
					break
				}
			}
		}
	}
	return out
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
