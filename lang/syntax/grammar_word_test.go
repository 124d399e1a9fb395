package syntax

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
)

// The grammar of one declaration reads what the whole grammar does, and nothing else: of
// examples as they are, and with words of others put in.
func TestOneAsTheWhole(t *testing.T) {
	const seed = 11
	rnd := rand.New(rand.NewPCG(seed, seed))
	words := []string{"", " fn ", " table ", " aggregate ", "@tag ", "/// doc\n", "export ", "{ }", " = ", "\nstream q = from r\n", " 'x' "}
	for word := range bodies {
		words = append(words, " "+word+" ")
	}
	used := map[string]bool{}
	for name, text := range examples(t) {
		for edit := range 60 {
			now := text
			if edit > 0 {
				at := rnd.IntN(len(now) + 1)
				now = now[:at] + words[rnd.IntN(len(words))] + now[min(len(now), at+rnd.IntN(12)):]
			}
			r := newReader(source.New(name, now))
			r.lexical()
			for _, chunk := range r.chunks() {
				if !balanced(chunk) {
					continue
				}
				one, whole := r.declared(chunk, r.g.sound(chunk)), r.declared(chunk, r.g.decl)
				if one != whole {
					t.Fatalf("%s, seed %d: one reads\n%s\nand the whole\n%s\nof\n%s", name, seed, one, whole, now[chunk[0].Pos.Offset:chunk[len(chunk)-1].Pos.Line])
				}
			}
			for word := range r.g.ones {
				used[word] = true
			}
			r.done()
		}
	}
	for word := range bodies {
		if !used[word] {
			t.Errorf("no example has %s", word)
		}
	}
}

// declared is the tree that a parser makes of tokens and what it found in them, "" where
// they are no declaration.
func (r *reader) declared(tokens []lexer.Token, read declParser) string {
	r.g.depth, r.g.far, r.g.soft = 0, nil, nil
	g, err := read(peeking(tokens))
	if err != nil {
		return ""
	}
	out := &ast.File{Source: r.file}
	r.declare(out, g, tokens)
	var b strings.Builder
	b.WriteString(ast.DumpFile(out))
	for _, d := range r.g.soft {
		b.WriteString("\n" + d.Message)
	}
	return b.String()
}
