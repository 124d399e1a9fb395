package operators

import (
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
)

// Failure is a row that leaves by the error door.
type Failure struct {
	Row    int // in the batch
	Code   string
	Reason string
}

// CodeLate is the code of late rows among error records.
const CodeLate = "late"

// Side doors other than errors, as counted in the run summary.
const (
	DoorLate    = "late"
	DoorDropped = "dropped"
)

// Output takes what an operator produces. Emit takes over the batch.
type Output interface {
	// Emit sends rows to the readers of a port.
	Emit(port int, b *Batch)
	// Fail sends rows of a batch to the operator's error topic. The batch stays the
	// caller's. Rows that fail must not be emitted too.
	Fail(b *Batch, rows []Failure)
	// FailGroup sends one error record for a group that has no result: values is a
	// JSON object of its `by` columns, at the time of the result.
	FailGroup(at int64, code, reason, values string)
	// Late sends rows of a batch to the operator's late target, as that target
	// wants them. The batch stays the caller's.
	Late(b *Batch, rows []int32)
	// SideTo sends rows to the target of an `else ->`, counted under a door; a target
	// of error records gets the codes and reasons. The batch stays the caller's.
	SideTo(t *ir.Target, door string, b *Batch, rows []Failure)
	// Count adds to a counter of the operator shown in the summary, such as
	// "dedup_dropped".
	Count(counter string, n int64)
}

// Context is what an operator gets when it opens.
type Context struct {
	Alloc memory.Allocator
	// Params are the values of `param`s by name.
	Params map[string]any
	// BatchRows is the size to aim for in emitted batches.
	BatchRows int
	// Stage is the stage's word, for error records.
	Stage string
	// Now is the clock in microseconds, for what the language says goes by it.
	Now func() int64
	// Refs carries the references of rows through a snapshot; without it they are lost.
	Refs RefCodec
	// Mine tells the keys of this instance among those of several; nil is all.
	Mine Mine
	// Share says which they are, where that is known.
	Share Share
	// Shelf is where a Spiller can put groups, nil for nowhere.
	Shelf Shelf
	// Adapt reads rows of a state that had other columns, see Migrant; nil where they are the
	// same.
	Adapt Adapters
}

// Operator processes the messages of its inputs, one at a time. All methods are
// called by one goroutine.
//
// For an operator with one input the runtime forwards the watermark after
// OnWatermark returns, lowered by Delay; for several it forwards the minimum and
// calls OnWatermark with it.
type Operator interface {
	Open(ctx *Context) error
	// Process takes over the batch of an input.
	Process(input int, b *Batch, out Output) error
	// OnWatermark tells that the inputs have advanced.
	OnWatermark(w Watermark, out Output) error
	// Snapshot writes the state at a barrier. A stateless operator writes nothing.
	Snapshot() ([]byte, error)
	// Restore adds a state that Snapshot wrote to what an open operator holds. A fresh
	// operator gets the states of all instances there were, one after the other, and
	// takes the keys that are mine, nil being all; what belongs to no key is the same
	// in all of them.
	Restore(state []byte, mine Mine) error
	// Close releases everything; it emits nothing.
	Close() error
}

// Delayer is an operator whose output watermark trails its input's, in
// microseconds (SEMANTICS 15).
type Delayer interface{ Delay() int64 }

// Merger is an operator whose inputs must be seen in canonical order across
// inputs; the runtime holds rows back until their turn.
type Merger interface{ MergeInputs() bool }

// Separate is a Merger whose inputs have columns of their own, so that a batch holds
// rows of one input.
//
// One that answers in OnWatermark anyway has its inputs numbered: it is then given the
// rows of each input together instead of in many small batches in turn, with Batch.Seq
// their numbers in canonical order over all inputs. OnWatermark follows once the rows of
// all inputs have been given.
type Separate interface{ SeparateInputs() (numbered bool) }

// Forgetful is an operator that hands on the batches it is given, or copies of
// them made with Retain and Gather, and keeps no Ref of a batch that it has let go. One that says
// false is no such operator.
type Forgetful interface{ Forgets() bool }

// Absorbing is an operator that emits rows of its own, without Refs or with those of a
// batch that was detached, and keeps Refs only with the batch they came in or a copy made
// with Gather. One that says false is no such operator.
type Absorbing interface{ Absorbs() bool }

// Finisher is an operator that may need no more input (limit).
type Finisher interface{ Done() bool }

// Parallel is an operator that may run as several instances, each over the rows
// whose Keys hash to it. The runtime restores the order a single instance would
// have given: rows emitted in Process are put in the order of the input rows that
// caused them (Batch.Cause), rows emitted in OnWatermark in the order of Less.
type Parallel interface {
	Operator
	// Keys are what rows of an input are partitioned by, of the same types for every
	// input; none means that the operator cannot be split.
	Keys(input int) []ir.Expr
	// Less orders rows emitted in OnWatermark: row i of one batch and row j of another.
	Less(a, b *Batch) func(i, j int) bool
}
