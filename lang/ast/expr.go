package ast

// Expr is an expression.
type Expr interface {
	Node
	expr()
}

// The expressions.
type (
	// IntLit is `1_000` or `0xff`; Text is as typed.
	IntLit struct {
		At
		Text string
	}
	// DecimalLit is `0.908`, exact.
	DecimalLit struct {
		At
		Text string
	}
	// FloatLit is `6.02e23`.
	FloatLit struct {
		At
		Text string
	}
	// StringLit is any kind of text literal; Value has its escapes resolved.
	StringLit struct {
		At
		Value string
	}
	// FString is f"a {x} b": Texts has one element more than Exprs.
	FString struct {
		At
		Texts []string
		Exprs []Expr
	}
	// TemporalLit is `@2026-01-31T12:00:00Z`; Text is without "@".
	TemporalLit struct {
		At
		Text string
	}
	// DurationLit is `1h30m` or `1mo`; Text is as typed.
	DurationLit struct {
		At
		Text string
	}
	// SizeLit is `16MiB`; Text is as typed.
	SizeLit struct {
		At
		Text string
	}
	// BoolLit is `true` or `false`.
	BoolLit struct {
		At
		Value bool
	}
	// NullLit is `null`.
	NullLit struct{ At }
	// Name is a bare name.
	Name struct{ Ident }
	// FieldExpr is `x.name` or, with Safe, `x?.name`.
	FieldExpr struct {
		At
		X    Expr
		Name Ident
		Safe bool
	}
	// StarExpr is `x.*`.
	StarExpr struct {
		At
		X Expr
	}
	// IndexExpr is `x[i]`.
	IndexExpr struct {
		At
		X, Index Expr
	}
	// BangExpr is `x!`: a failure sends the row to the error topic.
	BangExpr struct {
		At
		X Expr
	}
	// TryExpr is `try x`: a failure becomes null.
	TryExpr struct {
		At
		X Expr
	}
	// CallExpr is `f(args)`.
	CallExpr struct {
		At
		Fn   Expr
		Args []Arg
	}
	// UnaryExpr is `-x` or `not x`.
	UnaryExpr struct {
		At
		Op UnaryOp
		X  Expr
	}
	// BinaryExpr is `x op y`.
	BinaryExpr struct {
		At
		Op     BinaryOp
		OpSpan At
		X, Y   Expr
	}
	// IsExpr is `x is not null` or `x is Branch`; Branch is empty for null.
	IsExpr struct {
		At
		X      Expr
		Not    bool
		Null   bool
		Branch Path
	}
	// InExpr is `x in (a, b)`, `x in [..]` or `x in name`; Set is nil when List is set.
	InExpr struct {
		At
		X    Expr
		Not  bool
		List []Expr
		Set  Expr
	}
	// BetweenExpr is `x between lo and hi`, both ends inclusive.
	BetweenExpr struct {
		At
		X, Lo, Hi Expr
		Not       bool
	}
	// PatternExpr is `x like p` or, with Regex, `x matches p`.
	PatternExpr struct {
		At
		X, Pattern Expr
		Not        bool
		Regex      bool
	}
	// IfExpr is `if c then a else b`.
	IfExpr struct {
		At
		Cond, Then, Else Expr
	}
	// CaseExpr is `case when ... then ... else ... end`.
	CaseExpr struct {
		At
		Whens []CaseWhen
		Else  Expr
	}
	// LambdaExpr is `x => e` or `fn(x, y) => e`.
	LambdaExpr struct {
		At
		Params []Ident
		Body   Expr
	}
	// ListExpr is `[a, b]`.
	ListExpr struct {
		At
		Items []Expr
	}
	// RecordExpr is `{ a: 1, b }`.
	RecordExpr struct {
		At
		Fields []RecordField
	}
	// OverExpr is `f(x) over (per k last 10 rows)`.
	OverExpr struct {
		At
		X     Expr
		Frame Frame
	}
	// ParenExpr is `(x)`.
	ParenExpr struct {
		At
		X Expr
	}
	// BadExpr could not be read.
	BadExpr struct{ At }
)

// Arg is `name: e` or `e` in a call.
type Arg struct {
	At
	Name  *Ident
	Value Expr
}

// CaseWhen is one `when c then e`.
type CaseWhen struct {
	At
	Cond, Then Expr
}

// RecordField is `name: e`; Value is nil for the short form `{ name }`.
type RecordField struct {
	At
	Name  Ident
	Value Expr
}

// Frame is what stands in the parentheses of `over`.
type Frame struct {
	At
	Per  []Expr
	By   []Order
	Next bool // `next` instead of `last`
	Size Expr // nil for all rows so far
	Rows bool
}

// UnaryOp is a prefix operator.
type UnaryOp int

// The prefix operators.
const (
	Neg UnaryOp = iota
	Not
)

// BinaryOp is an infix operator.
type BinaryOp int

// The infix operators, loosest first.
const (
	Or BinaryOp = iota
	And
	Eq
	Ne
	Lt
	Le
	Gt
	Ge
	Coalesce
	Add
	Sub
	Mul
	Div
	Mod
)

var binaryText = [...]string{"or", "and", "==", "!=", "<", "<=", ">", ">=", "??", "+", "-", "*", "/", "%"}

func (op BinaryOp) String() string { return binaryText[op] }

func (*IntLit) expr()      {}
func (*DecimalLit) expr()  {}
func (*FloatLit) expr()    {}
func (*StringLit) expr()   {}
func (*FString) expr()     {}
func (*TemporalLit) expr() {}
func (*DurationLit) expr() {}
func (*SizeLit) expr()     {}
func (*BoolLit) expr()     {}
func (*NullLit) expr()     {}
func (*Name) expr()        {}
func (*FieldExpr) expr()   {}
func (*StarExpr) expr()    {}
func (*IndexExpr) expr()   {}
func (*BangExpr) expr()    {}
func (*TryExpr) expr()     {}
func (*CallExpr) expr()    {}
func (*UnaryExpr) expr()   {}
func (*BinaryExpr) expr()  {}
func (*IsExpr) expr()      {}
func (*InExpr) expr()      {}
func (*BetweenExpr) expr() {}
func (*PatternExpr) expr() {}
func (*IfExpr) expr()      {}
func (*CaseExpr) expr()    {}
func (*LambdaExpr) expr()  {}
func (*ListExpr) expr()    {}
func (*RecordExpr) expr()  {}
func (*OverExpr) expr()    {}
func (*ParenExpr) expr()   {}
func (*BadExpr) expr()     {}
