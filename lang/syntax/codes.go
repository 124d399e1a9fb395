package syntax

import "github.com/edynamic/edynamic/lang/diag"

// The codes of syntax errors. They are permanent.
const (
	CodeUnexpected   diag.Code = "E0101" // something else must stand here
	CodeUnclosed     diag.Code = "E0102" // a bracket is never closed
	CodeStrayBracket diag.Code = "E0103" // a closing bracket closes nothing
	CodePipe         diag.Code = "E0104" // | is not the pipe
	CodeEquals       diag.Code = "E0105" // = in a condition
	CodeUnterminated diag.Code = "E0106" // a text or comment does not end
	CodeEscape       diag.Code = "E0107" // an unknown escape
	CodeLiteral      diag.Code = "E0108" // a number or sign that is none
	CodeReserved     diag.Code = "E0109" // a word of the language as a name
	CodeSQL          diag.Code = "E0110" // a SQL statement
	CodeComment      diag.Code = "E0111" // -- or # for a comment
	CodeNotEqual     diag.Code = "E0112" // <> for !=
	CodeLogic        diag.Code = "E0113" // && and || for and, or
	CodeSemicolon    diag.Code = "E0114" // a semicolon
	CodeAs           diag.Code = "E0115" // select a as b
	CodeHabit        diag.Code = "E0116" // a clause of SQL from habit
	CodeJoinOrder    diag.Code = "E0117" // words of a join in another order
	CodeDepth        diag.Code = "E0118" // nested too deeply
	CodeDeclaration  diag.Code = "E0119" // an unknown kind of declaration
)

// maxDepth bounds nesting, so that no text can exhaust the stack.
const maxDepth = 200

// maxChain bounds the operators in a row, whose tree is as deep as they are many.
const maxChain = 10_000

// maxHoles bounds f-strings inside the holes of f-strings: each level is lexed again.
const maxHoles = 8

// maxErrors bounds the syntax errors of one file.
const maxErrors = 20
