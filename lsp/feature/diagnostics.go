package feature

import (
	"fmt"
	"strings"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lsp/protocol"
)

// Diagnostics are what is wrong in a file, in its order. It is never nil.
func (s *Snapshot) Diagnostics(path string) []lsp.Diagnostic {
	out := []lsp.Diagnostic{}
	p := s.Program(path)
	if p == nil {
		return out
	}
	for _, d := range p.diagnosed() {
		out = append(out, p.diagnostic(d))
	}
	return out
}

// diagnosed are the mistakes whose place is in the file itself: those of imported files
// are shown there.
func (p *Program) diagnosed() []*diag.Diagnostic {
	var out []*diag.Diagnostic
	for _, list := range []*diag.List{p.Root.Diags, p.Result.Diags} {
		for _, d := range list.Items {
			if _, _, ok := p.Root.place(d.Span()); ok {
				out = append(out, d)
			}
		}
	}
	return out
}

func (p *Program) diagnostic(d *diag.Diagnostic) lsp.Diagnostic {
	start, end, _ := p.Root.place(d.Span())
	severity := lsp.DiagnosticSeverityError
	if d.Severity == diag.Warning {
		severity = lsp.DiagnosticSeverityWarning
	}
	name := "edyc"
	out := lsp.Diagnostic{
		Range: p.env.Encoding.Range(p.Root.File, start, end), Severity: &severity,
		Code: &lsp.IntegerOrString{Value: string(d.Code)}, Source: &name, Message: messageText(d), Tags: tagsOf(d.Code),
	}
	if p.env.Docs != "" {
		out.CodeDescription = &lsp.CodeDescription{HRef: fmt.Sprintf(p.env.Docs, d.Code)}
	}
	for _, l := range d.Labels[min(1, len(d.Labels)):] {
		if l.Text == "" {
			continue
		}
		if place, ok := p.location(l.Span); ok {
			out.RelatedInformation = append(out.RelatedInformation, lsp.DiagnosticRelatedInformation{Location: place, Message: l.Text})
		}
	}
	return out
}

// messageText is all that a diagnostic says but its fixes, which are code actions, and
// its other places.
func messageText(d *diag.Diagnostic) string {
	parts := []string{d.Message}
	if len(d.Labels) > 0 && d.Labels[0].Text != "" {
		parts[0] += "; " + d.Labels[0].Text
	}
	if d.Why != "" {
		parts = append(parts, d.Why)
	}
	return strings.Join(append(parts, d.Notes...), "\n")
}

// tagsOf says how the text of a mistake is drawn.
func tagsOf(code diag.Code) []lsp.DiagnosticTag {
	switch code {
	case "E0322", "W0805", "W0812", "E0114": // an arm that never matches, "??" that is never used, rows nobody reads, a semicolon
		return []lsp.DiagnosticTag{lsp.DiagnosticTagUnnecessary}
	}
	return nil
}

// location is where a span stands.
func (p *Program) location(span source.Span) (lsp.Location, bool) {
	d, start, end, ok := p.place(span)
	if !ok {
		return lsp.Location{}, false
	}
	return lsp.Location{URI: protocol.URI(d.Path), Range: p.env.Encoding.Range(d.File, start, end)}, true
}

// Failures are failed tests as diagnostics at what they expected.
func (s *Snapshot) Failures(path string, results []TestResult) []lsp.Diagnostic {
	var out []lsp.Diagnostic
	doc := s.Doc(path)
	if doc == nil {
		return nil
	}
	severity, name := lsp.DiagnosticSeverityError, "edyc test"
	for _, r := range results {
		for _, f := range r.Failures {
			if f.Path != path {
				continue
			}
			out = append(out, lsp.Diagnostic{
				Range: s.env.Encoding.Range(doc.File, f.Start, f.End), Severity: &severity, Source: &name,
				Message: fmt.Sprintf("test %q: %s", r.Name, f.Text),
			})
		}
	}
	return out
}
