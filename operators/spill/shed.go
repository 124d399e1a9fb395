package spill

import "github.com/edynamic/edynamic/vm/wire"

// samples is how many groups are looked at to find how large they are.
const samples = 64

// ownBytes is what a group takes beside its state: slots of the table that is at most half
// full, its key, and what is known of it. Slices that grow have room to spare.
const ownBytes = 64 + 16 + 4

// Holding is about how many bytes the groups in memory take.
func (s *Groups) Holding() int64 {
	n := s.table.Len()
	if n > s.sampled+s.sampled/4+samples {
		s.sample()
	}
	return int64(n)*s.each() + s.beside()
}

// Len is how many groups are in memory.
func (s *Groups) Len() int { return s.table.Len() }

// Room is for how many groups there is room in so many bytes.
func (s *Groups) Room(bytes int64) int { return int(bytes / s.each()) }

// beside is what is known of groups that are not in memory.
func (s *Groups) beside() int64 {
	n := int64(len(s.gone)) * 64
	if s.known != nil {
		n += s.known.bytes()
	}
	return n
}

// each is what one group takes.
func (s *Groups) each() int64 { return ownBytes + int64(s.codec.Bytes()) + 2*s.varying }

// sample finds how large groups are by writing some down. One that cannot be written is
// reported when it must be.
func (s *Groups) sample() {
	s.sampled = s.table.Len()
	s.grow()
	groups := s.table.Groups(nil)
	step := max(len(groups)/samples, 1)
	var some []int32
	for i := 0; i < len(groups); i += step {
		some = append(some, groups[i])
	}
	if s.saving(some) != nil {
		return
	}
	var w wire.Writer
	n := int64(0)
	for _, g := range some {
		if s.codec.Save(&w, g) == nil {
			n++
		}
	}
	if n > 0 {
		s.varying = int64(len(w.Buf))/n + 8
	}
	_ = s.saving(nil) // writes nothing
}

// Relieve is called between two steps of a watermark that passes many rows, as at the end of the
// input, where the shelf can take groups at any time. It puts groups away where those in memory
// take twice what they may.
func (s *Groups) Relieve(most int64) error {
	if !s.shelf.Free() || s.Holding() <= 2*most {
		return nil
	}
	return s.Shed(most)
}

// Shed puts groups away until those in memory take at most a number of bytes. First go
// those that no row asked for since it last came by.
func (s *Groups) Shed(most int64) error {
	s.grow()
	too := int64(s.table.Len()) - max(most-s.beside(), 0)/s.each()
	switch {
	case too > 0:
	case s.beside() > most && s.shelf.Free():
		return s.put(nil) // what is gone
	default:
		return nil
	}
	s.refile()
	victims := s.choose(int(too))
	if s.shelf.Free() {
		var changed []int32
		for _, g := range victims {
			if s.flags[g]&dirty != 0 {
				changed = append(changed, g)
			}
		}
		if err := s.put(changed); err != nil {
			return err
		}
	}
	if len(victims) == 0 {
		return nil
	}
	s.away = true
	dated, isDated := s.codec.(Dated)
	for _, g := range victims {
		if isDated {
			s.oldest = min(s.oldest, dated.Next(g))
		}
		s.flags[g] = 0
	}
	s.index.leave(victims)
	s.codec.Free(victims)
	s.table.Remove(victims)
	s.sampled = s.table.Len()
	return nil
}

// choose picks up to n groups, from where it left off. On the second round those go, too,
// that were asked for before the first.
func (s *Groups) choose(n int) []int32 {
	victims := make([]int32, 0, n)
	for range 2 * len(s.flags) {
		if len(victims) == n {
			break
		}
		if int(s.hand) >= len(s.flags) {
			s.hand = 0
		}
		g := s.hand
		s.hand++
		f := s.flags[g]
		switch {
		case f&chosen != 0 || f == 0 && !s.table.Used(g):
		case s.pinned != nil && s.pinned(g):
		case f&dirty != 0 && !s.shelf.Free(): // the next snapshot puts it on the shelf
		case f&asked != 0:
			s.flags[g] &^= asked
		default:
			s.flags[g] |= chosen
			victims = append(victims, g)
		}
	}
	return victims
}
