package ndjson

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/text"
)

// reader reads records into the columns of a plan.
type reader struct {
	scanner
	*plan
	strict  bool            // unknown fields make a record bad
	unknown map[string]bool // paths of unknown fields
}

// maxUnknown limits how many names of unknown fields are kept for the summary.
const maxUnknown = 1000

func newReader(p *plan, o format.Options) *reader {
	return &reader{plan: p, strict: o.Text("unknown_fields", "ignore") == "error", unknown: map[string]bool{}}
}

// row reads the record at p as a further row. When it fails the caller takes the
// row back.
func (r *reader) row(p int) int {
	if p < len(r.data) && r.data[p] != '{' {
		if end := r.skip(p); end < 0 {
			return end
		}
		return r.fail(format.CodeSyntax, "the record is not an object")
	}
	return r.value(r.root, p)
}

// value reads the value at p into the column of a node.
func (r *reader) value(n *node, p int) int {
	if p >= len(r.data) {
		return r.unexpected(p, "a value")
	}
	c := r.data[p]
	if c == 'n' {
		return r.null(n, p)
	}
	switch n.typ.Kind {
	case types.Long:
		if v, next := r.integer(p); next > 0 {
			n.b.Int64(v)
			return next
		}
	case types.Int:
		if v, next := r.integer(p); next > 0 && v == int64(int32(v)) {
			n.b.Int32(int32(v))
			return next
		}
	case types.Timestamp:
		if n.unit > 0 {
			if v, next := r.integer(p); next > 0 && v < math.MaxInt64/n.unit && v > -math.MaxInt64/n.unit {
				n.b.Int64(v * n.unit)
				return next
			}
		}
	case types.Double:
		if next := r.double(n, p); next > 0 {
			return next
		}
	case types.String:
		if c == '"' {
			v, next := r.text(p)
			if next > 0 {
				n.b.Bytes(v)
			}
			return next
		}
	case types.JSON:
		next := r.skip(p)
		if next > 0 {
			n.b.Bytes(r.data[p:next])
		}
		return next
	case types.Record:
		if c == '{' {
			if p = r.object(n.rec, p+1, n.b.Len()); p > 0 {
				n.b.EndRecord()
			}
			return p
		}
	case types.Array:
		if c == '[' {
			return r.array(n, p+1)
		}
	case types.Map:
		if c == '{' {
			return r.mapping(n, p+1)
		}
	case types.Union:
		if c == '{' {
			return r.union(n, p)
		}
	case types.Unknown, types.Null, types.Boolean, types.Float, types.Decimal, types.Bytes, types.Fixed,
		types.UUID, types.Date, types.Time, types.LocalTimestamp, types.Duration, types.Period,
		types.Enum, types.Geography, types.Func, types.Var:
	}
	return r.scalar(n, p)
}

// integer reads a whole number of up to 18 digits; next is 0 when the number is
// another, which the slow path then reads.
func (r *reader) integer(p int) (v int64, next int) {
	data := r.data
	neg := data[p] == '-'
	if neg {
		p++
	}
	start := p
	for p < len(data) && data[p]-'0' <= 9 {
		v = v*10 + int64(data[p]-'0')
		p++
	}
	if digits := p - start; digits == 0 || digits > 18 || p == len(data) || (data[start] == '0' && digits > 1) {
		return 0, 0
	}
	if c := data[p]; c == '.' || c|0x20 == 'e' {
		return 0, 0
	}
	if neg {
		v = -v
	}
	return v, p
}

// double reads a number without exponent whose digits a double holds exactly; it
// returns 0 when the number is another.
func (r *reader) double(n *node, p int) int {
	data := r.data
	neg := data[p] == '-'
	if neg {
		p++
	}
	start := p
	var v uint64
	for p < len(data) && data[p]-'0' <= 9 {
		v = v*10 + uint64(data[p]-'0')
		p++
	}
	digits := p - start
	if digits == 0 || p == len(data) || (data[start] == '0' && digits > 1) {
		return 0
	}
	places := 0
	if data[p] == '.' {
		p++
		point := p
		for p < len(data) && data[p]-'0' <= 9 {
			v = v*10 + uint64(data[p]-'0')
			p++
		}
		if places = p - point; places == 0 || p == len(data) {
			return 0
		}
	}
	if digits+places > 18 || v >= 1<<53 || data[p]|0x20 == 'e' {
		return 0
	}
	f := float64(v)
	if places > 0 {
		f /= text.Pow10[places]
	}
	if neg {
		f = -f
	}
	n.b.Double(f)
	return p
}

func (r *reader) null(n *node, p int) int {
	if p = r.literal(p, "null"); p < 0 {
		return p
	}
	if !n.typ.Nullable {
		return r.fail(format.CodeNull, fmt.Sprintf("%q is null and its type is %s", n.path, n.typ))
	}
	n.b.Null()
	return p
}

// scalar reads a value of a type without a path of its own, and finds the words
// for one that does not fit.
func (r *reader) scalar(n *node, p int) int {
	if n.cell == nil {
		return r.wrong(n, p, "is not "+article(n.typ.NonNull().String()))
	}
	why, next := "", 0
	switch c := r.data[p]; {
	case c == '"':
		var v []byte
		if v, next = r.text(p); next < 0 {
			return next
		}
		why = n.cell.Text(v)
	case c == 't' || c == 'f':
		if next = r.literal(p, strconv.FormatBool(c == 't')); next < 0 {
			return next
		}
		why = n.cell.Bool(c == 't')
	case c == '-' || c-'0' <= 9:
		if next = r.skipNumber(p); next < 0 {
			return next
		}
		var num text.Number
		num.Scan(r.data[p:next])
		why = n.cell.Number(&num, r.data[p:next])
	default:
		why = "is not " + article(n.typ.NonNull().String())
	}
	if why != "" {
		return r.wrong(n, p, why)
	}
	return next
}

func article(noun string) string {
	if strings.ContainsRune("aeio", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// maxQuote is how much of a value is shown in a reason.
const maxQuote = 60

// wrong fails with a value that is not of the node's type.
func (r *reader) wrong(n *node, p int, why string) int {
	next := r.skip(p)
	if next < 0 {
		return next
	}
	v := r.data[p:next]
	if len(v) > maxQuote {
		cut := maxQuote
		for !utf8.RuneStart(v[cut]) {
			cut--
		}
		v = append(slices.Clone(v[:cut]), "..."...)
	}
	return r.fail(format.CodeValue, fmt.Sprintf("%q: %s %s", n.path, v, why))
}

// object reads the fields of an object, behind its brace, into the columns of a
// record as their row-th value.
func (r *reader) object(rec *record, p, row int) int {
	if !r.enter() {
		return -1
	}
	seen := 0
	p = r.space(p)
	if p < len(r.data) && r.data[p] == '}' {
		p++
	} else if p, seen = r.fields(rec, p, row); p < 0 {
		return p
	}
	r.depth--
	if seen < len(rec.fields) && !r.absent(rec, row) {
		return -1
	}
	return p
}

// fields reads keys and values up to the closing brace, and returns how many of
// the record's fields it met.
func (r *reader) fields(rec *record, p, row int) (next, seen int) {
	expect, last := rec.first, int32(none)
	for {
		at := expect
		if at >= 0 && r.follows(p, rec.keys[at].quoted) {
			p += len(rec.keys[at].quoted)
		} else {
			if at, p = r.key(rec, p, last); p < 0 {
				return p, 0
			}
		}
		if p < len(r.data) && r.data[p] == ':' {
			p++
			if p < len(r.data) && r.data[p] <= ' ' {
				p = r.space(p)
			}
		} else if p = r.colon(p); p < 0 {
			return p, 0
		}
		field := int32(unknown)
		if at >= 0 {
			field, last, expect = rec.keys[at].field, at, rec.keys[at].next
		} else {
			expect = none
		}
		if field >= 0 {
			n := rec.fields[field]
			if n.b.Len() > row {
				// A key that is repeated: the last one counts.
				n.b.Truncate(row)
				seen--
			}
			p = r.value(n, p)
			seen++
		} else {
			if field == unknown && r.strict {
				return r.fail(format.CodeUnknown, fmt.Sprintf("unknown field %q", joined(rec.path, rec.keys, at))), 0
			}
			p = r.skip(p)
		}
		if p < 0 {
			return p, 0
		}
		if p < len(r.data) && r.data[p] == ',' {
			p++
			if p < len(r.data) && r.data[p] <= ' ' {
				p = r.space(p)
			}
			continue
		}
		more := false
		if p, more = r.comma(p, '}'); !more {
			if p > 0 && expect >= 0 { // the record before had more keys
				rec.keys[last].next = none
				rec.turns++
			}
			return p, seen
		}
	}
}

func joined(path string, keys []key, at int32) string {
	name := "?"
	if at >= 0 {
		name = keys[at].name
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

func (r *reader) follows(p int, text string) bool {
	return p+len(text) <= len(r.data) && string(r.data[p:p+len(text)]) == text
}

// key reads a key that was not predicted, and remembers that it follows last. The
// index is none for a name too many.
func (r *reader) key(rec *record, p int, last int32) (at int32, next int) {
	if p >= len(r.data) || r.data[p] != '"' {
		return none, r.unexpected(p, "a key")
	}
	slot := rec.slot(r.data, p)
	if at = *slot - 1; at >= 0 && r.follows(p, rec.keys[at].quoted) {
		next = p + len(rec.keys[at].quoted)
	} else if at, next = r.keyByName(rec, p); at == none {
		return none, next
	}
	*slot = at + 1
	rec.turns++
	if last == none {
		rec.first = at
	} else {
		rec.keys[last].next = at
	}
	return at, next
}

// keyByName reads a key and looks for its name.
func (r *reader) keyByName(rec *record, p int) (at int32, next int) {
	name, next := r.text(p)
	if next < 0 {
		return none, next
	}
	raw := r.data[p:next]
	at, ok := rec.index[string(raw)]
	if ok {
		return at, next
	}
	if at = rec.learn(raw, string(name)); at == none {
		if _, known := rec.known[string(name)]; known {
			return none, r.fail(format.CodeSyntax, fmt.Sprintf("more than %d different keys", maxKeys))
		}
		return none, next
	}
	if rec.keys[at].field == unknown && len(r.unknown) < maxUnknown {
		r.unknown[joined(rec.path, rec.keys, at)] = true
	}
	return at, next
}

// absent fills the fields that the record does not have.
func (r *reader) absent(rec *record, row int) bool {
	for _, n := range rec.fields {
		if n.b.Len() > row {
			continue
		}
		if !n.optional {
			r.fail(format.CodeMissing, fmt.Sprintf("required field %q is missing", n.path))
			return false
		}
		n.b.Value(n.absent)
	}
	return true
}

func (r *reader) array(n *node, p int) int {
	if !r.enter() {
		return -1
	}
	p = r.space(p)
	if p < len(r.data) && r.data[p] == ']' {
		p++
	} else {
		for more := true; more; {
			if p = r.value(n.elem, p); p < 0 {
				return p
			}
			if p, more = r.comma(p, ']'); p < 0 {
				return p
			}
		}
	}
	r.depth--
	n.b.EndList()
	return p
}

func (r *reader) mapping(n *node, p int) int {
	if !r.enter() {
		return -1
	}
	p = r.space(p)
	if p < len(r.data) && r.data[p] == '}' {
		p++
	} else {
		for more := true; more; {
			if p = r.entry(n, p); p < 0 {
				return p
			}
			if p, more = r.comma(p, '}'); p < 0 {
				return p
			}
		}
	}
	r.depth--
	if k, twice := repeated(n.b.Kids[0], n.b.ListStart()); twice {
		return r.fail(format.CodeValue, fmt.Sprintf("%q: the key %q occurs twice", n.path, k))
	}
	n.b.EndList()
	return p
}

// repeated finds a key that occurs twice among those from start on. It makes the
// record bad: no choice between the values would be right.
func repeated(keys *column.Builder, start int) (key []byte, twice bool) {
	if keys.Len()-start > 16 {
		seen := make(map[string]bool, keys.Len()-start)
		for i := start; i < keys.Len(); i++ {
			k := keys.BytesAt(i)
			if seen[string(k)] {
				return k, true
			}
			seen[string(k)] = true
		}
		return nil, false
	}
	for i := start; i < keys.Len(); i++ {
		for j := start; j < i; j++ {
			if bytes.Equal(keys.BytesAt(i), keys.BytesAt(j)) {
				return keys.BytesAt(i), true
			}
		}
	}
	return nil, false
}

// entry reads a key and a value of a map.
func (r *reader) entry(n *node, p int) int {
	if p >= len(r.data) || r.data[p] != '"' {
		return r.unexpected(p, "a key")
	}
	k, next := r.text(p)
	if next < 0 {
		return next
	}
	n.b.Kids[0].Bytes(k)
	if p = r.colon(next); p < 0 {
		return p
	}
	return r.value(n.elem, p)
}

// union reads an object as the branch that its tag names. The tag stands first as
// a rule; otherwise the object is looked through for it.
func (r *reader) union(n *node, p int) int {
	name, found := r.findTag(p + 1)
	if r.code != "" {
		return -1
	}
	if !found {
		if r.skip(p) < 0 {
			return -1
		}
		return r.fail(format.CodeMissing, fmt.Sprintf("%q says which of %s the record is, and is missing", joinPath(n.path, r.tag), n.typ))
	}
	branch := n.typ.Branch(name)
	if branch < 0 {
		if r.skip(p) < 0 {
			return -1
		}
		return r.fail(format.CodeValue, fmt.Sprintf("%q: %q is not a schema of %s", joinPath(n.path, r.tag), name, n.typ))
	}
	row := n.b.Len()
	if p = r.object(n.alts[branch], p+1, row); p < 0 {
		return p
	}
	n.b.Kids[branch].EndRecord()
	n.b.EndUnion(branch)
	return p
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// findTag looks for the tag among the keys of an object, behind its brace.
func (r *reader) findTag(p int) (name string, found bool) {
	depth := r.depth
	defer func() { r.depth = depth }()
	p = r.space(p)
	for p < len(r.data) && r.data[p] == '"' {
		k, next := r.text(p)
		if next < 0 {
			return "", false
		}
		isTag := string(k) == r.tag
		if p = r.colon(next); p < 0 {
			return "", false
		}
		if isTag && p < len(r.data) && r.data[p] == '"' {
			v, next := r.text(p)
			return string(v), next > 0
		}
		if p = r.skip(p); p < 0 {
			return "", false
		}
		more := false
		if p, more = r.comma(p, '}'); !more {
			return "", false
		}
	}
	return "", false
}
