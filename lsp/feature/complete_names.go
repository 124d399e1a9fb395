package feature

import (
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/syntax"
)

// wantsRelation tells that a stream or topic is named here.
func (c *cursor) wantsRelation() bool {
	p1, p2 := c.prev(1), c.prev(2)
	switch p1.text {
	case "from":
		return c.head != "source" && c.head != "secret"
	case "given", "expect":
		return c.head == "test"
	case "snapshot", "union":
		return true
	case ",":
		return c.stage == "union"
	case "on":
		return c.head == "policy" || c.head == "grant" || c.head == "deny"
	case "=":
		if joinWord(c.stage) || joinWord(c.word(3)) {
			return p2.kind == syntax.Ident && joinWord(c.word(3))
		}
		return c.word(3) == "from"
	}
	return false
}

func joinWord(w string) bool { return w == "join" || w == "lookup" }

// wantsTarget tells that a topic that takes rows is named here.
func (c *cursor) wantsTarget() bool {
	p1 := c.prev(1)
	switch p1.text {
	case "->":
		return c.head != "fn"
	case "into":
		return true
	case "to":
		return c.head == "schedule" || c.head == "command"
	case ",":
		if c.head == "route" {
			for i := len(c.before) - 1; i >= 0 && c.before[i].text != "|>" && c.before[i].text != "when"; i-- {
				if c.before[i].text == "->" {
					return true
				}
			}
		}
	case ":":
		return c.word(2) == "late_to" || c.word(2) == "errors_to"
	}
	return false
}

// wantsType tells that a type is written here.
func (c *cursor) wantsType() bool {
	p1 := c.prev(1)
	b, i := c.bracket()
	switch {
	case p1.text == "->" && c.head == "fn":
		return true
	case p1.text == "<" && (c.word(2) == "array" || c.word(2) == "map" || c.word(2) == "append" || c.word(2) == "changes"):
		return true
	case p1.text == "or" && c.head == "schema", p1.text == "=" && c.head == "schema" && b == "":
		return true
	case p1.text != ":":
		return p1.text == "on" && c.head == "view"
	}
	switch c.head {
	case "schema":
		return true
	case "topic", "param", "const", "stream", "table":
		return b == "" || b == "{" && i > 0 && (c.head == "topic" && c.before[i-1].text == ":" || c.before[i-1].text == "<")
	case "fn", "pipe", "command":
		return b == "(" && i == c.headAt+2 || b == "("
	case "view":
		return c.word(3) == "state"
	}
	return false
}

func (c *cursor) relations(base int) []candidate {
	out := c.declared(lsp.CompletionItemKindVariable, base, func(d ast.Decl) bool {
		switch d.(type) {
		case *ast.TopicDecl, *ast.StreamDecl, *ast.ViewDecl:
			return d != c.decl
		}
		return false
	})
	if c.prev(1).text == "expect" { // what no test expects yet comes first
		for i := range out {
			if c.doc.usage().two[[2]string{"expect", out[i].label}] == 0 {
				out[i].base += 45
			}
		}
	}
	return append(out, c.implicitTopics(base-5)...)
}

func (c *cursor) topics(base int) []candidate {
	if c.head == "schedule" && c.prev(3).text == "snapshot" {
		return c.declared(lsp.CompletionItemKindModule, base, func(d ast.Decl) bool { _, ok := d.(*ast.SinkDecl); return ok })
	}
	out := c.declared(lsp.CompletionItemKindVariable, base, func(d ast.Decl) bool { _, ok := d.(*ast.TopicDecl); return ok })
	out = append(out, c.implicitTopics(base-5)...)
	return append(out, candidate{label: "drop", kind: lsp.CompletionItemKindKeyword, detail: "the rows are counted and dropped", base: base - 10})
}

func (c *cursor) implicitTopics(base int) []candidate {
	var out []candidate
	for _, t := range c.p.Result.Program.Topics {
		if t.Implicit {
			out = append(out, candidate{label: t.Name, kind: lsp.CompletionItemKindVariable, detail: "topic", base: base})
		}
	}
	for name := range c.p.index().writers {
		if c.p.declNamed(name) == nil && name != "drop" && name != "" && c.p.index().topics[name] == nil {
			out = append(out, candidate{label: name, kind: lsp.CompletionItemKindVariable, detail: "topic", base: base - 5})
		}
	}
	return out
}

func (c *cursor) typeNames(base int) []candidate {
	var out []candidate
	for i, name := range []string{"string", "long", "double", "timestamp", "boolean", "int", "decimal", "date", "duration", "uuid", "json",
		"float", "bytes", "time", "local_timestamp", "period", "geography", "array", "map"} {
		cand := candidate{label: name, kind: lsp.CompletionItemKindTypeParameter, base: base - i}
		switch name {
		case "array", "map":
			cand.insert, cand.snippet = name+"<${1:string}>", true
			if c.next().text == "<" {
				cand.insert, cand.snippet, cand.base = "", false, base+60
			}
		case "decimal":
			cand.insert, cand.snippet = "decimal(${1:12}, ${2:2})", true
		}
		out = append(out, cand)
	}
	out = append(out, candidate{label: "ErrorRecord", kind: lsp.CompletionItemKindStruct, base: base - 15})
	return append(out, c.declared(lsp.CompletionItemKindStruct, base, func(d ast.Decl) bool {
		switch d.(type) {
		case *ast.SchemaDecl, *ast.EnumDecl:
			return true
		}
		return false
	})...)
}
