package check

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

var rowFunctions = []string{ir.Lag, ir.Lead, ir.RowNumber, ir.Rank, ir.DenseRank}

// isRowFunction reports the functions that only `over` gives a meaning.
func isRowFunction(name string) bool { return slices.Contains(rowFunctions, name) }

// rowFunction checks lag, lead and the functions that number rows.
func (ch *chain) rowFunction(e *ast.CallExpr, c *ir.OverCall) bool {
	if c.Name != ir.Lag && c.Name != ir.Lead {
		return ch.numbering(e, c)
	}
	args, ok := ch.scope().args(e, []string{"x", "n", "default"}, false)
	if len(args) == 0 || args[0] == nil {
		ch.m.c.report("E0219", e.Span, "`"+c.Name+"` takes (x, n, default), of which n and default may be left out", "")
		return false
	}
	if !ok || !ch.neighbour(args, c) {
		return false
	}
	return ch.looksItsWay(e, c)
}

// neighbour checks the arguments of lag and lead: the value, how far it stands, and
// what stands for it where there is no such row.
func (ch *chain) neighbour(args []ast.Expr, c *ir.OverCall) bool {
	x := ch.scope().expr(args[0], nil)
	if isUnknown(x) {
		return false
	}
	if x.Type().Kind == types.Null {
		ch.m.c.report("E0301", args[0].Pos(), "a column of nothing but null has no type", "").
			Fix(diag.Maybe, "say which", "long(null)")
		return false
	}
	c.Args, c.N, c.T = []ir.Expr{x}, 1, x.Type().OrNull()
	if args[1] != nil {
		n, ok := ch.count(args[1], c.Name, 1)
		if !ok {
			return false
		}
		c.N = n
	}
	if args[2] == nil {
		return true
	}
	d := ch.scope().coerced(args[2], x.Type().OrNull(), "the default")
	if isUnknown(d) {
		return false
	}
	plain := ch.scope().expr(args[2], x.Type())
	if !plain.Type().Nullable && plain.Type().Kind != types.Null {
		d = ch.scope().coerced(args[2], x.Type().NonNull(), "the default")
	}
	c.Default, c.T = d, x.Type().WithNull(x.Type().Nullable || d.Type().Nullable)
	return true
}

// looksItsWay refuses frames that lie on the other side of the row.
func (ch *chain) looksItsWay(e *ast.CallExpr, c *ir.OverCall) bool {
	if c.Frame.All() || c.Frame.Next == (c.Name == ir.Lead) {
		c.Frame.Next = c.Name == ir.Lead
		return true
	}
	side, other := "before", ir.Lead
	if c.Name == ir.Lead {
		side, other = "after", ir.Lag
	}
	ch.m.c.report("E0242", e.Span, "`"+c.Name+"` looks at rows "+side+" this one, which its frame leaves out", "").
		Fix(diag.Choose, "the other way", other+e.Span.Text()[len(e.Fn.Pos().Text()):]).
		Fix(diag.Choose, "without a frame", "over (per ...)")
	return false
}

// numbering checks row_number, rank and dense_rank, which count from the first row
// of the key.
func (ch *chain) numbering(e *ast.CallExpr, c *ir.OverCall) bool {
	if len(e.Args) > 0 {
		ch.m.c.report("E0219", e.Span, "`"+c.Name+"` takes no arguments; it numbers rows in the order of `over`", "").
			Fix(diag.Choose, "in a window, by a value", c.Name+"() over (per ... by "+e.Args[0].Value.Pos().Text()+")")
		return false
	}
	if !c.Frame.All() {
		ch.m.c.report("E0242", e.Span, "`"+c.Name+"` counts from the first row of the key, so it has no frame", "").
			Fix(diag.Choose, "leave the frame out", c.Name+"() over (per ...)").
			Fix(diag.Choose, "how many rows there are in the frame", "count() over (...)")
		return false
	}
	c.Frame.Next = false
	c.T = types.TLong
	return true
}

// rowFunctionAlone refuses a function of rows without `over`.
func (s *scope) rowFunctionAlone(name string, e *ast.CallExpr) {
	text := e.Span.Text()
	d := s.m.c.report("E0241", e.Span, "`"+name+"` compares a row with its neighbours, so `over` must say which they are", "")
	if name == ir.Lag || name == ir.Lead {
		d.Fix(diag.Choose, "of the same key", text+" over (per ...)")
		end := e.Span
		end.Start = end.End
		d.Fix(diag.Choose, "of all rows", text+" over ()", diag.Edit{Span: end, Text: " over ()"})
		return
	}
	d.Fix(diag.Choose, "in order of time", name+"() over (per ...)").
		Fix(diag.Choose, "the first few by a value", "|> top 10 by ... per ... rank r")
}
