package check

import (
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
)

// aggregates collects the aggregate calls of one stage while its items are checked.
type aggregates struct {
	calls []ir.AggCall
	// row is the scope arguments are checked in.
	row *scope
	// where is the `where` of the item being checked.
	where ir.Expr
	// mayHaveNone: there may be no row at all, and still a result.
	mayHaveNone bool
}

// aggColumn names the column that holds the result of call i.
func aggColumn(i int) string { return "$agg" + strconv.Itoa(i) }

// aggregateCall checks an aggregate and stands for it by a column.
func (s *scope) aggregateCall(agg *sig.Aggregate, e *ast.CallExpr) ir.Expr {
	if s.aggs == nil {
		s.aggregateOutside(agg, e)
		return unknown(e.Span)
	}
	if s.match != nil {
		return s.match.aggregate(s, agg, e)
	}
	row := s.aggs.row
	b := row.resolve(agg.Overloads, e, nil)
	if b == nil {
		s.m.noOverload(agg.Name, agg.Overloads, e, row.lastArgTypes)
		return unknown(e.Span)
	}
	if b.zoneless {
		s.needsZone(e)
	}
	if b.broken {
		return unknown(e.Span)
	}
	if agg.Growing != "" && row.in != nil && !row.in.Bounded && row.in.Window != nil {
		what := "every value"
		if len(e.Args) > 0 {
			what = "every \"" + e.Args[0].Value.Pos().Text() + "\""
		}
		d := s.m.c.warn("W0802", e.Span, "`"+agg.Name+"` keeps "+what+" of the window", "").Note(agg.Growing)
		if approx := "approx_" + agg.Name; s.m.c.opts.Catalog.Aggregate(approx) != nil {
			d.Fix(diag.Maybe, "nearly exact, in little memory", approx+strings.TrimPrefix(e.Span.Text(), agg.Name), diag.Edit{Span: e.Fn.Pos(), Text: approx})
		}
	}
	if row.in != nil && row.in.Kind == types.Changes && !agg.Retracts {
		s.m.c.report("E0340", e.Span, "`"+agg.Name+"` cannot take rows back, and rows of this changes stream are replaced", "").
			Because("It forgets what its result was made of, so that nothing can be taken out of it again.").
			Fix(diag.Choose, "work on final rows", "|> window tumbling 1h   (before the first aggregate)").
			Fix(diag.Choose, "work on a log of the changes", "|> changes |> aggregate ...")
		return unknown(e.Span)
	}
	o := agg.Overloads[b.overload]
	t := aggResult(agg, &o, b, s.aggs.where != nil || s.aggs.mayHaveNone)
	call := ir.AggCall{Name: agg.Name, Overload: b.overload, Args: b.args, Where: s.aggs.where, T: t, At: e.Span}
	i := s.aggs.add(call)
	return &ir.Column{Base: ir.Base{T: t, At: e.Span}, Name: aggColumn(i)}
}

// aggResult: an aggregate skips nulls, so a nullable argument does not make its
// result null by itself, but over no rows at all most have none.
func aggResult(agg *sig.Aggregate, o *sig.Signature, b *bound, mayBeEmpty bool) *types.Type {
	nullable := o.Result.Nullable
	if agg.EmptyNull {
		nullable = nullable || mayBeEmpty
		for i, x := range b.args {
			nullable = nullable || x.Type().Nullable && !paramAt(o, i).Type.Nullable
		}
	}
	return b.result.WithNull(nullable)
}

// add returns the index of a call.
func (a *aggregates) add(call ir.AggCall) int {
	a.calls = append(a.calls, call)
	return len(a.calls) - 1
}

// noAggregate is an item of aggregate that holds none, and no column either.
func (ch *chain) noAggregate(item *ast.AggItem) {
	ch.m.c.report("E0217", item.Expr.Pos(), "there is no aggregate in this item", "").
		Because("An item of aggregate computes one value from all rows of a group, as count() or sum(x) do.").
		Fix(diag.Choose, "behind it", "|> aggregate ... |> extend "+item.Name.Name+" = "+item.Expr.Pos().Text())
}

// aggregateInDefine is an aggregate in the condition of a definition of match.
func (s *scope) aggregateInDefine(agg *sig.Aggregate, e *ast.CallExpr) {
	s.m.c.report("E0217", e.Span, `"`+agg.Name+`" takes several rows, and a definition sees one`, "").
		Because("Whether a row fits is decided before it is known what it follows.").
		Fix(diag.Choose, "of the rows before it", "|> extend before = "+e.Span.Text()+" over (per ...) |> match ...").
		Fix(diag.Choose, "of the rows of a match", "emit "+aggName(e)+" = "+agg.Name+"(a.x) } |> where "+aggName(e)+" ...")
}

func (s *scope) aggregateOutside(agg *sig.Aggregate, e *ast.CallExpr) {
	if s.defines {
		s.aggregateInDefine(agg, e)
		return
	}
	d := s.m.c.report("E0217", e.Span, `"`+agg.Name+`" makes one value of many rows, so it stands only in "aggregate"`, "")
	stages := "|> aggregate " + aggName(e) + " = " + e.Span.Text()
	if s.m.c.opts.Relaxed {
		d.Fix(diag.Choose, "one row for all, or by a column", stages)
		return
	}
	stages += " by ..."
	if s.in != nil && s.in.Window == nil {
		stages = "|> window tumbling 1h " + stages
	}
	d.Fix(diag.Choose, "one row for each window and group", stages)
	if s.overs != nil {
		d.Fix(diag.Choose, "beside each row, over its neighbours", e.Span.Text()+" over (per ... last 10 rows)")
	}
}

// aggName suggests a column name for an unnamed aggregate.
func aggName(e ast.Expr) string {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return "value"
	}
	path, ok := calleePath(call.Fn)
	if !ok {
		return "value"
	}
	name := path.Parts[len(path.Parts)-1].Name
	if len(call.Args) == 0 {
		if name == "count" {
			return "n"
		}
		return name
	}
	switch arg := call.Args[0].Value.(type) {
	case *ast.Name:
		return name + "_" + arg.Name
	case *ast.FieldExpr:
		return name + "_" + arg.Name.Name
	}
	return name
}
