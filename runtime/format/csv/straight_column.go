package csv

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

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
	readText                  // string
)

// actionOf is how a column is read whose null has a text.
func actionOf(f *field, null string) action {
	if f.nested != nil || f.at < 0 {
		return readOther
	}
	// A number may be null, then.
	if f.typ.Kind != types.String && null != "" && (null[0] == '-' || null[0] == '.' || null[0]-'0' <= 9) {
		return readOther
	}
	switch f.typ.Kind {
	case types.Long:
		return readLong
	case types.Int:
		return readInt
	case types.Timestamp, types.LocalTimestamp:
		if f.unit > 0 {
			return readEpoch
		}
	case types.Double:
		return readDouble
	case types.Decimal:
		if f.typ.Precision <= 18 && f.typ.Scale >= 0 && f.typ.Scale <= 18 {
			return readDecimal
		}
	case types.String:
		return readText
	case types.Unknown, types.Null, types.Boolean, types.Float, types.Bytes, types.Fixed, types.UUID, types.Date,
		types.Time, types.Duration, types.Period, types.Enum, types.Geography, types.JSON, types.Array, types.Map,
		types.Record, types.Union, types.Func, types.Var:
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
		case readText:
			i += s.texts(f, data, i, n)
		case readOther:
		}
		// What is not written as a rule, or null.
		if i < n && !s.r.cell(f, data, s.cells[i*s.r.width+f.at]) {
			return i
		}
	}
	return n
}

// longs reads whole numbers from record i on, until one is not written as a rule. It returns
// how many it has read, as do the others.
func (s *straight) longs(f *field, data []byte, i, n int) int {
	room, at, width := f.b.LongRoom(n-i), i*s.r.width+f.at, s.r.width
	got := 0
	for ; got < len(room); got++ {
		c := &s.cells[at]
		p, neg := signed(data, c)
		u, ok := whole(data, p, int(c.end))
		if !ok {
			break
		}
		v := int64(u)
		if neg {
			v = -v
		}
		room[got] = v
		at += width
	}
	f.b.Longs(got)
	return got
}

func (s *straight) ints(f *field, data []byte, i, n int) int {
	room, at, width := f.b.IntRoom(n-i), i*s.r.width+f.at, s.r.width
	got := 0
	for ; got < len(room); got++ {
		c := &s.cells[at]
		p, neg := signed(data, c)
		u, ok := whole(data, p, int(c.end))
		v := int64(u)
		if neg {
			v = -v
		}
		if !ok || v != int64(int32(v)) {
			break
		}
		room[got] = int32(v)
		at += width
	}
	f.b.Ints(got)
	return got
}

// epochs reads instants of numbers that begin with a digit other than 0.
func (s *straight) epochs(f *field, data []byte, i, n int) int {
	room, at, width := f.b.LongRoom(n-i), i*s.r.width+f.at, s.r.width
	got, unit, most := 0, f.unit, uint64(math.MaxInt64/f.unit)
	for ; got < len(room); got++ {
		c := &s.cells[at]
		p := int(c.start)
		u, ok := whole(data, p, int(c.end))
		if !ok || u >= most || data[p] == '0' {
			break
		}
		room[got] = int64(u) * unit
		at += width
	}
	f.b.Longs(got)
	return got
}

func (s *straight) doubles(f *field, data []byte, i, n int) int {
	room, at, width := f.b.DoubleRoom(n-i), i*s.r.width+f.at, s.r.width
	got := 0
	for ; got < len(room); got++ {
		c := &s.cells[at]
		p, neg := signed(data, c)
		u, places, ok := fraction(data, p, int(c.end))
		if !ok {
			break
		}
		v := float64(u)
		if places > 0 { // up to 15 digits, which a double holds exactly: the nearest one is found by dividing
			v /= text.Pow10[places]
		}
		if neg {
			v = -v
		}
		room[got] = v
		at += width
	}
	f.b.Doubles(got)
	return got
}

func (s *straight) decimals(f *field, data []byte, i, n int) int {
	at, width, scale := i*s.r.width+f.at, s.r.width, f.typ.Scale
	got, most := 0, text.Ten[f.typ.Precision]
	for ; i+got < n; got++ {
		c := &s.cells[at]
		p, neg := signed(data, c)
		u, places, ok := fraction(data, p, int(c.end))
		if !ok || places > scale || int(c.end)-p+scale > 18 {
			break
		}
		if u *= text.Ten[scale-places]; u >= most {
			break
		}
		v := int64(u)
		if neg {
			v = -v
		}
		f.b.Decimal(decimal128.FromI64(v))
		at += width
	}
	return got
}

func (s *straight) texts(f *field, data []byte, i, n int) int {
	ends, into := f.b.TextRoom(n - i)
	at, width, null := i*s.r.width+f.at, s.r.width, s.r.null
	got, nullable := 0, f.typ.Nullable
	for ; got < len(ends); got++ {
		c := &s.cells[at]
		v := data[c.start:c.end]
		if c.doubled || nullable && !c.quoted && string(v) == null {
			break
		}
		if cap(into)-len(into) < len(v) {
			into = f.b.MoreText(into, len(v))
		}
		into = append(into, v...)
		ends[got] = int32(len(into))
		at += width
	}
	f.b.Texts(got, into)
	return got
}
