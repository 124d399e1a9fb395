// Package sig is what the checker is told of the world outside the language:
// the signatures of functions and aggregates, the settings of connectors and
// formats, and the schema of a sample file.
//
// The compiler never imports the packages that implement these; whoever wires
// the program hands it a Catalog.
package sig

import (
	"github.com/edynamic/edynamic/lang/types"
)

// Class restricts a type variable.
type Class string

// The classes a variable may have.
const (
	Any     Class = "any"
	Number  Class = "number"  // int, long, float, double, decimal
	Integer Class = "integer" // int, long
	Exact   Class = "exact"   // int, long, decimal
	Ordered Class = "ordered" // what order and min accept
	Keyed   Class = "keyed"   // what groups accept
)

// Holds reports whether a type belongs to the class; unknown belongs to all.
func (c Class) Holds(t *types.Type) bool {
	if t.Kind == types.Unknown {
		return true
	}
	switch c {
	case Any:
		return true
	case Number:
		return t.IsNumber()
	case Integer:
		return t.IsInteger()
	case Exact:
		return t.IsExact()
	case Ordered:
		return t.IsOrdered()
	case Keyed:
		return t.IsKey()
	}
	return false
}

// Param is one parameter. A parameter whose type is nullable receives nulls; for
// any other a null argument makes the result null without a call.
type Param struct {
	Name     string
	Type     *types.Type // may hold variables; Decimal with precision 0 is any decimal
	Optional bool
	Default  any  // the value when left out, as in package types
	Zone     bool // the default is the module's timezone
	Variadic bool // last parameter only
	Const    bool // the argument must be known when the program is compiled
}

// Signature is the type of one overload of a function or aggregate.
type Signature struct {
	Name     string
	Classes  map[string]Class // of the type variables
	Params   []Param
	Result   *types.Type // may hold variables; Decimal with precision 0: see Refine
	Fallible bool
	Text     string // as written, for documentation
	// Refine computes the exact result from the argument types after matching,
	// where the written result cannot say it (decimals). Nil keeps Result, with a
	// decimal of precision 0 taken from the first decimal argument.
	Refine func(args []*types.Type) *types.Type
}

// Example is an expression and the value it gives, both as edy text. The
// examples are executed by tests and printed by `edyc doc`. For an aggregate,
// Rows holds the values of x that the expression aggregates.
type Example struct {
	Expr   string
	Result string // the value, or `error: reason` where the call fails
	Rows   string // for aggregates: an array literal of the values named x
}

// Function documents one function with its overloads.
type Function struct {
	Name      string
	Group     string // the heading it stands under: text, maths, time, ...
	Overloads []Signature
	Doc       string // sentences; the first is the summary
	Nulls     string // what null does, when not "a null argument gives null"
	Failure   string // when a fallible function fails
	Examples  []Example
	// Volatile functions give other values on another run and are legal only in
	// commands and schedules.
	Volatile bool
}

// Aggregate documents one aggregate with its overloads.
type Aggregate struct {
	Function
	// EmptyNull: the result over no rows is null, so the result type is nullable
	// where a group can have no input (an item `where`, a nullable argument, no `by`).
	EmptyNull bool
	// Retracts: the aggregate can take rows back and so consume changes.
	Retracts bool
	// Growing: keeps state in proportion to its input (W0802); the text names a cheaper one.
	Growing string
}

// Setting is one setting of a connector or format.
type Setting struct {
	Name     string
	Kind     SettingKind
	Required bool
	Values   []string  // words that are taken; a SettingWord takes no other value
	Min      int64     // SettingInt: the least value, where Max is not 0
	Max      int64     // SettingInt: the greatest value, 0 for any
	Group    []Setting // SettingGroup: its members
	Later    bool      // known to the language, refused by this version
	Doc      string
}

// SettingKind is the type of a setting's value.
type SettingKind int

// The kinds of setting.
const (
	SettingText SettingKind = iota
	SettingBool
	SettingInt
	SettingSize
	SettingDuration
	SettingWord
	SettingList   // of text
	SettingFormat // json(...), csv(...)
	SettingRecord // of text
	SettingCall   // word(name: value, ...)
	SettingTime   // a timestamp
	SettingGroup  // { name: value, ... }
)

// Connector describes the settings of a connector.
type Connector struct {
	Name    string
	Source  bool
	Sink    bool
	Changes bool // the sink accepts changes streams
	Bounded bool // a source ends by itself
	// EndsWith is the setting with which a source ends that otherwise does not, "" for
	// none.
	EndsWith  string
	Available bool // false for connectors known by name only; the checker refuses them plainly
	// Rows are the records, by name, of a source that makes its rows itself; nil where
	// a format says what can be read.
	Rows     []*types.Type
	Settings []Setting
	Doc      string
}

// Setting finds a setting by name, nil for one the connector does not have.
func (c *Connector) Setting(name string) *Setting {
	for i := range c.Settings {
		if c.Settings[i].Name == name {
			return &c.Settings[i]
		}
	}
	return nil
}

// Format describes the options of a format.
type Format struct {
	Name       string
	Extensions []string
	Settings   []Setting
	Doc        string
	// Changes: records are changes of rows by their key, so that only a topic with
	// `mode: upsert` can take them.
	Changes bool
}

// Catalog is the checker's view of functions, connectors, formats and data.
type Catalog interface {
	// Function and Aggregate return nil for a name that does not exist.
	Function(name string) *Function
	Aggregate(name string) *Aggregate
	// FunctionNames and AggregateNames are sorted, for suggestions.
	FunctionNames() []string
	AggregateNames() []string
	Connector(name string) *Connector
	ConnectorNames() []string
	Format(name string) *Format
	FormatNames() []string
	// Infer reads the beginning of the data at a URI, as in `topic t from "uri"`,
	// relative to dir, and returns the row's record type. time is the dotted path
	// named in `time:`, "" for none (SEMANTICS 121 gives a long there its type).
	Infer(dir, uri, time string) (*types.Type, error)
	// ReadModule reads the file of a WASM module, its path relative to dir, and Module
	// says what a module holds. Their errors end a sentence that names the file.
	ReadModule(dir, path string) ([]byte, error)
	Module(data []byte) (*Module, error)
}
