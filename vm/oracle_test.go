package vm

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// oracle evaluates an expression for one row, by the comments of package ir and in
// the plainest way: Go values, big numbers, no arrays.
type oracle struct {
	cols   map[string]any
	locals map[string]any
	params map[string]any
}

// trap is a failed row; "" is none.
type trap string

func (o *oracle) eval(e ir.Expr) (any, trap) {
	switch e := e.(type) {
	case *ir.Const:
		return e.Value, ""
	case *ir.Column:
		return o.cols[e.Name], ""
	case *ir.Local:
		return o.locals[e.Name], ""
	case *ir.Param:
		return o.params[e.Name], ""
	case *ir.NotNull:
		return o.eval(e.X)
	case *ir.And:
		x, t := o.eval(e.X)
		if t != "" || x == false {
			return false, t
		}
		return o.eval(e.Y)
	case *ir.Or:
		x, t := o.eval(e.X)
		if t != "" || x == true {
			return true, t
		}
		return o.eval(e.Y)
	case *ir.If:
		c, t := o.eval(e.Cond)
		if t != "" {
			return nil, t
		}
		if c == true {
			return o.eval(e.Then)
		}
		return o.eval(e.Else)
	case *ir.Coalesce:
		x, t := o.eval(e.X)
		if t != "" && !e.Errors {
			return nil, t
		}
		if t != "" || x == nil {
			return o.eval(e.Y)
		}
		return x, ""
	case *ir.Try:
		x, t := o.eval(e.X)
		if t != "" {
			return nil, ""
		}
		return x, ""
	case *ir.Call:
		return o.call(e)
	case *ir.MakeUnion:
		x, t := o.eval(e.X)
		if t != "" || x == nil {
			return nil, t
		}
		return types.UnionValue{Branch: e.Branch, Record: x.([]any)}, ""
	case *ir.MakeRecord:
		return o.values(e.Values)
	case *ir.MakeList:
		return o.values(e.Items)
	case *ir.In:
		xs, t := o.values(append([]ir.Expr{e.X}, e.List...))
		if t != "" {
			return nil, t
		}
		for _, y := range xs.([]any)[1:] {
			if same(xs.([]any)[0], y) {
				return true, ""
			}
		}
		return false, ""
	case *ir.Binary:
		xs, t := o.values([]ir.Expr{e.X, e.Y})
		if t != "" {
			return nil, t
		}
		return binary(e, xs.([]any)[0], xs.([]any)[1])
	}
	return o.unary(e)
}

func (o *oracle) values(list []ir.Expr) (any, trap) {
	out := make([]any, len(list))
	for i, e := range list {
		v, t := o.eval(e)
		if t != "" {
			return nil, t
		}
		out[i] = v
	}
	return out, ""
}

// unary is the nodes of one operand that is computed first.
func (o *oracle) unary(e ir.Expr) (any, trap) {
	var operand ir.Expr
	switch e := e.(type) {
	case *ir.IsNull:
		operand = e.X
	case *ir.IsBranch:
		operand = e.X
	case *ir.Field:
		operand = e.X
	case *ir.UnionField:
		operand = e.X
	case *ir.AsBranch:
		operand = e.X
	case *ir.Unary:
		operand = e.X
	case *ir.Cast:
		operand = e.X
	}
	x, t := o.eval(operand)
	if t != "" {
		return nil, t
	}
	switch e := e.(type) {
	case *ir.IsNull:
		return x == nil, ""
	case *ir.IsBranch:
		u, ok := x.(types.UnionValue)
		return ok && u.Branch == e.Branch, ""
	}
	if x == nil {
		return nil, ""
	}
	switch e := e.(type) {
	case *ir.Field:
		return member(e.X.Type().Fields, x.([]any), e.Name), ""
	case *ir.UnionField:
		u := x.(types.UnionValue)
		return member(e.X.Type().Branches[u.Branch].Fields, u.Record, e.Name), ""
	case *ir.AsBranch:
		if u := x.(types.UnionValue); u.Branch == e.Branch {
			return u.Record, ""
		}
		return nil, ""
	case *ir.Unary:
		return negate(e, x)
	case *ir.Cast:
		return convert(e.X.Type(), e.T, x)
	}
	panic("no such node")
}

func member(fields []types.Field, values []any, name string) any {
	for i, f := range fields {
		if f.Name == name {
			return values[i]
		}
	}
	panic("no field " + name)
}

// call knows the functions of testEnv.
func (o *oracle) call(e *ir.Call) (any, trap) {
	var args []any
	for _, a := range e.Args {
		if l, ok := a.(*ir.Lambda); ok {
			args = append(args, l)
			continue
		}
		v, t := o.eval(a)
		if t != "" {
			return nil, t
		}
		args = append(args, v)
	}
	switch e.Name {
	case "even":
		if args[0] == nil {
			return nil, ""
		}
		if n := args[0].(int64); n%2 == 0 {
			return n, ""
		}
		return nil, kernel.CodeFailed
	case "or_zero":
		if args[0] == nil {
			return int64(0), ""
		}
		return args[0], ""
	case "transform":
		if args[0] == nil {
			return nil, ""
		}
		l, out := args[1].(*ir.Lambda), []any{}
		for _, x := range args[0].([]any) {
			inner := &oracle{cols: o.cols, params: o.params, locals: map[string]any{}}
			for k, v := range o.locals {
				inner.locals[k] = v
			}
			inner.locals[l.Params[0]] = x
			v, t := inner.eval(l.Body)
			if t != "" {
				return nil, t
			}
			out = append(out, v)
		}
		return out, ""
	}
	panic("no function " + e.Name)
}

func negate(e *ir.Unary, x any) (any, trap) {
	switch x := x.(type) {
	case bool:
		return !x, ""
	case float64:
		return -x, ""
	case types.Dec:
		return types.Dec{Unscaled: new(big.Int).Neg(x.Unscaled), Scale: x.Scale}, ""
	case int64:
		return ranged(e.T, new(big.Int).Neg(big.NewInt(x)))
	}
	panic("no negative")
}

// ranged is a whole number that must fit its type.
func ranged(t *types.Type, n *big.Int) (any, trap) {
	bits := uint(63)
	if t.Kind == types.Int || t.Kind == types.Date {
		bits = 31
	}
	limit := new(big.Int).Lsh(big.NewInt(1), bits)
	if n.Cmp(limit) >= 0 || n.Cmp(new(big.Int).Neg(limit)) < 0 {
		return nil, kernel.CodeOverflow
	}
	return n.Int64(), ""
}

func same(x, y any) bool {
	if x == nil || y == nil {
		return x == nil && y == nil
	}
	switch x := x.(type) {
	case float64:
		z := y.(float64)
		return x == z || math.IsNaN(x) && math.IsNaN(z)
	case types.Dec:
		return x.Unscaled.Cmp(y.(types.Dec).Unscaled) == 0
	case []byte:
		return bytes.Equal(x, y.([]byte))
	case []any:
		z := y.([]any)
		for i := range x {
			if len(x) != len(z) || !same(x[i], z[i]) {
				return false
			}
		}
		return len(x) == len(z)
	case types.MapValue:
		z := y.(types.MapValue)
		for i, k := range x.Keys {
			found := false
			for j, other := range z.Keys {
				found = found || k == other && same(x.Values[i], z.Values[j])
			}
			if !found {
				return false
			}
		}
		return len(x.Keys) == len(z.Keys)
	case types.UnionValue:
		z := y.(types.UnionValue)
		return x.Branch == z.Branch && same(x.Record, z.Record)
	}
	return x == y
}

func binary(e *ir.Binary, x, y any) (any, trap) {
	switch e.Op {
	case ir.Eq:
		return same(x, y), ""
	case ir.Ne:
		return !same(x, y), ""
	}
	if x == nil || y == nil {
		return nil, ""
	}
	switch e.Op {
	case ir.Lt, ir.Le, ir.Gt, ir.Ge:
		return ordered(e.X.Type(), e.Op, x, y), ""
	}
	switch x := x.(type) {
	case float64:
		return floating(e, x, y.(float64)), ""
	case types.Dec:
		return decimalOp(e, x, y.(types.Dec))
	case int64:
		if p, ok := y.(types.Per); ok {
			return addPeriod(e.Op, x, p)
		}
		return whole(e, big.NewInt(x), big.NewInt(y.(int64)))
	}
	panic("no arithmetic")
}

func ordered(t *types.Type, op ir.Op, x, y any) bool {
	var c int
	switch x := x.(type) {
	case bool:
		c = strings.Compare(strconv.FormatBool(x), strconv.FormatBool(y.(bool)))
	case int64:
		c = big.NewInt(x).Cmp(big.NewInt(y.(int64)))
	case float64:
		z := y.(float64)
		if math.IsNaN(x) || math.IsNaN(z) {
			return false
		}
		switch {
		case x < z:
			c = -1
		case x > z:
			c = 1
		}
	case types.Dec:
		c = x.Unscaled.Cmp(y.(types.Dec).Unscaled)
	case string:
		if t.Kind == types.Enum {
			index := func(s string) (n int) {
				for i, symbol := range t.Symbols {
					if symbol == s {
						n = i
					}
				}
				return n
			}
			c = index(x) - index(y.(string))
			break
		}
		c = strings.Compare(x, y.(string))
	case []byte:
		c = bytes.Compare(x, y.([]byte))
	}
	switch op {
	case ir.Lt:
		return c < 0
	case ir.Le:
		return c <= 0
	case ir.Gt:
		return c > 0
	}
	return c >= 0
}

func floating(e *ir.Binary, x, y float64) any {
	var r float64
	switch e.Op {
	case ir.Add:
		r = x + y
	case ir.Sub:
		r = x - y
	case ir.Mul:
		r = x * y
	case ir.Div:
		r = x / y
	case ir.Mod:
		r = math.Mod(x, y)
	}
	if e.T.Kind == types.Float {
		r = float64(float32(r))
	}
	return r
}

func whole(e *ir.Binary, x, y *big.Int) (any, trap) {
	r := new(big.Int)
	switch e.Op {
	case ir.Add:
		r.Add(x, y)
	case ir.Sub:
		r.Sub(x, y)
	case ir.Mul:
		r.Mul(x, y)
	case ir.Div, ir.Mod:
		if y.Sign() == 0 {
			return nil, kernel.CodeDivisionByZero
		}
		if e.Op == ir.Div {
			r.Quo(x, y)
		} else {
			r.Rem(x, y)
		}
	}
	return ranged(e.T, r)
}

func decimalOp(e *ir.Binary, x, y types.Dec) (any, trap) {
	a, b, r := rational(x), rational(y), new(big.Rat)
	switch e.Op {
	case ir.Add:
		r.Add(a, b)
	case ir.Sub:
		r.Sub(a, b)
	case ir.Mul:
		r.Mul(a, b)
	case ir.Div, ir.Mod:
		if b.Sign() == 0 {
			return nil, kernel.CodeDivisionByZero
		}
		r.Quo(a, b)
		if e.Op == ir.Mod {
			q := new(big.Int).Quo(r.Num(), r.Denom())
			r.Sub(a, new(big.Rat).Mul(new(big.Rat).SetInt(q), b))
		}
	}
	return rounded(e.T, r)
}

func rational(d types.Dec) *big.Rat {
	return new(big.Rat).SetFrac(d.Unscaled, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale)), nil))
}

// rounded is half away from zero, which is how FloatString rounds.
func rounded(t *types.Type, r *big.Rat) (any, trap) {
	text := strings.Replace(r.FloatString(t.Scale), ".", "", 1)
	n, _ := new(big.Int).SetString(text, 10)
	if len(new(big.Int).Abs(n).String()) > t.Precision && n.Sign() != 0 {
		return nil, kernel.CodeDecimalOverflow
	}
	return types.Dec{Unscaled: n, Scale: t.Scale}, ""
}

func addPeriod(op ir.Op, date int64, p types.Per) (any, trap) {
	if op == ir.Sub {
		p = types.Per{Months: -p.Months, Days: -p.Days}
	}
	at := time.Unix(date*86400, 0).UTC()
	first := time.Date(at.Year(), at.Month()+time.Month(p.Months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	day := time.Date(first.Year(), first.Month(), min(at.Day(), last)+p.Days, 0, 0, 0, 0, time.UTC)
	return ranged(types.TInt, big.NewInt(day.Unix()/86400))
}

// convert knows the casts the generator makes.
func convert(from, to *types.Type, x any) (any, trap) {
	switch to.Kind {
	case types.Int, types.Long:
		var r *big.Rat
		switch x := x.(type) {
		case int64:
			r = new(big.Rat).SetInt64(x)
		case float64:
			if r = new(big.Rat).SetFloat64(x); r == nil {
				return nil, kernel.CodeCast
			}
		case types.Dec:
			r = rational(x)
		case string:
			n, ok := new(big.Int).SetString(x, 10)
			if !ok {
				return nil, kernel.CodeCast
			}
			r = new(big.Rat).SetInt(n)
		}
		if !r.IsInt() {
			return nil, kernel.CodeCast
		}
		if v, t := ranged(to, r.Num()); t == "" {
			return v, ""
		}
		return nil, kernel.CodeCast
	case types.Double:
		switch x := x.(type) {
		case int64:
			return float64(x), ""
		case types.Dec:
			f, _ := rational(x).Float64()
			return f, ""
		}
		return x, ""
	case types.Decimal:
		switch x := x.(type) {
		case int64:
			return rounded(to, new(big.Rat).SetInt64(x))
		case types.Dec:
			return rounded(to, rational(x))
		}
	case types.String:
		switch x := x.(type) {
		case int64:
			if from.Kind == types.Timestamp {
				return time.UnixMicro(x).UTC().Format("2006-01-02T15:04:05.999999Z"), ""
			}
			return strconv.FormatInt(x, 10), ""
		case bool:
			return strconv.FormatBool(x), ""
		case types.Dec:
			return rational(x).FloatString(x.Scale), ""
		case string:
			return x, ""
		}
	case types.Array:
		out := []any{}
		for _, v := range x.([]any) {
			if v != nil {
				var t trap
				if v, t = convert(from.Elem, to.Elem, v); t != "" {
					return nil, t
				}
			}
			out = append(out, v)
		}
		return out, ""
	case types.Record:
		out := make([]any, len(to.Fields))
		for i, f := range to.Fields {
			have, ok := from.FieldNamed(f.Name)
			if !ok {
				continue
			}
			v := member(from.Fields, x.([]any), f.Name)
			if v != nil && !types.Equal(have.Type.NonNull(), f.Type.NonNull()) {
				var t trap
				if v, t = convert(have.Type, f.Type, v); t != "" {
					return nil, t
				}
			}
			out[i] = v
		}
		return out, ""
	}
	panic("no cast of " + from.String() + " to " + to.String())
}
