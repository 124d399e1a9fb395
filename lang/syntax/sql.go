package syntax

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// sql is E0110: a SELECT statement, with what it says in edy.
func (p *parser) sql(lex *lexer.PeekingLexer) *syntaxError {
	saved := lex.MakeCheckpoint()
	defer lex.LoadCheckpoint(saved)
	head := lex.Peek()
	st := p.sqlStatement(lex)
	e := &syntaxError{code: CodeSQL, at: p.span(head), msg: `this looks like SQL; an edy pipeline starts with "from"`, text: "here"}
	first, last := p.file.Position(head.Pos.Offset).Line, p.file.Position(st.end).Line
	if before := strings.LastIndexByte(p.file.Text[:head.Pos.Offset], '='); before >= 0 && first > 1 {
		above := p.file.LineStart(first - 1)
		e.also = &source.Span{File: p.file, Start: above, End: above}
	}
	lines := st.pipeline()
	if st.aggregates() {
		e.note = `the aggregate will also need a window or "keep" (see E0501).`
	}
	indent := "\n" + strings.Repeat(" ", p.file.Position(head.Pos.Offset).Column-1)
	whole := source.Span{File: p.file, Start: head.Pos.Offset, End: st.end}
	title := fmt.Sprintf("replace lines %d-%d with the above", first, last)
	if first == last {
		title = fmt.Sprintf("replace line %d with the above", first)
	}
	e.fix = &diag.Fix{Title: title, Preview: strings.Join(lines, "\n"),
		Confidence: diag.Maybe, Edits: []diag.Edit{{Span: whole, Text: strings.Join(lines, indent)}}}
	return e
}

// sqlWord is a token of a SQL statement in edy's spelling, with the blank before it.
type sqlWord struct {
	text  string
	space bool
}

// sqlStatement is a statement by clauses; "select", "from", "where", "group" and so on.
type sqlStatement struct {
	clauses map[string][]sqlWord
	end     int
}

var sqlClauses = map[string]bool{"select": true, "from": true, "where": true, "group": true, "having": true, "order": true, "limit": true}

// sqlWords are the words that edy writes in small letters too.
var sqlWords = map[string]bool{
	"and": true, "or": true, "not": true, "in": true, "is": true, "null": true, "like": true, "between": true, "true": true, "false": true,
	"as": true, "case": true, "when": true, "then": true, "else": true, "end": true, "desc": true, "asc": true, "on": true,
	"join": true, "left": true, "full": true, "inner": true, "outer": true, "distinct": true, "count": true, "sum": true, "avg": true,
	"min": true, "max": true,
}

// sqlAggregates are the calls that make a row of many.
var sqlAggregates = map[string]bool{"count": true, "sum": true, "avg": true, "min": true, "max": true, "median": true, "stddev": true, "variance": true}

func (p *parser) sqlStatement(lex *lexer.PeekingLexer) *sqlStatement {
	st := &sqlStatement{clauses: map[string][]sqlWord{}}
	clause, depth := "", 0
	for t := lex.Peek(); !t.EOF(); t = lex.Peek() {
		lex.Next()
		lower := strings.ToLower(t.Value)
		space := t.Pos.Offset > st.end
		st.end = t.Pos.Line
		switch {
		case isOpen(*t):
			depth++
		case isClose(*t):
			depth--
		case depth == 0 && sqlClauses[lower] && (is(t, Ident) || is(t, Reserved)):
			clause = lower
			if next := lex.Peek(); (clause == "group" || clause == "order") && strings.EqualFold(next.Value, "by") {
				lex.Next()
			}
			continue
		}
		st.clauses[clause] = append(st.clauses[clause], sqlWord{sqlText(t, lower), space})
	}
	return st
}

// sqlText is a token in edy's spelling.
func sqlText(t *lexer.Token, lower string) string {
	switch {
	case isSign(t, "="):
		return "=="
	case isSign(t, "<>"):
		return "!="
	case (is(t, Ident) || is(t, Reserved)) && sqlWords[lower]:
		return lower
	}
	return t.Value
}

// said is the text of a clause or part of one; f(*) is f().
func said(words []sqlWord) string {
	var b strings.Builder
	for i, w := range words {
		if w.text == "*" && i > 0 && words[i-1].text == "(" && i+1 < len(words) && words[i+1].text == ")" {
			continue
		}
		if w.space && i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.text)
	}
	return b.String()
}

// splitWords splits at commas outside parentheses.
func splitWords(words []sqlWord) [][]sqlWord {
	var out [][]sqlWord
	depth, from := 0, 0
	for i, w := range words {
		switch w.text {
		case "(":
			depth++
		case ")":
			depth--
		case ",":
			if depth == 0 {
				out = append(out, words[from:i])
				from = i + 1
			}
		}
	}
	return append(out, words[from:])
}

// sqlItem is `expr as name`; name may be empty.
type sqlItem struct{ expr, name string }

func items(words []sqlWord) []sqlItem {
	var out []sqlItem
	for _, part := range splitWords(words) {
		item := sqlItem{expr: said(part)}
		if n := len(part); n > 2 && part[n-2].text == "as" {
			item = sqlItem{said(part[:n-2]), part[n-1].text}
		}
		out = append(out, item)
	}
	return out
}

// aggregate reports an item that holds a call such as count().
func (i sqlItem) aggregate() bool {
	call, _, ok := strings.Cut(i.expr, "(")
	return ok && sqlAggregates[call]
}

func (st *sqlStatement) aggregates() bool {
	return slices.ContainsFunc(items(st.clauses["select"]), sqlItem.aggregate)
}

// pipeline writes the statement as stages.
func (st *sqlStatement) pipeline() []string {
	c := st.clauses
	lines := st.sources()
	if w := c["where"]; w != nil {
		lines = append(lines, "|> where "+said(w))
	}
	having := said(c["having"])
	selected := c["select"]
	distinct := len(selected) > 0 && selected[0].text == "distinct"
	if distinct {
		selected = selected[1:]
	}
	switch {
	case st.aggregates():
		line, names := st.aggregate(items(selected))
		lines = append(lines, line)
		for _, n := range names {
			having = strings.ReplaceAll(having, n.expr, n.name)
		}
	case len(selected) > 0 && said(selected) != "*":
		lines = append(lines, "|> select "+named(items(selected)))
	}
	if having != "" {
		lines = append(lines, "|> where "+having)
	}
	if distinct || c["group"] != nil && !st.aggregates() {
		lines = append(lines, "|> distinct")
	}
	switch order, limit := said(c["order"]), said(c["limit"]); {
	case order != "" && limit != "":
		lines = append(lines, "|> top "+limit+" by "+order)
	case order != "":
		lines = append(lines, "|> sort by "+order)
	case limit != "":
		lines = append(lines, "|> limit "+limit)
	}
	return lines
}

// sources is the from clause: the source, and a join for each further table.
func (st *sqlStatement) sources() []string {
	var lines []string
	var kind string
	part := []sqlWord{}
	flush := func() {
		switch {
		case lines == nil:
			lines = append(lines, "from "+aliased(part))
		default:
			table, on, _ := strings.Cut(said(part), " on ")
			name := aliased(split(table))
			if !strings.Contains(name, " = ") {
				name = name + " = " + name
			}
			lines = append(lines, "|> "+kind+"join "+name+" on "+orDots(on))
		}
		part = nil
	}
	for i, w := range st.clauses["from"] {
		switch w.text {
		case "join":
			flush()
			kind = ""
			for j := i - 1; j >= 0 && j >= i-2; j-- {
				if prev := st.clauses["from"][j].text; prev == "left" || prev == "full" {
					kind = prev + " "
				}
			}
		case "left", "full", "inner", "outer":
		default:
			part = append(part, w)
		}
	}
	flush()
	return lines
}

func split(text string) []sqlWord {
	var out []sqlWord
	for _, f := range strings.Fields(text) {
		out = append(out, sqlWord{f, true})
	}
	return out
}

// aliased is `table`, or `alias = table` for `table as alias` and `table alias`.
func aliased(words []sqlWord) string {
	n := len(words)
	if n > 1 && words[n-1].space {
		table := words[:n-1]
		if table[len(table)-1].text == "as" {
			table = table[:len(table)-1]
		}
		return words[n-1].text + " = " + said(table)
	}
	return orDots(said(words))
}

func orDots(s string) string {
	if s == "" {
		return "..."
	}
	return s
}

// aggregate writes the select list as an aggregate; names are those its calls get.
func (st *sqlStatement) aggregate(list []sqlItem) (line string, names []sqlItem) {
	for _, item := range list {
		if !item.aggregate() {
			continue
		}
		if item.name == "" {
			item.name = callName(item.expr)
		}
		names = append(names, item)
	}
	line = "|> aggregate " + named(names)
	if by := st.clauses["group"]; by != nil {
		line += " by " + said(by)
	}
	return line, names
}

// callName names a call: n for count, avg_speed for avg(speed).
func callName(call string) string {
	fn, arg, _ := strings.Cut(call, "(")
	if fn == "count" {
		return "n"
	}
	plain := strings.Map(func(r rune) rune {
		if r == '.' || r == ' ' {
			return '_'
		}
		if r < 128 && !isNameStart(byte(r)) && !isDigit(byte(r)) {
			return -1
		}
		return r
	}, strings.TrimSuffix(arg, ")"))
	return strings.TrimSuffix(fn+"_"+plain, "_")
}

// named writes items as edy does: the name first.
func named(list []sqlItem) string {
	var out []string
	for _, i := range list {
		if i.name != "" {
			out = append(out, i.name+" = "+i.expr)
		} else {
			out = append(out, i.expr)
		}
	}
	return strings.Join(out, ", ")
}
