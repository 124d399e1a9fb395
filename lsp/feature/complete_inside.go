package feature

import (
	"path/filepath"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lang/types"
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

func (c *cursor) word(n int) string { return c.prev(n).text }

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
		return b == "" || b == "{" && c.head == "topic" && i > 0 && c.before[i-1].text == ":"
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

func (c *cursor) typeNames(base int) []candidate {
	var out []candidate
	for i, name := range []string{"string", "long", "double", "timestamp", "boolean", "int", "decimal", "date", "duration", "uuid", "json",
		"float", "bytes", "time", "local_timestamp", "period", "geography", "array", "map"} {
		cand := candidate{label: name, kind: lsp.CompletionItemKindTypeParameter, base: base - i}
		switch name {
		case "array", "map":
			cand.insert, cand.snippet = name+"<${1:string}>", true
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

// functions are those that can be called here.
func (c *cursor) functions(base int) []candidate {
	var out []candidate
	call := func(f *sig.Function, doc string, base int) {
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
