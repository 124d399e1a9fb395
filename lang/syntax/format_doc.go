package syntax

import (
	"strings"
	"unicode/utf8"
)

// formatWidth is the column that lines do not pass where they can be broken.
const formatWidth = 100

// A fmtDoc is text that knows where it may be broken. A group is set on one line
// if it fits there, else every fmtLine directly in it becomes a line end.
type fmtDoc interface{ fmtDoc() }

type (
	// fmtText is printed as it is; it may hold line ends of its own.
	fmtText string
	// fmtLine is a space or nothing on one line, a line end in a broken group.
	fmtLine struct{ space bool }
	// fmtHard is always a line end, after a blank line where blank is set.
	fmtHard struct{ blank bool }
	// fmtComment is a comment; whatever follows it starts a new line. own makes it
	// start one too, blank keeps a blank line above it.
	fmtComment struct {
		text       string
		own, blank bool
	}
	// fmtPad is spaces that are only printed in a broken group.
	fmtPad int
	// fmtConcat is one after the other.
	fmtConcat []fmtDoc
	// fmtNest indents the line ends inside.
	fmtNest struct {
		columns int
		doc     fmtDoc
	}
	// fmtAlign indents the line ends inside to the column where it starts.
	fmtAlign struct{ doc fmtDoc }
	// fmtGroup is set on one line or broken.
	fmtGroup struct {
		doc    fmtDoc
		broken bool // must be broken
		ends   bool // ends with a comment that only a line end may follow
	}
)

func (fmtText) fmtDoc()    {}
func (fmtLine) fmtDoc()    {}
func (fmtHard) fmtDoc()    {}
func (fmtComment) fmtDoc() {}
func (fmtPad) fmtDoc()     {}
func (fmtConcat) fmtDoc()  {}
func (fmtNest) fmtDoc()    {}
func (fmtAlign) fmtDoc()   {}
func (fmtGroup) fmtDoc()   {}

// group makes a group, broken where something inside cannot stand on one line.
func group(docs ...fmtDoc) fmtGroup { return brokenGroup(false, docs...) }

// brokenGroup is a group that is broken in any case where broken is set.
func brokenGroup(broken bool, docs ...fmtDoc) fmtGroup {
	need := breaking(fmtConcat(docs))
	return fmtGroup{doc: fmtConcat(docs), broken: broken || need.must, ends: need.ends}
}

func nest(columns int, docs ...fmtDoc) fmtDoc { return fmtNest{columns, fmtConcat(docs)} }

// breaks is what a doc asks of the group around it.
type breaks struct {
	must  bool // it holds a line end, or a comment with something after it
	ends  bool // it ends with a comment
	empty bool
}

func breaking(d fmtDoc) breaks {
	switch d := d.(type) {
	case fmtText:
		return breaks{empty: d == ""}
	case fmtLine:
		return breaks{}
	case fmtHard:
		return breaks{must: true}
	case fmtComment:
		return breaks{must: d.own, ends: true}
	case fmtPad:
		return breaks{empty: true}
	case fmtConcat:
		all := breaks{empty: true}
		for _, part := range d {
			next := breaking(part)
			if next.empty {
				continue
			}
			all = breaks{must: all.must || all.ends || next.must, ends: next.ends}
		}
		return all
	case fmtNest:
		return breaking(d.doc)
	case fmtAlign:
		return breaking(d.doc)
	case fmtGroup:
		return breaks{must: d.broken, ends: d.ends}
	}
	return breaks{}
}

// fmtItem is a doc waiting to be printed.
type fmtItem struct {
	indent int
	broken bool
	doc    fmtDoc
}

// fmtPrinter sets a doc. A line's indentation is written with the first text on it,
// so that no line ends in spaces.
type fmtPrinter struct {
	out    strings.Builder
	column int  // where the next text goes, -1 before the indentation is written
	indent int  // of the current line, while column is -1
	gap    int  // spaces due before the next text on the line
	stuck  bool // a comment stands here that only a line end may follow
	stack  []fmtItem
}

// printDoc sets a doc from the first column.
func printDoc(d fmtDoc) string {
	p := &fmtPrinter{column: -1, stack: []fmtItem{{0, true, d}}}
	for len(p.stack) > 0 {
		item := p.stack[len(p.stack)-1]
		p.stack = p.stack[:len(p.stack)-1]
		p.print(item)
	}
	return p.out.String()
}

func (p *fmtPrinter) push(indent int, broken bool, d fmtDoc) {
	p.stack = append(p.stack, fmtItem{indent, broken, d})
}

func (p *fmtPrinter) print(item fmtItem) {
	switch d := item.doc.(type) {
	case fmtText:
		p.text(string(d), item.indent)
	case fmtLine:
		switch {
		case item.broken:
			p.newline(item.indent)
		case d.space:
			p.space()
		}
	case fmtHard:
		p.newline(item.indent)
		if d.blank {
			p.blank()
		}
	case fmtComment:
		p.comment(d, item.indent)
	case fmtPad:
		if item.broken {
			p.gap += int(d)
		}
	case fmtConcat:
		for i := len(d) - 1; i >= 0; i-- {
			p.push(item.indent, item.broken, d[i])
		}
	case fmtNest:
		p.push(item.indent+d.columns, item.broken, d.doc)
	case fmtAlign:
		p.push(p.nextColumn(), item.broken, d.doc)
	case fmtGroup:
		flat := fmtItem{item.indent, false, d.doc}
		p.push(item.indent, d.broken || !p.fits(flat), d.doc)
	}
}

// text writes s. Spaces at its ends are held back, since a line end may come first.
func (p *fmtPrinter) text(s string, indent int) {
	body := strings.TrimLeft(s, " ")
	if body != s {
		p.space()
	}
	if body == "" {
		return
	}
	if p.stuck {
		p.newline(indent)
	}
	if p.column < 0 {
		p.column, p.gap = 0, p.indent
	}
	p.out.WriteString(padding(p.gap) + body)
	p.column, p.gap = p.column+p.gap, 0
	if i := strings.LastIndexByte(body, '\n'); i >= 0 {
		p.column, body = 0, body[i+1:]
	}
	p.column += utf8.RuneCountInString(body)
}

// space asks for a space before the next text on the line.
func (p *fmtPrinter) space() { p.gap = max(p.gap, 1) }

// newline ends the line, unless nothing stands on it yet.
func (p *fmtPrinter) newline(indent int) {
	if p.column >= 0 {
		p.out.WriteByte('\n')
	}
	p.column, p.indent, p.gap, p.stuck = -1, indent, 0, false
}

// blank leaves a blank line above the current, still empty one.
func (p *fmtPrinter) blank() {
	if s := p.out.String(); s != "" && !strings.HasSuffix(s, "\n\n") {
		p.out.WriteByte('\n')
	}
}

func (p *fmtPrinter) comment(c fmtComment, indent int) {
	if c.own || p.stuck {
		p.newline(indent)
		if c.blank {
			p.blank()
		}
	} else {
		p.space()
	}
	p.text(c.text, indent)
	p.stuck = true
}

// nextColumn is where the next text goes.
func (p *fmtPrinter) nextColumn() int {
	if p.column < 0 {
		return p.indent
	}
	return p.column + p.gap
}

// fits reports whether an item, set flat, and what follows it up to the next
// possible line end stay within the width.
func (p *fmtPrinter) fits(item fmtItem) bool {
	left := formatWidth - p.nextColumn()
	todo := []fmtItem{item}
	for rest := len(p.stack); left >= 0; {
		if len(todo) == 0 {
			if rest == 0 {
				return true
			}
			rest--
			todo = append(todo, p.stack[rest])
			continue
		}
		it := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		switch d := it.doc.(type) {
		case fmtText:
			line, _, more := strings.Cut(string(d), "\n")
			left -= utf8.RuneCountInString(line)
			if more {
				return left >= 0
			}
		case fmtLine:
			if it.broken {
				return true
			}
			if d.space {
				left--
			}
		case fmtHard, fmtComment:
			return true
		case fmtPad:
			if it.broken {
				left -= int(d)
			}
		case fmtConcat:
			for i := len(d) - 1; i >= 0; i-- {
				todo = append(todo, fmtItem{it.indent, it.broken, d[i]})
			}
		case fmtNest:
			todo = append(todo, fmtItem{it.indent, it.broken, d.doc})
		case fmtAlign:
			todo = append(todo, fmtItem{it.indent, it.broken, d.doc})
		case fmtGroup:
			// a group that comes later may still be broken, so it need not fit
			todo = append(todo, fmtItem{it.indent, d.broken || it.broken, d.doc})
		}
	}
	return false
}

func padding(n int) string { return strings.Repeat(" ", n) }
