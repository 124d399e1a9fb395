package diag

import (
	"fmt"
	"io"
	"strings"
)

// renderShort writes `file:line:col: CODE message` and the fix on the next line,
// the form that editors and terminals recognise as a link.
func renderShort(w io.Writer, items []*Diagnostic, hidden int, color bool) error {
	p := painter{color}
	var b strings.Builder
	for _, d := range items {
		if span := d.Span(); span.Known() {
			at := span.Position()
			fmt.Fprintf(&b, "%s:%d:%d: ", printable(span.File.Name), at.Line, at.Column)
		}
		b.WriteString(p.paint(markStyle(d.Severity), string(d.Code)) + " " + headline(d) + "\n")
		if len(d.Fixes) > 0 {
			b.WriteString("  " + shortFix(d.Fixes, p) + "\n")
		}
	}
	if hidden > 0 {
		fmt.Fprintf(&b, "and %d more\n", hidden)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// shortFix puts the fixes on one line: the text of a single one, the titles of several.
func shortFix(fixes []Fix, p painter) string {
	if len(fixes) == 1 {
		text := shown(fixes[0])
		if strings.Contains(text, "\n") {
			text = printable(fixes[0].Title)
		}
		return fixLabel(fixes[0].Confidence, p) + " " + text
	}
	titles := make([]string, len(fixes))
	for i, f := range fixes {
		titles[i] = printable(f.Title)
	}
	return fixLabel(Choose, p) + " " + strings.Join(titles, "; ")
}
