package syntax

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// sql is E0110: a SELECT statement, with what it says in edy.
func (p *parser) sql(lex *lexer.PeekingLexer) error {
	saved := lex.MakeCheckpoint()
	defer lex.LoadCheckpoint(saved)
	head := lex.Peek()
	clauses := map[string]string{}
	name, from := "", 0
	end := head.Pos.Line
	for {
		t := lex.Peek()
		word := strings.ToLower(t.Value)
		if t.EOF() || sqlClause[word] || word == "select" && name == "" {
			if name != "" {
				clauses[name] = strings.TrimSpace(p.file.Text[from:end])
			}
			if t.EOF() {
				break
			}
			name = word
			lex.Next()
			if word == "group" || word == "order" {
				lex.Next() // by
			}
			from, end = lex.Peek().Pos.Offset, lex.Peek().Pos.Offset
			continue
		}
		end = t.Pos.Line
		lex.Next()
	}
	e := &syntaxError{code: CodeSQL, at: p.span(head), msg: `this looks like SQL; an edy pipeline starts with "from"`, text: "here"}
	text := sqlPipeline(clauses)
	e.note = "This says the same:\n" + text
	if clauses["group"] != "" {
		e.note += "\nthe aggregate will also need a window or \"keep\" (see E0501)"
	}
	whole := source.Span{File: p.file, Start: head.Pos.Offset, End: end}
	e.fix = &diag.Fix{Title: "replace the statement with the above", Confidence: diag.Maybe, Edits: []diag.Edit{{Span: whole, Text: text}}}
	return p.fail(e)
}

var sqlClause = map[string]bool{"from": true, "where": true, "group": true, "having": true, "order": true, "limit": true}

// sqlPipeline writes clauses as stages.
func sqlPipeline(c map[string]string) string {
	lines := []string{"from " + orName(c["from"])}
	if c["where"] != "" {
		lines = append(lines, "|> where "+sqlCondition(c["where"]))
	}
	aggs := map[string]string{}
	if c["group"] != "" {
		lines = append(lines, "|> "+sqlAggregate(c, aggs))
	} else if c["select"] != "" && c["select"] != "*" {
		lines = append(lines, "|> select "+sqlNames(c["select"]))
	}
	if c["having"] != "" {
		cond := sqlCondition(c["having"])
		for call, name := range aggs {
			cond = strings.ReplaceAll(cond, call, name)
		}
		lines = append(lines, "|> where "+cond)
	}
	if c["order"] != "" {
		lines = append(lines, "|> sort by "+c["order"])
	}
	if c["limit"] != "" {
		lines = append(lines, "|> limit "+c["limit"])
	}
	return strings.Join(lines, "\n")
}

func orName(s string) string {
	if s == "" {
		return "..."
	}
	return s
}

func sqlCondition(s string) string {
	s = strings.ReplaceAll(s, "<>", "!=")
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		plain := s[i] == '=' && (i == 0 || !strings.ContainsRune("<>!=", rune(s[i-1]))) && (i+1 == len(s) || s[i+1] != '=')
		if plain {
			b.WriteString("==")
			continue
		}
		b.WriteByte(s[i])
	}
	words := strings.Fields(b.String())
	for i, w := range words {
		switch w {
		case "AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "BETWEEN", "TRUE", "FALSE":
			words[i] = strings.ToLower(w)
		}
	}
	return strings.ReplaceAll(strings.Join(words, " "), "(*)", "()")
}

// sqlAggregate writes the select list as an aggregate; aggs collects the names its
// calls get.
func sqlAggregate(c map[string]string, aggs map[string]string) string {
	var items []string
	for _, item := range splitList(c["select"]) {
		expr, name := sqlAlias(item)
		if !strings.Contains(expr, "(") {
			continue
		}
		call := strings.ReplaceAll(expr, "(*)", "()")
		if name == "" {
			name = sqlAggName(call)
		}
		aggs[call] = name
		items = append(items, name+" = "+call)
	}
	return "aggregate " + strings.Join(items, ", ") + " by " + c["group"]
}

func sqlAggName(call string) string {
	if strings.HasPrefix(strings.ToLower(call), "count(") {
		return "n"
	}
	open := strings.IndexByte(call, '(')
	arg := strings.TrimSuffix(call[open+1:], ")")
	return strings.ToLower(call[:open]) + "_" + strings.ReplaceAll(arg, ".", "_")
}

func sqlNames(list string) string {
	var out []string
	for _, item := range splitList(list) {
		expr, name := sqlAlias(item)
		if name != "" {
			expr = name + " = " + expr
		}
		out = append(out, expr)
	}
	return strings.Join(out, ", ")
}

func sqlAlias(item string) (expr, name string) {
	lower := strings.ToLower(item)
	if i := strings.LastIndex(lower, " as "); i >= 0 {
		return strings.TrimSpace(item[:i]), strings.TrimSpace(item[i+4:])
	}
	return item, ""
}

// splitList splits at commas outside parentheses.
func splitList(s string) []string {
	var out []string
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, strings.TrimSpace(s[from:i]))
				from = i + 1
			}
		}
	}
	return append(out, strings.TrimSpace(s[from:]))
}
