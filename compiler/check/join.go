package check

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// joining is a stage that reads a second input while it is checked: `join`, `asof
// join` or `lookup`.
type joining struct {
	ch    *chain
	right *chain // the second input; stages may be added to it
	pipe  *ir.Pipeline
	alias string
	name  string      // of the second input, for messages
	at    source.Span // the words of the stage
	where source.Span // where the second input is named
	word  string
	on    ast.Expr

	leftKeys, rightKeys []ir.Expr
	rest                ir.Expr // of the condition, nil for nothing
	known               facts   // what the condition says of a pair
}

// called names the stages that check adds by the word that says what they are, where
// the first word of the text is another one: left join, anti join.
func (ch *chain) called(word string, check func()) {
	before := len(ch.stages)
	check()
	for _, s := range ch.stages[before:] {
		s.Word = word
	}
}

var joinKinds = map[ast.JoinKind]ir.JoinKind{
	ast.InnerJoin: ir.InnerJoin, ast.LeftJoin: ir.LeftJoin, ast.FullJoin: ir.FullJoin, ast.SemiJoin: ir.SemiJoin, ast.AntiJoin: ir.AntiJoin,
}

func (ch *chain) join(st *ast.JoinStage) {
	if st.Kind == ast.AsofJoin || st.Kind == ast.LeftAsofJoin {
		ch.asof(st)
		return
	}
	j, ok := ch.joining(st.Alias, st.Right, st.On, st, "join")
	if !ok || !j.conditions() {
		ch.broken()
		return
	}
	if st.Forward {
		j.misfit(withWordAfter(st.Span, "forward"), "`forward` is for `asof join`, which takes one row of many", "leave it out")
		ch.broken()
		return
	}
	kind := joinKinds[st.Kind]
	windows := ch.in.Window != nil || j.right.in.Window != nil
	switch {
	case windows:
		ok = j.sameWindow(st) && j.windowed(st, kind)
	case st.Within != nil:
		ok = j.hasEquality() && j.within(st, kind)
	case !j.hasEquality():
		ok = false
	case st.Keep != nil:
		ok = j.kept(kind, ch.keep(st.Keep, false))
	case j.bothAppend() && ch.in.Bounded && j.right.in.Bounded:
		done, rightDone := ch.whole(st.Span), j.right.whole(st.Span)
		_ = rightDone // the result leaves the window, not the input
		if ok = j.windowed(st, kind); ok {
			done()
		}
	case ch.in.Bounded && j.right.in.Bounded:
		ok = j.kept(kind, 0)
	default:
		j.unbounded(st)
		ok = false
	}
	if !ok {
		ch.broken()
	}
}

// joining resolves the second input of a stage; false after a report.
func (ch *chain) joining(alias ast.Ident, ref ast.RelRef, on ast.Expr, st ast.Stage, word string) (*joining, bool) {
	rel, t, name := ch.m.rel(ref)
	p := rel.Pipeline
	if p == nil {
		p = &ir.Pipeline{From: rel, Type: t, At: ref.Span}
	}
	own := *p
	j := &joining{ch: ch, pipe: &own, alias: alias.Name, name: name, where: ref.Span, word: word, on: on,
		at: upToWord(st.Pos(), word)}
	j.right = &chain{m: ch.m, name: ch.name, in: t, alias: name, vars: ch.vars, stages: slices.Clone(p.Stages), sources: []source.Span{ref.Span}, stageAt: ref.Span}
	if ch.in.Broken || t.Broken {
		return nil, false
	}
	if _, exists := ch.in.Column(alias.Name); exists {
		ch.m.c.report("E0211", alias.Span, `there is a column "`+alias.Name+`" already`, "").
			Fix(diag.Choose, "another name for the other side", alias.Name+"_row = "+oneLine(ref.Span.Text()))
		return nil, false
	}
	if ch.in.Union() != nil {
		ch.unionRow(j.at, word)
		return nil, false
	}
	if j.right.in.Union() != nil {
		j.right.unionRow(ref.Span, oneLine(ref.Span.Text()))
		return nil, false
	}
	ch.freeAlias(alias.Name, j.at)
	return j, true
}

// freeAlias gives hidden columns that identify the rows of an earlier join other names,
// where that join had the alias of this one: the names of this side's columns tell them
// from those of the other.
func (ch *chain) freeAlias(alias string, at source.Span) {
	r, key := &row{}, slices.Clone(ch.in.Key)
	taken := 0
	for _, c := range ch.in.Columns {
		name := c.Name
		if c.Hidden && strings.HasPrefix(name, alias+".") {
			for taken++; ; taken++ {
				name = "$" + strconv.Itoa(taken) + "." + c.Name
				if _, exists := ch.in.Column(name); !exists {
					break
				}
			}
			if i := slices.Index(key, c.Name); i >= 0 {
				key[i] = name
			}
		}
		r.add(name, columnOf(c, at), c.Hidden, at)
	}
	if taken > 0 {
		ch.project(r, at)
		ch.in.Key = key
	}
}

// upToWord is the beginning of a span up to the end of a word.
func upToWord(at source.Span, word string) source.Span {
	if i := strings.Index(at.Text(), word); i >= 0 {
		at.End = at.Start + i + len(word)
	}
	return at
}

// withWordAfter is the place of a word that stands in a span.
func withWordAfter(at source.Span, word string) source.Span {
	if i := strings.LastIndex(at.Text(), word); i >= 0 {
		at.Start += i
		at.End = at.Start + len(word)
	}
	return at
}

func (j *joining) misfit(at source.Span, message, fix string) {
	j.ch.m.c.report("E0542", at, message, "").Fix(diag.Choose, fix, "", diag.Edit{Span: withWord(at, ""), Text: ""})
}

func (j *joining) bothAppend() bool {
	return j.ch.in.Kind == types.Append && j.right.in.Kind == types.Append
}

// record is the right row as one value.
func (j *joining) record() *types.Type { return j.right.in.Row() }

// scope is what names mean in `on`: the left side's columns, and the right row under
// its alias (SEMANTICS 65).
func (j *joining) scope() *scope {
	in := *j.ch.in
	in.Columns = append(slices.Clone(in.Columns), types.Column{Name: j.alias, Type: j.record(), From: j.name})
	s := j.ch.scope()
	s.in = &in
	return s
}

// unbounded is E0502.
func (j *joining) unbounded(st *ast.JoinStage) {
	left := j.ch.alias
	if left == "" {
		left = "this stream"
	}
	d := j.ch.m.c.report("E0502", j.at, "this join would have to remember every row of "+left+" and every row of "+j.name, "")
	if len(j.ch.sources) > 0 && j.ch.sources[0].Known() {
		d.Label(j.ch.sources[0], growth(j.ch.in))
	}
	d.Label(j.where, growth(j.right.in))
	d.Because("a row of one side could find its partner a year later; nothing here rules that out.")
	on := "... on " + oneLine(st.On.Pos().Text())
	end := st.Span
	end.Start = end.End
	d.Fix(diag.Choose, "the partner follows within an hour", on+" within 0s .. 1h", diag.Edit{Span: end, Text: " within 0s .. 1h"}).
		Fix(diag.Choose, "only the newest row of "+j.name+" counts", "|> lookup "+j.alias+" = latest_"+j.name+" on ...  (make it a table)").
		Fix(diag.Choose, "forget after a quiet time", on+" keep 7d", diag.Edit{Span: end, Text: " keep 7d"})
}

func growth(t *types.Stream) string {
	switch {
	case t.Bounded:
		return t.Kind.String() + " stream that ends"
	case t.Kind == types.Changes:
		return "changes stream of any number of keys"
	}
	return "append stream, grows without end"
}

// appendOnly is E0312 for a bound that needs two append sides.
func (j *joining) appendOnly(what string) bool {
	for _, side := range []struct {
		in *types.Stream
		at source.Span
	}{{j.ch.in, j.at}, {j.right.in, j.where}} {
		if side.in.Kind != types.Changes {
			continue
		}
		d := j.ch.m.c.report("E0312", side.at, what+" needs rows that stay as they are, and this side changes rows it has already sent", "")
		if j.ch.changesAt.Known() && side.in == j.ch.in {
			d.Label(j.ch.changesAt, "becomes a changes stream here")
		}
		d.Fix(diag.Choose, "pair the rows that stand, and follow their changes", "... on "+oneLine(j.on.Pos().Text())+" keep 7d").
			Fix(diag.Choose, "a log of the changes", "|> changes")
		return false
	}
	return true
}

// timed is E0503 for a side without time.
func (j *joining) timed(what string) bool {
	if j.ch.in.Time == types.NoTime {
		j.ch.m.noTime(j.ch.in, j.at, what)
		return false
	}
	if j.right.in.Time == types.NoTime {
		j.ch.m.noTime(j.right.in, j.where, what)
		return false
	}
	return true
}

// prepared is the two sides as a join reads them: what it compares are columns, and
// the right row is one record.
// identity are columns of the right side that the join reads besides, as "alias.name".
func (j *joining) prepared(identity []string) ir.Sides {
	left, right := &row{}, &row{}
	j.ch.keepAll(left, j.at)
	sides := ir.Sides{Alias: j.alias, On: j.rest}
	for i, x := range j.leftKeys {
		sides.LeftKeys = append(sides.LeftKeys, left.named("$left"+strconv.Itoa(i), x))
	}
	if len(left.items) > len(j.ch.in.Columns) {
		j.ch.project(left, j.at)
	}
	right.add(j.alias, j.rightRow(j.where), false, j.where)
	for i, x := range j.rightKeys {
		name := "$right" + strconv.Itoa(i)
		right.add(name, x, true, j.where)
		sides.RightKeys = append(sides.RightKeys, name)
	}
	j.right.keepWindow(right, j.where)
	for _, k := range identity {
		if c, ok := j.right.in.Column(k); ok {
			right.add(j.alias+"."+k, columnOf(c, j.where), true, j.where)
		}
	}
	j.right.project(right, j.where)
	j.right.in.Key = nil
	j.pipe.Stages, j.pipe.Type = j.right.stages, j.right.in
	for _, s := range j.pipe.Stages {
		if s.Word == "" {
			s.Word = j.word
		}
	}
	sides.Right = j.pipe
	return sides
}

// named is the column that holds a value of the row: the value's own, or a new one
// that no text can name.
func (r *row) named(name string, x ir.Expr) string {
	if c, ok := x.(*ir.Column); ok {
		return c.Name
	}
	r.add(name, x, true, x.Span())
	return name
}

// onTime adds the stage that sends rows aside which come too late to find a partner.
func (ch *chain) onTime(of string, slack time.Duration, at source.Span) {
	op := &ir.OnTime{Of: of, Slack: slack}
	op.LateTo, op.LateIsTopicDefined = ch.topicLateTarget()
	ch.add(op, ch.with(func(*types.Stream) {}), at)
}

// result is the type of the joined rows.
func (j *joining) result(left *types.Stream, kind ir.JoinKind, change func(t *types.Stream)) *types.Stream {
	return j.ch.with(func(t *types.Stream) {
		t.Columns = nil
		for _, c := range left.Columns {
			if kind == ir.FullJoin && !strings.HasPrefix(c.Name, "$window") {
				c.Type = c.Type.OrNull()
			}
			t.Columns = append(t.Columns, c)
		}
		if kind != ir.SemiJoin && kind != ir.AntiJoin {
			t.Name = ""
			t.Columns = append(t.Columns, types.Column{Name: j.alias, Type: j.recordOf(kind), From: j.name})
		}
		if kind == ir.InnerJoin || kind == ir.SemiJoin {
			t.Columns = narrow(t.Columns, j.known)
		}
		t.Bounded = t.Bounded && j.pipe.Type.Bounded
		if j.pipe.Type.Time == types.NoTime {
			t.Time = types.NoTime
		}
		t.Complete = t.Complete && j.pipe.Type.Complete
		t.Delay = max(t.Delay, j.pipe.Type.Delay)
		t.TimeOf = ""
		change(t)
	})
}

func (j *joining) recordOf(kind ir.JoinKind) *types.Type {
	c, _ := j.pipe.Type.Column(j.alias)
	return c.Type.WithNull(kind == ir.LeftJoin || kind == ir.FullJoin)
}
