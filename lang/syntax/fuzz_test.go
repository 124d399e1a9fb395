package syntax

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

func seeds(f *testing.F) {
	for _, text := range examples(f) {
		tree, _ := Parse(source.New("seed", text))
		for _, d := range tree.Decls {
			f.Add(d.Pos().Text())
		}
	}
	names, err := filepath.Glob("testdata/errors/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("f\"{{{\"'}\" @2026[ `\xff /* /* */ 0x 1e+ 1h30 \ufeff é")
}

// Tokens stand in order, do not overlap, and what is between them is white space.
func FuzzLex(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		tokens := Lex(source.New("f.edy", text))
		for i, token := range tokens {
			if token.Start < end || token.End > len(text) || token.Start == token.End && token.Kind != EOF {
				t.Fatalf("token %d is %v in %q", i, token, text)
			}
			if between := text[end:token.Start]; strings.TrimSpace(between) != "" && !(end == 0 && strings.HasPrefix(between, "\ufeff")) {
				t.Fatalf("%q is in no token of %q", between, text)
			}
			end = token.End
		}
		if last := tokens[len(tokens)-1]; last.Kind != EOF || last.End != len(text) {
			t.Fatalf("the last token is %v of %d bytes", last, len(text))
		}
	})
}

// Parsing ends, its places are in the text, and every fix that may be applied without
// asking can be.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		file := source.New("f.edy", text)
		start := time.Now()
		tree, problems := Parse(file)
		for _, d := range tree.Decls {
			at := d.Pos()
			if at.Start < 0 || at.End > len(text) || at.Start > at.End {
				t.Fatalf("%T stands at %d..%d of %q", d, at.Start, at.End, text)
			}
			if _, bad := d.(*ast.BadDecl); bad && len(problems.Items) == 0 {
				t.Fatalf("nothing is said about %q", at.Text())
			}
			ast.Dump(d)
		}
		if len(problems.Items) > maxErrors {
			t.Fatalf("%d messages", len(problems.Items))
		}
		for _, d := range problems.Items {
			checkPlaces(t, file, d)
		}
		ParsePipeline(file)
		ParseExpr(file)
		if took := time.Since(start); took > 10*time.Second {
			t.Fatalf("%v for %d bytes", took, len(text))
		}
	})
}

func checkPlaces(t *testing.T, file *source.File, d *diag.Diagnostic) {
	if len(d.Labels) == 0 || d.Message == "" {
		t.Fatalf("an empty message %+v", d)
	}
	for _, l := range d.Labels {
		if l.Span.File != file || l.Span.Start < 0 || l.Span.End > len(file.Text) || l.Span.Start > l.Span.End {
			t.Fatalf("%s points at %d..%d of %q", d.Message, l.Span.Start, l.Span.End, file.Text)
		}
	}
	for _, fix := range d.Fixes {
		if _, n := diag.ApplyFixes(file, []diag.Fix{fix}); n == 0 && fix.Confidence == diag.Apply {
			t.Fatalf("%s: %+v cannot be applied to %q", d.Message, fix, file.Text)
		}
	}
}
