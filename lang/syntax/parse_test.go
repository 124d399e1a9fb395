package syntax

import (
	"os"
	"testing"

	"github.com/edynamic/edynamic/lang/source"
)

func TestExampleFilesParse(t *testing.T) {
	for _, name := range []string{"nexmark.edy", "usecases.edy"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		f := source.New(name, string(text))
		tree, diags := Parse(f)
		for _, d := range diags.Items {
			p := d.Span().Position()
			t.Errorf("%s:%d:%d %s %s (%s)", name, p.Line, p.Column, d.Code, d.Message, d.Labels[0].Text)
		}
		t.Logf("%s: %d declarations", name, len(tree.Decls))
	}
}

func BenchmarkParse(b *testing.B) {
	text, err := os.ReadFile("testdata/nexmark.edy")
	if err != nil {
		b.Fatal(err)
	}
	f := source.New("nexmark.edy", string(text))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Parse(f)
	}
}

func BenchmarkBuildGrammar(b *testing.B) {
	for b.Loop() {
		newGrammar()
	}
}
