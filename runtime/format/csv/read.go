package csv

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
	"github.com/edynamic/edynamic/runtime/format/text"
)

// field is a column that is read.
type field struct {
	name   string
	typ    *types.Type
	b      *column.Builder
	at     int // among the cells; negative when the header lacks it
	cell   *text.Cell
	nested *ndjson.Cell
	times  text.Times
	unit   int64 // microseconds in one of a number that is an instant, 0 for none
	absent any
	do     action
}

// row reads records into columns.
type row struct {
	dialect
	fields  []*field
	width   int // cells of a record
	scratch []byte
	code    string
	reason  string
}

// newRow plans the reading of a row type from columns with names.
func newRow(header []string, s format.Schema, o format.Options, d dialect, alloc memory.Allocator) (*row, error) {
	r := &row{dialect: d, width: len(header)}
	full := celled(s.Full)
	if full == nil {
		full = celled(s.Row)
	}
	for _, f := range celled(s.Row).Fields {
		declared := f
		if g, ok := full.FieldNamed(f.Name); ok {
			declared = *g
		}
		if err := r.add(header, declared, f, s, o, alloc); err != nil {
			r.release()
			return nil, err
		}
	}
	return r, nil
}

func (r *row) add(header []string, declared, f types.Field, s format.Schema, o format.Options, alloc memory.Allocator) error {
	c := &field{name: f.Name, typ: f.Type, b: column.New(f.Type, alloc), at: position(header, declared)}
	r.fields = append(r.fields, c)
	if c.at < 0 {
		absent, ok := format.Absent(declared, f.Type)
		if !ok && f.Type.Kind == types.Union && s.Row.Kind == types.Union {
			return fmt.Errorf("the header has no column %q: rows of the union %s stand there as JSON", unionColumn, s.Row)
		}
		if !ok {
			return fmt.Errorf("the header has no column %q, which the schema requires", f.Name)
		}
		c.absent = absent
	}
	switch f.Type.Kind {
	case types.JSON, types.Array, types.Map, types.Record, types.Union:
		var err error
		c.nested, err = ndjson.NewCell(declared.Type, f.Type, c.b, f.Name, jsonOptions(o), alloc)
		return err
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal,
		types.String, types.Bytes, types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp,
		types.LocalTimestamp, types.Duration, types.Period, types.Enum, types.Geography, types.Func, types.Var:
	}
	times := r.times
	if _, said := o["timestamps"]; !said && s.Time != "" && f.Name == s.Time {
		times = text.EpochMillis
	}
	c.cell, c.times, c.unit = text.NewCell(c.b, times), times, times.Unit()
	c.do = actionOf(c, r.null)
	return nil
}

// jsonOptions are the settings that hold for JSON inside a cell too.
func jsonOptions(o format.Options) format.Options {
	out := format.Options{}
	for _, name := range []string{"timestamps", "zone"} {
		if v, ok := o[name]; ok {
			out[name] = v
		}
	}
	return out
}

// position finds a field's column by its name or one it had earlier.
func position(header []string, f types.Field) int {
	for _, name := range append([]string{f.Name}, f.Was...) {
		for i, h := range header {
			if h == name {
				return i
			}
		}
	}
	return -1
}

func (r *row) release() {
	for _, f := range r.fields {
		f.b.Release()
	}
}

// read appends a record. When it reports false nothing was appended, and code and
// reason say why.
func (r *row) read(data []byte, cells []cell) bool {
	if len(cells) != r.width {
		r.code, r.reason = format.CodeSyntax, fmt.Sprintf("the record has %d cells, not %d", len(cells), r.width)
		return false
	}
	for i, f := range r.fields {
		if f.at < 0 {
			f.b.Value(f.absent)
			continue
		}
		if !r.cell(f, data, cells[f.at]) {
			for _, g := range r.fields[:i] {
				g.b.Truncate(g.b.Len() - 1)
			}
			return false
		}
	}
	return true
}

// cell appends the value of a cell; it reports false as read does.
func (r *row) cell(f *field, data []byte, c cell) bool {
	r.code = ""
	var v []byte
	v, r.scratch = c.text(data, r.scratch)
	before := f.b.Len()
	if r.value(f, v, c.quoted); r.code != "" {
		f.b.Truncate(before)
		return false
	}
	return true
}

func (r *row) value(f *field, v []byte, quoted bool) {
	if !quoted && (len(v) == 0 || string(v) == r.null) {
		text := f.typ.Kind == types.String
		if string(v) == r.null && f.typ.Nullable || !text && len(v) == 0 && f.typ.Nullable {
			f.b.Null()
			return
		}
		if !text {
			r.code, r.reason = format.CodeNull, fmt.Sprintf("%q is empty and its type is %s", f.name, f.typ)
			return
		}
	}
	if f.nested != nil {
		if r.code, r.reason = f.nested.Read(v); r.code == format.CodeSyntax {
			r.reason = fmt.Sprintf("%q is not JSON: %s", f.name, strings.ReplaceAll(r.reason, "the record", "the cell"))
		}
		return
	}
	if f.typ.Kind == types.String {
		f.b.Bytes(v)
		return
	}
	v = trimmed(v)
	if why := f.scalar(v); why != "" {
		r.code, r.reason = format.CodeValue, fmt.Sprintf("%q: %q %s", f.name, shortened(v), why)
	}
}

// maxQuote is how much of a value is shown in a reason.
const maxQuote = 60

func shortened(v []byte) string {
	if len(v) <= maxQuote {
		return string(v)
	}
	return string(bytes.ToValidUTF8(v[:maxQuote], nil)) + "..."
}

// scalar appends a value written as text.
func (f *field) scalar(v []byte) string {
	switch f.typ.Kind {
	case types.Boolean:
		if b, ok := boolean(v); ok {
			return f.cell.Bool(b)
		}
		return "is not true or false"
	case types.Int, types.Long, types.Float, types.Double, types.Decimal:
		return f.number(v)
	case types.Timestamp, types.LocalTimestamp:
		if f.unit > 0 && len(v) > 0 && v[0]-'1' < 9 {
			if n, ok := shortInteger(v); ok && n < math.MaxInt64/f.unit {
				f.b.Int64(n * f.unit)
				return ""
			}
		}
		if f.unit > 0 && len(v) > 0 && (v[0] == '-' || v[0]-'0' <= 9) {
			var n text.Number
			if n.Scan(v) == len(v) {
				return f.cell.Number(&n, v)
			}
		}
		return f.cell.Text(v)
	case types.Unknown, types.Null, types.String, types.Bytes, types.Fixed, types.UUID, types.Date, types.Time,
		types.Duration, types.Period, types.Enum, types.Geography, types.JSON, types.Array, types.Map, types.Record,
		types.Union, types.Func, types.Var:
	}
	return f.cell.Text(v)
}

func boolean(v []byte) (b, ok bool) {
	switch {
	case isWord(v, "true"), string(v) == "1":
		return true, true
	case isWord(v, "false"), string(v) == "0":
		return false, true
	}
	return false, false
}

// isWord reports a word of small letters that may be written in large ones.
func isWord(v []byte, word string) bool {
	if len(v) != len(word) {
		return false
	}
	for i := range v {
		if v[i]|0x20 != word[i] {
			return false
		}
	}
	return true
}

func (f *field) number(v []byte) string {
	if f.typ.Kind == types.Long {
		if n, ok := shortInteger(v); ok {
			f.b.Int64(n)
			return ""
		}
	}
	var n text.Number
	if length := n.Scan(v); length > 0 && length == len(v) {
		return f.cell.Number(&n, v)
	}
	if f.cell.Special(v) {
		return ""
	}
	// Spreadsheets and old programs write +1, 007 and .5.
	plain := spreadsheetNumber(v)
	if length := n.Scan(plain); length > 0 && length == len(plain) {
		return f.cell.Number(&n, plain)
	}
	return "is not " + withArticle(f.typ.NonNull().String())
}

func withArticle(noun string) string {
	if noun[0] == 'i' {
		return "an " + noun
	}
	return "a " + noun
}

// shortInteger reads a whole number of up to 18 digits.
func shortInteger(v []byte) (n int64, ok bool) {
	neg := len(v) > 0 && v[0] == '-'
	if neg {
		v = v[1:]
	}
	if len(v) == 0 || len(v) > 18 {
		return 0, false
	}
	for _, c := range v {
		if c-'0' > 9 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if neg {
		n = -n
	}
	return n, true
}

// spreadsheetNumber rewrites a number without a plus sign and leading zeros, and
// with a digit on both sides of the point.
func spreadsheetNumber(v []byte) []byte {
	out := make([]byte, 0, len(v)+2)
	if len(v) > 0 && (v[0] == '+' || v[0] == '-') {
		if v[0] == '-' {
			out = append(out, '-')
		}
		v = v[1:]
	}
	for len(v) > 1 && v[0] == '0' && v[1]-'0' <= 9 {
		v = v[1:]
	}
	if len(v) > 1 && v[0] == '.' {
		out = append(out, '0')
	}
	out = append(out, v...)
	if n := len(out); n > 1 && out[n-1] == '.' {
		out = append(out, '0')
	}
	return out
}

// columnNames are the names of columns without a header.
func columnNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = "column" + strconv.Itoa(i+1)
	}
	return names
}
