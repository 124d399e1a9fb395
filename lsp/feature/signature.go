package feature

import (
	"strings"
	"unicode/utf16"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/sig"
)

// Signature tells what the call at a place takes, nil outside calls.
func (s *Snapshot) Signature(path string, pos lsp.Position) *lsp.SignatureHelp {
	sp := s.at(path, pos)
	if sp == nil {
		return nil
	}
	c := sp.cursor()
	if c == nil {
		return nil
	}
	if c.literal != 0 && len(c.before) == 0 {
		return nil
	}
	for i := len(c.brackets) - 1; i >= 0; i-- {
		open := c.brackets[i]
		if c.before[open].text != "(" || open == 0 || !wordlike(c.before[open-1].kind) {
			continue
		}
		if help := c.signature(c.before[open-1].text, c.before[open+1:]); help != nil {
			return help
		}
	}
	return nil
}

func (c *cursor) signature(name string, args []tok) *lsp.SignatureHelp {
	n := argument(args)
	given := 0
	if len(args) > 0 {
		given = n + 1
	}
	var list []lsp.SignatureInformation
	best := -1
	add := func(text, doc string, params []string, variadic bool) {
		info := lsp.SignatureInformation{Label: text, Parameters: parametersOf(text, params)}
		if doc != "" {
			info.Documentation = lsp.MarkupContent{Kind: lsp.MarkupKindMarkdown, Value: doc}
		}
		if best < 0 && (given <= len(params) || variadic) {
			best = len(list)
		}
		list = append(list, info)
	}
	overloads := func(f *sig.Function) {
		for _, o := range f.Overloads {
			var params []string
			variadic := false
			for _, p := range o.Params {
				params = append(params, p.Name)
				variadic = variadic || p.Variadic
			}
			add(o.Text, strings.TrimSpace(f.Doc), params, variadic)
		}
	}
	if a := c.p.env.Catalog.Aggregate(name); a != nil {
		overloads(&a.Function)
	}
	if f := c.p.env.Catalog.Function(name); f != nil {
		overloads(f)
	}
	if f := rowFunction(name); f != nil {
		overloads(f)
	}
	switch d := c.p.declNamed(name).(type) {
	case *ast.FnDecl:
		text := withoutDoc(d, 1)
		text, _, _ = strings.Cut(text, " =")
		add(strings.TrimPrefix(text, "fn "), docText(d.Doc), paramNames(d.Params), false)
	case *ast.PipeDecl:
		text, _, _ := strings.Cut(withoutDoc(d, 1), " =")
		add(strings.TrimPrefix(text, "pipe "), docText(d.Doc), paramNames(d.Params), false)
	}
	if len(list) == 0 {
		return nil
	}
	active, param := uint32(max(best, 0)), uint32(n)
	if k := len(list[active].Parameters); k > 0 && int(param) >= k {
		param = uint32(k - 1)
	}
	return &lsp.SignatureHelp{Signatures: list, ActiveSignature: &active, ActiveParameter: &param}
}

func paramNames(params []*ast.Param) []string {
	out := make([]string, len(params))
	for i, p := range params {
		out[i] = p.Name.Name
	}
	return out
}

// parametersOf finds the parameters in the text of a signature.
func parametersOf(text string, names []string) []lsp.ParameterInformation {
	var out []lsp.ParameterInformation
	at := strings.IndexByte(text, '(') + 1
	for _, name := range names {
		i := strings.Index(text[at:], name)
		if i < 0 {
			out = append(out, lsp.ParameterInformation{Label: name})
			continue
		}
		start := at + i
		end := start
		for depth := 0; end < len(text); end++ {
			c := text[end]
			if c == '(' || c == '<' {
				depth++
			}
			if (c == ')' || c == '>') && depth > 0 && text[end-1] != '-' {
				depth--
				continue
			}
			if depth == 0 && (c == ',' || c == ')') {
				break
			}
		}
		units := func(s string) uint32 { return uint32(len(utf16.Encode([]rune(s)))) }
		out = append(out, lsp.ParameterInformation{Label: [2]uint32{units(text[:start]), units(text[:end])}})
		at = end
	}
	return out
}
