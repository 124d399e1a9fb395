package syntax

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/edynamic/edynamic/lang/source"
)

// The grammar as it is published, read from its own notation: what it derives at
// random must parse.

// A rule is a choice of sequences of parts.
type rule [][]part

// part is a literal, a name, or a group in ( ), [ ] or { }.
type part struct {
	literal, name string
	group         rule
	kind          byte
}

type ebnf struct {
	words []string
	at    int
	rules map[string]rule
	depth map[string]int // of the smallest text a rule derives
}

func readEBNF(t *testing.T) *ebnf {
	text, err := os.ReadFile("testdata/grammar.ebnf")
	if err != nil {
		t.Fatal(err)
	}
	body := regexp.MustCompile(`(?m)^//.*$`).ReplaceAllString(string(text), "")
	g := &ebnf{words: regexp.MustCompile(`"[^"]*"|\w+|\S`).FindAllString(body, -1), rules: map[string]rule{}, depth: map[string]int{}}
	for g.at < len(g.words) {
		name := g.words[g.at]
		if g.words[g.at+1] != "=" {
			t.Fatalf("%q is no rule", g.words[g.at:g.at+3])
		}
		g.at += 2
		g.rules[name] = g.rule(".")
	}
	for changed := true; changed; {
		changed = false
		for name, r := range g.rules {
			if d := g.least(r) + 1; g.depth[name] == 0 && d < 1000 || d < g.depth[name] {
				g.depth[name], changed = d, true
			}
		}
	}
	return g
}

func (g *ebnf) rule(end string) rule {
	out := rule{nil}
	for ; ; g.at++ {
		last := &out[len(out)-1]
		switch w := g.words[g.at]; w {
		case end:
			g.at++
			return out
		case "|":
			out = append(out, nil)
		case "(", "[", "{":
			g.at++
			closer := map[string]string{"(": ")", "[": "]", "{": "}"}[w]
			*last = append(*last, part{group: g.rule(closer), kind: w[0]})
			g.at--
		default:
			if w[0] == '"' {
				*last = append(*last, part{literal: strings.Trim(w, `"`)})
			} else {
				*last = append(*last, part{name: w})
			}
		}
	}
}

// least is the depth of the smallest derivation of a rule.
func (g *ebnf) least(r rule) int {
	best := 1000
	for _, seq := range r {
		best = min(best, g.leastOf(seq))
	}
	return best
}

func (g *ebnf) leastOf(seq []part) int {
	deepest := 0
	for _, p := range seq {
		switch {
		case p.name != "" && g.rules[p.name] != nil:
			d := g.depth[p.name]
			if d == 0 {
				d = 1000
			}
			deepest = max(deepest, d)
		case p.kind == '(':
			deepest = max(deepest, g.least(p.group))
		}
	}
	return deepest
}

// derivation writes a random text of the grammar.
type derivation struct {
	g *ebnf
	r *rand.Rand
	b strings.Builder
	// used counts the alternatives taken, by rule.
	used map[string]int
}

// lexical has examples of each lexical class.
var lexical = map[string][]string{
	"DocComment": {"/// doc\n"}, "Annot": {"@pii", "@unit"}, "Temporal": {"@2026-01-31", "@08:30", "@2026-01-31T12:00:00Z", "@2026-01-31T12:00[Europe/Helsinki]"},
	"Duration": {"1h30m", "5s", "1mo"}, "Size": {"16MiB", "3B"}, "Float": {"6.02e23", "1e-3"}, "Decimal": {"0.908", "1_0.5"},
	"Int": {"1", "1_000", "0xff"}, "Text": {`"""a"""`}, "FString": {`f"a {x + 1} b"`, `f""`}, "Raw": {`r"\d"`},
	"String": {`"a"`, `'b'`}, "Ident": {"x1", "y_2", "Zz", "`odd one`", "`from`", "été"},
}

func (d *derivation) rule(name string, r rule, budget int) {
	choice := d.r.IntN(len(r))
	for i := range r {
		if name != "" && d.used[fmt.Sprint(name, " ", i)] == 0 {
			choice = i
		}
	}
	switch {
	case d.b.Len() > 2000:
		budget = -1
	case name == "Expr": // or else expressions take all the room
		budget = min(budget, 10+d.r.IntN(16))
	}
	if budget < 0 || d.g.leastOf(r[choice]) > budget {
		for i := range r {
			if d.g.leastOf(r[i]) < d.g.leastOf(r[choice]) {
				choice = i
			}
		}
	}
	if name != "" {
		d.used[fmt.Sprint(name, " ", choice)]++
	}
	for _, p := range r[choice] {
		d.part(p, budget-1)
	}
}

func (d *derivation) part(p part, budget int) {
	switch {
	case p.literal != "":
		d.write(p.literal)
	case p.kind == '(':
		d.rule("", p.group, budget)
	case p.kind == '[':
		if budget > 0 && d.r.IntN(2) == 0 {
			d.rule("", p.group, budget)
		}
	case p.kind == '{':
		for budget > 0 && d.r.IntN(2) == 0 && d.b.Len() < 2000 {
			d.rule("", p.group, budget)
			budget--
		}
	case d.g.rules[p.name] != nil:
		if p.name == "Decl" || p.name == "ImportDecl" {
			d.b.WriteByte('\n')
		}
		d.rule(p.name, d.g.rules[p.name], budget)
	default:
		examples := lexical[p.name]
		d.write(examples[d.r.IntN(len(examples))])
	}
}

func (d *derivation) write(text string) {
	if s := d.b.String(); s != "" && !strings.HasSuffix(s, "\n") {
		d.b.WriteByte(' ')
	}
	d.b.WriteString(text)
}

func TestWhatTheGrammarDerivesParses(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	g := readEBNF(t)
	used := map[string]int{}
	failures := 0
	for i := range 1000 / sampled {
		d := &derivation{g: g, r: rand.New(rand.NewPCG(seed, uint64(i))), used: used}
		budget := 20 + i%60
		if i%2 == 0 {
			d.rule("File", g.rules["File"], budget)
		} else { // stages are many: each gets its turn
			d.write("stream s = from x")
			for range 5 {
				d.write("|>")
				d.rule("Stage", g.rules["Stage"], budget)
			}
		}
		text := d.b.String() + "\n"
		_, problems := Parse(source.New("derived", text))
		for _, p := range problems.Items {
			at := p.Span().Position()
			t.Errorf("seed %d, text %d: %d:%d %s %s in\n%s", seed, i, at.Line, at.Column, p.Code, p.Message, text)
		}
		if len(problems.Items) > 0 {
			if failures++; failures == 5 {
				t.FailNow()
			}
		}
	}
}

// grammar.edy holds every word and sign of the grammar.
func TestGrammarFileIsWhole(t *testing.T) {
	text, err := os.ReadFile("testdata/grammar.edy")
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, token := range Lex(source.New("grammar", string(text))) {
		has[string(text[token.Start:token.End])] = true
	}
	for _, w := range readEBNF(t).words {
		if word := strings.Trim(w, `"`); w[0] == '"' && !has[word] {
			t.Errorf("no %s in grammar.edy", w)
		}
	}
}
