package csv

import (
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format/text"
)

// action is how the values of a column are read in a run.
type action uint8

const (
	readOther   action = iota // one after the other, as the careful reader does
	readLong                  // long
	readInt                   // int
	readEpoch                 // timestamp and local_timestamp as numbers
	readDouble                // double
	readDecimal               // decimal of one word
	readInstant               // timestamp as text
	readDate                  // date
	readBool                  // boolean
	readText                  // string
)

// actionOf is how a column is read whose null has a text.
func actionOf(f *field, null string) action {
	if f.nested != nil || f.at < 0 {
		return readOther
	}
	if f.typ.Kind != types.String && null != "" && strings.IndexByte("-.0123456789tTfF", null[0]) >= 0 {
		return readOther // a value that could be read may be null
	}
	switch f.typ.Kind {
	case types.Long:
		return readLong
	case types.Int:
		return readInt
	case types.Timestamp, types.LocalTimestamp:
		switch {
		case f.unit > 0:
			return readEpoch
		case f.typ.Kind == types.Timestamp && !f.times.Epoch():
			return readInstant
		}
	case types.Double:
		return readDouble
	case types.Decimal:
		if f.typ.Precision <= 18 && f.typ.Scale >= 0 && f.typ.Scale <= 18 {
			return readDecimal
		}
	case types.String:
		return readText
	case types.Date:
		return readDate
	case types.Boolean:
		return readBool
	case types.Unknown, types.Null, types.Float, types.Bytes, types.Fixed, types.UUID, types.Time, types.Duration,
		types.Period, types.Enum, types.Geography, types.JSON, types.Array, types.Map, types.Record, types.Union,
		types.Func, types.Var:
	}
	return readOther
}

// column reads a column of n records. It returns how many of them it has read.
func (s *straight) column(f *field, data []byte, n int) int {
	if f.at < 0 {
		for range n {
			f.b.Value(f.absent)
		}
		return n
	}
	for i := 0; i < n; i++ {
		switch f.do {
		case readLong:
			i += s.longs(f, data, i, n)
		case readInt:
			i += s.ints(f, data, i, n)
		case readEpoch:
			i += s.epochs(f, data, i, n)
		case readDouble:
			i += s.doubles(f, data, i, n)
		case readDecimal:
			i += s.decimals(f, data, i, n)
		case readInstant:
			i += s.instants(f, data, i, n)
		case readDate:
			i += s.dates(f, data, i, n)
		case readBool:
			i += s.bools(f, data, i, n)
		case readText:
			i += s.texts(f, data, i, n)
		case readOther:
		}
		// What is not written as a rule.
		if i < n && !s.r.cell(f, data, s.cells[i*s.r.width+f.at]) {
			return i
		}
	}
	return n
}

// longs reads whole numbers from record i on, until one is not written as a rule. It returns
// how many it has read, as do the others.
func (s *straight) longs(f *field, data []byte, i, n int) int {
	room, cells, nulls := f.b.LongRoom(n-i), s.cells[i*s.r.width+f.at:], s.nulls[:0]
	got, at, width := 0, 0, s.r.width
	for ; got < len(room); got++ {
		c := &cells[at]
		at += width
		p, neg := signed(data, c)
		u, ok := whole(data, p, int(c.end))
		if !ok {
			if !s.isNull(f, data, c) {
				break
			}
			u, nulls = 0, append(nulls, int32(got))
		}
		v := int64(u)
		if neg {
			v = -v
		}
		room[got] = v
	}
	f.b.Longs(got)
	f.b.Nulled(got, nulls)
	return got
}

func (s *straight) ints(f *field, data []byte, i, n int) int {
	room, cells, nulls := f.b.IntRoom(n-i), s.cells[i*s.r.width+f.at:], s.nulls[:0]
	got, at, width := 0, 0, s.r.width
	for ; got < len(room); got++ {
		c := &cells[at]
		at += width
		p, neg := signed(data, c)
		u, ok := whole(data, p, int(c.end))
		v := int64(u)
		if neg {
			v = -v
		}
		if !ok || v != int64(int32(v)) {
			if !s.isNull(f, data, c) {
				break
			}
			v, nulls = 0, append(nulls, int32(got))
		}
		room[got] = int32(v)
	}
	f.b.Ints(got)
	f.b.Nulled(got, nulls)
	return got
}

// epochs reads instants of numbers that begin with a digit other than 0.
func (s *straight) epochs(f *field, data []byte, i, n int) int {
	room, cells, nulls := f.b.LongRoom(n-i), s.cells[i*s.r.width+f.at:], s.nulls[:0]
	at, width := 0, s.r.width
	got, unit, most := 0, f.unit, uint64(math.MaxInt64/f.unit)
	for ; got < len(room); got++ {
		c := &cells[at]
		at += width
		p := int(c.start)
		u, ok := whole(data, p, int(c.end))
		if !ok || u >= most || data[p] == '0' {
			if !s.isNull(f, data, c) {
				break
			}
			u, nulls = 0, append(nulls, int32(got))
		}
		room[got] = int64(u) * unit
	}
	f.b.Longs(got)
	f.b.Nulled(got, nulls)
	return got
}

func (s *straight) doubles(f *field, data []byte, i, n int) int {
	room, cells, nulls := f.b.DoubleRoom(n-i), s.cells[i*s.r.width+f.at:], s.nulls[:0]
	got, at, width := 0, 0, s.r.width
	for ; got < len(room); got++ {
		c := &cells[at]
		at += width
		p, neg := signed(data, c)
		u, places, ok := fraction(data, p, int(c.end))
		if !ok {
			if !s.isNull(f, data, c) {
				break
			}
			u, places, neg, nulls = 0, 0, false, append(nulls, int32(got))
		}
		v := float64(u)
		if places > 0 { // up to 15 digits, which a double holds exactly: the nearest one is found by dividing
			v /= text.Pow10[places]
		}
		if neg {
			v = -v
		}
		room[got] = v
	}
	f.b.Doubles(got)
	f.b.Nulled(got, nulls)
	return got
}

func (s *straight) decimals(f *field, data []byte, i, n int) int {
	room, cells, nulls := f.b.DecimalRoom(n-i), s.cells[i*s.r.width+f.at:], s.nulls[:0]
	at, width := 0, s.r.width
	got, scale, most := 0, f.typ.Scale, text.Ten[f.typ.Precision]
	for ; got < len(room); got++ {
		c := &cells[at]
		at += width
		p, neg := signed(data, c)
		u, places, ok := fraction(data, p, int(c.end))
		if ok = ok && places <= scale && int(c.end)-p+scale <= 18; ok {
			u *= text.Ten[scale-places]
		}
		if !ok || u >= most {
			if !s.isNull(f, data, c) {
				break
			}
			u, nulls = 0, append(nulls, int32(got))
		}
		v := int64(u)
		if neg {
			v = -v
		}
		room[got] = decimal128.FromI64(v)
	}
	f.b.Decimals(got)
	f.b.Nulled(got, nulls)
	return got
}

func (s *straight) instants(f *field, data []byte, i, n int) int {
	room, cells, nulls := f.b.LongRoom(n-i), s.cells[i*s.r.width+f.at:], s.nulls[:0]
	got, at, width := 0, 0, s.r.width
	for ; got < len(room); got++ {
		c := &cells[at]
		at += width
		if s.isNull(f, data, c) {
			room[got], nulls = 0, append(nulls, int32(got))
			continue
		}
		v, why := f.times.Instant(data[c.start:c.end])
		if why != "" {
			break
		}
		room[got] = v
	}
	f.b.Longs(got)
	f.b.Nulled(got, nulls)
	return got
}

func (s *straight) dates(f *field, data []byte, i, n int) int {
	room, cells, nulls := f.b.IntRoom(n-i), s.cells[i*s.r.width+f.at:], s.nulls[:0]
	got, at, width := 0, 0, s.r.width
	for ; got < len(room); got++ {
		c := &cells[at]
		at += width
		if s.isNull(f, data, c) {
			room[got], nulls = 0, append(nulls, int32(got))
			continue
		}
		v, err := timefmt.ParseDate(text.String(data[c.start:c.end]))
		if err != nil {
			break
		}
		room[got] = v
	}
	f.b.Ints(got)
	f.b.Nulled(got, nulls)
	return got
}

func (s *straight) bools(f *field, data []byte, i, n int) int {
	cells := s.cells[i*s.r.width+f.at:]
	got, at, width := 0, 0, s.r.width
	for ; i+got < n; got++ {
		c := &cells[at]
		at += width
		if s.isNull(f, data, c) {
			f.b.Null()
			continue
		}
		v, ok := boolean(data[c.start:c.end])
		if !ok {
			break
		}
		f.b.Bool(v)
	}
	return got
}

func (s *straight) texts(f *field, data []byte, i, n int) int {
	ends, into := f.b.TextRoom(n - i)
	cells, nulls, width, mayBeNull := s.cells[i*s.r.width+f.at:], s.nulls[:0], s.r.width, f.typ.Nullable
	end, into, at := len(into), into[:cap(into)], 0
	for got := range ends {
		c := &cells[at]
		at += width
		v := data[c.start:c.end]
		if len(into)-end < len(v) {
			into = f.b.MoreText(into[:end], len(v))
			into = into[:cap(into)]
		}
		switch {
		case mayBeNull && !c.quoted && string(v) == s.r.null:
			nulls = append(nulls, int32(got))
		case c.doubled:
			end = len(appendUndoubled(into[:end], v))
		default:
			end += copy(into[end:], v)
		}
		ends[got] = int32(end)
	}
	f.b.Texts(len(ends), into[:end])
	f.b.Nulled(len(ends), nulls)
	return len(ends)
}

// isNull reports a cell of a column other than of text that is null.
func (s *straight) isNull(f *field, data []byte, c *cell) bool {
	return f.typ.Nullable && !c.quoted && (c.start == c.end || string(data[c.start:c.end]) == s.r.null)
}
