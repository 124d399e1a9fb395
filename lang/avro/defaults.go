package avro

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/lang/types"
)

// defaultJSON writes a default as Avro's JSON; ok is false where that cannot hold it:
// it has no NaN, no negative period, and of a union only the first branch.
func defaultJSON(t *types.Type, v any) (out any, ok bool) {
	if v == nil {
		return nil, t.Nullable
	}
	switch t.Kind {
	case types.Boolean:
		b, ok := v.(bool)
		return b, ok
	case types.Int, types.Long, types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		n, ok := v.(int64)
		return wholeNumber(n), ok
	case types.Float, types.Double:
		f, ok := v.(float64)
		if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, false
		}
		return json.Number(strconv.FormatFloat(f, 'g', -1, 64)), true
	case types.Decimal:
		d, ok := v.(types.Dec)
		if !ok || d.Unscaled == nil || d.Scale != t.Scale {
			return nil, false
		}
		return latin(twosComplement(d.Unscaled)), true
	case types.String, types.JSON:
		s, ok := v.(string)
		return s, ok
	case types.Enum:
		symbols, _ := distinctNames(t.Symbols)
		s, _ := v.(string)
		if i := slices.Index(t.Symbols, s); i >= 0 {
			return symbols[i], true
		}
		return nil, false
	case types.Bytes, types.Fixed, types.Geography:
		b, ok := v.([]byte)
		return latin(b), ok
	case types.UUID:
		b, ok := v.([]byte)
		return uuidText(b), ok && len(b) == 16
	case types.Period:
		return periodJSON(v)
	case types.Array:
		return elementsJSON(t.Elem, v)
	case types.Map:
		return entriesJSON(t.Elem, v)
	case types.Record:
		return recordJSON(t, v)
	case types.Union:
		u, ok := v.(types.UnionValue)
		if !ok || u.Branch != 0 || len(t.Branches) == 0 {
			return nil, false
		}
		return recordJSON(t.Branches[0], u.Record)
	case types.Unknown, types.Null, types.Func, types.Var:
	}
	return nil, false
}

func wholeNumber(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }

// inner is defaultJSON for a value within another, where null is the first branch.
func inner(t *types.Type, v any) (any, bool) {
	if t.Nullable && v != nil {
		return nil, false
	}
	return defaultJSON(t, v)
}

func periodJSON(v any) (any, bool) {
	p, ok := v.(types.Per)
	if !ok || p.Months < 0 || p.Days < 0 || p.Months > math.MaxUint32 || p.Days > math.MaxUint32 {
		return nil, false
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(p.Months))
	b = binary.LittleEndian.AppendUint32(b, uint32(p.Days))
	return latin(append(b, 0, 0, 0, 0)), true
}

func elementsJSON(elem *types.Type, v any) (any, bool) {
	list, ok := v.([]any)
	out := make([]any, len(list))
	for i, x := range list {
		y, fits := inner(elem, x)
		out[i], ok = y, ok && fits
	}
	return out, ok
}

func entriesJSON(elem *types.Type, v any) (any, bool) {
	m, ok := v.(types.MapValue)
	out := object{}
	for i, k := range m.Keys {
		y, fits := inner(elem, m.Values[i])
		out.set(k, y)
		ok = ok && fits
	}
	return out, ok
}

func recordJSON(t *types.Type, v any) (any, bool) {
	values, ok := v.([]any)
	if !ok || len(values) != len(t.Fields) {
		return nil, false
	}
	written := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		written[i] = f.Name
	}
	names, _ := distinctNames(written)
	out := object{}
	for i, f := range t.Fields {
		y, fits := inner(f.Type, values[i])
		if f.Type.Nullable && f.HasDef && f.Default != nil {
			fits = false // null is the last branch of this field
		}
		out.set(names[i], y)
		ok = ok && fits
	}
	return out, ok
}

// latin is bytes as Avro's JSON writes them: a character each.
func latin(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return s.String()
}

// unlatin is the inverse of latin.
func unlatin(v any) ([]byte, bool) {
	s, ok := v.(string)
	out := []byte{}
	for _, r := range s {
		if r > 0xFF {
			return nil, false
		}
		out = append(out, byte(r))
	}
	return out, ok
}

// twosComplement is a whole number in as few bytes as hold it, big end first.
func twosComplement(n *big.Int) []byte {
	if n.Sign() == 0 {
		return []byte{0}
	}
	if n.Sign() > 0 {
		b := n.Bytes()
		if b[0]&0x80 != 0 {
			b = append([]byte{0}, b...)
		}
		return b
	}
	size := len(n.Bytes())
	if new(big.Int).Neg(n).Cmp(new(big.Int).Lsh(big.NewInt(1), uint(8*size-1))) > 0 {
		size++
	}
	b := new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size))).Bytes()
	for len(b) < size {
		b = append([]byte{0}, b...)
	}
	return b
}

// fromTwosComplement is the inverse of twosComplement.
func fromTwosComplement(b []byte) *big.Int {
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return n
}

func uuidText(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func uuidBytes(s string) ([]byte, bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return nil, false
	}
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	return b, err == nil && len(b) == 16
}
