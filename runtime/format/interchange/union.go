package interchange

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
)

// A union stands in a file as a record: format.UnionTag names the schema of the value, and a
// nullable record for each schema holds it. Rows that are a union are written as
// columns of these names.

// unionReader reads such records.
type unionReader struct {
	tag      int       // where format.UnionTag stands
	branches []*reader // nil where the file has no column of the schema
	at       []int
}

// newUnion checks that a record of a file can hold a union.
func newUnion(s *arrow.StructType, full, t *types.Type, path, time string) (*unionReader, error) {
	u := &unionReader{tag: fieldOf(s, format.UnionTag), branches: make([]*reader, len(t.Branches)), at: make([]int, len(t.Branches))}
	if u.tag < 0 || !isText(plainType(s.Field(u.tag).Type)) {
		return nil, fmt.Errorf("%s is a union: a text column %q must name the schema of each", of(path), format.UnionTag)
	}
	for i, b := range t.Branches {
		u.at[i] = fieldOf(s, b.Name)
		if u.at[i] < 0 {
			continue
		}
		branch, isRecord := s.Field(u.at[i]).Type.(*arrow.StructType)
		if !isRecord {
			return nil, fmt.Errorf("the column %q is %s in the file, and a record of %s in the schema", below(path, b.Name), s.Field(u.at[i]).Type, b.Name)
		}
		declared := b
		if i < len(full.Branches) {
			declared = full.Branches[i]
		}
		r := &reader{typ: b, path: below(path, b.Name)}
		if err := r.structure(branch, declared, time); err != nil {
			return nil, err
		}
		u.branches[i] = r
	}
	return u, nil
}

func fieldOf(s *arrow.StructType, name string) int {
	if i, ok := s.FieldIdx(name); ok {
		return i
	}
	return -1
}

// below is the path of a part; the rows themselves have none.
func below(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func of(path string) string {
	if path == "" {
		return "a row"
	}
	return fmt.Sprintf("%q", path)
}

// plainType is the type inside extensions and dictionaries.
func plainType(dt arrow.DataType) arrow.DataType {
	if e, ok := dt.(arrow.ExtensionType); ok {
		dt = e.StorageType()
	}
	if d, ok := dt.(*arrow.DictionaryType); ok {
		dt = d.ValueType
	}
	return dt
}

// value appends the union that a record of the file holds.
func (u *unionReader) value(r *reader, b *column.Builder, s *array.Struct, i int) (code, reason string) {
	tag := plainArray(s.Field(u.tag))
	if tag.IsNull(i) {
		return format.CodeNull, fmt.Sprintf("%q is null and must name a schema of %s", below(r.path, format.UnionTag), r.typ.NonNull())
	}
	name, _ := textOf(tag, i)
	for branch, t := range r.typ.Branches {
		if t.Name != name {
			continue
		}
		if u.branches[branch] == nil {
			return format.CodeValue, fmt.Sprintf("%q: there is no column of the schema %s", below(r.path, format.UnionTag), name)
		}
		if code, reason = u.branches[branch].value(b.Kids[branch], s.Field(u.at[branch]), i); code != "" {
			return code, reason
		}
		b.EndUnion(branch)
		return "", ""
	}
	return format.CodeValue, fmt.Sprintf("%q: %q is no schema of %s; it has %s", below(r.path, format.UnionTag), name, r.typ.NonNull(), branchNames(r.typ))
}

func branchNames(t *types.Type) string {
	names := make([]string, len(t.Branches))
	for i, b := range t.Branches {
		names[i] = b.Name
	}
	return strings.Join(names, ", ")
}

// rowUnion is the importer's side of rows that are a union: the columns of the file
// that make up the record, by position.
type rowUnion struct {
	from   []int
	fields []arrow.Field
	read   *reader
}

func newRowUnion(file *arrow.Schema, s format.Schema) (*rowUnion, error) {
	full := s.Full
	if full == nil {
		full = s.Row
	}
	w := &rowUnion{}
	for i, f := range file.Fields() {
		isBranch := slices.ContainsFunc(s.Row.Branches, func(b *types.Type) bool { return b.Name == f.Name })
		if f.Name == format.UnionTag || isBranch {
			w.from, w.fields = append(w.from, i), append(w.fields, f)
		}
	}
	u, err := newUnion(arrow.StructOf(w.fields...), full, s.Row, "", s.Time)
	w.read = &reader{typ: s.Row, union: u}
	return w, err
}

// record is the columns as the record they stand for.
func (w *rowUnion) record(col func(at int) arrow.Array) *array.Struct {
	kids := make([]arrow.ArrayData, len(w.from))
	for i, at := range w.from {
		kids[i] = col(at).Data()
	}
	d := array.NewData(arrow.StructOf(w.fields...), kids[0].Len(), []*memory.Buffer{nil}, kids, 0, 0)
	defer d.Release()
	return array.NewStructData(d)
}
