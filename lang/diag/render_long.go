package diag

import (
	"fmt"
	"io"
	"strings"
)

// wrapAt is the column at which a paragraph without line ends of its own is broken;
// the widest of the reference examples just fits.
const wrapAt = 105

// renderLong writes each diagnostic with the text it is about, a blank line
// between two.
func renderLong(w io.Writer, items []*Diagnostic, hidden int, color bool) error {
	p := painter{color}
	var b strings.Builder
	for i, d := range items {
		if i > 0 {
			b.WriteByte('\n')
		}
		writeLong(&b, d, p)
	}
	if hidden > 0 {
		fmt.Fprintf(&b, "\nand %d more\n", hidden)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeLong writes one diagnostic: what, where, why and the ways out.
func writeLong(b *strings.Builder, d *Diagnostic, p painter) {
	own := markStyle(d.Severity)
	b.WriteString(p.paint(own, string(d.Code)) + "  " + p.paint(heading, headline(d)) + "\n")
	secs := sections(d)
	gutter := gutterWidth(secs)
	for i, s := range secs {
		arrow := "-->"
		if i > 0 {
			arrow = ":::"
		}
		fmt.Fprintf(b, "  %s %s:%d:%d\n", p.paint(gutterMark, arrow), printable(s.file.Name), s.start.Line, s.start.Column)
		s.write(b, gutter, own, p)
	}
	for _, note := range d.Notes {
		if !isSentence(note) {
			b.WriteString(p.paint(gutterMark, strings.Repeat(" ", gutter)+" =") + " " + indentRest(fact(note), gutter+3) + "\n")
		}
	}
	if d.Why != "" {
		b.WriteString(paragraph("why: ", d.Why, p))
	}
	writeFixes(b, d, p)
}

// fact is a bare note; a long one without line ends of its own goes on below, a little
// to the right.
func fact(note string) string {
	note = printable(note)
	if strings.Contains(note, "\n") {
		return note
	}
	return indentRest(wrap(note, wrapAt-8), 2)
}

// headline is the message as shown after the code.
func headline(d *Diagnostic) string {
	message := printable(strings.ReplaceAll(d.Message, "\n", " "))
	if d.Severity == Warning {
		return "warning: " + message
	}
	return message
}

// writeFixes writes the fixes and the notes that are sentences. A program to
// copy stands above the notes, everything else before them.
func writeFixes(b *strings.Builder, d *Diagnostic, p painter) {
	var notes strings.Builder
	for _, note := range d.Notes {
		if isSentence(note) {
			notes.WriteString(paragraph("note: ", note, p))
		}
	}
	switch {
	case len(d.Fixes) == 1 && strings.Contains(d.Fixes[0].Preview, "\n"):
		fix := d.Fixes[0]
		b.WriteString("This says the same:\n      " + indentRest(printable(fix.Preview), 6) + "\n")
		b.WriteString(notes.String())
		b.WriteString(fixLabel(fix.Confidence, p) + " " + printable(fix.Title) + "\n")
		return
	case len(d.Fixes) == 1:
		b.WriteString(fixLabel(d.Fixes[0].Confidence, p) + " " + shown(d.Fixes[0]) + "\n")
	case len(d.Fixes) > 1:
		writeChoice(b, d.Fixes, p)
	}
	b.WriteString(notes.String())
}

// shown is what a single fix is called: its text where it has one, else its title.
func shown(f Fix) string {
	if f.Preview != "" {
		return printable(f.Preview)
	}
	return printable(f.Title)
}

func fixLabel(c Confidence, p painter) string {
	return p.paint(fixMark, "fix ("+c.String()+"):")
}

// writeChoice numbers several fixes, their previews in one column. A fix whose
// confidence is not "choose" says so at the end of its line.
func writeChoice(b *strings.Builder, fixes []Fix, p painter) {
	b.WriteString(fixLabel(Choose, p) + "\n")
	titles, previews := 0, 0
	for _, f := range fixes {
		if f.Preview != "" {
			titles = max(titles, textWidth(f.Title))
		}
		for line := range strings.SplitSeq(f.Preview, "\n") {
			previews = max(previews, textWidth(line))
		}
	}
	for i, f := range fixes {
		lines := strings.Split(printable(f.Preview), "\n")
		if f.Confidence != Choose {
			lines[0] += strings.Repeat(" ", previews-textWidth(lines[0])+2) + "(" + f.Confidence.String() + ")"
		}
		head := fmt.Sprintf("%4d. ", i+1)
		title := printable(f.Title)
		if pad := titles - textWidth(title) + 2; lines[0] != "" && pad > 0 {
			title += strings.Repeat(" ", pad)
		}
		b.WriteString(head + title + indentRest(strings.Join(lines, "\n"), len(head)+titles+2) + "\n")
	}
}

// isSentence tells the two kinds of notes apart: a sentence, which ends in a
// full stop, is set as a "note:" below, a bare fact stands at the gutter.
func isSentence(note string) bool { return strings.HasSuffix(note, ".") }

// paragraph sets text after a heading word. Line ends in the text are kept;
// a text without them is broken at spaces.
func paragraph(head, text string, p painter) string {
	text = printable(text)
	if !strings.Contains(text, "\n") {
		text = wrap(text, wrapAt-len(head))
	}
	return p.paint(heading, strings.TrimSpace(head)) + " " + indentRest(text, 5) + "\n"
}

func wrap(text string, columns int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Split(text, " ") {
		n := textWidth(word)
		switch {
		case i == 0:
		case column+1+n > columns:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

// indentRest indents every line but the first.
func indentRest(text string, columns int) string {
	return strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", columns))
}
