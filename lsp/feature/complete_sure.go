package feature

import (
	"slices"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/syntax"
)

// sureBase is how well words fit that nearly always stand where they are offered.
const sureBase = 130

// sure are the words that what stands around the cursor asks for: those that begin the
// items of a block, those that go on with a clause or an expression that is half written.
func (c *cursor) sure() []candidate {
	var words []string
	b, at := c.bracket()
	p1, p2, behind := c.prev(1), c.prev(2), c.next()
	first := at == len(c.before)-1 // right behind the bracket
	switch {
	case c.head == "test" && p2.text == "expect" && behind.text != "=":
		words = []string{"contains", "exactly", "unordered", "changes"}
	case c.head == "schedule" && b == "{" && first:
		words = []string{"emit", "snapshot", "run"}
	case c.head == "route" && b == "{" && (first || p2.text == "->"):
		words = []string{"when", "otherwise"}
	case c.stage == "match" && b == "{" && first:
		words = []string{"define"}
	case p1.text == "emit" && c.stage == "window":
		words = []string{"final", "updates", "early"}
	case p2.text == "->" && c.stage == "window":
		words = []string{"emit", "fill"}
	case p1.text == "updates" && c.stage == "window":
		words = []string{"every"}
	case b == "(" && first && p1.text == "(" && p2.text == "over":
		words = []string{"per", "by", "last", "rows"}
	case b == "(" && first && p2.text == "=" && joinWord(c.word(4)), b == "(" && first && p2.text == "union":
		words = []string{"from"}
	case p1.text == "is" && behind.text == "null":
		words = []string{"not"}
	case (p1.text == "desc" || p1.text == "asc") && c.stage == "top":
		words = []string{"per", "with", "rank", "keep"}
	case c.operandEnds():
		words = c.goesOn(behind)
	case p1.text != "if" && c.chooses():
		words = []string{"if"}
	}
	return keywords(words, lsp.CompletionItemKindKeyword, sureBase)
}

// goesOn are the words for which a whole operand waits.
func (c *cursor) goesOn(behind tok) []string {
	var out []string
	open := map[string]int{}
	for _, t := range c.before[max(0, c.stageAt):] {
		if wordlike(t.kind) {
			open[t.text]++
		}
	}
	switch {
	case open["if"] > open["then"] && open["case"] == 0:
		out = append(out, "then")
	case open["if"] > open["else"] && open["if"] > 0 && open["case"] == 0:
		out = append(out, "else")
	}
	if behind.text == "(" {
		out = append(out, "in")
	}
	return out
}

// chooses tells that a condition stands behind the cursor whose `if` is missing.
func (c *cursor) chooses() bool {
	for i, t := range c.after {
		switch t.text {
		case "then":
			return true
		case "if", "when", "case", "|>", ",":
			return false
		}
		if i > 20 {
			return false
		}
	}
	return false
}

// called is how many arguments stand behind the cursor for the call whose name is written
// there, and whether rows around follow; ok is false where no call goes on.
func (c *cursor) called() (args int, over, ok bool) {
	if c.next().text != "(" {
		return 0, false, false
	}
	depth := 0
	for i, t := range c.after {
		switch t.text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		case ",":
			if depth == 1 {
				args++
			}
		}
		if depth == 0 {
			if i > 1 {
				args++
			}
			over = i+1 < len(c.after) && c.after[i+1].text == "over"
			return args, over, true
		}
	}
	return 0, false, false
}

// takes tells that a function can be called with so many arguments.
func takes(f *sig.Function, args int) bool {
	return slices.ContainsFunc(f.Overloads, func(o sig.Signature) bool {
		least := 0
		for _, p := range o.Params {
			if p.Variadic {
				return true
			}
			if !p.Optional {
				least++
			}
		}
		return least <= args && args <= len(o.Params)
	})
}

// callFits is how well a function fits the call that goes on behind the cursor.
func callFits(f *sig.Function, aggregate bool, args int, over bool) int {
	fits := 0
	if takes(f, args) {
		fits += 15
	}
	switch row := rowFunction(f.Name) != nil; {
	case over && !aggregate && !row, !over && row:
		fits -= 20
	case over && row:
		fits += 10
	}
	return fits
}

// built are the fields of a record that is being written as a call of its schema.
func (c *cursor) built() []candidate {
	b, at := c.bracket()
	if b != "(" || at < 1 || c.prev(1).text != "(" && c.prev(1).text != "," {
		return nil
	}
	d, ok := c.p.declNamed(unquoted(c.before[at-1].text)).(*ast.SchemaDecl)
	if !ok || d.Record == nil {
		return nil
	}
	written := map[string]bool{}
	for i := at + 1; i+1 < len(c.before); i++ {
		written[c.before[i].text] = written[c.before[i].text] || c.before[i+1].text == ":"
	}
	var out []candidate
	for _, f := range d.Record.Fields {
		if cand := (candidate{label: f.Name.Name, kind: lsp.CompletionItemKindField, detail: f.Type.Pos().Text(), base: sureBase, doc: textDoc(docText(f.Doc))}); !written[cand.label] {
			if c.next().text != ":" {
				cand.insert = cand.label + ": "
			}
			out = append(out, cand)
		}
	}
	return out
}

// defined are the columns of the rows that a define of a match reads from elsewhere.
func (c *cursor) defined() []candidate {
	if c.stage != "match" {
		return nil
	}
	for i := len(c.before) - 1; i > c.stageAt+1; i-- {
		switch c.before[i].text {
		case "from":
			if i+1 < len(c.before) {
				if d := c.p.declNamed(unquoted(c.before[i+1].text)); d != nil {
					return columns(c.p.streamOf(d), sureBase-20)
				}
			}
			return nil
		case "define", "pattern", "emit", "within":
			return nil
		}
	}
	return nil
}

// ends tells that the cursor's line ends behind one more word.
func (c *cursor) ends() bool {
	return wordlike(c.next().kind) && (len(c.after) == 1 || c.after[1].line == 1) && c.next().line == 0 && c.next().kind != syntax.EOF
}
