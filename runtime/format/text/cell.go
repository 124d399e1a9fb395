package text

import (
	"encoding/base64"
	"fmt"
	"math"

	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format/column"
)

// Cell reads the values of one scalar column from text and numbers. Its methods
// return why a value does not fit, to follow the value in a sentence as in `"abc"
// is not a double`, and the empty string when it was appended.
type Cell struct {
	B       *column.Builder
	times   Times
	symbols map[string]int32
	scratch []byte
}

// NewCell returns a reader into a builder.
func NewCell(b *column.Builder, times Times) *Cell {
	c := &Cell{B: b, times: times}
	if b.Type.Kind == types.Enum {
		c.symbols = make(map[string]int32, len(b.Type.Symbols))
		for i, s := range b.Type.Symbols {
			c.symbols[s] = int32(i)
		}
	}
	return c
}

// Text appends a value that is written as text in all text formats. Numbers and
// booleans are not: Number and Bool read those.
func (c *Cell) Text(v []byte) string {
	switch c.B.Type.Kind {
	case types.String:
		c.B.Bytes(v)
		return ""
	case types.Bytes, types.Geography, types.Fixed:
		return c.base64(v)
	case types.UUID:
		var id [16]byte
		if !UUID(&id, v) {
			return "is not a uuid"
		}
		c.B.FixedBytes(id[:])
		return ""
	case types.Date:
		d, err := timefmt.ParseDate(String(v))
		if err != nil {
			return "is not a date such as 2018-01-31"
		}
		c.B.Int32(d)
		return ""
	case types.Time:
		t, err := timefmt.ParseTime(String(v))
		return c.micros(t, reason(err != nil, "is not a time of day such as 10:20:30"))
	case types.Timestamp:
		return c.micros(c.times.Instant(v))
	case types.LocalTimestamp:
		return c.micros(c.times.Local(v))
	case types.Duration:
		d, err := timefmt.ParseDuration(String(v))
		return c.micros(d, reason(err != nil, "is not a duration such as PT1H30M"))
	case types.Period:
		months, days, ok := Period(v)
		if !ok {
			return "is not a period such as P1M2D"
		}
		c.B.Period(months, days)
		return ""
	case types.Enum:
		return c.symbol(v)
	case types.Decimal:
		// Producers that fear for digits write decimals as text.
		var n Number
		if length := n.Scan(v); length == 0 || length != len(v) {
			return "is not a " + c.B.Type.NonNull().String()
		}
		return c.Number(&n, v)
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.JSON,
		types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
	}
	return c.not()
}

func reason(failed bool, text string) string {
	if failed {
		return text
	}
	return ""
}

func (c *Cell) micros(v int64, reason string) string {
	if reason == "" {
		c.B.Int64(v)
	}
	return reason
}

// not is the reason of a value of another shape.
func (c *Cell) not() string {
	t := c.B.Type.NonNull()
	if t.Kind == types.Int || t.Kind == types.Array {
		return "is not an " + t.String()
	}
	return "is not a " + t.String()
}

func (c *Cell) base64(v []byte) string {
	if need := base64.StdEncoding.DecodedLen(len(v)); cap(c.scratch) < need {
		c.scratch = make([]byte, need)
	}
	c.scratch = c.scratch[:cap(c.scratch)]
	n, err := base64.StdEncoding.Decode(c.scratch, v)
	if err != nil {
		return "is not base64"
	}
	if c.B.Type.Kind != types.Fixed {
		c.B.Bytes(c.scratch[:n])
		return ""
	}
	if n != c.B.Type.Size {
		return fmt.Sprintf("holds %d bytes where %s holds %d", n, c.B.Type.NonNull(), c.B.Type.Size)
	}
	c.B.FixedBytes(c.scratch[:n])
	return ""
}

func (c *Cell) symbol(v []byte) string {
	i, ok := c.symbols[string(v)]
	if !ok {
		if i, ok = c.symbols[c.B.Type.Default]; !ok || c.B.Type.Default == "" {
			return "is not a symbol of " + c.B.Type.Name
		}
	}
	c.B.Int32(i)
	return ""
}

// Bool appends true or false.
func (c *Cell) Bool(v bool) string {
	if c.B.Type.Kind != types.Boolean {
		return c.not()
	}
	c.B.Bool(v)
	return ""
}

// Number appends a number that was scanned from raw.
func (c *Cell) Number(n *Number, raw []byte) string {
	t := c.B.Type
	switch t.Kind {
	case types.Int:
		v, why := n.Scaled(0, false)
		if why == Fits && v != int64(int32(v)) {
			why = TooLarge
		}
		if why != Fits {
			return unfit(c.B.Type, why)
		}
		c.B.Int32(int32(v))
		return ""
	case types.Long:
		v, why := n.Scaled(0, false)
		if why != Fits {
			return unfit(c.B.Type, why)
		}
		c.B.Int64(v)
		return ""
	case types.Float:
		v, ok := n.Float(raw)
		if !ok {
			return unfit(c.B.Type, TooLarge)
		}
		c.B.Float(v)
		return ""
	case types.Double:
		v, ok := n.Double(raw)
		if !ok {
			return unfit(c.B.Type, TooLarge)
		}
		c.B.Double(v)
		return ""
	case types.Decimal:
		v, why := n.Decimal(raw, t.Precision, t.Scale)
		if why != Fits {
			return unfit(c.B.Type, why)
		}
		c.B.Decimal(v)
		return ""
	case types.Timestamp, types.LocalTimestamp:
		return c.micros(c.times.Number(n))
	case types.Unknown, types.Null, types.Boolean, types.String, types.Bytes, types.Fixed, types.UUID, types.Date,
		types.Time, types.Duration, types.Period, types.Enum, types.Geography, types.JSON, types.Array, types.Map,
		types.Record, types.Union, types.Func, types.Var:
	}
	return c.not()
}

// Special appends a double or float that is not a number in the sense of JSON.
func (c *Cell) Special(v []byte) bool {
	f, ok := map[string]float64{"NaN": math.NaN(), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1)}[string(v)]
	switch {
	case ok && c.B.Type.Kind == types.Double:
		c.B.Double(f)
	case ok && c.B.Type.Kind == types.Float:
		c.B.Float(float32(f))
	default:
		return false
	}
	return true
}

// unfit says why a number does not fit a type.
func unfit(t *types.Type, why int) string {
	t = t.NonNull()
	if why == TooLarge {
		return "is too large for " + t.String()
	}
	if t.Kind == types.Decimal {
		return fmt.Sprintf("has more digits after the point than %s holds", t)
	}
	return "is not a whole number"
}
