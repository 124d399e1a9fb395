package wasm

import (
	"fmt"

	"github.com/edynamic/edynamic/lang/types"
)

// The kinds of types in the metadata of Arrow.
const (
	arrowInt      = 2
	arrowFloat    = 3
	arrowBinary   = 4
	arrowUtf8     = 5
	arrowBool     = 6
	arrowDecimal  = 7
	arrowDate     = 8
	arrowTime     = 9
	arrowStamp    = 10
	arrowInterval = 11
	arrowList     = 12
	arrowStruct   = 13
	arrowFixed    = 15
	arrowMap      = 17
	arrowDuration = 18
	arrowLargeBin = 19
	arrowLarge    = 20 // texts
)

// Units of time in the metadata.
const (
	unitMicro        = 2
	unitDay          = 0
	unitMonthDayNano = 2
)

// isLarge reports texts or bytes with offsets of 64 bits.
func isLarge(field flat) bool {
	kind := field.number(2, 1, 0)
	return kind == arrowLarge || kind == arrowLargeBin
}

// checkField compares a field of a schema with what it must be.
func checkField(field flat, t *types.Type) error {
	kind := field.number(2, 1, 0)
	info := field.table(3)
	same := false
	switch t.Kind {
	case types.Int, types.Enum:
		same = kind == arrowInt && info.number(0, 4, 0) == 32 && info.number(1, 1, 0) == 1
	case types.Long:
		same = kind == arrowInt && info.number(0, 4, 0) == 64 && info.number(1, 1, 0) == 1
	case types.Float:
		same = kind == arrowFloat && info.number(0, 2, 0) == 1
	case types.Double:
		same = kind == arrowFloat && info.number(0, 2, 0) == 2
	case types.Boolean:
		same = kind == arrowBool
	case types.String, types.JSON:
		same = kind == arrowUtf8 || kind == arrowLarge
	case types.Bytes, types.Geography:
		same = kind == arrowBinary || kind == arrowLargeBin
	case types.Decimal:
		same = kind == arrowDecimal && info.number(1, 4, 0) == int64(t.Scale) && info.number(2, 4, 128) == 128
	case types.Date:
		same = kind == arrowDate && info.number(0, 2, 1) == unitDay
	case types.Time:
		same = kind == arrowTime && info.number(0, 2, 1) == unitMicro && info.number(1, 4, 32) == 64
	case types.Timestamp, types.LocalTimestamp:
		same = kind == arrowStamp && info.number(0, 2, 0) == unitMicro
	case types.Duration:
		same = kind == arrowDuration && info.number(0, 2, 1) == unitMicro
	case types.Period:
		same = kind == arrowInterval && info.number(0, 2, 0) == unitMonthDayNano
	case types.UUID:
		same = kind == arrowFixed && info.number(0, 4, 0) == 16
	case types.Fixed:
		same = kind == arrowFixed && info.number(0, 4, 0) == int64(t.Size)
	case types.Array:
		same = kind == arrowList
	case types.Map:
		same = kind == arrowMap
	case types.Record, types.Union:
		same = kind == arrowStruct
	case types.Unknown, types.Null, types.Func, types.Var:
	}
	if field.table(4).there() {
		return fmt.Errorf("a dictionary came back in place of %s", t)
	}
	if !same {
		return fmt.Errorf("a column came back that is not %s", t)
	}
	return nil
}
