package syntax

import (
	"slices"
	"strings"

	"github.com/edynamic/edynamic/lang/source"
)

// blanks at the end of a comment are not kept; one that never ends has line ends too.
const blanks = " \t\r\n"

// remark is a comment or doc comment as the formatter carries it about.
type remark struct {
	text       string
	start, end int
	blank      bool // a blank line stands above it
	line       bool // runs to the end of its line
}

// lexeme is a token with the trivia around it: the comments above it, those after it
// on its line, and how it was set.
type lexeme struct {
	Token
	text         string
	lead, trail  []remark
	fresh, blank bool // first on its line; a blank line stands above it
	first        bool // in the first column
}

// lexemes attaches every comment to a token: to the one before it on the same line,
// else to the next. The last lexeme is EOF.
func lexemes(f *source.File) []lexeme {
	var out []lexeme
	var lead []remark
	end := 0
	for _, t := range Lex(f) {
		between := f.Text[end:t.Start]
		fresh := len(out) == 0 && len(lead) == 0 || strings.Contains(between, "\n")
		blank := strings.Count(between, "\n") > 1
		end = t.End
		if t.Kind != Comment && t.Kind != Doc {
			// after a comment on its line a token is still the first of the line
			out = append(out, lexeme{
				Token: t, text: f.Text[t.Start:t.End], lead: lead, fresh: fresh || len(lead) > 0, blank: blank,
				first: t.Start == 0 || f.Text[t.Start-1] == '\n',
			})
			lead = nil
			continue
		}
		text := strings.TrimRight(f.Text[t.Start:t.End], blanks)
		r := remark{text: text, start: t.Start, end: t.End, blank: blank, line: !strings.HasPrefix(text, "/*")}
		if !fresh && len(lead) == 0 && len(out) > 0 {
			last := &out[len(out)-1]
			last.trail = append(last.trail, r)
			continue
		}
		lead = append(lead, r)
	}
	return out
}

// settleCommas moves the comments between a token and a comma behind the comma, so
// that the comma stays with what it ends: `a // one` and `, b` become `a, // one`
// and `b`.
func settleCommas(toks []lexeme) {
	for i := 1; i+1 < len(toks); i++ {
		before, comma, next := &toks[i-1], &toks[i], &toks[i+1]
		if comma.text != "," {
			continue
		}
		if n := len(before.trail); len(comma.lead) > 0 || n > 0 && before.trail[n-1].line {
			next.lead = slices.Concat(comma.lead, comma.trail, next.lead)
			comma.lead, comma.trail = nil, nil
		}
		comma.trail = slices.Concat(before.trail, comma.trail)
		before.trail = nil
	}
}

// above is the comments above a token, each on a line of its own.
func above(rs []remark, keepBlank bool) fmtConcat {
	var docs fmtConcat
	for _, r := range rs {
		docs = append(docs, fmtComment{text: r.text, own: true, blank: keepBlank && r.blank})
	}
	return docs
}

// beside is the comments after a token on its line.
func beside(rs []remark) fmtConcat {
	var docs fmtConcat
	for _, r := range rs {
		if r.line || strings.Contains(r.text, "\n") {
			docs = append(docs, fmtComment{text: r.text})
		} else {
			docs = append(docs, fmtText(" "+r.text))
		}
	}
	return docs
}

// canonical is a token's text as the formatter writes it: texts in double quotes.
func canonical(t lexeme) string {
	if t.Broken || len(t.text) < 2 {
		return t.text
	}
	switch t.Kind {
	case String:
		if t.text[0] == '\'' {
			return `"` + requote(t.text[1:len(t.text)-1]) + `"`
		}
	case FString:
		if t.text[1] == '\'' {
			return `f"` + requoteAround(t.text[2:len(t.text)-1]) + `"`
		}
	case Raw:
		if body := t.text[2 : len(t.text)-1]; t.text[1] == '\'' && !strings.Contains(body, `"`) {
			return `r"` + body + `"`
		}
	case EOF, Doc, Comment, Temporal, Annot, Duration, Size, Float, Decimal, Int, Text, Ident, Reserved, Op, Illegal:
	}
	return t.text
}

// requote turns the inside of '...' into that of "...".
func requote(body string) string {
	var b strings.Builder
	for i := 0; i < len(body); i++ {
		switch {
		case body[i] == '\\' && i+1 < len(body):
			i++
			if body[i] != '\'' {
				b.WriteByte('\\')
			}
			b.WriteByte(body[i])
		case body[i] == '"':
			b.WriteString(`\"`)
		default:
			b.WriteByte(body[i])
		}
	}
	return b.String()
}

// requoteAround is requote for the text of f'...' outside its {holes}.
func requoteAround(body string) string {
	var b strings.Builder
	start := 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case '{':
			b.WriteString(requote(body[start:i]))
			hole := &scanner{text: body, at: i}
			hole.hole()
			start = max(hole.at, i+1)
			b.WriteString(body[i:start])
			i = start - 1
		}
	}
	b.WriteString(requote(body[start:]))
	return b.String()
}
