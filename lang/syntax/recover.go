package syntax

import (
	"strings"
	"unicode"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

var declarationWords = map[string]bool{
	"schema": true, "enum": true, "topic": true, "source": true, "sink": true, "stream": true, "table": true, "view": true,
	"command": true, "route": true, "fn": true, "pipe": true, "const": true, "param": true, "secret": true, "schedule": true,
	"policy": true, "grant": true, "deny": true, "test": true, "module": true, "import": true,
}

func declarationNames() []string {
	var names []string
	for name := range declarationWords {
		names = append(names, name)
	}
	return names
}

// lexical lexes the file, reports what the lexer marked, and mends the signs of other
// languages.
func (r *reader) lexical() {
	for _, t := range Lex(r.file) {
		lt := r.g.lexerToken(t)
		at := r.span(lt)
		switch {
		case t.Kind == Comment:
			r.comment(t, at)
			continue
		case t.Broken:
			r.broken(t, at)
		case t.Kind == Illegal:
			r.illegal(lt.Value, at)
			if !unicode.IsLetter(rune(lt.Value[0])) && (lt.Value[0] < '0' || lt.Value[0] > '9') {
				continue
			}
			lt.Type = typeOf(Ident)
		case t.Kind == Op:
			if !r.foreignSign(&lt, at) {
				continue
			}
		}
		r.tokens = append(r.tokens, lt)
	}
}

func (r *reader) report(code diag.Code, at source.Span, message, text string) *diag.Diagnostic {
	d := &diag.Diagnostic{Code: code, Message: message, Labels: []diag.Label{{Span: at, Text: text}}}
	r.add(d)
	return d
}

func (r *reader) comment(t Token, at source.Span) {
	text := at.Text()
	switch {
	case t.Broken:
		r.report(CodeUnterminated, source.Span{File: r.file, Start: at.Start, End: at.Start + 2}, "this comment never ends", "").
			Fix(diag.Maybe, "end it", "*/")
	case strings.HasPrefix(text, "--"):
		start := source.Span{File: r.file, Start: at.Start, End: at.Start + 2}
		r.report(CodeComment, start, "a comment starts with //", "").Fix(diag.Apply, `write "//"`, "", diag.Edit{Span: start, Text: "//"})
	case strings.HasPrefix(text, "#"):
		start := source.Span{File: r.file, Start: at.Start, End: at.Start + 1}
		r.report(CodeComment, start, "a comment starts with //", "").Fix(diag.Apply, `write "//"`, "", diag.Edit{Span: start, Text: "//"})
	}
}

func (r *reader) broken(t Token, at source.Span) {
	what := t.Kind.String()
	closing := `"`
	switch t.Kind {
	case Text:
		closing = `"""`
	case Ident:
		what, closing = "quoted name", "`"
	case Temporal:
		closing = "]"
	case String, FString, Raw:
		closing = strings.TrimLeft(at.Text(), "fr")[:1]
	}
	start := at
	start.End = min(at.End, at.Start+max(1, len(closing)))
	end := source.Span{File: r.file, Start: at.End, End: at.End}
	r.report(CodeUnterminated, start, "this "+what+" never ends", "").
		Fix(diag.Maybe, "end it", closing, diag.Edit{Span: end, Text: closing})
}

func (r *reader) illegal(text string, at source.Span) {
	if text[0] >= '0' && text[0] <= '9' {
		r.report(CodeLiteral, at, `"`+text+`" is neither a number nor a duration`, "").
			Note("durations: 250ms  10s  5m  1h30m  1d  2w  1mo  1y    sizes: 16MiB")
		return
	}
	d := r.report(CodeLiteral, at, `"`+text+`" means nothing here`, "")
	if text == "“" || text == "”" {
		d.Fix(diag.Maybe, "a straight quote", `"`, diag.Edit{Span: at, Text: `"`})
	}
}

// foreignSign mends |, ||, &&, <> and ;. It reports whether the token stays.
func (r *reader) foreignSign(t *lexer.Token, at source.Span) bool {
	mend := func(code diag.Code, message, to string, edit string) {
		r.report(code, at, message, "").Fix(diag.Apply, `write "`+strings.TrimSpace(to)+`"`, "", diag.Edit{Span: at, Text: edit})
		t.Value = to
	}
	switch t.Value {
	case "|":
		mend(CodePipe, "the pipe is written |>", "|>", "|>")
	case "||":
		mend(CodeLogic, `"||" is written "or"`, "or", "or")
		t.Type = typeOf(Reserved)
	case "&&":
		mend(CodeLogic, `"&&" is written "and"`, "and", "and")
		t.Type = typeOf(Reserved)
	case "<>":
		mend(CodeNotEqual, `"<>" is written "!="`, "!=", "!=")
	case ";":
		r.report(CodeSemicolon, at, "nothing needs a semicolon", "").Fix(diag.Apply, "leave it out", "", diag.Edit{Span: at, Text: ""})
		return false
	}
	return true
}

// chunks cuts the tokens at declarations (SEMANTICS 107) and closes what a chunk
// leaves open. Each chunk ends with an EOF token.
func (r *reader) chunks() [][]lexer.Token {
	var out [][]lexer.Token
	start, depth := 0, 0
	for i, t := range r.tokens {
		switch {
		case isOpen(t):
			depth++
		case isClose(t):
			depth = max(0, depth-1)
		}
		if i > start && r.startsDeclaration(i) && (depth == 0 || r.column1(t)) {
			begin := r.prefixStart(i, start)
			if begin > start {
				out = append(out, r.tokens[start:begin])
				start, depth = begin, 0
			}
		}
	}
	if start < len(r.tokens)-1 {
		out = append(out, r.tokens[start:len(r.tokens)-1])
	}
	for i := range out {
		out[i] = r.closed(out[i])
		r.firstWord(out[i])
	}
	return out
}

func isOpen(t lexer.Token) bool {
	return t.Type == typeOf(Op) && (t.Value == "(" || t.Value == "[" || t.Value == "{")
}

func isClose(t lexer.Token) bool {
	return t.Type == typeOf(Op) && (t.Value == ")" || t.Value == "]" || t.Value == "}")
}

// firstOnLine reports that only white space stands before a token on its line.
func (r *reader) firstOnLine(t lexer.Token) bool {
	before := r.file.Text[:t.Pos.Offset]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return strings.TrimSpace(line) == ""
}

func (r *reader) column1(t lexer.Token) bool {
	return t.Pos.Offset == 0 || r.file.Text[t.Pos.Offset-1] == '\n'
}

// startsDeclaration: a declaration's word, first on its line (after export), with a
// name or text after it on that line.
func (r *reader) startsDeclaration(i int) bool {
	t := r.tokens[i]
	if t.Value == "export" && t.Type == typeOf(Ident) {
		return r.firstOnLine(t) && i+1 < len(r.tokens) && declarationWords[r.tokens[i+1].Value] && r.named(i+1)
	}
	if !r.firstOnLine(t) {
		return false
	}
	if declarationWords[t.Value] && (t.Type == typeOf(Ident) || t.Type == typeOf(Reserved)) {
		return r.named(i)
	}
	// a misspelt word in the first column starts a declaration too
	return t.Type == typeOf(Ident) && r.column1(t) && r.named(i) && nearDeclaration(t.Value) != ""
}

// named reports that a name or text follows on the same line.
func (r *reader) named(i int) bool {
	if i+1 >= len(r.tokens) {
		return false
	}
	next := r.tokens[i+1]
	if next.Type != typeOf(Ident) && next.Type != typeOf(String) && next.Type != typeOf(Reserved) {
		return false
	}
	return !strings.Contains(r.file.Text[r.tokens[i].Pos.Line:next.Pos.Offset], "\n")
}

func nearDeclaration(word string) string {
	near, ok := diag.Closest(strings.ToLower(word), declarationNames())
	if !ok {
		return ""
	}
	return near
}

// prefixStart walks back over doc comments and annotations before a declaration.
func (r *reader) prefixStart(i, limit int) int {
	for i > limit {
		t := r.tokens[i-1]
		switch {
		case t.Type == typeOf(Doc), t.Type == typeOf(Annot) && r.firstOnLine(t):
			i--
		default:
			return i
		}
	}
	return i
}

// closed checks the brackets of a chunk: strays are taken out, missing ones put in at
// its end, so that the rest can be read.
func (r *reader) closed(tokens []lexer.Token) []lexer.Token {
	if n := len(tokens); n > 0 && tokens[n-1].EOF() {
		tokens = tokens[:n-1]
	}
	var open []lexer.Token
	out := make([]lexer.Token, 0, len(tokens)+4)
	for _, t := range tokens {
		if isOpen(t) {
			open = append(open, t)
		}
		if isClose(t) {
			n := len(open)
			if n == 0 || closing[open[n-1].Value] != t.Value {
				if !r.mismatch(open, t) {
					continue
				}
				for len(open) > 0 && closing[open[len(open)-1].Value] != t.Value {
					out = append(out, r.synthetic(closing[open[len(open)-1].Value], t.Pos.Offset))
					r.unclosed(open[len(open)-1], t, false)
					open = open[:len(open)-1]
				}
			}
			open = open[:len(open)-1]
		}
		out = append(out, t)
	}
	end := 0
	if len(tokens) > 0 {
		end = tokens[len(tokens)-1].Pos.Line
	}
	for i := len(open) - 1; i >= 0; i-- {
		next, hasNext := r.tokenAfter(end)
		r.unclosed(open[i], next, hasNext)
		out = append(out, r.synthetic(closing[open[i].Value], end))
	}
	return append(out, lexer.Token{Type: lexer.EOF, Pos: lexer.Position{Offset: end, Line: end}})
}

var closing = map[string]string{"(": ")", "[": "]", "{": "}"}

func (r *reader) synthetic(value string, at int) lexer.Token {
	return lexer.Token{Type: typeOf(Op), Value: value, Pos: lexer.Position{Offset: at, Line: at}}
}

// mismatch handles a closing bracket that does not close the innermost one: true when
// it closes an outer one, else it is reported as stray.
func (r *reader) mismatch(open []lexer.Token, t lexer.Token) bool {
	for _, o := range open {
		if closing[o.Value] == t.Value {
			return true
		}
	}
	at := r.span(t)
	r.report(CodeStrayBracket, at, `this "`+t.Value+`" closes nothing`, "").Fix(diag.Maybe, "leave it out", "", diag.Edit{Span: at, Text: ""})
	return false
}

func (r *reader) tokenAfter(offset int) (lexer.Token, bool) {
	for _, t := range r.tokens {
		if t.Pos.Offset >= offset && !t.EOF() {
			return t, true
		}
	}
	return lexer.Token{}, false
}

// unclosed is E0102: the bracket, and what shows that it should have ended.
func (r *reader) unclosed(open, next lexer.Token, declares bool) {
	d := r.report(CodeUnclosed, r.span(open), `this "`+open.Value+`" is never closed`, "opened here")
	if declares {
		d.Label(r.span(next), "a new declaration starts here, so it must have ended before this")
	}
	if !declares && next.Value != "" {
		d.Label(r.span(next), "this closes something further out")
	}
	if declares || next.Value == "" {
		at := r.insertionPoint(next, declares)
		d.Fix(diag.Apply, `add "`+closing[open.Value]+`"`, "", diag.Edit{Span: at, Text: "\n" + closing[open.Value]})
	}
}

// insertionPoint is the end of the last token before another.
func (r *reader) insertionPoint(next lexer.Token, known bool) source.Span {
	end := 0
	for _, t := range r.tokens {
		if t.EOF() || known && t.Pos.Offset >= next.Pos.Offset {
			break
		}
		end = t.Pos.Line
	}
	return source.Span{File: r.file, Start: end, End: end}
}

// firstWord mends a misspelt declaration word.
func (r *reader) firstWord(tokens []lexer.Token) {
	for i, t := range tokens {
		switch {
		case t.EOF():
			return
		case t.Type == typeOf(Doc), t.Type == typeOf(Annot), t.Value == "export":
			continue
		case declarationWords[t.Value], t.Type != typeOf(Ident):
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
		return
	}
}

// memberWords start a member of a block.
var memberWords = map[string]bool{
	"define": true, "when": true, "otherwise": true, "on": true, "state": true, "require": true, "given": true, "expect": true,
	"set": true, "advance": true, "send": true, "reject": true, "emit": true, "mask": true, "rows": true, "snapshot": true,
	"run": true, "pattern": true,
}

// without replaces the innermost stage or member around an offset by one bad token;
// nil when there is none left to replace.
func (r *reader) without(tokens []lexer.Token, offset int) []lexer.Token {
	at := len(tokens) - 2
	for i, t := range tokens {
		if t.Pos.Offset >= offset && (t.Pos.Offset > offset || t.Pos.Line > offset || t.EOF()) {
			at = i
			break
		}
	}
	// what is missing is missing from the piece before
	for at > 0 && (tokens[at].EOF() || isPipe(tokens[at]) || tokens[at].Value == "->" && tokens[at].Type == typeOf(Op) || isClose(tokens[at]) || at > 1 && r.memberStart(tokens, at) && !isBad(tokens[at-1])) {
		at--
	}
	if at < 0 {
		return nil
	}
	return r.cutPiece(tokens, at)
}

func isPipe(t lexer.Token) bool { return t.Type == typeOf(Op) && t.Value == "|>" }

func isBad(t lexer.Token) bool { return t.Type == bad }

// memberStart reports a token that begins a member: `name:`, or a member's word, first
// on its line or after the opening brace.
func (r *reader) memberStart(tokens []lexer.Token, i int) bool {
	t := tokens[i]
	if t.Type != typeOf(Ident) && t.Type != typeOf(Reserved) || i+1 >= len(tokens) {
		return false
	}
	if !r.firstOnLine(t) && !(i > 0 && tokens[i-1].Value == "{") {
		return false
	}
	return memberWords[t.Value] || tokens[i+1].Type == typeOf(Op) && tokens[i+1].Value == ":"
}

// cutPiece finds the piece around token at, looking outwards.
func (r *reader) cutPiece(tokens []lexer.Token, at int) []lexer.Token {
	depth := 0
	for i := at; i >= 0; i-- {
		t := tokens[i]
		switch {
		case isClose(t) && i < at:
			depth++
		case isOpen(t) && depth > 0:
			depth--
		case isPipe(t) && depth == 0:
			if end := r.pieceEnd(tokens, i+1, false); end > i+1 && !(end == i+2 && isBad(tokens[i+1])) {
				return r.replace(tokens, i+1, end)
			}
		case t.Value == "{" && t.Type == typeOf(Op) && i > 0 && depth == 0 && i < at:
			if out := r.cutMember(tokens, i+1, at); out != nil {
				return out
			}
		case t.Value == "=" && depth == 0 && i+1 <= at && r.streamHead(tokens, i):
			if end := r.pieceEnd(tokens, i+1, false); end > i+1 && !isBad(tokens[i+1]) {
				return r.replace(tokens, i+1, end)
			}
		}
	}
	return nil
}

// streamHead reports the "=" of a stream, before whose pipeline nothing else stands.
func (r *reader) streamHead(tokens []lexer.Token, i int) bool {
	for j := range i {
		if tokens[j].Value == "stream" || tokens[j].Value == "table" {
			return true
		}
	}
	return false
}

// pieceEnd is where a stage ends: before the next pipe, arrow or member at its own
// depth, or the bracket around it.
func (r *reader) pieceEnd(tokens []lexer.Token, from int, member bool) int {
	depth := 0
	for i := from; i < len(tokens); i++ {
		t := tokens[i]
		switch {
		case t.EOF():
			return i
		case isOpen(t):
			depth++
		case isClose(t):
			if depth == 0 {
				return i
			}
			depth--
		case depth == 0 && !member && (isPipe(t) || t.Type == typeOf(Op) && t.Value == "->" && !r.elseArrow(tokens, i)):
			return i
		case depth == 0 && i > from && r.memberStart(tokens, i) && (member || tokens[i].Value == "when" || tokens[i].Value == "otherwise"):
			return i
		}
	}
	return len(tokens) - 1
}

// elseArrow reports the arrow of `else -> target`.
func (r *reader) elseArrow(tokens []lexer.Token, i int) bool {
	return i > 0 && tokens[i-1].Value == "else"
}

// cutMember replaces the member of a block that holds token at.
func (r *reader) cutMember(tokens []lexer.Token, first, at int) []lexer.Token {
	start := first
	depth := 0
	for i := first; i <= at; i++ {
		switch {
		case depth == 0 && i > first && r.memberStart(tokens, i):
			start = i
		case isOpen(tokens[i]):
			depth++
		case isClose(tokens[i]):
			depth--
		}
	}
	if !r.memberStart(tokens, start) && tokens[start].Type != typeOf(Doc) {
		// a list or record in an expression is no block
		if !r.blockOpen(tokens, first-1) {
			return nil
		}
	}
	end := r.pieceEnd(tokens, start, true)
	if end <= start || end == start+1 && isBad(tokens[start]) {
		return nil
	}
	return r.replace(tokens, start, end)
}

// blockOpen reports a brace that opens a block of members, not a record.
func (r *reader) blockOpen(tokens []lexer.Token, brace int) bool {
	if brace < 1 {
		return false
	}
	for i := brace + 1; i < len(tokens); i++ {
		if r.memberStart(tokens, i) {
			return true
		}
		if isClose(tokens[i]) {
			return false
		}
	}
	return false
}

// replace puts one bad token in place of tokens[from:to].
func (r *reader) replace(tokens []lexer.Token, from, to int) []lexer.Token {
	out := append([]lexer.Token(nil), tokens[:from]...)
	out = append(out, lexer.Token{Type: bad, Value: "?", Pos: lexer.Position{Offset: tokens[from].Pos.Offset, Line: tokens[to-1].Pos.Line}})
	return append(out, tokens[to:]...)
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
