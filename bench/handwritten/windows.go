package main

import "strconv"

// table counts by key with open addressing; key 0 is an empty place.
type table struct {
	slots []slot
	used  int
}

type slot struct{ key, num, sum, start, last int64 }

func newTable() *table { return &table{slots: make([]slot, 1<<13)} }

func (t *table) at(key int64) *slot {
	mask := uint64(len(t.slots) - 1)
	for i := uint64(key) * 0x9e3779b97f4a7c15 >> 32; ; i++ {
		s := &t.slots[i&mask]
		if s.key == key {
			return s
		}
		if s.key == 0 {
			if 2*t.used >= len(t.slots) {
				t.grow()
				return t.at(key)
			}
			t.used++
			s.key = key
			return s
		}
	}
}

func (t *table) grow() {
	old := t.slots
	t.slots, t.used = make([]slot, 2*len(old)), 0
	for i := range old {
		if old[i].key != 0 {
			*t.at(old[i].key) = old[i]
		}
	}
}

func (t *table) clear() {
	clear(t.slots)
	t.used = 0
}

// w4 counts by auction in panes of 2 s; a window is the last five.
func w4(in *input, out []*output) {
	const pane, panes = 2000, 5
	counts := [panes]*table{}
	for i := range counts {
		counts[i] = newTable()
	}
	all := newTable()
	now := int64(-1)
	// shut ends the window whose last pane is now, and begins the pane behind it.
	shut := func() {
		all.clear()
		most := int64(0)
		for _, c := range counts {
			for i := range c.slots {
				if c.slots[i].key != 0 {
					s := all.at(c.slots[i].key)
					s.num += c.slots[i].num
					most = max(most, s.num)
				}
			}
		}
		dst := out[0].buf
		for i := range all.slots {
			if s := &all.slots[i]; s.key != 0 && s.num == most {
				dst = field(dst, `{"start":`, (now-panes+1)*pane)
				dst = field(dst, `,"auction":`, s.key)
				dst = append(field(dst, `,"num":`, s.num), "}\n"...)
			}
		}
		out[0].buf = dst
		now++
		counts[now%panes].clear()
	}
	in.lines(func(text []byte) {
		for p := 0; p < len(text); {
			auction, _, _, next := numbers(text, p)
			millis, next := time(text, next)
			p = in.afterTime(text, next)
			if at := millis / pane; at != now {
				if now < 0 {
					now = at
				}
				for ; now < at; shut() {
				}
			}
			counts[now%panes].at(auction).num++
		}
	})
	for range panes {
		shut()
	}
}

func field(dst []byte, key string, v int64) []byte {
	return strconv.AppendInt(append(dst, key...), v, 10)
}

// w5 counts and averages by auction in windows of 10 s.
func w5(in *input, out []*output) {
	const size = 10_000
	t := newTable()
	now := int64(-1)
	o := out[0]
	shut := func() {
		for i := range t.slots {
			s := &t.slots[i]
			if s.key == 0 {
				continue
			}
			dst := field(o.buf, `{"start":`, now*size)
			dst = field(dst, `,"auction":`, s.key)
			dst = field(dst, `,"num":`, s.num)
			dst = strconv.AppendFloat(append(dst, `,"mean":`...), float64(s.sum)/float64(s.num), 'f', -1, 64)
			o.buf = append(dst, "}\n"...)
			o.room()
		}
		t.clear()
	}
	in.lines(func(text []byte) {
		for p := 0; p < len(text); {
			auction, _, price, next := numbers(text, p)
			millis, next := time(text, next)
			p = in.afterTime(text, next)
			if at := millis / size; at != now {
				shut()
				now = at
			}
			s := t.at(auction)
			s.num++
			s.sum += price
		}
	})
	shut()
}

// w9 counts the bids of each bidder's sessions, which end 2 s after their last bid.
func w9(in *input, out []*output) {
	const gap = 2000
	t := newTable()
	o := out[0]
	write := func(s *slot) {
		dst := field(o.buf, `{"start":`, s.start)
		dst = field(dst, `,"end":`, s.last+gap)
		dst = field(dst, `,"bidder":`, s.key)
		o.buf = append(field(dst, `,"num":`, s.num), "}\n"...)
		o.room()
	}
	in.lines(func(text []byte) {
		for p := 0; p < len(text); {
			_, bidder, _, next := numbers(text, p)
			millis, next := time(text, next)
			p = in.afterTime(text, next)
			s := t.at(bidder)
			if s.num > 0 && millis-s.last >= gap {
				write(s)
				s.num = 0
			}
			if s.num == 0 {
				s.start = millis
			}
			s.num++
			s.last = millis
		}
	})
	for i := range t.slots {
		if t.slots[i].key != 0 {
			write(&t.slots[i])
		}
	}
}
