package ir

import (
	"strconv"
	"time"
)

// Match finds patterns in the rows of each key, of one input or of several
// (SEMANTICS 82 to 86). All rows of a key, whichever input they come from, are taken
// in order of time and then of canonical order; rows that are behind are late.
//
// The result row is Emit. Its items are over columns of their own: those of Per that
// are named in PerNames, for every define of which a match holds at most one row a
// record of that row under the define's name (null where it holds none),
// "$agg0", "$agg1", ... for Calls, and MatchTime. What Timeout gives has the same
// columns in the same order.
type Match struct {
	Per      []Expr   // over the columns of the first input
	PerNames []string // "" for a key that is no column
	With     []MatchInput
	Defines  []MatchDefine
	Pattern  *Pattern
	// Limited tells that Within is written. Without it every match holds one row.
	Limited bool
	Within  time.Duration
	// Skip is where the next match may begin after one: SkipPastLast, SkipToNext,
	// SkipToFirst or SkipToLast; SkipTo is the define of the latter two.
	Skip   string
	SkipTo int
	Calls  []MatchCall
	Emit   []Item
	// TimesOut tells that an attempt that Within has ended gives the row Timeout.
	TimesOut bool
	Timeout  []Item
	LateTo   *Target // of rows of the first input, nil: the error topic
}

// MatchInput is a further input of a Match.
type MatchInput struct {
	Pipeline *Pipeline
	Per      []Expr  // over the input's columns, of the types of Match.Per
	LateTo   *Target // nil: the error topic
}

// MatchDefine says which rows of an input fit a name. Input 0 is the first.
type MatchDefine struct {
	Name  string
	Input int
	Cond  Expr
}

// MatchCall is an aggregate of the rows that a match holds for a define.
type MatchCall struct {
	Define int
	Call   AggCall // over the columns of the define's input
}

// MatchTime is the column in which the items of a Match find its time.
const MatchTime = "$match_time"

// Where the next match may begin.
const (
	SkipPastLast = "past_last" // after the last row
	SkipToNext   = "to_next"   // after the first row
	SkipToFirst  = "to_first"  // at the first row of a define
	SkipToLast   = "to_last"   // at the last row of a define
)

// Pattern is a node of the pattern of a Match.
//
//	PatternRow     one row that fits Define
//	PatternSeq     Items one after the other. Next[i] tells that nothing stands between
//	               Items[i] and Items[i+1]; else rows are skipped up to the next that fits.
//	PatternOr      one of Items
//	PatternAnd     all of Items in any order, rows between them skipped
//	PatternRepeat  Items[0] from Min to Max times (-1 is no limit), nothing between them
//	PatternNot     no row that fits Define: with For, for that time after the row before;
//	               without, up to the row that fits what comes next, or to the end of Within
//	               where nothing does
type Pattern struct {
	Kind     string
	Define   int
	Items    []*Pattern
	Next     []bool
	Min, Max int
	For      time.Duration
}

// The kinds of Pattern.
const (
	PatternRow    = "row"
	PatternSeq    = "seq"
	PatternOr     = "or"
	PatternAnd    = "and"
	PatternRepeat = "repeat"
	PatternNot    = "not"
)

func (*Match) operator() {}

// PerOf is the key of an input.
func (m *Match) PerOf(input int) []Expr {
	if input == 0 {
		return m.Per
	}
	return m.With[input-1].Per
}

// CallColumn names the column that holds the result of an aggregate call.
func CallColumn(i int) string { return "$agg" + strconv.Itoa(i) }
