package exec

import (
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/wire"
)

// State is a run written down between two pulls of rows: what operators remember,
// the rows that wait between them, how far each input was read and each output
// written. A graph of the same nodes goes on from it, with any number of workers and
// rows a batch. Nodes that it does not know begin afresh.
type State struct {
	// Parts are by name: what kind of thing, a slash, and the identity of the node.
	Parts map[string][]byte
	// Instances are the states of the operators' instances, by identity.
	Instances map[string][][]byte
	// Fed is how far inputs have been put into topics. It is for other runs: this one goes
	// on from its Parts.
	Fed []Fed
	// Taken is when rows of the folder were taken since the last State, for replays.
	Taken []Taken
}

// The kinds of parts.
const (
	partNode     = "node/"     // the rows and marks that wait before a node
	partTopic    = "topic/"    // the watermark of a topic
	partLane     = "lane/"     // how far an input was read
	partAgain    = "again/"    // the table of an input that is read again
	partSink     = "sink/"     // how far an output was written
	partTable    = "table/"    // the rows of a table that snapshots are taken of
	partSchedule = "schedule/" // when a schedule is due next
	partMoment   = "moment/"   // what stages on processing time take for the clock
	partPlaces   = "places/"   // where rows are stored that wait in a lane
	partWaiting  = "waiting/"  // what the rows are that wait between nodes
)

// Forget takes out what an operator remembers.
func (s *State) Forget(id string) {
	delete(s.Parts, partNode+id)
	delete(s.Instances, id)
}

// Adopt takes what an operator remembers from another state.
func (s *State) Adopt(id string, from *State) {
	if part, ok := from.Parts[partNode+id]; ok {
		s.Parts[partNode+id] = part
	}
	if states := from.Instances[id]; states != nil {
		s.Instances[id] = states
	}
}

// Resume is what an input of a topic goes on from, nil for its beginning.
func (s *State) Resume(topic, lane string) []byte {
	part, ok := s.Parts[partLane+topic+"/"+lane]
	if !ok {
		return nil
	}
	r := wire.NewReader(part)
	r.Int()
	r.Int()
	r.Int()
	return r.Bytes()
}

// Identity is the name of a node in a State.
func (n *Node) Identity() string {
	if n.ID != "" {
		return n.ID
	}
	return n.Name
}

// Save writes the run down. Nothing may be on its way between nodes, so that only the
// driver calls it, between two pulls.
func (e *Engine) save() (*State, error) {
	s := &State{Parts: map[string][]byte{}, Instances: map[string][][]byte{}, Taken: e.taken}
	clear(e.waiting)
	saved := make([]<-chan savedSink, len(e.sinks)) // beside one another, and what follows
	for i, w := range e.sinks {
		saved[i] = w.save()
	}
	for _, t := range e.sources {
		if err := t.saveState(s); err != nil {
			return nil, err
		}
	}
	for _, o := range e.ops {
		if err := o.save(s); err != nil {
			return nil, err
		}
	}
	for i, w := range e.sinks {
		part, err := w.saved(saved[i])
		if err != nil {
			return nil, err
		}
		s.Parts[partSink+w.node.Identity()] = part
	}
	for name, m := range e.kept {
		w := e.writer()
		m.save(w)
		if w.err != nil {
			return nil, w.err
		}
		s.Parts[partTable+name] = w.Buf
	}
	for _, a := range e.alarms.list {
		w := e.writer()
		w.Bool(a.on)
		w.Int(a.next)
		s.Parts[partSchedule+a.schedule.Name] = w.Buf
	}
	s.Parts[partMoment] = e.saveMoment()
	var err error
	s.Parts[partWaiting], err = e.saveWaiting()
	return s, err
}

// load lets a fresh engine go on from a state.
func (e *Engine) load(s *State) error {
	var err error
	if e.waited, err = s.waited(); err != nil {
		return fmt.Errorf("rows that wait: %w", err)
	}
	for _, t := range e.sources {
		if err := t.loadState(s); err != nil {
			return fmt.Errorf("topic %s: %w", t.topic.Name, err)
		}
	}
	for _, o := range e.ops {
		if err := o.load(s); err != nil {
			return fmt.Errorf("%s: %w", o.node.Name, err)
		}
	}
	for name, m := range e.kept {
		if part, ok := s.Parts[partTable+name]; ok {
			r := e.reader(part)
			m.load(r)
			if err := r.Err(); err != nil {
				return fmt.Errorf("table %s: %w", name, err)
			}
		}
	}
	for i := range e.alarms.list {
		a := &e.alarms.list[i]
		if part, ok := s.Parts[partSchedule+a.schedule.Name]; ok {
			r := e.reader(part)
			a.on, a.next = r.Bool(), r.Int()
			if err := r.Err(); err != nil {
				return fmt.Errorf("schedule %s: %w", a.schedule.Name, err)
			}
		}
	}
	if part, ok := s.Parts[partMoment]; ok {
		return e.loadMoment(part)
	}
	return nil
}

// save writes an operator down with what waits before it.
func (o *opNode) save(s *State) error {
	id := o.node.Identity()
	w := o.e.writer()
	o.station.save(w)
	w.Int(o.given)
	w.Bool(o.said)
	w.Bool(o.finished)
	w.mark(o.last)
	w.marks(o.inputs, o.marks)
	w.Bool(o.merge != nil)
	if o.merge != nil {
		o.merge.save(w, o.inputs, o.flowOf)
	}
	w.Bool(o.table != nil)
	if o.table != nil {
		w.Bool(o.table.ended)
		w.Uint(uint64(len(o.table.held)))
		for _, h := range o.table.held {
			w.String(o.inputs[h.input])
			w.batch(o.flowOf(h.input, o.inputs[h.input]), h.b)
		}
	}
	if w.err != nil {
		return w.err
	}
	s.Parts[partNode+id] = w.Buf
	if o.finished {
		if o.e.opt.Shelves != nil {
			o.e.opt.Shelves.Clear(id)
		}
		return nil
	}
	for _, op := range o.instances() {
		state, err := op.Snapshot()
		if err != nil {
			return fmt.Errorf("%s: %w", o.node.Name, err)
		}
		if len(state) > 0 {
			s.Instances[id] = append(s.Instances[id], state)
		}
	}
	return nil
}

func (o *opNode) load(s *State) error {
	id := o.node.Identity()
	if part, ok := s.Parts[partNode+id]; ok {
		r := o.e.reader(part)
		o.station.load(r)
		o.given, o.said, o.finished = r.Int(), r.Bool(), r.Bool()
		o.last = r.mark()
		names := o.inputs
		if o.ordered() {
			names = r.marksInOrder(o.marks)
		} else {
			r.marks(o.inputs, o.marks)
		}
		if r.Bool() {
			r.merger(o.merge, names, o.flowOf)
		}
		if r.Bool() {
			o.loadTable(r, names)
		}
		if err := r.Err(); err != nil {
			return err
		}
		// An operator must not be told less than it knows, and the mark of an input that
		// is new says nothing: it begins where the others stand.
		o.said = o.said && !slices.ContainsFunc(o.marks, func(m mark) bool { return m == openMark() })
	}
	return o.restore(s.Instances[id])
}

// ordered: the inputs are told apart by their order, whatever feeds them.
func (o *opNode) ordered() bool {
	_, apart := o.op.(operators.Separate)
	return apart
}

func (o *opNode) loadTable(r *stateReader, names []string) {
	ended := r.Bool()
	for range r.Len() {
		name := r.String()
		i := slices.Index(names, name)
		b := r.batch(o.flowOf(max(i, 0), name))
		switch {
		case b == nil:
		case i < 0 || i >= len(o.inputs) || o.table == nil:
			b.Release()
		default:
			o.table.held = append(o.table.held, heldBatch{i, b})
		}
	}
	if o.table != nil {
		o.table.ended = ended
	}
}

// flowOf is where the rows of an input come from, which has or had a name in a State.
func (o *opNode) flowOf(input int, name string) flow {
	input = min(input, len(o.node.In)-1)
	if o.ordered() {
		name = o.node.flowInto(input)
	}
	return o.e.flow(o.node.In[input]).from(name)
}

// restore gives the instances the states that there were.
func (o *opNode) restore(states [][]byte) error {
	fresh := o.instances()
	for i, op := range fresh {
		mine := operators.Share{Index: i, Of: len(fresh)}.Mine()
		for _, s := range states {
			if len(s) == 0 {
				continue
			}
			if err := op.Restore(s, mine); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *Engine) writer() *stateWriter { return &stateWriter{Writer: &wire.Writer{}, e: e} }

func (e *Engine) reader(part []byte) *stateReader {
	return &stateReader{Reader: wire.NewReader(part), e: e}
}
