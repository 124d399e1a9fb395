package feature

import (
	"slices"
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lang/types"
)

// members are what may stand behind a point.
func (c *cursor) members() []candidate {
	var path []string
	i := len(c.before) - 1
	for i >= 1 && (c.before[i].text == "." || c.before[i].text == "?.") && wordlike(c.before[i-1].kind) {
		path = append([]string{unquoted(c.before[i-1].text)}, path...)
		i -= 2
	}
	if len(path) == 0 {
		return nil
	}
	row, f := c.above()
	first := path[0]
	var out []candidate
	if first == "window" && len(path) == 1 {
		out = append(out, keywords([]string{"start", "end"}, lsp.CompletionItemKindField, 90)...)
	}
	if t := c.typeOf(row, f, path); t != nil {
		out = append(out, fields(t, 90)...)
	}
	if len(path) == 1 {
		if d, ok := c.p.declNamed(first).(*ast.EnumDecl); ok {
			for _, item := range d.Items {
				out = append(out, candidate{label: item.Name.Name, kind: lsp.CompletionItemKindEnumMember, base: 80})
			}
		}
		out = append(out, c.exported(first)...)
		if first == f.Alias || len(out) == 0 && c.isDefine(first) {
			out = append(out, columns(row, 80)...)
		}
		if c.isDefine(first) {
			out = append(out, columns(row, 80)...)
		}
	}
	return out
}

// isDefine tells that a match around names rows so.
func (c *cursor) isDefine(name string) bool {
	if c.stage != "match" {
		return false
	}
	for i := c.stageAt; i+1 < len(c.before); i++ {
		if c.before[i].text == "define" && c.before[i+1].text == name {
			return true
		}
	}
	return false
}

// exported are the declarations of an imported file.
func (c *cursor) exported(alias string) []candidate {
	var out []candidate
	for _, imp := range c.doc.Tree.Imports {
		if moduleWordOf(imp) != alias {
			continue
		}
		_, d := c.s.imported(c.doc.Path, imp)
		if d == nil {
			continue
		}
		for _, decl := range d.Tree.Decls {
			if decl.DeclHead().Export {
				out = append(out, candidate{label: decl.DeclHead().Name.Name, kind: lsp.CompletionItemKindReference, base: 80})
			}
		}
	}
	return out
}

// typeOf is the type of a dotted path on a row, nil where it is unknown.
func (c *cursor) typeOf(row *types.Stream, f flow, path []string) *types.Type {
	var t *types.Type
	switch {
	case row != nil && hasColumn(row, path[0]):
		col, _ := row.Column(path[0])
		t = col.Type
	case row != nil && path[0] == f.Alias:
		t = row.Row()
	case c.isDefine(path[0]) && row != nil:
		t = row.Row()
	default:
		t = c.sideType(path[0])
	}
	for _, name := range path[1:] {
		if t == nil {
			return nil
		}
		t = memberOf(t, name)
	}
	return t
}

func hasColumn(row *types.Stream, name string) bool {
	_, ok := row.Column(name)
	return ok
}

func memberOf(t *types.Type, name string) *types.Type {
	switch t.Kind {
	case types.Record:
		if f, ok := t.FieldNamed(name); ok {
			return f.Type
		}
	case types.Union:
		for _, b := range t.Branches {
			if f, ok := b.FieldNamed(name); ok {
				return f.Type
			}
		}
	}
	return nil
}

// sideType is the row that the join being written calls so.
func (c *cursor) sideType(name string) *types.Type {
	for j := max(0, c.stageAt); j+3 < len(c.before); j++ {
		if !joinWord(c.before[j].text) || c.before[j+1].text != name || c.before[j+2].text != "=" {
			continue
		}
		if d := c.p.declNamed(c.before[j+3].text); d != nil {
			if t := c.p.streamOf(d); t != nil {
				return t.Row()
			}
		}
		if t := c.p.index().topics[c.before[j+3].text]; t != nil {
			return t.Row
		}
	}
	return nil
}

// expected are the values that what stands before the cursor asks for: symbols of an
// enum it is compared with, true and false.
func (c *cursor) expected(base int) []candidate {
	path := c.compared()
	if len(path) == 0 {
		return nil
	}
	row, f := c.above()
	t := c.typeOf(row, f, path)
	if t == nil && c.head == "fn" {
		t = c.paramType(path[0])
	}
	if t == nil && (c.head == "param" || c.head == "schema" || c.head == "const") {
		t = c.namedType(path[len(path)-1])
	}
	if t == nil || t.Kind != types.Enum && t.Kind != types.Boolean {
		return nil
	}
	return fields(t, base)
}

// compared is the path that the value at the cursor is compared with or assigned to.
func (c *cursor) compared() []string {
	i := len(c.before) - 1
	if b, at := c.bracket(); (b == "(" || b == "[") && at > 0 && (c.before[at-1].text == "in") && (c.before[i].text == "," || i == at) {
		i = at - 1
	}
	if i < 1 {
		return nil
	}
	switch c.before[i].text {
	case "==", "!=", "in", "<", ">", "<=", ">=", "=":
	default:
		return nil
	}
	i--
	if c.before[i].text == "not" {
		i--
	}
	if c.before[i].text == ">" || c.before[i].text == "?" {
		i--
	}
	var path []string
	for i >= 0 && wordlike(c.before[i].kind) {
		path = append([]string{unquoted(c.before[i].text)}, path...)
		if i < 1 || c.before[i-1].text != "." && c.before[i-1].text != "?." {
			break
		}
		i -= 2
	}
	return path
}

// paramType is the type of a parameter of the function around.
func (c *cursor) paramType(name string) *types.Type {
	for i := 0; i+2 < len(c.before); i++ {
		if c.before[i].text == name && c.before[i+1].text == ":" {
			return c.namedType(c.before[i+2].text)
		}
	}
	return nil
}

// namedType is the enum of a name, as a type.
func (c *cursor) namedType(name string) *types.Type {
	d, ok := c.p.declNamed(name).(*ast.EnumDecl)
	if !ok {
		if name == "boolean" {
			return types.TBoolean
		}
		return nil
	}
	t := &types.Type{Kind: types.Enum, Name: name}
	for _, item := range d.Items {
		t.Symbols = append(t.Symbols, item.Name.Name)
	}
	return t
}

// recordKeys are the fields of the row being written in a test, nil elsewhere; behind a
// colon the values of the field.
func (c *cursor) recordKeys() []candidate {
	b, at := c.bracket()
	if c.head != "test" || b != "{" || len(c.brackets) < 2 {
		return nil
	}
	row := c.stepRow()
	if row == nil {
		return nil
	}
	// the path of record keys that leads here
	for _, open := range c.brackets[2:] {
		if open > 1 && c.before[open].text == "{" && c.before[open-1].text == ":" {
			row = memberOf(row, unquoted(c.before[open-2].text))
			if row == nil {
				return nil
			}
		}
	}
	p1 := c.prev(1)
	switch {
	case p1.text == ":" && len(c.before) > 1:
		t := memberOf(row, unquoted(c.word(2)))
		return append(fields(t, 90), keywords([]string{"null", "true", "false"}, lsp.CompletionItemKindConstant, 40)...)
	case p1.text == "{" || p1.text == ",":
		written := map[string]bool{}
		for i := at + 1; i+1 < len(c.before); i++ {
			if c.before[i+1].text == ":" {
				written[c.before[i].text] = true
			}
		}
		out := fields(row, 90)
		for i := range out {
			if written[out[i].label] {
				out[i].base -= 60
			}
			if c.next().text != ":" {
				out[i].insert = out[i].label + ": "
			}
		}
		return append(out, candidate{label: "op", kind: lsp.CompletionItemKindField, detail: "the kind of change", base: 30})
	}
	return nil
}

// stepRow is the row of the step of a test around the cursor.
func (c *cursor) stepRow() *types.Type {
	for i := len(c.before) - 1; i > 0; i-- {
		if w := c.before[i-1].text; w != "given" && w != "expect" {
			continue
		}
		name := unquoted(c.before[i].text)
		if d := c.p.declNamed(name); d != nil {
			if t := c.p.streamOf(d); t != nil {
				return t.Row()
			}
		}
		if t := c.p.index().topics[name]; t != nil {
			return t.Row
		}
		return nil
	}
	return nil
}

// settingsHere are the settings of the block at the cursor, nil outside one.
func (c *cursor) settingsHere() []sig.Setting {
	b, _ := c.bracket()
	if b != "{" && b != "(" {
		return nil
	}
	var list []sig.Setting
	switch c.head {
	case "source", "sink":
		for i, t := range c.before {
			if (t.text == "from" && c.head == "source" || t.text == "to") && i+1 < len(c.before) {
				list = c.p.connectorSettings(c.before[i+1].text)
			}
		}
	case "fn":
		if slices.ContainsFunc(c.before, func(t tok) bool { return t.text == "wasm" }) {
			list = settingsBehind(c.head)
		}
	default:
		list = settingsBehind(c.head)
	}
	if b == "(" { // format: json(...)
		i := c.brackets[len(c.brackets)-1]
		if i > 0 {
			if f := c.p.env.Catalog.Format(c.before[i-1].text); f != nil {
				return f.Settings
			}
		}
		return nil
	}
	return list
}

func (c *cursor) settingNames() []candidate {
	list := c.settingsHere()
	p1 := c.prev(1)
	if list == nil || p1.text == ":" {
		return nil
	}
	written := map[string]bool{}
	for i := 0; i+1 < len(c.before); i++ {
		written[c.before[i].text] = written[c.before[i].text] || c.before[i+1].text == ":"
	}
	var out []candidate
	for i, s := range list {
		cand := candidate{label: s.Name, kind: lsp.CompletionItemKindProperty, detail: s.Doc, base: 85 - min(i, 20), doc: textDoc(s.Doc)}
		if written[s.Name] {
			cand.base -= 50
		}
		if c.next().text != ":" {
			cand.insert = s.Name + ": "
		}
		out = append(out, cand)
	}
	return out
}

// settingValue are the words that a setting takes.
func (c *cursor) settingValue() ([]candidate, bool) {
	list := c.settingsHere()
	if list == nil || c.prev(1).text != ":" {
		return nil, false
	}
	i := slices.IndexFunc(list, func(s sig.Setting) bool { return s.Name == c.word(2) })
	if i < 0 {
		return nil, false
	}
	s := list[i]
	out := keywords(s.Values, lsp.CompletionItemKindEnumMember, 90)
	switch s.Kind {
	case sig.SettingBool:
		out = append(out, keywords([]string{"true", "false"}, lsp.CompletionItemKindConstant, 90)...)
	case sig.SettingFormat:
		out = append(out, keywords(c.p.env.Catalog.FormatNames(), lsp.CompletionItemKindModule, 90)...)
	}
	if c.head == "topic" && (s.Name == "key" || s.Name == "time") {
		if t, ok := c.decl.(*ast.TopicDecl); ok {
			if row := c.p.streamOf(t); row != nil {
				out = append(out, columns(row, 80)...)
			}
		}
		if row := c.topicRow(); row != nil {
			out = append(out, fields(row, 85)...)
		}
	}
	return out, true
}

// topicRow is the row type named in the head of a topic.
func (c *cursor) topicRow() *types.Type {
	for i := 0; i+1 < len(c.before); i++ {
		if c.before[i].text != ":" {
			continue
		}
		for _, t := range c.p.Result.Program.Topics {
			if t.Row != nil && t.Row.Name == c.before[i+1].text {
				return t.Row
			}
		}
		if d, ok := c.p.declNamed(c.before[i+1].text).(*ast.SchemaDecl); ok && d.Record != nil {
			out := &types.Type{Kind: types.Record, Name: d.Name.Name}
			for _, f := range d.Record.Fields {
				out.Fields = append(out.Fields, types.Field{Name: f.Name.Name, Type: types.TUnknown})
			}
			return out
		}
		return nil
	}
	return nil
}

// inLiteral is what may stand in a text: time zones, formats, files of imports.
func (c *cursor) inLiteral() []candidate {
	if c.literal != syntax.String && c.literal != syntax.Text {
		return nil
	}
	c.prefix = strings.TrimLeft(c.prefix, `"'`)
	quote := 1
	c.from += quote
	p1 := c.prev(1)
	if p1.text == "import" {
		return c.files()
	}
	if p1.text == "timezone" || p1.text == "zone" || p1.text == ":" && c.word(2) == "zone" || c.zoneArgument() {
		var out []candidate
		for _, z := range zones() {
			base := 0
			if z == "UTC" {
				base = 10
			}
			out = append(out, candidate{label: z, kind: lsp.CompletionItemKindConstant, base: base})
		}
		return out
	}
	return nil
}

// zoneArgument tells that a text is the argument of a call that takes a time zone.
func (c *cursor) zoneArgument() bool {
	b, at := c.bracket()
	if b != "(" || at == 0 {
		return false
	}
	f := c.p.env.Catalog.Function(c.before[at-1].text)
	if f == nil {
		return false
	}
	n := argument(c.before[at+1:])
	for _, o := range f.Overloads {
		if n < len(o.Params) && (o.Params[n].Name == "zone" || o.Params[n].Zone) {
			return true
		}
	}
	return false
}

// argument is the number of the argument that stands behind some tokens of a call.
func argument(tokens []tok) int {
	n, depth := 0, 0
	for _, t := range tokens {
		switch t.text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		case ",":
			if depth == 0 {
				n++
			}
		}
	}
	return n
}

// files are the other files of the workspace, as an import names them.
func (c *cursor) files() []candidate {
	var out []candidate
	for _, path := range c.s.Files() {
		if rel := relative(c.doc.Path, path); path != c.doc.Path && rel != "" {
			out = append(out, candidate{label: rel, kind: lsp.CompletionItemKindFile, base: 10})
		}
	}
	return out
}
