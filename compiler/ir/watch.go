package ir

import "time"

// Stages that watch the rows of a key in order of time, as Over does outside
// windows. Rows that are behind go to LateTo, as there.
type (
	// Hold lets one row through when While has been true for every row of the key from
	// one at t to t + For: the last of them, at that instant. After a row where it is
	// false it begins anew (SEMANTICS 124).
	Hold struct {
		For    time.Duration
		While  Expr
		Per    []Expr
		LateTo *Target
	}
	// Silent gives one row when no row of the key came in (t, t + For]: the columns of
	// Per, LastSeen and SilentAt, at that instant (SEMANTICS 125).
	Silent struct {
		For    time.Duration
		Per    []Item // columns of the result
		LateTo *Target
	}
	// Throttle lets a row through where fewer than N rows of the key were let through in
	// (t - Span, t] (SEMANTICS 126).
	Throttle struct {
		N      int64
		Span   time.Duration
		Per    []Expr
		Else   *Target // of the others; nil: they are counted
		LateTo *Target
	}
	// Changed lets a row through where one of Exprs differs from the key's previous row,
	// and the first (SEMANTICS 127).
	Changed struct {
		Exprs []Expr
		Per   []Expr
		// Previous are columns of the input that make the column PreviousRow, a record of
		// the previous row whose fields are null for the first.
		Previous []string
		Keep     time.Duration // KeepForever where the number of keys has no end
		LateTo   *Target
	}
)

// Columns that stages make.
const (
	LastSeen    = "last_seen"
	SilentAt    = "silent_at"
	PreviousRow = "previous"
)

func (*Hold) operator()     {}
func (*Silent) operator()   {}
func (*Throttle) operator() {}
func (*Changed) operator()  {}
