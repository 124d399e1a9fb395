package group

import "container/heap"

// Timers is an instant for each of some groups, the earliest first. A group has one
// at most. The zero Timers has none.
type Timers struct{ q timerQueue }

// Len is the number of groups that have an instant.
func (t *Timers) Len() int { return len(t.q.list) }

// Set gives a group its instant, in place of the one it has.
func (t *Timers) Set(g int32, at int64) {
	for int(g) >= len(t.q.place) {
		t.q.place = append(t.q.place, -1)
	}
	if i := t.q.place[g]; i >= 0 {
		if t.q.list[i].at != at {
			t.q.list[i].at = at
			heap.Fix(&t.q, int(i))
		}
		return
	}
	heap.Push(&t.q, timer{at: at, group: g})
}

// Clear takes the instant of a group away, if it has one.
func (t *Timers) Clear(g int32) {
	if int(g) < len(t.q.place) && t.q.place[g] >= 0 {
		heap.Remove(&t.q, int(t.q.place[g]))
	}
}

// First is the group with the earliest instant; false when there is none.
func (t *Timers) First() (g int32, at int64, ok bool) {
	if len(t.q.list) == 0 {
		return 0, 0, false
	}
	return t.q.list[0].group, t.q.list[0].at, true
}

type timer struct {
	at    int64
	group int32
}

// timerQueue is a heap that knows where each group stands in it.
type timerQueue struct {
	list  []timer
	place []int32 // by group, -1 for none
}

func (q *timerQueue) Len() int { return len(q.list) }

// Less orders equal instants by group, so that nothing depends on history.
func (q *timerQueue) Less(i, j int) bool {
	a, b := q.list[i], q.list[j]
	return a.at < b.at || a.at == b.at && a.group < b.group
}

func (q *timerQueue) Swap(i, j int) {
	q.list[i], q.list[j] = q.list[j], q.list[i]
	q.place[q.list[i].group], q.place[q.list[j].group] = int32(i), int32(j)
}

// Push implements heap.Interface.
func (q *timerQueue) Push(x any) {
	t := x.(timer)
	q.place[t.group] = int32(len(q.list))
	q.list = append(q.list, t)
}

// Pop implements heap.Interface.
func (q *timerQueue) Pop() any {
	last := q.list[len(q.list)-1]
	q.list = q.list[:len(q.list)-1]
	q.place[last.group] = -1
	return last
}
