package syntax

import (
	"maps"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

type stageParser = func(*parser, *lexer.PeekingLexer) (ast.Stage, error)

// stageTable has the parser of each stage, which reads from after its first word.
func stageTable() map[string]stageParser {
	return map[string]stageParser{
		"where": (*parser).whereStage, "select": (*parser).selectStage, "extend": (*parser).extendStage,
		"let": (*parser).letStage, "drop": (*parser).dropStage, "rename": (*parser).renameStage,
		"require": (*parser).requireStage, "unnest": (*parser).unnestStage, "key": (*parser).keyStage,
		"time": (*parser).timeStage, "window": (*parser).windowStage, "aggregate": (*parser).aggStage,
		"top": (*parser).topStage, "latest": (*parser).latestStage, "dedup": (*parser).dedupStage,
		"join": (*parser).innerJoin, "left": (*parser).leftStage, "full": (*parser).fullJoin, "semi": (*parser).semiJoin,
		"anti": (*parser).antiJoin, "asof": (*parser).asofJoin, "lookup": (*parser).innerLookup, "union": (*parser).unionStage,
		"match": (*parser).matchStage, "sort": (*parser).sortStage, "limit": (*parser).limitStage,
		"sample": (*parser).sampleStage, "changes": (*parser).changesStage, "upserts": (*parser).upsertStage,
		"expire": (*parser).expireStage, "apply": (*parser).applyStage, "into": (*parser).intoStage,
		"hold": (*parser).holdStage, "silent": (*parser).silentStage, "throttle": (*parser).throttleStage,
		"changed": (*parser).changedStage, "distinct": (*parser).distinctStage,
	}
}

// stage reads one stage.
func (p *parser) stage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	t := lex.Peek()
	at := ast.At{Span: p.span(t)}
	if t.Type == bad {
		lex.Next()
		return &ast.BadStage{At: at}, nil
	}
	read, known := p.stages[t.Value]
	if !known || !is(t, Ident) && !is(t, Reserved) {
		return nil, p.noSuchStage(lex)
	}
	lex.Next()
	st, err := read(p, lex)
	if err == participle.NextMatch {
		err = p.expected(lex, "the rest of the stage")
	}
	if err != nil {
		return nil, err
	}
	setStageSpan(st, p.from(lex, t.Pos.Offset))
	return st, nil
}

// A habit is what edy says for the first word of a stage in another language, and
// whether putting that word in its place is all there is to do.
type habit struct {
	says, word string
}

var stageHabits = map[string]habit{
	"order": {"sort by ...", "sort"}, "orderby": {"sort by ...", "sort by"}, "order_by": {"sort by ...", "sort by"},
	"group": {"aggregate n = count() by ...", ""}, "groupby": {"aggregate n = count() by ...", ""}, "group_by": {"aggregate n = count() by ...", ""},
	"having": {"where ..., below the aggregate", "where"}, "filter": {"where", "where"}, "project": {"select", "select"},
	"summarize": {"aggregate", "aggregate"}, "map": {"select", "select"}, "take": {"limit", "limit"}, "head": {"limit", "limit"},
	"count": {"aggregate n = count()", ""}, "inner": {"join ...", ""}, "outer": {"left join ...", ""}, "right": {"left join ..., with the sides exchanged", ""},
	"cross": {"join ... on true, between two windows", ""},
}

func (p *parser) noSuchStage(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if !is(t, Ident) && !is(t, Reserved) {
		return p.expected(lex, "a stage after |>")
	}
	lower := strings.ToLower(t.Value)
	e := &syntaxError{code: CodeUnexpected, at: p.span(t), msg: `there is no stage "` + t.Value + `"`}
	replace := func(word string) {
		e.fix = &diag.Fix{Title: `write "` + word + `"`, Confidence: diag.Apply, Edits: []diag.Edit{{Span: e.at, Text: word}}}
	}
	h, known := stageHabits[lower]
	switch {
	case lower == "inner" && isWord(second(lex), "join"):
		e.code, e.text = CodeHabit, "edy says: join ..."
		e.fix = &diag.Fix{Title: `leave "` + t.Value + `" out`, Confidence: diag.Apply,
			Edits: []diag.Edit{p.deletion(t, second(lex))}}
	case lower == "group" && isWord(second(lex), "by"):
		e.code, e.text = CodeHabit, "edy says: "+h.says
		at := source.Span{File: p.file, Start: e.at.Start, End: second(lex).Pos.Line}
		e.fix = &diag.Fix{Title: "count the rows of each", Confidence: diag.Maybe, Edits: []diag.Edit{{Span: at, Text: "aggregate n = count() by"}}}
	case known:
		e.code, e.text = CodeHabit, "edy says: "+h.says
		if h.word != "" {
			replace(h.word)
		}
	default:
		if near, ok := diag.Closest(t.Value, slices.Sorted(maps.Keys(p.stages))); ok {
			e.text = `did you mean "` + near + `"?`
			replace(near)
		}
	}
	return p.fail(e)
}

func (p *parser) whereStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	x, err := p.mustExpr(lex)
	return &ast.WhereStage{Cond: x}, err
}

func (p *parser) selectStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	items, err := p.selItems(lex)
	return &ast.SelectStage{Items: items}, err
}

func (p *parser) selItems(lex *lexer.PeekingLexer) ([]ast.SelItem, error) {
	var out []ast.SelItem
	for {
		item, err := p.selItem(lex)
		if err != nil {
			return nil, err
		}
		out = append(out, item)
		if !p.comma(lex) {
			return out, nil
		}
	}
}

// comma takes a comma between items; one with nothing after it is reported and
// forgiven.
func (p *parser) comma(lex *lexer.PeekingLexer) bool {
	if !isSign(lex.Peek(), ",") {
		return false
	}
	t := lex.Next()
	next := lex.Peek()
	if next.EOF() || isSign(next, "|>") || isSign(next, "->") || isWord(next, "by") && !isSign(second(lex), "=") {
		p.near(CodeHabit, p.span(t), "nothing follows this comma", "").
			Fix(diag.Apply, "leave it out", "", diag.Edit{Span: p.span(t), Text: ""})
		return false
	}
	return true
}

func (p *parser) selItem(lex *lexer.PeekingLexer) (ast.SelItem, error) {
	start := lex.Peek().Pos.Offset
	var out ast.SelItem
	if p.take(lex, "*") {
		out.Star = true
		if p.takeWord(lex, "except") {
			if err := p.need(lex, "("); err != nil {
				return out, err
			}
			var err error
			if out.Except, err = p.paths(lex); err != nil {
				return out, err
			}
			if err := p.need(lex, ")"); err != nil {
				return out, err
			}
		}
	} else {
		item, err := p.named(lex)
		if err != nil {
			return out, err
		}
		out.Item = item
	}
	out.Span = p.from(lex, start)
	return out, nil
}

// named reads `name = e` or `e`. `e as name` is a near miss.
func (p *parser) named(lex *lexer.PeekingLexer) (ast.NamedExpr, error) {
	start := lex.Peek().Pos.Offset
	var out ast.NamedExpr
	if t := lex.Peek(); (is(t, Ident) || is(t, Reserved)) && isSign(second(lex), "=") {
		name, _ := p.field(lex)
		lex.Next()
		out.Name = &name.Ident
	}
	x, err := p.mustExpr(lex)
	if err != nil {
		return out, err
	}
	out.Expr = x
	if t := lex.Peek(); isWord(t, "as") && out.Name == nil && is(second(lex), Ident) {
		lex.Next()
		name, _ := p.ident(lex)
		out.Name = &name
		at := source.Span{File: p.file, Start: start, End: name.Span.End}
		text := name.Name + " = " + p.file.Text[x.Pos().Start:x.Pos().End]
		p.near(CodeAs, p.span(t), "names stand before their values", "").
			Fix(diag.Apply, "name first", text, diag.Edit{Span: at, Text: text})
	}
	out.Span = p.from(lex, start)
	return out, nil
}

func (p *parser) namedItems(lex *lexer.PeekingLexer) ([]ast.NamedExpr, error) {
	var out []ast.NamedExpr
	for {
		item, err := p.named(lex)
		if err != nil {
			return nil, err
		}
		out = append(out, item)
		if !p.comma(lex) {
			return out, nil
		}
	}
}

func (p *parser) extendStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	items, err := p.namedItems(lex)
	return &ast.ExtendStage{Items: items}, err
}

func (p *parser) letStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	items, err := p.namedItems(lex)
	return &ast.LetStage{Items: items}, err
}

func (p *parser) paths(lex *lexer.PeekingLexer) ([]ast.Path, error) {
	var out []ast.Path
	for {
		path, err := p.mustPath(lex, "a column")
		if err != nil {
			return nil, err
		}
		out = append(out, path)
		if !p.comma(lex) {
			return out, nil
		}
	}
}

func (p *parser) dropStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	paths, err := p.paths(lex)
	return &ast.DropStage{Paths: paths}, err
}

func (p *parser) renameStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.RenameStage{}
	for {
		name, err := p.field(lex)
		if err != nil {
			return nil, p.expected(lex, "the new name")
		}
		if err := p.need(lex, "="); err != nil {
			return nil, err
		}
		old, err := p.mustPath(lex, "the old name")
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, ast.RenameItem{New: name.Ident, Old: old})
		if !p.comma(lex) {
			return out, nil
		}
	}
}

func (p *parser) requireStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.RequireStage{}
	var err error
	if out.Paths, err = p.paths(lex); err != nil {
		return nil, err
	}
	out.Else, err = p.elseTo(lex)
	return out, err
}

// elseTo reads `else -> target`, nil when there is none.
func (p *parser) elseTo(lex *lexer.PeekingLexer) (*ast.Else, error) {
	t := lex.Peek()
	if !p.takeWord(lex, "else") {
		return nil, nil
	}
	if err := p.need(lex, "->"); err != nil {
		return nil, err
	}
	target, err := p.mustPath(lex, "a topic or drop")
	return &ast.Else{At: ast.At{Span: p.from(lex, t.Pos.Offset)}, Target: target}, err
}

func (p *parser) unnestStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.UnnestStage{}
	if isWord(lex.Peek(), "outer") && !isSign(second(lex), "=") {
		lex.Next()
		out.Outer = true
	}
	name, err := p.field(lex)
	if err != nil {
		return nil, p.expected(lex, "a name for the element")
	}
	out.Name = name.Ident
	if err := p.need(lex, "="); err != nil {
		return nil, err
	}
	out.Expr, err = p.mustExpr(lex)
	return out, err
}

func (p *parser) keyStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if err := p.needWord(lex, "by"); err != nil {
		return nil, err
	}
	keys, err := p.exprs(lex)
	return &ast.KeyStage{Keys: keys}, err
}

func (p *parser) timeStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.TimeStage{}
	var err error
	if out.Time, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if err := p.needWord(lex, "watermark"); err != nil {
		return nil, err
	}
	out.Watermark, err = p.mustExpr(lex)
	return out, err
}

func (p *parser) sortStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if err := p.needWord(lex, "by"); err != nil {
		return nil, err
	}
	by, err := p.orders(lex)
	return &ast.SortStage{By: by}, err
}

func (p *parser) limitStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	n, err := p.mustExpr(lex)
	return &ast.LimitStage{N: n}, err
}

func (p *parser) sampleStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.SampleStage{}
	var err error
	if out.Fraction, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if p.takeWord(lex, "by") {
		out.By, err = p.exprs(lex)
	}
	return out, err
}

func (p *parser) changesStage(*lexer.PeekingLexer) (ast.Stage, error) {
	return &ast.ChangesStage{}, nil
}

func (p *parser) distinctStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	t := lex.Peek()
	if !isWord(t, "on") {
		return &ast.DistinctStage{}, nil
	}
	word := p.last(lex)
	lex.Next()
	at := source.Span{File: p.file, Start: word.Pos.Offset, End: t.Pos.Line}
	p.near(CodeHabit, at, "`distinct` compares whole rows", "").
		Fix(diag.Apply, `write "dedup by"`, "dedup by ...", diag.Edit{Span: at, Text: "dedup by"})
	by, err := p.exprs(lex)
	return &ast.DedupStage{By: by}, err
}

func (p *parser) upsertStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if err := p.needWord(lex, "by"); err != nil {
		return nil, err
	}
	out := &ast.UpsertStage{}
	var err error
	if out.By, err = p.exprs(lex); err != nil {
		return nil, err
	}
	if p.takeWord(lex, "delete") {
		if err := p.needWord(lex, "when"); err != nil {
			return nil, err
		}
		out.DeleteWhen, err = p.mustExpr(lex)
	}
	return out, err
}

func (p *parser) expireStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if err := p.needWord(lex, "after"); err != nil {
		return nil, err
	}
	x, err := p.mustExpr(lex)
	return &ast.TTLStage{After: x}, err
}

func (p *parser) applyStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.ApplyStage{}
	var err error
	if out.Pipe, err = p.mustPath(lex, "the name of a pipe"); err != nil {
		return nil, err
	}
	args, err := p.args(lex)
	if err == participle.NextMatch {
		err = p.expected(lex, `"("`)
	}
	out.Args = args.Args
	return out, err
}

func (p *parser) intoStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	path, err := p.mustPath(lex, "a topic")
	return &ast.IntoStage{Target: path}, err
}

func (p *parser) holdStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.HoldStage{}
	var err error
	if out.For, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if err := p.needWord(lex, "while"); err != nil {
		return nil, err
	}
	if out.While, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	out.Per, err = p.per(lex)
	return out, err
}

// per reads `per a, b`, nil when there is none.
func (p *parser) per(lex *lexer.PeekingLexer) ([]ast.Expr, error) {
	if !p.takeWord(lex, "per") {
		return nil, nil
	}
	return p.exprs(lex)
}

func (p *parser) silentStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.SilentStage{}
	var err error
	if out.For, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	out.Per, err = p.per(lex)
	return out, err
}

func (p *parser) throttleStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.ThrottleStage{}
	var err error
	if out.N, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if err := p.needWord(lex, "per"); err != nil {
		return nil, err
	}
	if out.Span, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if out.Per, err = p.per(lex); err != nil {
		return nil, err
	}
	out.Else, err = p.elseTo(lex)
	return out, err
}

func (p *parser) changedStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.ChangedStage{}
	var err error
	if out.Exprs, err = p.exprs(lex); err != nil {
		return nil, err
	}
	out.Per, err = p.per(lex)
	return out, err
}

func (p *parser) unionStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.UnionStage{}
	if t := lex.Peek(); isWord(t, "all") && !isSign(second(lex), ",") && !isSign(second(lex), "|>") && !second(lex).EOF() {
		lex.Next()
		p.near(CodeHabit, p.span(t), "a union always keeps all rows", "").Fix(diag.Apply, `leave "all" out`, "", p.deletion(t, lex.Peek()))
	}
	for {
		rel, err := p.rel(lex)
		if err != nil {
			return nil, err
		}
		out.With = append(out.With, rel)
		if !p.comma(lex) {
			return out, nil
		}
	}
}

// rel reads a topic, a stream or a pipeline in parentheses.
func (p *parser) rel(lex *lexer.PeekingLexer) (ast.RelRef, error) {
	start := lex.Peek().Pos.Offset
	if !isSign(lex.Peek(), "(") {
		path, err := p.mustPath(lex, "a topic or stream")
		return ast.RelRef{At: path.At, Path: path}, err
	}
	if p.depth++; p.depth > maxDepth {
		p.depth--
		return ast.RelRef{}, p.tooDeep(lex)
	}
	defer func() { p.depth-- }()
	lex.Next()
	pipeline, err := p.pipeline(lex)
	if err == nil {
		err = p.need(lex, ")")
	}
	return ast.RelRef{At: ast.At{Span: p.from(lex, start)}, Pipeline: pipeline}, err
}

// pipeline reads `from x |> ...`.
func (p *parser) pipeline(lex *lexer.PeekingLexer) (*ast.Pipeline, error) {
	start := lex.Peek().Pos.Offset
	out := &ast.Pipeline{}
	if t := lex.Peek(); t.Type == bad {
		lex.Next()
		out.From = ast.RelRef{At: ast.At{Span: p.span(t)}}
	} else if err := p.source(lex, out); err != nil {
		return nil, err
	}
	for p.take(lex, "|>") {
		st, err := p.stage(lex)
		if err != nil {
			return nil, err
		}
		out.Stages = append(out.Stages, st)
	}
	out.Span = p.from(lex, start)
	return out, p.pipelineEnds(lex, out)
}

// pipelineEnds refuses what cannot follow a stage, and says what may be missing there.
func (p *parser) pipelineEnds(lex *lexer.PeekingLexer, out *ast.Pipeline) error {
	t := lex.Peek()
	if t.EOF() || isSign(t, ")") || t.Type == bad {
		return nil
	}
	at := p.span(t)
	e := &syntaxError{code: CodeUnexpected, at: at, msg: `expected "|>" or the end of the pipeline` + foundText(t)}
	_, isStage := p.stages[t.Value]
	switch {
	case isStage && (is(t, Ident) || is(t, Reserved)):
		e.msg = `"|>" is missing before ` + quoteText(t.Value)
		e.fix = &diag.Fix{Title: `write "|>"`, Preview: "|> " + t.Value, Confidence: diag.Apply, Edits: []diag.Edit{p.insertion(t, "|> ")}}
	case is(t, Ident) && stageHabits[t.Value].says != "":
		err := p.noSuchStage(lex)
		if e, ok := err.(*syntaxError); ok && e.fix != nil {
			e.fix.Edits[0].Text = "|> " + e.fix.Edits[0].Text
		}
		return err
	case startsOperand(t) && endsWithList(out.Stages):
		e.msg = `expected "," or "|>"` + foundText(t)
		e.fix = &diag.Fix{Title: "a comma before it", Confidence: diag.Maybe, Edits: []diag.Edit{p.insertion(t, ", ")}}
	}
	return p.fail(e)
}

// startsOperand reports the tokens that begin a name or value.
func startsOperand(t *lexer.Token) bool {
	return is(t, Ident) || is(t, Int) || is(t, Decimal) || is(t, Float) || is(t, String) || is(t, Duration) || is(t, Temporal)
}

// endsWithList reports that the last stage is a list of items between commas.
func endsWithList(stages []ast.Stage) bool {
	if len(stages) == 0 {
		return false
	}
	switch stages[len(stages)-1].(type) {
	case *ast.SelectStage, *ast.ExtendStage, *ast.LetStage, *ast.DropStage, *ast.RenameStage, *ast.RequireStage, *ast.AggStage,
		*ast.KeyStage, *ast.SortStage, *ast.LatestStage, *ast.UnionStage:
		return true
	}
	return false
}

func (p *parser) source(lex *lexer.PeekingLexer, out *ast.Pipeline) error {
	if t := lex.Peek(); !isWord(t, "from") {
		if strings.EqualFold(t.Value, "select") {
			return p.fail(p.sql(lex))
		}
		err := p.expected(lex, `a pipeline, which starts with "from"`)
		if e, ok := err.(*syntaxError); ok && is(t, Ident) && (second(lex).EOF() || isSign(second(lex), "|>") || isSign(second(lex), ")")) {
			e.fix = &diag.Fix{Title: `write "from"`, Preview: "from " + t.Value, Confidence: diag.Apply, Edits: []diag.Edit{p.insertion(t, "from ")}}
		}
		return err
	}
	lex.Next()
	if is(lex.Peek(), Ident) && isSign(second(lex), "=") {
		alias, _ := p.ident(lex)
		lex.Next()
		out.Alias = &alias
	}
	rel, err := p.rel(lex)
	out.From = rel
	return err
}

// setStageSpan gives a stage its place; every stage embeds ast.At.
func setStageSpan(st ast.Stage, span source.Span) {
	switch st := st.(type) {
	case *ast.WhereStage:
		st.Span = span
	case *ast.SelectStage:
		st.Span = span
	case *ast.ExtendStage:
		st.Span = span
	case *ast.LetStage:
		st.Span = span
	case *ast.DropStage:
		st.Span = span
	case *ast.RenameStage:
		st.Span = span
	case *ast.RequireStage:
		st.Span = span
	case *ast.UnnestStage:
		st.Span = span
	case *ast.KeyStage:
		st.Span = span
	case *ast.TimeStage:
		st.Span = span
	case *ast.WindowStage:
		st.Span = span
	case *ast.AggStage:
		st.Span = span
	case *ast.TopStage:
		st.Span = span
	case *ast.LatestStage:
		st.Span = span
	case *ast.DedupStage:
		st.Span = span
	case *ast.JoinStage:
		st.Span = span
	case *ast.LookupStage:
		st.Span = span
	case *ast.UnionStage:
		st.Span = span
	case *ast.MatchStage:
		st.Span = span
	case *ast.SortStage:
		st.Span = span
	case *ast.LimitStage:
		st.Span = span
	case *ast.SampleStage:
		st.Span = span
	case *ast.ChangesStage:
		st.Span = span
	case *ast.UpsertStage:
		st.Span = span
	case *ast.TTLStage:
		st.Span = span
	case *ast.ApplyStage:
		st.Span = span
	case *ast.IntoStage:
		st.Span = span
	case *ast.HoldStage:
		st.Span = span
	case *ast.SilentStage:
		st.At.Span = span
	case *ast.ThrottleStage:
		st.At.Span = span
	case *ast.ChangedStage:
		st.Span = span
	case *ast.DistinctStage:
		st.Span = span
	case *ast.BadStage:
		st.Span = span
	}
}
