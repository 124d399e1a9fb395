package feature

import (
	"sync"

	"github.com/edynamic/edynamic/lang/ast"
)

// places are where the words of a file stand.
type places struct {
	at  map[string][]int // names
	csv map[string]bool  // columns named in the heads of CSV rows
}

type oncePlaces struct {
	once sync.Once
	p    *places
}

// places are found when they are first asked for.
func (d *Doc) places() *places {
	d.words.once.Do(func() {
		out := &places{at: map[string][]int{}, csv: map[string]bool{}}
		for _, p := range d.Parts {
			for _, t := range wordsOf(p.File) {
				if wordlike(t.Kind) {
					name := unquoted(p.File.Text[t.Start:t.End])
					out.at[name] = append(out.at[name], p.Start+t.Start)
				}
			}
		}
		for _, decl := range d.Tree.Decls {
			test, ok := decl.(*ast.TestDecl)
			if !ok {
				continue
			}
			for _, st := range test.Steps {
				if lit, _ := csvOf(st); lit != nil {
					for _, h := range csvHead(lit.Span.Text()) {
						out.csv[h.name] = true
					}
				}
			}
		}
		d.words.p = out
	})
	return d.words.p
}
