package build

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/state"
	"github.com/edynamic/edynamic/runtime/wasm"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Options are how a plan runs. Parallel and BatchRows do not change its results.
type Options struct {
	// Barriers, when set, makes operators anew between pulls (exec.Barriers).
	Barriers  exec.Barriers
	Parallel  int
	BatchRows int
	// Params are the values of `param`s, as package types describes; those left out
	// have their defaults.
	Params map[string]any
	// Inputs are where the rows of topics come from instead of their sources.
	Inputs map[string]string
	// Recalled, when set, is what a topic reads in place of its sources.
	Recalled *Recalled
	// Outputs are where the rows of streams and topics go, besides the sinks of the
	// program. Outputs of a stream replace the program's sinks of it.
	Outputs map[string][]string
	// Collect names the streams and topics whose rows are kept in memory.
	Collect []string
	// System is the machine: standard input and output, and the clock of followed
	// files. Nil reads nothing and writes nowhere.
	System *file.System
	Clock  clock.Clock
	Alloc  memory.Allocator
	// AllColumns has all columns of the plan built, also those that nobody reads but outputs
	// that copy them out of records, and the topic's own record.
	AllColumns bool
	// FailOnErrors makes a run with error records fail with ErrRowsFailed.
	FailOnErrors bool
	// Replaceable says that Replace may be called: nothing is made of what the expressions
	// of the plan are at the beginning.
	Replaceable bool
	Progress    func(exec.Progress)
	// WasmLog receives what functions in WASM write that may log; nil drops it.
	WasmLog wasm.Log
	// Data, when set, is where topics and the state of the run are kept. The plan must
	// have been lowered with all its columns.
	Data *Data
	// StateMemory is how many bytes the groups of operators that spill may take in memory;
	// 0 is any number.
	StateMemory int64
	// Replay, when set, is what topics read in place of their sources. Sinks of the
	// program, and schedules, are left out.
	Replay *Replay
}

// ErrRowsFailed is the error of a run with error records under FailOnErrors.
var ErrRowsFailed = errors.New("rows failed")

// Job is a plan ready to run.
type Job struct {
	engine *exec.Engine
	opt    Options

	plan    *plan.Graph
	own     *ownFunctions
	retired []*ownFunctions // of versions that were replaced
	pending pendingReplacement
	store   *state.Store // nil where no group is put away, or with the checkpoints
}

// New builds the physical graph of a plan and opens its inputs and outputs. Close
// must be called.
func New(ctx context.Context, g *plan.Graph, opt Options) (*Job, error) {
	opt = opt.filled()
	params, err := paramValues(g, opt.Params)
	if err != nil {
		return nil, err
	}
	own := newOwnFunctions(g, opt)
	b, err := physical(g, newEnv(params, own), opt.Alloc, false)
	if err != nil {
		return nil, own.failed(err)
	}
	j, err := b.job(ctx, opt, params, own)
	if err != nil {
		own.close()
	}
	return j, err
}

// job opens the inputs and outputs of a graph.
func (b *builder) job(ctx context.Context, opt Options, params map[string]any, own *ownFunctions) (*Job, error) {
	if err := b.identify(); err != nil {
		return nil, err
	}
	b.findPieces(&opt)
	if err := b.openInputs(&opt); err != nil {
		return nil, err
	}
	if err := b.addOutputs(&opt); err != nil {
		return nil, err
	}
	if opt.Replay == nil {
		if err := b.addSchedules(&opt); err != nil {
			return nil, err
		}
	}
	b.settleTables(opt.Replay != nil)
	run := opt.engine(params, own)
	run.ReadAt = b.readBehind
	store := opt.spillInto(&run)
	if opt.Data != nil {
		saved, err := opt.Data.resume(ctx, b, &opt, &run)
		if err != nil {
			return nil, err
		}
		run.State = saved
		run.Checkpoints, run.Shelves = opt.Data.Run, opt.Data.Run
	}
	j := &Job{opt: opt, plan: b.g, own: own, store: store}
	run.Barriers, run.Close = j.between(opt.Barriers), j.closeFunctions
	e, err := exec.New(ctx, b.out, run)
	if err != nil {
		return nil, err
	}
	j.engine = e
	return j, nil
}

// recycled is how many bytes of columns that were given back a job keeps for the
// columns to come.
const recycled = 16 << 20

// bug marks an error of building operators: a checked program always builds.
func bug(err error) error { return &exec.Bug{Text: err.Error()} }

func (o Options) filled() Options {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Alloc == nil {
		o.Alloc = kernel.NewRecycler(recycled)
	}
	if o.System == nil {
		o.System = &file.System{Stdin: eof{}, Stdout: io.Discard, Clock: o.Clock}
	}
	return o
}

// eof is an empty input.
type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

func (o Options) engine(params map[string]any, own *ownFunctions) exec.Options {
	return exec.Options{Parallel: o.Parallel, BatchRows: o.BatchRows, Alloc: o.Alloc, Clock: o.Clock, Params: params, Progress: o.Progress, Barriers: o.Barriers, Close: own.close, StateMemory: o.StateMemory}
}

// paramValues are the values of all params: given ones, else defaults.
func paramValues(g *plan.Graph, given map[string]any) (map[string]any, error) {
	values := map[string]any{}
	for _, p := range g.Params {
		v, ok := given[p.Name]
		switch {
		case ok:
			values[p.Name] = v
		case p.HasValue:
			values[p.Name] = p.Default
		default:
			return nil, fmt.Errorf("param %s has no default and needs a value", p.Name)
		}
	}
	for name := range given {
		if _, ok := values[name]; !ok {
			return nil, fmt.Errorf("there is no param %q", name)
		}
	}
	return values, nil
}

// Run reads the inputs to their end, or until ctx is cancelled, and writes the
// outputs. The summary is there even where the run failed.
func (j *Job) Run(ctx context.Context) (*exec.Summary, error) {
	s, err := j.engine.Run(ctx)
	if err == nil && j.opt.FailOnErrors && s.ErrorCount() > 0 {
		err = ErrRowsFailed
	}
	return s, err
}

// Collected is the rows kept of a stream named in Options.Collect. They are gone
// after Close.
func (j *Job) Collected(name string) *exec.Collected { return j.engine.Collected(name) }

// closeFunctions frees the functions in WASM of all versions.
func (j *Job) closeFunctions() {
	for _, own := range append(j.retired, j.own) {
		own.close()
	}
	if next := j.pending.Swap(nil); next != nil {
		next.own.close()
	}
	closeStore(j.store)
}

// spillInto gives a run shelves of its own where its state has a limit.
func (o Options) spillInto(run *exec.Options) *state.Store {
	if o.StateMemory == 0 || o.Data != nil {
		return nil
	}
	store := state.New("")
	run.Shelves = store
	return store
}

// closeStore takes off the disk what nobody reads any more. Where that fails the run is
// as good as it was.
func closeStore(s *state.Store) {
	if s != nil {
		_ = s.Close()
	}
}

// Close frees everything.
func (j *Job) Close() error { return j.engine.Close() }
