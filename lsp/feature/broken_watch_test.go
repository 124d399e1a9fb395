package feature_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lsp/feature"
	"github.com/edynamic/edynamic/lsp/protocol"
)

// watch is what is known of places that a break elsewhere must leave alone.
type watch struct {
	path  string
	decls []watchedDecl
}

type watchedDecl struct {
	start, end int
	hovers     map[int]string // by offset
	defs       map[int]string // what stands where the name at an offset is made
	uses       map[string]bool
	name       string
	feeds      bool
	word       int // where the text behind comments begins
}

// watched hovers over the first name of every stage and the name of every declaration.
func watched(snap *feature.Snapshot, path string, tree *ast.File) *watch {
	w := &watch{path: path}
	for _, d := range tree.Decls {
		one := watchedDecl{start: d.Pos().Start, end: d.Pos().End, hovers: map[int]string{}, defs: map[int]string{}, name: d.DeclHead().Name.Name, uses: map[string]bool{}}
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
			for _, t := range syntax.Lex(source.New(path, text)) {
				if t.Kind == syntax.Ident && t.Start > one.word-one.start {
					one.defs[one.start+t.Start] = w.definition(snap, one.start+t.Start)
				}
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

// definition is where the name at a place is made: the file and the line's text there,
// which stay while lines move.
func (w *watch) definition(snap *feature.Snapshot, at int) string {
	var out []string
	for _, l := range snap.Definition(w.path, protocol.UTF8.Position(snap.Doc(w.path).File, at)) {
		path, _ := protocol.Path(l.URI)
		line := snap.Doc(path).File.Line(int(l.Range.Start.Line) + 1)
		out = append(out, fmt.Sprintf("%s:%d %q", filepath.Base(path), l.Range.Start.Character, line))
	}
	return strings.Join(out, " ")
}

// check asks again in declarations that stand above or below the broken one and do
// not name what they could depend on.
func (w *watch) check(t *testing.T, snap *feature.Snapshot, at, gone int, what string) {
	t.Helper()
	broken := slices.IndexFunc(w.decls, func(d watchedDecl) bool { return d.start <= at && at < d.end })
	if broken < 0 {
		return
	}
	touched := w.dependents(broken)
	for i := broken + 1; i < len(w.decls) && w.decls[i].start < at+gone; i++ { // gone as well
		for x, is := range w.dependents(i) {
			touched[x] = touched[x] || is
		}
	}
	for i, d := range w.decls {
		if touched[i] || d.end > at && d.start <= at+gone || i == broken-1 && at <= w.decls[broken].word {
			continue // without its first word a declaration goes on with the one above
		}
		moved := func(offset int) int {
			if offset > at {
				offset -= gone
			}
			return offset
		}
		for offset, want := range d.hovers {
			if got := w.hover(snap, moved(offset)); shape(got) != shape(want) {
				t.Errorf("%s: the hover at %d in %q was\n%s\nand is\n%s", what, offset, d.name, want, got)
			}
			break // one of each declaration, another one each time
		}
		for offset, want := range d.defs {
			if got := w.definition(snap, moved(offset)); got != want {
				t.Errorf("%s: the definition of the name at %d in %q was at %s and is at %s", what, offset, d.name, want, got)
			}
			break
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
