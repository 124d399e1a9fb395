package wasm

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm"
	"github.com/edynamic/edynamic/vm/kernel"
)

// tables computes a table function of the scalar convention: the module gives the rows
// for each argument packed one after the other, and they become an array.
func (f *Function) tables(c *kernel.Call) arrow.Array {
	packed := *c
	packed.Result = types.TBytes
	failed := map[int]bool{}
	packed.OnFail = func(row int, reason string) { failed[row] = true; c.Fail(row, reason) }
	packed.OnTrap = func(row int, code, reason string) { failed[row] = true; c.Trap(row, code, reason) }
	bytes := f.scalar(&packed)
	defer bytes.Release()
	values := make([]any, c.N)
	for i := range values {
		values[i] = []any{}
	}
	read := kernel.Reader[[]byte](kernel.Vector{Type: types.TBytes, Arr: bytes})
	c.Each(func(row int) {
		if failed[row] {
			return
		}
		rows, err := unpack(f.table.Elem, read(row))
		if err != nil {
			c.Trap(row, CodeResult, "the WASM function "+f.decl.Name+" gave rows that are none: "+err.Error())
			return
		}
		values[row] = rows
	})
	return vm.FromValues(c.Alloc, f.table, values)
}

var errCutOff = errors.New("they are cut off")

// unpack reads rows: their columns in order, numbers with the lowest byte first, texts
// behind their length in four bytes. A column that may be null begins with a byte, 0
// for null.
func unpack(row *types.Type, data []byte) ([]any, error) {
	u := &unpacker{data: data}
	columns := sig.RowTypes(row)
	rows := []any{}
	for len(u.data) > 0 {
		values := make([]any, len(columns))
		for i, t := range columns {
			var err error
			if values[i], err = u.value(t); err != nil {
				return nil, err
			}
		}
		if row.Kind == types.Record {
			rows = append(rows, values)
		} else {
			rows = append(rows, values[0])
		}
	}
	return rows, nil
}

type unpacker struct{ data []byte }

func (u *unpacker) take(n int) ([]byte, error) {
	if n < 0 || n > len(u.data) {
		return nil, errCutOff
	}
	b := u.data[:n:n]
	u.data = u.data[n:]
	return b, nil
}

func (u *unpacker) value(t *types.Type) (any, error) {
	if t.Nullable {
		there, err := u.take(1)
		if err != nil || there[0] == 0 {
			return nil, err
		}
	}
	form, _ := sig.ScalarForm(t)
	if form.Text {
		return u.text(t)
	}
	size := 8
	if form.Wire == sig.I32 || form.Wire == sig.F32 {
		size = 4
	}
	b, err := u.take(size)
	if err != nil {
		return nil, err
	}
	var bits [8]byte
	copy(bits[:], b)
	return fromBits(t, form.Wire, binary.LittleEndian.Uint64(bits[:]))
}

// fromBits is a number of fixed width as a value of a type.
func fromBits(t *types.Type, wire string, n uint64) (any, error) {
	switch {
	case wire == sig.F32:
		return float64(math.Float32frombits(uint32(n))), nil
	case wire == sig.F64:
		return math.Float64frombits(n), nil
	case t.Kind == types.Boolean:
		return n != 0, nil
	case t.Kind == types.Enum:
		if n >= uint64(len(t.Symbols)) {
			return nil, errors.New("an enum has no symbol of the number")
		}
		return t.Symbols[n], nil
	case t.Kind == types.Decimal:
		if limit := int64(math.Pow10(t.Precision)); int64(n) >= limit || int64(n) <= -limit {
			return nil, errors.New("a number has too many digits")
		}
		return types.Dec{Unscaled: big.NewInt(int64(n)), Scale: t.Scale}, nil
	case wire == sig.I32:
		return int64(int32(n)), nil
	}
	return int64(n), nil
}

func (u *unpacker) text(t *types.Type) (any, error) {
	size, err := u.take(4)
	if err != nil {
		return nil, err
	}
	b, err := u.take(int(binary.LittleEndian.Uint32(size)))
	if err != nil {
		return nil, err
	}
	if reason := unfit(t, b); reason != "" {
		return nil, errors.New("it " + reason)
	}
	if t.Kind == types.String || t.Kind == types.JSON {
		return string(b), nil
	}
	return append([]byte{}, b...), nil
}
