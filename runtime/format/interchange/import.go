package interchange

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Importer turns batches of a file into columns of a row type.
type Importer struct {
	alloc   memory.Allocator
	fields  []field
	unknown []string
	union   *rowUnion // in place of fields
}

// field is a column of the row.
type field struct {
	name   string
	typ    *types.Type
	at     int // among the file's columns, negative when it lacks it
	absent any
	same   bool // the file holds what the engine computes with
	read   *reader
}

// NewImporter matches the columns of a file with a schema's row.
func NewImporter(file *arrow.Schema, s format.Schema, alloc memory.Allocator) (*Importer, error) {
	if s.Row.Kind == types.Union {
		return newUnionImporter(file, s, alloc)
	}
	full := s.Full
	if full == nil {
		full = s.Row
	}
	im := &Importer{alloc: alloc}
	for _, f := range s.Row.Fields {
		declared := f
		if g, ok := full.FieldNamed(f.Name); ok {
			declared = *g
		}
		at := columnOf(file.Fields(), declared)
		c := field{name: f.Name, typ: f.Type, at: at}
		if at < 0 {
			absent, ok := format.Absent(declared, f.Type)
			if !ok {
				return nil, fmt.Errorf("it has no column %q, which the schema requires", f.Name)
			}
			c.absent = absent
		} else {
			dt := file.Field(at).Type
			read, err := newReader(dt, declared.Type, f.Type, f.Name, s.Time)
			if err != nil {
				return nil, err
			}
			c.read, c.same = read, isFlat(f.Type) && arrow.TypeEqual(dt, kernel.ArrowType(f.Type))
		}
		im.fields = append(im.fields, c)
	}
	for i, f := range file.Fields() {
		if !isKnown(full, file.Fields(), i) {
			im.unknown = append(im.unknown, f.Name)
		}
	}
	return im, nil
}

func newUnionImporter(file *arrow.Schema, s format.Schema, alloc memory.Allocator) (*Importer, error) {
	im := &Importer{alloc: alloc}
	var err error
	if im.union, err = newRowUnion(file, s); err != nil {
		return nil, err
	}
	for i, f := range file.Fields() {
		if !slices.Contains(im.union.from, i) {
			im.unknown = append(im.unknown, f.Name)
		}
	}
	return im, nil
}

// isFlat reports the types whose arrays may be handed on as they are, once there
// is no null too many. An enum never is: its column in a file is text.
func isFlat(t *types.Type) bool {
	switch t.Kind {
	case types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal, types.String, types.Bytes,
		types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration,
		types.Period, types.Geography:
		return true
	case types.Unknown, types.Null, types.Enum, types.JSON, types.Array, types.Map, types.Record, types.Union,
		types.Func, types.Var:
		return false
	}
	return false
}

// columnOf finds a field's column by its name or one it had earlier.
func columnOf(file []arrow.Field, f types.Field) int {
	for _, name := range append([]string{f.Name}, f.Was...) {
		for i, c := range file {
			if c.Name == name {
				return i
			}
		}
	}
	return -1
}

func isKnown(full *types.Type, file []arrow.Field, i int) bool {
	for _, f := range full.Fields {
		if columnOf(file, f) == i {
			return true
		}
	}
	return false
}

// UnknownFields are the columns that the schema does not have.
func (im *Importer) UnknownFields() []string { return im.unknown }

// Columns are the file's columns that Import reads, by position.
func (im *Importer) Columns() []int {
	if im.union != nil {
		return im.union.from
	}
	var out []int
	for _, f := range im.fields {
		if f.at >= 0 {
			out = append(out, f.at)
		}
	}
	return out
}

// ColumnsOf are the file's columns of some fields of the row, by position.
func (im *Importer) ColumnsOf(names []string) []int {
	var out []int
	for _, f := range im.fields {
		if f.at >= 0 && slices.Contains(names, f.name) {
			out = append(out, f.at)
		}
	}
	return out
}

// Misfit is a row that does not fit the schema.
type Misfit struct {
	Row          int
	Code, Reason string
}

// Import turns rows of arrays into columns; nil rows are all n elements. col
// gives the file's column by position. The rows that do not fit are left out and
// returned, numbered among the rows asked for.
func (im *Importer) Import(n int, rows []int32, col func(at int) arrow.Array) ([]arrow.Array, []Misfit) {
	if rows != nil {
		n = len(rows)
	}
	bad := map[int]Misfit{}
	if im.union != nil {
		record := im.union.record(col)
		defer record.Release()
		return im.fitting([]arrow.Array{im.convert(im.union.read, record, n, rows, bad)}, n, bad)
	}
	cols := make([]arrow.Array, len(im.fields))
	for i, f := range im.fields {
		switch {
		case f.at < 0:
			cols[i] = im.constant(f, n)
		case f.same && (f.typ.Nullable || col(f.at).NullN() == 0):
			cols[i] = im.handOn(col(f.at), rows)
		default:
			cols[i] = im.convert(f.read, col(f.at), n, rows, bad)
		}
	}
	return im.fitting(cols, n, bad)
}

// fitting leaves out the rows that do not fit.
func (im *Importer) fitting(cols []arrow.Array, n int, bad map[int]Misfit) ([]arrow.Array, []Misfit) {
	if len(bad) == 0 {
		return cols, nil
	}
	var misfits []Misfit
	var good []int32
	for row := range n {
		if m, is := bad[row]; is {
			misfits = append(misfits, m)
		} else {
			good = append(good, int32(row))
		}
	}
	for i, c := range cols {
		cols[i] = kernel.Gather(im.alloc, c, good)
		c.Release()
	}
	return cols, misfits
}

// handOn gives a column on as it is. Parts of one are copied, so that what
// computes on arrays finds them at the start of their memory.
func (im *Importer) handOn(a arrow.Array, rows []int32) arrow.Array {
	if rows != nil {
		return kernel.Gather(im.alloc, a, rows)
	}
	a.Retain()
	return a
}

func (im *Importer) constant(f field, n int) arrow.Array {
	b := column.New(f.typ, im.alloc)
	for range n {
		b.Value(f.absent)
	}
	return b.Finish()
}

func (im *Importer) convert(read *reader, a arrow.Array, n int, rows []int32, bad map[int]Misfit) arrow.Array {
	b := column.New(read.typ, im.alloc)
	for row := range n {
		at := row
		if rows != nil {
			at = int(rows[row])
		}
		if code, reason := read.value(b, a, at); code != "" {
			b.Truncate(row)
			b.Null()
			if _, already := bad[row]; !already {
				bad[row] = Misfit{Row: row, Code: code, Reason: reason}
			}
		}
	}
	return b.Finish()
}

// Bad are the misfits as bad records of a batch of n rows that had begun at a
// row of the input; text gives the record of a row.
func Bad(misfits []Misfit, first int64, text func(row int) string) []format.Bad {
	out := make([]format.Bad, len(misfits))
	for i, m := range misfits {
		out[i] = format.Bad{Before: m.Row - i, Byte: first + int64(m.Row), Text: text(m.Row), Code: m.Code, Reason: m.Reason}
	}
	return out
}

// Kept are the rows of n that are not misfits, nil for all.
func Kept(n int, misfits []Misfit) []int32 {
	if len(misfits) == 0 {
		return nil
	}
	out := make([]int32, 0, n)
	for row := range n {
		if len(misfits) > 0 && misfits[0].Row == row {
			misfits = misfits[1:]
			continue
		}
		out = append(out, int32(row))
	}
	return out
}

// plainArray is the array inside extensions.
func plainArray(a arrow.Array) arrow.Array {
	if e, ok := a.(array.ExtensionArray); ok {
		return e.Storage()
	}
	return a
}
