package feature

import (
	"context"
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lsp/protocol"
)

// Symbols are the declarations of a file with what they hold.
func (s *Snapshot) Symbols(path string) []lsp.DocumentSymbol {
	out := []lsp.DocumentSymbol{}
	doc := s.Doc(path)
	if doc == nil {
		return out
	}
	for _, d := range doc.Tree.Decls {
		if sym, ok := s.symbolOf(doc, d); ok {
			out = append(out, sym)
		}
	}
	return out
}

func (s *Snapshot) symbolOf(doc *Doc, d ast.Decl) (lsp.DocumentSymbol, bool) {
	head := d.DeclHead()
	name, at := head.Name.Name, head.Name.Span
	if name == "" {
		name, at = oneLine(head.Span.Text(), 40), head.Span
	}
	if name == "" {
		return lsp.DocumentSymbol{}, false
	}
	what := declWord(d)
	out := lsp.DocumentSymbol{Name: name, Detail: &what, Kind: symbolKind(d), Range: s.rangeOf(doc, d.Pos()), SelectionRange: s.rangeOf(doc, at)}
	child := func(id ast.Ident, span source.Span, k lsp.SymbolKind, detail string) {
		if id.Name != "" && span.Start <= id.Span.Start && id.Span.End <= span.End {
			out.Children = append(out.Children, lsp.DocumentSymbol{Name: id.Name, Detail: &detail, Kind: k, Range: s.rangeOf(doc, span), SelectionRange: s.rangeOf(doc, id.Span)})
		}
	}
	switch d := d.(type) {
	case *ast.SchemaDecl:
		if d.Record != nil {
			for _, f := range d.Record.Fields {
				child(f.Name, f.Span, lsp.SymbolKindField, f.Type.Pos().Text())
			}
		}
	case *ast.EnumDecl:
		for _, item := range d.Items {
			child(item.Name, item.Span, lsp.SymbolKindEnumMember, "")
		}
	case *ast.ViewDecl:
		for _, st := range d.States {
			child(st.Name, st.Span, lsp.SymbolKindField, st.Type.Pos().Text())
		}
	}
	return out, true
}

func (s *Snapshot) rangeOf(doc *Doc, span source.Span) lsp.Range {
	start, end, _ := doc.place(span)
	return s.env.Encoding.Range(doc.File, start, end)
}

// declWord is what a declaration is called in the language.
func declWord(d ast.Decl) string {
	switch d := d.(type) {
	case *ast.SchemaDecl:
		return "schema"
	case *ast.EnumDecl:
		return "enum"
	case *ast.TopicDecl:
		return "topic"
	case *ast.SourceDecl:
		return "source"
	case *ast.SinkDecl:
		return "sink"
	case *ast.StreamDecl:
		if d.Table {
			return "table"
		}
		return "stream"
	case *ast.ViewDecl:
		return "view"
	case *ast.CommandDecl:
		return "command"
	case *ast.RouteDecl:
		return "route"
	case *ast.FnDecl:
		return "fn"
	case *ast.PipeDecl:
		return "pipe"
	case *ast.ConstDecl:
		return "const"
	case *ast.ParamDecl:
		return "param"
	case *ast.SecretDecl:
		return "secret"
	case *ast.ScheduleDecl:
		return "schedule"
	case *ast.PolicyDecl:
		return "policy"
	case *ast.GrantDecl:
		return "grant"
	case *ast.TestDecl:
		return "test"
	case *ast.BadDecl:
	}
	return ""
}

func symbolKind(d ast.Decl) lsp.SymbolKind {
	switch d := d.(type) {
	case *ast.SchemaDecl:
		if d.Union != nil {
			return lsp.SymbolKindInterface
		}
		return lsp.SymbolKindStruct
	case *ast.EnumDecl:
		return lsp.SymbolKindEnum
	case *ast.TopicDecl:
		return lsp.SymbolKindObject
	case *ast.SourceDecl, *ast.SinkDecl:
		return lsp.SymbolKindModule
	case *ast.StreamDecl, *ast.ViewDecl:
		return lsp.SymbolKindVariable
	case *ast.RouteDecl, *ast.ScheduleDecl, *ast.CommandDecl:
		return lsp.SymbolKindEvent
	case *ast.FnDecl, *ast.PipeDecl:
		return lsp.SymbolKindFunction
	case *ast.ConstDecl, *ast.ParamDecl, *ast.SecretDecl:
		return lsp.SymbolKindConstant
	case *ast.TestDecl:
		return lsp.SymbolKindMethod
	case *ast.PolicyDecl, *ast.GrantDecl, *ast.BadDecl:
	}
	return lsp.SymbolKindKey
}

// maxSymbols bounds the answer to a search of the workspace.
const maxSymbols = 500

// WorkspaceSymbols are the declarations of all files whose names fit a query.
func (s *Snapshot) WorkspaceSymbols(ctx context.Context, query string) []lsp.SymbolInformation {
	out := []lsp.SymbolInformation{}
	for _, path := range s.Files() {
		doc := s.Doc(path)
		if doc == nil || ctx.Err() != nil {
			continue
		}
		module := ""
		if doc.Tree.Module != nil {
			module = doc.Tree.Module.Name.String()
		}
		for _, d := range doc.Tree.Decls {
			name := d.DeclHead().Name
			if name.Name == "" || query != "" && !fitsPrefix(name.Name, query) && !strings.Contains(strings.ToLower(name.Name), strings.ToLower(query)) {
				continue
			}
			info := lsp.SymbolInformation{Name: name.Name, Kind: symbolKind(d), Location: lsp.Location{URI: uriOf(doc), Range: s.rangeOf(doc, name.Span)}}
			if module != "" {
				info.ContainerName = &module
			}
			if out = append(out, info); len(out) >= maxSymbols {
				return out
			}
		}
	}
	return out
}

// startOf is the beginning of a file.
func (s *Snapshot) startOf(path string) lsp.Location { return lsp.Location{URI: protocol.URI(path)} }
