package types

import (
	"slices"
	"strconv"
	"time"
)

// StreamKind says whether rows of a stream replace earlier ones.
type StreamKind int

// The kinds of stream.
const (
	Append StreamKind = iota
	Changes
)

func (k StreamKind) String() string {
	if k == Changes {
		return "changes"
	}
	return "append"
}

// Column is a column of a stream. Hidden columns (`let`) can be named but are
// not part of `*` or of the result.
type Column struct {
	Name   string
	Type   *Type
	Hidden bool
	From   string // the alias or source a column came from, for messages
}

// The names of columns that no text can spell. UnionColumn holds the whole row
// of a stream of unions; WindowStart, WindowEnd and WindowNumber are what `window.start`,
// `window.end` and `window.number` read.
const (
	UnionColumn = "$row"
	WindowStart = "$window.start"
	WindowEnd   = "$window.end"
	// WindowNumber is there where windows of rows are shown before they are full.
	WindowNumber = "$window.number"
)

// OverColumn names the column of a call with `over`, from 0, until the projection
// that it stands in has been made.
func OverColumn(i int) string { return "$over" + strconv.Itoa(i) }

// Expires as the size of a column says that old values of it never come again.
const Expires = -1

// TimeKind says what the time of a row is.
type TimeKind int

// The kinds of time.
const (
	NoTime TimeKind = iota
	EventTime
	ProcessingTime
)

// Window is a window a stream is in.
type Window struct {
	Kind string // tumbling, hopping, ...
	// Size, Every and Offset are as written; a calendar part (Months, Days) is
	// zero when the length is exact.
	Size, Every, Offset Length
	Zone                string        // "" when boundaries are UTC
	Gap, Max            time.Duration // session
	Rows, RowsEvery     int64         // rows
	From, To            string        // the text of the bounds of a span
	Per                 []string
	Lateness            time.Duration
	Emit                string        // final, updates, early
	EmitEvery           time.Duration // 0 is every row
	Processing          bool
	Fill                string        // what empty windows show: zero, null, last; "" when they show nothing
	FillKeep            time.Duration // how long after its last row a key has empty windows
	// Waits: no stage has closed the window yet, and its rows wait in it because it is
	// not known before which window they are in.
	Waits bool
	// Apart: a stage has let the rows of a window of rows go by their times, so that they
	// no longer leave together.
	Apart bool
	// Settled: a stage has waited for the window, so that what is below need not wait
	// for its lateness again.
	Settled bool
}

// Keyed reports windows that each key has for itself.
func (w *Window) Keyed() bool {
	switch w.Kind {
	case "session", "sliding", "span", "rows":
		return true
	}
	return false
}

// Length is a span of time as written: exact (Micros), or of calendar units.
type Length struct {
	Months int
	Days   int // only where a zone makes days calendar days
	Micros int64
}

// TimePeriod is what a value derived from event time stands for: from an instant, or the
// date on which it begins, as long as a unit. A zero unit is the instant alone.
type TimePeriod struct {
	Unit Length
	Zone string
	Date bool
}

// Stream is the full type of a stream.
type Stream struct {
	Kind    StreamKind
	Name    string   // schema name of the row when it still is that schema, for messages
	Columns []Column // a stream of unions has the one column UnionColumn
	Key     []string // columns that identify a row of a changes stream, or partition an append one
	// Sizes is how many different values columns can have besides null, as far as more
	// is known than their type says; Expires for values that only grow with event time.
	Sizes map[string]int
	// Periods is what columns that grow with event time stand for, as far as it is known
	// until when rows with a value of theirs can come.
	Periods map[string]TimePeriod
	// Named are visible columns that hold the bounds of the window, by the hidden
	// column: they name it where the stream ends.
	Named map[string]string
	// Forgets is how long after its last row what made the changes stream forgets a key,
	// which may then come back as an insert while its last row stands (SEMANTICS 77); 0 for
	// never. Remembered is how long the last row of each key has been known since: a key
	// that comes back within it does so as an update.
	Forgets, Remembered time.Duration
	Time                TimeKind
	TimeOf              string        // the column event time came from, for messages
	Derived             bool          // rows are results of a window, whose time is theirs, not that of TimeOf
	Delay               time.Duration // how far the watermark trails the largest time; Complete when it waits for the end
	Complete            bool
	Window              *Window // nil outside windows
	Bounded             bool
	Lateness            time.Duration // default lateness from the topic
	LateTo              string        // default late target from the topic, "" for the error topic
	ErrorsTo            string        // where failed rows go, "" for the implicit errors topic
	Topic               string        // left-most topic
	BoundText           string        // symbolic bound of the state of the stage that made this stream, "" for none
	// Retain is how long the rows of a table are kept in it, 0 for ever. Its readers see
	// no row go (SEMANTICS 78).
	Retain time.Duration
	// Broken marks the output of a stage that did not check: every name exists in
	// it and nothing more is said about it.
	Broken bool
}

// Union is the union type of a stream whose rows are not narrowed yet, else nil. Only
// hidden columns may stand beside the union: those of `let` and of a window.
func (s *Stream) Union() *Type {
	var union *Type
	for _, c := range s.Columns {
		switch {
		case c.Name == UnionColumn:
			union = c.Type
		case !c.Hidden:
			return nil
		}
	}
	return union
}

// Column finds a column by name, hidden ones included.
func (s *Stream) Column(name string) (Column, bool) {
	for _, c := range s.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// Visible are the columns that `*` stands for.
func (s *Stream) Visible() []Column {
	var out []Column
	for _, c := range s.Columns {
		if !c.Hidden {
			out = append(out, c)
		}
	}
	return out
}

// Row is the record (or union) type of the visible columns.
func (s *Stream) Row() *Type {
	if u := s.Union(); u != nil {
		return u
	}
	r := &Type{Kind: Record, Name: s.Name}
	for _, c := range s.Visible() {
		r.Fields = append(r.Fields, Field{Name: c.Name, Type: c.Type})
	}
	return r
}

// Read are the columns that the readers of a stream see, and those that they need
// although they cannot name them: the bounds of its window, and what identifies its rows.
func (s *Stream) Read() []Column {
	var out []Column
	for _, c := range s.Columns {
		identifies := s.Kind == Changes && slices.Contains(s.Key, c.Name)
		if !c.Hidden || c.Name == WindowStart || c.Name == WindowEnd || identifies {
			out = append(out, c)
		}
	}
	return out
}
