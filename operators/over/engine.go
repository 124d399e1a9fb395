package over

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// engine computes the columns of a stage for rows that are given in their order. It
// knows nothing of watermarks and windows: whoever uses it says when no more rows of
// equal time follow.
type engine struct {
	spec   *ir.Over
	args   []operators.Eval // of all calls
	types  []*types.Type    // of args
	stored []int            // the place of an argument among those kept with old rows, -1 for none
	kept   []int            // the arguments that are kept, by place
	frames []frame
	calls  []call
	framed [][]call // by frame
	plain  []call   // without one
	reach  int64    // how far lag looks back without a frame
	waits  bool     // whole rows are kept until they get their columns

	alloc   memory.Allocator
	table   *group.Table
	keys    []key // by group
	history *kept.Rows
	now     input
	touched []int32 // groups with new rows
	drops   []kept.ID
	groups  []int32
	step    step   // the one at hand
	apart   *apart // nil where keys stay in memory
}

// input is the batch at hand.
type input struct {
	batch *operators.Batch
	args  []kernel.Vector
	rows  []arrow.Array // of all columns that are kept with old rows
}

// step is a row for which columns are computed.
type step struct {
	key   *key
	group int32
	pos   int64
	out   int // its place in the columns
	frame span
	was   span // what the frame held for the row before
}

// call computes one column.
type call interface {
	// inputs are its arguments among those of the stage, and whether it reads those of
	// rows of earlier batches.
	inputs() (args []int, old bool)
	step(s *step)
	// column is the column of n rows; fail tells of rows without a result.
	column(n int, fail failFunc) arrow.Array
	// forget drops what is known of a group.
	forget(g int32)
	// save writes what is known of groups, load reads as many back.
	save(w *wire.Writer, groups []int32) error
	load(r *wire.Reader, groups []int32)
}

// failFunc takes a row without a result, by its place in the columns.
type failFunc func(out int, code, reason string)

// newEngine compiles the calls. waits: rows get their columns once those after them
// have come, and whole rows are kept until then.
func newEngine(spec *ir.Over, in []types.Column, env *operators.Env, waits bool) (*engine, error) {
	e := &engine{spec: spec, waits: waits}
	var exprs []ir.Expr
	for i := range spec.Calls {
		s := &spec.Calls[i]
		b := base{e: e, spec: s}
		for _, x := range s.Args {
			b.args = append(b.args, len(exprs))
			exprs = append(exprs, x)
		}
		if s.Default != nil {
			b.args = append(b.args, len(exprs))
			exprs = append(exprs, s.Default)
		}
		c, err := e.newCall(b, env)
		if err != nil {
			return nil, err
		}
		e.calls = append(e.calls, c)
	}
	for _, x := range exprs {
		e.types = append(e.types, x.Type())
	}
	e.stored = slices.Repeat([]int{-1}, len(exprs))
	for _, c := range e.calls {
		if args, old := c.inputs(); old || waits {
			e.keep(args)
		}
	}
	var err error
	e.args, err = env.Exprs(exprs, in)
	return e, err
}

// keep keeps arguments with old rows.
func (e *engine) keep(args []int) {
	for _, a := range args {
		if e.stored[a] < 0 {
			e.stored[a] = len(e.kept)
			e.kept = append(e.kept, a)
		}
	}
}

// through makes a call look through its frame.
func (e *engine) through(b base, c call) call {
	at := slices.IndexFunc(e.frames, func(f frame) bool { return f.Frame == b.spec.Frame })
	if at < 0 {
		at = len(e.frames)
		e.frames, e.framed = append(e.frames, newFrame(b.spec.Frame)), append(e.framed, nil)
	}
	e.framed[at] = append(e.framed[at], c)
	return c
}

// unframed makes a call that needs no frame.
func (e *engine) unframed(c call) call {
	e.plain = append(e.plain, c)
	return c
}

func (e *engine) open(ctx *operators.Context, keys []*types.Type) {
	e.alloc = ctx.Alloc
	adapt := (*operators.Adapter)(nil) // of old rows, which are known by what calls read of them
	if e.waits {
		adapt = e.adaptedBeside(ctx.Adapt.Of(0))
	}
	e.table, e.history = group.New(keys), kept.NewAdapted(ctx, adapt)
}

// take adds rows of a batch, in the order given, nil for all as they stand, to the
// sequences of their keys. place holds their time, or where they stand in an order of
// another kind.
func (e *engine) take(b *operators.Batch, keys, args []kernel.Vector, sel []int32, place []int64) error {
	e.now = input{batch: b, args: args}
	for _, a := range e.kept {
		v := args[a]
		args[a] = kernel.Vector{Type: v.Type, Arr: operators.Full(e.alloc, v, b.Rows)}
		e.now.rows = append(e.now.rows, args[a].Arr)
	}
	if e.waits {
		e.now.rows = append(e.now.rows, b.Cols...)
	}
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	if part.Len() == 0 {
		return nil
	}
	e.groups = slices.Grow(e.groups[:0], b.Rows)[:b.Rows]
	e.table.Find(keys, b.Rows, sel, e.groups)
	e.grow(e.table.Size())
	if e.apart != nil {
		if err := e.apart.spill.Found(b.Rows, sel, e.groups); err != nil {
			return err
		}
	}
	part.Each(func(i int) {
		g := e.groups[i]
		k := &e.keys[g]
		e.touch(g)
		var seq int64
		if b.Seq != nil {
			seq = b.Seq[i]
		}
		k.rows = append(k.rows, entry{time: place[i], seq: seq, id: -1, row: int32(i)})
	})
	return nil
}

// grow makes room for groups.
func (e *engine) grow(n int) {
	for len(e.keys) < n {
		e.keys = append(e.keys, key{spans: make([]span, len(e.frames))})
	}
}

// touch notes a group that has new rows, or whose rows get columns.
func (e *engine) touch(g int32) {
	if k := &e.keys[g]; !k.touched {
		k.touched = true
		e.touched = append(e.touched, g)
	}
}

// compute gives the next row of a key its columns, at a place of them.
func (e *engine) compute(g int32, out int) {
	k := &e.keys[g]
	s := &e.step
	*s = step{key: k, group: g, pos: k.next, out: out}
	for i := range e.frames {
		f := &e.frames[i]
		s.was = k.spans[i]
		s.frame = f.bounds(k, s.pos, s.was)
		k.spans[i] = s.frame
		for _, c := range e.framed[i] {
			c.step(s)
		}
	}
	k.number(s.pos)
	for _, c := range e.plain {
		c.step(s)
	}
	k.next++
}

// number counts the row at a position.
func (k *key) number(pos int64) {
	if t := k.at(pos).time; pos == 0 || t != k.time {
		k.time, k.rank, k.dense = t, pos+1, k.dense+1
	}
}

// columns are the columns of all calls for n rows.
func (e *engine) columns(n int, fail failFunc) []arrow.Array {
	out := make([]arrow.Array, len(e.calls))
	for i, c := range e.calls {
		out[i] = c.column(n, fail)
	}
	return out
}

// settle copies what is still needed out of the batch at hand, and forgets what no
// later row sees.
func (e *engine) settle() {
	var rows []int32
	var entries []*entry
	for _, g := range e.touched {
		e.keys[g].touched = false
		e.trim(&e.keys[g])
	}
	for _, g := range e.touched {
		k := &e.keys[g]
		for i := len(k.rows) - 1; i >= k.head && k.rows[i].id < 0; i-- {
			entries = append(entries, &k.rows[i])
			rows = append(rows, k.rows[i].row)
		}
	}
	if len(rows) > 0 {
		b := e.now.batch
		old := &operators.Batch{Cols: e.now.rows, Rows: b.Rows, Time: b.Time}
		if e.waits {
			old.Refs = b.Refs // of rows that are still to leave
		}
		for i, id := range e.history.Add(old, rows) {
			entries[i].id = id
		}
	}
	for _, id := range e.drops {
		e.history.Drop(id)
	}
	e.touched, e.drops, e.now = e.touched[:0], e.drops[:0], input{}
}

// trim lets go of the rows of a key that no later row sees.
func (e *engine) trim(k *key) {
	need := k.next
	if e.reach > 0 {
		need = min(need, max(k.total()-e.reach, 0))
	}
	for i := range e.frames {
		if !e.frames[i].endless() {
			need = min(need, k.spans[i].lo)
		}
	}
	k.trim(need, func(en *entry) {
		if en.id >= 0 {
			e.drops = append(e.drops, en.id)
		}
	})
}

// forget drops a key with everything that is known of it.
func (e *engine) forget(g int32) {
	e.empty(g)
	if e.apart != nil {
		e.apart.spill.Removed([]int32{g})
	}
	e.table.Remove([]int32{g})
}

// empty drops everything that is known of a key.
func (e *engine) empty(g int32) {
	k := &e.keys[g]
	for _, en := range k.rows[k.head:] {
		if en.id >= 0 {
			e.history.Drop(en.id)
		}
	}
	e.keys[g] = key{rows: k.rows[:0], spans: k.spans}
	clear(k.spans)
	for _, c := range e.calls {
		c.forget(g)
	}
}

// close frees everything.
func (e *engine) close() {
	if e.history != nil {
		e.history.Release()
	}
}
