package feature

import (
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/types"
)

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
