package syntax

import (
	"slices"
	"strings"

	"github.com/edynamic/edynamic/lang/source"
)

// layout walks the tokens of one declaration and says how they are set. It reads
// just enough of the grammar for that: it is only asked about text that parses, and
// whatever it does not understand makes it fail, which leaves the text as it is.
//
// Every doc that a method returns covers the tokens it consumed, in order.
type layout struct {
	file   *source.File
	toks   []lexeme
	at     int
	broken []source.Span // what the parser could not read
	typed  []source.Span // stages that are left as typed
	failed bool
	depth  int
}

var (
	space    = fmtText(" ")
	softLine = fmtLine{}
	anyLine  = fmtLine{space: true}
)

// fail gives up: the remaining tokens are skipped so that every loop ends.
func (l *layout) fail() fmtDoc {
	l.failed, l.at = true, len(l.toks)
	return fmtText("")
}

func (l *layout) more() bool { return l.at < len(l.toks) }

// text is the text of the token n ahead, "" where that is none or a literal.
func (l *layout) text(n int) string {
	if l.at+n >= len(l.toks) || !l.kindIs(n, Ident, Reserved, Op) {
		return ""
	}
	return l.toks[l.at+n].text
}

func (l *layout) kindIs(n int, kinds ...Kind) bool {
	return l.at+n < len(l.toks) && slices.Contains(kinds, l.toks[l.at+n].Kind)
}

func (l *layout) is(texts ...string) bool {
	t := l.text(0)
	return t != "" && slices.Contains(texts, t)
}

// name reports a word at n: reserved ones are names in many places.
func (l *layout) name(n int) bool { return l.kindIs(n, Ident, Reserved) }

// tok is the next token with its comments.
func (l *layout) tok() fmtDoc {
	if !l.more() {
		return l.fail()
	}
	t := l.toks[l.at]
	l.at++
	text := fmtText(canonical(t))
	if len(t.lead) == 0 && len(t.trail) == 0 {
		return text
	}
	return slices.Concat(above(t.lead, false), fmtConcat{text}, beside(t.trail))
}

// drop consumes a token that is not written; its comments are.
func (l *layout) drop() fmtDoc {
	t := l.toks[l.at]
	l.at++
	return slices.Concat(above(t.lead, false), beside(t.trail))
}

// expect is tok where only one text may stand.
func (l *layout) expect(text string) fmtDoc {
	if !l.is(text) {
		return l.fail()
	}
	return l.tok()
}

// word is a name and a space before it.
func (l *layout) word() fmtDoc {
	if !l.name(0) {
		return l.fail()
	}
	return fmtConcat{space, l.tok()}
}

// literal is a token of one of these kinds.
func (l *layout) literal(kinds ...Kind) fmtDoc {
	if !l.kindIs(0, kinds...) {
		return l.fail()
	}
	return l.tok()
}

// take is the next tokens in a row, one for each text.
func (l *layout) take(texts ...string) fmtDoc {
	var docs fmtConcat
	for i, text := range texts {
		if i > 0 {
			docs = append(docs, space)
		}
		docs = append(docs, l.expect(text))
	}
	return docs
}

// leading takes the comments off the next token, with the blank lines among them
// and below them. The blank line above them is the caller's.
func (l *layout) leading() fmtConcat {
	t := &l.toks[l.at]
	if len(t.lead) == 0 {
		return nil
	}
	t.lead[0].blank = false
	docs := append(above(t.lead, true), fmtHard{blank: t.blank})
	t.lead = nil
	return docs
}

// blankAbove reports a blank line above the next token and its comments.
func (l *layout) blankAbove() bool {
	if t := l.toks[l.at]; len(t.lead) > 0 {
		return t.lead[0].blank
	}
	return l.toks[l.at].blank
}

// breaksWithin reports a line end between the next token, which opens a bracket, and
// the one that closes it.
func (l *layout) breaksWithin() bool {
	depth := 0
	for i := l.at; i < len(l.toks); i++ {
		if i > l.at && l.toks[i].fresh {
			return true
		}
		if depth += nesting(l.toks[i]); depth == 0 {
			return false
		}
	}
	return false
}

// breaksBetween reports a line end before any of the tokens from one index to another.
func (l *layout) breaksBetween(from, to int) bool {
	return slices.ContainsFunc(l.toks[from:to], func(t lexeme) bool { return t.fresh })
}

// block is { members }: a member a line, or all on the line of the bracket. Commas
// between members are optional and not written.
func (l *layout) block(member func() fmtDoc) fmtDoc {
	broken := l.breaksWithin()
	open := l.expect("{")
	if l.is("}") && len(l.toks[l.at].lead) == 0 {
		return fmtConcat{open, l.tok()}
	}
	inside := fmtConcat{anyLine}
	for i := 0; l.more() && !l.is("}"); i++ {
		switch {
		case i == 0:
		case broken:
			inside = append(inside, fmtHard{blank: l.blankAbove()})
		default:
			inside = append(inside, anyLine)
		}
		inside = append(inside, l.leading())
		before := l.at
		inside = append(inside, member())
		for l.is(",") {
			inside = append(inside, l.drop())
		}
		if l.at == before {
			return l.fail()
		}
	}
	if !l.more() {
		return l.fail()
	}
	inside = append(inside, l.closing())
	return brokenGroup(broken, open, nest(2, inside), anyLine, l.tok())
}

// closing is the comments above a closing bracket, which stand with what is inside.
func (l *layout) closing() fmtConcat {
	t := &l.toks[l.at]
	docs := above(t.lead, true)
	t.lead = nil
	return docs
}

// list is a bracketed list with commas between its items and none at the end. One
// that keepOpen finds opened on a new line stays open.
func (l *layout) list(open, end string, spaced, keepOpen bool, item func() fmtDoc) fmtDoc {
	first := l.expect(open)
	if l.is(end) && len(l.toks[l.at].lead) == 0 {
		return fmtConcat{first, l.tok()}
	}
	broken := keepOpen && l.more() && l.toks[l.at].fresh
	edge := fmtLine{space: spaced}
	inside := fmtConcat{edge}
	for i := 0; l.more() && !l.is(end); i++ {
		if i > 0 {
			inside = append(inside, anyLine)
		}
		inside = append(inside, item())
		switch {
		case l.is(",") && l.text(1) == end:
			inside = append(inside, l.drop())
		case l.is(","):
			inside = append(inside, l.tok())
		case !l.is(end):
			return l.fail()
		}
	}
	if !l.more() {
		return l.fail()
	}
	inside = append(inside, l.closing())
	return brokenGroup(broken, first, nest(2, inside), edge, l.tok())
}

// explained reports whether every place the parser could not read lies in a stage
// that is left as typed.
func (l *layout) explained() bool {
	for _, span := range l.broken {
		if !slices.ContainsFunc(l.typed, func(t source.Span) bool { return touches(t, span) }) {
			return false
		}
	}
	return true
}

// touches reports a common character; an empty span stands for the one before it.
func touches(a, b source.Span) bool {
	start := b.Start
	if start == b.End {
		start--
	}
	return b.Known() && a.Start < b.End && start < a.End
}

// asTyped is the text of the next n tokens, the comments around them set as usual.
func (l *layout) asTyped(n int) fmtDoc {
	first, last := l.toks[l.at], l.toks[l.at+n-1]
	l.at += n
	text := strings.TrimRight(strings.ReplaceAll(l.file.Text[first.Start:last.End], "\r\n", "\n"), "\r")
	return slices.Concat(above(first.lead, false), fmtConcat{fmtText(text)}, beside(last.trail))
}
