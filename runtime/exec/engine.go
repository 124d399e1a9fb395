package exec

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/clock"
)

// DefaultBatchRows is the size of batches when nothing else is asked for.
const DefaultBatchRows = 4096

// clockStep is how often windows on processing time look at the clock while nothing
// comes in.
const clockStep = 100 * time.Millisecond

// readerGrace is how long the end of a run waits for readers that are stuck.
const readerGrace = 200 * time.Millisecond

// Options are how a graph runs. None of them changes its results.
type Options struct {
	Parallel  int // workers: instances of operators that can be split, from three on; 1 when 0
	BatchRows int
	Alloc     memory.Allocator
	Clock     clock.Clock
	Params    map[string]any
	// Progress is called now and then by the driver.
	Progress func(Progress)
	// Barriers, when set, is asked after every pull.
	Barriers Barriers
	// Close, when set, is called when the operators are closed.
	Close func()
	// Checkpoints, when set, are written now and then, and when the run stops.
	Checkpoints Checkpoints
	// State is what the run goes on from, nil for the beginning.
	State *State
	// Adapt reads the rows that operators remember, by the identities of their nodes, as rows
	// of other columns; see operators.Migrant.
	Adapt map[string]operators.Adapters
	// ReadAt, when set, is the type of the rows of an edge with the defaults of the topic
	// that they come from, and reads rows of a State as those that had other columns.
	ReadAt func(edge plan.Edge) (now *types.Type, read ReadRows)
	// Shelves, when set, are where operators put groups that memory has no room for.
	Shelves Shelves
	// StateMemory is how many bytes such groups may take in memory; 0 is any number.
	StateMemory int64
}

func (o Options) filled() Options {
	if o.Parallel < 1 {
		o.Parallel = 1
	}
	if o.BatchRows < 1 {
		o.BatchRows = DefaultBatchRows
	}
	if o.Alloc == nil {
		o.Alloc = memory.DefaultAllocator
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	return o
}

// Engine is one run of a graph.
type Engine struct {
	graph  *Graph
	opt    Options
	ctx    context.Context // cancelled when readers must stop
	cancel context.CancelFunc
	stop   chan struct{}
	waker  chan struct{}
	err    error

	nodes     []receiver
	stations  []*station // by node; nil for sinks and collectors
	ops       []*opNode
	sources   []*topicNode // in declaration order of nodes
	topics    map[string]*topicNode
	topicAt   map[int]*topicNode // by index
	sinks     []*sinkNode
	collected map[string]*Collected
	kept      map[string]*Material // rows that snapshots are taken of
	alarms    *alarms
	errors    *errorLog
	reported  time.Time
	first     map[*topicNode]bool // topics that are read before the others
	started   time.Time
	moment    int64                     // what stages on processing time take for the clock
	recorded  bool                      // it is that of recorded rows
	byMoment  bool                      // it matters when rows came
	taken     []Taken                   // since the last checkpoint
	lastTaken map[ofPartition]int       // in taken
	lastCame  arrival                   // of rows from outside
	ofTables  map[*topicNode]bool       // topics that rows of tables come from
	waiting   map[string][]types.Column // of the rows that wait, in the State being written
	waited    map[string]*types.Type    // likewise, in the one that was read
	layouts   layouts
}

// New wires a graph and opens its operators and sinks. Close must be called.
func New(ctx context.Context, g *Graph, opt Options) (*Engine, error) {
	e := &Engine{graph: g, opt: opt.filled(), stop: make(chan struct{}), waker: make(chan struct{}, 1),
		topics: map[string]*topicNode{}, topicAt: map[int]*topicNode{}, collected: map[string]*Collected{}, kept: map[string]*Material{}, errors: newErrorLog(), lastTaken: map[ofPartition]int{}, waiting: map[string][]types.Column{}}
	e.started = e.opt.Clock.Now()
	e.ctx, e.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := e.open(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	e.connect()
	e.findEndings()
	e.byMoment = e.dependsOnMoments()
	e.recorded, e.ofTables = e.byRecord(), e.tables(false)
	e.look()
	e.first = e.tables(true)
	e.alarms = newAlarms(e)
	if e.opt.State != nil {
		if err := e.load(e.opt.State); err != nil {
			return nil, errors.Join(err, e.Close())
		}
	}
	for _, t := range e.sources {
		if err := t.adopt(); err != nil {
			return nil, errors.Join(err, e.Close())
		}
	}
	return e, nil
}

func (e *Engine) open() error {
	for id, n := range e.graph.Nodes {
		var r receiver
		var s *station
		switch {
		case n.Topic != nil:
			t := newTopicNode(e, id, n)
			e.topics[n.Topic.Name], e.topicAt[n.Topic.Index], r, s = t, t, t, &t.station
			e.sources = append(e.sources, t)
		case n.Operator != nil:
			o, err := newOpNode(e, id, n, len(n.In))
			if o != nil {
				e.ops = append(e.ops, o)
			}
			if err != nil {
				return err
			}
			r, s = o, &o.station
		case n.Sink != nil:
			w, err := newSinkNode(e.ctx, e, n, e.opt.State.sink(n))
			if err != nil {
				return err
			}
			e.sinks, r = append(e.sinks, w), w
		case n.Collect != nil:
			c := &collectNode{out: &Collected{Type: e.typeOf(n.In[0]), clock: operators.MinTime}}
			e.collected[n.Collect.Name], r = c.out, c
		case n.Table != nil:
			t := &tableNode{rows: NewMaterial(e.typeOf(n.In[0]))}
			t.rows.flow = e.flow(n.In[0]).from("table:" + n.Table.Name)
			e.kept[n.Table.Name], r = t.rows, t
		default:
			return bugf("node %s does nothing", n.Name)
		}
		e.nodes, e.stations = append(e.nodes, r), append(e.stations, s)
	}
	return nil
}

func (e *Engine) typeOf(edge plan.Edge) *types.Stream {
	return e.graph.Nodes[edge.Node].Ports[edge.Port]
}

// wakeUp tells the driver that something is there.
func (e *Engine) wakeUp() {
	select {
	case e.waker <- struct{}{}:
	default:
	}
}

// fail keeps the first error; the run stops.
func (e *Engine) fail(err error) {
	if err != nil && e.err == nil {
		e.err = err
	}
}

func (e *Engine) failed() bool { return e.err != nil }

// Run reads everything there is until the inputs end or ctx is cancelled. A
// cancelled run finishes the rows already read, leaves open windows as they are
// and returns normally.
func (e *Engine) Run(ctx context.Context) (s *Summary, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = bugAt(r, debug.Stack())
		}
	}()
	e.begin()
	interrupted := e.drive(ctx)
	paused := interrupted || e.paused()
	var open int64
	if paused {
		if e.opt.Checkpoints == nil {
			e.eachSource(func(t *topicNode) { t.flushOut() })
		}
		for _, o := range e.ops {
			open += o.held()
		}
	}
	e.lastCheckpoint(paused)
	for _, s := range e.sinks {
		e.fail(s.close())
	}
	s = e.Summary()
	s.Interrupted, s.Paused, s.OpenRows = interrupted, paused, open
	if interrupted {
		s.HeldBack = e.heldBack()
	}
	return s, e.err
}

// begin ends what never had a source, so that nobody waits for it.
func (e *Engine) begin() {
	for _, t := range e.sources {
		if !t.hasSource() && t.merge == nil {
			t.exhausted = true
			t.emitMark(endMark(operators.MinTime))
		}
	}
}

// drive pulls until nothing is left; it reports whether it was interrupted.
func (e *Engine) drive(ctx context.Context) (interrupted bool) {
	open := make(map[*topicNode]bool)
	for _, t := range e.sources {
		if t.isRead() && !(t.again() && t.exhausted) { // a run that has ended looks at no table
			open[t] = true
		}
		e.first[t] = e.first[t] || t.again()
	}
	// Schedules go on for as long as inputs do; where there are none, until somebody
	// ends the run.
	alone := len(open) == 0 && e.alarms.first() != nil
	defer func() {
		if !interrupted && !e.paused() {
			e.endScheduled()
		}
	}()
	for (alone || !onlyAgain(open)) && !e.failed() {
		if ctx.Err() != nil && !interrupted && !amid(open) {
			interrupted = true
			e.cancel()
			if e.opt.Checkpoints != nil { // what was read ahead is read again
				break
			}
		}
		if alone && interrupted {
			break
		}
		e.alarms.due(e.opt.Clock.Now().UnixMicro(), func(int64) {})
		t, state := e.pullNext(open, interrupted)
		if state == pulled {
			if e.recorded {
				e.tick()
			}
			e.barrier()
		}
		if !amid(open) {
			e.checkpoint()
			e.spill()
		}
		switch {
		case t == nil:
			e.wait(ctx)
		case state == ended:
			delete(open, t)
			if !interrupted && !e.failed() && !t.endsWithOthers() && !t.pauses() {
				t.finish()
			}
		}
		e.report()
		for _, s := range e.sinks {
			if s.broken.Load() {
				e.fail(s.close())
			}
		}
	}
	return interrupted && !e.failed()
}

// endScheduled ends the topics that schedules could have written to, and those that
// would have been read again.
func (e *Engine) endScheduled() {
	e.eachSource(func(t *topicNode) {
		if t.endsWithOthers() {
			t.finish()
		}
	})
}

// pullNext pulls from the open topic that is the least far (ties: the first), so
// that merging operators hold little; tables that others wait for come first. A topic that waits is passed over only
// where it is live. It returns no topic when all must wait.
func (e *Engine) pullNext(open map[*topicNode]bool, interrupted bool) (*topicNode, pullState) {
	passed := map[*topicNode]bool{}
	before := func(t, next *topicNode) bool {
		if e.first[t] != e.first[next] {
			return e.first[t]
		}
		return t.last.progress < next.last.progress
	}
	for {
		var next *topicNode
		if e.recorded {
			first, wait := e.earliest(open, interrupted)
			if wait {
				return nil, waiting
			}
			next = first
		}
		for _, t := range e.sources {
			if next == nil && open[t] && !passed[t] || open[t] && !passed[t] && !e.recorded && before(t, next) {
				next = t
			}
		}
		if next == nil {
			return nil, waiting
		}
		if next.satisfied() {
			return next, ended
		}
		state := next.pull(interrupted)
		if state != waiting {
			return next, state
		}
		if !next.waitsForNobody() {
			return nil, waiting
		}
		passed[next] = true
	}
}

// wait sleeps until a reader or sink has news, or a topic may go idle.
func (e *Engine) wait(ctx context.Context) {
	for _, s := range e.sinks {
		s.flush()
	}
	var timer <-chan time.Time
	for _, t := range e.sources {
		if t.topic.IdleAfter > 0 && t.topic.Live {
			timer = e.opt.Clock.After(t.topic.IdleAfter / 4)
		}
	}
	var tick <-chan time.Time
	if e.clocked() {
		tick = e.opt.Clock.After(clockStep)
	}
	var alarm <-chan time.Time
	if d, ok := e.alarms.wait(e.opt.Clock.Now()); ok {
		alarm = e.opt.Clock.After(d)
	}
	var look <-chan time.Time // somebody watches: a watermark that stands still is worth a word
	if e.opt.Progress != nil {
		look = e.opt.Clock.After(time.Second)
	}
	var save <-chan time.Time
	if c := e.opt.Checkpoints; c != nil {
		if d := c.Wait(); d > 0 {
			save = e.opt.Clock.After(d)
		}
	}
	select {
	case <-e.waker:
	case <-ctx.Done():
	case <-save:
	case <-look:
	case <-alarm:
	case <-timer:
		e.checkIdle()
	case <-tick:
		e.tick()
	}
}

// clocked reports that something goes by the clock.
func (e *Engine) clocked() bool {
	return slices.ContainsFunc(e.ops, func(o *opNode) bool {
		_, ok := o.op.(operators.Clocked)
		return ok && !o.finished
	})
}

// tick lets what goes by the clock look at it.
func (e *Engine) tick() {
	e.look()
	for _, o := range e.ops {
		o.tick()
	}
}

func (e *Engine) checkIdle() {
	now := e.opt.Clock.Now()
	e.eachSource(func(t *topicNode) {
		if t.checkIdle(now) {
			t.pass(false)
		}
	})
}

func (e *Engine) eachSource(f func(t *topicNode)) {
	for _, t := range e.sources {
		if !e.failed() {
			f(t)
		}
	}
}

// report tells about progress, at most ten times a second.
func (e *Engine) report() {
	if e.opt.Progress == nil {
		return
	}
	now := e.opt.Clock.Now()
	if now.Sub(e.reported) < 100*time.Millisecond {
		return
	}
	e.reported = now
	p := Progress{Errors: e.errors.count(), HeldBack: e.heldBack(), Now: now}
	for _, t := range e.sources {
		if !t.hasSource() {
			continue
		}
		p.Rows += t.stats.Rows
		if t.again() {
			if last := t.lanes[0].spec.Again().Last; last != "" {
				p.Trouble = append(p.Trouble, fmt.Sprintf("%s: the table %s stays as it was: %s", t.lanes[0].spec.Name, t.topic.Name, last))
			}
		}
		if w := t.stamp.watermark(); w != operators.MinTime && (!p.HasWatermark || w < p.Watermark) {
			p.Watermark, p.HasWatermark = w, true
		}
	}
	for _, s := range e.stations {
		if s != nil {
			p.Late += s.counters[operators.DoorLate]
		}
	}
	e.opt.Progress(p)
}

// Summary counts what was done so far.
func (e *Engine) Summary() *Summary {
	s := &Summary{Errors: e.errors.summary()}
	for _, t := range e.sources {
		stats := t.stats
		if w := t.stamp.watermark(); w != operators.MinTime {
			stats.Watermark, stats.HasWatermark = w, true
		}
		if t.again() {
			again := t.lanes[0].spec.Again()
			stats.Again = &again
		}
		s.Topics = append(s.Topics, stats)
	}
	for i, st := range e.stations {
		if st == nil {
			continue
		}
		n := e.graph.Nodes[i]
		s.Nodes = append(s.Nodes, NodeSummary{Name: n.Name, Stage: n.Stage, Stream: n.Stream, Out: st.emitted, Counters: st.counters})
	}
	for _, w := range e.sinks {
		s.Sinks = append(s.Sinks, SinkSummary{Name: w.node.Sink.Name, Label: w.node.Sink.Label, Rows: w.written(), Warnings: w.warnings()})
	}
	s.Sinks = append(s.Sinks, e.snapshots()...)
	return s
}

// Collected is what a collector kept, nil when there is none of the name.
func (e *Engine) Collected(name string) *Collected { return e.collected[name] }

// Close frees everything. Collected rows are freed too.
func (e *Engine) Close() error {
	e.cancel()
	close(e.stop)
	var errs []error
	patience, cancel := context.WithTimeout(context.Background(), readerGrace)
	defer cancel()
	for _, t := range e.sources {
		t.shed(patience)
	}
	for _, o := range e.ops {
		errs = append(errs, o.close())
	}
	for _, s := range e.sinks {
		if !s.ended {
			s.suspended = e.opt.Checkpoints != nil
			errs = append(errs, s.close())
		}
	}
	for _, c := range e.collected {
		c.Release()
	}
	for _, t := range e.kept {
		t.Release()
	}
	if e.opt.Close != nil {
		e.opt.Close()
	}
	return errors.Join(errs...)
}
