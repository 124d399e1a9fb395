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

// holeAt are the tokens of the expression at a place in a text that holds some, in
// brackets; nil where the place is in none.
func holeAt(text string, t syntax.Token, at int) []tok {
	if t.Kind != syntax.FString {
		return nil
	}
	for _, h := range holes(text[t.Start:t.End]) {
		start, end := t.Start+h[0], t.Start+h[1]
		if at < start || end < at {
			continue
		}
		out := []tok{{kind: syntax.Op, text: "(", start: start - 1, end: start}}
		for _, inner := range syntax.Lex(source.New("", text[start:end])) {
			if inner.Kind != syntax.EOF {
				out = append(out, tok{kind: inner.Kind, text: text[start+inner.Start : start+inner.End], start: start + inner.Start, end: start + inner.End})
			}
		}
		return append(out, tok{kind: syntax.Op, text: ")", start: end, end: end + 1})
	}
	return nil
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
	if depth > 0 { // not closed yet
		out = append(out, [2]int{begin, len(text)})
	}
	return out
}
