package syntax

import (
	"slices"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/source"
)

// Rings 2 and 3: where a declaration cannot be parsed, the stage or member that holds
// the mistake is taken out and the rest is parsed again.

// memberWords start a member of a block.
var memberWords = map[string]bool{
	"define": true, "when": true, "otherwise": true, "on": true, "state": true, "require": true, "given": true, "expect": true,
	"set": true, "advance": true, "send": true, "reject": true, "emit": true, "mask": true, "rows": true, "snapshot": true,
	"run": true, "pattern": true,
}

// stepWords start a member of a block and seldom stand first on a line otherwise.
var stepWords = map[string]bool{
	"given": true, "expect": true, "advance": true, "send": true, "reject": true, "otherwise": true, "emit": true, "mask": true,
	"snapshot": true, "state": true, "define": true, "pattern": true,
}

// piece is the innermost stage or member that a mistake breaks, as tokens[from:to]; ok
// is false when there is none left to take out. The range is empty where a stage is
// missing altogether.
func (r *reader) piece(tokens []lexer.Token, e *syntaxError) (from, to int, ok bool) {
	at := tokenAt(tokens, e.at.Start)
	if at == 0 {
		return 0, 0, false
	}
	// what is missing is missing from the piece before
	switch t := tokens[at]; {
	case e.colon:
		return at - 1, r.pieceEnd(tokens, at-1, true), !isBad(tokens[at-1])
	case (t.EOF() || isPipe(t) || isClose(t)) && isPipe(tokens[at-1]):
		return at, at, true
	case t.EOF(), isPipe(t), isClose(t), t.Type == typeOf(Op) && t.Value == "->", !e.here && r.memberStart(tokens, at):
		if from, to = r.pieceAround(tokens, at-1); from < to {
			return from, to, true
		}
	}
	from, to = r.pieceAround(tokens, at)
	return from, to, from < to
}

// tokenAt is the token that holds an offset, or the next one.
func tokenAt(tokens []lexer.Token, offset int) int {
	for i, t := range tokens {
		if t.Pos.Offset >= offset && (t.Pos.Offset > offset || t.Pos.Line > offset || t.EOF()) || t.Pos.Line > offset {
			return i
		}
	}
	return len(tokens) - 1
}

// marked reports that a mistake is reported already: it stands in a stretch whose
// brackets are wrong, or the piece it breaks, tokens[from:to], holds another.
func (r *reader) marked(tokens []lexer.Token, at source.Span, from, to int) bool {
	if from == to {
		from, to = 0, len(tokens)-1
	}
	start, end := at.Start, at.Start
	if from < to {
		start, end = min(start, tokens[from].Pos.Offset), max(end, tokens[to-1].Pos.Line)
	}
	for _, m := range r.marks {
		if start <= m.Start && m.Start <= end || m.Start <= at.Start && at.Start <= m.End {
			return true
		}
	}
	return false
}

func isPipe(t lexer.Token) bool { return t.Type == typeOf(Op) && t.Value == "|>" }

func isBad(t lexer.Token) bool { return t.Type == bad }

// memberStart reports a token that begins a member: `name:`, which stands nowhere else
// outside brackets, or a member's word, first on its line or after the opening brace.
func (r *reader) memberStart(tokens []lexer.Token, i int) bool {
	t := tokens[i]
	if t.Type != typeOf(Ident) && t.Type != typeOf(Reserved) || i+1 >= len(tokens) {
		return false
	}
	if tokens[i+1].Type == typeOf(Op) && tokens[i+1].Value == ":" {
		return i > 0 && tokens[i-1].Value != "state"
	}
	return memberWords[t.Value] && (firstOnLine(t) || i > 0 && tokens[i-1].Value == "{")
}

// pieceAround finds the piece around token at, looking outwards.
func (r *reader) pieceAround(tokens []lexer.Token, at int) (from, to int) {
	depth := 0
	for i := at; i >= 0; i-- {
		t := tokens[i]
		switch {
		case isClose(t):
			depth++
		case isOpen(t) && depth > 0:
			depth--
		case isPipe(t) && depth == 0:
			if end := r.pieceEnd(tokens, i+1, false); end > max(i+1, at) && !(end == i+2 && isBad(tokens[i+1])) {
				return i + 1, end
			}
		case t.Value == "{" && t.Type == typeOf(Op) && i > 0 && depth == 0 && i < at:
			if from, to = r.memberAround(tokens, i+1, at); from < to {
				return from, to
			}
		case t.Value == "=" && depth == 0 && i+1 <= at && r.streamHead(tokens, i):
			if end := r.pieceEnd(tokens, i+1, false); end > i+1 && !isBad(tokens[i+1]) {
				return i + 1, end
			}
		}
	}
	return 0, 0
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

// pieceEnd is where a stage or member ends: before the next one at its own depth, or
// the bracket around it.
func (r *reader) pieceEnd(tokens []lexer.Token, from int, member bool) int {
	depth, cases := 0, 0
	route := tokens[wordIndex(tokens)].Value == "route"
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
		case t.Type == typeOf(Reserved) && t.Value == "case":
			cases++
		case cases > 0 && t.Type == typeOf(Reserved) && t.Value == "end" && tokens[i-1].Value != ".":
			cases--
		case depth > 0:
		case member && i > from && r.memberStart(tokens, i) && (cases == 0 || t.Value != "when"):
			return i
		case !member && isPipe(t):
			return i
		case !member && route && i > from && cases == 0 && r.endsArmStage(tokens, i):
			return i
		}
	}
	return len(tokens) - 1
}

// endsArmStage reports what follows the stages of a route's arm.
func (r *reader) endsArmStage(tokens []lexer.Token, i int) bool {
	t := tokens[i]
	if t.Type == typeOf(Op) {
		return t.Value == "->" && !r.elseArrow(tokens, i)
	}
	return (t.Value == "when" || t.Value == "otherwise") && r.memberStart(tokens, i)
}

// elseArrow reports the arrow of `else -> target`.
func (r *reader) elseArrow(tokens []lexer.Token, i int) bool {
	return i > 0 && tokens[i-1].Value == "else"
}

// memberAround is the member of a block that holds token at.
func (r *reader) memberAround(tokens []lexer.Token, first, at int) (from, to int) {
	start := first
	depth := 0
	for i := first; i <= at; i++ {
		switch {
		case depth == 0 && i > first && (r.memberStart(tokens, i) || r.opensLine(tokens, i)):
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
			return 0, 0
		}
	}
	end := r.pieceEnd(tokens, start, true)
	if end <= start || end == start+1 && isBad(tokens[start]) {
		return 0, 0
	}
	return start, end
}

// opensLine reports a token that begins a line and cannot go on with what stands
// before it, since no two operands stand side by side.
func (r *reader) opensLine(tokens []lexer.Token, i int) bool {
	t, before := tokens[i], tokens[i-1]
	if !firstOnLine(t) || before.Type == typeOf(Op) && !isClose(before) && !endsOperand(before) && before.Value != "," {
		return false
	}
	return t.Type == typeOf(Ident) || t.Type == typeOf(Doc) || t.Type == typeOf(Op) && t.Value == ":"
}

// blockOpen reports a brace that opens a block of members, not a record.
func (r *reader) blockOpen(tokens []lexer.Token, brace int) bool {
	if brace < 1 {
		return false
	}
	depth := 0
	for i := brace + 1; i < len(tokens) && depth >= 0; i++ {
		switch {
		case depth == 0 && r.memberStart(tokens, i):
			return true
		case isOpen(tokens[i]):
			depth++
		case isClose(tokens[i]):
			depth--
		}
	}
	return false
}

// replace puts one bad token in place of tokens[from:to].
func replace(tokens []lexer.Token, from, to int) []lexer.Token {
	at := lexer.Position{Offset: tokens[from].Pos.Offset, Line: tokens[from].Pos.Offset}
	if from < to {
		at.Line = tokens[to-1].Pos.Line
	}
	return slices.Concat(tokens[:from], []lexer.Token{{Type: bad, Value: "?", Pos: at}}, tokens[to:])
}
