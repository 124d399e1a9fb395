package exec

import (
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/runtime/format"
)

// save writes a topic down: how far its lanes were read, its watermark, and the rows
// that wait for their turn.
func (t *topicNode) saveState(s *State) error {
	w := t.e.writer()
	t.station.save(w)
	t.stamp.save(w)
	w.spot(t.last)
	w.Int(t.position)
	w.Bool(t.idle)
	w.Bool(t.exhausted)
	w.Bool(t.merge != nil)
	if t.merge != nil {
		t.merge.save(w, t.inputs, func(int, string) flow { return t.flow() })
	}
	w.Bool(t.records != nil)
	if t.records != nil {
		w.marks(t.writers, t.records.marks)
		w.spot(t.records.upTo)
		w.Uint(uint64(len(t.records.held)))
		for i := range t.records.held {
			w.record(&t.records.held[i])
		}
	}
	if w.err != nil {
		return w.err
	}
	s.Parts[partTopic+t.topic.Name] = w.Buf
	s.Fed = append(s.Fed, t.fed()...)
	t.savePlaces(s)
	for _, l := range t.lanes {
		w := t.e.writer()
		l.save(w, t.flow())
		if w.err != nil {
			return w.err
		}
		s.Parts[l.part(t.topic.Name)] = w.Buf
	}
	return nil
}

func (t *topicNode) loadState(s *State) error {
	part, ok := s.Parts[partTopic+t.topic.Name]
	if !ok {
		return nil
	}
	r := t.e.reader(part)
	t.station.load(r)
	t.stamp.load(r, t.e)
	t.last, t.position = r.spot(), r.Int()
	t.idle, t.exhausted = r.Bool(), r.Bool()
	if r.Bool() {
		r.merger(t.merge, t.inputs, func(int, string) flow { return t.flow() })
	}
	if r.Bool() {
		t.loadRecords(r)
	}
	if err := r.Err(); err != nil {
		return err
	}
	for _, l := range t.lanes {
		part, ok := s.Parts[l.part(t.topic.Name)]
		if !ok {
			continue
		}
		r := t.e.reader(part)
		l.load(r, t)
		if err := r.Err(); err != nil {
			return err
		}
	}
	return t.loadPlaces(s)
}

// flow is the rows of the topic, wherever they come from.
func (t *topicNode) flow() flow { return t.e.flow(plan.Edge{Node: t.id}) }

func (t *topicNode) loadRecords(r *stateReader) {
	rb := t.records
	if rb == nil { // nobody sends error records here any more
		rb = newRecordBuffer(t.columns, 0)
	}
	r.marks(t.writers, rb.marks)
	rb.upTo = r.spot()
	for range r.Len() {
		rb.held = append(rb.held, r.record())
	}
}

// save writes how far a lane was read, with the rows of it that have not been taken.
func (l *lane) save(w *stateWriter, f flow) {
	w.Int(max(l.position, l.position+l.skip)) // what is still to be skipped was taken, too
	w.Int(l.largest)
	w.Int(l.accepted)
	w.Bytes(l.resume)
	w.Bool(l.ended && l.spec.OpenAt == nil)
	w.Int(l.size())
	w.Uint(uint64(len(l.queue)))
	for i, b := range l.queue {
		if i == 0 && l.next > 0 {
			b = selected(b, rowsOf(b)[l.next:])
			defer b.Release()
		}
		w.batch(f, b)
	}
}

func (l *lane) load(r *stateReader, t *topicNode) {
	l.skip, l.largest, l.accepted = r.Int(), r.Int(), r.Int()
	if resume := r.Bytes(); l.spec.OpenAt != nil {
		l.resume, l.position, l.skip = resume, l.skip, 0
	}
	ended, size := r.Bool(), r.Int()
	if ended {
		if err := l.endedAt(size); err != nil {
			r.Fail(err)
		}
	}
	for range r.Len() {
		if b := r.batch(t.flow()); b != nil {
			l.queue = append(l.queue, b)
		}
	}
}

func (l *lane) size() int64 {
	if l.spec.Size == nil {
		return 0
	}
	return l.spec.Size()
}

// save writes the watermark.
func (s *stamper) save(w *stateWriter) {
	w.Int(s.floor)
	w.Int(s.progress)
	w.Uint(uint64(len(s.parts)))
	for _, p := range s.parts {
		w.Bool(p.seen)
		w.Bool(p.idle)
		w.Int(p.largest)
	}
}

func (s *stamper) load(r *stateReader, e *Engine) {
	s.floor, s.progress = r.Int(), r.Int()
	parts := make([]partition, r.Len())
	now := e.opt.Clock.Now()
	for i := range parts {
		parts[i] = partition{seen: r.Bool(), idle: r.Bool(), largest: r.Int(), last: now, moved: now}
	}
	if len(parts) == len(s.parts) {
		s.parts = parts
		return
	}
	// Keys have changed places: all partitions begin where the topic stood.
	was := stamper{delay: s.delay, complete: s.complete, parts: parts, floor: s.floor}
	s.floor = was.watermark()
}

func (w *stateWriter) record(r *record) {
	w.spot(r.spot)
	w.String(r.tie)
	w.Int(r.at)
	w.Bool(r.timed)
	for _, text := range []string{r.origin, r.stage, r.code, r.reason, r.row} {
		w.String(text)
	}
	w.Int(r.behind)
	w.String(r.header)
}

func (r *stateReader) record() record {
	x := record{spot: r.spot(), tie: r.String(), at: r.Int(), timed: r.Bool()}
	for _, text := range []*string{&x.origin, &x.stage, &x.code, &x.reason, &x.row} {
		*text = r.String()
	}
	x.behind, x.header = r.Int(), r.String()
	return x
}

// skipped takes the records of a batch off a lane that were taken before the run was
// written down. It reports which rows are left, nil for all, and which bad records.
func (l *lane) skipped(p *laneRecords, rows *format.Rows) (sel []int32, bad []format.Bad, firstBad int) {
	if l.skip == 0 {
		return nil, rows.Bad, 0
	}
	n := min(l.skip, int64(rows.N+len(rows.Bad)))
	l.skip -= n
	sel = []int32{}
	for i := range rows.N {
		switch {
		case p.place(i) >= p.base+n:
			sel = append(sel, int32(i))
		case l.adopted:
			l.accepted = p.records.Byte(i)
		}
	}
	for firstBad < len(rows.Bad) && int64(rows.Bad[firstBad].Before+firstBad) < n {
		firstBad++
	}
	return sel, rows.Bad[firstBad:], firstBad
}
