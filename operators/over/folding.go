package over

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// folding is an aggregate over a frame. Rows that leave the frame are taken back
// where the aggregate can do that; otherwise it is computed anew for each row.
type folding struct {
	base
	skips []bool
	anew  bool
	agg   kernel.Aggregator // by group; with anew, of group 0 alone
	// copies holds the state of each row's frame, so that all results are made at
	// once; nil where states cannot be copied in a short time.
	copies  fold.Copying
	results kernel.Aggregator // the same as copies
	singles []arrow.Array     // otherwise, a result of each row; nil for none
	room    int               // groups there is room for
	call    kernel.AggCall
	one     [1]int32
	groups  []int32
	reasons []refusal // by row, where results are made one by one
	refused *refusals
	code    string // of a row without a result
}

func newFolding(b base, env *operators.Env) (call, error) {
	s := b.spec
	f, err := env.Fold(s.Name, s.Overload, s.Args, s.T)
	if err != nil {
		return nil, err
	}
	c := &folding{base: b, skips: f.Skips, agg: f.New(), code: f.Code}
	c.refused = newRefusals(c.agg)
	c.call.OnFail = func(_ int, code, reason string) { c.refused.last = refusal{code, reason} }
	leave := !s.Frame.All()
	_, ordered := c.agg.(fold.Ordering) // rows would be taken back by numbers they do not have here
	c.anew = leave && (!f.Doc.Retracts || ordered)
	if r, ok := c.agg.(fold.Retracting); ok && leave && !c.anew {
		r.WillSub()
	}
	if copying, ok := c.agg.(fold.Copying); ok && copying.CanCopy() && !c.anew {
		c.results = f.New()
		if r, ok := c.results.(fold.Retracting); ok && leave {
			r.WillSub()
		}
		c.copies = c.results.(fold.Copying)
	}
	c.call.Args = make([]kernel.Vector, len(b.args))
	return b.e.through(b, c), nil
}

func (c *folding) inputs() ([]int, bool) { return c.args, !c.spec.Frame.All() }

func (c *folding) step(s *step) {
	if c.anew {
		c.agg.Grow(1)
		c.frame(s, 0)
		c.finish(s, 0)
		c.agg.Free([]int32{0})
		return
	}
	if int(s.group) >= c.room {
		c.room = int(s.group) + 1
		c.agg.Grow(c.room)
	}
	c.move(s)
	if c.copies == nil {
		c.finish(s, s.group)
		return
	}
	c.results.Grow(s.out + 1)
	c.copies.CopyFrom(c.agg, s.group, int32(s.out))
}

// move takes back what leaves the frame, and then adds what comes: an aggregate may refuse
// a row for what is in the frame with it.
func (c *folding) move(s *step) {
	from := s.was.hi
	if !c.spec.Frame.All() {
		for pos := s.was.lo; pos < min(s.frame.lo, s.was.hi); pos++ {
			if _, refused := c.refused.of(s.group, pos); !refused && !c.give(s.key.at(pos), s.group, true) {
				// It cannot be taken back: what is left is computed anew.
				c.agg.Free([]int32{s.group})
				c.frame(s, s.group)
				return
			}
		}
		from = max(from, s.frame.lo)
	}
	for pos := from; pos < s.frame.hi; pos++ {
		c.add(s, pos, s.group)
	}
}

// frame adds the rows of the frame to a group.
func (c *folding) frame(s *step, g int32) {
	for pos := s.frame.lo; pos < s.frame.hi; pos++ {
		if _, refused := c.refused.of(s.group, pos); !refused {
			c.add(s, pos, g)
		}
	}
}

// add gives a row to a group. One that is refused fails when it is its turn; where it had
// its turn before, and is refused among other rows now, the row at hand fails.
func (c *folding) add(s *step, pos int64, g int32) {
	if c.give(s.key.at(pos), g, false) {
		return
	}
	c.refused.put(s.group, pos, c.refused.last)
	if pos < s.pos {
		c.refused.put(s.group, s.pos, c.refused.last)
	}
}

// finish makes the result of the row at hand, whose frame a group has.
func (c *folding) finish(s *step, g int32) {
	if why, refused := c.refused.of(s.group, s.pos); refused {
		c.fail(s.out, why)
	} else {
		c.single(g, s.out)
	}
	if c.refused.may {
		before := s.frame.lo
		if c.spec.Frame.All() {
			before = s.pos + 1
		}
		c.refused.forget(s.group, before)
	}
}

// give adds a row to a group, or takes it back; false when it is refused.
func (c *folding) give(en *entry, g int32, back bool) bool {
	b, row := c.e.where(en)
	call := &c.call
	if b == nil {
		b = c.e.now.batch
		for i, a := range c.args {
			call.Args[i] = c.e.now.args[a]
		}
	} else {
		for i, a := range c.args {
			call.Args[i] = kernel.Vector{Type: c.e.types[a], Arr: b.Cols[c.e.stored[a]]}
		}
	}
	for i := range call.Args {
		if v := &call.Args[i]; c.skips[i] && v.Arr.NullN() > 0 && v.IsNull(int(row)) {
			return true
		}
	}
	for b.Rows > len(c.groups) {
		c.groups = append(c.groups, make([]int32, b.Rows-len(c.groups))...)
	}
	c.one[0], c.groups[row] = row, g
	call.Alloc, call.N, call.Rows, call.Groups, call.Time = c.e.alloc, b.Rows, c.one[:], c.groups, b.Time
	c.refused.last = refusal{}
	if back {
		c.agg.Sub(call)
	} else {
		c.agg.Add(call)
	}
	return c.refused.last == refusal{}
}

func (c *folding) reach(out int) {
	for out >= len(c.singles) {
		c.singles, c.reasons = append(c.singles, nil), append(c.reasons, refusal{})
	}
}

func (c *folding) fail(out int, why refusal) {
	c.reach(out)
	c.reasons[out] = why
}

// single makes the result of a group for one row.
func (c *folding) single(g int32, out int) {
	c.reach(out)
	c.singles[out] = c.agg.Result(c.e.alloc, []int32{g}, func(_ int, reason string) { c.reasons[out] = refusal{c.code, reason} })
}

func (c *folding) column(n int, fail failFunc) arrow.Array {
	if c.copies != nil {
		c.results.Grow(n)
		groups := make([]int32, n)
		for i := range groups {
			groups[i] = int32(i)
		}
		return c.results.Result(c.e.alloc, groups, func(i int, reason string) { fail(i, c.code, reason) })
	}
	at := make([]int32, n)
	var made []arrow.Array
	for i := range at {
		at[i] = -1
		if i < len(c.singles) && c.singles[i] != nil {
			at[i] = int32(len(made))
			made = append(made, c.singles[i])
		}
		if i < len(c.reasons) && c.reasons[i] != (refusal{}) {
			fail(i, c.reasons[i].code, c.reasons[i].reason)
		}
	}
	c.singles, c.reasons = c.singles[:0], c.reasons[:0]
	if len(made) == 0 {
		return c.e.nulls(c.spec.T, n)
	}
	all := kernel.GatherAny(c.e.alloc, made, at)
	for _, a := range made {
		a.Release()
	}
	return all
}

func (c *folding) forget(g int32) {
	delete(c.refused.rows, g)
	if int(g) < c.room {
		c.agg.Free([]int32{g})
	}
}

func (c *folding) save(w *wire.Writer, groups []int32) error {
	c.refused.save(w, groups)
	if c.anew {
		return nil
	}
	for _, g := range groups {
		c.room = max(c.room, int(g)+1)
	}
	c.agg.Grow(c.room)
	state, err := c.agg.Snapshot(groups)
	w.Bytes(state)
	return err
}

func (c *folding) load(r *wire.Reader, groups []int32) {
	c.refused.load(r, groups)
	if c.anew {
		return
	}
	state := r.Bytes()
	for _, g := range groups {
		c.room = max(c.room, int(g)+1)
	}
	c.agg.Grow(c.room)
	if err := c.agg.Restore(groups, state); err != nil {
		r.Fail(err)
	}
}

// nulls is a column of nothing.
func (e *engine) nulls(t *types.Type, n int) arrow.Array {
	return array.MakeArrayOfNull(e.alloc, kernel.ArrowType(t), n)
}
