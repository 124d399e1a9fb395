package feature

import (
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/syntax"
)

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
