package check

import (
	"maps"
	"strconv"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// pattern checks the pattern, where it ends, and where the next match begins.
func (m *matching) pattern() bool {
	if m.op.Pattern = m.patternOf(m.st.Pattern); m.op.Pattern == nil {
		return false
	}
	m.held = make([]span, len(m.op.Defines))
	for i := range m.held {
		m.held[i] = rowsOf(m.op.Pattern, func(define int) bool { return define == i })
	}
	return m.begins() && m.isSmall() && m.ends() && m.skip()
}

// notPossible is E0335.
func (m *matching) notPossible(at source.Span, message, why string) *diag.Diagnostic {
	d := m.report("E0335", at, message, "")
	if why != "" {
		d.Because(why)
	}
	return d
}

// patternOf resolves the names of a pattern; nil after a report.
func (m *matching) patternOf(p ast.Pattern) *ir.Pattern {
	switch p := p.(type) {
	case *ast.PatVar:
		if i, ok := m.define(p.Name); ok {
			return &ir.Pattern{Kind: ir.PatternRow, Define: i}
		}
	case *ast.PatOr:
		return m.patternItems(ir.PatternOr, p.Alts)
	case *ast.PatAnd:
		return m.patternAll(p)
	case *ast.PatSeq:
		return m.patternSeq(p)
	case *ast.PatRepeat:
		return m.patternRepeat(p)
	case *ast.PatNot:
		return m.patternNot(p)
	case *ast.BadPattern:
	}
	return nil
}

func (m *matching) define(id ast.Ident) (int, bool) {
	i, ok := m.index[id.Name]
	if !ok {
		d := m.report("E0201", id.Span, `there is no definition of "`+id.Name+`" in this match`, "")
		names := make([]string, len(m.op.Defines))
		for j, def := range m.op.Defines {
			names[j] = def.Name
		}
		m.ch.m.c.suggest(d, id, names)
		if len(names) > 0 && len(d.Fixes) == 0 {
			d.Note(listed("defined: ", names))
		}
	}
	return i, ok
}

func (m *matching) patternItems(kind string, items []ast.Pattern) *ir.Pattern {
	out := &ir.Pattern{Kind: kind}
	ok := true
	for _, item := range items {
		p := m.patternOf(item)
		ok = ok && p != nil
		out.Items = append(out.Items, p)
	}
	if !ok {
		return nil
	}
	return out
}

// patternAll is `a and b`, in which an absence has no place: it is measured from the
// row before it.
func (m *matching) patternAll(p *ast.PatAnd) *ir.Pattern {
	for _, item := range p.Items {
		if n, ok := item.(*ast.PatNot); ok {
			m.notPossible(n.Span, "`not` cannot be one of several in any order", "An absence begins at the row before it.").
				Fix(diag.Choose, "after them", "... then "+oneLine(n.Span.Text()))
			return nil
		}
	}
	return m.patternItems(ir.PatternAnd, p.Items)
}

func (m *matching) patternSeq(p *ast.PatSeq) *ir.Pattern {
	out := m.patternItems(ir.PatternSeq, p.Items)
	if out == nil {
		return nil
	}
	out.Next = p.Next
	for i, next := range p.Next {
		before, after := p.Items[i].Pos(), p.Items[i+1].Pos()
		switch {
		case !next:
		case beginOf(out.Items[i+1]).not:
			m.notPossible(after, "`not` follows `then`", "It says what does not happen from one row to the next that fits.").
				Fix(diag.Choose, "no such row until the next one that fits", "then "+oneLine(after.Text()))
			return nil
		case openEnd(out.Items[i]):
			m.notPossible(before, "between rows of which one directly follows the other nothing can happen", "").
				Fix(diag.Choose, "let other rows stand between them", oneLine(before.Text())+" then ...")
			return nil
		}
	}
	return out
}

func (m *matching) patternRepeat(p *ast.PatRepeat) *ir.Pattern {
	switch {
	case p.Max == 0:
		m.notPossible(p.Span, "this repetition holds no row at all", "")
		return nil
	case p.Max > 0 && p.Min > p.Max:
		m.notPossible(p.Span, "at least "+strconv.Itoa(p.Min)+" is more than at most "+strconv.Itoa(p.Max), "")
		return nil
	}
	out := m.patternItems(ir.PatternRepeat, []ast.Pattern{p.Item})
	if out != nil {
		out.Min, out.Max = p.Min, p.Max
	}
	return out
}

func (m *matching) patternNot(p *ast.PatNot) *ir.Pattern {
	i, ok := m.define(p.Name)
	if !ok {
		return nil
	}
	out := &ir.Pattern{Kind: ir.PatternNot, Define: i}
	if p.For == nil {
		return out
	}
	d, ok := m.ch.constants().duration(p.For, "for")
	if ok && d <= 0 {
		m.report("E0508", p.For.Pos(), "`for` must be longer than nothing", "")
		ok = false
	}
	if !ok {
		return nil
	}
	out.For = d
	return out
}

// begins checks that a match begins with a row.
func (m *matching) begins() bool {
	f := beginOf(m.op.Pattern)
	switch {
	case f.not:
		m.notPossible(m.st.Pattern.Pos(), "a pattern begins with a row, and this one with `not`", "An attempt to match starts at a row; what is absent is absent after it.").
			Fix(diag.Choose, "say what comes before", "pattern x then "+oneLine(m.st.Pattern.Pos().Text()))
		return false
	case f.empty:
		m.notPossible(m.st.Pattern.Pos(), "this pattern is complete before any row has come", "Every part of it may be left out.").
			Fix(diag.Choose, "at least one row", `write "+" in place of "*" or "?"`)
		return false
	}
	return true
}

// ends is E0504: a pattern that could wait for ever.
func (m *matching) ends() bool {
	p, at := m.op.Pattern, m.st.Pattern.Pos()
	open := openEnd(p)
	if m.op.Limited || !open && rowsOf(p, func(int) bool { return true }).most <= 1 {
		return m.timeoutEnds()
	}
	text := oneLine(at.Text())
	d := m.report("E0504", at, `pattern "`+text+`" has no end`, "").
		Because("A key whose pattern never completes would be remembered for ever.")
	after := at
	after.Start = after.End
	if open {
		d.Fix(diag.Choose, "absent for a time", "pattern "+text+" for 5m", diag.Edit{Span: after, Text: " for 5m"})
	}
	d.Fix(diag.Choose, "complete within a time", "pattern "+text+" within 10m", diag.Edit{Span: after, Text: " within 10m"})
	return false
}

func (m *matching) timeoutEnds() bool {
	if len(m.st.Timeout) == 0 || m.op.Limited {
		return true
	}
	m.report("E0504", m.st.Timeout[0].Span, "`timeout` gives what is incomplete when `within` ends, and there is no `within`", "").
		Fix(diag.Choose, "complete within a time", "within 10m")
	return false
}

// isSmall checks that the written out pattern is not too large.
func (m *matching) isSmall() bool {
	if elements(m.op.Pattern) <= maxElements {
		return true
	}
	m.notPossible(m.st.Pattern.Pos(), "this pattern is too large: written out it has more than "+strconv.Itoa(maxElements)+" elements", "").
		Fix(diag.Choose, "count in a window", "|> window tumbling 1h |> aggregate n = count() where ...")
	return false
}

func (m *matching) skip() bool {
	switch m.st.Skip {
	case ast.SkipDefault, ast.SkipPastLast:
		m.op.Skip = ir.SkipPastLast
		return true
	case ast.SkipToNext:
		m.op.Skip = ir.SkipToNext
		return true
	case ast.SkipToFirst:
		m.op.Skip = ir.SkipToFirst
	case ast.SkipToLast:
		m.op.Skip = ir.SkipToLast
	}
	i, ok := m.define(*m.st.SkipTo)
	if ok && m.held[i].most == 0 {
		m.notPossible(m.st.SkipTo.Span, `no match holds a row of "`+m.st.SkipTo.Name+`", so none can begin there`, "")
		return false
	}
	m.op.SkipTo = i
	return ok
}

// span is at least and at most how many; unlimited is many.
type span struct{ least, most int }

const unlimited = 1 << 30

func (s span) plus(o span) span {
	return span{min(s.least+o.least, unlimited), min(s.most+o.most, unlimited)}
}

func (s span) times(p *ir.Pattern) span {
	most := unlimited
	if p.Max >= 0 {
		most = int(min(int64(s.most)*int64(p.Max), unlimited))
	} else if s.most == 0 {
		most = 0
	}
	return span{int(min(int64(s.least)*int64(p.Min), unlimited)), most}
}

// rowsOf is how many rows a match holds of the definitions asked for.
func rowsOf(p *ir.Pattern, of func(define int) bool) span {
	switch p.Kind {
	case ir.PatternRow:
		if of(p.Define) {
			return span{1, 1}
		}
	case ir.PatternSeq, ir.PatternAnd:
		var s span
		for _, item := range p.Items {
			s = s.plus(rowsOf(item, of))
		}
		return s
	case ir.PatternOr:
		s := rowsOf(p.Items[0], of)
		for _, item := range p.Items[1:] {
			o := rowsOf(item, of)
			s = span{min(s.least, o.least), max(s.most, o.most)}
		}
		return s
	case ir.PatternRepeat:
		return rowsOf(p.Items[0], of).times(p)
	}
	return span{}
}

// begin is what a pattern can begin with.
type begin struct {
	rows  map[int]bool // definitions
	not   bool
	empty bool // it may hold nothing at all
}

func beginOf(p *ir.Pattern) begin {
	switch p.Kind {
	case ir.PatternRow:
		return begin{rows: map[int]bool{p.Define: true}}
	case ir.PatternNot:
		return begin{not: true}
	case ir.PatternRepeat:
		b := beginOf(p.Items[0])
		b.empty = b.empty || p.Min == 0
		return b
	}
	out := begin{rows: map[int]bool{}, empty: p.Kind != ir.PatternOr}
	for _, item := range p.Items {
		b := beginOf(item)
		if p.Kind == ir.PatternSeq && !out.empty {
			break
		}
		maps.Copy(out.rows, b.rows)
		out.not = out.not || b.not
		if p.Kind == ir.PatternOr {
			out.empty = out.empty || b.empty
		} else {
			out.empty = out.empty && b.empty
		}
	}
	return out
}

// openEnd reports a pattern that can end in an absence without a time.
func openEnd(p *ir.Pattern) bool {
	switch p.Kind {
	case ir.PatternNot:
		return p.For == 0
	case ir.PatternSeq:
		for i := len(p.Items) - 1; i >= 0; i-- {
			if openEnd(p.Items[i]) {
				return true
			}
			if !beginOf(p.Items[i]).empty {
				return false
			}
		}
	case ir.PatternOr, ir.PatternAnd, ir.PatternRepeat:
		for _, item := range p.Items {
			if openEnd(item) {
				return true
			}
		}
	}
	return false
}

// elements is how many elements a pattern has when repetitions and orders are
// written out.
func elements(p *ir.Pattern) int {
	n := 0
	for _, item := range p.Items {
		n = min(n+elements(item), unlimited)
	}
	switch p.Kind {
	case ir.PatternRow, ir.PatternNot:
		return 1
	case ir.PatternAnd:
		for i := 2; i <= len(p.Items) && n < unlimited; i++ {
			n = min(n*i, unlimited)
		}
	case ir.PatternRepeat:
		n = int(min(int64(n)*int64(max(p.Min, p.Max, 1)), unlimited))
	}
	return n
}

// longest is the time that absences of a pattern can add to it.
func longest(p *ir.Pattern) time.Duration {
	d := p.For
	for _, item := range p.Items {
		if p.Kind == ir.PatternOr {
			d = max(d, longest(item))
		} else {
			d += longest(item)
		}
	}
	return d
}
