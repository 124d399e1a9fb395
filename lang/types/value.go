package types

import (
	"math/big"
)

// Values are how constants, defaults and test rows are held outside the engine:
//
//	null                                nil
//	boolean                             bool
//	int, long                           int64
//	float, double                       float64
//	decimal                             Dec
//	string, enum symbol, json text      string
//	bytes, fixed, uuid, geography       []byte
//	date                                int64, days since 1970-01-01
//	time                                int64, microseconds since midnight
//	timestamp                           int64, microseconds since 1970-01-01T00:00Z
//	local_timestamp                     int64, microseconds since 1970-01-01T00:00 local
//	duration                            int64, microseconds
//	period                              Per
//	array                               []any
//	map                                 MapValue
//	record                              []any in field order
//	union                               UnionValue
type (
	// Dec is an exact decimal: Unscaled / 10^Scale.
	Dec struct {
		Unscaled *big.Int
		Scale    int
	}
	// Per is a calendar period.
	Per struct{ Months, Days int }
	// MapValue keeps insertion order.
	MapValue struct {
		Keys   []string
		Values []any
	}
	// UnionValue is a record with the index of its branch.
	UnionValue struct {
		Branch int
		Record []any
	}
)

// String writes the decimal with its full scale.
func (d Dec) String() string {
	s := d.Unscaled.String()
	neg := false
	if s[0] == '-' {
		neg, s = true, s[1:]
	}
	if d.Scale > 0 {
		for len(s) <= d.Scale {
			s = "0" + s
		}
		s = s[:len(s)-d.Scale] + "." + s[len(s)-d.Scale:]
	}
	if neg {
		return "-" + s
	}
	return s
}
