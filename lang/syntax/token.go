// Package syntax turns .edy text into tokens and trees, and trees' text into its
// canonical form.
//
// The lexer never fails and the parser always returns a tree: what could not be read
// stands in it as a Bad node beside a diagnostic, and never hides what stands around
// it. The package knows no names, types or engine.
package syntax

// Kind is a lexical class.
type Kind int

// The classes, in the order in which the lexer tries them.
const (
	EOF     Kind = iota
	Doc          // /// to the end of the line
	Comment      // // to the end of the line, /* ... */ (nesting)
	Temporal
	Annot
	Duration
	Size
	Float
	Decimal
	Int
	Text
	FString
	Raw
	String
	Ident    // also `back quoted`
	Reserved // a word that is no bare identifier
	Op
	Illegal
)

var kindNames = [...]string{"end of file", "doc comment", "comment", "date or time", "annotation", "duration", "size", "number",
	"number", "number", "text", "text", "text", "text", "name", "word", "sign", "unknown sign"}

func (k Kind) String() string { return kindNames[k] }

// Token is a piece of the text: file.Text[Start:End].
type Token struct {
	Kind       Kind
	Start, End int
	// Broken marks a text, comment or name whose end is missing.
	Broken bool
}

// reserved words may not be used as bare identifiers.
var reserved = map[string]bool{
	"and": true, "or": true, "not": true, "in": true, "is": true, "between": true, "like": true, "matches": true,
	"if": true, "then": true, "else": true, "case": true, "when": true, "end": true, "where": true, "by": true,
	"per": true, "over": true, "on": true, "true": true, "false": true, "null": true, "try": true, "fn": true,
	"as": true, "from": true, "to": true,
}

// IsReserved reports the words that need back-quotes to be names.
func IsReserved(word string) bool { return reserved[word] }
