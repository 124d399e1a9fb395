package syntax

import (
	"maps"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
)

// Ring 1: the file is cut into declarations before any of them is parsed, so that a
// mistake in one cannot reach the next.

var declarationWords = map[string]bool{
	"schema": true, "enum": true, "topic": true, "source": true, "sink": true, "stream": true, "table": true, "view": true,
	"command": true, "route": true, "fn": true, "pipe": true, "const": true, "param": true, "secret": true, "schedule": true,
	"policy": true, "grant": true, "deny": true, "test": true, "module": true, "import": true,
}

var declarationNames = slices.Sorted(maps.Keys(declarationWords))

// chunks cuts the tokens at declarations (SEMANTICS 107). A declaration's word cuts at
// depth 0 of brackets, and in the first column at any depth.
func (r *reader) chunks() [][]lexer.Token {
	var out [][]lexer.Token
	start, depth := 0, 0
	for i, t := range r.tokens {
		switch {
		case isOpen(t):
			depth++
		case isClose(t):
			depth = max(0, depth-1)
		case t.EOF():
			if i > start {
				out = append(out, r.tokens[start:i])
			}
		default:
			if begin := r.declarationStart(i, start, depth); begin > start {
				out = append(out, r.tokens[start:begin])
				start, depth = begin, 0
			}
		}
	}
	return out
}

func isOpen(t lexer.Token) bool {
	return t.Type == typeOf(Op) && (t.Value == "(" || t.Value == "[" || t.Value == "{")
}

func isClose(t lexer.Token) bool {
	return t.Type == typeOf(Op) && (t.Value == ")" || t.Value == "]" || t.Value == "}")
}

// declarationStart is where the declaration begins whose word is token i, doc
// comments and annotations included; 0 when token i is no such word.
func (r *reader) declarationStart(i, limit, depth int) int {
	t := &r.tokens[i]
	known := declarationWords[t.Value] && (is(t, Ident) || is(t, Reserved)) || r.fnKind(i)
	if !known && (!is(t, Ident) || t.Pos.Column != flush || depth > 0) || !r.named(i) {
		return 0
	}
	if !known && (t.Value == "export" || nearDeclaration(t.Value) == "") {
		return 0 // only a misspelt word in the first column starts a declaration too
	}
	begin, line, ok := r.headStart(i, limit)
	if !ok || depth > 0 && line.Pos.Column != flush {
		return 0
	}
	return begin
}

// named reports that a name or text follows on the same line. A reserved word is a
// name there only after a word in the first column: `table is null` may be part of a
// condition, but not there.
func (r *reader) named(i int) bool {
	if i+1 >= len(r.tokens) {
		return false
	}
	t, next := &r.tokens[i], &r.tokens[i+1]
	if firstOnLine(*next) || next.EOF() {
		return false
	}
	if r.fnKind(i) {
		return true
	}
	return is(next, Ident) || is(next, String) || is(next, Text) || is(next, Raw) || is(next, Reserved) && t.Pos.Column == flush
}

// fnKind reports the word before fn in `aggregate fn` and `table fn`.
func (r *reader) fnKind(i int) bool {
	t := &r.tokens[i]
	return i+1 < len(r.tokens) && is(t, Ident) && (t.Value == ast.FnAggregate || t.Value == ast.FnTable) &&
		r.tokens[i+1].Value == "fn" && is(&r.tokens[i+1], Reserved)
}

// headStart walks back from a declaration's word over export, annotations and doc
// comments. begin is the first of them; line is the first token on the line of the
// word; ok is false when something else stands before the word on its line.
func (r *reader) headStart(i, limit int) (begin int, line lexer.Token, ok bool) {
	begin = -1
	for j := i; ; j-- {
		if firstOnLine(r.tokens[j]) {
			if begin < 0 {
				line = r.tokens[j]
			}
			begin = j
		}
		if j == limit {
			break
		}
		before := r.tokens[j-1]
		switch {
		case before.Type == typeOf(Doc), before.Type == typeOf(Annot), before.Type == typeOf(Ident) && before.Value == "export":
		case isClose(before):
			if j = r.annotationArgs(j-1, limit); j < 0 {
				return begin, line, begin >= 0
			}
		default:
			return begin, line, begin >= 0
		}
	}
	return begin, line, begin >= 0
}

// annotationArgs is the opening parenthesis of the arguments of an annotation that end
// at token i, -1 when nothing of the kind ends there.
func (r *reader) annotationArgs(i, limit int) int {
	depth := 0
	for j := i; j > limit; j-- {
		switch t := r.tokens[j]; {
		case isClose(t):
			depth++
		case isOpen(t):
			depth--
		case t.Type == typeOf(Op) && t.Value == "|>":
			return -1
		}
		if depth == 0 {
			if r.tokens[j-1].Type == typeOf(Annot) {
				return j
			}
			return -1
		}
	}
	return -1
}

func nearDeclaration(word string) string {
	near, ok := diag.Closest(strings.ToLower(word), declarationNames)
	if !ok {
		return ""
	}
	return near
}

// wordIndex is where the word of a declaration stands: behind doc comments,
// annotations and export.
func wordIndex(tokens []lexer.Token) int {
	depth := 0
	for i, t := range tokens {
		switch {
		case isOpen(t) && (depth > 0 || i > 0 && tokens[i-1].Type == typeOf(Annot)):
			depth++
		case isClose(t) && depth > 0:
			depth--
		case depth > 0, t.Type == typeOf(Doc), t.Type == typeOf(Annot), t.Type == typeOf(Ident) && t.Value == "export":
		default:
			return i
		}
	}
	return len(tokens) - 1
}

// firstWord mends a misspelt declaration word.
func (r *reader) firstWord(tokens []lexer.Token) {
	i := wordIndex(tokens)
	t := tokens[i]
	if declarationWords[t.Value] || t.Type != typeOf(Ident) {
		return
	}
	near := nearDeclaration(t.Value)
	if near == "" {
		return
	}
	at := r.span(t)
	r.report(CodeDeclaration, at, `"`+t.Value+`" declares nothing`, `did you mean "`+near+`"?`).
		Fix(diag.Apply, `write "`+near+`"`, "", diag.Edit{Span: at, Text: near})
	tokens[i].Value = near
	if near == "fn" {
		tokens[i].Type = typeOf(Reserved)
	}
}
