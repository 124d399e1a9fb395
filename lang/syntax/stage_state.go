package syntax

import (
	"strconv"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
)

var windowKinds = map[string]ast.WindowKind{
	"tumbling": ast.Tumbling, "hopping": ast.Hopping, "cumulative": ast.Cumulative, "sliding": ast.Sliding,
	"session": ast.Session, "span": ast.Span, "none": ast.WindowNone, "rows": ast.WindowRows,
}

func (p *parser) windowStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	t := lex.Peek()
	kind, ok := windowKinds[t.Value]
	if !ok || !is(t, Ident) {
		err := p.expected(lex, "a kind of window (tumbling, hopping, cumulative, sliding, session, span, rows or none)")
		if near, ok := diag.Closest(t.Value, []string{"tumbling", "hopping", "cumulative", "sliding", "session", "span", "rows", "none"}); ok {
			e := err.(*syntaxError)
			e.text = `did you mean "` + near + `"?`
			e.fix = &diag.Fix{Title: `write "` + near + `"`, Confidence: diag.Apply, Edits: []diag.Edit{{Span: p.span(t), Text: near}}}
		}
		return nil, err
	}
	lex.Next()
	w := &ast.WindowStage{Kind: kind, KindSpan: ast.At{Span: p.span(t)}}
	if err := p.windowSize(lex, w); err != nil {
		return nil, err
	}
	for {
		more, err := p.windowOption(lex, w)
		if err != nil || !more {
			return w, err
		}
	}
}

func (p *parser) windowSize(lex *lexer.PeekingLexer, w *ast.WindowStage) (err error) {
	switch w.Kind {
	case ast.Tumbling, ast.Sliding:
		w.Size, err = p.mustExpr(lex)
	case ast.Hopping, ast.Cumulative:
		if w.Size, err = p.mustExpr(lex); err != nil {
			return err
		}
		if err = p.needWord(lex, "every"); err != nil {
			return err
		}
		w.Every, err = p.mustExpr(lex)
	case ast.Session:
		if err = p.needWord(lex, "gap"); err != nil {
			return err
		}
		if w.Gap, err = p.mustExpr(lex); err != nil {
			return err
		}
		if p.takeWord(lex, "max") {
			w.Max, err = p.mustExpr(lex)
		}
	case ast.Span:
		if w.From, err = p.mustExpr(lex); err != nil {
			return err
		}
		if err = p.need(lex, ".."); err != nil {
			return err
		}
		w.To, err = p.mustExpr(lex)
	case ast.WindowRows:
		if w.Size, err = p.mustExpr(lex); err != nil {
			return err
		}
		if p.takeWord(lex, "every") {
			w.Every, err = p.mustExpr(lex)
		}
	case ast.WindowNone:
	}
	return err
}

// windowOption reads one option; more is false when none follows.
func (p *parser) windowOption(lex *lexer.PeekingLexer, w *ast.WindowStage) (more bool, err error) {
	t := lex.Peek()
	switch {
	case isWord(t, "per"):
		lex.Next()
		if isSign(lex.Peek(), "(") && isSign(second(lex), ")") {
			lex.Next()
			lex.Next()
			w.PerNone = true
			return true, nil
		}
		w.Per, err = p.exprs(lex)
	case isWord(t, "on"):
		err = p.windowTime(lex, w)
	case isWord(t, "zone"):
		lex.Next()
		if w.Zone, err = p.stringLit(lex); err != nil {
			return false, p.expected(lex, "the name of a time zone in quotes")
		}
	case isWord(t, "offset"):
		lex.Next()
		w.Offset, err = p.mustExpr(lex)
	case isWord(t, "lateness"):
		lex.Next()
		if w.Lateness, err = p.mustExpr(lex); err == nil {
			w.LateTo, err = p.elseTo(lex)
		}
	case isWord(t, "fill"):
		err = p.windowFill(lex, w)
	case isWord(t, "emit"):
		err = p.windowEmit(lex, w)
	default:
		return false, nil
	}
	return err == nil, err
}

func (p *parser) windowTime(lex *lexer.PeekingLexer, w *ast.WindowStage) error {
	start := lex.Next().Pos.Offset
	switch {
	case p.takeWord(lex, "processing"):
		w.Processing = true
	case p.takeWord(lex, "event"):
	default:
		return p.expected(lex, `"processing time" or "event time"`)
	}
	err := p.needWord(lex, "time")
	w.OnSpan = ast.At{Span: p.from(lex, start)}
	return err
}

func (p *parser) windowFill(lex *lexer.PeekingLexer, w *ast.WindowStage) (err error) {
	lex.Next()
	switch {
	case p.takeWord(lex, "zero"):
		w.Fill = ast.FillZero
	case p.takeWord(lex, "null"):
		w.Fill = ast.FillNull
	case p.takeWord(lex, "last"):
		w.Fill = ast.FillLast
	default:
		return p.expected(lex, `"zero", "null" or "last"`)
	}
	w.FillKeep, err = p.keep(lex)
	return err
}

func (p *parser) windowEmit(lex *lexer.PeekingLexer, w *ast.WindowStage) (err error) {
	start := lex.Next().Pos.Offset
	switch {
	case p.takeWord(lex, "final"):
		w.Emit = ast.EmitFinal
	case p.takeWord(lex, "updates"):
		w.Emit = ast.EmitUpdates
		if p.takeWord(lex, "every") {
			w.EmitEvery, err = p.mustExpr(lex)
		}
	case p.takeWord(lex, "early"):
		w.Emit = ast.EmitEarly
		if err = p.needWord(lex, "every"); err == nil {
			w.EmitEvery, err = p.mustExpr(lex)
		}
	default:
		return p.expected(lex, `"final", "updates" or "early every ..."`)
	}
	w.EmitSpan = ast.At{Span: p.from(lex, start)}
	return err
}

// keep reads `keep d`, nil when there is none.
func (p *parser) keep(lex *lexer.PeekingLexer) (ast.Expr, error) {
	if !p.takeWord(lex, "keep") {
		return nil, nil
	}
	return p.mustExpr(lex)
}

func (p *parser) aggStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.AggStage{}
	for {
		item, err := p.named(lex)
		if err != nil {
			return nil, err
		}
		agg := ast.AggItem{NamedExpr: item}
		if p.takeWord(lex, "where") {
			if agg.Where, err = p.mustExpr(lex); err != nil {
				return nil, err
			}
			agg.Span = p.from(lex, item.Span.Start)
		}
		out.Items = append(out.Items, agg)
		if !p.comma(lex) {
			break
		}
	}
	var err error
	if p.takeWord(lex, "by") {
		if out.By, err = p.namedItems(lex); err != nil {
			return nil, err
		}
	}
	out.Keep, err = p.keep(lex)
	return out, err
}

func (p *parser) topStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.TopStage{}
	var err error
	if out.N, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if err = p.needWord(lex, "by"); err != nil {
		return nil, err
	}
	if out.By, err = p.orders(lex); err != nil {
		return nil, err
	}
	if out.Per, err = p.per(lex); err != nil {
		return nil, err
	}
	if p.takeWord(lex, "with") {
		if err = p.needWord(lex, "ties"); err != nil {
			return nil, err
		}
		out.Ties = true
	}
	if p.takeWord(lex, "rank") {
		rank, err := p.field(lex)
		if err != nil {
			return nil, p.expected(lex, "a name for the rank")
		}
		out.Rank = &rank.Ident
	}
	out.Keep, err = p.keep(lex)
	return out, err
}

func (p *parser) latestStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if err := p.needWord(lex, "by"); err != nil {
		return nil, err
	}
	out := &ast.LatestStage{}
	var err error
	if out.By, err = p.exprs(lex); err != nil {
		return nil, err
	}
	out.Keep, err = p.keep(lex)
	return out, err
}

func (p *parser) dedupStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if err := p.needWord(lex, "by"); err != nil {
		return nil, err
	}
	out := &ast.DedupStage{}
	var err error
	if t := lex.Peek(); isSign(t, "*") {
		lex.Next()
		out.By = []ast.Expr{&ast.Name{Ident: ast.Ident{At: ast.At{Span: p.span(t)}, Name: "*"}}}
	} else if out.By, err = p.exprs(lex); err != nil {
		return nil, err
	}
	if p.takeWord(lex, "within") {
		out.Within, err = p.mustExpr(lex)
	}
	return out, err
}

func (p *parser) innerJoin(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if isWord(lex.Peek(), "left") && is(second(lex), Ident) { // join left
		p.leftLast(lex, "left join")
		return p.join(lex, ast.LeftJoin)
	}
	return p.join(lex, ast.InnerJoin)
}

// leftLast takes a `left` that stands behind the word it belongs in front of.
func (p *parser) leftLast(lex *lexer.PeekingLexer, right string) {
	before, t := p.last(lex), lex.Next()
	p.near(CodeJoinOrder, p.span(t), `the words stand in this order: "`+right+`"`, "").
		Fix(diag.Apply, "write it so", "|> "+right+" ...", p.insertion(before, "left "), p.deletion(t, lex.Peek()))
}

// outer takes the `outer` of SQL.
func (p *parser) outer(lex *lexer.PeekingLexer, kind string) {
	if t := lex.Peek(); isWord(t, "outer") && isWord(second(lex), "join") {
		lex.Next()
		p.near(CodeHabit, p.span(t), `a `+kind+` join is always an outer join`, "").
			Fix(diag.Apply, `leave "outer" out`, kind+" join", p.deletion(t, lex.Peek()))
	}
}

// leftStage reads what starts with left: left join, left asof join, left lookup.
func (p *parser) leftStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	p.outer(lex, "left")
	switch {
	case p.takeWord(lex, "join"):
		return p.join(lex, ast.LeftJoin)
	case p.takeWord(lex, "lookup"):
		return p.lookup(lex, true)
	case p.takeWord(lex, "asof"):
		if err := p.needWord(lex, "join"); err != nil {
			return nil, err
		}
		return p.join(lex, ast.LeftAsofJoin)
	}
	return nil, p.expected(lex, `"join", "asof join" or "lookup"`)
}

func (p *parser) fullJoin(lex *lexer.PeekingLexer) (ast.Stage, error) {
	p.outer(lex, "full")
	return p.joinWord(lex, ast.FullJoin)
}
func (p *parser) semiJoin(lex *lexer.PeekingLexer) (ast.Stage, error) {
	return p.joinWord(lex, ast.SemiJoin)
}
func (p *parser) antiJoin(lex *lexer.PeekingLexer) (ast.Stage, error) {
	return p.joinWord(lex, ast.AntiJoin)
}

func (p *parser) joinWord(lex *lexer.PeekingLexer, kind ast.JoinKind) (ast.Stage, error) {
	if err := p.needWord(lex, "join"); err != nil {
		return nil, err
	}
	return p.join(lex, kind)
}

func (p *parser) asofJoin(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if isWord(lex.Peek(), "left") { // asof left join
		p.leftLast(lex, "left asof join")
		return p.joinWord(lex, ast.LeftAsofJoin)
	}
	return p.joinWord(lex, ast.AsofJoin)
}

func (p *parser) innerLookup(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if isWord(lex.Peek(), "left") && is(second(lex), Ident) { // lookup left
		p.leftLast(lex, "left lookup")
		return p.lookup(lex, true)
	}
	return p.lookup(lex, false)
}

// alias reads `name =`.
func (p *parser) alias(lex *lexer.PeekingLexer) (ast.Ident, error) {
	t := lex.Peek()
	id, err := p.mustIdent(lex, "a name for the other side")
	if err != nil || p.take(lex, "=") {
		return id, err
	}
	err = p.expected(lex, `"="`)
	if e, ok := err.(*syntaxError); ok && isWord(lex.Peek(), "on") {
		e.at, e.msg = p.span(t), "the other side needs a name before it"
		e.fix = &diag.Fix{Title: "name it", Preview: t.Value + " = " + t.Value, Confidence: diag.Maybe, Edits: []diag.Edit{p.insertion(t, t.Value+" = ")}}
	}
	return id, err
}

func (p *parser) join(lex *lexer.PeekingLexer, kind ast.JoinKind) (ast.Stage, error) {
	out := &ast.JoinStage{Kind: kind}
	var err error
	if out.Alias, err = p.alias(lex); err != nil {
		return nil, err
	}
	if out.Right, err = p.rel(lex); err != nil {
		return nil, err
	}
	if err = p.needWord(lex, "on"); err != nil {
		return nil, err
	}
	if out.On, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if t := lex.Peek(); p.takeWord(lex, "within") {
		r := &ast.Range{}
		if r.Lo, err = p.mustExpr(lex); err != nil {
			return nil, err
		}
		if p.take(lex, "..") {
			if r.Hi, err = p.mustExpr(lex); err != nil {
				return nil, err
			}
		}
		r.Span = p.from(lex, t.Pos.Offset)
		out.Within = r
	}
	out.Forward = p.takeWord(lex, "forward")
	out.Keep, err = p.keep(lex)
	return out, err
}

func (p *parser) lookup(lex *lexer.PeekingLexer, left bool) (ast.Stage, error) {
	out := &ast.LookupStage{Left: left}
	var err error
	if out.Alias, err = p.alias(lex); err != nil {
		return nil, err
	}
	if out.Right, err = p.rel(lex); err != nil {
		return nil, err
	}
	if err = p.needWord(lex, "on"); err != nil {
		return nil, err
	}
	if out.On, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if p.takeWord(lex, "cache") {
		out.Cache, err = p.mustExpr(lex)
	}
	return out, err
}

func (p *parser) matchStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.MatchStage{}
	var err error
	if out.Per, err = p.per(lex); err != nil {
		return nil, err
	}
	if err = p.need(lex, "{"); err != nil {
		return nil, err
	}
	for isWord(lex.Peek(), "define") || lex.Peek().Type == bad {
		if lex.Peek().Type == bad {
			lex.Next()
			continue
		}
		d, err := p.define(lex)
		if err != nil {
			return nil, err
		}
		out.Defines = append(out.Defines, d)
	}
	if err = p.needWord(lex, "pattern"); err != nil {
		return nil, err
	}
	if out.Pattern, err = p.patOr(lex); err != nil {
		return nil, err
	}
	if err = p.matchOptions(lex, out); err != nil {
		return nil, err
	}
	if err = p.needWord(lex, "emit"); err != nil {
		return nil, err
	}
	if out.Emit, err = p.selItems(lex); err != nil {
		return nil, err
	}
	if p.takeWord(lex, "timeout") {
		if out.Timeout, err = p.selItems(lex); err != nil {
			return nil, err
		}
	}
	return out, p.need(lex, "}")
}

func (p *parser) define(lex *lexer.PeekingLexer) (*ast.MatchDefine, error) {
	start := lex.Next().Pos.Offset
	d := &ast.MatchDefine{}
	var err error
	if d.Name, err = p.mustIdent(lex, "a name"); err != nil {
		return nil, err
	}
	if p.takeWord(lex, "from") {
		path, err := p.mustPath(lex, "a topic or stream")
		if err != nil {
			return nil, err
		}
		d.From = &path
	}
	if err = p.needWord(lex, "where"); err != nil {
		return nil, err
	}
	d.Cond, err = p.mustExpr(lex)
	d.Span = p.from(lex, start)
	return d, err
}

func (p *parser) matchOptions(lex *lexer.PeekingLexer, out *ast.MatchStage) (err error) {
	for {
		switch {
		case p.takeWord(lex, "within"):
			if out.Within, err = p.mustExpr(lex); err != nil {
				return err
			}
		case p.takeWord(lex, "skip"):
			if err = p.skip(lex, out); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

func (p *parser) skip(lex *lexer.PeekingLexer, out *ast.MatchStage) error {
	if p.takeWord(lex, "past") {
		out.Skip = ast.SkipPastLast
		return p.needWord(lex, "last")
	}
	if err := p.needWord(lex, "to"); err != nil {
		return err
	}
	switch {
	case p.takeWord(lex, "next"):
		out.Skip = ast.SkipToNext
		return nil
	case p.takeWord(lex, "first"):
		out.Skip = ast.SkipToFirst
	case p.takeWord(lex, "last"):
		out.Skip = ast.SkipToLast
	default:
		return p.expected(lex, `"next", "first" or "last"`)
	}
	id, err := p.mustIdent(lex, "a defined name")
	out.SkipTo = &id
	return err
}

func (p *parser) patOr(lex *lexer.PeekingLexer) (ast.Pattern, error) {
	if p.depth++; p.depth > maxDepth {
		p.depth--
		return nil, p.tooDeep(lex)
	}
	defer func() { p.depth-- }()
	start := lex.Peek().Pos.Offset
	first, err := p.patSeq(lex)
	if err != nil || !isWord(lex.Peek(), "or") {
		return first, err
	}
	out := &ast.PatOr{Alts: []ast.Pattern{first}}
	for p.takeWord(lex, "or") {
		alt, err := p.patSeq(lex)
		if err != nil {
			return nil, err
		}
		out.Alts = append(out.Alts, alt)
	}
	out.Span = p.from(lex, start)
	return out, nil
}

func (p *parser) patSeq(lex *lexer.PeekingLexer) (ast.Pattern, error) {
	start := lex.Peek().Pos.Offset
	first, err := p.patAnd(lex)
	if err != nil {
		return nil, err
	}
	out := &ast.PatSeq{Items: []ast.Pattern{first}}
	for t := lex.Peek(); isWord(t, "then") || isWord(t, "next"); t = lex.Peek() {
		lex.Next()
		item, err := p.patAnd(lex)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, item)
		out.Next = append(out.Next, t.Value == "next")
	}
	if len(out.Items) == 1 {
		return first, nil
	}
	out.Span = p.from(lex, start)
	return out, nil
}

func (p *parser) patAnd(lex *lexer.PeekingLexer) (ast.Pattern, error) {
	start := lex.Peek().Pos.Offset
	first, err := p.patUnit(lex)
	if err != nil || !isWord(lex.Peek(), "and") {
		return first, err
	}
	out := &ast.PatAnd{Items: []ast.Pattern{first}}
	for p.takeWord(lex, "and") {
		item, err := p.patUnit(lex)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, item)
	}
	out.Span = p.from(lex, start)
	return out, nil
}

func (p *parser) patUnit(lex *lexer.PeekingLexer) (ast.Pattern, error) {
	t := lex.Peek()
	if p.takeWord(lex, "not") {
		return p.patNot(lex, t)
	}
	var item ast.Pattern
	if p.take(lex, "(") {
		inner, err := p.patOr(lex)
		if err != nil {
			return nil, err
		}
		if err := p.need(lex, ")"); err != nil {
			return nil, err
		}
		item = inner
	} else {
		id, err := p.mustIdent(lex, "a defined name")
		if err != nil {
			return nil, err
		}
		item = &ast.PatVar{At: id.At, Name: id}
	}
	return p.quantified(lex, item, t.Pos.Offset)
}

func (p *parser) patNot(lex *lexer.PeekingLexer, t *lexer.Token) (ast.Pattern, error) {
	id, err := p.mustIdent(lex, "a defined name")
	if err != nil {
		return nil, err
	}
	out := &ast.PatNot{Name: id}
	if p.takeWord(lex, "for") {
		if out.For, err = p.operand(lex); err != nil {
			return nil, err
		}
	}
	out.Span = p.from(lex, t.Pos.Offset)
	return out, nil
}

func (p *parser) quantified(lex *lexer.PeekingLexer, item ast.Pattern, start int) (ast.Pattern, error) {
	out := &ast.PatRepeat{Item: item, Max: -1}
	switch {
	case p.take(lex, "+"):
		out.Min = 1
	case p.take(lex, "*"):
	case p.take(lex, "?"):
		out.Max = 1
	case p.take(lex, "{"):
		if err := p.counts(lex, out); err != nil {
			return nil, err
		}
	default:
		return item, nil
	}
	out.Span = p.from(lex, start)
	return out, nil
}

// counts reads n}, n,} or n,m}.
func (p *parser) counts(lex *lexer.PeekingLexer, out *ast.PatRepeat) error {
	n, err := p.count(lex)
	if err != nil {
		return err
	}
	out.Min, out.Max = n, n
	if p.take(lex, ",") {
		out.Max = -1
		if is(lex.Peek(), Int) {
			if out.Max, err = p.count(lex); err != nil {
				return err
			}
		}
	}
	return p.need(lex, "}")
}

func (p *parser) count(lex *lexer.PeekingLexer) (int, error) {
	t := lex.Peek()
	n, err := strconv.ParseInt(t.Value, 0, 32) // underscores and other bases too
	if !is(t, Int) || err != nil {
		return 0, p.expected(lex, "a whole number")
	}
	lex.Next()
	return int(n), nil
}
