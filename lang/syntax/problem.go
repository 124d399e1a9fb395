package syntax

import (
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/pattern"
	"github.com/edynamic/edynamic/lang/source"
)

// problem is the mistake behind a parse error in a declaration: the parser's own, or
// what participle says in words for people.
func (r *reader) problem(err error, tokens []lexer.Token) *syntaxError {
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
	return r.unexpected(err, at, tokens)
}

// unexpected words a mistake that participle found.
func (r *reader) unexpected(err error, at source.Span, tokens []lexer.Token) *syntaxError {
	t := tokens[tokenAt(tokens, at.Start)]
	e := &syntaxError{code: CodeUnexpected, at: at}
	word := declared(tokens)
	wanted := expectation(err)
	e.here, e.colon = slices.Equal(wanted, []string{`"}"`}), slices.Equal(wanted, []string{`":"`})
	if e.here {
		wanted = append(slices.Clone(blockMembers[word]), wanted...)
	}
	switch {
	case (is(&t, Ident) && !declarationWords[t.Value] || isWord(&t, "from")) && at.Start == tokens[wordIndex(tokens)].Pos.Offset:
		return r.noDeclaration(t, tokens)
	case word == "topic" && len(wanted) == 0 && is(&t, Ident) && at.Start == tokens[min(wordIndex(tokens)+2, len(tokens)-1)].Pos.Offset:
		wanted = []string{`":"`, `"from"`, `"{"`}
		e.fix = e.inserting(tokens, at.Start, ":")
	case slices.Equal(wanted, []string{`"="`}) && is(&t, Reserved) && t.Value == "from":
		e.fix = e.inserting(tokens, at.Start, " =")
		e.missing = "="
	case r.declarationHabit(e, word, wanted, tokens):
		return e
	case len(wanted) == 0 && t.EOF():
		e.msg = "something is missing where the text ends"
		return e
	case len(wanted) == 0:
		e.msg = quoteText(t.Value) + " is not expected here"
		e.text = "the " + word + " could end before this"
		return e
	case wanted[0] == "a name" && is(&t, Reserved):
		return r.g.reservedName(&t, "a name here")
	case word == "route" && t.Value == "when" && e.here:
		e.msg = `"when" stands above "otherwise", which takes the rows that are left`
		return e
	}
	e.msg = "expected " + either(wanted) + foundText(&t)
	if near, ok := diag.Closest(t.Value, quotedWords(wanted)); ok && is(&t, Ident) {
		e.text = `did you mean "` + near + `"?`
		e.fix = &diag.Fix{Title: `write "` + near + `"`, Confidence: diag.Apply, Edits: []diag.Edit{{Span: at, Text: near}}}
	}
	return e
}

// inserting is a fix that puts a sign behind the token before an offset.
func (e *syntaxError) inserting(tokens []lexer.Token, offset int, sign string) *diag.Fix {
	before := tokens[max(0, tokenAt(tokens, offset)-1)].Pos.Line
	return &diag.Fix{Title: `write "` + strings.TrimSpace(sign) + `"`, Confidence: diag.Apply,
		Edits: []diag.Edit{{Span: source.Span{File: e.at.File, Start: before, End: before}, Text: sign}}}
}

// quotedWords are the words of the language among what was expected.
func quotedWords(wanted []string) []string {
	var out []string
	for _, w := range wanted {
		if strings.HasPrefix(w, `"`) && len(w) > 3 {
			out = append(out, strings.Trim(w, `"`))
		}
	}
	return out
}

// noDeclaration is E0119: the first word of what should be a declaration.
func (r *reader) noDeclaration(t lexer.Token, tokens []lexer.Token) *syntaxError {
	i := wordIndex(tokens)
	if strings.EqualFold(t.Value, "select") {
		return r.g.sql(peeking(tokens[i:]))
	}
	if e := r.createAs(tokens[i:]); e != nil {
		return e
	}
	if t.Value == "from" {
		return r.nameless(t)
	}
	e := &syntaxError{code: CodeDeclaration, at: r.span(t), msg: quoteText(t.Value) + " declares nothing"}
	e.note = "a declaration starts with " + either(declarationNames)
	if i+2 < len(tokens) && tokens[i+1].Value == "=" && isFrom(tokens, i+2) {
		at := source.Span{File: r.file, Start: t.Pos.Offset, End: t.Pos.Offset}
		e.note = ""
		e.fix = &diag.Fix{Title: `write "stream"`, Preview: "stream " + t.Value + " = from ...", Confidence: diag.Apply, Edits: []diag.Edit{{Span: at, Text: "stream "}}}
	}
	return e
}

// nameless is a pipeline that no declaration names.
func (r *reader) nameless(t lexer.Token) *syntaxError {
	at := source.Span{File: r.file, Start: t.Pos.Offset, End: t.Pos.Offset}
	return &syntaxError{code: CodeDeclaration, at: r.span(t), msg: "a pipeline stands in a declaration that names it",
		fix: &diag.Fix{Title: "name it", Preview: "stream result = from ...", Confidence: diag.Apply, Edits: []diag.Edit{{Span: at, Text: "stream result = "}}}}
}

// diagnostic is the mistake as it is shown.
func (e *syntaxError) diagnostic() *diag.Diagnostic {
	d := &diag.Diagnostic{Code: e.code, Message: e.msg, Labels: []diag.Label{{Span: e.at, Text: e.text}}}
	if e.also != nil {
		d.Label(*e.also, "")
	}
	if e.note != "" {
		d.Note(e.note)
	}
	if e.fix != nil {
		d.Fixes = append(d.Fixes, *e.fix)
	}
	return d
}

// blockMembers is what the members of a declaration's block begin with.
var blockMembers = map[string][]string{
	"enum": {"a name"}, "topic": {"a setting"}, "source": {"a setting"}, "sink": {"a setting"}, "stream": {"a setting"},
	"table": {"a setting"}, "param": {"a setting"}, "fn": {"a setting"},
	"view": {`"state"`, `"on"`}, "command": {`"require"`, `"emit"`}, "route": {`"when"`, `"otherwise"`},
	"schedule": {`"emit"`, `"snapshot"`, `"run"`}, "policy": {`"mask"`, `"rows"`},
	"test": {`"given"`, `"expect"`, `"set"`, `"advance"`, `"send"`, `"reject"`},
}

const declarationWanted = "a declaration"

// readable names the parts of the grammar.
var readable = map[string]string{
	"ast.Ident": "a name", "ast.Path": "a name", "ast.StringLit": "a text in quotes", "ast.IntLit": "a whole number",
	"ast.RecordType": `"{"`, "ast.ListExpr": "rows in [ ]", "ast.RelRef": "a topic or stream",
	"ast.Pipeline": `a pipeline, which starts with "from"`, "syntax.fieldName": "a name", "syntax.params": `"("`,
	"syntax.callArgs": `"("`, "syntax.names": `"{"`,
	"Expr": "an expression", "Type": "a type", "Stage": "a stage", "SettingsG": `"{"`, "StreamTypeG": `"append" or "changes"`,
	"TestRowsG": `rows in [ ] or csv """..."""`, "TargetG": "a topic or a file name", "PrincipalG": `"role", "service" or "user"`,
	"DeclBodyG": declarationWanted, `"first"`: `"first match"`, `"all"`: `"all matches"`,
}

// pieces cuts the grammar in participle's messages.
var pieces = pattern.Of(`Leaf\[\*?(?:[\w./-]*/)?([\w.]+)\]|"[^"]*"|\(\?=|\w+|[()|?*+!]`)

// expectation is what could have stood where participle stopped: the parts of the
// grammar that can come first in what it expected.
func expectation(err error) []string {
	_, text, ok := strings.Cut(err.Error(), "(expected ")
	if !ok {
		return nil
	}
	f := &firsts{pieces: pieces().FindAllStringSubmatch(strings.TrimSuffix(text, ")"), -1)}
	f.sequence(true)
	return f.out
}

// firsts reads grammar as participle prints it and collects what can come first.
type firsts struct {
	pieces [][]string
	at     int
	out    []string
}

// sequence reads alternatives up to a closing parenthesis; it reports whether any of
// them may be empty. Only the first part counts, and those behind optional ones.
func (f *firsts) sequence(counts bool) bool {
	first, empty := counts, false
	for f.at < len(f.pieces) && f.pieces[f.at][0] != ")" {
		if f.pieces[f.at][0] == "|" {
			f.at++
			empty, first = empty || first, counts
			continue
		}
		skippable := f.part(first)
		for f.at < len(f.pieces) && strings.Contains("?*", f.pieces[f.at][0]) {
			skippable = true
			f.at++
		}
		for f.at < len(f.pieces) && strings.Contains("+!", f.pieces[f.at][0]) {
			f.at++
		}
		first = first && skippable
	}
	return empty || first
}

// part reads a word, a name or a group; it reports whether that may be empty.
func (f *firsts) part(counts bool) bool {
	p := f.pieces[f.at]
	f.at++
	switch {
	case p[0] == "(?=": // only looks
		f.sequence(false)
		f.at++
		return true
	case p[0] == "(":
		empty := f.sequence(counts)
		f.at++
		return empty
	}
	what := p[0]
	if p[1] != "" {
		what = p[1]
	}
	if say := readable[what]; say != "" {
		what = say
	}
	if counts && !slices.Contains(f.out, what) && !strings.HasSuffix(what, "G") {
		f.out = append(f.out, what)
	}
	return false
}

// either lists alternatives: a, b or c.
func either(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}
