package feature

import (
	"strconv"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lsp/protocol"
)

func protocolPath(uri string) (string, bool) {
	if path, ok := protocol.Path(uri); ok {
		return path, true
	}
	return uri, uri != ""
}

func itoa(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// PrepareTypes is the schema at a place, for the hierarchy of unions and their branches.
func (s *Snapshot) PrepareTypes(path string, pos lsp.Position) []protocol.TypeHierarchyItem {
	if sp, m, ok := s.meant(path, pos); ok {
		if d, isSchema := m.Decl.(*ast.SchemaDecl); isSchema {
			return sp.p.typeItems(d)
		}
	}
	return nil
}

func (p *Program) typeItems(d *ast.SchemaDecl) []protocol.TypeHierarchyItem {
	l, ok := p.location(d.Name.Span)
	if !ok {
		return nil
	}
	detail := "schema"
	if d.Union != nil {
		detail = "union"
	}
	return []protocol.TypeHierarchyItem{{
		Name: d.Name.Name, Kind: symbolKind(d), Detail: detail, URI: l.URI, Range: l.Range, SelectionRange: l.Range,
	}}
}

// Subtypes are the branches of a union.
func (s *Snapshot) Subtypes(item protocol.TypeHierarchyItem) []protocol.TypeHierarchyItem {
	out := []protocol.TypeHierarchyItem{}
	sp, m, ok := s.spotOf(item.URI, item.SelectionRange)
	if !ok {
		return out
	}
	if d, isSchema := m.Decl.(*ast.SchemaDecl); isSchema {
		for _, b := range d.Union {
			if branch, ok := sp.p.declOf(b).(*ast.SchemaDecl); ok {
				out = append(out, sp.p.typeItems(branch)...)
			}
		}
	}
	return out
}

// Supertypes are the unions that have a schema as a branch.
func (s *Snapshot) Supertypes(item protocol.TypeHierarchyItem) []protocol.TypeHierarchyItem {
	out := []protocol.TypeHierarchyItem{}
	sp, m, ok := s.spotOf(item.URI, item.SelectionRange)
	if !ok {
		return out
	}
	for _, decl := range sp.p.index().decls {
		u, isSchema := decl.(*ast.SchemaDecl)
		if !isSchema {
			continue
		}
		for _, b := range u.Union {
			if sp.p.declOf(b) == m.Decl {
				out = append(out, sp.p.typeItems(u)...)
			}
		}
	}
	return out
}
