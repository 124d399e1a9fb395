package ir

import (
	"time"

	"github.com/edynamic/edynamic/lang/types"
)

// The kinds of windows, as they are written.
const (
	WindowTumbling   = "tumbling"
	WindowHopping    = "hopping"
	WindowCumulative = "cumulative"
	WindowSliding    = "sliding"
	WindowSession    = "session"
	WindowSpan       = "span"
	WindowRows       = "rows"
)

// WindowWhole is the Kind of the window that holds all rows of a bounded input and
// closes at its end. No text spells it: `edyc query` puts it around stages that
// would otherwise be refined row by row.
const WindowWhole = "whole"

// Window puts rows into windows: it appends the columns types.WindowStart and
// types.WindowEnd. A row in several windows becomes one row per window.
//
// The windows of a tumbling, hopping, cumulative or span stage are known from the row
// alone. Those of the other kinds depend on the rows around it, of the same Per: the
// stage holds rows until their windows are known.
type Window struct {
	Kind        string       // one of the constants above
	Size, Every types.Length // tumbling, hopping, cumulative, sliding
	Offset      types.Length
	Zone        string
	// Gap and Max make a session: a row the gap or more after the row before, or Max or
	// more after the first, begins another. Max 0 is no limit.
	Gap, Max time.Duration
	// From and To are the bounds of a span, timestamps that may be null.
	From, To Expr
	// Rows is how many rows a window of rows holds, RowsEvery after how many another
	// begins. Such a window is closed by its last row: all its rows are in one batch.
	Rows, RowsEvery int64
	Lateness        time.Duration
	LateTo          *Target // nil: the error topic
	// Processing: rows count for the moment they came, by the clock; their own time is
	// forgotten.
	Processing bool
	// Passes: rows of a session or sliding window pass at once and are in no window yet;
	// the stage below finds the windows (Aggregate.Find, Top.Find, Latest.Find, Place.Find).
	Passes    bool
	Emit      string        // "final", "updates", "early"
	EmitEvery time.Duration // of updates and early; 0 is every row
	// Per are the columns whose values each have windows of their own.
	Per                []string
	LateIsTopicDefined bool // LateTo came from the topic: rows go there as they entered it
	// Input is how the rows of a changes stream are told apart: each is in the windows
	// of its last change. nil for rows that only come.
	Input *Replaced
}

func (*Window) operator() {}

// Place puts the rows of a changes stream into the windows of a stage above that depend on
// the rows around them, for what does not find them itself: a row is one for each of its
// windows, and follows them.
type Place struct {
	Find     *Window
	Lateness time.Duration
	Input    *Replaced
}

func (*Place) operator() {}

// Fill is what a group shows for a window without rows (SEMANTICS 128), for as long
// as Keep after its last row: the window ends no later than that.
type Fill struct {
	Mode   string // "zero", "null", "last"
	Keep   time.Duration
	Window *Window // whose empty windows are filled
}

// Clock gives rows the moment they came, by the clock, as their time; a watermark that
// goes by the clock follows them.
type Clock struct{}

func (*Clock) operator() {}
