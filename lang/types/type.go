// Package types describes what edy values, rows and streams are: scalar and
// composite types with nullability, and the properties of streams (kind, key,
// time, window, bound).
//
// Types are plain immutable data, shared freely; no function changes one it was
// given. Nothing here knows Arrow, Avro or how a value is computed.
package types

import (
	"slices"
	"strconv"
	"strings"
)

// Kind is the shape of a type.
type Kind int

// The kinds. Unknown is the type of whatever could not be checked: it fits
// everything and silences follow-on errors. Null is the type of the literal
// alone. Var is a type variable of a generic function.
const (
	Unknown Kind = iota
	Null
	Boolean
	Int
	Long
	Float
	Double
	Decimal
	String
	Bytes
	Fixed
	UUID
	Date
	Time
	Timestamp
	LocalTimestamp
	Duration
	Period
	Enum
	Geography
	JSON
	Array
	Map
	Record
	Union
	Func
	Var
)

var kindNames = [...]string{
	"unknown", "null", "boolean", "int", "long", "float", "double", "decimal", "string", "bytes", "fixed", "uuid",
	"date", "time", "timestamp", "local_timestamp", "duration", "period", "enum", "geography", "json",
	"array", "map", "record", "union", "fn", "var",
}

func (k Kind) String() string { return kindNames[k] }

// Type is one type. Which fields mean something depends on Kind.
type Type struct {
	Kind      Kind
	Nullable  bool
	Precision int      // Decimal: total digits, 1..76
	Scale     int      // Decimal: digits after the point
	Size      int      // Fixed: bytes
	Name      string   // Enum, Union, Record: declared name, "" for anonymous records; Var: the variable
	Symbols   []string // Enum, in declaration order
	Default   string   // Enum: the reader default, "" for none
	Fields    []Field  // Record
	Elem      *Type    // Array element, Map value, Func result
	Params    []*Type  // Func parameters
	Branches  []*Type  // Union: records, in declaration order
}

// Field is a member of a record.
type Field struct {
	Name    string
	Type    *Type
	Default any      // a value as in package ir, nil when HasDef is false or the default is null
	HasDef  bool     // a default is written
	Was     []string // earlier names (@was)
	Doc     string
	Tags    map[string]string // other annotations, such as pii or unit
}

// The types without parameters.
var (
	TUnknown        = &Type{Kind: Unknown}
	TNull           = &Type{Kind: Null, Nullable: true}
	TBoolean        = &Type{Kind: Boolean}
	TInt            = &Type{Kind: Int}
	TLong           = &Type{Kind: Long}
	TFloat          = &Type{Kind: Float}
	TDouble         = &Type{Kind: Double}
	TString         = &Type{Kind: String}
	TBytes          = &Type{Kind: Bytes}
	TUUID           = &Type{Kind: UUID}
	TDate           = &Type{Kind: Date}
	TTime           = &Type{Kind: Time}
	TTimestamp      = &Type{Kind: Timestamp}
	TLocalTimestamp = &Type{Kind: LocalTimestamp}
	TDuration       = &Type{Kind: Duration}
	TPeriod         = &Type{Kind: Period}
	TGeography      = &Type{Kind: Geography}
	TJSON           = &Type{Kind: JSON}
)

// Scalars maps the names of the types without parameters to their types.
var Scalars = map[string]*Type{
	"boolean": TBoolean, "int": TInt, "long": TLong, "float": TFloat, "double": TDouble, "string": TString,
	"bytes": TBytes, "uuid": TUUID, "date": TDate, "time": TTime, "timestamp": TTimestamp,
	"local_timestamp": TLocalTimestamp, "duration": TDuration, "period": TPeriod, "geography": TGeography, "json": TJSON,
}

// MaxPrecision is the most digits of a computed decimal; declared ones may have 76.
const MaxPrecision = 38

// DecimalOf returns decimal(p, s).
func DecimalOf(p, s int) *Type { return &Type{Kind: Decimal, Precision: p, Scale: s} }

// ArrayOf returns array<elem>.
func ArrayOf(elem *Type) *Type { return &Type{Kind: Array, Elem: elem} }

// MapOf returns map<string, value>.
func MapOf(value *Type) *Type { return &Type{Kind: Map, Elem: value} }

// RecordOf returns an anonymous record.
func RecordOf(fields ...Field) *Type { return &Type{Kind: Record, Fields: fields} }

// FuncOf returns the type of a lambda.
func FuncOf(result *Type, params ...*Type) *Type {
	return &Type{Kind: Func, Params: params, Elem: result}
}

// VarOf returns a type variable.
func VarOf(name string) *Type { return &Type{Kind: Var, Name: name} }

// OrNull returns t with null allowed.
func (t *Type) OrNull() *Type { return t.WithNull(true) }

// NonNull returns t without null.
func (t *Type) NonNull() *Type { return t.WithNull(false) }

// WithNull returns t with the nullability given; unknown and null stay as they are.
func (t *Type) WithNull(nullable bool) *Type {
	if t.Nullable == nullable || t.Kind == Unknown || t.Kind == Null {
		return t
	}
	c := *t
	c.Nullable = nullable
	return &c
}

// FieldNamed finds a record's field.
func (t *Type) FieldNamed(name string) (*Field, bool) {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return &t.Fields[i], true
		}
	}
	return nil, false
}

// Branch finds a union's branch by the name of its schema; -1 when there is none.
func (t *Type) Branch(name string) int {
	return slices.IndexFunc(t.Branches, func(b *Type) bool { return b.Name == name })
}

// Common are the fields that all branches of a union have with the same type
// but for nullability, in the order of the first branch.
func (t *Type) Common() []Field {
	var common []Field
	if len(t.Branches) == 0 {
		return nil
	}
	for _, f := range t.Branches[0].Fields {
		nullable, everywhere := false, true
		for _, b := range t.Branches {
			other, ok := b.FieldNamed(f.Name)
			if !ok || !Equal(other.Type.NonNull(), f.Type.NonNull()) {
				everywhere = false
				break
			}
			nullable = nullable || other.Type.Nullable
		}
		if everywhere {
			common = append(common, Field{Name: f.Name, Type: f.Type.WithNull(nullable)})
		}
	}
	return common
}

// IsInteger reports int and long.
func (t *Type) IsInteger() bool { return t.Kind == Int || t.Kind == Long }

// IsFloating reports float and double.
func (t *Type) IsFloating() bool { return t.Kind == Float || t.Kind == Double }

// IsExact reports the numbers without rounding: int, long and decimal.
func (t *Type) IsExact() bool { return t.IsInteger() || t.Kind == Decimal }

// IsNumber reports every number.
func (t *Type) IsNumber() bool { return t.IsExact() || t.IsFloating() }

// IsOrdered reports the types that `<`, order, min and max accept.
func (t *Type) IsOrdered() bool {
	switch t.Kind {
	case Unknown, Boolean, Int, Long, Float, Double, Decimal, String, Bytes, Fixed, UUID,
		Date, Time, Timestamp, LocalTimestamp, Duration, Enum:
		return true
	case Null, Period, Geography, JSON, Array, Map, Record, Union, Func, Var:
		return false
	}
	return false
}

// IsKey reports the types that may be compared as keys of groups and joins.
func (t *Type) IsKey() bool {
	switch t.Kind {
	case Record:
		return !slices.ContainsFunc(t.Fields, func(f Field) bool { return !f.Type.IsKey() })
	case Array:
		return t.Elem.IsKey()
	case Period, Null:
		return true
	case Map, JSON, Union, Func, Geography:
		return false
	case Unknown, Boolean, Int, Long, Float, Double, Decimal, String, Bytes, Fixed, UUID,
		Date, Time, Timestamp, LocalTimestamp, Duration, Enum, Var:
		return true
	}
	return false
}

// Equal compares types by shape; records by their fields in order (names of
// schemas, defaults and docs do not matter), enums and unions by name and members.
func Equal(a, b *Type) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || a.Kind != b.Kind || a.Nullable != b.Nullable {
		return false
	}
	switch a.Kind {
	case Decimal:
		return a.Precision == b.Precision && a.Scale == b.Scale
	case Fixed:
		return a.Size == b.Size
	case Enum:
		return a.Name == b.Name && slices.Equal(a.Symbols, b.Symbols)
	case Array, Map:
		return Equal(a.Elem, b.Elem)
	case Record:
		return slices.EqualFunc(a.Fields, b.Fields, func(x, y Field) bool { return x.Name == y.Name && Equal(x.Type, y.Type) })
	case Union:
		return a.Name == b.Name && slices.EqualFunc(a.Branches, b.Branches, Equal)
	case Func:
		return Equal(a.Elem, b.Elem) && slices.EqualFunc(a.Params, b.Params, Equal)
	case Var:
		return a.Name == b.Name
	case Unknown, Null, Boolean, Int, Long, Float, Double, String, Bytes, UUID, Date, Time,
		Timestamp, LocalTimestamp, Duration, Period, Geography, JSON:
		return true
	}
	return false
}

// String writes the type as edy text; named records, enums and unions by name.
func (t *Type) String() string {
	if t == nil {
		return "unknown"
	}
	s := t.text()
	if t.Nullable && t.Kind != Null {
		s += "?"
	}
	return s
}

func (t *Type) text() string {
	switch t.Kind {
	case Decimal:
		if t.Precision == 0 {
			return "decimal"
		}
		return "decimal(" + strconv.Itoa(t.Precision) + ", " + strconv.Itoa(t.Scale) + ")"
	case Fixed:
		return "fixed(" + strconv.Itoa(t.Size) + ")"
	case Enum, Union:
		return t.Name
	case Array:
		return "array<" + t.Elem.String() + ">"
	case Map:
		return "map<string, " + t.Elem.String() + ">"
	case Record:
		if t.Name != "" {
			return t.Name
		}
		return RecordText(t.Fields)
	case Func:
		return "fn(" + joinTypes(t.Params) + ") -> " + t.Elem.String()
	case Var:
		return t.Name
	case Unknown, Null, Boolean, Int, Long, Float, Double, String, Bytes, UUID, Date, Time,
		Timestamp, LocalTimestamp, Duration, Period, Geography, JSON:
		return t.Kind.String()
	}
	return t.Kind.String()
}

// RecordText writes fields as a record type on one line.
func RecordText(fields []Field) string {
	var b strings.Builder
	b.WriteByte('{')
	for _, f := range fields {
		b.WriteString(" " + f.Name + ": " + f.Type.String())
	}
	b.WriteString(" }")
	return b.String()
}

func joinTypes(ts []*Type) string {
	parts := make([]string, len(ts))
	for i, t := range ts {
		parts[i] = t.String()
	}
	return strings.Join(parts, ", ")
}
