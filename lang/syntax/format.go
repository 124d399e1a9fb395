package syntax

import (
	"slices"
	"strings"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// Format is the canonical form of a file: two spaces of indentation, `|>` first on
// its line, a member a line in blocks and no commas between them, no trailing
// commas, texts in double quotes, at most 100 columns where a line can be broken.
// There are no options.
//
// Some things stay as the author set them, because both ways read well:
//   - a block on one line stays on one line while it fits; one with a line end in it
//     has a member a line;
//   - a pipeline of at most one stage that stands on one line stays there; any other
//     has a stage a line. The same holds for an arm of a route. A pipeline in
//     parentheses may have several stages on one line;
//   - a list, record or column list that goes to a new line right after its opening
//     bracket or its stage's word stays open, an item a line;
//   - blank lines between declarations and between members stay, at most one.
//
// Format works on tokens and what stands between them, so no text is ever lost, and
// broken files can be formatted: a stage or declaration that cannot be read is left
// exactly as it was typed.
func Format(f *source.File) string {
	_, problems := Parse(f)
	toks := lexemes(f)
	var b strings.Builder
	for _, c := range chunks(toks, problems) {
		if b.Len() > 0 && c.blank() {
			b.WriteByte('\n')
		}
		text, _ := c.format(f)
		b.WriteString(text)
		if !strings.HasSuffix(text, "\n") { // a text that never ends takes the last line end too
			b.WriteByte('\n')
		}
	}
	last := toks[len(toks)-1]
	if len(last.lead) > 0 {
		if b.Len() > 0 && last.lead[0].blank {
			b.WriteByte('\n')
		}
		b.WriteString(printDoc(above(last.lead, true)))
		b.WriteByte('\n')
	}
	return b.String()
}

// chunk is the tokens of one declaration and the places in it that could not be read.
type chunk struct {
	toks   []lexeme
	broken []source.Span
}

// declWords start a declaration.
var declWords = []string{"module", "import", "schema", "enum", "topic", "source", "sink", "stream", "table", "view",
	"command", "route", "fn", "pipe", "const", "param", "secret", "schedule", "policy", "grant", "deny", "test"}

// chunks cuts the tokens, EOF aside, where declarations start.
func chunks(toks []lexeme, problems *diag.List) []chunk {
	toks = toks[:len(toks)-1]
	var out []chunk
	depth := 0
	for i := 0; i < len(toks); {
		n := 0
		if depth == 0 || toks[i].first {
			n = declStart(toks[i:])
		}
		if n > 0 || len(out) == 0 {
			depth = 0
			out = append(out, chunk{})
		}
		c := &out[len(out)-1]
		for range max(n, 1) {
			depth += nesting(toks[i])
			c.toks = append(c.toks, toks[i])
			i++
		}
		depth = max(depth, 0)
	}
	for i := range out {
		out[i].mark(problems)
		settleCommas(out[i].toks)
	}
	return out
}

func nesting(t lexeme) int {
	if t.Kind != Op {
		return 0
	}
	switch t.text {
	case "(", "[", "{":
		return 1
	case ")", "]", "}":
		return -1
	}
	return 0
}

// declStart is how many tokens the head of a declaration takes, up to and with its
// keyword; 0 where none starts. The keyword is first on its line, or after
// annotations and `export`, and a name or text follows it on that line.
func declStart(toks []lexeme) int {
	if !toks[0].fresh {
		return 0
	}
	i := 0
	for i < len(toks) && toks[i].Kind == Annot {
		i++
		if i < len(toks) && toks[i].text == "(" {
			for depth := 0; i < len(toks); {
				depth += nesting(toks[i])
				i++
				if depth == 0 {
					break
				}
			}
		}
	}
	if i < len(toks) && toks[i].text == "export" {
		i++
	}
	if i+1 >= len(toks) || toks[i+1].fresh {
		return 0
	}
	if word := toks[i].text; (word == ast.FnAggregate || word == ast.FnTable) && toks[i+1].text == "fn" {
		return i + 1
	}
	if !slices.Contains(declWords, toks[i].text) {
		return 0
	}
	switch next := toks[i+1]; next.Kind {
	case Ident, String, Raw, Text, FString:
		return i + 1
	case EOF, Doc, Comment, Temporal, Annot, Duration, Size, Float, Decimal, Int, Reserved, Op, Illegal:
	}
	return 0
}

// mark notes the errors that lie in the chunk. One at its very end counts too: that
// is where something is missing.
func (c *chunk) mark(problems *diag.List) {
	all := len(problems.Items) >= maxErrors // there may be more that were not reported
	extent := source.Span{Start: c.start(), End: c.end() + 1}
	for _, d := range problems.Items {
		if span := d.Span(); all || !span.Known() || touches(extent, span) {
			c.broken = append(c.broken, span)
		}
	}
}

// start and end are the extent of the text, comments included.
func (c *chunk) start() int {
	if first := c.toks[0]; len(first.lead) > 0 {
		return first.lead[0].start
	}
	return c.toks[0].Start
}

func (c *chunk) end() int {
	last := c.toks[len(c.toks)-1]
	if n := len(last.trail); n > 0 {
		return last.trail[n-1].end
	}
	return last.End
}

// blank reports a blank line above the chunk.
func (c *chunk) blank() bool {
	if first := c.toks[0]; len(first.lead) > 0 {
		return first.lead[0].blank
	}
	return c.toks[0].blank
}

// format sets the chunk, or gives its text as typed and false when it cannot be
// read. It never trusts itself with somebody's program: a result that does not hold
// the same tokens and comments is thrown away.
func (c *chunk) format(f *source.File) (string, bool) {
	l := &layout{file: f, toks: slices.Clone(c.toks), broken: c.broken}
	doc := l.decl()
	if l.failed || l.at < len(c.toks) || !l.explained() {
		return c.asTyped(f), false
	}
	text := printDoc(doc)
	if !sameTokens(f.Text[c.start():c.end()], text) {
		return c.asTyped(f), false
	}
	return text, true
}

// asTyped is the text of the chunk with the indentation of its first line.
func (c *chunk) asTyped(f *source.File) string {
	start := c.start()
	line := strings.LastIndexByte(f.Text[:start], '\n') + 1
	if strings.TrimLeft(f.Text[line:start], " \t") == "" {
		start = line
	}
	return strings.TrimRight(f.Text[start:c.end()], "\r") // a line end follows, which would take it in
}

// sameTokens reports whether two texts hold the same comments and, but for commas
// and the kind of quotes, the same tokens.
func sameTokens(a, b string) bool {
	return slices.Equal(essence(a), essence(b))
}

func essence(text string) []string {
	var out []string
	var comments []string
	for _, t := range Lex(source.New("", text)) {
		word := text[t.Start:t.End]
		switch {
		case t.Kind == Comment || t.Kind == Doc:
			comments = append(comments, strings.TrimRight(word, blanks))
		case t.Broken:
			out = append(out, strings.TrimRight(word, blanks))
		case word != ",":
			out = append(out, canonical(lexeme{Token: t, text: word}))
		}
	}
	return append(out, comments...)
}
