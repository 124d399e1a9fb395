package ir

import (
	"slices"
	"time"

	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// Over appends columns that compare each row with its neighbours: the rows of the
// same key, in order of time and then canonical (SEMANTICS 59). The checker puts it
// before the projection whose items say `over`, which reads its columns.
type Over struct {
	// Per is what rows are neighbours by; empty: all are.
	Per []Expr
	// By is an order in place of time. It is empty unless Windowed or Whole.
	By []Order
	// Calls are the columns. Either all of them look back or all look ahead, and those
	// that look ahead outside windows share one frame.
	Calls []OverCall
	// Windowed: neighbours are rows of one window, and leave when it closes.
	Windowed bool
	Lateness time.Duration // of the window
	AtOnce   bool          // windows of rows: see Window
	// Keep is KeepForever where something of every key is never forgotten, though the
	// number of keys has no end.
	Keep time.Duration
	// Whole: the input is bounded, and rows leave at its end.
	Whole bool
	// LateTo takes the rows that are behind: as they entered the topic whose setting it
	// is. nil is the error topic. In a window nothing is behind.
	LateTo *Target
}

// OverCall is one column.
type OverCall struct {
	Column string // types.OverColumn
	// Name is an aggregate, or one of the functions of rows: lag, lead, row_number,
	// rank, dense_rank.
	Name     string
	Overload int    // of an aggregate
	Args     []Expr // of the aggregate; the value of lag and lead
	N        int64  // how many rows lag looks back and lead ahead
	Default  Expr   // of lag and lead where there is no such row; nil is null
	Frame    Frame
	T        *types.Type
	At       source.Span
}

// Frame is which neighbours a call sees. The row itself is always among them. The
// zero Frame is all rows of the key up to the row itself, but for lead, which then
// sees all that follow.
type Frame struct {
	Next bool
	Rows int64 // how many, with the row itself; 0 where Span is set
	// Span: `last` is (t - Span, t], `next` is [t, t + Span), with all rows of equal
	// time.
	Span time.Duration
}

// All reports the zero Frame.
func (f Frame) All() bool { return f.Rows == 0 && f.Span == 0 }

// Functions of rows.
const (
	Lag       = "lag"
	Lead      = "lead"
	RowNumber = "row_number"
	Rank      = "rank"
	DenseRank = "dense_rank"
)

// Aggregates reports a call of an aggregate, and not of a function of rows.
func (c *OverCall) Aggregates() bool {
	return !slices.Contains([]string{Lag, Lead, RowNumber, Rank, DenseRank}, c.Name)
}

// Ahead reports that a call needs rows that follow.
func (c *OverCall) Ahead() bool { return c.Name == Lead || c.Frame.Next }

func (*Over) operator() {}
