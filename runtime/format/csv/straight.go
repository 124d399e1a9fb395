package csv

import (
	"unicode/utf8"

	"github.com/edynamic/edynamic/runtime/format/chunk"
)

// straight reads many records at once: it finds their cells by the stops of a part of the
// chunk, and reads one column after the other for all of them. A record that is odd, with
// another number of cells or a value that does not fit, is left to the careful reader, which
// sees it from its beginning: straight accepts less than that and never decides what is
// wrong with a record.
type straight struct {
	r         *row
	delimiter byte
	limit     int

	stops chunk.Stops // delimiters, quotes and ends of lines
	high  bool        // the part of the chunk that has them has bytes that are not ASCII

	cells []cell  // of a run of records, one after the other
	most  int     // records of the next run
	nulls []int32 // room for those of a column in a run
}

const (
	// mostStops is for how many stops there is room, unless records have more.
	mostStops = 4096
	// mostCells and mostRecords are how many make a run at most.
	mostCells   = 4096
	mostRecords = 512
)

func newStraight(r *row) *straight {
	s := &straight{r: r, delimiter: r.delimiter, limit: r.limit}
	s.stops = chunk.NewStops(max(mostStops, 2*r.width) + stopsSpare)
	s.cells = make([]cell, max(1, min(mostCells/r.width, mostRecords))*r.width)
	s.most = len(s.cells) / r.width
	s.nulls = make([]int32, 0, s.most)
	return s
}

// straightOn reads records until there are some or one needs the careful reader. It
// reports whether it read any.
func (d *decoder) straightOn(most int) bool {
	s := d.straight
	if s == nil || d.skip {
		return false
	}
	before := len(d.rows)
	for {
		s.stops.Pass(d.Base, d.Pos)
		used := s.stops.Used
		next := s.cut(d, min(most, s.most))
		if cut := len(d.rows) - before; cut > 0 {
			n := s.read(d.Chunk, cut)
			if n < cut {
				next, s.stops.Used = int(d.rows[before+n].start), used
				d.rows = d.rows[:before+n]
			}
			d.Drop(next - d.Pos)
			return n > 0
		}
		if !s.stops.Look(d.Chunk, d.Base, d.Pos, s.find) {
			return false
		}
	}
}

// find finds stops.
func (s *straight) find(data []byte, place int, out []int32) (n, done int) {
	n, done, s.high = findStops(data, s.delimiter, place, out)
	return n, done
}

// cut finds the cells of up to most records and adds those to the rows. It returns where
// the next one begins.
func (s *straight) cut(d *decoder, most int) (next int) {
	data, p, width := d.Chunk, d.Pos, s.r.width
	stops := s.stops.Ahead()
	all := len(stops)
	for i := range most {
		k, e := s.record(data, p, stops, s.cells[i*width:(i+1)*width])
		if k == 0 {
			break
		}
		end := lastByte(data, p, e)
		if e-p > s.limit || s.high && !utf8.Valid(data[p:end]) {
			break
		}
		d.rows = append(d.rows, span{int32(p), int32(end)})
		stops = stops[k:]
		p = e + 1
	}
	s.stops.Used += all - len(stops)
	return p
}

// record finds the cells of the record at p. It returns how many stops they took and where
// the last of those is, the end of the line; 0 when the record is not all there, or odd.
func (s *straight) record(data []byte, p int, stops []int32, cells []cell) (used, end int) {
	want, k := s.delimiter, 0
	for j := range cells {
		if j == len(cells)-1 {
			want = '\n'
		}
		if k >= len(stops) {
			return 0, 0
		}
		e := int(stops[k])
		c := cell{start: int32(p), end: int32(e)}
		if b := data[e]; b != want {
			if b != '"' {
				return 0, 0
			}
			if c, k = quotedCell(data, p, stops, k); k < 0 || data[stops[k]] != want {
				return 0, 0
			}
			e = int(stops[k])
		}
		k++
		cells[j] = c
		p = e + 1
	}
	if c := &cells[len(cells)-1]; !c.quoted && c.end > c.start && data[c.end-1] == '\r' {
		c.end--
	}
	return k, p - 1
}

// quotedCell is the cell at p, in which the k-th stop is a quote, and the stop behind it;
// negative when that is not there, or when other text stands before it.
func quotedCell(data []byte, p int, stops []int32, k int) (c cell, next int) {
	if int(stops[k]) > p { // the quote stands for itself
		for k++; k < len(stops); k++ {
			if e := stops[k]; data[e] != '"' {
				return cell{start: int32(p), end: e}, k
			}
		}
		return c, -1
	}
	c = cell{start: int32(p + 1), quoted: true}
	for k++; k+1 < len(stops); k++ {
		q, e := stops[k], stops[k+1]
		switch {
		case data[q] != '"':
			continue
		case e == q+1 && data[e] == '"':
			c.doubled = true
			k++
			continue
		case e == q+1, e == q+2 && data[q+1] == '\r' && data[e] == '\n':
			c.end = q
			return c, k + 1
		}
		return c, -1
	}
	return c, -1
}

// read reads the columns of n records that were cut. It returns how many it has read: the
// one behind them has a value that does not fit.
func (s *straight) read(data []byte, n int) int {
	all := n
	for i, f := range s.r.fields {
		before := f.b.Len()
		got := s.column(f, data, n)
		if got == n {
			continue
		}
		n = got
		for _, g := range s.r.fields[:i] {
			g.b.Truncate(before + n)
		}
	}
	if n == all {
		s.most = min(2*s.most, len(s.cells)/s.r.width)
	} else {
		s.most = max(1, s.most/2) // less is read in vain where many are odd
	}
	return n
}
