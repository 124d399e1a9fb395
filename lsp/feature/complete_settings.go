package feature

import (
	"slices"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lang/types"
)

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
		if c.next().text == ":" && len(c.after) > 1 && valueFits(s.Kind, c.after[1]) {
			cand.base += 30
		}
		if c.next().text != ":" {
			cand.insert = s.Name + ": "
		}
		out = append(out, cand)
	}
	return out
}

// valueFits tells that a value that is there already is one of a setting's kind.
func valueFits(k sig.SettingKind, value tok) bool {
	switch value.kind {
	case syntax.Duration:
		return k == sig.SettingDuration
	case syntax.Int:
		return k == sig.SettingInt
	case syntax.Size:
		return k == sig.SettingSize
	}
	return k == sig.SettingBool && (value.text == "true" || value.text == "false")
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
