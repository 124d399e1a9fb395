package check

import (
	"math/big"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

// convert gives x the type `to` where the language does so without being asked
// (TYPES 4.3); ok is false, and nothing reported, where it does not. Nullability:
// a nullable x fits only a nullable type.
func convert(x ir.Expr, to *types.Type) (ir.Expr, bool) {
	from := x.Type()
	switch {
	case to == nil || to.Kind == types.Unknown || from.Kind == types.Unknown:
		return x, true
	case types.Equal(from, to):
		return x, true
	case from.Kind == types.Null:
		if !to.Nullable && to.Kind != types.Null {
			return x, false
		}
		return constOf(to, nil, x.Span()), true
	case from.Nullable && !to.Nullable:
		return x, false
	}
	if c, ok := x.(*ir.Const); ok {
		if lit := constAs(c, to); lit != nil {
			if to.Nullable {
				return &ir.Const{Base: ir.Base{T: to, At: lit.At}, Value: lit.Value}, true
			}
			return lit, true
		}
	}
	if !widens(from, to) {
		return x, false
	}
	return &ir.Cast{Base: ir.Base{T: to, At: x.Span()}, X: x}, true
}

// constAs is a literal as a constant of another type, nil where it does not fit
// exactly.
func constAs(c *ir.Const, to *types.Type) *ir.Const {
	switch v := c.Value.(type) {
	case int64:
		if c.T.IsInteger() && to.IsNumber() {
			return intAs(big.NewInt(v), to, c.At)
		}
	case types.Dec:
		if to.IsNumber() {
			return decAs(v, to, c.At)
		}
	case float64:
		if to.IsFloating() && (to.Kind == types.Double || float64(float32(v)) == v) {
			return constOf(to.NonNull(), v, c.At)
		}
	case string:
		if c.T.Kind == types.String && to.Kind == types.Enum && symbolIndex(to, v) >= 0 {
			return constOf(to.NonNull(), v, c.At)
		}
		if c.T.Kind == types.Enum && to.Kind == types.String {
			return nil
		}
	}
	return nil
}

// widens reports the implicit conversions between types, nullability apart.
func widens(from, to *types.Type) bool {
	if types.Equal(from.NonNull(), to.NonNull()) {
		return true
	}
	switch to.Kind {
	case types.Long:
		return from.Kind == types.Int
	case types.Double:
		return from.Kind == types.Float
	case types.Decimal:
		switch from.Kind {
		case types.Int:
			return to.Precision-to.Scale >= 10
		case types.Long:
			return to.Precision-to.Scale >= 19
		case types.Decimal:
			// a smaller integral part is allowed too: overflow traps (SEMANTICS 93)
			return to.Scale >= from.Scale
		}
	case types.Array, types.Map:
		return from.Kind == to.Kind && fits(from.Elem, to.Elem)
	case types.Record:
		return from.Kind == types.Record && recordWidens(from, to)
	}
	return false
}

func fits(from, to *types.Type) bool {
	if from.Kind == types.Unknown || to.Kind == types.Unknown {
		return true
	}
	if from.Kind == types.Null {
		return to.Nullable
	}
	return (!from.Nullable || to.Nullable) && widens(from, to)
}

// recordWidens matches fields by name; a missing nullable field is null, a missing
// one with a default takes it.
func recordWidens(from, to *types.Type) bool {
	for _, f := range from.Fields {
		if _, ok := to.FieldNamed(f.Name); !ok {
			return false
		}
	}
	for _, f := range to.Fields {
		have, ok := from.FieldNamed(f.Name)
		if !ok && !f.Type.Nullable {
			return false
		}
		if ok && !fits(have.Type, f.Type) {
			return false
		}
	}
	return true
}

// join is the type that holds the values of both, nil where there is none.
func join(a, b *types.Type) *types.Type {
	switch {
	case a.Kind == types.Unknown || b.Kind == types.Unknown:
		return types.TUnknown
	case a.Kind == types.Null:
		return b.OrNull()
	case b.Kind == types.Null:
		return a.OrNull()
	}
	nullable := a.Nullable || b.Nullable
	x, y := a.NonNull(), b.NonNull()
	switch {
	case types.Equal(x, y):
		return x.WithNull(nullable)
	case x.IsNumber() && y.IsNumber():
		return joinNumbers(x, y).WithNull(nullable)
	case fits(x, y):
		return y.WithNull(nullable)
	case fits(y, x):
		return x.WithNull(nullable)
	}
	if x.Kind == types.Array && y.Kind == types.Array {
		if elem := join(x.Elem, y.Elem); elem != nil {
			return types.ArrayOf(elem).WithNull(nullable)
		}
	}
	return nil
}

// joinNumbers is the type two numbers meet in.
func joinNumbers(a, b *types.Type) *types.Type {
	switch {
	case a.Kind == b.Kind && a.Kind != types.Decimal:
		return a
	case a.IsFloating() || b.IsFloating():
		return types.TDouble
	case a.Kind == types.Decimal || b.Kind == types.Decimal:
		x, y := asDecimal(a), asDecimal(b)
		scale := max(x.Scale, y.Scale)
		return types.DecimalOf(min(types.MaxPrecision, max(x.Precision-x.Scale, y.Precision-y.Scale)+scale), scale)
	}
	return types.TLong
}

// asDecimal is the decimal that holds every value of an exact number.
func asDecimal(t *types.Type) *types.Type {
	switch t.Kind {
	case types.Int:
		return types.DecimalOf(10, 0)
	case types.Long:
		return types.DecimalOf(19, 0)
	}
	return types.DecimalOf(t.Precision, t.Scale)
}

// toNumber converts a number to another number type inside arithmetic, where
// exact numbers meet floating ones.
func toNumber(x ir.Expr, to *types.Type) ir.Expr {
	to = to.WithNull(x.Type().Nullable)
	if y, ok := convert(x, to); ok {
		return y
	}
	return &ir.Cast{Base: ir.Base{T: to, At: x.Span()}, X: x}
}

// coerced checks an expression and converts it to the type wanted, reporting
// where that cannot be. what names the place for the message ("the default of ...").
func (s *scope) coerced(e ast.Expr, want *types.Type, what string) ir.Expr {
	x := s.expr(e, want)
	return s.fit(x, want, what)
}

func (s *scope) fit(x ir.Expr, want *types.Type, what string) ir.Expr {
	y, ok := convert(x, want)
	if ok {
		return y
	}
	s.m.misfit(x, want, what)
	return unknown(x.Span())
}

// misfit explains why a value does not fit a type.
func (m *module) misfit(x ir.Expr, want *types.Type, what string) *diag.Diagnostic {
	from := x.Type()
	if what == "" {
		what = "this"
	}
	if from.Kind == types.Null || from.Nullable && !want.Nullable && (widens(from, want) || constFits(x, want)) {
		d := m.c.report("E0309", x.Span(), what+" must not be null, and here it may be", from.String()+", needs "+want.String())
		if from.Kind != types.Null {
			text, elsewhere := written(x)
			value := text + " ?? " + zeroText(want)
			if elsewhere {
				value = "|> extend " + text + " = " + value
			}
			d.Fix(diag.Choose, "use a value instead", value)
			d.Fix(diag.Choose, "drop such rows above", "|> require "+text)
		}
		return d
	}
	d := m.c.report("E0301", x.Span(), what+" is "+article(from)+", and "+article(want)+" is needed", from.String())
	conversionFix(d, x, want)
	return d
}

func constFits(x ir.Expr, want *types.Type) bool {
	c, ok := x.(*ir.Const)
	return ok && constAs(c, want) != nil
}

// conversionFix offers the explicit conversion where there is one.
func conversionFix(d *diag.Diagnostic, x ir.Expr, want *types.Type) {
	from := x.Type()
	text, elsewhere := written(x)
	if text == "" {
		return
	}
	before := len(d.Fixes)
	defer func() {
		for i := range d.Fixes[before:] {
			if elsewhere {
				d.Fixes[before+i].Preview = "|> extend " + text + " = " + d.Fixes[before+i].Preview
			}
		}
	}()
	name := want.NonNull().String()
	switch {
	case want.Kind == types.String && from.Kind != types.Record && from.Kind != types.Array:
		d.Fix(diag.Choose, "write it as text", "string("+text+")")
	case from.Kind == types.String && (want.IsNumber() || want.Kind == types.Timestamp || want.Kind == types.Date || want.Kind == types.Boolean):
		if want.Kind == types.Decimal || want.Kind == types.Date {
			return
		}
		d.Fix(diag.Choose, "read it from the text", "parse_"+name+"("+text+")!")
		if want.Kind == types.Timestamp {
			d.Fixes[len(d.Fixes)-1].Preview = "parse_time(" + text + `, "yyyy-MM-dd HH:mm:ss")!`
		}
	case from.IsNumber() && want.IsNumber() && want.Kind != types.Decimal:
		d.Fix(diag.Choose, "convert it", name+"("+text+")")
	}
}

func article(t *types.Type) string {
	s := t.String()
	if t.Kind == types.Null {
		return "null"
	}
	switch s[0] {
	case 'a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U':
		return "an " + s
	}
	return "a " + s
}

// zeroText is an example value of a type, for fixes.
func zeroText(t *types.Type) string {
	switch t.Kind {
	case types.Boolean:
		return "false"
	case types.Int, types.Long:
		return "0"
	case types.Float, types.Double, types.Decimal:
		return "0.0"
	case types.String:
		return `""`
	case types.Date:
		return "@2000-01-01"
	case types.Time:
		return "@00:00"
	case types.Timestamp:
		return "@2000-01-01T00:00:00Z"
	case types.Duration:
		return "0s"
	case types.Enum:
		if len(t.Symbols) > 0 {
			return t.Symbols[0]
		}
	case types.Array:
		return "[]"
	case types.Map:
		return "{}"
	case types.Unknown, types.Null, types.Bytes, types.Fixed, types.UUID, types.LocalTimestamp, types.Period,
		types.Geography, types.JSON, types.Record, types.Union, types.Func, types.Var:
	}
	return "..."
}

func (c *checker) evalNeg(x *ir.Unary) (any, bool) {
	v, ok := c.evalConst(x.X)
	if !ok || x.Op != ir.Neg {
		return nil, false
	}
	switch v := v.(type) {
	case int64:
		return -v, true
	case float64:
		return -v, true
	case types.Dec:
		return types.Dec{Unscaled: new(big.Int).Neg(v.Unscaled), Scale: v.Scale}, true
	}
	return nil, false
}

func (c *checker) evalCast(x *ir.Cast) (any, bool) {
	v, ok := c.evalConst(x.X)
	if !ok || x.Fallible {
		return nil, false
	}
	if v == nil {
		return nil, true
	}
	if from := constOf(x.X.Type().NonNull(), v, x.At); !types.Equal(from.T, x.T.NonNull()) {
		lit := constAs(from, x.T)
		if lit == nil {
			return nil, false
		}
		return lit.Value, true
	}
	return v, true
}
