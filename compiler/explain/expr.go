package explain

import (
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

// exprs writes expressions. Typed spells out what the checker added: the type of
// every column, param, cast and call (name:type), which overload a call is
// (round#1), and a "!" behind what may fail.
type exprs struct{ typed bool }

// text is an expression on its own, without outer parentheses.
func (x exprs) text(e ir.Expr) string {
	s := x.operand(e)
	switch e.(type) {
	case *ir.Binary, *ir.And, *ir.Or, *ir.If, *ir.IsNull, *ir.Coalesce, *ir.In, *ir.IsBranch:
		return s[1 : len(s)-1]
	}
	return s
}

// operand is an expression inside another; whatever has an operator is in parentheses.
func (x exprs) operand(e ir.Expr) string {
	switch e := e.(type) {
	case *ir.Const:
		return valueText(e.Value, e.T)
	case *ir.Column:
		return x.withType(columnName(e.Name), e.T)
	case *ir.Local:
		return x.withType(nameText(e.Name), e.T)
	case *ir.Param:
		return x.withType(nameText(e.Name), e.T)
	case *ir.Field:
		return x.withType(exprs{}.operand(e.X)+"."+nameText(e.Name), e.T)
	case *ir.UnionField:
		return x.withType(exprs{}.operand(e.X)+"."+nameText(e.Name), e.T)
	case *ir.IsBranch:
		return "(" + x.operand(e.X) + " is " + e.X.Type().Branches[e.Branch].Name + ")"
	case *ir.AsBranch:
		return "(" + x.operand(e.X) + " as " + e.X.Type().Branches[e.Branch].Name + ")"
	case *ir.Unary:
		return x.unary(e)
	case *ir.Binary:
		return "(" + x.operand(e.X) + " " + e.Op.String() + " " + x.operand(e.Y) + ")"
	case *ir.And:
		return "(" + x.operand(e.X) + " and " + x.operand(e.Y) + ")"
	case *ir.Or:
		return "(" + x.operand(e.X) + " or " + x.operand(e.Y) + ")"
	case *ir.If:
		return "(if " + x.text(e.Cond) + " then " + x.text(e.Then) + " else " + x.text(e.Else) + ")"
	case *ir.IsNull:
		return "(" + x.operand(e.X) + " is null)"
	case *ir.Coalesce:
		return x.coalesce(e)
	case *ir.Try:
		return "try(" + x.text(e.X) + ")"
	case *ir.NotNull:
		return x.notNull(e)
	case *ir.Cast:
		return x.cast(e)
	case *ir.In:
		return "(" + x.operand(e.X) + " in (" + x.list(e.List) + "))"
	case *ir.Call:
		return x.call(e)
	case *ir.Lambda:
		return "(" + strings.Join(e.Params, ", ") + ") => " + x.text(e.Body)
	case *ir.MakeRecord:
		return x.record(e)
	case *ir.MakeUnion:
		return e.T.Branches[e.Branch].Name + "(" + x.text(e.X) + ")"
	case *ir.MakeList:
		return "[" + x.list(e.Items) + "]"
	}
	panic("explain: an expression of unknown kind")
}

func (x exprs) withType(text string, t *types.Type) string {
	if !x.typed {
		return text
	}
	return text + ":" + shortType(t)
}

// shortType is a type with anonymous records left out, which would drown the rest.
func shortType(t *types.Type) string {
	if t.Kind != types.Record || t.Name != "" {
		return t.String()
	}
	if t.Nullable {
		return "record?"
	}
	return "record"
}

func (x exprs) unary(e *ir.Unary) string {
	if e.Op == ir.Not {
		return "not " + x.operand(e.X)
	}
	return "-" + x.operand(e.X)
}

// coalesce: one that also replaces failures is a try with a default.
func (x exprs) coalesce(e *ir.Coalesce) string {
	if e.Errors {
		return "(try(" + x.text(e.X) + ") ?? " + x.operand(e.Y) + ")"
	}
	return "(" + x.operand(e.X) + " ?? " + x.operand(e.Y) + ")"
}

func (x exprs) notNull(e *ir.NotNull) string {
	switch e.X.(type) {
	case *ir.Column, *ir.Local, *ir.Param, *ir.Field, *ir.UnionField:
		return x.withType(exprs{}.operand(e.X), e.T)
	}
	return x.operand(e.X)
}

func (x exprs) cast(e *ir.Cast) string {
	mark := ""
	if x.typed && e.Fallible {
		mark = "!"
	}
	return "cast" + mark + "(" + x.text(e.X) + " as " + shortType(e.T) + ")"
}

func (x exprs) call(e *ir.Call) string {
	s := e.Name
	if x.typed {
		s += "#" + strconv.Itoa(e.Overload)
		if e.Fallible {
			s += "!"
		}
	}
	return x.withType(s+"("+x.list(e.Args)+")", e.T)
}

func (x exprs) list(es []ir.Expr) string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = x.text(e)
	}
	return strings.Join(parts, ", ")
}

func (x exprs) record(e *ir.MakeRecord) string {
	parts := make([]string, len(e.Values))
	for i, v := range e.Values {
		parts[i] = nameText(e.T.Fields[i].Name) + ": " + x.text(v)
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

// columnName is a column as the language names it.
func columnName(name string) string {
	switch name {
	case types.WindowStart:
		return "window.start"
	case types.WindowEnd:
		return "window.end"
	case types.WindowNumber:
		return "window.number"
	case types.UnionColumn:
		return "row"
	}
	if strings.HasPrefix(name, "$") { // results of aggregates
		return name
	}
	return nameText(name)
}

// mayFail reports an expression that can give an error instead of a value.
func mayFail(e ir.Expr) bool {
	switch e := e.(type) {
	case *ir.Try:
		return false
	case *ir.Coalesce:
		return (!e.Errors && mayFail(e.X)) || mayFail(e.Y)
	case *ir.Cast:
		if e.Fallible {
			return true
		}
	case *ir.Call:
		if e.Fallible {
			return true
		}
	case *ir.Unary:
		if e.Op == ir.Neg && !e.T.IsFloating() {
			return true
		}
	case *ir.Binary:
		if e.Op <= ir.Mod && !e.T.IsFloating() { // exact arithmetic traps where it overflows
			return true
		}
	}
	for _, c := range ir.Children(e) {
		if mayFail(c) {
			return true
		}
	}
	return false
}
