package syntax

import (
	"slices"
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/source"
)

// listStages take a list of columns right after their word.
var listStages = []string{"select", "extend", "let", "drop", "rename", "require", "aggregate", "union", "changed"}

// aligned stages name columns; three or more of them, a line each, have their "="
// below each other.
var alignedStages = []string{"aggregate", "extend", "let", "rename"}

// clauseWords start a part of a stage that goes to a line of its own where the stage
// does not fit on one. Those that are ordinary names elsewhere count only where no
// operand is due.
var clauseWords = []string{"by", "per", "on", "keep", "within", "lateness", "zone", "offset", "fill", "emit", "cache", "rank",
	"with", "watermark", "while", "delete", "else"}

// windowClauses are clauseWords without "else", which belongs to "lateness" there.
var windowClauses = clauseWords[:len(clauseWords)-1]

// pipeline is `from x` and its stages, each after a place to break; it also counts
// the stages.
func (l *layout) pipeline() (fmtDoc, int) {
	docs := fmtConcat{l.expect("from"), space, l.column(false).doc()}
	stages, n := l.stages()
	return append(docs, stages), n
}

func (l *layout) stages() (fmtDoc, int) {
	var docs fmtConcat
	n := 0
	for ; l.is("|>"); n++ {
		docs = append(docs, anyLine, l.stage())
	}
	return docs, n
}

// innerPipeline is a pipeline in parentheses.
func (l *layout) innerPipeline() fmtDoc {
	broken := l.breaksWithin()
	open := l.expect("(")
	pipeline, _ := l.pipeline()
	return brokenGroup(broken, open, nest(2, softLine, pipeline), softLine, l.expect(")"))
}

// stage is one stage with its "|>"; one that could not be read is left as typed.
func (l *layout) stage() fmtDoc {
	n := l.stageLength()
	extent := source.Span{File: l.file, Start: l.toks[l.at].Start, End: l.toks[l.at+n-1].End}
	if l.at+n < len(l.toks) {
		extent.End = l.toks[l.at+n].Start + 1 // something missing is reported at what stands there instead
	}
	if slices.ContainsFunc(l.broken, func(s source.Span) bool { return touches(extent, s) }) {
		l.typed = append(l.typed, extent)
		return l.asTyped(n)
	}
	return fmtConcat{l.expect("|>"), space, l.stageBody()}
}

// stageLength is how many tokens there are up to the next stage or the end of the
// pipeline.
func (l *layout) stageLength() int {
	depth := 0
	for i := l.at + 1; i < len(l.toks); i++ {
		t := l.toks[i]
		depth += nesting(t)
		ends := t.Kind == Op && (t.text == "|>" || t.text == "->" && l.toks[i-1].text != "else")
		if depth < 0 || depth == 0 && ends {
			return i - l.at
		}
	}
	return len(l.toks) - l.at
}

func (l *layout) stageBody() fmtDoc {
	clauses := clauseWords
	switch {
	case l.is(listStages...):
		return l.listStage()
	case l.is("match"):
		return group(nest(3, l.tok(), space, l.pieces(nil), space, l.block(l.matchMember)))
	case l.is("window"):
		clauses = windowClauses
	}
	head := fmtConcat{}
	if l.is("window", "expire") && l.kindIs(1, Ident) {
		head = append(head, l.tok(), space)
	}
	head = append(head, l.tok())
	if l.endsPieces() {
		return head
	}
	return group(nest(3, head, space, l.pieces(clauses)))
}

// listStage is `select a, b = e` and its like.
func (l *layout) listStage() fmtDoc {
	word := l.text(0)
	head := l.tok()
	list, open := l.columns(word == "aggregate", slices.Contains(alignedStages, word))
	if l.endsPieces() {
		return brokenGroup(open, nest(3, head, list))
	}
	return brokenGroup(open, nest(3, head, list, anyLine, l.pieces(clauseWords)))
}

// columns is a list of columns after a word: on its line, or a column a line below
// it. open reports that it stays open, because it was.
func (l *layout) columns(where, align bool) (list fmtDoc, open bool) {
	if !l.more() {
		return l.fail(), false
	}
	fresh := l.toks[l.at].fresh
	var items []column
	widest := 0
	for {
		c := l.column(where)
		items = append(items, c)
		widest = max(widest, c.width)
		if !l.is(",") {
			break
		}
		items[len(items)-1].comma = l.tok()
	}
	if len(items) == 1 {
		return fmtConcat{space, items[0].doc()}, false
	}
	docs := fmtConcat{}
	for _, c := range items {
		if align && len(items) >= 3 && c.name != nil {
			c.pad = widest - c.width
		}
		docs = append(docs, anyLine, c.doc())
	}
	return brokenGroup(fresh, nest(2, docs)), fresh
}

// column is an item of a list: `e`, `name = e`, `*`, `lo .. hi`, `e desc`.
type column struct {
	name  fmtDoc // nil where none is written
	width int
	pad   int
	value fmtDoc
	comma fmtDoc // behind it, nil at the end of the list
}

func (c column) doc() fmtDoc {
	var docs fmtConcat
	if c.name != nil {
		docs = append(docs, c.name, space, fmtPad(c.pad))
	}
	docs = append(docs, c.value)
	if c.comma != nil {
		docs = append(docs, c.comma)
	}
	return docs
}

// column reads one item; where is true for items that may have a condition.
func (l *layout) column(where bool) column {
	var c column
	var value fmtConcat
	if l.name(0) && l.text(1) == "=" {
		c.width = utf8.RuneCountInString(l.toks[l.at].text)
		c.name = l.tok()
		value = append(value, l.tok(), l.value())
	} else {
		value = append(value, l.operand())
	}
	if where && l.is("where") {
		value = append(value, space, l.tok(), space, l.expr())
	}
	c.value = value
	return c
}

// value is what stands after a "=": a choice between branches goes to a line of its
// own when it is broken.
func (l *layout) value() fmtDoc {
	if l.is("case", "if") {
		return group(nest(2, anyLine, l.operand()))
	}
	return fmtConcat{space, l.operand()}
}

// operand is an expression and what may follow one in a list.
func (l *layout) operand() fmtDoc {
	if l.is("*") {
		star := fmtConcat{l.tok()}
		if l.is("except") {
			star = append(star, space, l.tok(), space, l.list("(", ")", false, false, l.path))
		}
		return star
	}
	docs := fmtConcat{l.expr()}
	if l.is("..") {
		docs = append(docs, space, l.tok(), space, l.expr())
	}
	if l.is("asc", "desc") {
		docs = append(docs, space, l.tok())
	}
	return docs
}

// endsPieces reports the end of a stage, header or frame.
func (l *layout) endsPieces() bool { return !l.more() || l.is("|>", "->", ")", "}", "{", "=") }

// pieces is words and lists in a row, up to the end of the stage or header. Clauses
// that start with one of the words have a place to break before them.
func (l *layout) pieces(clauses []string) fmtDoc {
	var docs fmtConcat
	due := true // an operand may stand here, so a word is a name
	for !l.endsPieces() {
		starts := l.is(clauses...) && (!due || l.kindIs(0, Reserved))
		switch {
		case len(docs) == 0:
		case starts:
			docs = append(docs, anyLine)
		default:
			docs = append(docs, space)
		}
		switch {
		case l.is("else") && l.text(1) == "->":
			docs = append(docs, l.tok(), space, l.tok(), space, l.path())
			due = false
		case l.startsOperand() && !starts:
			docs = append(docs, l.operands())
			due = false
		case l.name(0):
			docs = append(docs, l.tok())
			due = true
			if l.is("(") && l.text(1) == ")" { // per ()
				docs = append(docs, space, l.tok(), l.tok())
				due = false
			}
		default:
			return l.fail()
		}
	}
	return docs
}

// operands is a list of columns that is broken below its first.
func (l *layout) operands() fmtDoc {
	first := l.column(false)
	if !l.is(",") {
		return first.doc()
	}
	docs := fmtConcat{first.doc()}
	for l.is(",") {
		docs = append(docs, l.tok(), anyLine, l.column(false).doc())
	}
	return fmtAlign{group(docs)}
}
