package feature

import (
	"strings"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lang/types"
)

// cursor is where something is being typed. It is read from tokens, not from the tree,
// so that broken text has it too.
type cursor struct {
	*spot
	before   []tok       // the tokens above the word being typed, comments left out
	after    []tok       // those behind it
	prefix   string      // what of the word stands before the cursor
	from     int         // where the word begins, in the part
	literal  syntax.Kind // the kind of literal the cursor is in, EOF outside
	head     string      // the word of the declaration
	headAt   int
	stage    string // the word of the stage, "" outside
	stageAt  int    // its index in before
	brackets []int  // open brackets, outer first, as indexes in before
}

// tok is a token with its text.
type tok struct {
	kind       syntax.Kind
	text       string
	start, end int
	line       int // 1 where it is the first on its line
}

// tokensOf are the tokens of a part. Of a text with expressions in it, those of the one
// at the place stand for it, in brackets.
func tokensOf(p *syntax.Part, at int) []tok {
	text := p.File.Text
	var out []tok
	end := 0
	for _, t := range syntax.Lex(p.File) {
		if t.Kind == syntax.EOF {
			break
		}
		if t.Kind == syntax.Comment || t.Kind == syntax.Doc {
			end = t.End
			continue
		}
		first := 0
		if len(out) == 0 || strings.Contains(text[end:t.Start], "\n") {
			first = 1
		}
		if inner := holeAt(text, t, at); inner != nil {
			out = append(out, inner...)
		} else {
			out = append(out, tok{t.Kind, text[t.Start:t.End], t.Start, t.End, first})
		}
		end = t.End
	}
	return out
}

// cursor reads the tokens around a place; nil inside comments.
func (sp *spot) cursor() *cursor {
	for _, t := range syntax.Lex(sp.part.File) {
		if (t.Kind == syntax.Comment || t.Kind == syntax.Doc) && t.Start < sp.at && (sp.at <= t.End) {
			return nil
		}
	}
	c := &cursor{spot: sp, from: sp.at, literal: syntax.EOF, stageAt: -1, headAt: -1}
	for _, t := range tokensOf(sp.part, sp.at) {
		switch {
		case t.end < sp.at, t.end == sp.at && !typed(t):
			c.before = append(c.before, t)
		case t.start >= sp.at:
			c.after = append(c.after, t)
		case textual(t.kind):
			c.literal, c.from, c.prefix = t.kind, t.start, sp.part.File.Text[t.start:sp.at]
		case typed(t):
			c.from, c.prefix = t.start, sp.part.File.Text[t.start:sp.at]
		default:
			c.before = append(c.before, t)
		}
	}
	c.locate()
	return c
}

func typed(t tok) bool {
	switch t.kind {
	case syntax.Ident, syntax.Reserved, syntax.Annot:
		return true
	case syntax.Illegal:
		return t.text == "@" || t.text[0] >= '0' && t.text[0] <= '9'
	case syntax.Int, syntax.Duration, syntax.Decimal:
		return true
	}
	return false
}

func textual(k syntax.Kind) bool {
	return k == syntax.String || k == syntax.Text || k == syntax.Raw || k == syntax.FString
}

// locate finds the declaration, the stage and the brackets around the cursor.
func (c *cursor) locate() {
	c.headed()
	c.enclose()
	depth := 0
	for i := len(c.before) - 1; i >= 0; i-- {
		t := c.before[i]
		switch t.text {
		case ")", "]", "}":
			if t.kind == syntax.Op {
				depth++
			}
		case "(", "[", "{":
			if t.kind == syntax.Op && depth > 0 {
				depth--
			}
		case "|>":
			if depth == 0 && c.stageAt < 0 && c.stage == "" {
				c.stageAt = i + 1
				if i+1 < len(c.before) {
					c.stage = c.before[i+1].text
				}
			}
		case "from", "when", "otherwise", "->":
			// a source, or the arm of a route, stands between the stages before it and here
			if depth == 0 && c.stageAt < 0 && (t.text != "from" || c.head != "" && i > c.headAt && !c.inMatch()) && (t.text == "from" || c.head == "route") {
				c.stageAt = len(c.before)
			}
		}
	}
	if c.stageAt > len(c.before)-1 {
		c.stageAt = -1
	}
}

// headed finds the word of the declaration: the first one, behind `export` and
// annotations; `aggregate fn` and `table fn` are functions.
func (c *cursor) headed() {
	for i, t := range c.before[:min(5, len(c.before))] {
		if !wordlike(t.kind) || !isDeclaration(t.text) {
			continue
		}
		if t.line != 1 && (i == 0 || c.before[i-1].text != "export" && c.before[i-1].text != "aggregate" && c.before[i-1].kind != syntax.Annot) {
			continue
		}
		c.head, c.headAt = t.text, i
		if t.text == "table" && i+1 < len(c.before) && c.before[i+1].text == "fn" {
			c.head, c.headAt = "fn", i+1
		}
		return
	}
}

// enclose finds the brackets that are open at the cursor.
func (c *cursor) enclose() {
	for i, t := range c.before {
		if t.kind != syntax.Op {
			continue
		}
		switch t.text {
		case "(", "[", "{":
			c.brackets = append(c.brackets, i)
		case ")", "]", "}":
			c.brackets = c.brackets[:max(0, len(c.brackets)-1)]
		}
	}
}

// inMatch: `define x from s` is no source of a pipeline.
func (c *cursor) inMatch() bool {
	for _, b := range c.brackets {
		if c.before[b].text == "{" {
			for j := b; j >= 0 && c.before[j].text != "|>"; j-- {
				if c.before[j].text == "match" {
					return true
				}
			}
		}
	}
	return false
}

func isDeclaration(word string) bool {
	for _, w := range declarationWords {
		if w == word && w != "export" {
			return true
		}
	}
	return false
}

// prev is the n-th token before the cursor, from 1; an empty one where there is none.
func (c *cursor) prev(n int) tok {
	if n > len(c.before) {
		return tok{kind: syntax.EOF}
	}
	return c.before[len(c.before)-n]
}

func (c *cursor) next() tok {
	if len(c.after) == 0 {
		return tok{kind: syntax.EOF}
	}
	return c.after[0]
}

// bracket is the innermost open bracket and its index, "" for none.
func (c *cursor) bracket() (string, int) {
	if len(c.brackets) == 0 {
		return "", -1
	}
	i := c.brackets[len(c.brackets)-1]
	return c.before[i].text, i
}

// operandEnds tells that what stands before the cursor is a whole operand, so that a
// word that goes on with it comes next.
func (c *cursor) operandEnds() bool {
	t := c.prev(1)
	switch t.kind {
	case syntax.Ident:
		return !c.opens(t)
	case syntax.Int, syntax.Decimal, syntax.Float, syntax.Duration, syntax.Size, syntax.String, syntax.Text, syntax.FString, syntax.Raw, syntax.Temporal:
		return true
	case syntax.Reserved:
		return t.text == "true" || t.text == "false" || t.text == "null" || t.text == "end"
	case syntax.Op:
		return t.text == ")" || t.text == "]" || t.text == "}" || t.text == "!" || t.text == "*" && c.prev(2).text != "" && c.prev(2).kind == syntax.Ident && c.prev(2).text == "select"
	}
	return false
}

// opens tells that a soft keyword stands before an operand, such as `keep`.
func (c *cursor) opens(t tok) bool {
	i := len(c.before) - 1
	if c.stageAt == i && c.stage == t.text {
		return true
	}
	for _, words := range [][]string{clauseWords[c.stage], headWords[c.head]} {
		for _, w := range words {
			if w == t.text && !closing[w] {
				return true
			}
		}
	}
	return false
}

// closing are soft keywords behind which no operand comes.
var closing = map[string]bool{"last": true, "first": true, "desc": true, "asc": true, "forever": true}

// above is the row before the stage at the cursor, with the flow; nil where nothing is
// known.
func (c *cursor) above() (*types.Stream, flow) {
	p, decl, part, at := c.p, c.decl, c.part, c.at
	if t, f := rowAbove(p, decl, part, at, c.stageStart()); t != nil && len(t.Columns) > 0 {
		return t, f
	}
	return c.mended()
}

// stageStart is where the stage at the cursor begins, in the part.
func (c *cursor) stageStart() int {
	if c.stageAt >= 1 && c.stageAt <= len(c.before) {
		return c.before[c.stageAt-1].start
	}
	return c.from
}

func rowAbove(p *Program, decl ast.Decl, part *syntax.Part, at, start int) (*types.Stream, flow) {
	if decl == nil {
		return nil, flow{}
	}
	var f flow
	found := false
	for _, g := range flowsOf(decl) {
		if g.Span.File == part.File && g.Span.Start <= at && (at <= g.Span.End+1 || !found) {
			f, found = g, true
		}
	}
	if !found {
		return p.Result.Inputs[decl], flow{}
	}
	i := 0
	for i < len(f.Stages) && f.Stages[i].Pos().End <= start {
		i++
	}
	return p.typeAt(f, i), f
}

// mended reads the pipeline up to the stage at the cursor as a stream of its own, for
// text that cannot be read as it stands.
func (c *cursor) mended() (*types.Stream, flow) {
	start, end := c.pipeline()
	if start < 0 {
		return nil, flow{}
	}
	body := c.part.File.Text[start:end]
	if c.head == "route" && c.headAt+3 < len(c.before) && start == c.before[c.headAt+2].start {
		body = c.armText(end)
	}
	text := "stream completion__ =\n  " + body + "\n"
	p := c.s.instead(c.doc, c.part, text)
	if p == nil {
		return nil, flow{}
	}
	for _, d := range p.Root.Tree.Decls {
		if s, ok := d.(*ast.StreamDecl); ok && s.Name.Name == "completion__" {
			fs := flowsOf(s)
			if len(fs) == 0 {
				return nil, flow{}
			}
			return p.typeAt(fs[0], len(fs[0].Stages)), fs[0]
		}
	}
	return nil, flow{}
}

// armText is the arm of a route up to an offset as a pipeline.
func (c *cursor) armText(end int) string {
	source, from := c.before[c.headAt+3], end
	for i := len(c.before) - 1; i > c.headAt; i-- {
		t := c.before[i]
		if t.text == "when" || t.text == "otherwise" || t.text == "{" {
			break
		}
		if t.text == "|>" && t.start < end {
			from = t.start
		}
	}
	return "from " + source.text + "\n  " + c.part.File.Text[from:end]
}

// pipeline is the stretch from the source of the pipeline at the cursor to the pipe of
// its stage; -1 where there is none.
func (c *cursor) pipeline() (start, end int) {
	end = c.stageStart()
	depth := 0
	for i := len(c.before) - 1; i >= 0; i-- {
		t := c.before[i]
		if t.start >= end {
			continue
		}
		switch {
		case t.kind == syntax.Op && (t.text == ")" || t.text == "]" || t.text == "}"):
			depth++
		case t.kind == syntax.Op && (t.text == "(" || t.text == "[" || t.text == "{"):
			depth = max(0, depth-1)
		case t.text == "from" && depth == 0 && i+1 < len(c.before):
			return t.start, end
		}
	}
	return -1, 0
}
