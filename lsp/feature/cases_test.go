package feature_test

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lsp/feature"
	"github.com/edynamic/edynamic/lsp/protocol"
)

var (
	casesSeed = flag.Uint64("cases-seed", 1, "where the sample of places in the cases begins")
	casesEach = flag.Int("cases-each", 6, "how many places of each case are asked about")
)

// TestEveryCase asks of each executable case, which hold about everything the language
// has, what an editor asks: nothing panics, what is given back lies in the text, and a
// name that can be changed is changed without a new mistake, and back again.
func TestEveryCase(t *testing.T) {
	var paths []string
	if err := filepath.WalkDir("../../spec/cases", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".edy" {
			paths = append(paths, path)
		}
		return err
	}); err != nil || len(paths) == 0 {
		t.Fatal("no cases", err)
	}
	rnd := rand.New(rand.NewPCG(*casesSeed, 4))
	r := &renames{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		abs, _ := filepath.Abs(path)
		env := newEnv()
		env.ReadFile = func(path string) (string, string, error) {
			text, err := os.ReadFile(path)
			return string(text), "", err
		}
		snap := feature.NewSnapshot(env).With(abs, string(data), 1)
		tokens := syntax.Lex(source.New(abs, string(data)))
		for range *casesEach {
			tok := tokens[rnd.IntN(len(tokens))]
			about := fmt.Sprintf("%s at %d, repeat with -args -cases-seed=%d", path, tok.Start, *casesSeed)
			askEverything(t, snap, abs, tok.Start, about)
			if tok.Kind == syntax.Ident {
				r.thereAndBack(t, snap, abs, tok.Start, about)
			}
		}
	}
	share := 100 * float64(r.done) / float64(r.done+r.refused)
	fmt.Printf("of %d names in the cases %.1f %% could be changed, and back (seed %d)\n", r.done+r.refused, share, *casesSeed)
	if share < 90 {
		t.Errorf("it is less than 90 %%")
	}
}

// renames counts names that were changed, and those of which that was refused: what two
// sources of rows or a topic and its writers share cannot change in one place.
type renames struct{ done, refused int }

func askEverything(t *testing.T, snap *feature.Snapshot, path string, at int, about string) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("%s: %v", about, r)
		}
	}()
	file := snap.Doc(path).File
	pos := protocol.UTF8.Position(file, at)
	inside := func(what string, r lsp.Range) {
		if int(r.End.Line) >= file.Lines() || protocol.UTF8.Offset(file, r.Start) > protocol.UTF8.Offset(file, r.End) {
			t.Errorf("%s: %s lies at %+v, outside the text", about, what, r)
		}
	}
	if h := snap.Hover(context.Background(), path, pos); h != nil && h.Range != nil {
		inside("the hover", *h.Range)
	}
	for _, l := range snap.Definition(path, pos) {
		if l.URI == protocol.URI(path) {
			inside("the definition", l.Range)
		}
	}
	for _, l := range snap.References(path, pos, true) {
		if l.URI == protocol.URI(path) {
			inside("a reference", l.Range)
		}
	}
	for _, h := range snap.Highlights(path, pos) {
		inside("a highlight", h.Range)
	}
	for _, a := range snap.Actions(path, lsp.Range{Start: pos, End: pos}, nil) {
		if a.Edit != nil {
			for _, e := range a.Edit.Changes[protocol.URI(path)] {
				inside(a.Title, e.Range)
			}
		}
	}
	snap.Complete(path, pos)
	snap.Signature(path, pos)
	snap.TypeDefinition(path, pos)
	snap.Implementation(path, pos)
	snap.Selections(path, []lsp.Position{pos})
	for _, item := range snap.PrepareLineage(path, pos) {
		snap.ComesFrom(item)
		snap.GoesTo(item)
	}
	for _, item := range snap.PrepareTypes(path, pos) {
		snap.Subtypes(item)
		snap.Supertypes(item)
	}
	snap.Tokens(path, nil)
	snap.Hints(path, lsp.Range{End: lsp.Position{Line: 1 << 20}})
	snap.Folds(path)
	snap.Links(path)
	snap.Symbols(path)
}

// thereAndBack changes a name to one that nothing has, and back: the text is then
// what it was.
func (r *renames) thereAndBack(t *testing.T, snap *feature.Snapshot, path string, at int, about string) {
	t.Helper()
	file := snap.Doc(path).File
	pos := protocol.UTF8.Position(file, at)
	name := snap.PrepareRename(path, pos)
	if name == nil {
		return
	}
	edit, err := snap.Rename(path, pos, "renamed__")
	if err != nil {
		t.Logf("%s: %q cannot be renamed: %v", about, name.Placeholder, err)
		r.refused++
		return
	}
	r.done++
	if len(edit.Changes) != 1 { // a name of another file, which is stored as it is
		return
	}
	text := withEdits(file, edit.Changes[protocol.URI(path)])
	there := snap.With(path, text, 2)
	first := edit.Changes[protocol.URI(path)][0].Range.Start
	back, err := there.Rename(path, first, name.Placeholder)
	if err != nil && len(snap.Diagnostics(path)) > 0 {
		return // it had mistakes, and has others
	}
	if err != nil {
		t.Errorf("%s: %q cannot be called again what it was: %v", about, name.Placeholder, err)
		return
	}
	if got := withEdits(there.Doc(path).File, back.Changes[protocol.URI(path)]); strings.ReplaceAll(got, "`", "") != strings.ReplaceAll(file.Text, "`", "") {
		t.Errorf("%s: %q, renamed and back, is another text:\n%s", about, name.Placeholder, got)
	}
}

func withEdits(f *source.File, edits []lsp.TextEdit) string {
	text := f.Text
	for i := len(edits) - 1; i >= 0; i-- {
		e := edits[i]
		text = text[:protocol.UTF8.Offset(f, e.Range.Start)] + e.NewText + text[protocol.UTF8.Offset(f, e.Range.End):]
	}
	return text
}
