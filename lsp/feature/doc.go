package feature

import (
	"sort"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
)

// Doc is one file as it was at one moment.
type Doc struct {
	Path    string // or the URI of a buffer without a file
	Version int32  // of the client, where it is open
	Open    bool
	File    *source.File
	Parts   []*syntax.Part
	Tree    *ast.File
	Diags   *diag.List // of its syntax
	stamp   string
	bases   map[*source.File]int
	used    onceUsage
	words   oncePlaces
}

// newDoc reads a text; what has not changed since before is taken over.
func newDoc(path, text string, before *Doc) *Doc {
	d := &Doc{Path: path, File: source.New(path, text)}
	var parts []*syntax.Part
	if before != nil {
		parts = before.Parts
	}
	d.Parts = syntax.Parts(d.File, parts)
	d.Tree, d.Diags = syntax.Joined(d.File, d.Parts)
	d.bases = make(map[*source.File]int, len(d.Parts)+1)
	d.bases[d.File] = 0
	for _, p := range d.Parts {
		d.bases[p.File] = p.Start
	}
	return d
}

// text is the text of the whole file.
func (d *Doc) text() string { return d.File.Text }

// place is where a span of one of the parts stands in the file.
func (d *Doc) place(s source.Span) (start, end int, ok bool) {
	base, ok := d.bases[s.File]
	return base + s.Start, base + s.End, ok
}

// partAt is the part that holds an offset.
func (d *Doc) partAt(offset int) *syntax.Part {
	i := sort.Search(len(d.Parts), func(i int) bool { return d.Parts[i].Start > offset })
	return d.Parts[max(0, i-1)]
}

// declAt is the declaration that holds an offset, nil between them, and the offset
// within its part.
func (d *Doc) declAt(offset int) (ast.Decl, int) {
	p := d.partAt(offset)
	at := offset - p.Start
	for _, decl := range p.Tree.Decls {
		if s := decl.Pos(); s.Start <= at && at <= s.End {
			return decl, at
		}
	}
	return nil, at
}
