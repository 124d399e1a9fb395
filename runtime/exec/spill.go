package exec

import "github.com/edynamic/edynamic/operators"

// Shelves are where the operators of a run put groups, by the identity of their node.
type Shelves interface {
	Shelf(id string) operators.Shelf
	// Clear forgets what is on a shelf.
	Clear(id string)
	// Beside is how many bytes it takes in memory to find the groups by that are on shelves.
	Beside() int64
}

// spill puts groups away when they take more memory than they may. On shelves that are
// kept with checkpoints, groups are put there by one, which is therefore brought forward.
func (e *Engine) spill() {
	if e.opt.StateMemory == 0 || e.opt.Shelves == nil || e.failed() {
		return
	}
	held, room := e.holding(), e.room()
	if held <= room {
		return
	}
	if e.opt.Checkpoints != nil {
		if e.commit(false); e.failed() {
			return
		}
	}
	// Down to half of it, so that many groups go at a time.
	part := float64(room) / 2 / float64(held)
	e.eachSpiller(func(o *opNode, s operators.Spiller) {
		o.check(s.Shed(int64(part * float64(s.Holding()))))
	})
}

// leastRoom is the part of the memory that groups have in any case, so that they do not come
// and go for each row.
const leastRoom = 4

// room is how many bytes groups in memory may take: what the others are found by takes its
// part.
func (e *Engine) room() int64 {
	all := e.opt.StateMemory
	return max(all-e.opt.Shelves.Beside(), all/leastRoom)
}

// holding is how many bytes the groups in memory take that can be put away.
func (e *Engine) holding() int64 {
	n := int64(0)
	e.eachSpiller(func(_ *opNode, s operators.Spiller) { n += s.Holding() })
	return n
}

func (e *Engine) eachSpiller(f func(o *opNode, s operators.Spiller)) {
	for _, o := range e.ops {
		if o.finished {
			continue
		}
		for _, op := range o.instances() {
			if s, ok := op.(operators.Spiller); ok && s.Spills() {
				f(o, s)
			}
		}
	}
}
