package feature

import (
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lang/types"
)

// functions are those that can be called here.
func (c *cursor) functions(base int) []candidate {
	var out []candidate
	args, over, called := c.called()
	call := func(f *sig.Function, doc string, base int) {
		if common[f.Name] {
			base += 6
		}
		if called {
			base += callFits(f, doc == "agg", args, over)
		}
		cand := candidate{label: f.Name, kind: lsp.CompletionItemKindFunction, base: base, doc: doc + ":" + f.Name}
		if len(f.Overloads) > 0 {
			cand.detail = f.Overloads[0].Text
			if c.next().text != "(" {
				cand.insert, cand.snippet = f.Name+"(${0})", true
				if len(f.Overloads) == 1 && len(f.Overloads[0].Params) == 0 {
					cand.insert, cand.snippet = f.Name+"()", false
				}
			}
		}
		out = append(out, cand)
	}
	catalog := c.p.env.Catalog
	lift := 0
	switch {
	case c.aggregates():
		lift = 45
	case c.stage == "match" || c.stage == "extend" || c.stage == "select":
		lift = 14
	}
	for _, name := range catalog.AggregateNames() {
		call(&catalog.Aggregate(name).Function, "agg", base+lift)
	}
	for _, name := range catalog.FunctionNames() {
		call(catalog.Function(name), "fn", base)
	}
	for _, f := range rowFunctions() {
		call(f, "fn", base)
	}
	for name := range types.Scalars {
		out = append(out, candidate{label: name, kind: lsp.CompletionItemKindFunction, detail: "converts to " + name, base: base - 10})
	}
	return append(out, c.declared(lsp.CompletionItemKindFunction, base+12, func(d ast.Decl) bool { _, ok := d.(*ast.FnDecl); return ok })...)
}

// common are functions that are written more often than others.
var common = map[string]bool{"count": true, "sum": true, "avg": true, "min": true, "max": true, "count_distinct": true, "first": true, "last": true,
	"round": true, "lag": true}

// aggregates tells that an item of an aggregate begins here.
func (c *cursor) aggregates() bool {
	if c.stage != "aggregate" || len(c.brackets) > 0 && c.brackets[len(c.brackets)-1] > c.stageAt {
		return false
	}
	p1 := c.prev(1).text
	if p1 != "=" && p1 != "," && p1 != "aggregate" {
		return false
	}
	for _, t := range c.before[c.stageAt:] {
		if t.text == "by" {
			return false
		}
	}
	return true
}

// sides are the names of rows: that of the source, those of joins, those of defines.
func (c *cursor) sides(f flow, base int) []candidate {
	var out []candidate
	add := func(name, detail string, base int) {
		if name != "" {
			out = append(out, candidate{label: name, kind: lsp.CompletionItemKindVariable, detail: detail, base: base})
		}
	}
	add(f.Alias, "the row", base)
	if i := c.stageAt; i >= 0 {
		for j := i; j+2 < len(c.before); j++ {
			if joinWord(c.before[j].text) && c.before[j+2].text == "=" {
				add(c.before[j+1].text, "the other row", base+15)
			}
			if c.before[j].text == "define" {
				add(c.before[j+1].text, "rows of the match", base+15)
			}
		}
		for j := 0; j+1 < len(c.after) && c.stage == "match"; j++ {
			if c.after[j].text == "define" {
				add(c.after[j+1].text, "rows of the match", base+10)
			}
		}
	}
	return out
}

// locals are parameters of a function or pipe, and the state of a view.
func (c *cursor) locals(base int) []candidate {
	var out []candidate
	add := func(name, detail string) {
		out = append(out, candidate{label: name, kind: lsp.CompletionItemKindVariable, detail: detail, base: base + 10})
	}
	switch c.head {
	case "fn", "pipe", "command":
		depth := 0
		for i, t := range c.before {
			switch {
			case t.text == "(":
				depth++
			case t.text == ")":
				depth--
			}
			if depth == 1 && t.text == ":" && i > 0 && c.before[i-1].kind == syntax.Ident {
				add(c.before[i-1].text, "parameter")
			}
		}
	case "view":
		for i, t := range append(append([]tok(nil), c.before...), c.after...) {
			all := append(append([]tok(nil), c.before...), c.after...)
			if t.text == "state" && i+1 < len(all) {
				add(all[i+1].text, "state")
			}
		}
	}
	return append(out, c.lambdas(base)...)
}

// lambdas are the parameters of `x => ...` around.
func (c *cursor) lambdas(base int) []candidate {
	var out []candidate
	for i := 1; i < len(c.before); i++ {
		if c.before[i].text == "=>" && c.before[i-1].kind == syntax.Ident {
			out = append(out, candidate{label: c.before[i-1].text, kind: lsp.CompletionItemKindVariable, base: base})
		}
	}
	return out
}
