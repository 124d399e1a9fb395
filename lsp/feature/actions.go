package feature

import (
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/diag"
)

// Actions are what can be done about a range: the fixes of what is wrong in it, and
// changes that keep the meaning.
func (s *Snapshot) Actions(path string, r lsp.Range, only []lsp.CodeActionKind) []lsp.CodeAction {
	out := []lsp.CodeAction{}
	p := s.Program(path)
	if p == nil {
		return out
	}
	from, to := s.env.Encoding.Offset(p.Root.File, r.Start), s.env.Encoding.Offset(p.Root.File, r.End)
	wants := func(k lsp.CodeActionKind) bool {
		for _, o := range only {
			if k == o || strings.HasPrefix(string(k), string(o)+".") {
				return true
			}
		}
		return len(only) == 0
	}
	if wants(lsp.CodeActionKindQuickFix) {
		for _, d := range p.diagnosed() {
			if start, end, _ := p.Root.place(d.Span()); start <= to && from <= end {
				out = append(out, s.fixes(p, d)...)
			}
		}
	}
	for _, a := range s.refactorings(path, from) {
		if a.Kind != nil && wants(*a.Kind) {
			out = append(out, a)
		}
	}
	if wants(FixAll) {
		if a, ok := s.fixAll(p); ok {
			out = append(out, a)
		}
	}
	return out
}

// fixes are the ways out that a diagnostic offers. One that only a person can write is
// shown all the same, and says what to do.
func (s *Snapshot) fixes(p *Program, d *diag.Diagnostic) []lsp.CodeAction {
	var out []lsp.CodeAction
	for i, f := range d.Fixes {
		kind := lsp.CodeActionKindQuickFix
		a := lsp.CodeAction{Title: fixTitle(d, f), Kind: &kind, Diagnostics: []lsp.Diagnostic{p.diagnostic(d)}}
		edits := p.fixEdits(d, f)
		if len(edits) == 0 {
			a.Disabled = &struct {
				Reason string `json:"reason"`
			}{"this is written by hand: " + f.Preview}
			out = append(out, a)
			continue
		}
		preferred := f.Confidence == diag.Apply && i == 0
		a.IsPreferred = &preferred
		a.Edit = s.workspaceEdit(edits)
		out = append(out, a)
	}
	return out
}

func fixTitle(d *diag.Diagnostic, f diag.Fix) string {
	title := f.Title
	if d.Code == "E0320" {
		title = "add the missing arm: " + title
	}
	if f.Preview != "" && !strings.Contains(f.Preview, "\n") && !strings.Contains(f.Title, f.Preview) {
		title += ": " + oneLine(f.Preview, 60)
	}
	return title
}

// fixEdits are the edits of a fix in the files they belong to; a fix that only shows a
// stage to put above is made an edit here.
func (p *Program) fixEdits(d *diag.Diagnostic, f diag.Fix) map[*Doc][]textEdit {
	out := map[*Doc][]textEdit{}
	for _, e := range f.Edits {
		doc, start, end, ok := p.place(e.Span)
		if !ok {
			return nil
		}
		out[doc] = append(out[doc], textEdit{start, end, e.Text})
	}
	if len(out) > 0 || strings.Contains(f.Preview, "...") || !strings.HasPrefix(f.Preview, "|> ") || strings.Contains(f.Preview, "\n") {
		return out
	}
	span := d.Span()
	part := p.Root.partAt(p.Root.bases[span.File] + span.Start)
	if part.File != span.File {
		return out
	}
	for _, decl := range part.Tree.Decls {
		for _, g := range flowsOf(decl) {
			for _, st := range g.Stages {
				at := st.Pos()
				if at.Start <= span.Start && span.End <= at.End {
					start, _, _ := p.Root.place(at)
					pipe := strings.LastIndex(p.Root.text()[:start], "|>")
					if pipe < 0 {
						return out
					}
					out = map[*Doc][]textEdit{p.Root: {{pipe, pipe, f.Preview + "\n" + indentOf(p.Root.text(), pipe)}}}
				}
			}
		}
	}
	return out
}

// indentOf is the white space before an offset, where nothing else stands on its line.
func indentOf(text string, at int) string {
	start := strings.LastIndexByte(text[:at], '\n') + 1
	lead := text[start:at]
	return lead[:len(lead)-len(strings.TrimLeft(lead, " \t"))]
}

// fixAll applies every fix that needs no decision.
func (s *Snapshot) fixAll(p *Program) (lsp.CodeAction, bool) {
	var edits []textEdit
	for _, d := range p.diagnosed() {
		for _, f := range d.Fixes {
			if f.Confidence != diag.Apply || len(f.Edits) == 0 {
				continue
			}
			list := p.fixEdits(d, f)
			if len(list) == 1 && len(list[p.Root]) > 0 && apart(edits, list[p.Root]) {
				edits = append(edits, list[p.Root]...)
			}
			break
		}
	}
	if len(edits) == 0 {
		return lsp.CodeAction{}, false
	}
	kind := FixAll
	return lsp.CodeAction{Title: "apply every fix that needs no decision", Kind: &kind, Edit: s.workspaceEdit(map[*Doc][]textEdit{p.Root: edits})}, true
}

func apart(a, b []textEdit) bool {
	for _, x := range a {
		for _, y := range b {
			if x.start < y.end && y.start < x.end || x.start == y.start {
				return false
			}
		}
	}
	return true
}
