package vm

import (
	"fmt"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// yes and no are the boolean constants.
var yes, no = FromValue(memory.NewGoAllocator(), types.TBoolean, true, 1), FromValue(memory.NewGoAllocator(), types.TBoolean, false, 1)

type compiler struct {
	cols    []types.Column
	env     Env
	pool    *sync.Pool
	lambdas []*ir.Lambda // those around, outermost first
}

// node compiles an expression; what is known already becomes a constant.
func (c *compiler) node(e ir.Expr) (node, error) {
	switch e := e.(type) {
	case *ir.Const:
		return constant(e.T, e.Value)
	case *ir.Column:
		i := slices.IndexFunc(c.cols, func(col types.Column) bool { return col.Name == e.Name })
		if i < 0 {
			return nil, fmt.Errorf("vm: no column %q", e.Name)
		}
		return &columnNode{t: e.T, index: i}, nil
	case *ir.Local:
		return c.local(e)
	case *ir.Param:
		v, ok := c.env.Params[e.Name]
		if !ok {
			return nil, fmt.Errorf("vm: no value for param %q", e.Name)
		}
		return constant(e.T, v)
	case *ir.Field, *ir.UnionField, *ir.IsBranch, *ir.AsBranch:
		return c.access(e)
	case *ir.Unary:
		return c.unary(e)
	case *ir.Binary:
		return c.binary(e)
	case *ir.And, *ir.Or, *ir.If, *ir.Coalesce:
		return c.branch(e)
	case *ir.IsNull:
		return build(c, []ir.Expr{e.X}, func(x []node) node { return &isNullNode{x[0]} })
	case *ir.Try:
		return build(c, []ir.Expr{e.X}, func(x []node) node { return &tryNode{t: e.T, x: x[0]} })
	case *ir.NotNull:
		return build(c, []ir.Expr{e.X}, func(x []node) node { return &retypeNode{t: e.T, x: x[0]} })
	case *ir.Cast:
		return c.cast(e)
	case *ir.In:
		return c.in(e)
	case *ir.Call:
		return c.call(e)
	case *ir.MakeRecord:
		return build(c, e.Values, func(x []node) node { return &recordNode{t: e.T, values: c.typed(x, e.Values, fieldTypes(e.T))} })
	case *ir.MakeUnion:
		return build(c, []ir.Expr{e.X}, func(x []node) node { return &makeUnionNode{t: e.T, x: x[0], branch: e.Branch} })
	case *ir.MakeList:
		elems := slices.Repeat([]*types.Type{e.T.Elem}, len(e.Items))
		return build(c, e.Items, func(x []node) node { return &listNode{t: e.T, items: c.typed(x, e.Items, elems)} })
	case *ir.Lambda:
		return nil, fmt.Errorf("vm: a lambda outside a call")
	}
	return nil, fmt.Errorf("vm: no node for %T", e)
}

// constant is a value that every row has.
func constant(t *types.Type, v any) (node, error) {
	arr, err := fromValues(memory.NewGoAllocator(), t, []any{v})
	if err != nil {
		return nil, err
	}
	return constOf(t, arr), nil
}

func constOf(t *types.Type, arr arrow.Array) *constNode {
	return &constNode{kernel.Vector{Type: t, Arr: arr, Scalar: true}}
}

// build compiles operands and what stands over them.
func build(c *compiler, operands []ir.Expr, over func(x []node) node) (node, error) {
	x := make([]node, len(operands))
	for i, e := range operands {
		var err error
		if x[i], err = c.node(e); err != nil {
			return nil, err
		}
	}
	return c.fold(over(x), x), nil
}

// fold computes what has only constants below it, unless it fails: then each row
// that needs it is to fail.
func (c *compiler) fold(n node, operands []node) node {
	for _, x := range operands {
		if _, ok := x.(*constNode); !ok {
			return n
		}
	}
	f := &frame{scope: &scope{alloc: memory.NewGoAllocator(), pool: c.pool}, n: 1}
	v, errs := n.eval(f, nil)
	if errs.Any() {
		return n
	}
	// Nothing of this scope is given back: the constant may be made of any of it.
	return constOf(v.Type, v.Arr)
}

// typed gives nulls without a type the type of their place.
func (c *compiler) typed(nodes []node, exprs []ir.Expr, want []*types.Type) []node {
	out := make([]node, len(nodes))
	for i, n := range nodes {
		out[i] = asType(n, exprs[i].Type(), want[i])
	}
	return out
}

// asType is n where a value of type want is needed.
func asType(n node, have, want *types.Type) node {
	if have.Kind != want.Kind && (have.Kind == types.Null || have.Kind == types.Unknown) {
		return &nullOfNode{t: want, x: n}
	}
	return n
}

// nullOfNode is a null of a type, instead of a null without one.
type nullOfNode struct {
	t *types.Type
	x node // may fail
}

func (n *nullOfNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) {
	_, errs := n.x.eval(f, sel)
	return f.null(n.t), errs
}

func fieldTypes(t *types.Type) []*types.Type {
	out := make([]*types.Type, len(t.Fields))
	for i, f := range t.Fields {
		out[i] = f.Type
	}
	return out
}

func (c *compiler) local(e *ir.Local) (node, error) {
	for depth := range c.lambdas {
		l := c.lambdas[len(c.lambdas)-1-depth]
		if i := slices.Index(l.Params, e.Name); i >= 0 {
			return &localNode{t: e.T, depth: depth, index: i}, nil
		}
	}
	return nil, fmt.Errorf("vm: no lambda has the parameter %q", e.Name)
}

func (c *compiler) access(e ir.Expr) (node, error) {
	switch e := e.(type) {
	case *ir.Field:
		return build(c, []ir.Expr{e.X}, func(x []node) node { return &fieldNode{t: e.T, x: x[0], name: e.Name} })
	case *ir.UnionField:
		for _, branch := range e.X.Type().Branches {
			if _, ok := branch.FieldNamed(e.Name); !ok {
				return nil, fmt.Errorf("vm: branch %s has no field %q", branch.Name, e.Name)
			}
		}
		return build(c, []ir.Expr{e.X}, func(x []node) node { return &unionFieldNode{t: e.T, x: x[0], name: e.Name} })
	case *ir.IsBranch:
		return build(c, []ir.Expr{e.X}, func(x []node) node { return &isBranchNode{x: x[0], branch: int8(e.Branch)} })
	case *ir.AsBranch:
		return build(c, []ir.Expr{e.X}, func(x []node) node { return &asBranchNode{t: e.T, x: x[0], branch: e.Branch} })
	}
	return nil, fmt.Errorf("vm: no node for %T", e)
}

func (c *compiler) branch(e ir.Expr) (node, error) {
	switch e := e.(type) {
	case *ir.And:
		return build(c, []ir.Expr{e.X, e.Y}, func(x []node) node { return &andNode{x[0], x[1]} })
	case *ir.Or:
		return build(c, []ir.Expr{e.X, e.Y}, func(x []node) node { return &orNode{x[0], x[1]} })
	case *ir.If:
		return build(c, []ir.Expr{e.Cond, e.Then, e.Else}, func(x []node) node {
			return &ifNode{t: e.T, cond: x[0], yes: asType(x[1], e.Then.Type(), e.T), not: asType(x[2], e.Else.Type(), e.T)}
		})
	case *ir.Coalesce:
		return build(c, []ir.Expr{e.X, e.Y}, func(x []node) node {
			return &coalesceNode{t: e.T, x: asType(x[0], e.X.Type(), e.T), y: asType(x[1], e.Y.Type(), e.T), errors: e.Errors}
		})
	}
	return nil, fmt.Errorf("vm: no node for %T", e)
}

func (c *compiler) unary(e *ir.Unary) (node, error) {
	if e.Op == ir.Not {
		return build(c, []ir.Expr{e.X}, func(x []node) node { return &notNode{t: e.T, x: x[0]} })
	}
	k := negation(e.T)
	if k == nil {
		return nil, fmt.Errorf("vm: no %s of %s", e.Op, e.T)
	}
	return c.strict(e.T, k, true, e.X)
}

func (c *compiler) binary(e *ir.Binary) (node, error) {
	switch e.Op {
	case ir.Eq, ir.Ne, ir.Lt, ir.Le, ir.Gt, ir.Ge:
		return c.comparison(e)
	case ir.Add, ir.Sub, ir.Mul, ir.Div, ir.Mod, ir.Neg, ir.Not:
	}
	k, dense := arithmetic(e.Op, e.X.Type(), e.Y.Type(), e.T)
	if k == nil {
		return nil, fmt.Errorf("vm: no %s %s %s", e.X.Type(), e.Op, e.Y.Type())
	}
	return c.strict(e.T, k, dense, e.X, e.Y)
}

func (c *compiler) comparison(e *ir.Binary) (node, error) {
	tx, ty := e.X.Type(), e.Y.Type()
	t := tx
	if tx.Kind == types.Null || tx.Kind == types.Unknown {
		t = ty
	}
	if ty.Kind != t.Kind && ty.Kind != types.Null && ty.Kind != types.Unknown || t.Kind == types.Decimal && ty.Kind == t.Kind && ty.Scale != t.Scale {
		return nil, fmt.Errorf("vm: no %s %s %s", tx, e.Op, ty)
	}
	return build(c, []ir.Expr{e.X, e.Y}, func(x []node) node {
		n := &compareNode{t: e.T, op: e.Op, match: kernel.Matcher(t, e.Op), x: asType(x[0], tx, t), y: asType(x[1], ty, t)}
		n.ofMultiples(e.X)
		return n
	})
}

func (c *compiler) in(e *ir.In) (node, error) {
	t := e.X.Type()
	want := slices.Repeat([]*types.Type{t}, len(e.List))
	return build(c, append([]ir.Expr{e.X}, e.List...), func(x []node) node {
		equal := &compareNode{t: types.TBoolean, op: ir.Eq, match: kernel.Matcher(t, ir.Eq)}
		return &inNode{x: x[0], items: c.typed(x[1:], e.List, want), equal: equal}
	})
}

func (c *compiler) cast(e *ir.Cast) (node, error) {
	from := e.X.Type()
	if from.Kind == types.Null || from.Kind == types.Unknown {
		return build(c, []ir.Expr{e.X}, func(x []node) node { return asType(x[0], from, e.T) })
	}
	k, ok := kernel.Cast(from, e.T)
	if !ok {
		return nil, fmt.Errorf("vm: no cast of %s to %s", from, e.T)
	}
	if k == nil {
		return build(c, []ir.Expr{e.X}, func(x []node) node { return &retypeNode{t: e.T, x: x[0]} })
	}
	return c.strict(e.T, k, false, e.X)
}

// strict is a kernel over operands that takes no nulls.
func (c *compiler) strict(t *types.Type, k kernel.Kernel, dense bool, operands ...ir.Expr) (node, error) {
	return build(c, operands, func(x []node) node {
		argTypes := make([]*types.Type, len(operands))
		for i, e := range operands {
			argTypes[i] = e.Type()
		}
		return &callNode{t: t, kernel: k, args: x, argTypes: argTypes, takesNull: make([]bool, len(x)), dense: dense}
	})
}

// call compiles a call of a function. It is not folded: a function may be costly,
// and one that fails or is never reached must not be called here.
func (c *compiler) call(e *ir.Call) (node, error) {
	if c.env.Function == nil {
		return nil, fmt.Errorf("vm: no function %q", e.Name)
	}
	k, s := c.env.Function(e.Name, e.Overload)
	if k == nil {
		return nil, fmt.Errorf("vm: no function %q with overload %d", e.Name, e.Overload)
	}
	n := &callNode{t: e.T, kernel: k, takesNull: make([]bool, len(e.Args))}
	for i, a := range e.Args {
		if len(s.Params) > 0 {
			n.takesNull[i] = s.Params[min(i, len(s.Params)-1)].Type.Nullable
		}
		n.argTypes = append(n.argTypes, a.Type())
		l, ok := a.(*ir.Lambda)
		if !ok {
			x, err := c.node(a)
			if err != nil {
				return nil, err
			}
			n.args = append(n.args, x)
			continue
		}
		body, err := c.lambda(l)
		if err != nil {
			return nil, err
		}
		if n.lambdas == nil {
			n.lambdas = make([]node, len(e.Args))
		}
		n.args, n.lambdas[i] = append(n.args, nil), body
	}
	return n, nil
}

func (c *compiler) lambda(l *ir.Lambda) (node, error) {
	c.lambdas = append(c.lambdas, l)
	defer func() { c.lambdas = c.lambdas[:len(c.lambdas)-1] }()
	body, err := c.node(l.Body)
	if err != nil {
		return nil, err
	}
	return asType(body, l.Body.Type(), l.T.Elem), nil
}

// negation is the kernel of `-x`; nil where there is none.
func negation(t *types.Type) kernel.Kernel {
	switch t.Kind {
	case types.Int:
		return kernel.NegWhole[int32]
	case types.Long, types.Duration:
		return kernel.NegWhole[int64]
	case types.Float:
		return kernel.NegFloat[float32]
	case types.Double:
		return kernel.NegFloat[float64]
	case types.Decimal:
		return kernel.NegDecimal
	case types.Unknown, types.Null, types.Boolean, types.String, types.Bytes, types.Fixed, types.UUID, types.Date, types.Time,
		types.Timestamp, types.LocalTimestamp, types.Period, types.Enum, types.Geography, types.JSON, types.Array, types.Map,
		types.Record, types.Union, types.Func, types.Var:
		return nil
	}
	return nil
}

// arithmetic is the kernel of an operator on types as listed at ir.Op, and whether
// it computes every row whatever is selected; nil where there is none.
func arithmetic(op ir.Op, x, y, result *types.Type) (k kernel.Kernel, dense bool) {
	switch {
	case x.Kind == types.Date && y.Kind == types.Period:
		switch op {
		case ir.Add:
			return kernel.AddPeriod, false
		case ir.Sub:
			return kernel.SubPeriod, false
		}
		return nil, false
	case x.Kind == types.Decimal && y.Kind == types.Decimal:
		return decimalKernel(op), false
	case result.Kind == types.Int && x.Kind == types.Int && y.Kind == types.Int:
		return wholeKernel[int32](op)
	case isMicros(x) && isMicros(y) && isMicros(result):
		return wholeKernel[int64](op)
	case result.Kind == types.Float && x.Kind == types.Float && y.Kind == types.Float:
		return floatKernel[float32](op)
	case result.Kind == types.Double && x.Kind == types.Double && y.Kind == types.Double:
		return floatKernel[float64](op)
	}
	return nil, false
}

// isMicros reports the types that arithmetic has as 64-bit whole numbers.
func isMicros(t *types.Type) bool {
	return t.Kind == types.Long || t.Kind == types.Timestamp || t.Kind == types.LocalTimestamp || t.Kind == types.Duration
}

func wholeKernel[T kernel.Whole](op ir.Op) (kernel.Kernel, bool) {
	switch op {
	case ir.Add:
		return kernel.AddWhole[T], true
	case ir.Sub:
		return kernel.SubWhole[T], true
	case ir.Mul:
		return kernel.MulWhole[T], true
	case ir.Div:
		return kernel.DivWhole[T], false
	case ir.Mod:
		return kernel.ModWhole[T], false
	case ir.Eq, ir.Ne, ir.Lt, ir.Le, ir.Gt, ir.Ge, ir.Neg, ir.Not:
	}
	return nil, false
}

func floatKernel[T kernel.Floating](op ir.Op) (kernel.Kernel, bool) {
	switch op {
	case ir.Add:
		return kernel.AddFloat[T], true
	case ir.Sub:
		return kernel.SubFloat[T], true
	case ir.Mul:
		return kernel.MulFloat[T], true
	case ir.Div:
		return kernel.DivFloat[T], true
	case ir.Mod:
		return kernel.ModFloat[T], false
	case ir.Eq, ir.Ne, ir.Lt, ir.Le, ir.Gt, ir.Ge, ir.Neg, ir.Not:
	}
	return nil, false
}

func decimalKernel(op ir.Op) kernel.Kernel {
	switch op {
	case ir.Add:
		return kernel.AddDecimal
	case ir.Sub:
		return kernel.SubDecimal
	case ir.Mul:
		return kernel.MulDecimal
	case ir.Div:
		return kernel.DivDecimal
	case ir.Mod:
		return kernel.ModDecimal
	case ir.Eq, ir.Ne, ir.Lt, ir.Le, ir.Gt, ir.Ge, ir.Neg, ir.Not:
	}
	return nil
}
