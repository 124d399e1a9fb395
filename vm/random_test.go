package vm

import (
	"math"
	"math/big"
	oldrand "math/rand"
	"math/rand/v2"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

var (
	tSmall  = types.DecimalOf(12, 2)
	tWide   = types.DecimalOf(38, 6)
	tColor  = &types.Type{Kind: types.Enum, Name: "Color", Symbols: []string{"red", "green", "blue"}}
	tLongs  = types.ArrayOf(types.TLong.OrNull())
	tMap    = types.MapOf(types.TLong.OrNull())
	tPoint  = types.RecordOf(types.Field{Name: "x", Type: types.TLong.OrNull()}, types.Field{Name: "s", Type: types.TString})
	tBigger = types.RecordOf(types.Field{Name: "s", Type: types.TString.OrNull()}, types.Field{Name: "x", Type: types.DecimalOf(20, 1).OrNull()}, types.Field{Name: "new", Type: types.TDate.OrNull()})
	tShape  = &types.Type{Kind: types.Union, Name: "Shape", Branches: []*types.Type{
		{Kind: types.Record, Name: "Circle", Fields: []types.Field{{Name: "id", Type: types.TLong}, {Name: "r", Type: types.TDouble}}},
		{Kind: types.Record, Name: "Square", Fields: []types.Field{{Name: "side", Type: types.TInt}, {Name: "id", Type: types.TLong.OrNull()}}},
	}}
	tUUID = types.TUUID
)

// randomTypes are those that random columns and expressions have.
var randomTypes = []*types.Type{
	types.TBoolean, types.TInt, types.TLong, types.TFloat, types.TDouble, tSmall, tWide, types.TString, types.TBytes, tUUID,
	types.TDate, types.TTimestamp, types.TDuration, types.TPeriod, tColor, tLongs, tMap, tPoint, tShape,
}

type generator struct {
	*rand.Rand
	cols   []types.Column
	locals []*ir.Local
}

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

// value is a random value, often at an edge; null now and then where the type has it.
func (g *generator) value(t *types.Type) any {
	if t.Nullable && g.IntN(4) == 0 {
		return nil
	}
	switch t.Kind {
	case types.Boolean:
		return g.IntN(2) == 0
	case types.Int:
		return pick(g, 0, 1, -1, 7, math.MaxInt32, math.MinInt32, int64(int32(g.Uint32())))
	case types.Long, types.Timestamp, types.Duration:
		return pick(g, 0, 1, -1, 2, 86_400_000_000, math.MaxInt64, math.MinInt64, int64(g.Uint64()>>g.IntN(64)))
	case types.Date:
		return int64(g.IntN(40000) - 20000)
	case types.Float:
		return float64(float32(g.double()))
	case types.Double:
		return g.double()
	case types.Decimal:
		n, _ := new(big.Int).SetString("99999999999999999999999999999999999999"[:g.IntN(t.Precision)+1], 10)
		n.Rand(oldrand.New(oldrand.NewSource(g.Int64())), n)
		if g.IntN(2) == 0 {
			n.Neg(n)
		}
		return types.Dec{Unscaled: n, Scale: t.Scale}
	case types.String:
		return pick(g, "", "a", "ab", "12", "-7", "9223372036854775808", "zürich", "\U0001F600")
	case types.Bytes:
		return pick(g, []byte{}, []byte{0}, []byte{255, 1})
	case types.UUID:
		id := make([]byte, 16)
		id[pick(g, 0, 15)] = byte(g.IntN(2))
		return id
	case types.Period:
		return types.Per{Months: g.IntN(30) - 15, Days: g.IntN(60) - 30}
	case types.Enum:
		return pick(g, t.Symbols...)
	case types.Array:
		out := []any{}
		for range g.IntN(4) {
			out = append(out, g.value(t.Elem))
		}
		return out
	case types.Map:
		m := types.MapValue{}
		for _, i := range g.Perm(3)[:g.IntN(4)] {
			m.Keys, m.Values = append(m.Keys, string(rune('a'+i))), append(m.Values, g.value(t.Elem))
		}
		return m
	case types.Record:
		return g.record(t)
	case types.Union:
		b := g.IntN(len(t.Branches))
		return types.UnionValue{Branch: b, Record: g.record(t.Branches[b])}
	}
	panic("no values of " + t.String())
}

func (g *generator) record(t *types.Type) []any {
	out := make([]any, len(t.Fields))
	for i, f := range t.Fields {
		out[i] = g.value(f.Type)
	}
	return out
}

func (g *generator) double() float64 {
	return pick(g, 0, math.Copysign(0, -1), 1, -1.5, 0.1, math.NaN(), math.Inf(1), math.Inf(-1), 1e300, 5e-324, float64(g.IntN(10)), g.NormFloat64()*1e6)
}

// expr is a random expression of a type; it is never null unless the type is.
func (g *generator) expr(t *types.Type, depth int) ir.Expr {
	base := ir.Base{T: t}
	if depth <= 0 || g.IntN(8) == 0 {
		return g.leaf(t)
	}
	sub := func(t *types.Type) ir.Expr { return g.expr(t, depth-1) }
	maybe := func(t *types.Type) *types.Type { return t.WithNull(g.IntN(2) == 0) }
	switch g.IntN(9) {
	case 0:
		return &ir.If{Base: base, Cond: sub(types.TBoolean), Then: sub(t), Else: sub(t)}
	case 1:
		return &ir.Coalesce{Base: base, X: sub(t.OrNull()), Y: sub(t), Errors: g.IntN(2) == 0}
	case 2:
		if t.Nullable {
			return &ir.Try{Base: base, X: sub(t)}
		}
	case 3:
		switch {
		case t.Nullable && types.Equal(t.NonNull(), types.TLong):
			return &ir.Field{Base: base, X: sub(maybe(tPoint)), Name: "x"}
		case t.Nullable && t.Kind == types.Record:
			return sub(t.NonNull())
		}
	}
	// An operand may be null where the result may be.
	operand := func(t2 *types.Type) ir.Expr { return sub(t2.WithNull(t.Nullable && g.IntN(2) == 0)) }
	op := func(op ir.Op, x, y *types.Type) ir.Expr {
		return &ir.Binary{Base: base, Op: op, X: operand(x), Y: operand(y)}
	}
	cast := func(from *types.Type) ir.Expr { return &ir.Cast{Base: base, X: operand(from)} }
	switch t.Kind {
	case types.Boolean:
		return g.boolean(t, sub, maybe)
	case types.Int, types.Long:
		switch g.IntN(9) {
		case 0:
			return &ir.Unary{Base: base, Op: ir.Neg, X: operand(t.NonNull())}
		case 1:
			return cast(pick(g, types.TInt, types.TLong, types.TDouble, tSmall, types.TString))
		case 2:
			if t.Kind == types.Long {
				return &ir.Call{Base: base, Name: "even", Args: []ir.Expr{operand(types.TLong)}}
			}
		case 3:
			if t.Kind == types.Long {
				return &ir.Call{Base: base, Name: "or_zero", Args: []ir.Expr{sub(maybe(types.TLong))}}
			}
		case 4:
			if t.Kind == types.Long && t.Nullable {
				return &ir.UnionField{Base: base, X: sub(maybe(tShape)), Name: "id"}
			}
		}
		return op(pick(g, ir.Add, ir.Sub, ir.Mul, ir.Mod), t.NonNull(), t.NonNull())
	case types.Float, types.Double:
		if t.Kind == types.Double && g.IntN(3) == 0 {
			return cast(pick(g, types.TInt, types.TLong, types.TFloat, tSmall))
		}
		if g.IntN(4) == 0 {
			return &ir.Unary{Base: base, Op: ir.Neg, X: operand(t.NonNull())}
		}
		return op(pick(g, ir.Add, ir.Sub, ir.Mul, ir.Div, ir.Mod), t.NonNull(), t.NonNull())
	case types.Decimal:
		switch g.IntN(3) {
		case 0:
			return cast(pick(g, types.TInt, types.TLong, tSmall, tWide))
		case 1:
			return &ir.Unary{Base: base, Op: ir.Neg, X: operand(t.NonNull())}
		}
		return op(pick(g, ir.Add, ir.Sub, ir.Mul, ir.Div, ir.Mod), pick(g, tSmall, tWide), pick(g, tSmall, tWide))
	case types.String:
		return cast(pick(g, types.TBoolean, types.TInt, types.TLong, tSmall, tColor))
	case types.Date:
		return op(pick(g, ir.Add, ir.Sub), types.TDate, types.TPeriod)
	case types.Timestamp:
		return op(pick(g, ir.Add, ir.Sub), types.TTimestamp, types.TDuration)
	case types.Duration:
		switch g.IntN(5) {
		case 0:
			return op(pick(g, ir.Mul, ir.Div), types.TDuration, types.TLong)
		case 1:
			return op(ir.Sub, types.TTimestamp, types.TTimestamp)
		case 2:
			return &ir.Unary{Base: base, Op: ir.Neg, X: operand(types.TDuration)}
		}
		return op(pick(g, ir.Add, ir.Sub), types.TDuration, types.TDuration)
	case types.Array:
		return g.array(t, sub, operand)
	case types.Record:
		if types.Equal(t.NonNull(), tBigger) {
			return cast(tPoint)
		}
		return &ir.MakeRecord{Base: base, Values: []ir.Expr{sub(t.Fields[0].Type), sub(t.Fields[1].Type)}}
	case types.Union:
		b := g.IntN(2)
		return &ir.MakeUnion{Base: base, Branch: b, X: operand(t.Branches[b])}
	}
	return g.leaf(t)
}

func (g *generator) array(t *types.Type, sub, operand func(*types.Type) ir.Expr) ir.Expr {
	base := ir.Base{T: t}
	if t.Elem.Kind != types.Long {
		return &ir.Cast{Base: base, X: operand(tLongs)}
	}
	if g.IntN(3) > 0 {
		out := &ir.MakeList{Base: base}
		for range g.IntN(3) {
			out.Items = append(out.Items, sub(t.Elem))
		}
		return out
	}
	xs := operand(tLongs)
	local := &ir.Local{Base: ir.Base{T: t.Elem}, Name: string(rune('p' + len(g.locals)))}
	g.locals = append(g.locals, local)
	body := sub(t.Elem)
	g.locals = g.locals[:len(g.locals)-1]
	l := &ir.Lambda{Base: ir.Base{T: types.FuncOf(t.Elem, t.Elem)}, Params: []string{local.Name}, Body: body}
	return &ir.Call{Base: base, Name: "transform", Args: []ir.Expr{xs, l}}
}

func (g *generator) boolean(t *types.Type, sub func(*types.Type) ir.Expr, maybe func(*types.Type) *types.Type) ir.Expr {
	base := ir.Base{T: t}
	other := pick(g, randomTypes...)
	switch g.IntN(8) {
	case 0:
		return &ir.And{Base: base, X: sub(types.TBoolean), Y: sub(types.TBoolean)}
	case 1:
		return &ir.Or{Base: base, X: sub(types.TBoolean), Y: sub(types.TBoolean)}
	case 2:
		return &ir.Unary{Base: base, Op: ir.Not, X: sub(types.TBoolean.WithNull(t.Nullable))}
	case 3:
		return &ir.IsNull{Base: base, X: sub(other.OrNull())}
	case 4:
		if g.IntN(2) == 0 {
			return &ir.IsBranch{Base: base, X: sub(maybe(tShape)), Branch: g.IntN(2)}
		}
		in := &ir.In{Base: base, X: sub(maybe(other))}
		for range 1 + g.IntN(3) {
			in.List = append(in.List, sub(maybe(other)))
		}
		return in
	case 5:
		return &ir.Binary{Base: base, Op: pick(g, ir.Eq, ir.Ne), X: sub(maybe(other)), Y: sub(maybe(other))}
	}
	for !other.IsOrdered() {
		other = pick(g, randomTypes...)
	}
	return &ir.Binary{Base: base, Op: pick(g, ir.Lt, ir.Le, ir.Gt, ir.Ge), X: sub(other.WithNull(t.Nullable)), Y: sub(other)}
}

func (g *generator) leaf(t *types.Type) ir.Expr {
	base := ir.Base{T: t}
	for _, l := range g.locals {
		if types.Equal(l.T, t) && g.IntN(2) == 0 {
			return l
		}
	}
	if g.IntN(4) > 0 {
		for _, c := range g.cols {
			if types.Equal(c.Type.NonNull(), t.NonNull()) && (t.Nullable || !c.Type.Nullable) && g.IntN(2) == 0 {
				return &ir.Column{Base: ir.Base{T: c.Type}, Name: c.Name}
			}
		}
		if types.Equal(t, types.TLong) && g.IntN(2) == 0 {
			return &ir.Param{Base: base, Name: "limit"}
		}
		if t.Nullable && t.Kind == types.Record && g.IntN(2) == 0 {
			for b, branch := range tShape.Branches {
				if types.Equal(branch, t.NonNull()) {
					return &ir.AsBranch{Base: base, X: g.expr(tShape, 0), Branch: b}
				}
			}
		}
	}
	return &ir.Const{Base: base, Value: g.value(t)}
}
