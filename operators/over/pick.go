package over

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// origin is where rows lie: the batch at hand, or a batch of old rows.
type origin struct {
	batch *operators.Batch // nil for the batch at hand
	rows  []int32          // that are taken from it
}

// places gathers values of rows that lie in several batches, in the order in which
// they are asked for.
type places struct {
	origins []origin
	index   map[*operators.Batch]int
	from    []int32 // the origin of each value, -1 for null
	at      []int32 // its place among the rows of its origin
	last    int     // the origin of the latest
}

func (p *places) reset() {
	for i := range p.origins {
		p.origins[i] = origin{rows: p.origins[i].rows[:0]}
	}
	p.origins, p.from, p.at = p.origins[:0], p.from[:0], p.at[:0]
	clear(p.index)
}

// put makes a value that of a row of a batch, or null.
func (p *places) put(out int, b *operators.Batch, row int32, null bool) {
	for out >= len(p.from) {
		p.from, p.at = append(p.from, -1), append(p.at, 0)
	}
	if null {
		p.from[out] = -1
		return
	}
	if p.last >= len(p.origins) || p.origins[p.last].batch != b {
		p.last = p.origin(b)
	}
	o := &p.origins[p.last]
	p.from[out], p.at[out] = int32(p.last), int32(len(o.rows))
	o.rows = append(o.rows, row)
}

func (p *places) origin(b *operators.Batch) int {
	if i, ok := p.index[b]; ok {
		return i
	}
	if p.index == nil {
		p.index = map[*operators.Batch]int{}
	}
	i := len(p.origins)
	p.index[b] = i
	if i < cap(p.origins) {
		p.origins = p.origins[:i+1]
		p.origins[i] = origin{batch: b, rows: p.origins[i].rows[:0]}
	} else {
		p.origins = append(p.origins, origin{batch: b})
	}
	return i
}

// each tells where every value lies; nil is the batch at hand.
func (p *places) each(f func(out int, b *operators.Batch, row int32)) {
	for out, from := range p.from {
		if from >= 0 {
			o := &p.origins[from]
			f(out, o.batch, o.rows[p.at[out]])
		}
	}
}

// array is n values; column gives the array of an origin, nil being the batch at
// hand, and is not called when there is none.
func (p *places) array(e *engine, n int, column func(b *operators.Batch) arrow.Array, empty func() arrow.Array) arrow.Array {
	for len(p.from) < n {
		p.from, p.at = append(p.from, -1), append(p.at, 0)
	}
	if len(p.origins) == 0 {
		return empty()
	}
	parts := make([]arrow.Array, len(p.origins))
	bases := make([]int32, len(p.origins))
	total := int32(0)
	for i, o := range p.origins {
		parts[i] = kernel.Gather(e.alloc, column(o.batch), o.rows)
		bases[i] = total
		total += int32(len(o.rows))
	}
	defer func() {
		for _, a := range parts {
			a.Release()
		}
	}()
	at := make([]int32, n)
	inOrder := len(parts) == 1 && n == int(total)
	for i := range at {
		at[i] = -1
		if from := p.from[i]; from >= 0 {
			at[i] = bases[from] + p.at[i]
		}
		inOrder = inOrder && at[i] == int32(i)
	}
	switch {
	case inOrder:
		parts[0].Retain()
		return parts[0]
	case len(parts) == 1:
		return kernel.Gather(e.alloc, parts[0], at)
	}
	return kernel.GatherAny(e.alloc, parts, at)
}

// picks is a call whose value is the argument of some row.
type picks struct {
	base
	values places
}

func (c *picks) inputs() ([]int, bool) { return c.args, true }

// pick makes the value that of the argument of a row of the key.
func (c *picks) pick(s *step, pos int64) {
	en := s.key.at(pos)
	b, row := c.e.where(en)
	c.values.put(s.out, b, row, false)
}

func (c *picks) column(n int, _ failFunc) arrow.Array {
	defer c.values.reset()
	arg := c.args[0]
	return c.values.array(c.e, n, func(b *operators.Batch) arrow.Array { return c.e.column(b, arg) },
		func() arrow.Array { return c.e.nulls(c.e.types[arg], n) })
}

// where is where a row lies; nil is the batch at hand.
func (e *engine) where(en *entry) (*operators.Batch, int32) {
	if en.id < 0 {
		return nil, en.row
	}
	return e.history.At(en.id)
}

// column is an argument that is kept with old rows.
func (e *engine) column(b *operators.Batch, arg int) arrow.Array {
	if b == nil {
		return e.now.rows[e.stored[arg]]
	}
	return b.Cols[e.stored[arg]]
}

// neighbour is lag and lead.
type neighbour struct {
	picks
	stateless
	by       int64 // back or ahead
	framed   bool
	defaults places
}

func (e *engine) newNeighbour(b base) call {
	c := &neighbour{picks: picks{base: b}, by: b.spec.N, framed: !b.spec.Frame.All()}
	if b.spec.Name == ir.Lag {
		c.by = -c.by
	}
	if c.framed {
		return e.through(b, c)
	}
	if c.by < 0 {
		e.reach = max(e.reach, -c.by)
	}
	return e.unframed(c)
}

func (c *neighbour) step(s *step) {
	pos := s.pos + c.by
	lo, hi := s.key.first, s.key.total()
	if c.framed {
		lo, hi = s.frame.lo, s.frame.hi
	}
	if pos >= lo && pos < hi {
		c.pick(s, pos)
		return
	}
	c.values.put(s.out, nil, 0, true)
	if c.spec.Default != nil {
		b, row := c.e.where(s.key.at(s.pos))
		c.defaults.put(s.out, b, row, false)
	}
}

func (c *neighbour) column(n int, fail failFunc) arrow.Array {
	values := c.picks.column(n, fail)
	if c.spec.Default == nil || len(c.defaults.from) == 0 {
		return values
	}
	defer values.Release()
	defer c.defaults.reset()
	arg := c.args[1]
	others := c.defaults.array(c.e, n, func(b *operators.Batch) arrow.Array { return c.e.column(b, arg) }, nil)
	defer others.Release()
	at := make([]int32, n)
	for i := range at {
		at[i] = int32(i)
		if c.defaults.from[i] >= 0 {
			at[i] += int32(n)
		}
	}
	return kernel.GatherAny(c.e.alloc, []arrow.Array{values, others}, at)
}

// edge is first and last: the first value of a frame that is not null, or the last.
type edge struct {
	picks
	last  bool
	found []span // by group: where the value stands, and how far was looked
}

func (c *edge) step(s *step) {
	for int(s.group) >= len(c.found) {
		c.found = append(c.found, span{lo: -1})
	}
	f := &c.found[s.group]
	f.hi = max(f.hi, s.frame.lo)
	for f.hi < s.frame.hi && (c.last || f.lo < s.frame.lo) {
		if !c.isNull(s.key.at(f.hi)) {
			f.lo = f.hi
		}
		f.hi++
	}
	if f.lo < s.frame.lo {
		c.values.put(s.out, nil, 0, true)
		return
	}
	c.pick(s, f.lo)
}

func (c *edge) isNull(en *entry) bool {
	b, row := c.e.where(en)
	return c.e.column(b, c.args[0]).IsNull(int(row))
}

func (c *edge) forget(g int32) {
	if int(g) < len(c.found) {
		c.found[g] = span{lo: -1}
	}
}

func (c *edge) save(w *wire.Writer, groups []int32) error {
	for _, g := range groups {
		f := span{lo: -1}
		if int(g) < len(c.found) {
			f = c.found[g]
		}
		w.Int(f.lo)
		w.Int(f.hi)
	}
	return nil
}

func (c *edge) load(r *wire.Reader, groups []int32) {
	for _, g := range groups {
		for int(g) >= len(c.found) {
			c.found = append(c.found, span{lo: -1})
		}
		c.found[g] = span{lo: r.Int(), hi: r.Int()}
	}
}

// extreme is min and max over a frame that rows leave: a queue of the values that
// can still become the answer, the best first.
type extreme struct {
	picks
	largest bool
	queues  []queue // by group
	words   []uint64
	wordsOf *operators.Batch // the batch at hand that words are of
}

type queue struct {
	list []candidate
	head int
}

type candidate struct {
	pos  int64
	word uint64
}

func newExtreme(b base) *extreme {
	return &extreme{picks: picks{base: b}, largest: b.spec.Name == "max"}
}

func (c *extreme) step(s *step) {
	for int(s.group) >= len(c.queues) {
		c.queues = append(c.queues, queue{})
	}
	q := &c.queues[s.group]
	for pos := s.was.hi; pos < s.frame.hi; pos++ {
		if en := s.key.at(pos); !c.e.now.args[c.args[0]].Arr.IsNull(int(en.row)) {
			q.push(candidate{pos, c.word(en.row)})
		}
	}
	for q.head < len(q.list) && q.list[q.head].pos < s.frame.lo {
		q.head++
	}
	if q.head == len(q.list) {
		q.list, q.head = q.list[:0], 0
		c.values.put(s.out, nil, 0, true)
		return
	}
	c.pick(s, q.list[q.head].pos)
}

// word is the value of a row of the batch at hand, as a number that is smaller the
// better it is.
func (c *extreme) word(row int32) uint64 {
	if b := c.e.now.batch; c.wordsOf != b {
		c.words = keycode.Words(c.words, c.e.now.args[c.args[0]], b.Rows, keycode.Exact)
		c.wordsOf = b
	}
	if c.largest {
		return ^c.words[row]
	}
	return c.words[row]
}

func (q *queue) push(x candidate) {
	for n := len(q.list); n > q.head && q.list[n-1].word > x.word; n-- {
		q.list = q.list[:n-1]
	}
	if q.head > 16 && 2*q.head > len(q.list) {
		q.list = q.list[:copy(q.list, q.list[q.head:])]
		q.head = 0
	}
	q.list = append(q.list, x)
}

func (c *extreme) column(n int, fail failFunc) arrow.Array {
	c.wordsOf = nil
	return c.picks.column(n, fail)
}

func (c *extreme) forget(g int32) {
	if int(g) < len(c.queues) {
		c.queues[g] = queue{list: c.queues[g].list[:0]}
	}
}

func (c *extreme) save(w *wire.Writer, groups []int32) error {
	for _, g := range groups {
		var q queue
		if int(g) < len(c.queues) {
			q = c.queues[g]
		}
		w.Uint(uint64(len(q.list) - q.head))
		for _, x := range q.list[q.head:] {
			w.Int(x.pos)
			w.Uint(x.word)
		}
	}
	return nil
}

func (c *extreme) load(r *wire.Reader, groups []int32) {
	for _, g := range groups {
		for int(g) >= len(c.queues) {
			c.queues = append(c.queues, queue{})
		}
		q := queue{}
		for range r.Len() {
			q.list = append(q.list, candidate{r.Int(), r.Uint()})
		}
		c.queues[g] = q
	}
}
