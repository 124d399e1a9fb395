package event

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/vm"
)

// Read reads the columns of rows that were written with one type as those of another,
// by Avro's rules: fields match by name or an earlier name, numbers are widened,
// fields that are new have their defaults, symbols that are gone the enum's default.
func Read(r *Rows, writer, reader *types.Type) ([]arrow.Array, error) {
	if writer.Kind == types.Union || reader.Kind == types.Union {
		return r.branches(writer, reader)
	}
	var out []arrow.Array
	for _, f := range reader.Fields {
		from := fieldOf(writer, f)
		if from < 0 {
			out = append(out, repeated(f, r.N))
			continue
		}
		a, err := r.column(writer.Fields[from].Name)
		if err == nil {
			a, err = Convert(a, writer.Fields[from].Type, f.Type)
		}
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		out = append(out, a)
	}
	return out, nil
}

// branches reads rows of which one type or the other is a union.
func (r *Rows) branches(writer, reader *types.Type) ([]arrow.Array, error) {
	var written []arrow.Array
	for _, c := range ColumnsOf(writer) {
		a, err := r.column(c.Name)
		if err != nil {
			return nil, err
		}
		written = append(written, a)
	}
	if writer.Kind == types.Union && reader.Kind == types.Union {
		a, err := Convert(written[0], writer, reader)
		return []arrow.Array{a}, err
	}
	columns := ColumnsOf(reader)
	builders := make([]*column.Builder, len(columns))
	for i, c := range columns {
		builders[i] = column.New(c.Type, memory.DefaultAllocator)
	}
	for i := range r.N {
		v, err := value(rowValue(writer, written, i), writer, reader)
		if err != nil {
			for _, b := range builders {
				b.Release()
			}
			return nil, err
		}
		if reader.Kind == types.Union {
			builders[0].Value(v)
			continue
		}
		for c, field := range v.([]any) {
			builders[c].Value(field)
		}
	}
	var out []arrow.Array
	for _, b := range builders {
		out = append(out, b.Finish())
	}
	return out, nil
}

// rowValue is a row of columns as a value of its type.
func rowValue(row *types.Type, cols []arrow.Array, i int) any {
	if row.Kind == types.Union {
		return vm.Value(row, cols[0], i)
	}
	out := make([]any, len(cols))
	for c, a := range cols {
		out[c] = vm.Value(row.Fields[c].Type, a, i)
	}
	return out
}

func (r *Rows) column(name string) (arrow.Array, error) {
	i := slices.Index(r.Names, name)
	if i < 0 {
		return nil, fmt.Errorf("the stored rows have no column %s", name)
	}
	return r.Cols[i], nil
}

// fieldOf is the field of a writer that a field of the reader reads, -1 for none: one of
// the same name goes before one of an earlier name.
func fieldOf(writer *types.Type, f types.Field) int {
	if i := slices.IndexFunc(writer.Fields, func(w types.Field) bool { return w.Name == f.Name }); i >= 0 {
		return i
	}
	return slices.IndexFunc(writer.Fields, func(w types.Field) bool { return slices.Contains(f.Was, w.Name) })
}

// repeated is the default of a field, or null.
func repeated(f types.Field, n int) arrow.Array {
	b := column.New(f.Type, memory.DefaultAllocator)
	for range n {
		if f.Default == nil {
			b.Null()
		} else {
			b.Value(f.Default)
		}
	}
	return b.Finish()
}

// Convert reads an array of one type as one of another. The array stays the caller's.
func Convert(a arrow.Array, from, to *types.Type) (arrow.Array, error) {
	if types.Equal(from.NonNull(), to.NonNull()) {
		a.Retain()
		return a, nil
	}
	b := column.New(to, memory.DefaultAllocator)
	for i := range a.Len() {
		v, err := value(vm.Value(from, a, i), from, to)
		if err != nil {
			b.Release()
			return nil, err
		}
		if v == nil {
			b.Null()
		} else {
			b.Value(v)
		}
	}
	return b.Finish(), nil
}

// value reads a value of one type as one of another.
func value(v any, from, to *types.Type) (any, error) {
	if v == nil {
		if !to.Nullable {
			return nil, fmt.Errorf("a row holds null there, and %s takes none", to)
		}
		return nil, nil
	}
	switch to.Kind {
	case types.Float, types.Double:
		if n, whole := v.(int64); whole {
			return float64(n), nil
		}
	case types.Bytes:
		if text, ok := v.(string); ok {
			return []byte(text), nil
		}
	case types.Enum:
		symbol, ok := v.(string)
		if ok && !slices.Contains(to.Symbols, symbol) {
			if to.Default == "" {
				return nil, fmt.Errorf("a row holds %s, which the enum %s does not have", symbol, to.Name)
			}
			return to.Default, nil
		}
	case types.Array:
		return elements(v, from, to)
	case types.Map:
		m, ok := v.(types.MapValue)
		if !ok {
			break
		}
		values, err := elements(m.Values, from, to)
		if err != nil {
			return nil, err
		}
		m.Values, _ = values.([]any)
		return m, nil
	case types.Record:
		if u, ok := v.(types.UnionValue); ok {
			return record(u.Record, from.Branches[u.Branch], to)
		}
		return record(v, from, to)
	case types.Union:
		return union(v, from, to)
	}
	return v, nil
}

func elements(v any, from, to *types.Type) (any, error) {
	list, ok := v.([]any)
	if !ok {
		return v, nil
	}
	out := make([]any, len(list))
	for i, x := range list {
		var err error
		if out[i], err = value(x, from.Elem, to.Elem); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func record(v any, from, to *types.Type) (any, error) {
	had, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("a row holds no %s there", to)
	}
	out := make([]any, len(to.Fields))
	for i, f := range to.Fields {
		at := fieldOf(from, f)
		if at < 0 {
			out[i] = f.Default
			continue
		}
		var err error
		if out[i], err = value(had[at], from.Fields[at].Type, f.Type); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return out, nil
}

func union(v any, from, to *types.Type) (any, error) {
	branch, written := v, from
	if u, ok := v.(types.UnionValue); ok {
		branch, written = u.Record, from.Branches[u.Branch]
	}
	i := slices.IndexFunc(to.Branches, func(b *types.Type) bool { return b.Name == written.Name })
	if i < 0 {
		return nil, fmt.Errorf("a row is %s, which %s does not have", written.Name, to)
	}
	r, err := record(branch, written, to.Branches[i])
	return types.UnionValue{Branch: i, Record: r.([]any)}, err
}
