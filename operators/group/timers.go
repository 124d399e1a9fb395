package group

// Timers is an instant for each of some groups, the earliest first. A group has one
// at most. The zero Timers has none.
type Timers struct {
	list  []timer // a heap
	place []int32 // where each group stands in it, -1 for none
}

type timer struct {
	at    int64
	group int32
}

// before orders equal instants by group, so that nothing depends on history.
func (a timer) before(b timer) bool { return a.at < b.at || a.at == b.at && a.group < b.group }

// Len is the number of groups that have an instant.
func (t *Timers) Len() int { return len(t.list) }

// Set gives a group its instant, in place of the one it has.
func (t *Timers) Set(g int32, at int64) {
	for int(g) >= len(t.place) {
		t.place = append(t.place, -1)
	}
	i := int(t.place[g])
	if i < 0 {
		i = len(t.list)
		t.list = append(t.list, timer{})
		t.put(i, timer{at: at, group: g})
		t.up(i)
		return
	}
	t.list[i].at = at
	t.fix(i)
}

// Clear takes the instant of a group away, if it has one.
func (t *Timers) Clear(g int32) {
	if int(g) >= len(t.place) || t.place[g] < 0 {
		return
	}
	i, last := int(t.place[g]), len(t.list)-1
	moved := t.list[last]
	t.list = t.list[:last]
	t.place[g] = -1
	if i < last {
		t.put(i, moved)
		t.fix(i)
	}
}

// At is the instant of a group; false when it has none.
func (t *Timers) At(g int32) (at int64, ok bool) {
	if int(g) >= len(t.place) || t.place[g] < 0 {
		return 0, false
	}
	return t.list[t.place[g]].at, true
}

// First is the group with the earliest instant; false when there is none.
func (t *Timers) First() (g int32, at int64, ok bool) {
	if len(t.list) == 0 {
		return 0, 0, false
	}
	return t.list[0].group, t.list[0].at, true
}

func (t *Timers) put(i int, x timer) {
	t.list[i] = x
	t.place[x.group] = int32(i)
}

// fix moves what stands at a place, whose instant has changed, to where it belongs.
func (t *Timers) fix(i int) {
	if !t.up(i) {
		t.down(i)
	}
}

func (t *Timers) up(i int) (moved bool) {
	x := t.list[i]
	for i > 0 {
		parent := (i - 1) / 2
		if !x.before(t.list[parent]) {
			break
		}
		t.put(i, t.list[parent])
		i, moved = parent, true
	}
	t.put(i, x)
	return moved
}

func (t *Timers) down(i int) {
	x := t.list[i]
	for {
		child := 2*i + 1
		if child >= len(t.list) {
			break
		}
		if other := child + 1; other < len(t.list) && t.list[other].before(t.list[child]) {
			child = other
		}
		if !t.list[child].before(x) {
			break
		}
		t.put(i, t.list[child])
		i = child
	}
	t.put(i, x)
}
