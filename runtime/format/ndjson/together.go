package ndjson

import "github.com/edynamic/edynamic/runtime/format/chunk"

// together reads many records at once for a straight. It finds where in a part of the chunk
// bytes stand that are not plain: records of one shape have as many of them each, so that
// those of a step's keys and values are found by counting. It then reads the values of one
// step after the other for all of the records, and nothing waits for where the value before
// ends. A record with anything odd is left to be read by itself.
type together struct {
	stops  chunk.Stops // what is not plain
	of     *straight   // whose records have
	stride int         // so many stops; 0 for not known
	most   int         // records of the next run
	rest   int         // records until it is tried again
	pause  int         // how many those were last
}

const (
	// mostStops is for how many stops there is room.
	mostStops = 4096
	// mostTogether is how many records make a run at most.
	mostTogether = 512
)

// runOn reads records from p on together, up to most, as rows from i of the run on. It
// returns how many and where the next one begins.
func (d *decoder) runOn(s *straight, p, i, most int) (n, next int) {
	t := &d.together
	if t.of != s {
		t.begin(s)
	}
	if s.oneByOne {
		return 0, p
	}
	if t.rest > 0 {
		t.rest--
		return 0, p
	}
	for t.stops.Pass(d.Base, p); ; {
		stops := t.stops.Ahead()
		cut, odd := t.cut(d.Chunk, p, stops, min(most, t.most), d.limit)
		if cut == 0 && !odd && t.stops.Look(d.Chunk, d.Base, p, findStops) {
			continue
		}
		if cut > 0 {
			n = s.readRun(d.Chunk, p, stops, t.stride, i, cut)
			odd = n < cut
		}
		if odd {
			t.stumble(n)
		} else {
			t.most, t.pause = min(2*t.most, mostTogether), 0
		}
		if n == 0 {
			return 0, p
		}
		next = d.tookRun(s, p, stops, t.stride, n)
		t.stops.Used += n * t.stride
		return n, next
	}
}

// begin is for another straight.
func (t *together) begin(s *straight) {
	if t.of == nil {
		t.stops = chunk.NewStops(mostStops + stopsSpare)
	}
	t.of, t.stride, t.most, t.rest, t.pause = s, 0, mostTogether, 0, 0
}

// stumble is for a record that is left to be read by itself, after n of its run.
func (t *together) stumble(n int) {
	t.most = max(1, t.most/2) // less is read in vain where many are odd
	if n == 0 {
		t.pause = max(restLeast, min(2*t.pause, restMost))
		t.rest, t.stride = t.pause, 0
	}
}

// cut is how many of up to most records from p on have as many stops as they must, and
// whether the one behind them has not; else it is not all there.
func (t *together) cut(data []byte, p int, stops []int32, most, limit int) (n int, odd bool) {
	if t.stride == 0 {
		if t.stride = t.of.shape(data, p, stops); t.stride <= 0 {
			odd = t.stride < 0
			t.stride = 0
			return 0, odd
		}
	}
	for at := t.stride - 1; n < most && at < len(stops); at += t.stride {
		end := int(stops[at])
		if data[end] != '\n' || end-p > limit {
			return n, true
		}
		p = end + 1
		n++
	}
	return n, false
}

// shape finds how many stops the record at p has, and which values that nobody reads are
// texts; 0 when it is not all there, and a negative number when it is odd.
func (s *straight) shape(data []byte, p int, stops []int32) (stride int) {
	k := 0
	for j := range s.steps {
		st := &s.steps[j]
		q := st.pastKey(data, p)
		st.at = k
		if k += st.stops; k+1 >= len(stops) {
			return 0
		}
		if q == 0 {
			return -1
		}
		if st.do == passOver {
			st.isText = data[q] == '"'
		}
		p = int(stops[k]) - st.behind
		if st.isText {
			p = int(stops[k+1]) + 1
			k += 2
		}
	}
	if k >= len(stops) {
		return 0
	}
	if data[stops[k]] != '\n' {
		return -1
	}
	return k + 1
}

// readRun reads n records from p on whose stops are known, as rows from i of the run on. It
// returns how many it has read: the one behind them has something that it leaves to others.
func (s *straight) readRun(data []byte, p int, stops []int32, stride, i, n int) int {
	n = ends(data, p, s.steps[0].lead, stops, stride, n)
	for j := range s.steps {
		st := &s.steps[j]
		at := run{data, stops[st.at:], st.stops, stride}
		n = st.aligned(at, n)
		switch st.do {
		case passOver:
			if !st.isText {
				n = st.passWholes(at, n)
			}
		case readLong:
			n = st.readLongs(at, i, n)
		case readInt:
			n = st.readInts(at, i, n)
		case readFloat:
			n = st.readDoubles(at, i, n)
		case readText:
			st.readTexts(at, i, n)
		case checkLong:
			n = st.passWholes(at, n)
		case checkInt:
			n = st.passInts(at, n)
		case checkText: // none that is aligned has an escape
		case noteText:
			st.noteTexts(at, s.row+i, n)
		case readOther:
			return 0
		}
	}
	return n
}

// ends looks whether records begin and end as they must.
func ends(data []byte, p, lead int, stops []int32, stride, n int) int {
	for r := range n {
		end := int(stops[(r+1)*stride-1])
		if int(stops[r*stride]) != p+lead || data[end-1] != '}' {
			return r
		}
		p = end + 1
	}
	return n
}

// tookRun adds n records from p on to the rows. It returns where the next one begins.
func (d *decoder) tookRun(s *straight, p int, stops []int32, stride, n int) (next int) {
	for range n {
		end := stops[stride-1]
		d.rows = append(d.rows, span{int32(p), end})
		for _, m := range s.marked {
			from := int32(p)
			if m.first > 0 {
				from = stops[s.steps[m.first].at] - int32(s.steps[m.first].lead) // of the comma before its key
			}
			d.marks = append(d.marks, from, s.endOf(m.last, stops, end))
		}
		for _, m := range s.missing {
			m.b.Value(m.absent)
		}
		p = int(end) + 1
		stops = stops[stride:]
	}
	return p
}

// endOf is where the value of a step ends, in a record whose line ends at a place.
func (s *straight) endOf(j int, stops []int32, line int32) int32 {
	if j+1 < len(s.steps) {
		return stops[s.steps[j+1].at] - int32(s.steps[j].behind)
	}
	return line - 1
}
