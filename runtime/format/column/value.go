package column

import (
	"fmt"
	"math/big"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/types"
)

// Value appends a value held as package types describes, such as the default of
// a field.
func (b *Builder) Value(v any) {
	if v == nil {
		b.Null()
		return
	}
	switch b.Type.Kind {
	case types.Unknown, types.Null, types.Func, types.Var:
		b.Null()
	case types.Boolean:
		b.Bool(v.(bool))
	case types.Int, types.Date:
		b.Int32(int32(v.(int64)))
	case types.Long, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		b.Int64(v.(int64))
	case types.Float:
		b.Float(float32(v.(float64)))
	case types.Double:
		b.Double(v.(float64))
	case types.Decimal:
		b.Decimal(rescale(v.(types.Dec), b.Type.Scale))
	case types.String, types.JSON:
		b.Bytes([]byte(v.(string)))
	case types.Bytes, types.Geography:
		b.Bytes(v.([]byte))
	case types.Fixed, types.UUID:
		b.FixedBytes(v.([]byte))
	case types.Period:
		p := v.(types.Per)
		b.Period(int32(p.Months), int32(p.Days))
	case types.Enum:
		b.Int32(int32(symbolIndex(b.Type, v.(string))))
	case types.Array:
		for _, e := range v.([]any) {
			b.Kids[0].Value(e)
		}
		b.EndList()
	case types.Map:
		m := v.(types.MapValue)
		for i, k := range m.Keys {
			b.Kids[0].Bytes([]byte(k))
			b.Kids[1].Value(m.Values[i])
		}
		b.EndList()
	case types.Record:
		for i, e := range v.([]any) {
			b.Kids[i].Value(e)
		}
		b.EndRecord()
	case types.Union:
		u := v.(types.UnionValue)
		b.Kids[u.Branch].Value(u.Record)
		b.EndUnion(u.Branch)
	}
}

// rescale gives a decimal the column's scale; the checker has made sure that no
// digit is lost.
func rescale(d types.Dec, scale int) decimal128.Num {
	n := new(big.Int).Set(d.Unscaled)
	if d.Scale < scale {
		n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale-d.Scale)), nil))
	} else if d.Scale > scale {
		n.Quo(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale-scale)), nil))
	}
	return decimal128.FromBigInt(n)
}

func symbolIndex(t *types.Type, symbol string) int {
	for i, s := range t.Symbols {
		if s == symbol {
			return i
		}
	}
	panic(fmt.Sprintf("column: enum %s has no symbol %s", t.Name, symbol))
}
