package expire

// ages is the keys in memory by the instant after which their rows are too old, those of one
// instant in the order of the keys: a heap.
//
// A row that takes the place of another mostly comes later, and then its key stays where it
// is until it is the first: so an instant may be earlier than that of the row, and never is
// later.
type ages struct {
	list  []aged
	place []int32 // of each group, -1 for none
	less  func(a, b int32) bool
}

// aged is a group with such an instant.
type aged struct {
	at    int64
	group int32
}

func (a *ages) before(x, y aged) bool {
	return x.at < y.at || x.at == y.at && a.less(x.group, y.group)
}

// add adds a group that has no place.
func (a *ages) add(g int32, at int64) {
	for int(g) >= len(a.place) {
		a.place = append(a.place, -1)
	}
	a.list = append(a.list, aged{})
	a.up(len(a.list)-1, aged{at, g})
}

// notAfter moves a group forward, where it is behind an instant.
func (a *ages) notAfter(g int32, at int64) {
	if i := int(a.place[g]); at < a.list[i].at {
		a.up(i, aged{at, g})
	}
}

// delay gives the first group another instant, which is later.
func (a *ages) delay(at int64) { a.down(0, aged{at, a.list[0].group}) }

// remove takes a group out.
func (a *ages) remove(g int32) {
	i, last := int(a.place[g]), len(a.list)-1
	moved := a.list[last]
	a.list = a.list[:last]
	a.place[g] = -1
	if i == last {
		return
	}
	if i > 0 && a.before(moved, a.list[(i-1)/2]) {
		a.up(i, moved)
		return
	}
	a.down(i, moved)
}

func (a *ages) put(i int, x aged) {
	a.list[i] = x
	a.place[x.group] = int32(i)
}

// up puts an element at a place or above it.
func (a *ages) up(i int, x aged) {
	for i > 0 && a.before(x, a.list[(i-1)/2]) {
		a.put(i, a.list[(i-1)/2])
		i = (i - 1) / 2
	}
	a.put(i, x)
}

// down puts an element at a place or below it.
func (a *ages) down(i int, x aged) {
	for {
		child := 2*i + 1
		if child+1 < len(a.list) && a.before(a.list[child+1], a.list[child]) {
			child++
		}
		if child >= len(a.list) || !a.before(a.list[child], x) {
			break
		}
		a.put(i, a.list[child])
		i = child
	}
	a.put(i, x)
}
