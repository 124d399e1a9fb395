// Package diag is how the compiler talks to people: a Diagnostic says what is
// wrong in the reader's words, shows every place that contributed, says why, and
// offers fixes that compile.
//
// Codes are permanent; each has one page, in pages/, which `edyc help CODE` prints.
// Nothing here knows where a diagnostic comes from, and nothing outside formats one.
//
// How a Diagnostic is filled decides how it reads:
//   - the first label is marked "^", the others "-"; a label without words on the
//     line of the first is another place of the same mistake and also marked "^";
//   - an empty span without words that is not the first label only shows its line;
//   - a note that ends in a full stop is a sentence, set as "note:"; one that does
//     not is a fact, set at the gutter with "=";
//   - a single fix shows its preview, or its title where there is none; of several
//     each shows its title and its preview. A preview of several lines is a program.
package diag

import (
	"cmp"
	"slices"

	"github.com/edynamic/edynamic/lang/source"
)

// Severity says whether a diagnostic stops the program from running.
type Severity int

// The severities, worst first.
const (
	Error Severity = iota
	Warning
)

func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Code is a permanent diagnostic code such as "E0202" or "W0804".
type Code string

// Label points at a place that contributed, with a few words beside it.
type Label struct {
	Span source.Span
	Text string
}

// Confidence says who may carry out a fix.
type Confidence int

// The confidences: Apply may be done without asking, Choose is one of several
// meanings the author has to pick from, Maybe is a guess.
const (
	Apply Confidence = iota
	Choose
	Maybe
)

func (c Confidence) String() string {
	switch c {
	case Apply:
		return "apply"
	case Choose:
		return "choose"
	case Maybe:
		return "maybe"
	}
	return "maybe"
}

// Edit replaces the text of a span; an empty span inserts.
type Edit struct {
	Span source.Span
	Text string
}

// Fix is one way out. Title says what it does; Preview, when set, is the text
// the reader is shown beside it. Edits may be empty where only a person can
// decide what to write.
type Fix struct {
	Title      string
	Preview    string
	Confidence Confidence
	Edits      []Edit
}

// Diagnostic is one message. The first label is the place itself; the others
// are the places that contributed to it.
type Diagnostic struct {
	Code     Code
	Severity Severity
	Message  string // one line, no code, no place
	Labels   []Label
	Why      string   // one or two sentences, may be empty
	Notes    []string // facts, one line each or more
	Fixes    []Fix
}

// Span is the place of the diagnostic, unknown when it has none.
func (d *Diagnostic) Span() source.Span {
	if len(d.Labels) == 0 {
		return source.Span{}
	}
	return d.Labels[0].Span
}

// List collects diagnostics. The zero List is ready to use.
type List struct{ Items []*Diagnostic }

// Add appends a diagnostic and returns it so that the caller can go on filling it.
func (l *List) Add(d *Diagnostic) *Diagnostic {
	l.Items = append(l.Items, d)
	return d
}

// Error adds an error at a span. text stands beside the place and may be empty.
func (l *List) Error(code Code, span source.Span, message, text string) *Diagnostic {
	return l.Add(&Diagnostic{Code: code, Severity: Error, Message: message, Labels: []Label{{span, text}}})
}

// Warn adds a warning at a span.
func (l *List) Warn(code Code, span source.Span, message, text string) *Diagnostic {
	return l.Add(&Diagnostic{Code: code, Severity: Warning, Message: message, Labels: []Label{{span, text}}})
}

// HasErrors reports whether any diagnostic stops the program.
func (l *List) HasErrors() bool {
	return slices.ContainsFunc(l.Items, func(d *Diagnostic) bool { return d.Severity == Error })
}

// Sort orders diagnostics by file name, then position, then code; equal ones keep their order.
func (l *List) Sort() {
	slices.SortStableFunc(l.Items, func(a, b *Diagnostic) int {
		x, y := a.Span(), b.Span()
		return cmp.Or(cmp.Compare(fileName(x), fileName(y)), cmp.Compare(x.Start, y.Start), cmp.Compare(a.Code, b.Code))
	})
}

func fileName(s source.Span) string {
	if s.File == nil {
		return ""
	}
	return s.File.Name
}

// Label adds a contributing place.
func (d *Diagnostic) Label(span source.Span, text string) *Diagnostic {
	d.Labels = append(d.Labels, Label{span, text})
	return d
}

// Because sets the "why" paragraph.
func (d *Diagnostic) Because(why string) *Diagnostic {
	d.Why = why
	return d
}

// Note adds a fact.
func (d *Diagnostic) Note(note string) *Diagnostic {
	d.Notes = append(d.Notes, note)
	return d
}

// Fix adds a way out.
func (d *Diagnostic) Fix(confidence Confidence, title, preview string, edits ...Edit) *Diagnostic {
	d.Fixes = append(d.Fixes, Fix{Title: title, Preview: preview, Confidence: confidence, Edits: edits})
	return d
}
