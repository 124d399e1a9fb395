package check

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// conditions takes `on` apart into equalities between the sides and the rest.
func (j *joining) conditions() bool {
	s := j.scope()
	errors := j.ch.m.c.errorCount()
	cond := s.condition(j.on, "on")
	if j.ch.m.c.errorCount() > errors {
		return false
	}
	j.known, _ = factsOf(cond)
	ok := true
	for _, part := range ir.Conjuncts(cond) {
		key, fine := j.equality(part)
		ok = ok && fine
		if fine && !key && !isTrueConst(part) {
			j.rest = ir.Both(j.rest, part)
		}
	}
	return ok
}

func isTrueConst(e ir.Expr) bool {
	c, ok := e.(*ir.Const)
	return ok && c.Value == true
}

// equality makes a part of the condition a key of the join where it compares a value
// of one side with one of the other.
func (j *joining) equality(part ir.Expr) (key, ok bool) {
	b, isBinary := part.(*ir.Binary)
	if !isBinary || b.Op != ir.Eq {
		return false, true
	}
	x, y := withoutNotNull(b.X), withoutNotNull(b.Y)
	onLeft, onRight := j.sides(x), j.sides(y)
	if onLeft == rightOnly && onRight == leftOnly {
		x, y, onLeft, onRight = y, x, leftOnly, rightOnly
	}
	if onLeft != leftOnly || onRight != rightOnly {
		return false, !j.comparedWithItself(b)
	}
	if hasNotNull(x) || hasNotNull(y) {
		return false, true
	}
	if x.Type().Nullable && y.Type().Nullable && !j.ch.m.c.opts.Relaxed {
		j.bothNullable(b, x, y)
		return false, false
	}
	if !j.ch.mustBeKey(x) {
		return false, false
	}
	j.leftKeys, j.rightKeys = append(j.leftKeys, x), append(j.rightKeys, j.ofRight(y))
	return true, true
}

// The sides that an expression reads.
const (
	neither = iota
	leftOnly
	rightOnly
	mixed
)

func (j *joining) sides(e ir.Expr) int {
	if c, ok := e.(*ir.Column); ok {
		if c.Name == j.alias {
			return rightOnly
		}
		return leftOnly
	}
	found := neither
	for _, c := range ir.Children(e) {
		found |= j.sides(c)
	}
	return found
}

// withoutNotNull is a key without what other parts of the condition say of it: keys
// are evaluated for every row, and a null equals nothing.
func withoutNotNull(e ir.Expr) ir.Expr {
	for {
		switch x := e.(type) {
		case *ir.NotNull:
			e = x.X
			continue
		case *ir.Field:
			inner := withoutNotNull(x.X)
			if inner != x.X {
				return &ir.Field{Base: ir.Base{T: x.T.WithNull(x.T.Nullable || inner.Type().Nullable), At: x.At}, X: inner, Name: x.Name}
			}
		}
		return e
	}
}

func hasNotNull(e ir.Expr) bool {
	if _, ok := e.(*ir.NotNull); ok {
		return true
	}
	return slices.ContainsFunc(ir.Children(e), hasNotNull)
}

// ofRight is an expression over the alias as one over the right side's own columns.
func (j *joining) ofRight(e ir.Expr) ir.Expr {
	return ir.Rewrite(e, func(part ir.Expr) ir.Expr {
		switch part := part.(type) {
		case *ir.Column:
			if part.Name == j.alias {
				return j.rightRow(part.At)
			}
		case *ir.Field:
			if row, ok := part.X.(*ir.MakeRecord); ok {
				if i := fieldIndex(row.T, part.Name); i >= 0 && types.Equal(row.Values[i].Type(), part.T) {
					return row.Values[i]
				}
			}
		}
		return part
	})
}

// rightRow makes the record of a right row.
func (j *joining) rightRow(at source.Span) *ir.MakeRecord {
	row := &ir.MakeRecord{Base: ir.Base{T: j.record(), At: at}}
	for _, c := range j.right.in.Visible() {
		row.Values = append(row.Values, columnOf(c, at))
	}
	return row
}

// comparedWithItself is E0208: a bare name is the left side's on both sides of ==.
func (j *joining) comparedWithItself(b *ir.Binary) bool {
	x, ok := b.X.(*ir.Column)
	y, ok2 := b.Y.(*ir.Column)
	if !ok || !ok2 || x.Name != y.Name {
		return false
	}
	if _, there := j.record().FieldNamed(x.Name); !there {
		return false
	}
	j.ch.m.c.report("E0208", b.At, `"`+x.Name+`" exists on both sides, and a bare name is always that of the left`, "compares a column with itself").
		Fix(diag.Apply, "compare it with that of "+j.name, x.Name+" == "+j.alias+"."+y.Name, diag.Edit{Span: y.At, Text: j.alias + "." + y.Name})
	return true
}

// bothNullable is E0342 (SEMANTICS 64).
func (j *joining) bothNullable(b *ir.Binary, x, y ir.Expr) {
	left := x.Span().Text()
	j.ch.m.c.report("E0342", x.Span(), `"`+oneLine(b.At.Text())+`" may be null on both sides: would rows without a value pair with each other?`, x.Type().String()).
		Label(y.Span(), y.Type().String()).
		Because("`null == null` is true in edy; in a join that is hardly ever meant.").
		Fix(diag.Choose, "rows without a value have no partner", "|> require "+left, stageAbove(j.ch.stageAt, "require "+left)).
		Fix(diag.Choose, "use a value instead", "("+left+" ?? "+zeroText(x.Type())+")", diag.Edit{Span: x.Span(), Text: "(" + left + " ?? " + zeroText(x.Type()) + ")"})
}

// hasEquality is E0341 (SEMANTICS 134).
func (j *joining) hasEquality() bool {
	if len(j.leftKeys) > 0 {
		return true
	}
	d := j.ch.m.c.report("E0341", j.on.Pos(), "`on` needs at least one `==` between a column here and one of "+j.name, "").
		Because("Rows find their partners by equal keys. Further conditions of any form may stand beside it.")
	if name, ok := j.sharedColumn(); ok {
		text := name + " == " + j.alias + "." + name
		d.Fix(diag.Choose, "compare the column that both have", "on "+text+" and ...")
	} else {
		d.Fix(diag.Choose, "say what they have in common", "on key == "+j.alias+".key and ...")
	}
	return false
}

func (j *joining) sharedColumn() (string, bool) {
	for _, c := range j.ch.in.Visible() {
		f, ok := j.record().FieldNamed(c.Name)
		if ok && types.Equal(f.Type.NonNull(), c.Type.NonNull()) && !(f.Type.Nullable && c.Type.Nullable) && c.Type.IsKey() {
			return c.Name, true
		}
	}
	return "", false
}
