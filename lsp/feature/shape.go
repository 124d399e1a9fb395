package feature

import (
	"path/filepath"
	"sort"
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lsp/protocol"
)

// Folds are the stretches of a file that can be folded: declarations, blocks, runs of
// comments and imports.
func (s *Snapshot) Folds(path string) []lsp.FoldingRange {
	out := []lsp.FoldingRange{}
	doc := s.Doc(path)
	if doc == nil {
		return out
	}
	seen := map[[2]uint32]bool{}
	fold := func(start, end int, kind string) {
		a, b := uint32(doc.File.Position(start).Line-1), uint32(doc.File.Position(end).Line-1)
		if a >= b || seen[[2]uint32{a, b}] {
			return
		}
		seen[[2]uint32{a, b}] = true
		f := lsp.FoldingRange{StartLine: a, EndLine: b}
		if kind != "" {
			f.Kind = &kind
		}
		out = append(out, f)
	}
	if n := len(doc.Tree.Imports); n > 1 {
		first, _, _ := doc.place(doc.Tree.Imports[0].Span)
		_, last, _ := doc.place(doc.Tree.Imports[n-1].Span)
		fold(first, last, string(lsp.FoldingRangeKindImports))
	}
	for _, p := range doc.Parts {
		for _, d := range p.Tree.Decls {
			span := d.Pos()
			if name := d.DeclHead().Name.Span; name.Known() {
				span.Start = name.Start
			}
			fold(p.Start+span.Start, p.Start+span.End, "")
		}
		var open []int
		comment, lastComment := -1, -1
		for _, t := range syntax.Lex(p.File) {
			text := p.File.Text[t.Start:t.End]
			if t.Kind == syntax.Comment || t.Kind == syntax.Doc {
				if comment < 0 {
					comment = t.Start
				}
				lastComment = t.End
				continue
			}
			if comment >= 0 {
				fold(p.Start+comment, p.Start+lastComment, string(lsp.FoldingRangeKindComment))
				comment = -1
			}
			switch {
			case t.Kind != syntax.Op:
			case text == "{" || text == "[" || text == "(":
				open = append(open, t.Start)
			case (text == "}" || text == "]" || text == ")") && len(open) > 0:
				fold(p.Start+open[len(open)-1], p.Start+t.Start, "")
				open = open[:len(open)-1]
			}
		}
	}
	return out
}

// Selections widen from each place outwards: the word, the expressions around it, the
// stage, the pipeline, the declaration, the file.
func (s *Snapshot) Selections(path string, positions []lsp.Position) []lsp.SelectionRange {
	out := []lsp.SelectionRange{}
	for _, pos := range positions {
		sp := s.at(path, pos)
		if sp == nil {
			return out
		}
		out = append(out, *sp.selection())
	}
	return out
}

func (sp *spot) selection() *lsp.SelectionRange {
	spans := []source.Span{{File: sp.doc.File, End: len(sp.doc.text())}}
	inner := func(span source.Span) {
		if sp.holds(span) {
			spans = append(spans, span)
		}
	}
	if sp.decl != nil {
		inner(sp.decl.Pos())
		for _, f := range flowsOf(sp.decl) {
			inner(f.Span)
			for _, st := range f.Stages {
				inner(st.Pos())
				for _, item := range itemsOf(st) {
					inner(item)
				}
			}
		}
	}
	for _, n := range sp.notes.Exprs {
		inner(n.Expr.Pos())
	}
	if t, _ := sp.token(); t.End > t.Start {
		inner(sp.span(t))
	}
	sort.SliceStable(spans, func(i, j int) bool { return spans[i].End-spans[i].Start > spans[j].End-spans[j].Start })
	var out *lsp.SelectionRange
	for _, span := range spans {
		r := sp.s.rangeOf(sp.doc, span)
		if out != nil && (out.Range == r || !within(r, out.Range)) {
			continue
		}
		out = &lsp.SelectionRange{Range: r, Parent: out}
	}
	return out
}

// itemsOf are the named expressions of a stage.
func itemsOf(st ast.Stage) []source.Span {
	var out []source.Span
	add := func(items []ast.NamedExpr) {
		for _, item := range items {
			out = append(out, item.Span)
		}
	}
	switch st := st.(type) {
	case *ast.SelectStage:
		for _, item := range st.Items {
			out = append(out, item.Span)
		}
	case *ast.ExtendStage:
		add(st.Items)
	case *ast.LetStage:
		add(st.Items)
	case *ast.AggStage:
		for _, item := range st.Items {
			out = append(out, item.Span)
		}
		add(st.By)
	}
	return out
}

func within(a, b lsp.Range) bool { return !earlier(a.Start, b.Start) && !earlier(b.End, a.End) }

func earlier(a, b lsp.Position) bool {
	return a.Line < b.Line || a.Line == b.Line && a.Character < b.Character
}

// Links are the files that a program names: imports, data, modules of functions.
func (s *Snapshot) Links(path string) []lsp.DocumentLink {
	out := []lsp.DocumentLink{}
	doc := s.Doc(path)
	if doc == nil {
		return out
	}
	link := func(lit *ast.StringLit, tip string) {
		if lit == nil || lit.Value == "" || lit.Value == "-" {
			return
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(lit.Value, "file://"), "?")
		if strings.ContainsAny(name, "*[") || strings.Contains(name, "://") {
			return
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(doc.Path), filepath.FromSlash(name))
		}
		target := protocol.URI(name)
		out = append(out, lsp.DocumentLink{Range: s.rangeOf(doc, lit.Span), Target: &target, Tooltip: &tip})
	}
	for _, imp := range doc.Tree.Imports {
		link(imp.File, "the imported file")
		if imp.File != nil {
			continue
		}
		if file, d := s.imported(doc.Path, imp); d != nil {
			target, tip := protocol.URI(file), "the imported file"
			out = append(out, lsp.DocumentLink{Range: s.rangeOf(doc, imp.Path.Span), Target: &target, Tooltip: &tip})
		}
	}
	for _, d := range doc.Tree.Decls {
		switch d := d.(type) {
		case *ast.TopicDecl:
			link(d.From, "the data of the topic")
		case *ast.SinkDecl:
			link(d.File, "where the rows go")
		case *ast.FnDecl:
			if d.Wasm != nil {
				link(d.Wasm.Module, "the module of the function")
			}
		case *ast.RouteDecl:
			for _, arm := range arms(d) {
				for _, t := range arm.Targets {
					link(t.File, "where the rows go")
				}
			}
		}
		if block, _ := settingsOf(d); block != nil {
			for _, item := range block.Items {
				if lit, ok := item.Value.(*ast.StringLit); ok && item.Name.Name == "path" {
					link(lit, "the data")
				}
			}
		}
	}
	return out
}
