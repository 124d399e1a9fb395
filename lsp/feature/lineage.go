package feature

import (
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
)

// The hierarchy of calls is that of columns and streams: what a column is computed from
// are its outgoing calls, what is computed from it the incoming ones.

// PrepareLineage is the column or stream at a place.
func (s *Snapshot) PrepareLineage(path string, pos lsp.Position) []lsp.CallHierarchyItem {
	sp, m, ok := s.meant(path, pos)
	if !ok {
		return nil
	}
	if item, ok := sp.p.lineageItem(m); ok {
		return []lsp.CallHierarchyItem{item}
	}
	return nil
}

func (p *Program) lineageItem(m meaning) (lsp.CallHierarchyItem, bool) {
	switch {
	case m.Column != nil:
		return p.columnItem(*m.Column)
	case m.Decl != nil:
		return p.declItem(m.Decl)
	}
	return lsp.CallHierarchyItem{}, false
}

func (p *Program) columnItem(o origin) (lsp.CallHierarchyItem, bool) {
	l, ok := p.location(o.At)
	if !ok {
		return lsp.CallHierarchyItem{}, false
	}
	detail := ""
	if o.Decl != nil {
		detail = declWord(o.Decl) + " " + o.Decl.DeclHead().Name.Name
	}
	if o.Value != nil {
		detail += ": " + oneLine(o.Value.Pos().Text(), 60)
	}
	return lsp.CallHierarchyItem{Name: o.Name, Kind: lsp.SymbolKindField, Detail: &detail, URI: l.URI, Range: l.Range, SelectionRange: l.Range}, true
}

func (p *Program) declItem(d ast.Decl) (lsp.CallHierarchyItem, bool) {
	l, ok := p.location(d.DeclHead().Name.Span)
	if !ok {
		return lsp.CallHierarchyItem{}, false
	}
	detail := declWord(d)
	return lsp.CallHierarchyItem{Name: d.DeclHead().Name.Name, Kind: symbolKind(d), Detail: &detail, URI: l.URI, Range: l.Range, SelectionRange: l.Range}, true
}

// spotOf is the spot of an item that the client hands back.
func (s *Snapshot) spotOf(uri string, r lsp.Range) (*spot, meaning, bool) {
	path, ok := protocolPath(uri)
	if !ok {
		return nil, meaning{}, false
	}
	return s.meant(path, r.Start)
}

// ComesFrom are the columns that a column is computed from, or what a stream reads.
func (s *Snapshot) ComesFrom(item lsp.CallHierarchyItem) []lsp.CallHierarchyOutgoingCall {
	out := []lsp.CallHierarchyOutgoingCall{}
	sp, m, ok := s.spotOf(item.URI, item.SelectionRange)
	if !ok {
		return out
	}
	if m.Column == nil {
		for _, d := range sp.p.Result.Uses[m.Decl] {
			if to, ok := sp.p.declItem(d); ok && sp.p.streamOf(d) != nil {
				out = append(out, lsp.CallHierarchyOutgoingCall{To: to, FromRanges: []lsp.Range{item.SelectionRange}})
			}
		}
		return out
	}
	for _, e := range []ast.Expr{m.Column.Value, m.Column.Agg} {
		for _, part := range sp.p.columnsIn(e, m.Column.In) {
			to, ok := sp.p.columnItem(part.origin)
			if !ok {
				continue
			}
			from := []lsp.Range{}
			if l, ok := sp.p.location(part.at); ok {
				from = append(from, l.Range)
			}
			out = append(out, lsp.CallHierarchyOutgoingCall{To: to, FromRanges: from})
		}
	}
	return out
}

// used is a column that an expression reads.
type used struct {
	origin origin
	at     source.Span
}

// columnsIn are the columns that an expression reads where it stands in a flow.
func (p *Program) columnsIn(e ast.Expr, in flowPoint) []used {
	var out []used
	seen := map[source.Span]bool{}
	add := func(o origin, ok bool, at source.Span) {
		if ok && !seen[o.At] {
			seen[o.At] = true
			out = append(out, used{o, at})
		}
	}
	var walk func(e ast.Expr)
	walk = func(e ast.Expr) {
		if e == nil {
			return
		}
		switch e := e.(type) {
		case *ast.Name:
			o, ok := p.origin(in.F, in.I, e.Name)
			add(o, ok, e.Span)
			return
		case *ast.FieldExpr:
			if o, ok := p.fieldOrigin(e, in, maxHops); ok {
				add(o, true, e.Span)
				return
			}
		case *ast.CallExpr:
			for _, a := range e.Args {
				walk(a.Value)
			}
			return
		}
		for _, c := range ast.Children(e) {
			walk(c)
		}
	}
	walk(e)
	return out
}

// GoesTo are the columns that are computed from a column and the stages that use it, or
// the streams that read a stream.
func (s *Snapshot) GoesTo(item lsp.CallHierarchyItem) []lsp.CallHierarchyIncomingCall {
	out := []lsp.CallHierarchyIncomingCall{}
	sp, m, ok := s.spotOf(item.URI, item.SelectionRange)
	if !ok {
		return out
	}
	calls := map[string]int{}
	for _, x := range s.sites(sp, m, true) {
		if x.declares {
			continue
		}
		there := s.spot(x.doc.Path, x.start)
		from, ok := there.user()
		if !ok || from.URI == item.URI && from.SelectionRange == item.SelectionRange {
			continue
		}
		key := from.URI + from.Name + strings.TrimSpace(s.posText(from.SelectionRange))
		r := s.env.Encoding.Range(x.doc.File, x.start, x.end)
		if i, again := calls[key]; again {
			out[i].FromRanges = append(out[i].FromRanges, r)
			continue
		}
		calls[key] = len(out)
		out = append(out, lsp.CallHierarchyIncomingCall{From: from, FromRanges: []lsp.Range{r}})
	}
	return out
}

func (s *Snapshot) posText(r lsp.Range) string {
	return strings.Join([]string{itoa(r.Start.Line), itoa(r.Start.Character)}, ":")
}

// user is what uses the name at a place: the column whose expression holds it, else the
// declaration.
func (sp *spot) user() (lsp.CallHierarchyItem, bool) {
	if f, i, ok := sp.stage(); ok {
		if t := sp.p.Result.Stages[f.Stages[i]]; t != nil {
			for _, c := range visible(t) {
				o, ok := sp.p.origin(f, i+1, c.Name)
				if ok && o.Stage == f.Stages[i] && o.Value != nil && (sp.holds(o.Value.Pos()) || o.Agg != nil && sp.holds(o.Agg.Pos())) {
					return sp.p.columnItem(o)
				}
			}
		}
	}
	if sp.decl == nil {
		return lsp.CallHierarchyItem{}, false
	}
	return sp.p.declItem(sp.decl)
}
