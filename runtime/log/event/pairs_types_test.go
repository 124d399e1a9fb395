package event_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"

	"github.com/edynamic/edynamic/lang/types"
)

// schemas makes random row types, changes of them, and rows.
type schemas struct {
	*rand.Rand
	written bool // values are those of defaults: Avro has no way to write some of them
	colored bool // the row has an enum, whose name Avro would not define twice
}

func named(kind types.Kind, name string) *types.Type { return &types.Type{Kind: kind, Name: name} }

// row is a record or, now and then, a union of some.
func (g *schemas) row() *types.Type {
	if g.IntN(6) == 0 {
		return g.union()
	}
	r := named(types.Record, "Row")
	for i := range 1 + g.IntN(4) {
		r.Fields = append(r.Fields, types.Field{Name: string(rune('f' + i)), Type: g.typ(2)})
	}
	return r
}

// union has branches among A, B and C.
func (g *schemas) union() *types.Type {
	u := named(types.Union, "ABC")
	for _, name := range []string{"A", "B", "C"}[g.IntN(2) : 2+g.IntN(2)] {
		b := named(types.Record, name)
		b.Fields = append(b.Fields, types.Field{Name: "x", Type: g.scalar()}, types.Field{Name: "y", Type: g.scalar()})
		u.Branches = append(u.Branches, b)
	}
	return u
}

func (g *schemas) scalar() *types.Type {
	all := []*types.Type{types.TInt, types.TLong, types.TFloat, types.TDouble, types.TInt, types.TLong, types.TFloat, types.TDouble,
		types.TBoolean, types.TString, types.TBytes, types.TUUID, types.TDate, types.TTime, types.TTimestamp, types.TLocalTimestamp,
		types.DecimalOf(9, 2), types.DecimalOf(9, 3), types.DecimalOf(20, 4)}
	return all[g.IntN(len(all))]
}

// typ is any type. A named one has a name that tells what it is, so that two of a name are
// equal: Avro defines a name once.
func (g *schemas) typ(depth int) *types.Type {
	t := g.scalar()
	switch n := g.IntN(11); {
	case n == 4 && !g.colored:
		g.colored = true
		t = g.color()
	case n == 0:
		size := 1 + g.IntN(3)
		t = &types.Type{Kind: types.Fixed, Size: size}
	case n == 1 && depth > 0:
		t = types.ArrayOf(g.typ(depth - 1))
	case n == 2 && depth > 0:
		t = types.MapOf(g.typ(depth - 1))
	case n == 3 && depth > 0:
		t = named(types.Record, "")
		for _, f := range []string{"a", "b", "c"}[:1+g.IntN(3)] {
			t.Fields = append(t.Fields, types.Field{Name: f, Type: g.typ(depth - 1)})
		}
	}
	return t.WithNull(g.IntN(3) == 0)
}

// color is an enum with some symbols of all.
func (g *schemas) color() *types.Type {
	t := &types.Type{Kind: types.Enum, Name: "Color"}
	for _, at := range g.Perm(4)[:1+g.IntN(4)] {
		t.Symbols = append(t.Symbols, []string{"red", "green", "blue", "black"}[at])
	}
	if g.IntN(2) == 0 {
		t.Default = t.Symbols[g.IntN(len(t.Symbols))]
	}
	return t
}

// next is the type that the rows of another are read with: a change of it, also from one
// record to a union of several, or back.
func (g *schemas) next(t *types.Type) *types.Type {
	switch {
	case t.Kind == types.Record && g.IntN(10) == 0:
		return &types.Type{Kind: types.Union, Name: "ABC", Branches: []*types.Type{{Kind: types.Record, Name: "D",
			Fields: []types.Field{{Name: "z", Type: types.TLong}}}, g.changed(t)}}
	case t.Kind == types.Union && g.IntN(6) == 0:
		return g.changed(t.Branches[g.IntN(len(t.Branches))])
	}
	return g.changed(t)
}

// changed is a row type that somebody has gone on with.
func (g *schemas) changed(t *types.Type) *types.Type {
	if t.Kind == types.Union {
		return g.changedUnion(t)
	}
	next := named(types.Record, t.Name)
	next.Fields = slices.Clone(t.Fields)
	for range g.IntN(4) {
		i := g.IntN(len(next.Fields))
		f := &next.Fields[i]
		switch g.IntN(9) {
		case 0:
			if !f.HasDef {
				f.Type = f.Type.WithNull(!f.Type.Nullable)
			}
		case 1:
			f.Type, f.HasDef, f.Default = g.typ(2), false, nil
		case 2:
			if len(next.Fields) > 1 {
				next.Fields = slices.Delete(next.Fields, i, i+1)
			}
		case 3: // a type without a name of its own is called after its field
			if f.Name[0] < 'n' && !unnamed(f.Type) {
				f.Was, f.Name = []string{f.Name}, f.Name+"x"
			}
		case 4:
			f := types.Field{Name: fmt.Sprintf("n%d", g.IntN(100)), Type: g.typ(1)}
			if f.HasDef = g.IntN(4) > 0; f.HasDef {
				f.Type = g.defaulted().WithNull(g.IntN(3) == 0)
				g.written = true
				f.Default = g.value(f.Type)
				g.written = false
			}
			if !slices.ContainsFunc(next.Fields, func(o types.Field) bool { return o.Name == f.Name }) {
				next.Fields = append(next.Fields, f)
			}
		case 5:
			next.Fields = append(next.Fields[i:len(next.Fields):len(next.Fields)], next.Fields[:i]...)
		default:
			if !f.HasDef {
				f.Type = g.widened(f.Type)
			}
		}
	}
	return next
}

func (g *schemas) changedUnion(t *types.Type) *types.Type {
	u := named(types.Union, t.Name)
	for _, b := range t.Branches {
		if g.IntN(8) > 0 {
			u.Branches = append(u.Branches, g.changed(b))
		}
	}
	if g.IntN(4) == 0 || len(u.Branches) == 0 {
		u.Branches = append(u.Branches, &types.Type{Kind: types.Record, Name: "D", Fields: []types.Field{{Name: "z", Type: types.TLong}}})
	}
	return u
}

// widened is a type that reads another, mostly.
func (g *schemas) widened(t *types.Type) *types.Type {
	out := *t
	switch t.Kind {
	case types.Int:
		out = *[]*types.Type{types.TLong, types.TFloat, types.TDouble}[g.IntN(3)]
	case types.Long:
		out = *[]*types.Type{types.TFloat, types.TDouble}[g.IntN(2)]
	case types.Float:
		out = *types.TDouble
	case types.Enum:
		out = *g.color()
	case types.String, types.Bytes:
		out = *[]*types.Type{types.TString, types.TBytes}[g.IntN(2)]
	case types.Decimal:
		out = *types.DecimalOf(t.Precision+g.IntN(2), t.Scale)
	case types.Array, types.Map:
		out.Elem = g.widened(t.Elem)
	case types.Record:
		if len(t.Fields) > 0 {
			out = *g.changed(t)
		}
	}
	return out.WithNull(t.Nullable || g.IntN(3) == 0)
}

// defaulted is a type whose defaults the other implementation can read. It takes those of
// times for nanoseconds, rounds large whole numbers, and cannot read those of fixed bytes
// and of maps that may be null.
func (g *schemas) defaulted() *types.Type {
	all := []*types.Type{types.TBoolean, types.TInt, types.TLong, types.TFloat, types.TDouble, types.TString, types.TBytes, types.ArrayOf(types.TLong)}
	return all[g.IntN(len(all))]
}

func (g *schemas) infinite() float64 {
	if g.written {
		return 1
	}
	return math.Inf(1 - 2*g.IntN(2))
}

// unnamed reports types that Avro names, and edy does not.
func unnamed(t *types.Type) bool {
	return t.Kind == types.Record || t.Kind == types.Fixed || t.Elem != nil && unnamed(t.Elem)
}

// value is a value of a type.
func (g *schemas) value(t *types.Type) any {
	if t.Nullable && g.IntN(3) == 0 {
		return nil
	}
	switch t.Kind {
	case types.Boolean:
		return g.IntN(2) == 0
	case types.Int, types.Date:
		return int64(int32(g.Uint32()) >> g.IntN(31))
	case types.Long:
		if g.written {
			return g.Int64N(1<<53) - 1<<52
		}
		return int64(g.Uint64()) >> g.IntN(63)
	case types.Time:
		return g.Int64N(86_400_000_000)
	case types.Timestamp, types.LocalTimestamp:
		return (int64(g.Uint64()) >> 8) >> g.IntN(40)
	case types.Float:
		return float64([]float32{0, -1.5, 3.4028235e38, float32(g.NormFloat64()), float32(g.infinite())}[g.IntN(5)])
	case types.Double:
		return []float64{0, -1.5, 1e300, g.NormFloat64(), g.infinite()}[g.IntN(5)]
	case types.Decimal:
		most := int64(math.Pow10(min(t.Precision, 17)))
		return types.Dec{Unscaled: big.NewInt(g.Int64N(2*most-1) - most + 1), Scale: t.Scale}
	case types.Enum:
		return t.Symbols[g.IntN(len(t.Symbols))]
	case types.String:
		return []string{"", "a\"b\n", "größe 😀"}[g.IntN(3)]
	case types.Bytes:
		return []byte{0, 200, 255}[:g.IntN(4)]
	case types.Fixed, types.UUID:
		b := make([]byte, 16)
		for i := range b {
			b[i] = byte(g.Uint32())
		}
		if t.Kind == types.Fixed {
			b = b[:t.Size]
		}
		return b
	case types.Array:
		out := []any{}
		for range g.IntN(3) {
			out = append(out, g.value(t.Elem))
		}
		return out
	case types.Map:
		m := types.MapValue{}
		for _, k := range []string{"k", "l"}[:g.IntN(3)] {
			m.Keys, m.Values = append(m.Keys, k), append(m.Values, g.value(t.Elem))
		}
		return m
	case types.Record:
		out := []any{}
		for _, f := range t.Fields {
			out = append(out, g.value(f.Type))
		}
		return out
	case types.Union:
		i := g.IntN(len(t.Branches))
		return types.UnionValue{Branch: i, Record: g.value(t.Branches[i]).([]any)}
	default:
		panic("no value of " + t.String())
	}
}
