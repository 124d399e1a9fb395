package check

import (
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// What a match may be at most: definitions, and elements of its pattern once
// repetitions and orders are written out.
const (
	maxDefines  = 64
	maxElements = 1000
)

// matching is a `match` stage while it is checked.
type matching struct {
	ch     *chain
	st     *ast.MatchStage
	op     *ir.Match
	inputs []matchInput
	index  map[string]int // of definitions
	held   []span         // rows that a match holds for each
}

// matchInput is the rows that definitions speak of.
type matchInput struct {
	rel   ir.Rel
	in    *types.Stream
	alias string
	at    source.Span
}

func (ch *chain) match(st *ast.MatchStage) {
	if ch.in.Broken {
		return
	}
	m := &matching{ch: ch, st: st, op: &ir.Match{}, index: map[string]int{}}
	if !m.mayRead(ch.in, m.word()) {
		ch.broken()
		return
	}
	if waited(ch.in.Window) { // rows must be there when their time comes
		ch.windowNone(&ast.WindowStage{At: ast.At{Span: st.Span}})
	}
	m.inputs = []matchInput{{rel: ch.from, in: ch.in, alias: ch.alias, at: st.Span}}
	m.op.LateTo = lateTopic(ch.in)
	ok := m.defines()
	ok = m.per() && ok
	ok = m.limits() && ok
	ok = ok && m.pattern()
	if !ok {
		ch.broken()
		return
	}
	if r := m.items(); r != nil {
		ch.add(m.op, m.result(r), st.Span)
		return
	}
	ch.broken()
}

func (m *matching) word() source.Span { return firstWord(m.st.Span, "match") }

func (m *matching) report(code diag.Code, at source.Span, message, text string) *diag.Diagnostic {
	return m.ch.m.c.report(code, at, message, text)
}

// mayRead reports rows that have no order of time, or that may be replaced.
func (m *matching) mayRead(in *types.Stream, at source.Span) bool {
	switch {
	case in.Kind == types.Changes:
		d := m.report("E0312", at, "`match` needs rows that stay as they are, and this stream changes rows it has already sent", "")
		if m.ch.changesAt.Known() {
			d.Label(m.ch.changesAt, "becomes a changes stream here")
		}
		d.Because("A match that has left could not be taken back when one of its rows is replaced.").
			Fix(diag.Choose, "work on a log of the changes", "|> changes |> match ...")
		return false
	case in.Time == types.NoTime:
		m.ch.m.noTime(in, at, "`match`")
		return false
	case in.Union() != nil:
		m.report("E0324", at, "`match` needs to know which branch of "+in.Union().Name+" the rows are", "").
			Fix(diag.Choose, "only one branch", "|> where "+m.ch.alias+" is "+in.Union().Branches[0].Name)
		return false
	}
	return true
}

// lateTopic is where late rows of a stream go without an `else` of the stage.
func lateTopic(in *types.Stream) *ir.Target {
	switch in.LateTo {
	case "":
		return nil
	case dropName:
		return &ir.Target{Drop: true}
	}
	return &ir.Target{Topic: in.LateTo}
}

// scope is what names mean on the rows of an input.
func (m *matching) scope(input int) *scope {
	if input == 0 {
		return m.ch.scope()
	}
	s := m.ch.m.scope(m.inputs[input].in)
	s.alias, s.vars, s.stage = m.inputs[input].alias, m.ch.vars, m.ch.stageAt
	return s
}

func (m *matching) defines() bool {
	ok := len(m.st.Defines) <= maxDefines
	if !ok {
		m.report("E0335", m.st.Defines[maxDefines].Name.Span, "a match has at most "+strconv.Itoa(maxDefines)+" definitions", "")
	}
	for i, d := range m.st.Defines {
		if was, dup := m.index[d.Name.Name]; dup {
			m.report("E0211", d.Name.Span, `there are two definitions of "`+d.Name.Name+`"`, "second").
				Label(m.st.Defines[was].Name.Span, "first")
			ok = false
			continue
		}
		m.index[d.Name.Name] = i
	}
	for _, d := range m.st.Defines {
		input, fine := m.input(d)
		def := ir.MatchDefine{Name: d.Name.Name, Input: input}
		if fine {
			def.Cond, fine = m.condition(d, input)
		}
		m.op.Defines = append(m.op.Defines, def)
		ok = ok && fine
	}
	return ok
}

// condition is that of a definition; it sees the one row it is about.
func (m *matching) condition(d *ast.MatchDefine, input int) (ir.Expr, bool) {
	s := m.scope(input)
	for _, other := range m.st.Defines {
		name := other.Name.Name
		if _, isColumn := s.in.Column(name); isColumn || name == s.alias || !ast.Mentions(d.Cond, map[string]bool{name: true}) {
			continue
		}
		if name == d.Name.Name { // its own row, which needs no name
			m.report("E0335", d.Cond.Pos(), `a condition reads the columns of its row without "`+name+`."`, "")
			return nil, false
		}
		m.report("E0335", d.Cond.Pos(), `the condition of "`+d.Name.Name+`" sees only its own row, and "`+name+`" is another`, "").
			Label(other.Name.Span, "defined here").
			Because("Whether a row fits is decided before it is known what it follows.").
			Fix(diag.Choose, "compare with the row before", "|> extend before = lag(x) over (per ...) |> match ... define "+d.Name.Name+" where x > before").
			Fix(diag.Choose, "compare the rows of a match afterwards", "emit ..., x = "+d.Name.Name+".x - "+name+".x ... |> where x > 0")
		return nil, false
	}
	s.defines = true
	cond := s.condition(d.Cond, "where")
	return cond, !isUnknown(cond)
}

// input finds the input of a definition, and notes a new one.
func (m *matching) input(d *ast.MatchDefine) (int, bool) {
	if d.From == nil {
		return 0, true
	}
	c := m.ch.m
	rel, in, alias := c.rel(ast.RelRef{At: d.From.At, Path: *d.From})
	if in.Broken {
		return 0, false
	}
	for i, known := range m.inputs {
		if known.rel == rel && (i > 0 || len(m.ch.stages) == 0) {
			return i, true
		}
	}
	if !m.mayRead(in, d.From.Span) {
		return 0, false
	}
	p := &ir.Pipeline{From: rel, Type: in, At: d.From.Span}
	if waited(in.Window) {
		var op *ir.WindowNone
		op, in = leftWindow(in)
		p.Stages, p.Type = []*ir.Stage{{Op: op, Type: in, At: d.From.Span, Word: "match"}}, in
	}
	m.inputs = append(m.inputs, matchInput{rel: rel, in: in, alias: alias, at: d.From.Span})
	m.op.With = append(m.op.With, ir.MatchInput{Pipeline: p, LateTo: lateTopic(in)})
	return len(m.inputs) - 1, true
}

// per checks the key, which every input has.
func (m *matching) per() bool {
	var ok bool
	m.op.Per, m.op.PerNames, ok = m.ch.keys(m.st.Per)
	if !ok {
		return false
	}
	for i, name := range m.op.PerNames {
		if d, taken := m.index[name]; taken {
			m.report("E0211", m.st.Defines[d].Name.Span, `"`+name+`" is a key of this match already`, "").Label(m.st.Per[i].Pos(), "here")
			ok = false
		}
	}
	for i := 1; i < len(m.inputs); i++ {
		xs, fine := m.perOf(i)
		m.op.With[i-1].Per, ok = xs, ok && fine
	}
	return ok
}

// perOf is the key of a further input.
func (m *matching) perOf(input int) ([]ir.Expr, bool) {
	in := m.inputs[input]
	var xs []ir.Expr
	for i, e := range m.st.Per {
		var x ir.Expr
		if m.ch.m.c.quietly(func() { x = m.scope(input).expr(e, nil) }) {
			m.report("E0202", in.at, `"`+in.alias+`" has no "`+oneLine(e.Pos().Text())+`"`, "").
				Label(e.Pos(), "the key of every input of this match").
				Note(listed(in.alias+" has: ", columnNames(in.in.Visible()))).
				Fix(diag.Choose, "give it one", "stream ... = from "+in.alias+" |> extend "+oneLine(e.Pos().Text())+" = ...")
			return nil, false
		}
		if first := m.op.Per[i].Type(); !types.Equal(first.NonNull(), x.Type().NonNull()) {
			m.report("E0301", in.at, `the key "`+oneLine(e.Pos().Text())+`" is `+article(x.Type())+` in "`+in.alias+`" and `+article(first)+` in the first input`, "").
				Label(e.Pos(), first.String())
			return nil, false
		}
		xs = append(xs, x)
	}
	return xs, true
}

// limits checks `within`.
func (m *matching) limits() bool {
	if m.st.Within == nil {
		return true
	}
	d, ok := m.ch.constants().duration(m.st.Within, "within")
	m.op.Limited, m.op.Within = true, d
	if ok && d < 0 {
		m.report("E0508", m.st.Within.Pos(), "`within` cannot be less than nothing", "")
		return false
	}
	return ok
}

// result is the type of the rows of matches.
func (m *matching) result(r *row) *types.Stream {
	return m.ch.with(func(t *types.Stream) {
		t.Columns, t.Key, t.Name, t.TimeOf = r.cols, m.resultKey(r), "", ""
		t.Window, t.Lateness, t.LateTo = nil, 0, ""
		for _, other := range m.inputs[1:] {
			t.Bounded = t.Bounded && other.in.Bounded
			t.Complete = t.Complete && other.in.Complete
			t.Delay = max(t.Delay, other.in.Delay)
		}
		t.BoundText = m.bound()
	})
}

// resultKey is the key of the rows where the result still has all of it.
func (m *matching) resultKey(r *row) []string {
	var key []string
	for _, name := range m.op.PerNames {
		i := r.index(name)
		if i < 0 {
			return nil
		}
		if c, ok := r.items[i].Expr.(*ir.Column); !ok || c.Name != name {
			return nil
		}
		key = append(key, name)
	}
	return key
}

func (m *matching) bound() string {
	keys := make([]string, len(m.op.PerNames))
	for i, name := range m.op.PerNames {
		if keys[i] = name; name == "" {
			keys[i] = oneLine(m.st.Per[i].Pos().Text())
		}
	}
	text := "rows"
	if len(keys) > 0 {
		text = "|" + strings.Join(keys, ", ") + "| x rows"
	}
	if d := longest(m.op.Pattern); d > 0 || m.op.Limited {
		text += " within " + durationText(d+m.op.Within)
	}
	return text
}
