package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/lang/source"
)

// maxFill is the longest run of unmarked lines shown between two marked ones;
// a longer run is shown as "...".
const maxFill = 2

// mark is a label, or one line of a label that covers several, in display columns.
type mark struct {
	from, to int // half open, at least one wide
	primary  bool
	text     string
}

// section is the part of a diagnostic that lies in one file: the lines to show
// and the marks below each. A line without marks is shown for its context.
type section struct {
	file  *source.File
	start source.Position
	lines map[int][]mark
}

// sections cuts the labels up by file, that of the first label first. Labels
// without a place are left out.
func sections(d *Diagnostic) []*section {
	var out []*section
	for i, label := range d.Labels {
		if !label.Span.Known() {
			continue
		}
		at := slices.IndexFunc(out, func(s *section) bool { return s.file == label.Span.File })
		if at < 0 {
			at = len(out)
			out = append(out, &section{file: label.Span.File, start: label.Span.Position(), lines: map[int][]mark{}})
		}
		out[at].add(label, isPrimary(d, i))
	}
	return out
}

// isPrimary reports whether label i is marked "^". That is the first one, and
// also a label without words on the first one's line: another place of the same
// mistake.
func isPrimary(d *Diagnostic, i int) bool {
	if i == 0 {
		return true
	}
	first, label := d.Labels[0].Span, d.Labels[i]
	return label.Text == "" && label.Span.File == first.File && label.Span.Known() && label.Span.Start < label.Span.End &&
		label.Span.Position().Line == first.Position().Line
}

// add puts a label on its lines. Of a label over several lines the first and the
// last are marked. An empty secondary label without words only shows its line.
func (s *section) add(label Label, primary bool) {
	start := max(0, min(label.Span.Start, len(s.file.Text)))
	end := max(start, min(label.Span.End, len(s.file.Text)))
	first := s.file.Position(start).Line
	if !primary && start == end && label.Text == "" {
		if _, shown := s.lines[first]; !shown {
			s.lines[first] = nil
		}
		return
	}
	last := s.file.Position(end).Line
	if last > first && strings.TrimSpace(s.file.Text[s.file.LineStart(last):end]) == "" {
		last-- // the span ends with a line end: nothing of the next line is meant
		end = s.file.LineStart(last) + len(s.file.Line(last))
	}
	if first == last {
		s.mark(first, start, end, primary, label.Text)
		return
	}
	s.mark(first, start, s.file.LineStart(first)+len(s.file.Line(first)), primary, "")
	text := s.file.Line(last)
	indent := len(text) - len(strings.TrimLeft(text, " \t"))
	s.mark(last, s.file.LineStart(last)+indent, end, primary, label.Text)
}

func (s *section) mark(line, start, end int, primary bool, text string) {
	c, base := layOut(s.file.Line(line)), s.file.LineStart(line)
	m := mark{from: c.column(start - base), to: c.column(end - base), primary: primary, text: printable(text)}
	m.to = max(m.to, m.from+1)
	s.lines[line] = append(s.lines[line], m)
}

// lastLine is the largest line number shown.
func (s *section) lastLine() int {
	last := 0
	for line := range s.lines {
		last = max(last, line)
	}
	return last
}

// gutterWidth is how wide the widest line number is.
func gutterWidth(secs []*section) int {
	last := 1
	for _, s := range secs {
		last = max(last, s.lastLine())
	}
	return len(fmt.Sprint(last))
}

// write shows the section between two empty gutter rows.
func (s *section) write(b *strings.Builder, gutter int, own style, p painter) {
	empty := p.paint(gutterMark, strings.Repeat(" ", gutter)+" |") + "\n"
	b.WriteString(empty)
	numbers := make([]int, 0, len(s.lines))
	for line := range s.lines {
		numbers = append(numbers, line)
	}
	slices.Sort(numbers)
	for i, line := range numbers {
		if i > 0 {
			if previous := numbers[i-1]; line-previous-1 <= maxFill {
				for fill := previous + 1; fill < line; fill++ {
					s.writeLine(b, fill, gutter, p)
				}
			} else {
				b.WriteString(p.paint(gutterMark, "...") + "\n")
			}
		}
		s.writeLine(b, line, gutter, p)
		for _, row := range markRows(s.lines[line], own) {
			b.WriteString(p.paint(gutterMark, strings.Repeat(" ", gutter)+" |") + " " + row.render(p) + "\n")
		}
	}
	b.WriteString(empty)
}

func (s *section) writeLine(b *strings.Builder, line, gutter int, p painter) {
	text := strings.TrimRight(layOut(s.file.Line(line)).text, " ")
	b.WriteString(p.paint(gutterMark, fmt.Sprintf("%*d |", gutter, line)))
	if text != "" {
		b.WriteString(" " + text)
	}
	b.WriteString("\n")
}

// markRows draws the rows below one line: the underlines with the words of the
// right-most mark beside them, then the other marks' words below their starts,
// right to left, each hanging on a bar.
func markRows(marks []mark, own style) []*canvas {
	if len(marks) == 0 {
		return nil
	}
	marks = slices.Clone(marks)
	slices.SortStableFunc(marks, func(a, b mark) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b2i(a.primary), b2i(b.primary)))
	})
	underline := &canvas{}
	end := 0
	for _, primary := range []bool{false, true} {
		for _, m := range marks {
			if m.primary == primary {
				underline.put(m.from, strings.Repeat(m.char(), m.to-m.from), m.style(own))
				end = max(end, m.to)
			}
		}
	}
	var hanging []mark
	for _, m := range marks {
		if m.text != "" {
			hanging = append(hanging, m)
		}
	}
	if n := len(hanging); n > 0 && hanging[n-1].to == end {
		underline.put(end+1, hanging[n-1].text, hanging[n-1].style(own))
		hanging = hanging[:n-1]
	}
	return append([]*canvas{underline}, hangingRows(hanging, own)...)
}

func hangingRows(hanging []mark, own style) []*canvas {
	if len(hanging) == 0 {
		return nil
	}
	bars := &canvas{}
	for _, m := range hanging {
		bars.put(m.from, "|", m.style(own))
	}
	rows := []*canvas{bars}
	for i, m := range slices.Backward(hanging) {
		row := &canvas{}
		for _, left := range hanging[:i] {
			row.put(left.from, "|", left.style(own))
		}
		row.put(m.from, m.text, m.style(own))
		rows = append(rows, row)
	}
	return rows
}

func (m mark) char() string {
	if m.primary {
		return "^"
	}
	return "-"
}

func (m mark) style(own style) style {
	if m.primary {
		return own
	}
	return placeMark
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
