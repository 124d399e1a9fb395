package wasm

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"unicode/utf8"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// scalarResult builds the array of results out of the loop's memory, and checks that
// they are values of their type.
type scalarResult struct {
	t    *types.Type
	take func(r *scalarRun, first, from, to int)
	// setText is for texts alone: at a null pointer a nullable one is null.
	setText func(r *scalarRun, row int, text []byte, isNull bool)
	finish  func() arrow.Array
}

func newScalarResult(f *Function, c *kernel.Call) *scalarResult {
	t := f.decl.Result
	col := f.layout.result
	switch {
	case col.form.Text:
		return newTextResult(t, col, c)
	case t.Kind == types.Boolean:
		return newColumnResult(t, col, c, func(r *scalarRun, at, _ int) (bool, bool) { return r.word(at) != 0, true })
	case t.Kind == types.Enum:
		return newColumnResult(t, col, c, func(r *scalarRun, at, row int) (int32, bool) { return r.symbol(t, at, row) })
	case t.Kind == types.Decimal:
		return newColumnResult(t, col, c, func(r *scalarRun, at, row int) (decimal128.Num, bool) { return r.decimal(t, at, row) })
	case col.form.Wire == sig.I32:
		return newFixedResult[int32](t, col, c)
	case col.form.Wire == sig.I64:
		return newFixedResult[int64](t, col, c)
	case col.form.Wire == sig.F32:
		return newFixedResult[float32](t, col, c)
	}
	return newFixedResult[float64](t, col, c)
}

func (r *scalarRun) word(at int) uint32 { return binary.LittleEndian.Uint32(r.in.columns[at:]) }

// symbol is an enum by the number of its symbol.
func (r *scalarRun) symbol(t *types.Type, at, row int) (int32, bool) {
	n := r.word(at)
	if n >= uint32(len(t.Symbols)) {
		r.c.Trap(row, CodeResult, fmt.Sprintf("%s gave %d, and %s has %d symbols", r.name(), int32(n), t.Name, len(t.Symbols)))
		return 0, false
	}
	return int32(n), true
}

func (r *scalarRun) decimal(t *types.Type, at, row int) (decimal128.Num, bool) {
	n := int64(binary.LittleEndian.Uint64(r.in.columns[at:]))
	if limit := int64(math.Pow10(t.Precision)); n >= limit || n <= -limit {
		r.c.Trap(row, CodeResult, fmt.Sprintf("%s gave a number with more than %d digits", r.name(), t.Precision))
		return decimal128.Num{}, false
	}
	return decimal128.FromI64(n), true
}

// isNull reports a result that is null.
func (r *scalarRun) isNull(col column, i int) bool {
	return col.nulls != 0 && r.in.columns[col.nulls+i] == 0
}

// newColumnResult is for types that are read one by one.
func newColumnResult[T kernel.Value](t *types.Type, col column, c *kernel.Call, read func(r *scalarRun, at, row int) (T, bool)) *scalarResult {
	out := kernel.NewColumn[T](c)
	return &scalarResult{t: t, finish: out.Finish, take: func(r *scalarRun, first, from, to int) {
		for i := from; i < to; i++ {
			row := r.row(first + i)
			if r.isNull(col, i) {
				out.Null(row)
			} else if v, ok := read(r, col.values+i*col.width(), row); ok {
				out.Set(row, v)
			}
		}
	}}
}

// newFixedResult is for types whose every bit pattern is a value.
func newFixedResult[T int32 | int64 | float32 | float64](t *types.Type, col column, c *kernel.Call) *scalarResult {
	arr, values := kernel.NewFixed[T](c.Alloc, kernel.ArrowType(t), c.N)
	var nulls *kernel.Validity
	return &scalarResult{t: t, take: func(r *scalarRun, first, from, to int) {
		results := unsafe.Slice((*T)(unsafe.Pointer(&r.in.columns[col.values])), loopRows)
		if c.Sel == nil {
			copy(values[first+from:], results[from:to])
		} else {
			for i := from; i < to; i++ {
				values[c.Sel[first+i]] = results[i]
			}
		}
		for i := from; col.nulls != 0 && i < to; i++ {
			if r.isNull(col, i) {
				if nulls == nil {
					nulls = kernel.NewValidity(c.Alloc, c.N)
				}
				nulls.Clear(r.row(first + i))
			}
		}
	}, finish: func() arrow.Array {
		if nulls == nil {
			return arr
		}
		defer arr.Release()
		return nulls.Put(c.Alloc, arr)
	}}
}

func newTextResult(t *types.Type, col column, c *kernel.Call) *scalarResult {
	out := kernel.NewColumn[[]byte](c)
	set := func(r *scalarRun, row int, text []byte, isNull bool) {
		switch reason := unfit(t, text); {
		case t.Nullable && isNull:
			out.Null(row)
		case reason != "":
			r.c.Trap(row, CodeResult, r.name()+" "+reason)
		default:
			out.Set(row, text)
		}
	}
	return &scalarResult{t: t, finish: out.Finish, setText: set, take: func(r *scalarRun, first, from, to int) {
		begin := uint32(0)
		texts := r.in.columns[r.f.layout.texts:][:textRoom]
		for i := from; i < to; i++ {
			end := r.word(col.values + 4*i)
			set(r, r.row(first+i), texts[begin:end], r.isNull(col, i))
			begin = end
		}
	}}
}

// unfit says why bytes are not a value of a type, "" when they are.
func unfit(t *types.Type, text []byte) string {
	switch t.Kind {
	case types.String:
		if !utf8.Valid(text) {
			return "gave a text that is not UTF-8"
		}
	case types.JSON:
		if !json.Valid(text) {
			return "gave a text that is not JSON"
		}
	case types.UUID:
		return unfitLength(16, len(text))
	case types.Fixed:
		return unfitLength(t.Size, len(text))
	default:
	}
	return ""
}

func unfitLength(want, have int) string {
	if want == have {
		return ""
	}
	return fmt.Sprintf("gave %d bytes in place of %d", have, want)
}
