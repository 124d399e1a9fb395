package syntax

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// Brackets are balanced before a declaration is parsed: a stray one is taken out, a
// missing one put in where the text shows that it must have stood, so that the stages
// and members behind it can be read.

var closing = map[string]string{"(": ")", "[": "]", "{": "}"}

// closed balances the brackets of a declaration's tokens and ends them with EOF.
func (r *reader) closed(tokens []lexer.Token) []lexer.Token {
	if n := len(tokens); n > 0 && tokens[n-1].EOF() {
		tokens = tokens[:n-1]
	}
	if balanced(tokens) {
		return ended(tokens)
	}
	b := balancer{r: r, tokens: tokens, word: declared(tokens)}
	b.end = r.nextDeclaration(tokens, b.word)
	return ended(b.balance())
}

func balanced(tokens []lexer.Token) bool {
	var open []string
	for _, t := range tokens {
		switch {
		case isOpen(t):
			open = append(open, closing[t.Value])
		case isClose(t):
			n := len(open) - 1
			if n < 0 || open[n] != t.Value {
				return false
			}
			open = open[:n]
		}
	}
	return len(open) == 0
}

// balancer repairs the brackets of one declaration. Where a bracket could be mended in
// two ways it tries both on the rest of the text and takes the one that leaves fewer
// mistakes.
type balancer struct {
	r      *reader
	tokens []lexer.Token
	word   string // of the declaration
	end    evidence
	out    []lexer.Token
	open   []int // indexes of the brackets open here
	tries  int
}

// maxTries bounds how often the rest of the text is tried.
const maxTries = 2 * maxErrors

func (b *balancer) balance() []lexer.Token {
	b.out = make([]lexer.Token, 0, len(b.tokens)+8)
	for i, t := range b.tokens {
		switch {
		case isOpen(t):
			b.open = append(b.open, i)
		case isClose(t):
			if !b.close(i) {
				continue // stray
			}
		case isPipe(t):
			b.pipe(i)
		case b.startsMember(i):
			b.closeTo(i, b.memberDepth(i))
		}
		b.out = append(b.out, t)
	}
	b.closeTo(len(b.tokens), 0)
	return b.out
}

// close handles the closing bracket i; false when it is stray.
func (b *balancer) close(i int) bool {
	at := b.matching(b.open, i)
	if at < 0 || (at < len(b.open)-1 || b.oddlySet(i, at)) && b.strayIsBetter(i, at) {
		span := b.r.span(b.tokens[i])
		b.r.report(CodeStrayBracket, span, `this "`+b.tokens[i].Value+`" closes nothing`, "").
			Fix(diag.Maybe, "leave it out", "", diag.Edit{Span: span, Text: ""})
		b.r.mark(span)
		return false
	}
	b.closeTo(i, at+1)
	b.open = b.open[:at]
	return true
}

// matching is the innermost open bracket, as an index of open, that token i closes; -1
// when there is none among the innermost, however many may be open.
func (b *balancer) matching(open []int, i int) int {
	for at := len(open) - 1; at >= max(0, len(open)-maxDepth); at-- {
		if closing[b.tokens[open[at]].Value] == b.tokens[i].Value {
			return at
		}
	}
	return -1
}

// strayIsBetter: bracket i closes open[at], or nothing at all.
func (b *balancer) strayIsBetter(i, at int) bool {
	if b.tries >= maxTries {
		return false
	}
	asStray := 1 + b.mistakes(i+1, b.open)
	asClose := len(b.open) - 1 - at + b.mistakes(i+1, b.open[:at])
	if asStray == asClose {
		return b.oddlySet(i, at)
	}
	return asStray < asClose
}

// oddlySet: what is opened on one line is seldom closed within another.
func (b *balancer) oddlySet(i, at int) bool {
	open, end := b.tokens[b.open[at]].Pos.Offset, b.tokens[i].Pos.Offset
	return !firstOnLine(b.tokens[i]) && b.tries < maxTries && strings.Contains(b.r.file.Text[open:end], "\n")
}

// mistakes counts what is wrong with the brackets from token i on, as far as simple
// means tell.
func (b *balancer) mistakes(i int, open []int) int {
	if b.tries++; b.tries > maxTries {
		return 0
	}
	stack := append([]int(nil), open...)
	count := 0
	for ; i < len(b.tokens); i++ {
		switch t := b.tokens[i]; {
		case isOpen(t):
			stack = append(stack, i)
		case isClose(t):
			at := b.matching(stack, i)
			if at < 0 {
				count++
				continue
			}
			count += len(stack) - 1 - at
			stack = stack[:at]
		case isPipe(t):
			keep := b.pipelineDepth(stack)
			count += len(stack) - keep
			stack = stack[:keep]
		}
	}
	return count + len(stack)
}

// pipe closes what cannot be open before a stage: anything but the parenthesis of a
// pipeline and the brace of a route.
func (b *balancer) pipe(i int) {
	keep := b.pipelineDepth(b.open)
	for keep > 0 && b.tokens[b.open[keep-1]].Value == "(" && b.outdented(b.open[keep-1], i) {
		inside := append([]int(nil), b.open[:keep]...)
		if b.mistakes(i+1, inside) < 1+b.mistakes(i+1, inside[:keep-1]) || b.tries > maxTries {
			break
		}
		keep = b.pipelineDepth(b.open[:keep-1])
	}
	b.closeTo(i, keep)
}

// pipelineDepth is how many of the open brackets may hold stages.
func (b *balancer) pipelineDepth(open []int) int {
	for n := len(open); n > 0; n-- {
		t := b.tokens[open[n-1]]
		if t.Value == "(" && isFrom(b.tokens, open[n-1]+1) || t.Value == "{" && n == 1 && b.word == "route" {
			return n
		}
	}
	return 0
}

func isFrom(tokens []lexer.Token, i int) bool {
	return i < len(tokens) && tokens[i].Type == typeOf(Reserved) && tokens[i].Value == "from"
}

// outdented reports a token that is first on its line and stands no further in than
// the line of an open bracket.
func (b *balancer) outdented(open, i int) bool {
	text := b.r.file.Text
	return firstOnLine(b.tokens[i]) &&
		indentation(text, b.tokens[i].Pos.Offset) <= indentation(text, b.tokens[open].Pos.Offset)
}

// indentation is the width of the white space before the line of an offset.
func indentation(text string, offset int) int {
	line := text[strings.LastIndexByte(text[:offset], '\n')+1:]
	return len(line) - len(strings.TrimLeft(line, " \t"))
}

// startsMember reports the first word of a member at the start of a line, where
// nothing goes on from the line before.
func (b *balancer) startsMember(i int) bool {
	t := b.tokens[i]
	if len(b.open) < 2 || b.tokens[b.open[0]].Value != "{" || !firstOnLine(t) || i+1 >= len(b.tokens) {
		return false
	}
	before, next := b.tokens[i-1], b.tokens[i+1]
	comma := before.Type == typeOf(Op) && before.Value == "," && b.outdented(b.open[len(b.open)-1], i)
	if before.Type == typeOf(Op) && !isClose(before) && !endsOperand(before) && !comma {
		return false
	}
	if next.Type == typeOf(Op) && next.Value == ":" {
		return t.Type == typeOf(Ident) || t.Type == typeOf(Reserved)
	}
	return stepWords[t.Value] && (next.Type == typeOf(Ident) || next.Type == typeOf(String) || next.Value == "->")
}

// endsOperand reports the signs after which an operand is complete.
func endsOperand(t lexer.Token) bool {
	return t.Type == typeOf(Op) && (t.Value == "?" || t.Value == "!" || t.Value == ">" || t.Value == "*")
}

// memberDepth is how many brackets stay open before a member: parentheses and lists
// are closed, and braces that the layout shows to be closed.
func (b *balancer) memberDepth(i int) int {
	keep := len(b.open)
	for keep > 1 {
		open := b.tokens[b.open[keep-1]]
		inside := indentation(b.r.file.Text, b.tokens[i].Pos.Offset) > indentation(b.r.file.Text, open.Pos.Offset)
		if open.Value == "{" && inside && !stepWords[b.tokens[i].Value] {
			break
		}
		keep--
	}
	return keep
}

// closeTo reports and closes the innermost brackets before token i until depth are
// open.
func (b *balancer) closeTo(i, depth int) {
	for n := len(b.open) - 1; n >= depth; n-- {
		open := b.tokens[b.open[n]]
		b.r.unclosed(open, b.before(i), b.shows(i))
		end := b.before(i).Pos.Line
		b.out = append(b.out, synthetic(closing[open.Value], end))
	}
	b.open = b.open[:min(depth, len(b.open))]
}

// synthetic is a sign that is not in the text.
func synthetic(sign string, at int) lexer.Token {
	return lexer.Token{Type: typeOf(Op), Value: sign, Pos: lexer.Position{Offset: at, Line: at}}
}

func (b *balancer) before(i int) lexer.Token { return b.tokens[i-1] }

// evidence is the token that shows that a bracket must have been closed before it.
type evidence struct {
	at   source.Span
	text string
}

func (b *balancer) shows(i int) evidence {
	if i == len(b.tokens) {
		return b.end
	}
	at := b.r.span(b.tokens[i])
	switch {
	case isPipe(b.tokens[i]):
		return evidence{at, "a new stage starts here, so it must have ended before this"}
	case isClose(b.tokens[i]):
		return evidence{at, "this closes what is around it"}
	}
	return evidence{at, "this belongs to the block around it"}
}

// nextDeclaration is the evidence behind the last token of a declaration.
func (r *reader) nextDeclaration(tokens []lexer.Token, word string) evidence {
	i := r.index(tokens[len(tokens)-1].Pos.Offset) + 1
	if i >= len(r.tokens)-1 {
		return evidence{}
	}
	return evidence{r.span(r.tokens[i]), "a new declaration starts in the first column, so the " + word + " must have ended before this"}
}

// declared is the word of a declaration, for messages.
func declared(tokens []lexer.Token) string {
	if t := tokens[wordIndex(tokens)]; declarationWords[t.Value] {
		return t.Value
	}
	return "declaration"
}

// unclosed is E0102: the bracket, and what shows that it should have ended after the
// token before.
func (r *reader) unclosed(open, before lexer.Token, shown evidence) {
	if r.errors >= maxErrors {
		r.more++
		return
	}
	at := r.span(open)
	if slices.ContainsFunc(r.marks, func(m source.Span) bool { return m.End == before.Pos.Line && m.Start == before.Pos.Offset }) {
		return // a text without an end took the bracket with it
	}
	d := r.report(CodeUnclosed, at, `this "`+open.Value+`" is never closed`, "opened here")
	r.mark(source.Span{File: r.file, Start: at.Start, End: before.Pos.Line})
	if shown.at.Known() {
		d.Label(shown.at, shown.text)
	}
	closer := closing[open.Value]
	end := before.Pos.Line
	openLine, lastLine := r.file.Position(at.Start).Line, r.file.Position(end).Line
	if open.Value != "{" || openLine == lastLine {
		if open.Value == "{" {
			closer = " " + closer
		}
		d.Fix(diag.Apply, `add "`+closing[open.Value]+`"`, "", diag.Edit{Span: source.Span{File: r.file, Start: end, End: end}, Text: closer})
		return
	}
	// behind the line, so that a comment at its end stays where it is
	end = r.file.LineStart(lastLine) + len(r.file.Line(lastLine))
	indent := strings.Repeat(" ", indentation(r.file.Text, at.Start))
	d.Fix(diag.Apply, fmt.Sprintf(`add "}" after line %d`, lastLine), "", diag.Edit{Span: source.Span{File: r.file, Start: end, End: end}, Text: "\n" + indent + closer})
}
