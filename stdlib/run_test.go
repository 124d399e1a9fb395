package stdlib

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// runner evaluates expressions. Every call of a function is made in several
// forms, which must agree: all arguments constant, all columns, columns cut out of
// longer arrays with a selection between rows that must not be looked at, and one
// column beside constants.
type runner struct {
	t    testing.TB
	text string
	ran  map[string]bool // signatures that were called
	// saw, where it is set, is told of each call and of its value.
	saw func(f *Function, overload int, b *binding, result *types.Type, value any)
}

// failure is what a fallible call gives in place of a value.
type failure struct{ reason string }

func (r *runner) fatal(format string, args ...any) {
	r.t.Helper()
	r.t.Fatalf("%s: %s", r.text, fmt.Sprintf(format, args...))
}

// eval gives a value; its v is a failure where the expression fails.
func (r *runner) eval(n node, env map[string]typed) typed {
	switch n := n.(type) {
	case constant:
		return n.value
	case name:
		v, ok := env[n.text]
		if !ok {
			r.fatal("no name %s", n.text)
		}
		return v
	case list:
		return r.list(n, env)
	case record:
		out := typed{&types.Type{Kind: types.Record}, nil}
		var values []any
		for i, item := range n.values {
			v := r.eval(item, env)
			out.t.Fields = append(out.t.Fields, types.Field{Name: n.names[i], Type: v.t})
			values = append(values, v.v)
		}
		out.v = values
		return out
	case binaryNode:
		return r.operator(n.op, r.eval(n.x, env), r.eval(n.y, env))
	case call:
		return r.call(n, env)
	}
	r.fatal("cannot evaluate %T", n)
	return typed{}
}

func (r *runner) list(n list, env map[string]typed) typed {
	elem := types.TUnknown
	values := []any{}
	nullable := false
	for _, item := range n.items {
		v := r.eval(item, env)
		if v.v == nil {
			nullable = true
		} else {
			elem = v.t
		}
		values = append(values, v.v)
	}
	return typed{types.ArrayOf(elem.WithNull(nullable)), values}
}

func (r *runner) operator(op string, x, y typed) typed {
	switch op {
	case "==":
		return typed{types.TBoolean, equalValues(x.v, y.v)}
	case "+", "-", "*", "/", ">":
	}
	if a, ok := x.v.(int64); ok {
		if b, ok := y.v.(int64); ok {
			switch op {
			case "+":
				return typed{x.t, a + b}
			case "-":
				return typed{x.t, a - b}
			case "*":
				return typed{x.t, a * b}
			case ">":
				return typed{types.TBoolean, a > b}
			}
		}
	}
	a, b := asDouble(x.v), asDouble(y.v)
	switch op {
	case "*":
		return typed{types.TDouble, a * b}
	case "/":
		return typed{types.TDouble, a / b}
	}
	r.fatal("no operator %s for %v and %v", op, x.v, y.v)
	return typed{}
}

func asDouble(v any) float64 {
	switch x := v.(type) {
	case int64:
		return float64(x)
	case float64:
		return x
	}
	return math.NaN()
}

// casts are the few conversions the expressions of tests use.
func (r *runner) cast(n call, args []typed) (typed, bool) {
	switch n.name {
	case "int":
		return typed{types.TInt, args[0].v}, true
	case "float":
		return typed{types.TFloat, args[0].v}, true
	case "string":
		return typed{types.TString, string(kernel.AppendUUID(nil, args[0].v.([]byte)))}, true
	case "decimal":
		p, s := int(args[1].v.(int64)), int(args[2].v.(int64))
		return r.coerce(args[0], types.DecimalOf(p, s)), true
	}
	return typed{}, false
}

func (r *runner) call(n call, env map[string]typed) typed {
	args := make([]typed, len(n.args))
	lambdas := make([]*lambda, len(n.args))
	for i, a := range n.args {
		if l, ok := a.(lambda); ok {
			lambdas[i] = &l
			continue
		}
		args[i] = r.eval(a, env)
		if _, failed := args[i].v.(failure); failed {
			return args[i]
		}
	}
	if v, ok := r.cast(n, args); ok {
		return v
	}
	f := Lookup(n.name)
	if f == nil {
		r.fatal("no function %s", n.name)
	}
	for i := range f.Overloads {
		if b := r.bind(&f.Overloads[i], args, lambdas, env); b != nil {
			return r.callOverload(f, i, b)
		}
	}
	r.fatal("no overload of %s for %v", n.name, args)
	return typed{}
}

// binding is a call matched with a signature.
type binding struct {
	args    []typed
	lambdas []*lambda
	vars    map[string]*types.Type
	env     map[string]typed
	nothing bool // a null for a parameter that takes none: the result is null
}

func (r *runner) bind(s *sig.Signature, args []typed, lambdas []*lambda, env map[string]typed) *binding {
	b := &binding{vars: map[string]*types.Type{}, env: env, lambdas: lambdas}
	variadic := len(s.Params) > 0 && s.Params[len(s.Params)-1].Variadic
	if len(args) > len(s.Params) && !variadic {
		return nil
	}
	for i := range max(len(args), len(s.Params)) {
		p := s.Params[min(i, len(s.Params)-1)]
		if i >= len(args) {
			if p.Variadic {
				break
			}
			if !p.Optional {
				return nil
			}
			v := p.Default
			if p.Zone {
				v = "UTC"
			}
			b.args = append(b.args, typed{p.Type, v})
			b.lambdas = append(b.lambdas, nil)
			continue
		}
		if p.Type.Kind == types.Func {
			if lambdas[i] == nil {
				return nil
			}
			b.args = append(b.args, typed{p.Type, nil})
			r.bindLambda(b, lambdas[i], p.Type)
			continue
		}
		if lambdas[i] != nil || !r.match(b, s, p.Type, args[i]) {
			return nil
		}
		b.args = append(b.args, typed{p.Type, args[i].v})
		b.nothing = b.nothing || args[i].v == nil && !p.Type.Nullable
	}
	for i := range b.args {
		if b.args[i].t.Kind != types.Func {
			b.args[i] = r.coerce(b.args[i], subst(b.args[i].t, b.vars))
		}
	}
	return b
}

// match binds the variables of a parameter's type to an argument's.
func (r *runner) match(b *binding, s *sig.Signature, p *types.Type, arg typed) bool {
	if arg.t.Kind == types.Null || arg.t.Kind == types.Unknown {
		return true
	}
	switch p.Kind {
	case types.Var:
		if !s.Classes[p.Name].Holds(arg.t) {
			return false
		}
		if have, ok := b.vars[p.Name]; ok {
			return types.Equal(have.NonNull(), arg.t.NonNull()) || have.Kind == types.Unknown
		}
		b.vars[p.Name] = arg.t
		return true
	case types.Array, types.Map:
		return arg.t.Kind == p.Kind && r.match(b, s, p.Elem, typed{arg.t.Elem, nil})
	case types.Int, types.Long:
		return arg.t.IsInteger()
	case types.Double:
		return arg.t.IsNumber()
	default:
		return arg.t.Kind == p.Kind
	}
}

// bindLambda finds what a lambda gives by evaluating it on zero values.
func (r *runner) bindLambda(b *binding, l *lambda, t *types.Type) {
	env := map[string]typed{}
	for i, name := range l.params {
		pt := subst(t.Params[i], b.vars)
		env[name] = typed{pt, zeroValue(pt)}
	}
	if t.Elem.Kind == types.Var && b.vars[t.Elem.Name] == nil {
		b.vars[t.Elem.Name] = r.eval(l.body, env).t
	}
}

func subst(t *types.Type, vars map[string]*types.Type) *types.Type {
	switch t.Kind {
	case types.Var:
		v, ok := vars[t.Name]
		if !ok {
			v = types.TLong
		}
		return v.WithNull(v.Nullable || t.Nullable)
	case types.Array, types.Map:
		c := *t
		c.Elem = subst(t.Elem, vars)
		return &c
	default:
		return t
	}
}

// coerce brings a literal to a type.
func (r *runner) coerce(x typed, t *types.Type) typed {
	switch v := x.v.(type) {
	case int64:
		if t.IsFloating() {
			return typed{t, float64(v)}
		}
		if t.Kind == types.Decimal {
			n := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Scale)), nil)
			return typed{t, types.Dec{Unscaled: n.Mul(n, big.NewInt(v)), Scale: t.Scale}}
		}
	case types.Dec:
		if t.IsFloating() {
			f, _ := new(big.Rat).SetFrac(v.Unscaled, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(v.Scale)), nil)).Float64()
			return typed{t, f}
		}
	case []any:
		if t.Kind == types.Array {
			items := make([]any, len(v))
			for i := range v {
				items[i] = r.coerce(typed{nil, v[i]}, t.Elem).v
			}
			return typed{t, items}
		}
	}
	return typed{t, x.v}
}

func (r *runner) result(s *sig.Signature, b *binding) *types.Type {
	if s.Name == "parse_decimal" {
		return types.DecimalOf(int(b.args[1].v.(int64)), int(b.args[2].v.(int64)))
	}
	if s.Refine == nil {
		return subst(s.Result, b.vars)
	}
	args := make([]*types.Type, len(b.args))
	for i, a := range b.args {
		args[i] = a.t
	}
	return s.Refine(args)
}

func (r *runner) callOverload(f *Function, i int, b *binding) typed {
	result := r.result(&f.Overloads[i], b)
	if r.ran != nil {
		r.ran[f.Overloads[i].Text] = true
	}
	if b.nothing {
		return typed{result, nil}
	}
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer alloc.AssertSize(r.t, 0)
	all := func(int) bool { return true }
	none := func(int) bool { return false }
	first := r.run(alloc, f.Kernels[i], b, result, form{n: 1, rows: []int32{0}, constant: all})
	for what, form := range map[string]form{
		"as columns":                {n: 3, rows: []int32{0, 1, 2}, constant: none},
		"with a selection":          {n: 6, rows: []int32{1, 4}, constant: none, selected: true, before: 3},
		"with constants":            {n: 4, rows: []int32{0, 3}, constant: func(i int) bool { return i > 0 }, selected: true, before: 1},
		"with a constant first":     {n: 2, rows: []int32{0, 1}, constant: func(i int) bool { return i == 0 }},
		"with an empty selection":   {n: 3, rows: []int32{}, constant: none, selected: true},
		"without rows":              {n: 0, rows: []int32{}, constant: none},
		"constant with a selection": {n: 3, rows: []int32{1}, constant: all, selected: true},
	} {
		got := r.run(alloc, f.Kernels[i], b, result, form)
		if len(form.rows) > 0 && !equalValues(got, first) {
			r.fatal("%s %s gives %v, as a constant %v", f.Overloads[i].Text, what, got, first)
		}
	}
	if fail, ok := first.(failure); ok && fail.reason == "" {
		r.fatal("%s fails without a reason", f.Name)
	}
	if r.saw != nil {
		r.saw(f, i, b, result, first)
	}
	return typed{result, first}
}

// form is one way to give arguments to a kernel.
type form struct {
	n        int
	rows     []int32 // where the arguments stand; others hold zero values and nulls
	constant func(arg int) bool
	selected bool
	before   int // elements cut off the front of each array
}

func (r *runner) run(alloc memory.Allocator, k kernel.Kernel, b *binding, result *types.Type, f form) any {
	r.t.Helper()
	c := &kernel.Call{Alloc: alloc, N: f.n, Result: result, Lambdas: make([]kernel.Lambda, len(b.args))}
	if f.selected {
		c.Sel = f.rows
	}
	reasons := map[int]string{}
	c.OnFail = func(row int, reason string) { reasons[row] = reason }
	for i, a := range b.args {
		if a.t.Kind == types.Func {
			c.Args = append(c.Args, kernel.Vector{Type: a.t, Scalar: true})
			c.Lambdas[i] = r.lambda(alloc, b.lambdas[i], a.t, b)
			continue
		}
		v := r.vector(alloc, a, f, f.constant(i))
		defer v.Arr.Release()
		c.Args = append(c.Args, v)
	}
	arr := k(c)
	defer arr.Release()
	r.check(arr, result, f, reasons)
	return r.answer(arr, result, f, reasons)
}

func (r *runner) vector(alloc memory.Allocator, a typed, f form, constant bool) kernel.Vector {
	if constant {
		return kernel.Vector{Type: a.t, Arr: buildArray(alloc, a.t, []any{a.v}), Scalar: true}
	}
	values := make([]any, f.before+f.n)
	for i := range values {
		if i%2 == 0 {
			values[i] = zeroValue(a.t)
		}
	}
	for _, row := range f.rows {
		values[f.before+int(row)] = a.v
	}
	whole := buildArray(alloc, a.t, values)
	defer whole.Release()
	return kernel.Vector{Type: a.t, Arr: array.NewSlice(whole, int64(f.before), int64(len(values)))}
}

func (r *runner) check(arr arrow.Array, result *types.Type, f form, reasons map[int]string) {
	r.t.Helper()
	if want := kernel.ArrowType(result); !arrow.TypeEqual(arr.DataType(), want) {
		r.fatal("the result is of type %s, not %s", arr.DataType(), want)
	}
	if arr.Len() != f.n {
		r.fatal("the result has %d elements, not %d", arr.Len(), f.n)
	}
	if err := array.ValidateFull(arr); err != nil {
		r.fatal("%v", err)
	}
	meant := map[int]bool{}
	for _, row := range f.rows {
		meant[int(row)] = true
	}
	for row := range reasons {
		if !meant[row] {
			r.fatal("row %d failed outside the selection: %s", row, reasons[row])
		}
	}
}

// answer is the result at the rows meant, which must be the same.
func (r *runner) answer(arr arrow.Array, result *types.Type, f form, reasons map[int]string) any {
	r.t.Helper()
	var first any
	for i, row := range f.rows {
		var got any
		if reason, failed := reasons[int(row)]; failed {
			got = failure{reason}
		} else {
			got = readValue(result, arr, int(row))
		}
		if i == 0 {
			first = got
		} else if !equalValues(got, first) {
			r.fatal("rows differ: %v and %v", first, got)
		}
	}
	return first
}

// lambda evaluates the body once per element.
func (r *runner) lambda(alloc memory.Allocator, l *lambda, t *types.Type, b *binding) kernel.Lambda {
	result := subst(t.Elem, b.vars)
	return func(n int, rows []int32, params ...kernel.Vector) kernel.Vector {
		if len(rows) != n || len(params) != len(l.params) {
			r.fatal("a lambda was called with %d rows for %d elements", len(rows), n)
		}
		values := make([]any, n)
		for i := range values {
			env := map[string]typed{}
			for p, name := range l.params {
				if params[p].Arr.Len() != n {
					r.fatal("a parameter has %d elements, not %d", params[p].Arr.Len(), n)
				}
				env[name] = typed{params[p].Type, readValue(params[p].Type, params[p].Arr, i)}
			}
			values[i] = r.coerce(r.eval(l.body, env), result).v
		}
		return kernel.Vector{Type: result, Arr: buildArray(alloc, result, values)}
	}
}
