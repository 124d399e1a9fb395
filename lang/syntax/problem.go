package syntax

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// problem is the mistake behind a parse error: the parser's own, or what participle
// says in words for people.
func (r *reader) problem(err error) *syntaxError {
	own, ok := err.(*syntaxError)
	if ok && own.code != CodeUnexpected {
		return own
	}
	at := source.Span{File: r.file}
	if p, has := err.(interface{ Position() lexer.Position }); has {
		at.Start, at.End = p.Position().Offset, p.Position().Line
	}
	if far := r.g.far; far != nil && far.at.Start >= at.Start {
		return far
	}
	if ok {
		return own
	}
	text := at.Text()
	out := &syntaxError{code: CodeUnexpected, at: at, msg: quoteText(text) + " is not expected here"}
	if text == "" {
		out.msg = "something is missing where the text ends"
	}
	if want := expectation(err); want != "" {
		out.text = "expected " + want
		out.here, out.colon = want == `"}"`, want == `":"`
	}
	return out
}

// diagnostic is the mistake as it is shown.
func (e *syntaxError) diagnostic() *diag.Diagnostic {
	d := &diag.Diagnostic{Code: e.code, Message: e.msg, Labels: []diag.Label{{Span: e.at, Text: e.text}}}
	if e.note != "" {
		d.Note(e.note)
	}
	if e.fix != nil {
		d.Fixes = append(d.Fixes, *e.fix)
	}
	return d
}

// expectation words what participle expected, "" when that says nothing to a reader.
func expectation(err error) string {
	text := err.Error()
	i := strings.Index(text, "(expected ")
	if i < 0 {
		return ""
	}
	want := strings.TrimSuffix(text[i+len("(expected "):], ")")
	if first, _, cut := strings.Cut(want, " "); cut {
		want = first
	}
	if strings.HasPrefix(want, `"`) {
		return want
	}
	return readable[strings.Trim(want, "<>")]
}

// readable names the leaves of the grammar.
var readable = map[string]string{
	"Ident": "a name", "fieldName": "a name", "Path": "a name", "StringLit": "a text in quotes", "Expr": "an expression",
	"Type": "a type", "stage": "a stage", "pipelineBody": `a pipeline, which starts with "from"`, "RelRef": "a topic or stream",
	"ident": "a name", "string": "a text in quotes",
}
