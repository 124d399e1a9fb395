package lower

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// keyNeeds keeps what identifies the rows of a changes stream: all of the row where
// it has no key.
func keyNeeds(n *plan.Node, in *paths) {
	t := n.Ports[0]
	if t.Kind != types.Changes {
		return
	}
	if len(t.Key) == 0 {
		in.all = true
	}
	for _, k := range t.Key {
		in.add([]string{k})
	}
}

// windowNeeds: a stage within windows reads which window a row is in, also where
// nobody below does.
func windowNeeds(in *paths, windowed bool) {
	if windowed {
		in.add([]string{types.WindowStart})
		in.add([]string{types.WindowEnd})
	}
}

// projectNeeds: items nobody needs are not evaluated. Those of changes streams that
// make up the key always are.
func projectNeeds(n *plan.Node, op *ir.Project, out, in *paths) {
	if t := n.Ports[0]; t.Kind == types.Changes {
		for _, k := range t.Key {
			out.add([]string{k})
		}
		if len(t.Key) == 0 {
			out.all = true
		}
	}
	for _, it := range op.Items {
		if out.has(it.Name) {
			partsNeed(in, it.Expr, out.kids[it.Name])
		}
	}
}

// partsNeed is what an item reads of which only parts are needed: of a record that it
// makes the other fields are not evaluated, and of one that it passes on they are not read.
func partsNeed(in *paths, e ir.Expr, kid *paths) {
	if kid == nil || kid.all {
		in.expr(e)
		return
	}
	if path := columnPath(e); path != nil {
		for _, sub := range kid.list() {
			in.add(append(append([]string(nil), path...), sub...))
		}
		return
	}
	rec, ok := e.(*ir.MakeRecord)
	if !ok {
		in.expr(e)
		return
	}
	for i, f := range rec.T.Fields {
		if kid.has(f.Name) {
			partsNeed(in, rec.Values[i], kid.kids[f.Name])
		}
	}
}

// onlyParts is an item without the fields that nobody needs.
func onlyParts(e ir.Expr, kid *paths) ir.Expr {
	rec, ok := e.(*ir.MakeRecord)
	if !ok || kid == nil || kid.all {
		return e
	}
	t := *rec.T
	t.Fields = nil
	var values []ir.Expr
	for i, f := range rec.T.Fields {
		if kid.has(f.Name) {
			v := onlyParts(rec.Values[i], kid.kids[f.Name])
			f.Type = v.Type()
			t.Fields, values = append(t.Fields, f), append(values, v)
		}
	}
	return &ir.MakeRecord{Base: ir.Base{T: &t, At: rec.At}, Values: values}
}

// overNeeds: a call whose column nobody reads is not computed, but for those that look
// ahead: rows wait for them, which must not depend on who reads what.
func overNeeds(op *ir.Over, out, in *paths) {
	merge(in, out)
	exprsNeed(in, op.Per)
	ordersNeed(in, op.By)
	for _, c := range op.Calls {
		delete(in.kids, c.Column)
		if c.Ahead() || out.has(c.Column) {
			exprsNeed(in, c.Args)
			if c.Default != nil {
				in.expr(c.Default)
			}
		}
	}
	windowNeeds(in, op.Windowed)
}

// replacedNeeds keeps what the rows of a changes stream are told apart by.
func replacedNeeds(r *ir.Replaced, in *paths) {
	if r == nil {
		return
	}
	if len(r.Key) == 0 {
		in.add(nil)
	}
	for _, k := range r.Key {
		in.add([]string{k})
	}
}

// changedNeeds: of the previous row only what is read is kept.
func changedNeeds(op *ir.Changed, out, in *paths) {
	merge(in, out)
	exprsNeed(in, op.Exprs)
	exprsNeed(in, op.Per)
	if len(op.Previous) > 0 {
		delete(in.kids, ir.PreviousRow)
	}
	for _, name := range previousNeeded(op, out) {
		in.add([]string{name})
	}
}

// previousNeeded are the columns that are read of the previous row.
func previousNeeded(op *ir.Changed, out *paths) []string {
	kid := out.kids[ir.PreviousRow]
	if out.all {
		return op.Previous
	}
	if kid == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(op.Previous), func(name string) bool { return !kid.has(name) })
}

func viewNeeds(op *ir.View, in *paths) {
	for _, k := range op.Keys {
		in.expr(k.Expr)
	}
	for _, r := range op.Reducers {
		if r.When != nil {
			in.expr(r.When)
		}
		for _, it := range r.Set {
			in.expr(it.Expr)
		}
	}
}

func ordersNeed(in *paths, orders []ir.Order) {
	for _, o := range orders {
		in.expr(o.Expr)
	}
}

func exprsNeed(in *paths, exprs []ir.Expr) {
	for _, e := range exprs {
		in.expr(e)
	}
}
