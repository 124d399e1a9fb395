package kernel

import (
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
)

// Cast returns the kernel that converts values of one type to another, to be
// called with N = 1 for a scalar; the null marks are the caller's business, except for a JSON null, which becomes null. A
// nil kernel with ok says that the values stay as they are. A value that does not
// fit fails with CodeCast, or with CodeDecimalOverflow where a decimal gains scale
// and loses integral digits.
//
//	from \ to        int long  float double  decimal  boolean  string  json  others
//	int, long        range     yes           digits   -        yes     yes
//	float, double    whole     range         digits   -        yes     yes
//	decimal          whole     yes           digits   -        yes     yes
//	boolean          0, 1      -             -        same     yes     yes
//	string           parse     parse         parse    parse    same    parse bytes; uuid, date, time, timestamp, local_timestamp, duration, enum: parse
//	json             number    number        number   boolean  yes     same  uuid, date, time, timestamp, local_timestamp, duration, enum: a string, parsed
//	enum             index     -             -        -        symbol  yes   enum: by symbol
//	uuid, bytes      -         -             -        -        text    yes   uuid to bytes; bytes to string only when UTF-8
//	date             -         -             -        -        yes     yes   local_timestamp
//	time, timestamp, local_timestamp,
//	duration, period -         -             -        -        yes     yes
//	array, map       -         -             -        -        -       yes   the same with elements converted
//	record           -         -             -        -        -       yes   record, field by name; a missing field is null
//
// "range" fails outside the range of the target, "whole" also on fractions, NaN and
// infinities, "digits" when integral digits do not fit (digits after the point are
// rounded, half away from zero), "parse" on text of another form.
func Cast(from, to *types.Type) (k Kernel, ok bool) {
	if types.Equal(from.NonNull(), to.NonNull()) {
		return nil, true
	}
	switch to.Kind {
	case types.Int:
		k = castToInt(from)
	case types.Long:
		k = castToLong(from)
	case types.Float:
		k = castToFloat(from)
	case types.Double:
		k = castToDouble(from)
	case types.Decimal:
		k = castToDecimal(from, to)
	case types.String:
		k = castToText(from)
	case types.JSON:
		k = castToJSON(from)
	case types.Boolean, types.UUID, types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration, types.Enum, types.Bytes:
		k = castToScalar(from, to)
	case types.Array:
		k = castArray(from, to)
	case types.Map:
		k = castMap(from, to)
	case types.Record:
		k = castRecord(from, to)
	case types.Unknown, types.Null, types.Func, types.Var:
		return nil, true
	case types.Union:
		if from.Kind == types.Union && from.Name == to.Name {
			return nil, true
		}
	case types.Fixed, types.Geography, types.Period:
	}
	if from.Kind == types.Null || from.Kind == types.Unknown {
		return allNull, true
	}
	return k, k != nil
}

// allNull is the conversion of the type that has no value.
func allNull(c *Call) arrow.Array { return array.MakeArrayOfNull(c.Alloc, ArrowType(c.Result), c.N) }

// castBy converts values one by one; reason "" says that it went well.
func castBy[A, R Value](f func(A) (r R, reason string)) Kernel {
	return func(c *Call) arrow.Array {
		x, out := Reader[A](c.Args[0]), NewColumn[R](c)
		c.Each(func(i int) {
			r, reason := f(x(i))
			if reason != "" {
				c.Trap(i, CodeCast, reason)
				return
			}
			out.Set(i, r)
		})
		return out.Finish()
	}
}

// castText converts text; the reason is the error's.
func castText[R Value](f func(string) (R, error)) Kernel {
	return castBy(func(s string) (R, string) {
		r, err := f(s)
		if err != nil {
			return r, err.Error()
		}
		return r, ""
	})
}

// retyped gives the same memory another type of the same layout.
func retyped(c *Call) arrow.Array {
	a := c.Args[0].Arr
	d := a.Data()
	data := array.NewData(ArrowType(c.Result), d.Len(), d.Buffers(), d.Children(), d.NullN(), d.Offset())
	defer data.Release()
	return array.MakeFromData(data)
}

func castToScalar(from, to *types.Type) Kernel {
	switch {
	case from.Kind == types.JSON:
		return jsonToScalar(to)
	case from.Kind == types.String:
		return textToScalar(to)
	case from.Kind == types.Date && to.Kind == types.LocalTimestamp:
		return DatesToLocal
	case from.Kind == types.UUID && to.Kind == types.Bytes, from.Kind == types.Fixed && to.Kind == types.Bytes:
		return Map1(func(x []byte) []byte { return x })
	case from.Kind == types.Enum && to.Kind == types.Enum:
		return enumToEnum(from, to)
	}
	return nil
}

// textToScalar reads text as anything but a number; nil where there is no such reading.
func textToScalar(to *types.Type) Kernel {
	switch to.Kind {
	case types.Boolean:
		return castBy(func(s string) (bool, string) {
			switch s {
			case "true":
				return true, ""
			case "false":
				return false, ""
			}
			return false, quoted(s) + " is neither true nor false"
		})
	case types.UUID:
		return castUUID
	case types.Date:
		return castText(timefmt.ParseDate)
	case types.Time:
		return castText(timefmt.ParseTime)
	case types.Timestamp:
		return castText(timefmt.ParseInstant)
	case types.LocalTimestamp:
		return castText(timefmt.ParseLocal)
	case types.Duration:
		return castText(timefmt.ParseDuration)
	case types.Enum:
		return textToEnum(to)
	case types.Bytes:
		return retyped
	case types.Unknown, types.Null, types.Int, types.Long, types.Float, types.Double, types.Decimal, types.String, types.Fixed,
		types.Period, types.Geography, types.JSON, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
		return nil
	}
	return nil
}

func textToEnum(to *types.Type) Kernel {
	index := make(map[string]int32, len(to.Symbols))
	for i, s := range to.Symbols {
		index[s] = int32(i)
	}
	return castBy(func(s string) (int32, string) {
		if i, ok := index[s]; ok {
			return i, ""
		}
		return 0, quoted(s) + " is not a symbol of " + to.Name
	})
}

func enumToEnum(from, to *types.Type) Kernel {
	index := make([]int32, len(from.Symbols))
	for i, s := range from.Symbols {
		index[i] = -1
		for j, other := range to.Symbols {
			if s == other {
				index[i] = int32(j)
			}
		}
	}
	return castBy(func(i int32) (int32, string) {
		if index[i] < 0 {
			return 0, quoted(from.Symbols[i]) + " is not a symbol of " + to.Name
		}
		return index[i], ""
	})
}

func castUUID(c *Call) arrow.Array {
	x, out := Reader[string](c.Args[0]), NewColumn[[]byte](c)
	var room [16]byte
	c.Each(func(i int) {
		id, reason := parseUUID(room[:0], x(i))
		if reason != "" {
			c.Trap(i, CodeCast, reason)
			return
		}
		out.Set(i, id)
	})
	return out.Finish()
}

// parseUUID appends its bytes to an empty slice.
func parseUUID(id []byte, s string) ([]byte, string) {
	if len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' {
		for i := 0; i+1 < len(s); i += 2 {
			if s[i] == '-' {
				i++
			}
			hi, lo := HexDigit(s[i]), HexDigit(s[i+1])
			if hi > 15 || lo > 15 {
				break
			}
			id = append(id, hi<<4|lo)
		}
	}
	if len(id) != 16 {
		return nil, quoted(s) + " is not a UUID"
	}
	return id, ""
}

// HexDigit is the value of a hexadecimal digit, above 15 for any other byte.
func HexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

// quoted is text for a reason, cut where it is long.
func quoted(s string) string {
	const most = 60
	if len(s) > most {
		cut := most
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "..."
	}
	return string(AppendJSONText(nil, s))
}
