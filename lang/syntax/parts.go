package syntax

import (
	"slices"
	"strings"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// Part is a stretch of a file that holds one declaration, or what should be one, and
// what stands behind it up to the next. It is parsed by itself: its spans count from
// its own beginning, so that an edit elsewhere leaves it as it is.
type Part struct {
	File  *source.File
	Tree  *ast.File
	Diags *diag.List
	Start int // in the whole file
	Line  int // how many lines stand above
}

// Parts cuts a file as Parse does and parses what has changed since before; parts whose
// text is the same are taken over. One with mistakes is taken over only on its line,
// since messages name lines.
func Parts(f *source.File, before []*Part) []*Part {
	known := map[string][]*Part{}
	for _, p := range before {
		known[p.File.Text] = append(known[p.File.Text], p)
	}
	starts := startsAfter(f, before)
	out := make([]*Part, 0, len(starts))
	line, counted := 0, 0
	for i, start := range starts {
		end := len(f.Text)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		for ; counted < start; counted++ {
			if f.Text[counted] == '\n' {
				line++
			}
		}
		text := f.Text[start:end]
		old := known[text]
		if len(old) > 0 && (old[0].Line == line || len(old[0].Diags.Items) == 0) {
			p := *old[0]
			known[text] = old[1:]
			p.Start, p.Line = start, line
			out = append(out, &p)
			continue
		}
		p := &Part{File: source.Part(f.Name, text, line), Start: start, Line: line}
		p.Tree, p.Diags = Parse(p.File)
		out = append(out, p)
	}
	return out
}

// startsAfter are the offsets at which the parts of a file begin. Only what lies between
// the first and the last part that has changed is cut anew, where that is enough.
func startsAfter(f *source.File, before []*Part) []int {
	head, tail := 0, 0
	at, end := 0, len(f.Text)
	for head < len(before) && strings.HasPrefix(f.Text[at:], before[head].File.Text) {
		at += len(before[head].File.Text)
		head++
	}
	for tail < len(before)-head && strings.HasSuffix(f.Text[at:end], before[len(before)-1-tail].File.Text) {
		end -= len(before[len(before)-1-tail].File.Text)
		tail++
	}
	if head < 2 || tail < 1 {
		return partStarts(f)
	}
	// the part in front of a change may go on into it, and the one behind may not begin
	head--
	at -= len(before[head].File.Text)
	next := before[len(before)-tail].File.Text
	between := partStarts(source.New(f.Name, f.Text[at:end+len(next)]))
	if !slices.Contains(between, end-at) {
		return partStarts(f)
	}
	starts := make([]int, 0, len(before)+len(between))
	for _, p := range before[:head] {
		starts = append(starts, p.Start)
	}
	for _, s := range between {
		if s < end-at {
			starts = append(starts, at+s)
		}
	}
	for _, p := range before[len(before)-tail:] {
		starts = append(starts, end)
		end += len(p.File.Text)
	}
	return starts
}

// partStarts are the offsets at which the parts of a file begin: at the start of the
// line of each declaration, and at 0.
func partStarts(f *source.File) []int {
	r := newReader(f)
	defer r.done()
	r.lexical()
	starts := []int{0}
	for i, chunk := range r.chunks() {
		at := chunk[0].Pos.Offset
		for at > 0 && f.Text[at-1] != '\n' {
			at--
		}
		if i > 0 && at > starts[len(starts)-1] {
			starts = append(starts, at)
		}
	}
	return starts
}

// Joined is the tree of a whole file made of its parts, and what is wrong with it. The
// nodes stay those of the parts, with their spans.
func Joined(f *source.File, parts []*Part) (*ast.File, *diag.List) {
	out, diags := &ast.File{Source: f}, &diag.List{}
	for _, p := range parts {
		diags.Items = append(diags.Items, p.Diags.Items...)
		if m := p.Tree.Module; m != nil {
			if out.Module != nil || len(out.Imports)+len(out.Decls) > 0 {
				diags.Error(CodeUnexpected, m.Span, "module stands once, at the top of the file", "")
			} else {
				out.Module = m
			}
		}
		for _, imp := range p.Tree.Imports {
			if len(out.Decls) > 0 {
				diags.Error(CodeUnexpected, imp.Span, "imports stand above all declarations", "")
			}
			out.Imports = append(out.Imports, imp)
		}
		out.Decls = append(out.Decls, p.Tree.Decls...)
	}
	return out, diags
}
