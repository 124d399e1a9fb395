package ir

import (
	"time"

	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// View folds the rows of each key into a state, in the order they come, none of them
// late (SEMANTICS 81). Its result is a changes stream of keys and states: a row for
// each key that has a state.
//
// All reducers whose condition holds for a row apply, and all of them see the state
// before it; where two set one variable, the later in the text wins, and a delete wins
// over all. A row that no reducer takes changes nothing.
type View struct {
	Keys     []Item
	States   []StateVar
	Reducers []Reducer
	Keep     time.Duration // 0 when not written, KeepForever for `forever`
}

// StateVar is a variable of a state with its value before the first row.
type StateVar struct {
	Name string
	T    *types.Type
	Init Expr // without columns
}

// Reducer is what rows do to the state of their key. Its expressions are over the
// columns of the row and those of the state, see StateColumn.
type Reducer struct {
	At     source.Span
	When   Expr // nil for all rows
	Set    []Item
	Delete bool
}

// StateColumn names the column that holds a variable of the state before a row.
func StateColumn(name string) string { return "$state." + name }

func (*View) operator() {}
