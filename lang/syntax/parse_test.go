package syntax

import (
	"strings"
	"testing"

	"github.com/edynamic/edynamic/lang/diag"
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

// A pipeline alone, as on a command line, and an expression alone.
func TestPartsAlone(t *testing.T) {
	for _, c := range []struct{ text, says string }{
		{"from a |> where x > 1", ""},
		{"from a\n|> where x > 1\n|> limit 3\n", ""},
		{"from a |> wher x", `1:11 E0101 there is no stage "wher"`},
		{"from a |> sum(x)", `1:11 E0116 there is no stage "sum"`},
		{"from a |> explode xs", `1:11 E0116 there is no stage "explode"`},
		{"from a\nhello", `2:1 E0101 expected "|>" or the end of the pipeline, found "hello"`},
		{"from a |> where f(x", `1:18 E0102 this "(" is never closed`},
		{"from a |> where f(x))", `1:21 E0103 this ")" closes nothing`},
		{"", `1:1 E0101 expected a pipeline, which starts with "from", and the text ends here`},
		{"a |> limit 3", `1:1 E0101 expected a pipeline, which starts with "from", found "a"`},
		{"select x from a", `1:1 E0110 this looks like SQL; an edy pipeline starts with "from"`},
		{"from a -> b", `1:8 E0101 a pipeline does not end in a target`},
		{"from a | where x", "1:8 E0104 the pipe is written |>"},
	} {
		pipeline, problems := ParsePipeline(source.New("query", c.text))
		if got := strings.TrimSpace(lines(problems, map[diag.Code]bool{})); got != c.says || pipeline == nil {
			t.Errorf("%s says\n%s", c.text, got)
		}
	}
	for _, c := range []struct{ text, says string }{
		{"1 + 2", ""}, {`"a"`, ""}, {"", "1:1 E0101 expected an expression, and the text ends here"},
		{"1 2", `1:3 E0101 expected the end, found "2"`}, {"f(1", `1:2 E0102 this "(" is never closed`},
	} {
		x, problems := ParseExpr(source.New("x", c.text))
		if got := strings.TrimSpace(lines(problems, map[diag.Code]bool{})); got != c.says || x == nil {
			t.Errorf("%s says\n%s", c.text, got)
		}
	}
}
