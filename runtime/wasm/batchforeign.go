package wasm

import (
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// The public arrow-udf project has types of its own: decimals and JSON are texts whose
// field says what they are, and there are texts and bytes with offsets of 64 bits. A
// function whose export is named by a signature gets and gives those.

// The names that fields have in their metadata.
const (
	extensionKey  = "ARROW:extension:name"
	foreignPrefix = "arrowudf."
)

// foreignType is what a value of a type is carried by in a signature.
func foreignType(t *types.Type) *types.Type {
	out := *t
	switch t.Kind {
	case types.Decimal:
		return types.TString.WithNull(t.Nullable)
	case types.Array, types.Map:
		out.Elem = foreignType(t.Elem)
	case types.Record:
		out.Fields = make([]types.Field, len(t.Fields))
		for i, f := range t.Fields {
			out.Fields[i] = types.Field{Name: f.Name, Type: foreignType(f.Type)}
		}
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.String, types.Bytes, types.Fixed,
		types.UUID, types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration, types.Period, types.Enum, types.Geography,
		types.JSON, types.Union, types.Func, types.Var:
		return t
	}
	return &out
}

// foreignField is the field of a value of a type.
func foreignField(name string, t *types.Type) arrow.Field {
	f := arrow.Field{Name: name, Type: kernel.ArrowType(foreignType(t)), Nullable: true}
	switch t.Kind {
	case types.Decimal, types.JSON:
		f.Metadata = arrow.NewMetadata([]string{extensionKey}, []string{foreignPrefix + strings.ToLower(t.Kind.String())})
	case types.Array:
		f.Type = arrow.ListOfField(foreignField("item", t.Elem))
	case types.Record:
		fields := make([]arrow.Field, len(t.Fields))
		for i, x := range t.Fields {
			fields[i] = foreignField(x.Name, x.Type)
		}
		f.Type = arrow.StructOf(fields...)
	default:
	}
	return f
}

// foreignParam turns an argument into what a signature asks for.
type foreignParam struct {
	cast  kernel.Kernel // nil where the values are the same
	to    *types.Type
	large arrow.DataType // of texts and bytes with offsets of 64 bits, else nil
}

// foreignParams are those of a function, nil for one that is not named by a signature.
func foreignParams(decl *ir.WasmFunc) ([]foreignParam, *arrow.Schema) {
	text, ok := sig.Extern{Kind: sig.ExternFunc, Name: decl.Export}.BatchSignature()
	if !ok {
		return nil, nil
	}
	names := sig.SignatureParams(text)
	params := make([]foreignParam, len(decl.Params))
	fields := make([]arrow.Field, len(decl.Params))
	for i, p := range decl.Params {
		x := foreignParam{to: foreignType(p.Type)}
		if !types.Equal(x.to, p.Type) {
			x.cast, _ = kernel.Cast(p.Type, x.to)
		}
		fields[i] = foreignField(p.Name, p.Type)
		if i < len(names) {
			x.large = map[string]arrow.DataType{"largestring": arrow.BinaryTypes.LargeString, "largebinary": arrow.BinaryTypes.LargeBinary}[names[i]]
		}
		if x.large != nil {
			fields[i].Type = x.large
		}
		params[i] = x
	}
	return params, arrow.NewSchema(fields, nil)
}

// convert takes over a column and gives what crosses in its place.
func (p foreignParam) convert(alloc memory.Allocator, arr arrow.Array, from *types.Type) arrow.Array {
	if p.cast != nil {
		// Texts of decimals always can be written.
		out, _ := castColumn(alloc, p.cast, arr, from, p.to)
		arr.Release()
		arr = out
	}
	if p.large != nil {
		out := widened(alloc, arr, p.large)
		arr.Release()
		arr = out
	}
	return arr
}

// castColumn computes a cast of the values that are there.
func castColumn(alloc memory.Allocator, cast kernel.Kernel, arr arrow.Array, from, to *types.Type) (out arrow.Array, err error) {
	v := kernel.Vector{Type: from, Arr: arr}
	c := &kernel.Call{Alloc: alloc, N: arr.Len(), Args: []kernel.Vector{v}, Result: to}
	fail := func(reason string) { err = errors.Join(err, errors.New(reason)) }
	c.OnFail = func(_ int, reason string) { fail(reason) }
	c.OnTrap = func(_ int, _, reason string) { fail(reason) }
	if arr.NullN() > 0 {
		c.Sel = make([]int32, 0, arr.Len())
		for i := range int32(arr.Len()) {
			if arr.IsValid(int(i)) {
				c.Sel = append(c.Sel, i)
			}
		}
	}
	out = kernel.NullsOf(alloc, cast(c), v)
	return out, err
}

// widened is texts or bytes with offsets of 64 bits.
func widened(alloc memory.Allocator, arr arrow.Array, to arrow.DataType) arrow.Array {
	d := arr.Data()
	n := arr.Len()
	offsets := memory.NewResizableBuffer(alloc)
	defer offsets.Release()
	offsets.Resize(8 * (n + 1))
	ends := arrow.Int64Traits.CastFromBytes(offsets.Bytes())
	clear(ends)
	if n > 0 {
		for i, end := range arrow.Int32Traits.CastFromBytes(d.Buffers()[1].Bytes())[d.Offset():][:n+1] {
			ends[i] = int64(end)
		}
	}
	nulls := memory.NewResizableBuffer(alloc)
	defer nulls.Release()
	nulls.Resize((n + 7) / 8)
	clear(nulls.Bytes())
	for i := range n {
		if arr.IsValid(i) {
			nulls.Bytes()[i/8] |= 1 << (i % 8)
		}
	}
	data := array.NewData(to, n, []*memory.Buffer{nulls, offsets, d.Buffers()[2]}, nil, arr.NullN(), 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// carrier is the type that a column has which came back for one of another type: texts
// stand for decimals where the field says so.
func carrier(field flat, t *types.Type) *types.Type {
	if t.Kind == types.Decimal && field.number(2, 1, 0) == arrowUtf8 && extension(field) == foreignPrefix+"decimal" {
		return types.TString.WithNull(true)
	}
	return t
}

// extension is the name of a field's own type, "" for none.
func extension(field flat) string {
	at, count := field.vector(6, 4)
	for i := range min(count, 64) {
		pair := field.element(at, i)
		if pair.text(0) == extensionKey {
			return pair.text(1)
		}
	}
	return ""
}

// fromCarrier turns a column that came back into one of the type that is declared.
func fromCarrier(alloc memory.Allocator, data arrow.ArrayData, from, to *types.Type) (arrow.ArrayData, error) {
	arr := array.MakeFromData(data)
	data.Release()
	defer arr.Release()
	cast, _ := kernel.Cast(from, to)
	out, err := castColumn(alloc, cast, arr, from, to)
	defer out.Release()
	if err != nil {
		return nil, fmt.Errorf("what came back is not %s: %w", to, err)
	}
	out.Data().Retain()
	return out.Data(), nil
}
