package check

import (
	"slices"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

// lookup checks a stage that puts the current row of a table beside each row
// (SEMANTICS 70, 71).
func (ch *chain) lookup(st *ast.LookupStage) {
	j, ok := ch.joining(st.Alias, st.Right, st.On, st, "lookup")
	if !ok || !j.conditions() || !j.hasEquality() || !j.rightOutsideWindows("`lookup`") || !j.isTable() {
		ch.broken()
		return
	}
	op := &ir.Lookup{Left: st.Left, First: j.right.in.Bounded}
	if st.Cache != nil {
		if op.Cache, ok = ch.constants().duration(st.Cache, "cache"); !ok {
			ch.broken()
			return
		}
		j.cacheOfOwn(st)
	}
	if j.pipe.From.Topic != "" && len(j.right.stages) == 0 && j.history() {
		j.hasHistory(st)
	}
	identity := j.tableKey()
	if !op.Left || !j.oneMatch(identity) { // not every row gives one
		ch.settleKeys(st.Span, 0)
	}
	left := ch.in
	for _, k := range identity {
		op.Identity = append(op.Identity, j.alias+"."+k)
	}
	op.Sides = j.prepared(identity)
	kind := ir.InnerJoin
	if op.Left {
		kind = ir.LeftJoin
	}
	t := j.beside(left, kind, "rows of "+j.name)
	if left.Kind == types.Changes && !j.oneMatch(identity) {
		t.Key = j.identity(t, op.Left, left, identity)
	}
	ch.add(op, t, st.Span)
}

// isTable is E0543: what only grows has no current row.
func (j *joining) isTable() bool {
	if j.right.in.Kind == types.Changes || j.right.in.Bounded {
		return true
	}
	key := "key"
	if len(j.rightKeys) > 0 {
		if p := pathOf(j.rightKeys[0]); p != "" {
			key = p
		}
	}
	d := j.ch.m.c.report("E0543", j.where, "`lookup` reads the current row of a table, and "+j.name+" only ever adds rows", growth(j.right.in))
	if topic := j.ch.m.topicDecl(j.right.in.Topic); topic != nil && j.pipe.From.Topic != "" {
		d.Label(topic.Name.Span, `declared without "mode: upsert"`)
	}
	d.Fix(diag.Choose, "a later row replaces an earlier one", "topic "+j.name+" ... { key: "+key+"  mode: upsert }").
		Fix(diag.Choose, "the latest row of each key", "lookup "+j.alias+" = (from "+j.name+" |> latest by "+key+" keep 30d) on ...").
		Fix(diag.Choose, "the input ends: read all of it first", "topic "+j.name+" ... { bounded: true }")
	return false
}

// hasHistory is W0801.
func (j *joining) hasHistory(st *ast.LookupStage) {
	j.ch.m.c.warn("W0801", j.at, "`lookup` takes the row of "+j.name+" that is there now, and "+j.name+" has a history", "").
		Because("The result then depends on when the program runs. `asof join` takes the row that was valid at the time of each row.").
		Fix(diag.Choose, "the row that was valid then", "|> asof join "+j.alias+" = "+oneLine(st.Right.Span.Text())+" on "+oneLine(st.On.Pos().Text()))
}

// cacheOfOwn is W0814: every table of this version is inside the program.
func (j *joining) cacheOfOwn(st *ast.LookupStage) {
	whole := withWord(st.Cache.Pos(), "cache")
	at := whole
	at.Start += len(at.Text()) - len(strings.TrimLeft(at.Text(), " \t\n"))
	j.ch.m.c.warn("W0814", at, "`cache` changes nothing here: "+j.name+" is inside the program, and always as it is now", "").
		Because("It says how old a value may be that is asked for elsewhere.").
		Fix(diag.Apply, "leave it out", "", diag.Edit{Span: whole}).
		Fix(diag.Choose, "read the file of the table again", "source ... { path: ... reload: 10m }")
}

// tableKey are the columns by which a row of the table replaces another.
func (j *joining) tableKey() []string {
	if j.right.in.Kind == types.Changes || j.pipe.From.Topic != "" && len(j.right.stages) == 0 {
		return slices.DeleteFunc(slices.Clone(j.right.in.Key), func(k string) bool {
			_, ok := j.right.in.Column(k)
			return !ok
		})
	}
	return nil
}

// oneMatch reports that the equalities name the whole key of the table, so that a row
// finds at most one.
func (j *joining) oneMatch(identity []string) bool {
	for _, k := range identity {
		if !slices.ContainsFunc(j.rightKeys, func(x ir.Expr) bool {
			c, ok := x.(*ir.Column)
			return ok && c.Name == k
		}) {
			return false
		}
	}
	return len(identity) > 0
}
