// Package avro turns edy types into Avro schemas and back, and computes the
// canonical form and the fingerprints by which registries know a schema.
//
// What Avro has no word for (durations, names of unions, annotations, names that
// are not ASCII) is written as properties whose names begin with "edy.", which
// other readers of the schema ignore. Export and Import are inverse: nothing of a
// type is lost on the way.
//
// The package knows schemas only. It must never read or write rows.
package avro

import (
	"strings"

	"github.com/edynamic/edynamic/lang/pattern"
	"github.com/edynamic/edynamic/lang/types"
)

// The properties that carry what Avro cannot say.
const (
	propType      = "edy.type"      // duration, json, geography
	propName      = "edy.name"      // the name as written in edy, where Avro needs another
	propAnonymous = "edy.anonymous" // a record without a name of its own
	propUnion     = "edy.union"     // the name of the union that is the type of this place
	propSymbols   = "edy.symbols"   // enum symbols as written, where Avro needs others
	propWas       = "edy.was"       // earlier names as written, where Avro needs others
	propTags      = "edy.tags"      // annotations
	propDefault   = "edy.default"   // a default that Avro's JSON cannot hold
)

// The words of Avro for types and for what they mean.
const (
	logicalDecimal        = "decimal"
	logicalUUID           = "uuid"
	logicalDate           = "date"
	logicalTimeMillis     = "time-millis"
	logicalTime           = "time-micros"
	logicalTimestamp      = "timestamp-micros"
	logicalLocalTimestamp = "local-timestamp-micros"
	logicalDuration       = "duration"
)

// periodSize is the size of Avro's duration: months, days and milliseconds, four
// bytes each.
const periodSize = 12

// maxDepth limits how deeply schemas may nest.
const maxDepth = 256

var plainName = pattern.Of(`^[A-Za-z_][A-Za-z0-9_]*$`)

// validName reports a name that Avro accepts, with or without a namespace.
func validName(name string) bool {
	for _, part := range strings.Split(name, ".") {
		if !plainName().MatchString(part) {
			return false
		}
	}
	return true
}

// avroName is a name that Avro accepts for one that edy accepts; dots stay where
// dotted is set.
func avroName(name string, dotted bool) string {
	if dotted && validName(name) || plainName().MatchString(name) {
		return name
	}
	var b strings.Builder
	for i, r := range name {
		switch {
		case r == '_', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', i > 0 && r >= '0' && r <= '9':
			b.WriteRune(r)
		default:
			b.WriteByte('_')
		}
	}
	if b.Len() == 0 {
		return "_"
	}
	return b.String()
}

// fresh is name, or name with a number where it is taken.
func fresh(name string, taken func(string) bool) string {
	out := name
	for i := 2; taken(out); i++ {
		out = name + "_" + itoa(i)
	}
	return out
}

// nullableBranches are the branches of the Avro union for a nullable type, of
// which null is first or last.
func nullableBranches(branches []any, nullLast bool) []any {
	if nullLast {
		return append(branches, "null")
	}
	return append([]any{"null"}, branches...)
}

// scalarWord is the one word that Avro writes a type as, "" for types that need more.
func scalarWord(k types.Kind) string {
	switch k {
	case types.Null:
		return "null"
	case types.Boolean:
		return "boolean"
	case types.Int:
		return "int"
	case types.Long:
		return "long"
	case types.Float:
		return "float"
	case types.Double:
		return "double"
	case types.String:
		return "string"
	case types.Bytes:
		return "bytes"
	case types.Unknown, types.Decimal, types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp, types.LocalTimestamp,
		types.Duration, types.Period, types.Enum, types.Geography, types.JSON, types.Array, types.Map, types.Record,
		types.Union, types.Func, types.Var:
		return ""
	}
	return ""
}
