package operators

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Fold is a call of an aggregate, without its arguments.
type Fold struct {
	Doc *sig.Aggregate
	// Skips: the aggregate takes no nulls of this argument.
	Skips []bool
	// Code is that of a group without a result.
	Code string
	// New makes an aggregator with no groups.
	New func() kernel.Aggregator
}

// Fold finds an aggregate for arguments that the checker has fitted to it.
func (env *Env) Fold(name string, overload int, args []ir.Expr, result *types.Type) (*Fold, error) {
	doc, kinds := env.Aggregate(name)
	if doc == nil || overload >= len(kinds) {
		return nil, fmt.Errorf("aggregate: there is no aggregate %s with %d overloads", name, overload+1)
	}
	params := doc.Overloads[overload].Params
	f := &Fold{Doc: doc, Skips: make([]bool, len(args)), Code: foldFailure(result)}
	if doc.Group == ir.OfTheProgram {
		f.Code = kernel.CodeFailed
	}
	consts := make([]any, len(args))
	argTypes := make([]*types.Type, len(args))
	for i, a := range args {
		p := params[min(i, len(params)-1)]
		f.Skips[i] = !p.Type.Nullable
		argTypes[i] = a.Type()
		if p.Const {
			v, err := env.constant(a)
			if err != nil {
				return nil, fmt.Errorf("aggregate: %s of %s: %w", p.Name, name, err)
			}
			consts[i] = v
		}
	}
	kind := kinds[overload]
	f.New = func() kernel.Aggregator { return kind(argTypes, consts, result) }
	return f, nil
}

// constant is the value of an expression without columns.
func (env *Env) constant(e ir.Expr) (any, error) {
	if c, ok := e.(*ir.Const); ok {
		return c.Value, nil
	}
	eval, err := env.Expr(e, nil)
	if err != nil {
		return nil, err
	}
	v, failed := eval.Eval(memory.DefaultAllocator, nil, 1, nil)
	defer v.Arr.Release()
	if len(failed) > 0 {
		return nil, fmt.Errorf("%s", failed[0].Reason)
	}
	if v.Arr.IsNull(0) {
		return nil, nil
	}
	switch v.Type.Kind {
	case types.Boolean:
		return kernel.Reader[bool](v)(0), nil
	case types.Int, types.Long:
		return kernel.Longs(v)(0), nil
	case types.Float:
		return float64(kernel.Reader[float32](v)(0)), nil
	case types.Double:
		return kernel.Reader[float64](v)(0), nil
	case types.String:
		return string(append([]byte(nil), kernel.Reader[string](v)(0)...)), nil
	case types.Unknown, types.Null, types.Decimal, types.Bytes, types.Fixed, types.UUID, types.Date, types.Time,
		types.Timestamp, types.LocalTimestamp, types.Duration, types.Period, types.Enum, types.Geography, types.JSON,
		types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
	}
	return nil, fmt.Errorf("a constant of type %s is not supported here", v.Type)
}

// foldFailure is the code of an aggregate of the library without a result.
func foldFailure(t *types.Type) string {
	switch t.Kind {
	case types.Int, types.Long, types.Duration:
		return kernel.CodeOverflow
	case types.Decimal:
		return kernel.CodeDecimalOverflow
	case types.Unknown, types.Null, types.Boolean, types.Float, types.Double, types.String, types.Bytes, types.Fixed,
		types.UUID, types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Period, types.Enum,
		types.Geography, types.JSON, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
	}
	return kernel.CodeFailed
}
