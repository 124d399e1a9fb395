// Package exec runs a physical graph: it pulls batches out of topics, pushes
// them through the operators and hands the results to sinks.
//
// One goroutine, the driver, does all the pushing, depth first in the order of
// the nodes, so that a run gives the same rows in the same order whatever the
// size of the batches and the number of workers is. Inputs are decoded and sinks
// written on goroutines of their own behind bounded channels: a slow sink slows
// the sources instead of filling memory. Operators that may be split run as
// several instances inside their node, which puts their outputs back into the
// order that one instance would have given.
//
// Nothing here knows a stage of the language, a format or a connector: package
// build turns a plan into the graph and fills in the functions.
package exec

import (
	"context"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/connector/reload"
	"github.com/edynamic/edynamic/runtime/format"
)

// Graph is what runs. A node reads only nodes before it; what leaves by side
// doors finds its topic by name.
type Graph struct {
	Nodes     []*Node
	Schedules []*Schedule
}

// Node is one physical operator. Exactly one of Topic, Operator, Sink, Collect and
// Table is set.
type Node struct {
	Name   string
	ID     string // what it is known by in a State; "" for its Name
	Stage  string
	Stream string
	In     []plan.Edge
	Ports  []*types.Stream
	// Errors and Late name the topics of failed and late rows. Late rows without a
	// topic are errors; with LateDrop they are dropped and counted.
	Errors   string
	Late     string
	LateDrop bool
	// Shown is as in plan.Node.
	Shown []plan.Shown
	// Sides are the topics that the operator's `else ->` targets name.
	Sides []string

	Topic    *Topic
	Operator *Operator
	Sink     *Sink
	Collect  *Collect
	Table    *Table
}

// Topic is where rows enter: from lanes, and from the nodes that write to it.
type Topic struct {
	Name  string
	Index int // in declaration order
	Row   *types.Type
	Built *types.Type // the part of Row that the columns are
	// TimeOf computes the event time of rows; nil for a topic without `time:`.
	TimeOf TimeFunc
	// TimeIn is the column that is the time as it stands, counted from 1; 0 where it is
	// computed.
	TimeIn     int
	Delay      time.Duration
	Complete   bool
	MaxAhead   time.Duration
	IdleAfter  time.Duration
	Key        []int // columns of the key, for the partition
	Partitions int
	Lanes      []Lane
	// Live topics have sources that do not end; nothing waits for them.
	Live bool
	// Free topics hold no watermark back.
	Free bool
	// Records: the rows are error records, so that failures may be sent here.
	Records bool
	// Fed topics take rows that a session gives.
	Fed bool
	// Scheduled topics take rows that schedules make, for as long as the run lasts.
	Scheduled bool
	// EndedAt is when a run came to the end of its input whose recorded rows are read; 0 is
	// behind all rows.
	EndedAt int64
	// Record, when set, is given all rows of the topic in the order in which its readers
	// see them, before they do.
	Record Recorder
}

// Recorder keeps the rows of a topic. Its methods are called by the driver.
type Recorder interface {
	// Record takes over the rows of a batch that count, which came at a moment.
	Record(b *operators.Batch, came int64, by Entrance)
}

// Entrance tells where the rows of a batch came from. It is asked before the batch is
// released.
type Entrance interface {
	// Row tells of a row whether it came from outside, from which lane, and from where in it.
	Row(row int) (Entered, bool)
	// Lane is the lane that all rows of the batch came from, as they were read and with what
	// was made beside them (format.Rows), and sets where in it each of them was; nil where
	// Row must be asked.
	Lane(at []int64) (lane *Lane, beside any)
}

// Entered is where a row came from: a lane, and where in it. For the error record of a
// record that its topic refused, Behind is where the last row before that is, -1 for none.
type Entered struct {
	Lane       *Lane
	At, Behind int64
}

// TimeFunc computes event times: it sets the time of each row of sel (nil for all), and
// the rows that have none, ascending.
type TimeFunc func(times []int64, cols []arrow.Array, sel []int32) (failed []operators.Failure, err error)

// Lane is one file or connection of a topic's sources.
type Lane struct {
	Name string // as origins of records name it
	// Source names what the rows are read from for every run that reads it, "" where it
	// cannot be read again. Fed is how far it was put into the topic, nil for not at all.
	Source string
	Fed    *Fed
	// Counted: records have numbers rather than a place in bytes.
	Counted bool
	// Recorded: the rows were recorded when they came first.
	Recorded bool
	// Format is the format that records are read as, with its settings, as a URI has them; ""
	// where there is none to tell.
	Format string
	// Refuser is the topic that refused records of the lane: a Recorder is told of the lane
	// of an error record by it, and of the Header that the records stood under.
	Refuser, Header string
	// Pauses: the end of the lane is not the end of input, only all there is now.
	Pauses bool
	Open   func(ctx context.Context) (format.Decoder, error)
	// Size is how much there is to read, to tell later whether more has come; nil where
	// nobody knows.
	Size func() int64
	// OpenAt stands for Open where the lane goes on from what its records said, nil for
	// the beginning; others are read again from there, and what was taken is passed over.
	OpenAt func(ctx context.Context, resume []byte) (format.Decoder, error)
	// Again tells of an input that is read again and again; nil for others. A batch
	// without rows stands behind the rows of each time. Nobody waits for its end, and the
	// rows of the first time come before those of other topics.
	Again func() reload.Report
}

// Resumable are records that know how to go on behind them.
type Resumable interface {
	format.Records
	Resume() []byte
}

// Original are records that were recorded elsewhere first, and keep their origins.
type Original interface {
	format.Records
	Origin(i int) string
}

// Dated are records that were recorded elsewhere, and all came at one moment.
type Dated interface {
	format.Records
	Came() int64
}

// Operator makes the instances of an operator.
type Operator struct {
	New func() (operators.Operator, error)
	// Settles: rows leave when the watermark passes the instant they are settled, and
	// their progress is that instant.
	Settles bool
	// Blocks: rows leave at the end of input only.
	Blocks bool
	// Table is the input, counted from 1, that other inputs look things up in: it holds
	// no watermark back. With TableFirst it ends, and is read whole before any row of
	// the others.
	Table      int
	TableFirst bool
	// Hash tells the instance a row belongs to by its key, for each input; nil when
	// the operator cannot be split.
	Hash []HashFunc
	// CountsBelow: what the operator counts belongs to the node that reads its rows, a
	// part of whose work it does.
	CountsBelow bool
}

// HashFunc gives each row of a batch that counts the hash of its key. It reports
// rows whose key fails by leaving them to any instance, which fails them itself.
type HashFunc func(b *operators.Batch, hashes []uint64) error

// Sink takes rows out.
type Sink struct {
	Name  string
	Label string // where it writes, for messages: a path
	// Open begins the output, or goes on from what a Durable writer has saved.
	Open func(ctx context.Context, saved []byte) (Writer, error)
}

// Durable is a writer that can go on after its process has ended.
type Durable interface {
	Writer
	// Save makes what was written last and says how to go on from here.
	Save() ([]byte, error)
	// Committed tells that what Save said will not be taken back.
	Committed() error
	// Suspend frees what was taken; the output is gone on with later.
	Suspend() error
}

// Writer writes batches somewhere. It is called by one goroutine.
type Writer interface {
	// Write writes the rows that count; the batch stays the caller's.
	Write(b *operators.Batch) error
	// Flush makes what was written visible; called when nothing more is there now.
	Flush() error
	// Close finishes the output. After a failed Write it frees what was taken only.
	Close() error
	// Warnings are sentences for the summary.
	Warnings() []string
}

// Collect keeps the rows of a stream in memory under its name.
type Collect struct{ Name string }
