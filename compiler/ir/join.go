package ir

import (
	"strings"
	"time"
)

// JoinKind says which rows a join gives.
type JoinKind string

// The kinds. Inner gives every pair; Left also the left rows that have none, and Full
// those of both sides. Semi gives a left row once where it has a pair, Anti where it
// has none.
const (
	InnerJoin JoinKind = "inner"
	LeftJoin  JoinKind = "left"
	FullJoin  JoinKind = "full"
	SemiJoin  JoinKind = "semi"
	AntiJoin  JoinKind = "anti"
)

// JoinBound says what makes the state of a join finite.
type JoinBound string

// The bounds. Within pairs rows that are near in time. Windowed pairs rows of one
// window, when it closes. Kept pairs every row with every other, as long as its key is
// kept or its window is open, at once.
const (
	JoinWithin   JoinBound = "within"
	JoinWindowed JoinBound = "windowed"
	JoinKept     JoinBound = "kept"
)

// Sides is what joins have in common. Both sides have been projected: keys and bounds
// are columns, and the right row is one record. The columns of the result are those
// of the left side and Alias; what is only there for the join is not among them.
type Sides struct {
	Alias string
	// Right yields Alias, the columns of RightKeys, and what else the join reads.
	Right *Pipeline
	// LeftKeys and RightKeys are columns, as many and of the same types but for
	// nullability. Rows pair where they are equal; a null equals nothing.
	LeftKeys, RightKeys []string
	// On is a further condition over the columns of the left side and Alias, neither
	// of them made nullable by the kind of the join; nil for none. It is evaluated for
	// pairs with equal keys within the bound.
	On Expr
}

// Side is an input of a join.
type Side int

// The sides, as the inputs of the plan's node are numbered.
const (
	LeftSide Side = iota
	RightSide
)

// Of is the side that a column of the result comes from: the right one gives Alias
// and, hidden, the columns that identify its rows.
func (s *Sides) Of(column string) Side {
	if column == s.Alias || strings.HasPrefix(column, s.Alias+".") {
		return RightSide
	}
	return LeftSide
}

// SidesOf are the sides of a join of any sort, nil for another operator.
func SidesOf(op any) *Sides {
	switch op := op.(type) {
	case *Join:
		return &op.Sides
	case *Asof:
		return &op.Sides
	case *Lookup:
		return &op.Sides
	default:
		return nil
	}
}

type (
	// Join pairs rows of two inputs.
	Join struct {
		Sides
		Kind  JoinKind
		Bound JoinBound
		// Lo and Hi are what JoinWithin allows the right time to be after the left one,
		// both ends included. With From and To the right time is instead within
		// [From, To), columns of the left side, and Lo is how far before the left row right
		// rows are remembered: a From before that counts as that (SEMANTICS 35).
		Lo, Hi   time.Duration
		From, To string
		// Windowed is JoinKept of rows in windows, which are among the keys: what is kept is
		// forgotten when its window closes.
		Windowed bool
		// Lateness is that of the windows of JoinWindowed, or where Windowed.
		Lateness time.Duration
		// Keep of JoinKept: KeepForever, or how long a key outlives its last row.
		Keep time.Duration
		// LeftIdentity and RightIdentity are the columns that identify rows of a side that
		// is a changes stream; none for the whole row.
		LeftIdentity, RightIdentity []string
	}
	// Asof pairs each left row with at most one right row: the nearest before it or,
	// with Forward, after it, at most Within away (0 for any distance).
	Asof struct {
		Sides
		Left    bool // rows without a match are kept
		Forward bool
		Within  time.Duration
		Keep    time.Duration // KeepForever where the text asks for it in place of Within
		// Waited: left rows have waited in their window, until Settles after its end and
		// no longer than Wait; 0 where nothing is forgotten.
		Waited        bool
		Settles, Wait time.Duration
	}
	// Lookup pairs each left row with the rows that a table holds at that moment.
	Lookup struct {
		Sides
		Left bool // rows without a match are kept
		// Identity names the columns of the right side that identify a row of the table: a
		// later one replaces it. Without any each row is there for itself.
		Identity []string
		// First: the table ends, and is read whole before the first left row.
		First bool
		// Cache is how old a value may be, 0 when nothing is said.
		Cache time.Duration
	}
	// OnTime sends rows aside that come too late to find a partner: those that are behind
	// and whose arrival is above their time, or above the column Of, by more than Slack.
	OnTime struct {
		Of                 string // "" for the row's time
		Slack              time.Duration
		LateTo             *Target // nil: the error topic
		LateIsTopicDefined bool
	}
)

func (*Join) operator()   {}
func (*Asof) operator()   {}
func (*Lookup) operator() {}
func (*OnTime) operator() {}
