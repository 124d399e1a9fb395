package ndjson

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/text"
)

// straight reads records that look like the one before: the same keys in the same
// order, the same white space, each value as it is written as a rule. Anything else is
// left to the reader, which sees the record from its beginning: straight accepts
// less than the reader and never decides what is wrong with a record.
type straight struct {
	r     *reader
	rec   *record
	steps []step
	// missing are the fields that these records leave out.
	missing []*node
	pieces  []piece
	marked  []piece // those whose places are kept: they do not begin and end with the record
	ends    []int32 // of the record being read: its begin, and the end of each step
	blank   []int   // steps whose columns may be left blank
	lean    bool    // they are
	notes   bool    // texts whose columns are blank are noted for format.Schema.Beside
	row     int     // of the batch, the first of the run
	// nested says that the reader reads values that hold others: it must not see
	// beyond the line, nor anything of a record that is too long.
	nested bool
	turns  int // of the record's keys when the steps were made
	least  int // bytes of the shortest record
	// oneByOne says that some values are read one by one, and so are records.
	oneByOne bool
}

// step is a key and how its value is read.
type step struct {
	key    string // with the brace or comma before it and the colon behind, and the space at these
	lead   int    // bytes of it before the quote
	behind int    // bytes between the value and the next quote or line
	lo, hi uint64 // its first 16 bytes
	loMask uint64
	hiMask uint64
	tail   []byte // behind them
	do     action
	unit   int64 // timestamps: microseconds in one of a number
	n      *node
	copied bool // it is in a piece

	// For records that are read together.
	stops  int  // bytes of the key that are not plain
	at     int  // the first of those among the stops of a record
	isText bool // the value is a text

	// Where the values of a run go.
	longs   []int64
	ints    []int32
	doubles []float64
	ends    []int32
	text    []byte
	base    int // of the text, before the run

	// from and to are where the texts of a batch stand whose column is blank.
	from, to []int32
}

// action is how a value is read.
type action uint8

const (
	passOver  action = iota // nobody reads it
	readLong                // long, and timestamp as a number
	readInt                 // int
	readFloat               // double
	readText                // string
	readOther               // value by value: what may be null, and what the reader reads
	checkLong               // long whose column is left blank
	checkInt
	checkText
	noteText // checkText, and where the text stands
)

// newStraight makes the steps for the order of keys that the record expects, with white space
// as in records read before; nil when that order does not fit.
func newStraight(r *reader, schema *format.Schema, space spacing) *straight {
	if r.root.typ.Kind != types.Record {
		return nil
	}
	rec := r.root.rec
	s := &straight{r: r, rec: rec, turns: rec.turns}
	seen := make([]bool, len(rec.keys))
	before := "{" + space.brace
	for at := rec.first; at != none; at = rec.keys[at].next {
		k := &rec.keys[at]
		if seen[at] || k.field == unknown && r.strict {
			return nil
		}
		seen[at] = true
		st := step{key: before + k.quoted + ":" + space.colon, lead: len(before), behind: 1, do: passOver}
		if at != rec.first {
			s.steps[len(s.steps)-1].behind = st.lead
		}
		if k.field >= 0 {
			st.n = rec.fields[k.field]
			st.do, st.unit = actionOf(st.n)
			s.nested = s.nested || st.do == readOther && (st.n.cell == nil || st.n.typ.Kind == types.JSON)
		}
		st.lo, st.loMask = word(st.key, 0)
		st.hi, st.hiMask = word(st.key, 8)
		st.tail = []byte(st.key[min(16, len(st.key)):])
		for i := range len(st.key) {
			if !plainByte(st.key[i]) {
				st.stops++
			}
		}
		st.isText = st.do == readText
		s.oneByOne = s.oneByOne || st.do == readOther
		s.steps = append(s.steps, st)
		s.least += len(st.key) + 1
		before = "," + space.comma
	}
	if !s.absent(seen) || len(s.steps) == 0 {
		return nil
	}
	s.ends = make([]int32, len(s.steps)+1)
	s.find(schema.Pieces)
	s.mayBlank(schema)
	return s
}

// absent finds the fields that no key names; they must be optional, and the others
// named once.
func (s *straight) absent(seen []bool) bool {
	named := make([]bool, len(s.rec.fields))
	for at, k := range s.rec.keys {
		if seen[at] && k.field >= 0 {
			if named[k.field] { // by an earlier name, too
				return false
			}
			named[k.field] = true
		}
	}
	for i, n := range s.rec.fields {
		if named[i] {
			continue
		}
		if !n.optional {
			return false
		}
		s.missing = append(s.missing, n)
	}
	return true
}

// actionOf is how values of a node are read. A column that takes nulls, or a type
// without an action of its own, is left to the reader.
func actionOf(n *node) (do action, unit int64) {
	if n.typ.Nullable {
		return readOther, 0
	}
	switch n.typ.Kind {
	case types.Long:
		return readLong, 1
	case types.Int:
		return readInt, 1
	case types.Timestamp:
		if n.unit > 0 {
			return readLong, n.unit
		}
	case types.Double:
		return readFloat, 0
	case types.String:
		return readText, 0
	case types.Unknown, types.Null, types.Boolean, types.Float, types.Decimal, types.Bytes, types.Fixed, types.UUID,
		types.Date, types.Time, types.LocalTimestamp, types.Duration, types.Period, types.Enum, types.Geography,
		types.JSON, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
	}
	return readOther, 0
}

// word is up to eight bytes of a key from a position on, and which of its bytes
// are there.
func word(key string, from int) (w, mask uint64) {
	for i := from; i < min(len(key), from+8); i++ {
		w |= uint64(key[i]) << (8 * (i - from))
		mask |= 0xff << (8 * (i - from))
	}
	return w, mask
}

// begin makes room for n records.
func (s *straight) begin(n int) {
	for i := range s.steps {
		st := &s.steps[i]
		switch st.do {
		case readLong:
			st.longs = st.n.b.LongRoom(n)
		case readInt:
			st.ints = st.n.b.IntRoom(n)
		case readFloat:
			st.doubles = st.n.b.DoubleRoom(n)
		case readText:
			st.ends, st.text = st.n.b.TextRoom(n)
			st.base = len(st.text)
		case noteText:
			if more := s.row + n - len(st.from); more > 0 {
				st.from, st.to = append(st.from, make([]int32, more)...), append(st.to, make([]int32, more)...)
			}
		case passOver, readOther, checkLong, checkInt, checkText:
		}
	}
}

// end keeps the first n records.
func (s *straight) end(n int) {
	for i := range s.steps {
		st := &s.steps[i]
		switch st.do {
		case readLong:
			st.n.b.Longs(n)
		case readInt:
			st.n.b.Ints(n)
		case readFloat:
			st.n.b.Doubles(n)
		case readText:
			st.n.b.Texts(n, st.text)
		case passOver, readOther, checkLong, checkInt, checkText, noteText:
		}
	}
	s.r.root.b.Records(n)
}

// record reads the record at p of the data as row i of the run. It returns where
// the next one begins, and the end of this one without its line's; 0 when it is to
// be read otherwise. plain says that its pieces stand as they would be written.
func (s *straight) record(data []byte, p, i, limit int) (next, end int, plain bool) {
	start, lines := p, false
	plain = true
	s.ends[0] = int32(p)
	if s.nested {
		i := bytes.IndexByte(data[p:], '\n')
		if i < 0 || i > limit {
			return 0, 0, false
		}
		s.r.data = data[:p+i]
	}
	for j := range s.steps {
		st := &s.steps[j]
		if p = st.pastKey(data, p); p == 0 {
			return 0, 0, false
		}
		switch st.do {
		case passOver:
			q := passed(data, p)
			if q == 0 {
				lines = true
				q = s.r.skip(p)
			}
			p = q
		case readLong:
			st.longs[i], p = whole(data, p)
			if v := st.longs[i]; st.unit > 1 {
				if v >= math.MaxInt64/st.unit || v <= -math.MaxInt64/st.unit {
					return 0, 0, false
				}
				st.longs[i] = v * st.unit
			}
		case readInt:
			v := int64(0)
			if v, p = whole(data, p); v != int64(int32(v)) {
				return 0, 0, false
			}
			st.ints[i] = int32(v)
		case readFloat:
			st.doubles[i], p = fraction(data, p)
		case readText:
			escaped := false
			if p, escaped = s.text(st, data, p, i); escaped {
				plain = plain && !st.copied
			}
		case readOther:
			q := quick(st.n, data, p)
			if q == 0 {
				plain = plain && !st.copied
				q = s.r.value(st.n, p)
			}
			p = q
		case checkLong:
			p = pastWhole(data, p)
		case checkInt:
			v := int64(0)
			if v, p = whole(data, p); v != int64(int32(v)) {
				return 0, 0, false
			}
		case checkText:
			p = s.plainText(data, p)
		case noteText:
			st.from[s.row+i] = int32(p + 1)
			p = s.plainText(data, p)
			st.to[s.row+i] = int32(p - 1)
		}
		if p <= 0 {
			return 0, 0, false
		}
		s.ends[j+1] = int32(p)
	}
	if p+2 > len(data) || data[p] != '}' {
		return 0, 0, false
	}
	p++
	end = p
	if data[p] == '\r' && p+1 < len(data) {
		p++
	}
	if data[p] != '\n' || p-start > limit || s.lean && !plain || lines && bytes.IndexByte(data[start:p], '\n') >= 0 {
		return 0, 0, false
	}
	for _, n := range s.missing {
		n.b.Value(n.absent)
	}
	return p + 1, end, plain
}

// pastKey steps over the key; 0 where another stands.
func (st *step) pastKey(data []byte, p int) int {
	if p+16 > len(data) ||
		(binary.LittleEndian.Uint64(data[p:])^st.lo)&st.loMask|(binary.LittleEndian.Uint64(data[p+8:])^st.hi)&st.hiMask != 0 ||
		len(st.key) > 16 && !bytes.HasPrefix(data[p+16:], st.tail) {
		return 0
	}
	return p + len(st.key)
}

// passed steps over plain text or a whole number; 0 for anything else.
func passed(data []byte, p int) int {
	if p < len(data) && data[p] == '"' {
		end := plainEnd(data, p+1)
		if end < len(data) && data[end] == '"' {
			return end + 1
		}
		return 0
	}
	return pastWhole(data, p)
}

// text reads a string.
func (s *straight) text(st *step, data []byte, p, i int) (next int, escaped bool) {
	if p >= len(data) || data[p] != '"' {
		return 0, false
	}
	end := plainEnd(data, p+1)
	var v []byte
	if end < len(data) && data[end] == '"' {
		v, next = data[p+1:end], end+1
	} else {
		if v, next = s.r.text(p); next <= 0 {
			return 0, false
		}
		escaped = len(v) != next-p-2
	}
	n := st.base
	if i > 0 {
		n = int(st.ends[i-1])
	}
	if cap(st.text)-n < len(v) {
		st.text = st.n.b.MoreText(st.text[:n], len(v))
	}
	st.text = append(st.text[:n], v...)
	st.ends[i] = int32(len(st.text))
	return next, escaped
}

// digits reads the digits at the beginning of eight bytes: their value and number.
func digits(w uint64) (v uint64, n int) {
	w ^= ones * '0'
	if stop := ((w + ones*0x76) | w) & highs; stop != 0 {
		n = bits.TrailingZeros64(stop) >> 3
		if n == 0 {
			return 0, 0
		}
		w <<= 64 - 8*n // zeros go in front
	} else {
		n = 8
	}
	return text.EightDigits(w), n
}

// pow10 are the powers of ten that eight digits need.
var pow10 = [...]uint64{1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000}

// whole reads a number of up to 16 digits as it is written as a rule, with a comma
// or brace behind it; next is 0 for another.
func whole(data []byte, p int) (v int64, next int) {
	neg := p < len(data) && data[p] == '-'
	if neg {
		p++
	}
	if p+17 > len(data) {
		return 0, 0
	}
	u, n := digits(binary.LittleEndian.Uint64(data[p:]))
	if n == 8 {
		more, m := digits(binary.LittleEndian.Uint64(data[p+8:]))
		u, n = u*pow10[m]+more, 8+m
	}
	if n == 0 || data[p] == '0' && (n > 1 || neg) {
		return 0, 0
	}
	p += n
	if c := data[p]; c != ',' && c != '}' {
		return 0, 0
	}
	if neg {
		return -int64(u), p
	}
	return int64(u), p
}

// pastWhole is whole for who does not want the number.
func pastWhole(data []byte, p int) (next int) {
	neg := p < len(data) && data[p] == '-'
	if neg {
		p++
	}
	if p+17 > len(data) {
		return 0
	}
	n := countDigits(binary.LittleEndian.Uint64(data[p:]))
	if n == 8 {
		n += countDigits(binary.LittleEndian.Uint64(data[p+8:]))
	}
	if n == 0 || data[p] == '0' && (n > 1 || neg) {
		return 0
	}
	p += n
	if c := data[p]; c != ',' && c != '}' {
		return 0
	}
	return p
}

// countDigits is how many of eight bytes are digits before the first that is none.
func countDigits(w uint64) int {
	w ^= ones * '0'
	return bits.TrailingZeros64(((w+ones*0x76)|w)&highs) >> 3
}

// fraction reads a number without exponent whose digits a double holds exactly.
func fraction(data []byte, p int) (v float64, next int) {
	neg := p < len(data) && data[p] == '-'
	if neg {
		p++
	}
	if p+17 > len(data) {
		return 0, 0
	}
	u, n := digits(binary.LittleEndian.Uint64(data[p:]))
	if n == 0 || n == 8 || data[p] == '0' && n > 1 {
		return 0, 0
	}
	p += n
	places := 0
	if data[p] == '.' {
		more, m := digits(binary.LittleEndian.Uint64(data[p+1:]))
		if m == 0 || m == 8 {
			return 0, 0
		}
		u, places = u*pow10[m]+more, m
		p += 1 + m
	}
	if c := data[p]; c != ',' && c != '}' {
		return 0, 0
	}
	v = float64(u)
	if places > 0 {
		v /= text.Pow10[places]
	}
	if neg {
		v = -v
	}
	return v, p
}

// How long straight reading is trusted: each record that it reads earns one, each
// that it must give back costs more, and when nothing is left it rests for some
// records, at each time for twice as many, until it has proved itself again.
const (
	creditFirst = 64
	creditMost  = 1024
	creditMiss  = 8
	restLeast   = 8
	restMost    = 4096
)

// straightOn reads records in a straight line until one needs the reader, or there
// are enough. It reports whether it read any.
func (d *decoder) straightOn(most int) bool {
	s := d.straight
	if s == nil || d.skipped || most <= 0 {
		return false
	}
	if s.turns != s.rec.turns && !d.align() {
		return false
	}
	s = d.straight
	data, p := d.Chunk, d.Pos
	most = min(most, len(data[p:])/s.least+1)
	d.r.reset(data)
	d.r.depth = 1 // within the record
	before := d.r.root.b.Len()
	s.row = len(d.rows)
	s.begin(most)
	if stride := s.stride(); stride > 0 { // rows before may have been read by the reader
		d.marks = append(d.marks, make([]int32, len(d.rows)*stride-len(d.marks))...)
	}
	n := 0
	for n < most {
		if got, next := d.runOn(s, p, n, most-n); got > 0 {
			p, n = next, n+got
			continue
		}
		next, end, plain := s.record(data, p, n, d.limit)
		if next == 0 {
			break
		}
		if !plain {
			d.odd = append(d.odd, int32(len(d.rows)))
		}
		d.rows = append(d.rows, span{int32(p), int32(end)})
		d.marks = s.mark(d.marks)
		p = next
		n++
	}
	s.end(n)
	d.Drop(p - d.Pos)
	if d.credit = min(d.credit+n, creditMost); d.credit == creditMost {
		d.pause = restLeast
	}
	if n < most && p < len(data) {
		s.takeBack(before + n)
		d.missed()
	}
	return n > 0
}

// align makes the steps for the order of keys of the records just read.
func (d *decoder) align() bool {
	if d.straight = newStraight(d.r, &d.schema, d.space); d.straight == nil {
		d.restAWhile()
		return false
	}
	d.odd, d.marks = d.odd[:0], d.marks[:0]
	for i := range d.rows { // they stand in another order
		d.odd = append(d.odd, int32(i))
	}
	return true
}

// readOne counts a record that the reader read; after some of them straight reading
// is tried again.
func (d *decoder) readOne() {
	d.odd = append(d.odd, int32(len(d.rows)-1))
	if d.straight != nil {
		return
	}
	if d.rest--; d.rest > 0 {
		return
	}
	last := d.rows[len(d.rows)-1]
	d.space = spacingOf(d.Chunk[last.start:last.end])
	if d.align() {
		d.credit = creditFirst
	}
}

// missed counts a record that was given back, unless it is only not there yet.
func (d *decoder) missed() {
	if d.credit -= creditMiss; d.credit < 0 && bytes.IndexByte(d.Chunk[d.Pos:], '\n') >= 0 {
		d.restAWhile()
	}
}

func (d *decoder) restAWhile() {
	d.pause = max(restLeast, min(2*d.pause, restMost))
	d.straight, d.rest = nil, d.pause
}

// takeBack removes what a record that was given back has left in the columns that
// the reader writes.
func (s *straight) takeBack(n int) {
	for i := range s.steps {
		if st := &s.steps[i]; st.do == readOther {
			st.n.b.Truncate(n)
		}
	}
}
