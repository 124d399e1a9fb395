package syntax

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/source"
)

// Lex cuts a file into tokens, comments included; the text between them is white
// space. It never fails: what fits nothing is Illegal. The last token is EOF.
func Lex(f *source.File) []Token {
	l := &scanner{text: f.Text, tokens: make([]Token, 0, len(f.Text)/4+8)}
	if strings.HasPrefix(l.text, "\ufeff") {
		l.at = len("\ufeff")
	}
	for l.space(); l.at < len(l.text); l.space() {
		l.token()
	}
	return append(l.tokens, Token{Kind: EOF, Start: len(l.text), End: len(l.text)})
}

// scanner cuts text into tokens.
type scanner struct {
	text   string
	at     int
	tokens []Token
	holes  int // how many {holes} of f-strings are around
}

func (l *scanner) space() {
	for l.at < len(l.text) {
		switch c := l.text[l.at]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			l.at++
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(l.text[l.at:])
			if !unicode.IsSpace(r) {
				return
			}
			l.at += size
		default:
			return
		}
	}
}

func (l *scanner) peek(n int) byte {
	if l.at+n < len(l.text) {
		return l.text[l.at+n]
	}
	return 0
}

// add closes a token that starts at start.
func (l *scanner) add(k Kind, start int) {
	l.tokens = append(l.tokens, Token{Kind: k, Start: start, End: l.at})
}

func (l *scanner) addBroken(k Kind, start int) {
	l.tokens = append(l.tokens, Token{Kind: k, Start: start, End: l.at, Broken: true})
}

func (l *scanner) token() {
	start := l.at
	switch c := l.text[l.at]; {
	case c == '/' && (l.peek(1) == '/' || l.peek(1) == '*'), c == '#', c == '-' && l.peek(1) == '-':
		l.comment(start)
	case c == '@':
		l.annotation(start)
	case isDigit(c):
		l.number(start)
	case c == '"' || c == '\'':
		l.quoted(start, String)
	case (c == 'f' || c == 'r') && (l.peek(1) == '"' || l.peek(1) == '\''):
		l.at++
		if c == 'r' {
			l.raw(start)
		} else {
			l.fstring(start)
		}
	case c == '`':
		l.backQuoted(start)
	case isNameStart(c), c >= utf8.RuneSelf:
		l.name(start)
	default:
		l.op(start)
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isNameStart(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// comment also takes the forms of other languages, `--` and `#`, so that they can be
// explained.
func (l *scanner) comment(start int) {
	if l.text[l.at] == '/' && l.peek(1) == '*' {
		l.blockComment(start)
		return
	}
	l.toLineEnd()
	if text := l.text[start:l.at]; strings.HasPrefix(text, "///") && !strings.HasPrefix(text, "////") {
		l.add(Doc, start)
		return
	}
	l.add(Comment, start)
}

func (l *scanner) toLineEnd() {
	if i := strings.IndexByte(l.text[l.at:], '\n'); i >= 0 {
		l.at += i
		if l.at > 0 && l.text[l.at-1] == '\r' {
			l.at--
		}
		return
	}
	l.at = len(l.text)
}

func (l *scanner) blockComment(start int) {
	depth := 0
	for l.at < len(l.text) {
		switch {
		case strings.HasPrefix(l.text[l.at:], "/*"):
			depth++
			l.at += 2
		case strings.HasPrefix(l.text[l.at:], "*/"):
			depth--
			l.at += 2
			if depth == 0 {
				l.add(Comment, start)
				return
			}
		default:
			l.at++
		}
	}
	l.addBroken(Comment, start)
}

// annotation reads @2026-01-31T12:00[Zone] or @annotation.
func (l *scanner) annotation(start int) {
	l.at++
	c := l.peek(0)
	switch {
	case isDigit(c):
		l.temporal(start)
	case isNameStart(c):
		for isNameStart(l.peek(0)) || isDigit(l.peek(0)) {
			l.at++
		}
		l.add(Annot, start)
	default:
		l.add(Illegal, start)
	}
}

func (l *scanner) temporal(start int) {
	for {
		c := l.peek(0)
		next := l.peek(1)
		switch {
		case isDigit(c), c == 'T' || c == 'Z', (c == '-' || c == ':' || c == '+') && isDigit(next), c == '.' && isDigit(next):
			l.at++
		case c == '[':
			end := strings.IndexAny(l.text[l.at:], "]\n")
			if end < 0 || l.text[l.at+end] != ']' {
				l.zoneName()
				l.addBroken(Temporal, start)
				return
			}
			l.at += end + 1
			l.add(Temporal, start)
			return
		default:
			l.add(Temporal, start)
			return
		}
	}
}

// zoneName skips [Europe/Helsinki as far as it goes.
func (l *scanner) zoneName() {
	l.at++
	for c := l.peek(0); isNameStart(c) || isDigit(c) || c == '/' || c == '+' || c == '-'; c = l.peek(0) {
		l.at++
	}
}

// number reads Int, Decimal, Float, Duration and Size. A point belongs to a number
// only before a digit, so that 1..2 is a range.
func (l *scanner) number(start int) {
	if l.text[l.at] == '0' && (l.peek(1) == 'x' || l.peek(1) == 'b' || l.peek(1) == 'X' || l.peek(1) == 'B') && isHex(l.peek(2)) {
		l.at += 2
		for isHex(l.peek(0)) || l.peek(0) == '_' {
			l.at++
		}
		l.add(Int, start)
		return
	}
	l.digits()
	kind := Int
	if l.peek(0) == '.' && isDigit(l.peek(1)) {
		l.at++
		l.digits()
		kind = Decimal
	}
	if e := l.peek(0); e == 'e' || e == 'E' {
		sign := 0
		if l.peek(1) == '+' || l.peek(1) == '-' {
			sign = 1
		}
		if isDigit(l.peek(1 + sign)) {
			l.at += 1 + sign
			l.digits()
			kind = Float
		}
	}
	if kind == Int && isNameStart(l.peek(0)) {
		l.unit(start)
		return
	}
	if isNameStart(l.peek(0)) {
		l.word()
		l.add(Illegal, start)
		return
	}
	l.add(kind, start)
}

func isHex(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func (l *scanner) digits() {
	for isDigit(l.peek(0)) || l.peek(0) == '_' && isDigit(l.peek(1)) {
		l.at++
	}
}

func (l *scanner) word() {
	for l.at < len(l.text) {
		c := l.text[l.at]
		if isNameStart(c) || isDigit(c) {
			l.at++
			continue
		}
		r, size := utf8.DecodeRuneInString(l.text[l.at:])
		if c < utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) {
			return
		}
		l.at += size
	}
}

var durationUnits = []string{"ns", "us", "ms", "mo", "s", "m", "h", "d", "w", "y"}

var sizeUnits = []string{"KiB", "MiB", "GiB", "KB", "MB", "GB", "B"}

// unit reads what follows the digits of a duration such as 1h30m or a size such as
// 16MiB; anything else glued to a number is Illegal.
func (l *scanner) unit(start int) {
	for _, u := range sizeUnits {
		if l.endsWord(u) {
			l.at += len(u)
			l.add(Size, start)
			return
		}
	}
	for {
		i := l.durationUnit()
		if i == 0 {
			l.word()
			l.add(Illegal, start)
			return
		}
		l.at += i
		if !isDigit(l.peek(0)) {
			break
		}
		l.digits()
	}
	if isNameStart(l.peek(0)) {
		l.word()
		l.add(Illegal, start)
		return
	}
	l.add(Duration, start)
}

// endsWord reports that a word stands here and is the whole word.
func (l *scanner) endsWord(u string) bool {
	if !strings.HasPrefix(l.text[l.at:], u) {
		return false
	}
	next := l.peek(len(u))
	return !isNameStart(next) && !isDigit(next)
}

// durationUnit is the length of the unit that stands here before a digit or the end
// of the word, 0 for none.
func (l *scanner) durationUnit() int {
	for _, u := range durationUnits {
		if strings.HasPrefix(l.text[l.at:], u) && !isNameStart(l.peek(len(u))) {
			return len(u)
		}
	}
	return 0
}

// quoted reads "..." or '...'; it ends with the line at the latest. Three quotes
// open a text that may span lines.
func (l *scanner) quoted(start int, kind Kind) {
	quote := l.text[l.at]
	if quote == '"' && strings.HasPrefix(l.text[l.at:], `"""`) {
		l.block(start)
		return
	}
	l.at++
	for l.at < len(l.text) {
		switch l.text[l.at] {
		case '\\':
			l.at++
			if l.at < len(l.text) && l.text[l.at] != '\n' {
				l.at++
			}
		case quote:
			l.at++
			l.add(kind, start)
			return
		case '\n':
			l.addBroken(kind, start)
			return
		default:
			l.at++
		}
	}
	l.addBroken(kind, start)
}

func (l *scanner) block(start int) {
	end := strings.Index(l.text[l.at+3:], `"""`)
	if end < 0 {
		l.at = len(l.text)
		l.addBroken(Text, start)
		return
	}
	l.at += 3 + end + 3
	l.add(Text, start)
}

func (l *scanner) raw(start int) {
	quote := l.text[l.at]
	end := strings.IndexAny(l.text[l.at+1:], string(quote)+"\n")
	if end < 0 || l.text[l.at+1+end] == '\n' {
		l.toLineEnd()
		l.addBroken(Raw, start)
		return
	}
	l.at += 1 + end + 1
	l.add(Raw, start)
}

// fstring reads f"...{expr}...": braces nest, and texts inside them may hold quotes
// and braces of their own.
func (l *scanner) fstring(start int) {
	quote := l.text[l.at]
	l.at++
	for l.at < len(l.text) {
		switch c := l.text[l.at]; {
		case c == '\\':
			l.at += 2
		case c == quote:
			l.at++
			l.add(FString, start)
			return
		case c == '\n':
			l.addBroken(FString, start)
			return
		case c == '{':
			if !l.hole() {
				l.toLineEnd()
				l.addBroken(FString, start)
				return
			}
		default:
			l.at++
		}
	}
	l.at = min(l.at, len(l.text))
	l.addBroken(FString, start)
}

// hole skips {expr} inside an f-string; false when it does not end on its line.
func (l *scanner) hole() bool {
	if l.holes == maxHoles {
		return false
	}
	depth := 0
	inner := &scanner{text: l.text, at: l.at, holes: l.holes + 1}
	for inner.at < len(inner.text) {
		switch inner.text[inner.at] {
		case '{':
			depth++
			inner.at++
		case '}':
			depth--
			inner.at++
			if depth == 0 {
				l.at = inner.at
				return true
			}
		case '\n':
			return false
		case ' ', '\t', '\r':
			inner.at++
		default:
			inner.token()
			if t := inner.tokens[len(inner.tokens)-1]; t.Broken {
				return false
			}
		}
	}
	return false
}

func (l *scanner) backQuoted(start int) {
	end := strings.IndexAny(l.text[l.at+1:], "`\n")
	if end < 0 || l.text[l.at+1+end] == '\n' {
		l.toLineEnd()
		l.addBroken(Ident, start)
		return
	}
	l.at += 1 + end + 1
	l.add(Ident, start)
}

func (l *scanner) name(start int) {
	l.word()
	if l.at == start { // not a letter at all
		_, size := utf8.DecodeRuneInString(l.text[l.at:])
		l.at += size
		l.add(Illegal, start)
		return
	}
	if reserved[l.text[start:l.at]] {
		l.add(Reserved, start)
		return
	}
	l.add(Ident, start)
}

// ops, longest first; those of other languages (| && || ; <>) are taken too so
// that they can be explained.
var ops = []string{"|>", "||", "&&", "->", "=>", "??", "?.", "..", "==", "!=", "<=", ">=", "<>",
	"<", ">", "=", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{", "}", ",", ":", ".", "?", "!", "|", ";"}

func (l *scanner) op(start int) {
	rest := l.text[l.at:]
	for _, op := range ops {
		if strings.HasPrefix(rest, op) {
			l.at += len(op)
			l.add(Op, start)
			return
		}
	}
	l.at++
	l.add(Illegal, start)
}
