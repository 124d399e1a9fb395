package exec

import "fmt"

// The moment is what stages on processing time take for the clock (SEMANTICS 31): when the
// rows that are being dealt with came. It never goes back. A run over recorded rows alone
// has the moments at which they were recorded, so that it puts them into the same windows;
// its topics are read in that order.

// byRecord reports a run all of whose rows were recorded, and in which it matters when they
// came: something goes by the clock, or rows are looked up in a table that may change.
func (e *Engine) byRecord() bool {
	if len(e.graph.Schedules) > 0 || !e.byMoment {
		return false
	}
	recorded := false
	for _, t := range e.sources {
		for _, l := range t.lanes {
			if !l.spec.Recorded {
				return false
			}
			recorded = true
		}
		if t.topic.Fed {
			return false
		}
	}
	return recorded
}

// look sets the moment to what the clock shows.
func (e *Engine) look() {
	if !e.recorded {
		e.moment = max(e.moment, e.opt.Clock.Now().UnixMicro())
	}
}

// came sets the moment to that of rows from outside.
func (t *topicNode) came() {
	t.e.look()
	if t.e.recorded && len(t.lanes) > 0 {
		t.e.moment = max(t.e.moment, t.lanes[0].came)
	}
	t.e.tellApart(t)
}

// tellApart lets rows of tables and rows of others never come at the same moment where it is
// recorded: by it a replay knows which table a row has seen.
func (e *Engine) tellApart(t *topicNode) {
	if t.topic.Record == nil || e.recorded {
		return
	}
	kind := otherRows
	if e.ofTables[t] {
		kind = tableRows
	}
	if kind != e.lastCame.kind && e.moment <= e.lastCame.at {
		e.moment = e.lastCame.at + 1
	}
	e.lastCame = arrival{e.moment, kind}
}

// arrival is when rows came last, and which.
type arrival struct {
	at   int64
	kind rowKind
}

type rowKind int

const (
	noRows rowKind = iota
	tableRows
	otherRows
)

// entering is when the rows that enter a topic now do so.
func (e *Engine) entering() int64 {
	if e.recorded {
		return e.opt.Clock.Now().UnixMicro()
	}
	return e.moment
}

// earliest is the open topic whose next rows came first, of those whose rows were
// recorded, those of tables before others, or one whose end was seen before; wait tells that it is not known yet.
func (e *Engine) earliest(open map[*topicNode]bool, interrupted bool) (next *topicNode, wait bool) {
	var over *topicNode // the one of those without more rows that ended first
	for _, t := range e.sources {
		if !open[t] || t.satisfied() {
			continue
		}
		if ready := t.fill(interrupted); !ready && !interrupted || e.failed() {
			return nil, true
		}
		if len(t.lanes) > 0 && len(t.lanes[0].queue) > 0 && (next == nil || e.cameBefore(t, next)) {
			next = t
		}
		if t.topic.EndedAt != 0 && len(t.lanes) > 0 && len(t.lanes[0].queue) == 0 && (over == nil || t.topic.EndedAt < over.topic.EndedAt) {
			over = t
		}
	}
	if over != nil && (next == nil || over.topic.EndedAt < next.lanes[0].came) {
		return over, false
	}
	return next, false
}

func (e *Engine) cameBefore(t, next *topicNode) bool {
	if a, b := t.lanes[0].came, next.lanes[0].came; a != b {
		return a < b
	}
	return e.ofTables[t] && !e.ofTables[next]
}

// saveMoment writes the moment, and when the rows came that wait in lanes.
func (e *Engine) saveMoment() []byte {
	w := e.writer()
	w.Int(e.moment)
	for _, t := range e.sources {
		if len(t.lanes) > 0 && t.lanes[0].spec.Recorded {
			w.Bool(true)
			w.String(t.topic.Name)
			w.Int(t.lanes[0].came)
		}
	}
	w.Bool(false)
	return w.Buf
}

func (e *Engine) loadMoment(part []byte) error {
	r := e.reader(part)
	e.moment = max(e.moment, r.Int())
	e.lastCame.at = e.moment
	for r.Bool() {
		name, came := r.String(), r.Int()
		if t := e.topics[name]; t != nil && len(t.lanes) > 0 {
			t.lanes[0].came = came
		}
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("the moment of a state: %w", err)
	}
	return nil
}
