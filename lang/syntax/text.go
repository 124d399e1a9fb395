package syntax

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// textValue resolves a text literal's escapes (SEMANTICS 100).
func (p *parser) textValue(t *lexer.Token) string {
	v := t.Value
	switch {
	case is(t, Raw):
		return strings.TrimSuffix(v[2:], v[1:2])
	case is(t, Text):
		body := strings.TrimSuffix(strings.TrimPrefix(v, `"""`), `"""`)
		return p.unescape(dedent(body), t.Pos.Offset+3, false)
	}
	quote := v[:1]
	body := v[1:]
	if len(body) > 0 && strings.HasSuffix(body, quote) {
		body = body[:len(body)-1]
	}
	return p.unescape(body, t.Pos.Offset+1, true)
}

// dedent strips the indentation that all lines of a block share, the line of the
// opening quotes and the last line break.
func dedent(body string) string {
	body = strings.ReplaceAll(body, "\r\n", "\n")
	if i := strings.IndexByte(body, '\n'); i >= 0 && strings.TrimSpace(body[:i]) == "" {
		body = body[i+1:]
	}
	lines := strings.Split(body, "\n")
	indent := -1
	for i, line := range lines {
		if strings.TrimSpace(line) == "" && i < len(lines)-1 {
			continue
		}
		n := len(line) - len(strings.TrimLeft(line, " \t"))
		if strings.TrimSpace(line) == "" && i == len(lines)-1 {
			continue
		}
		if indent < 0 || n < indent {
			indent = n
		}
	}
	for i, line := range lines {
		lines[i] = line[min(max(indent, 0), len(line)):]
		if strings.TrimSpace(line) == "" {
			lines[i] = ""
		}
	}
	if n := len(lines); n > 1 && lines[n-1] == "" {
		lines = lines[:n-1]
	}
	return strings.Join(lines, "\n")
}

var escapes = map[byte]string{'n': "\n", 't': "\t", 'r': "\r", '\\': "\\", '"': "\"", '\'': "'", '{': "{", '}': "}"}

// unescape replaces escapes; at is where the text stands, for messages, exact only
// for texts on one line.
func (p *parser) unescape(s string, at int, exact bool) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			b.WriteByte(s[i])
			continue
		}
		if text, ok := escapes[s[i+1]]; ok {
			b.WriteString(text)
			i++
			continue
		}
		if r, n := unicodeEscape(s[i:]); n > 0 {
			b.WriteRune(r)
			i += n - 1
			continue
		}
		p.badEscape(s, i, at, exact)
		b.WriteByte(s[i])
	}
	return b.String()
}

// unicodeEscape reads \u{1F600}; n is 0 where there is none.
func unicodeEscape(s string) (r rune, n int) {
	if !strings.HasPrefix(s, `\u{`) {
		return 0, 0
	}
	end := strings.IndexByte(s, '}')
	if end < 0 {
		return 0, 0
	}
	v, err := strconv.ParseUint(s[3:end], 16, 32)
	if err != nil || !utf8.ValidRune(rune(v)) {
		return 0, 0
	}
	return rune(v), end + 1
}

func (p *parser) badEscape(s string, i, at int, exact bool) {
	_, size := utf8.DecodeRuneInString(s[i+1:])
	text := s[i : i+1+size]
	says := `"` + text + `" is not an escape`
	if end := strings.IndexByte(s[i:], '}'); strings.HasPrefix(s[i:], `\u{`) && end > 0 {
		text = s[i : i+end+1]
		says = `"` + text + `" is no character`
	}
	span := source.Span{File: p.file, Start: at + i, End: at + i + len(text)}
	if !exact {
		span = source.Span{File: p.file, Start: at - 3, End: at}
	}
	d := p.near(CodeEscape, span, says, "")
	d.Note(`escapes are \n \t \r \\ \" \' \{ \u{1F600}; in r"..." there are none`)
	if exact {
		d.Fix(diag.Maybe, "a backslash as it is", `\`+text, diag.Edit{Span: source.Span{File: p.file, Start: span.Start, End: span.Start}, Text: `\`})
	}
}

// fstring cuts f"a {x} b" into texts and expressions. Expressions are parsed from
// tokens of their own, lexed in place so that their spans are right.
func (p *parser) fstring(lex *lexer.PeekingLexer) (ast.Expr, error) {
	t := lex.Next()
	out := &ast.FString{At: ast.At{Span: p.span(t)}}
	start, end := t.Pos.Offset+2, t.Pos.Line-1
	text := p.file.Text
	from := start
	for i := start; i < end; i++ {
		switch text[i] {
		case '\\':
			i++
		case '{':
			out.Texts = append(out.Texts, p.unescape(text[from:i], from, true))
			hole := &scanner{text: text, at: i}
			if !hole.hole() {
				return nil, p.expected(lex, `"}"`)
			}
			close := hole.at
			x, err := p.sub(i+1, close-1)
			if err != nil {
				return nil, err
			}
			out.Exprs = append(out.Exprs, x)
			i, from = close-1, close
		}
	}
	out.Texts = append(out.Texts, p.unescape(text[from:max(from, end)], from, true))
	return out, nil
}

// sub parses the expression between two offsets.
func (p *parser) sub(from, to int) (ast.Expr, error) {
	sc := &scanner{text: p.file.Text[:to], at: from}
	for sc.space(); sc.at < to; sc.space() {
		sc.token()
	}
	lex := p.feed(sc.tokens)
	if lex.Peek().EOF() {
		at := source.Span{File: p.file, Start: from - 1, End: to + 1}
		return nil, p.fail(&syntaxError{code: CodeUnexpected, at: at, msg: "the braces hold no expression"})
	}
	x, err := p.mustExpr(lex)
	if err == nil && !lex.Peek().EOF() {
		err = p.expected(lex, `"}"`)
	}
	return x, err
}
