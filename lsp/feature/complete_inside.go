package feature

import (
	"path/filepath"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
)

// inside is what may stand in a declaration, outside literals and not behind a point.
func (c *cursor) inside() []candidate {
	p1 := c.prev(1)
	var out []candidate
	row, f := c.above()
	switch {
	case c.wantsRelation():
		return append(c.relations(90), c.words(30)...)
	case c.wantsTarget():
		return append(c.topics(90), c.words(20)...)
	case c.wantsType():
		return append(c.typeNames(80), c.words(10)...)
	case p1.text == "apply":
		return c.declared(lsp.CompletionItemKindFunction, 80, func(d ast.Decl) bool { _, ok := d.(*ast.PipeDecl); return ok })
	case p1.text == "from" && c.head == "source" || p1.text == "to" && c.head == "sink":
		return append(keywords(c.p.env.Catalog.ConnectorNames(), lsp.CompletionItemKindModule, 60), c.words(10)...)
	case p1.text == "from" && c.head == "secret":
		return keywords([]string{"env"}, lsp.CompletionItemKindModule, 60)
	case c.head == "import":
		return append(c.modules(), c.words(10)...)
	}
	if keys := c.recordKeys(); keys != nil {
		return append(keys, c.words(5)...)
	}
	if built := c.built(); built != nil {
		return append(built, c.words(5)...)
	}
	out = append(out, c.sure()...)
	out = append(out, c.defined()...)
	if value, ok := c.settingValue(); ok {
		for i := range value {
			value[i].base += 60 // a function would only hide them
		}
		out = append(out, value...)
	} else if names := c.settingNames(); names != nil {
		out = append(out, names...)
	}
	operands, words := 70, 35
	if c.operandEnds() {
		operands, words = 20, 80
	}
	if first := firstWords[c.stage]; first != nil && c.stageAt == len(c.before)-1 {
		out = append(out, keywords(first, lsp.CompletionItemKindKeyword, 150)...)
	}
	out = append(out, c.expected(operands+25)...)
	if c.takesColumns() {
		calls := operands - 22
		if c.next().text == "(" {
			operands, calls = operands-30, operands+30
		}
		out = append(out, columns(row, operands)...)
		out = append(out, c.sides(f, operands-8)...)
		out = append(out, c.locals(operands)...)
		out = append(out, c.functions(calls)...)
		out = append(out, c.declared(lsp.CompletionItemKindConstant, operands-10, func(d ast.Decl) bool {
			switch d.(type) {
			case *ast.ConstDecl, *ast.ParamDecl:
				return true
			}
			return false
		})...)
	}
	if row != nil && row.Window != nil {
		out = append(out, candidate{label: "window", kind: lsp.CompletionItemKindModule, detail: "window.start, window.end", base: operands - 10})
	}
	out = append(out, c.words(words)...)
	out = append(out, c.declared(lsp.CompletionItemKindReference, operands-45, func(d ast.Decl) bool { return d.DeclHead().Name.Name != "" })...)
	return out
}

// words are the words of the language that may go on here.
func (c *cursor) words(base int) []candidate {
	var out []candidate
	stage, head := clauseWords[c.stage], headWords[c.head]
	if c.stage != "" {
		out = append(out, keywords(stage, lsp.CompletionItemKindKeyword, base)...)
		out = append(out, keywords(head, lsp.CompletionItemKindKeyword, base-20)...)
	} else {
		out = append(out, keywords(head, lsp.CompletionItemKindKeyword, base)...)
	}
	if c.operandEnds() {
		out = append(out, keywords(operatorWords, lsp.CompletionItemKindKeyword, base-8)...)
	} else {
		out = append(out, keywords(operandWords, lsp.CompletionItemKindKeyword, base-8)...)
		out = append(out, keywords(operatorWords, lsp.CompletionItemKindKeyword, base-25)...)
	}
	if b, i := c.bracket(); b == "(" && i > 0 && c.before[i-1].text == "over" {
		out = append(out, keywords(frameWords, lsp.CompletionItemKindKeyword, base)...)
	}
	if c.prev(1).text == "not" {
		out = append(out, keywords([]string{"in", "between", "like", "matches", "null"}, lsp.CompletionItemKindKeyword, base)...)
	}
	if c.prev(1).text == "is" || c.prev(1).text == "not" && c.prev(2).text == "is" {
		out = append(out, candidate{label: "null", kind: lsp.CompletionItemKindKeyword, base: base + 30}, candidate{label: "not", kind: lsp.CompletionItemKindKeyword, base: base + 25})
		out = append(out, c.declared(lsp.CompletionItemKindStruct, base, func(d ast.Decl) bool { _, ok := d.(*ast.SchemaDecl); return ok })...)
	}
	return out
}

func (c *cursor) word(n int) string { return c.prev(n).text }

// declared are the declarations that are wanted, and those of other files of the
// workspace that would have to be imported.
func (c *cursor) declared(k kind, base int, want func(ast.Decl) bool) []candidate {
	var out []candidate
	for i, d := range c.doc.Tree.Decls {
		if name := d.DeclHead().Name.Name; name != "" && want(d) && plainName(d) {
			out = append(out, candidate{label: name, kind: k, detail: oneLine(withoutDoc(d, 3), 60), base: base - min(i/8, 9), doc: textDoc(docText(d.DeclHead().Doc))})
		}
	}
	for _, imp := range c.doc.Tree.Imports {
		for _, n := range imp.Names {
			if d := c.p.declNamed(n.Name); d != nil && want(d) {
				out = append(out, candidate{label: n.Name, kind: k, base: base})
			}
		}
		if imp.Names == nil {
			out = append(out, candidate{label: moduleWordOf(imp), kind: lsp.CompletionItemKindModule, base: base - 12})
		}
	}
	return append(out, c.importable(k, base-30, want)...)
}

func plainName(d ast.Decl) bool {
	switch d.(type) {
	case *ast.TestDecl, *ast.GrantDecl:
		return false
	}
	return true
}

func moduleWordOf(imp *ast.ImportDecl) string {
	if imp.As != nil {
		return imp.As.Name
	}
	return moduleWord(imp)
}

// modules are the names of modules and files of the workspace.
func (c *cursor) modules() []candidate {
	var out []candidate
	for _, path := range c.s.Files() {
		if path == c.doc.Path {
			continue
		}
		if d := c.s.Doc(path); d != nil && d.Tree.Module != nil {
			out = append(out, candidate{label: d.Tree.Module.Name.String(), kind: lsp.CompletionItemKindModule, detail: filepath.Base(path), base: 60})
		}
	}
	return out
}

// takesColumns tells that expressions over a row, or at least over values, stand here.
func (c *cursor) takesColumns() bool {
	switch c.head {
	case "enum", "schema", "import", "module", "secret":
		return c.prev(1).text == "=" && c.head == "schema"
	case "stream", "table", "pipe":
		return c.stage != ""
	case "test":
		b, _ := c.bracket()
		return b != "{" || len(c.brackets) > 1 || c.prev(1).text == "=" || c.prev(1).text == "to"
	}
	return true
}
