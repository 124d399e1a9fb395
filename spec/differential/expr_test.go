package differential

import (
	"fmt"
	"math/rand/v2"
	"strconv"
)

// expr is an expression: its text, whether it may be null, and its value for a row
// by column name. fails says that the row has no value (rule 90).
type expr struct {
	text     string
	kind     kind
	nullable bool
	eval     func(get func(name string) any) (v any, fails bool)
}

func columnExpr(c column) expr {
	return expr{c.name, c.kind, c.nullable, func(get func(string) any) (any, bool) { return get(c.name), false }}
}

func longExpr(n int64) expr {
	return expr{strconv.FormatInt(n, 10), long, false, func(func(string) any) (any, bool) { return n, false }}
}

func textExpr(s string) expr {
	return expr{strconv.Quote(s), text, false, func(func(string) any) (any, bool) { return s, false }}
}

// pick is a random column of a kind, false where there is none.
func pick(r *rand.Rand, cols []column, k kind) (column, bool) {
	var fit []column
	for _, c := range cols {
		if c.kind == k {
			fit = append(fit, c)
		}
	}
	if len(fit) == 0 {
		return column{}, false
	}
	return fit[r.IntN(len(fit))], true
}

// longOf is a random whole number. Values stay small enough never to overflow.
func longOf(r *rand.Rand, cols []column, depth int) expr {
	if depth == 0 || r.IntN(3) == 0 {
		if c, ok := pick(r, cols, long); ok && r.IntN(4) > 0 {
			return columnExpr(c)
		}
		return longExpr(r.Int64N(9))
	}
	switch r.IntN(4) {
	case 0:
		c := conditionOf(r, cols, depth-1)
		x, y := longOf(r, cols, depth-1), longOf(r, cols, depth-1)
		return expr{fmt.Sprintf("(if %s then %s else %s)", c.text, x.text, y.text), long, x.nullable || y.nullable,
			func(get func(string) any) (any, bool) {
				v, bad := c.eval(get)
				if bad {
					return nil, true
				}
				if v == true {
					return x.eval(get)
				}
				return y.eval(get)
			}}
	case 1:
		return orZero(longOf(r, cols, depth-1))
	}
	ops := []string{"+", "-", "+"}
	op := ops[r.IntN(len(ops))]
	x, y := longOf(r, cols, depth-1), longOf(r, cols, depth-1)
	return expr{fmt.Sprintf("(%s %s %s)", x.text, op, y.text), long, x.nullable || y.nullable,
		both(x, y, func(a, b any) (any, bool) {
			switch {
			case a == nil || b == nil:
				return nil, false
			case op == "-":
				return a.(int64) - b.(int64), false
			}
			return a.(int64) + b.(int64), false
		})}
}

// both evaluates two expressions and then f.
func both(x, y expr, f func(a, b any) (any, bool)) func(func(string) any) (any, bool) {
	return func(get func(string) any) (any, bool) {
		a, bad := x.eval(get)
		if bad {
			return nil, true
		}
		b, bad := y.eval(get)
		if bad {
			return nil, true
		}
		return f(a, b)
	}
}

// orZero makes a number that is not null.
func orZero(x expr) expr {
	if !x.nullable {
		return x
	}
	return expr{"(" + x.text + " ?? 0)", x.kind, false, func(get func(string) any) (any, bool) {
		v, bad := x.eval(get)
		if v == nil && !bad {
			return int64(0), false
		}
		return v, bad
	}}
}

// conditionOf is a random condition.
func conditionOf(r *rand.Rand, cols []column, depth int) expr {
	if depth > 0 {
		x, y := conditionOf(r, cols, depth-1), conditionOf(r, cols, depth-1)
		switch r.IntN(5) {
		case 0:
			return expr{"(" + x.text + " and " + y.text + ")", boolean, false, lazily(x, y, false)}
		case 1:
			return expr{"(" + x.text + " or " + y.text + ")", boolean, false, lazily(x, y, true)}
		case 2:
			return expr{"(not " + x.text + ")", boolean, false, func(get func(string) any) (any, bool) {
				v, bad := x.eval(get)
				return v == false, bad
			}}
		}
	}
	if c, ok := pick(r, cols, text); ok && r.IntN(4) == 0 {
		x, y := columnExpr(c), textExpr([]string{"a", "b", "c"}[r.IntN(3)])
		return expr{"(" + x.text + " == " + y.text + ")", boolean, false, both(x, y, func(a, b any) (any, bool) { return a == b, false })}
	}
	x, y := longOf(r, cols, 1), longOf(r, cols, 1)
	switch r.IntN(5) {
	case 0:
		return expr{"(" + x.text + " == " + y.text + ")", boolean, false, both(x, y, func(a, b any) (any, bool) { return a == b, false })}
	case 1:
		return expr{"(" + x.text + " != " + y.text + ")", boolean, false, both(x, y, func(a, b any) (any, bool) { return a != b, false })}
	}
	x, y = orZero(x), orZero(y)
	return expr{"(" + x.text + " < " + y.text + ")", boolean, false,
		both(x, y, func(a, b any) (any, bool) { return a.(int64) < b.(int64), false })}
}

// lazily is `and` or `or`: the second is evaluated only where the first does not
// decide.
func lazily(x, y expr, decides bool) func(func(string) any) (any, bool) {
	return func(get func(string) any) (any, bool) {
		v, bad := x.eval(get)
		if bad || v == decides {
			return v, bad
		}
		return y.eval(get)
	}
}

// failing is a condition that has no value where a column is zero.
func failing(c column) expr {
	x := orZero(columnExpr(c))
	return expr{"12 % " + x.text + " < 5", boolean, false, func(get func(string) any) (any, bool) {
		v, _ := x.eval(get)
		if v.(int64) == 0 {
			return nil, true
		}
		return 12%v.(int64) < 5, false
	}}
}

// getter reads the columns of a row.
func (s *stream) getter(r row) func(string) any {
	return func(name string) any { return r.vals[s.column(name)] }
}
