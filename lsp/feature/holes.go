package feature

import (
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
)

// wordsOf are the tokens of a part, and instead of a text with expressions in it, f"{x}",
// those of the expressions.
func wordsOf(f *source.File) []syntax.Token {
	var out []syntax.Token
	for _, t := range syntax.Lex(f) {
		if t.Kind != syntax.FString {
			out = append(out, t)
			continue
		}
		for _, h := range holes(f.Text[t.Start:t.End]) {
			for _, inner := range syntax.Lex(source.New("", f.Text[t.Start+h[0]:t.Start+h[1]])) {
				if inner.Kind != syntax.EOF {
					inner.Start, inner.End = inner.Start+t.Start+h[0], inner.End+t.Start+h[0]
					out = append(out, inner)
				}
			}
		}
	}
	return out
}

// holes are where expressions stand in a text that holds some, between their braces.
func holes(text string) [][2]int {
	var out [][2]int
	depth, begin := 0, 0
	var quote byte // of a text inside a hole
	for i := 2; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case depth > 0 && (c == '"' || c == '\''):
			quote = c
		case c == '{':
			if depth++; depth == 1 {
				begin = i + 1
			}
		case c == '}' && depth > 0:
			if depth--; depth == 0 {
				out = append(out, [2]int{begin, i})
			}
		}
	}
	return out
}
