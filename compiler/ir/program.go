package ir

import (
	"time"

	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// Program is a checked set of files.
type Program struct {
	Module   string
	Timezone string // "" when the module has none
	Topics   []*Topic
	Streams  []*Stream
	Routes   []*Route
	Sources  []*Source
	Sinks    []*Sink
	Params   []*ParamDef
	Tests    []*Test

	Schedules []*Schedule

	// Functions are those in WASM; functions in the language are expanded where they
	// are called.
	Functions []*WasmFunc
	Modules   []*WasmModule
}

// Topic is a declared or implicit topic.
type Topic struct {
	Name     string
	At       source.Span
	Row      *types.Type   // record or union
	Type     *types.Stream // of `from topic`
	Implicit bool          // named only as a target
	Upsert   bool
	Bounded  bool
	Inferred bool // the schema came from data
	Key      []string
	// Time gives the event time of a row as it enters the topic; nil without `time:`.
	Time       Expr
	Delay      time.Duration // watermark
	Complete   bool          // watermark: complete
	Free       bool          // holds no watermark back (SEMANTICS 11)
	MaxAhead   time.Duration // 0 is off
	IdleAfter  time.Duration // 0 is never
	Lateness   time.Duration
	LateTo     string // "" is the error topic
	ErrorsTo   string // "" is the topic "errors"
	Partitions int
	Settings   map[string]any // the others, as values
}

// Source feeds a topic.
type Source struct {
	Name      string
	At        source.Span
	Connector string
	Topic     string
	URI       string         // file: path or glob with ?options
	Settings  map[string]any // values as in package types; words, times, secrets and calls as below; a group is a map
	Dir       string         // folder of the declaring file: relative paths start there
}

// Sink takes a stream or topic out.
type Sink struct {
	Name      string
	At        source.Span
	Connector string
	From      string
	URI       string
	Settings  map[string]any
	Dir       string
}

// SettingWord is a bare word as the value of a setting.
type SettingWord string

// SettingTime is an instant as the value of a setting, in microseconds.
type SettingTime int64

// SettingSecret names a secret; its value is read when the program starts.
type SettingSecret struct{ Store, Key string }

// SettingCall is word(name: value, ...) as the value of a setting.
type SettingCall struct {
	Name string
	Args map[string]any
}

// ParamDef is a `param`.
type ParamDef struct {
	Name     string
	At       source.Span
	Type     *types.Type
	Default  any
	HasValue bool // a default is written
	Min, Max any  // nil when not limited
	Doc      string
	// Structural: the value shapes the program (the size of a window), so another
	// value means checking the program again.
	Structural bool
}

// Stream is a named pipeline.
type Stream struct {
	Name     string
	At       source.Span
	Table    bool // its rows are kept: see types.Stream.Retain of its type
	Serve    bool // a table that programs outside may ask
	Pipeline *Pipeline
}

// Type is the type of the stream's rows.
func (s *Stream) Type() *types.Stream { return s.Pipeline.Type }

// Pipeline reads one relation through stages.
type Pipeline struct {
	From   Rel
	Stages []*Stage
	Type   *types.Stream // after the last stage
	At     source.Span
}

// Rel is a topic, a stream or a nested pipeline; exactly one field is set.
type Rel struct {
	Topic    string
	Stream   string
	Pipeline *Pipeline
}

// Stage is one step with the type it yields.
type Stage struct {
	Op   Operator
	Type *types.Stream
	At   source.Span
	Word string // the stage's first word, as error records name it
}

// Target is where rows are sent besides the pipeline: a topic by name, or drop.
type Target struct {
	Topic string
	Drop  bool
}

// Item is a named expression. Hidden marks `let`.
type Item struct {
	Name   string
	Expr   Expr
	Hidden bool
}

// Order is one component of an order. Null is last either way, NaN before null.
type Order struct {
	Expr Expr
	Desc bool
}

// Operator is what a stage does. Data only.
type Operator interface{ operator() }

// The operators of stages.
type (
	// Where keeps rows where Cond holds. On changes streams an update whose row
	// stops to fit becomes a delete, one that begins to fit an insert.
	Where struct {
		Cond Expr
		// Nulls are values whose null made the condition not hold where the language
		// otherwise asks what is meant (`edyc query`): they are counted by name.
		Nulls []Item
		// Replaces: a row that comes and does not fit takes the row of its key away, which
		// the Upserts behind it knows to be there (SEMANTICS 75, 77).
		Replaces bool
	}
	// Project makes the row anew: select, extend, let, drop, rename and the
	// narrowing of a union are all this. Items are the complete new row, each over
	// the old one. The columns types.WindowStart and WindowEnd are listed too when
	// they live on.
	Project struct{ Items []Item }
	// Require sends rows with a null at any of the Values elsewhere.
	Require struct {
		Paths  []string // as written, for "required column x is null"
		Values []Expr
		Else   *Target // nil: the error topic
		// Replaces is as in Where.
		Replaces bool
	}
	// Unnest repeats the row for each element of an array, appended as a column.
	Unnest struct {
		Name  string
		Expr  Expr
		Outer bool // keep rows whose array is empty or null, with a null element
	}
	// KeyBy only states a key.
	KeyBy struct{ Keys []string }
	// Time sets row time and watermark anew.
	Time struct {
		Expr  Expr
		Delay time.Duration
	}
	// WindowNone leaves the window.
	WindowNone struct {
		// Kind is that of the window, where its rows waited in it: they leave it as its
		// results do, at its end. "" for rows that stayed what they were.
		Kind string
		// Waits is how long rows that leave may trail the watermark.
		Waits time.Duration
	}
	// Aggregate groups rows. The result row is By, then Items.
	Aggregate struct {
		By    []Item
		Aggs  []AggCall
		Items []Item // over columns "$agg0", "$agg1", ...: the results of Aggs
		// Windowed: groups are per window, rows carry the window columns.
		Windowed bool
		// AtOnce: the windows are windows of rows, and close with the batch that holds
		// their rows.
		AtOnce bool
		// Find is a session or sliding window stage above, whose rows are not in windows
		// yet: the aggregate finds the windows itself and keeps no rows for it. Its first
		// By are the columns of the stage's Per. nil where rows come with their windows.
		Find *Window
		// Fill gives groups rows for their empty windows; nil where they have none.
		Fill *Fill
		// Emit is "final" (one row when the window closes), or "updates"/"early" as in
		// Window; outside windows it is "updates".
		Emit      string
		EmitEvery time.Duration
		Lateness  time.Duration
		Keep      time.Duration // 0 when not written, KeepForever for `forever`
		// Input is how the rows of a changes stream are told apart; nil for rows that
		// only come.
		Input *Replaced
		// Best, when set, are the only rows of a window that anybody looks at: others need
		// not be given. The optimiser alone sets it.
		Best *Best
		// Phase is the half of the work that it does, where two stages share it. The
		// optimiser alone sets it.
		Phase Phase
		// Periods are the keys that come from event time, where groups are forgotten.
		Periods []Period
	}
	// Top keeps the first N rows per group by an order.
	Top struct {
		N        int64
		By       []Order
		Per      []Expr
		PerNames []string
		Ties     bool
		Rank     string // column to append, "" for none
		Windowed bool
		AtOnce   bool // windows of rows: see Window
		Lateness time.Duration
		Keep     time.Duration
		Input    *Replaced // nil for an append stream; else its key is that of the result
		Periods  []Period  // of Per, as in Aggregate
		// Find is as in Aggregate, of a session or sliding window over a changes stream.
		Find *Window
		// Emit and EmitEvery are those of the window over a changes stream that it works
		// in, where it shows its changes at ticks; else "" and 0.
		Emit      string
		EmitEvery time.Duration
	}
	// Latest keeps the row with the largest time per key.
	Latest struct {
		By       []Expr
		Windowed bool
		AtOnce   bool // windows of rows: see Window
		Lateness time.Duration
		Keep     time.Duration
		Input    *Replaced // nil for an append stream
		Periods  []Period  // of By, as in Aggregate
		Find     *Window   // as in Top
		// Emit and EmitEvery are as in Top.
		Emit      string
		EmitEvery time.Duration
	}
	// Dedup keeps the first row per key, in its window or for a time.
	Dedup struct {
		By       []Expr // empty: the whole row
		Windowed bool
		AtOnce   bool // windows of rows: see Window
		Lateness time.Duration
		Within   time.Duration
	}
	// Sort orders the rows of each window, or of the whole bounded input.
	Sort struct {
		By       []Order
		Windowed bool
		AtOnce   bool // windows of rows: see Window
		Lateness time.Duration
	}
	// Limit ends the stream after N rows.
	Limit struct{ N int64 }
	// Sample keeps a fraction of the rows by hash.
	Sample struct {
		Fraction float64
		By       []Expr
		Replaces bool // as in Where
	}
	// Union merges its input with others of the same columns. Each pipeline
	// already yields the columns in the order of the result.
	Union struct{ With []*Pipeline }
	// Changes turns a changes stream into an append stream of {op, before, after, at}.
	Changes struct{}
	// Upserts keeps the last row of each key and says what each row changes of it. Its
	// input appends, or may hold changes of keys that are there or are not.
	Upserts struct {
		By         []Expr        // columns of the input
		DeleteWhen Expr          // nil: no row deletes
		Keep       time.Duration // of a key after its last row; 0 and KeepForever for ever
	}
	// Expire deletes rows of a changes stream whose time is further back than After.
	Expire struct {
		After time.Duration
		Input Replaced
	}
	// Into writes to a topic; Items make the topic's row in its order.
	Into struct {
		Topic string
		Items []Item
	}
)

// Replaced says that rows a stage has been given may be taken back or replaced.
type Replaced struct {
	// Key is the columns that identify a row; none means that the whole row does.
	Key []string
}

// KeepForever is the Keep of `keep forever`.
const KeepForever = time.Duration(1<<63 - 1)

// Best is the first N rows of each group of Per by an order, over the columns of a
// result, with Ties also those equal to the last of them.
type Best struct {
	N    int64
	By   []Order
	Per  []Expr
	Ties bool
	// Dropped: the reader is a dedup, whose count the others belong to.
	Dropped bool
}

// AggCall is one call of an aggregate function.
type AggCall struct {
	Name     string
	Overload int
	Args     []Expr // of the overload's types
	Where    Expr   // nil for all rows
	T        *types.Type
	At       source.Span
}

func (*Where) operator()      {}
func (*Project) operator()    {}
func (*Require) operator()    {}
func (*Unnest) operator()     {}
func (*KeyBy) operator()      {}
func (*Time) operator()       {}
func (*WindowNone) operator() {}
func (*Aggregate) operator()  {}
func (*Top) operator()        {}
func (*Latest) operator()     {}
func (*Dedup) operator()      {}
func (*Sort) operator()       {}
func (*Limit) operator()      {}
func (*Sample) operator()     {}
func (*Union) operator()      {}
func (*Changes) operator()    {}
func (*Upserts) operator()    {}
func (*Expire) operator()     {}
func (*Into) operator()       {}

// Route sends rows to targets.
type Route struct {
	Name      string
	At        source.Span
	From      Rel
	Type      *types.Stream // of From
	All       bool
	Replaces  bool // for each arm as in Where
	Arms      []*Arm
	Otherwise *Arm
}

// Arm is one way out of a route; When is nil for otherwise.
type Arm struct {
	At      source.Span
	When    Expr
	Stages  []*Stage
	Type    *types.Stream // after Stages
	Targets []ArmTarget
}

// ArmTarget is one target of an arm; Items make the target topic's row.
type ArmTarget struct {
	Target
	Items []Item
	At    source.Span
}

// Test is a `test` block.
type Test struct {
	Name  string
	At    source.Span
	Steps []TestStep
}

// TestStep is one step; exactly one pointer is set.
type TestStep struct {
	At      source.Span
	Set     *TestSet
	Given   *TestGiven
	Advance *TestAdvance
	Expect  *TestExpect
}

// TestSet gives a param its value for this test.
type TestSet struct {
	Param string
	Value any
}

// TestGiven adds rows to a topic, or replaces a stream by rows.
type TestGiven struct {
	Target string
	Stream bool
	Row    *types.Type
	Rows   []TestRow
	// Time names the column that gives the time of rows of a stream, "" for none.
	Time  string
	Delay time.Duration
}

// TestRow is a row as written: values by column, missing ones filled in by rule 112
// at run time (Given lists what was written).
type TestRow struct {
	At     source.Span
	Values []any // in the order of Row's fields; for a union, one UnionValue
	Given  []bool
	Fields []bool // for a union, what was written of the branch's fields
}

// TestAdvance moves the watermark or the clock.
type TestAdvance struct {
	Watermark bool
	To        int64 // microseconds
}

// TestExpect compares the rows of a topic or stream since the test began.
type TestExpect struct {
	Target  string
	Stream  bool
	Changes bool   // compare the log of a changes stream
	Mode    string // "exactly", "contains", "unordered"
	Row     *types.Type
	Rows    []TestRow
}
