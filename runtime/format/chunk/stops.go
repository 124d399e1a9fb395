package chunk

// Stops are the places in a chunk by which a decoder finds the values of many records, of
// one part of the chunk after the other.
type Stops struct {
	Used int // how many of them stand before what is to be read

	places   []int32 // and room for more
	found    int     // how many there are
	from, to int     // the part of the chunk that they are in
	full     bool    // there was no room for those behind it
	base     int64   // of that chunk in the input
}

// stopsWindow is how much of a chunk is looked at, at a time, so that it stays in the
// processor's cache from one column to the next.
const stopsWindow = 16 << 10

// NewStops has room for n places.
func NewStops(n int) Stops { return Stops{places: make([]int32, n)} }

// Ahead are the stops that are not used.
func (s *Stops) Ahead() []int32 { return s.places[s.Used:s.found] }

// Pass forgets stops before p, and those of another chunk.
func (s *Stops) Pass(base int64, p int) {
	if s.base != base {
		s.found, s.Used, s.to, s.full = 0, 0, 0, false
		return
	}
	for s.Used < s.found && int(s.places[s.Used]) < p {
		s.Used++
	}
}

// Look finds the stops from p on. It reports false when it knows them already. find writes
// the places of stops in data, whose first byte has a place, as long as there is room; it
// returns how many there are, and how much of data it has looked at.
func (s *Stops) Look(data []byte, base int64, p int, find func(data []byte, place int, out []int32) (n, done int)) bool {
	to := min(len(data), p+stopsWindow)
	if s.to == to || s.full && s.from == p {
		return false
	}
	n, done := find(data[p:to], p, s.places)
	s.found, s.Used = n, 0
	s.base, s.from, s.to, s.full = base, p, p+done, p+done < to
	return true
}
