// Package ir is a checked program: typed expressions and typed pipelines, data
// only. The checker writes it, lowering and the engine read it.
//
// Nothing here is optional to understand: every implicit conversion, null test
// and default the language has is spelt out, so that whoever runs an expression
// needs no rule of the language beyond the node's own comment.
package ir

import (
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// Expr is a typed expression. A row where it fails carries an error instead of
// a value; the error passes through every node but Coalesce and Try, and a row
// whose result is an error goes to the error topic.
type Expr interface {
	Type() *types.Type
	Span() source.Span
}

// Base is embedded by every expression.
type Base struct {
	T  *types.Type
	At source.Span
}

// Type is the expression's type.
func (b Base) Type() *types.Type { return b.T }

// Span is where the expression stands in the source.
func (b Base) Span() source.Span { return b.At }

// Op is an infix or prefix operator on values.
type Op int

// The operators. Both operands of arithmetic have the type given here:
//
//	Add Sub Mul   int, long, float, double: both the result's type.
//	              decimal: each with its own scale, the result per SEMANTICS 93.
//	              Add: timestamp|local_timestamp|date+duration..., duration+duration, string never.
//	              timestamp + duration, duration + timestamp, timestamp - duration, timestamp - timestamp (duration),
//	              duration * long, long * duration, date + period, timestamp never + period (see function add).
//	Div           double, double, or decimal, decimal (traps on zero), or duration / long.
//	Mod           int, long, decimal: traps on zero, sign of the dividend; double: IEEE.
//	Eq Ne         any two operands of one type but for nullability; total: null == null is true.
//	Lt Le Gt Ge   ordered operands of one type, neither nullable.
//	Neg           a number or duration.
//	Not           boolean.
//
// Overflow of int, long and decimal traps: the row carries an error.
const (
	Add Op = iota
	Sub
	Mul
	Div
	Mod
	Eq
	Ne
	Lt
	Le
	Gt
	Ge
	Neg
	Not
)

var opText = [...]string{"+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "-", "not"}

func (op Op) String() string { return opText[op] }

type (
	// Const is a value as described in package types.
	Const struct {
		Base
		Value any
	}
	// Column reads a column of the current row by name; names are unique in a
	// row. types.WindowStart and types.WindowEnd read the window.
	Column struct {
		Base
		Name string
	}
	// Local reads a parameter of the enclosing Lambda.
	Local struct {
		Base
		Name string
	}
	// Param reads a `param`, whose value is fixed when the program starts.
	Param struct {
		Base
		Name string
	}
	// Field reads a member of a record; null where the record is null.
	Field struct {
		Base
		X    Expr
		Name string
	}
	// UnionField reads a field that all branches of a union share.
	UnionField struct {
		Base
		X    Expr
		Name string
	}
	// IsBranch tells whether a union holds a branch (index into Type.Branches); false for null.
	IsBranch struct {
		Base
		X      Expr
		Branch int
	}
	// AsBranch is the record of one branch, null where the union holds another.
	AsBranch struct {
		Base
		X      Expr
		Branch int
	}
	// Unary is Neg or Not.
	Unary struct {
		Base
		Op Op
		X  Expr
	}
	// Binary is every operator of two operands. But for Eq and Ne, which are
	// total, null in gives null out.
	Binary struct {
		Base
		Op   Op
		X, Y Expr
	}
	// And and Or evaluate Y only where X does not decide; operands are never null.
	And struct {
		Base
		X, Y Expr
	}
	// Or: see And.
	Or struct {
		Base
		X, Y Expr
	}
	// If evaluates one branch per row. Cond is never null. A `case` is nested Ifs.
	If struct {
		Base
		Cond, Then, Else Expr
	}
	// IsNull is `x is null`.
	IsNull struct {
		Base
		X Expr
	}
	// Coalesce gives Y where X is null or, with Errors, failed. Y is evaluated
	// only for those rows.
	Coalesce struct {
		Base
		X, Y   Expr
		Errors bool
	}
	// Try gives null where X failed.
	Try struct {
		Base
		X Expr
	}
	// NotNull is X with a nullable type narrowed: the checker knows no null gets here.
	NotNull struct {
		Base
		X Expr
	}
	// Cast converts X to the node's type. Fallible tells whether a value may not
	// fit; a cast that only widens never fails. Null stays null.
	Cast struct {
		Base
		X        Expr
		Fallible bool
	}
	// In is `x in (a, b)`; total: null is in the list when the list has a null.
	// The items have x's type but for nullability.
	In struct {
		Base
		X    Expr
		List []Expr
	}
	// Call is a call of a built-in function; arguments already have the types the
	// overload's signature gives after its variables are bound, left-out ones are
	// filled in. Where an argument is null and the parameter's type is not
	// nullable, the result is null.
	Call struct {
		Base
		Name     string
		Overload int
		Args     []Expr
		Fallible bool
	}
	// Lambda stands only as an argument of a Call. Its body may read the row too.
	Lambda struct {
		Base
		Params []string
		Body   Expr
	}
	// MakeRecord builds a record; Values are in the order of the type's fields.
	MakeRecord struct {
		Base
		Values []Expr
	}
	// MakeUnion wraps a record as one branch of a union.
	MakeUnion struct {
		Base
		X      Expr
		Branch int
	}
	// MakeList builds an array.
	MakeList struct {
		Base
		Items []Expr
	}
)
