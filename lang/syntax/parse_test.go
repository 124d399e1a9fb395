package syntax

import (
	"testing"

	"github.com/edynamic/edynamic/lang/source"
)

// Every file and block of the language's description parses, and grammar.edy uses the
// whole of grammar.ebnf.
func TestExamplesParse(t *testing.T) {
	for name, text := range examples(t) {
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
