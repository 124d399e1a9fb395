package syntax

import (
	"os"
	"testing"

	"github.com/edynamic/edynamic/lang/source"
)

// Every file and block of the language's description parses, and grammar.edy uses the
// whole of grammar.ebnf.
func TestExamplesParse(t *testing.T) {
	programs := corpus(t)
	grammar, err := os.ReadFile("testdata/grammar.edy")
	if err != nil {
		t.Fatal(err)
	}
	programs["grammar"] = string(grammar)
	for name, text := range programs {
		t.Run(name, func(t *testing.T) {
			f := source.New(name, text)
			_, problems := Parse(f)
			for _, d := range problems.Items {
				p := d.Span().Position()
				t.Errorf("%s:%d:%d %s %s (%s)\n%s", name, p.Line, p.Column, d.Code, d.Message, d.Labels[0].Text, f.Line(p.Line))
			}
		})
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
