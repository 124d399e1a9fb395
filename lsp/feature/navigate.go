package feature

import (
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// at is the spot of a position, nil where the file cannot be read.
func (s *Snapshot) at(path string, pos lsp.Position) *spot {
	doc := s.Doc(path)
	if doc == nil {
		return nil
	}
	return s.spot(path, s.env.Encoding.Offset(doc.File, pos))
}

// meant is the spot of a position and what stands there; ok is false for nothing.
func (s *Snapshot) meant(path string, pos lsp.Position) (sp *spot, m meaning, ok bool) {
	if sp = s.at(path, pos); sp == nil {
		return nil, m, false
	}
	m, ok = sp.meaning()
	return sp, m, ok
}

// identity is the place that stands for a meaning: where the thing is declared. It is
// the same wherever it is named.
func (m meaning) identity() source.Span {
	switch {
	case m.Decl != nil:
		if span := m.Decl.DeclHead().Name.Span; span.Known() {
			return span
		}
		return m.Decl.Pos()
	case m.Column != nil:
		return m.Column.At
	case m.Symbol != nil:
		return m.Symbol.Item.Name.Span
	case m.Local != nil:
		return m.Local.Span
	}
	return source.Span{}
}

// Definition is where the thing at a place is declared or made.
func (s *Snapshot) Definition(path string, pos lsp.Position) []lsp.Location {
	sp, m, ok := s.meant(path, pos)
	if !ok {
		return nil
	}
	if m.Import != nil {
		if file, d := s.imported(path, m.Import); d != nil {
			return []lsp.Location{s.startOf(file)}
		}
		return nil
	}
	return sp.p.places(m.identity())
}

func (p *Program) places(spans ...source.Span) []lsp.Location {
	var out []lsp.Location
	for _, span := range spans {
		if l, ok := p.location(span); ok {
			out = append(out, l)
		}
	}
	return out
}

// TypeDefinition is where the type of the thing at a place is declared.
func (s *Snapshot) TypeDefinition(path string, pos lsp.Position) []lsp.Location {
	sp, m, ok := s.meant(path, pos)
	if !ok {
		return nil
	}
	t := m.Type
	if t == nil && m.Column != nil && m.Column.Field != nil {
		if n, isNamed := m.Column.Field.Type.(*ast.NamedType); isNamed {
			return sp.p.namePlace(sp.p.declNamed(n.Name.String()))
		}
	}
	if topic, isTopic := m.Decl.(*ast.TopicDecl); isTopic && t == nil {
		if row := sp.p.streamOf(topic); row != nil {
			t = row.Row()
		}
	}
	for t != nil && (t.Kind == types.Array || t.Kind == types.Map) {
		t = t.Elem
	}
	if t == nil || t.Name == "" {
		return nil
	}
	return sp.p.namePlace(sp.p.declNamed(t.Name))
}

// namePlace is where a declaration has its name, nothing for none.
func (p *Program) namePlace(d ast.Decl) []lsp.Location {
	if d == nil {
		return nil
	}
	return p.places(d.DeclHead().Name.Span)
}

// Implementation leads from a topic to what gives it rows, from a union to its branches,
// and from a stream or view to itself.
func (s *Snapshot) Implementation(path string, pos lsp.Position) []lsp.Location {
	sp, m, ok := s.meant(path, pos)
	if !ok {
		return nil
	}
	switch d := m.Decl.(type) {
	case *ast.TopicDecl:
		var out []source.Span
		for _, w := range sp.p.index().writers[d.Name.Name] {
			if src, isSource := w.decl.(*ast.SourceDecl); isSource {
				out = append(out, src.Name.Span)
			} else {
				out = append(out, w.at)
			}
		}
		if d.From != nil {
			out = append(out, d.From.Span)
		}
		return sp.p.places(out...)
	case *ast.SchemaDecl:
		var out []source.Span
		for _, b := range d.Union {
			if decl := sp.p.declOf(b); decl != nil {
				out = append(out, decl.DeclHead().Name.Span)
			}
		}
		return sp.p.places(out...)
	}
	if m.Local != nil { // a topic that is declared nowhere
		var out []source.Span
		for _, w := range sp.p.index().writers[m.Word] {
			out = append(out, w.at)
		}
		return sp.p.places(out...)
	}
	return sp.p.places(m.identity())
}

// site is a place where a thing is named.
type site struct {
	doc        *Doc
	start, end int
	span       source.Span
	declares   bool
	writes     bool
}

// sites are all places in the workspace that name a thing. Files are looked at only
// where they hold the word.
func (s *Snapshot) sites(sp *spot, m meaning, everywhere bool) []site {
	id := m.identity()
	home, _, _, ok := sp.p.place(id)
	if !ok {
		return nil
	}
	paths := []string{sp.doc.Path}
	if everywhere {
		paths = s.Files()
		if !contains(paths, home.Path) {
			paths = append(paths, home.Path)
		}
		if !contains(paths, sp.doc.Path) {
			paths = append(paths, sp.doc.Path)
		}
	}
	var out []site
	for _, path := range paths {
		d := s.Doc(path)
		if d == nil || len(d.places().at[m.Word]) == 0 && !d.places().csv[m.Word] {
			continue
		}
		p := s.Program(path)
		if p == nil || p.docs[home.Path] != home {
			continue
		}
		for _, at := range d.places().at[m.Word] {
			there := s.spot(path, at)
			found, ok := there.meaning()
			if !ok || found.identity() != id {
				continue
			}
			start, end, _ := d.place(found.At)
			out = append(out, site{doc: d, start: start, end: end, span: found.At, declares: found.At == id, writes: found.At == id || there.isTarget(found.At)})
		}
		out = append(out, p.headers(d, m.Word, id)...)
	}
	return out
}

// headers are the places where the head of the CSV rows of a test names a column.
func (p *Program) headers(d *Doc, word string, id source.Span) []site {
	var out []site
	if !d.places().csv[word] {
		return nil
	}
	for _, decl := range d.Tree.Decls {
		test, ok := decl.(*ast.TestDecl)
		if !ok {
			continue
		}
		for _, st := range test.Steps {
			lit, path := csvOf(st)
			if lit == nil {
				continue
			}
			start, _, _ := d.place(lit.Span)
			for _, h := range csvHead(lit.Span.Text()) {
				o, ok := p.ofRel(&ast.RelRef{Path: path}, h.name, maxHops)
				if ok && h.name == word && o.At == id {
					out = append(out, site{doc: d, start: start + h.at, end: start + h.at + len(word)})
				}
			}
		}
	}
	return out
}

func contains(list []string, x string) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// isTarget tells that rows are sent to the name at a place.
func (sp *spot) isTarget(at source.Span) bool {
	for _, ws := range sp.p.index().writers {
		for _, w := range ws {
			if w.at == at {
				return true
			}
		}
	}
	return false
}

// References are all places of the workspace that name the thing at a place.
func (s *Snapshot) References(path string, pos lsp.Position, declaration bool) []lsp.Location {
	out := []lsp.Location{}
	sp, m, ok := s.meant(path, pos)
	if !ok {
		return out
	}
	for _, x := range s.sites(sp, m, true) {
		if x.declares && !declaration {
			continue
		}
		out = append(out, lsp.Location{URI: uriOf(x.doc), Range: s.env.Encoding.Range(x.doc.File, x.start, x.end)})
	}
	return out
}

// Highlights are the places of the file that name the thing at a place.
func (s *Snapshot) Highlights(path string, pos lsp.Position) []lsp.DocumentHighlight {
	out := []lsp.DocumentHighlight{}
	sp, m, ok := s.meant(path, pos)
	if !ok {
		return out
	}
	add := func(start, end int, k lsp.DocumentHighlightKind) {
		out = append(out, lsp.DocumentHighlight{Range: s.env.Encoding.Range(sp.doc.File, start, end), Kind: &k})
	}
	for _, x := range s.sites(sp, m, false) {
		if x.writes {
			add(x.start, x.end, lsp.DocumentHighlightKindWrite)
		} else {
			add(x.start, x.end, lsp.DocumentHighlightKindRead)
		}
	}
	if m.Function != nil || m.Aggregate != nil {
		for _, at := range sp.doc.places().at[m.Word] {
			if found, ok := s.spot(path, at).meaning(); ok && (found.Function != nil || found.Aggregate != nil) {
				add(at, at+len(m.Word), lsp.DocumentHighlightKindRead)
			}
		}
	}
	return out
}
