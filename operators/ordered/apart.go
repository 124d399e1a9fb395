package ordered

import (
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/wire"
)

// apart is where rows are that are not in memory: on a shelf, in pieces. A piece is rows of
// one input that follow each other in the order they are due. It is written once, read when
// the first of its rows is due, and taken off the shelf when the last has left; in between it may leave memory
// again as often as it likes.
type apart struct {
	shelf  operators.Shelf
	turn   uint64 // of the pieces that are written now: those of earlier runs have smaller ones
	passed int64  // what was due before it has left
	gone   []*piece
	rows   int // that are not in memory
	mine   func(input int, rows *operators.Batch) []int32
	seen   map[string]bool // names of the pieces of the states that were read

	each  int64 // bytes of a row in memory, in the mean
	found int   // rows in memory when that was found
}

// piece is rows on the shelf.
type piece struct {
	turn        uint64
	input, rows int
	first, last place
	// shared: rows of other instances are in it, which leave when their time has come.
	shared bool
}

// name is what a piece is kept by. No other piece of a turn has the first row.
func (p *piece) name() []byte {
	key := binary.BigEndian.AppendUint64(nil, p.turn)
	key = binary.BigEndian.AppendUint16(key, uint16(p.input))
	key = binary.BigEndian.AppendUint64(key, uint64(p.first.p)^1<<63)
	return binary.BigEndian.AppendUint64(key, uint64(p.first.seq)^1<<63)
}

// pieceBytes is about how many bytes a piece should have: one of each time that rows left
// memory is there at once, and each is read by itself.
const pieceBytes = 64 << 10

// Of the rows of a piece there are few where they are large, and not too many otherwise.
const leastPiece, mostPiece = 16, 1024

// pieceRows is how many rows a piece is to have.
func (b *Buffer) pieceRows() int {
	return int(min(max(pieceBytes/max(b.apart.each, 1), leastPiece), mostPiece))
}

// besideBytes is what a row takes beside its values: its times, its place and its record.
const besideBytes = 96

// Holding is about how many bytes the rows in memory take that can leave it.
func (b *Buffer) Holding() int64 {
	if b.apart == nil || b.here() == 0 {
		return 0
	}
	b.sample()
	return int64(b.here()) * b.apart.each
}

// here is how many rows are in memory.
func (b *Buffer) here() int { return b.n - b.apart.rows }

// samples is how many rows are looked at to find how large they are.
const samples = 64

// sample finds how large rows are by writing some down. Those that cannot be written are
// reported when they must be.
func (b *Buffer) sample() {
	a := b.apart
	if a.each > 0 && b.here() <= a.found+a.found/4+samples {
		return
	}
	i := slices.IndexFunc(b.runs, func(r *run) bool { return r.batch != nil })
	if i < 0 {
		return
	}
	in := b.runs[i].batch
	var some []int32
	for row := 0; row < in.Rows; row += max(in.Rows/samples, 1) {
		some = append(some, int32(row))
	}
	part := operators.Gather(b.alloc, in, some)
	defer part.Release()
	var w wire.Writer
	if b.saveInput(&w, part) == nil {
		a.each, a.found = int64(len(w.Buf)/part.Rows)+besideBytes, b.here()
	}
}

// Shed lets rows leave memory until they take at most a number of bytes, those that are due
// last in front. On a shelf that is not free only those leave that Save has put there.
func (b *Buffer) Shed(most int64) error {
	if b.apart == nil {
		return nil
	}
	if b.apart.shelf.Free() {
		if err := b.deleteGone(); err != nil {
			return err
		}
	}
	if b.Holding() <= most {
		return nil
	}
	keep := int(most / b.apart.each)
	runs := slices.Clone(b.runs)
	slices.SortFunc(runs, func(x, y *run) int { return cmp.Or(y.last().compare(x.last()), y.first().compare(x.first())) })
	var out []*run
	leaving := 0
	for _, r := range runs {
		switch {
		case b.here()-leaving <= keep:
		case r.batch == nil:
		case r.piece != nil:
			b.leaveMemory(r)
		case b.apart.shelf.Free():
			out, leaving = append(out, r), leaving+r.left()
		}
	}
	err := b.pack(out, func(input int, rows *operators.Batch) error {
		r := b.asRun(input, rows)
		b.push(r)
		if err := b.write(r); err != nil {
			return err
		}
		b.leaveMemory(r)
		return nil
	})
	heap.Init(&b.runs)
	return err
}

// leaveMemory leaves a run with the name of its piece.
func (b *Buffer) leaveMemory(r *run) {
	r.head, r.rest = r.first(), r.left()
	b.apart.rows += r.rest
	r.batch.Release()
	if !b.times {
		give(&b.spare.due, r.due)
	}
	r.batch, r.due, r.next = nil, nil, 0
}

// asRun is a run of rows that are in the order they are due. It takes them over.
func (b *Buffer) asRun(input int, rows *operators.Batch) *run {
	r := &run{input: input, batch: rows, due: rows.Time}
	if !b.times {
		r.due = take(&b.spare.due, rows.Rows)[:rows.Rows]
		for i := range r.due {
			r.due[i] = b.at(rows, i)
		}
	}
	return r
}

// write puts a run on the shelf.
func (b *Buffer) write(r *run) error {
	p := &piece{turn: b.apart.turn, input: r.input, rows: r.len(), first: r.at(0), last: r.last()}
	var w wire.Writer
	if err := b.saveInput(&w, r.batch); err != nil {
		return err
	}
	if err := b.apart.shelf.Put(p.name(), w.Buf); err != nil {
		return &operators.ShelfError{Err: err}
	}
	r.piece = p
	return nil
}

// pack takes the rows of runs out and gives them to f together, some at a time: rows of one
// input in the order they are due, which are f's.
func (b *Buffer) pack(from []*run, f func(input int, rows *operators.Batch) error) error {
	if len(from) == 0 {
		return nil
	}
	taken := make(map[*run]bool, len(from))
	for _, r := range from {
		taken[r] = true
		b.n -= r.left()
	}
	b.runs = slices.DeleteFunc(b.runs, func(r *run) bool { return taken[r] })
	rest := &Buffer{runs: from, apart: b.apart}
	heap.Init(&rest.runs)
	b.sample()
	size := b.pieceRows()
	var picks []pick
	var spent []*run
	together := func() error {
		for input, ps := range byInput(picks) {
			if len(ps) > 0 {
				if err := inPieces(b.unsettled(assemble(b.alloc, ps)), size, func(rows *operators.Batch) error { return f(input, rows) }); err != nil {
					return err
				}
			}
		}
		picks = picks[:0]
		for _, r := range spent {
			b.leave(r)
		}
		spent = spent[:0]
		return nil
	}
	err := rest.each(operators.MaxTime, func(c cut) error {
		for i := c.from; i < c.to; i++ {
			at := c.run.at(i)
			if picks = append(picks, pick{c.run, at}); len(picks) >= atOnce*size && !opens(c.run.batch, int(at.row)) {
				if err := together(); err != nil {
					return err
				}
			}
		}
		if c.run.next == c.run.len() {
			spent = append(spent, c.run)
		}
		return nil
	})
	if err == nil {
		err = together()
	}
	if len(rest.runs) > 0 && err == nil {
		err = fmt.Errorf("%d rows wait for the end of time", rest.runs[0].left())
	}
	b.runs = append(append(b.runs, rest.runs...), spent...) // of a stage that has failed
	return err
}

// atOnce is how many pieces are made together, out of the same batches.
const atOnce = 16

// inPieces gives rows to f, some at a time.
func inPieces(rows *operators.Batch, size int, f func(rows *operators.Batch) error) error {
	defer rows.Release()
	for from, to := 0, 0; from < rows.Rows; from = to {
		to = min(from+size, rows.Rows)
		for to < rows.Rows && opens(rows, to-1) {
			to++
		}
		if err := f(rows.Slice(from, to)); err != nil {
			return err
		}
	}
	return nil
}

// opens reports that the row behind one belongs to it: that of an update.
func opens(b *operators.Batch, row int) bool {
	return b.Ops != nil && b.Ops[row] == operators.UpdateBefore
}

// bring reads the rows of a run that are not in memory.
func (b *Buffer) bring(r *run) error {
	rows, err := b.read(r.piece, nil)
	if err != nil {
		return err
	}
	if r.piece.shared {
		mine := operators.Gather(b.alloc, rows, b.mine(r.input, rows))
		rows.Release()
		rows = mine
	}
	was := r.rest
	got := b.asRun(r.input, rows)
	r.batch, r.due = got.batch, got.due
	r.next = sort.Search(r.len(), func(i int) bool { return r.at(i).compare(r.head) >= 0 })
	b.apart.rows -= was
	if r.left() != was {
		b.n += r.left() - was
		return fmt.Errorf("%d rows that wait instead of %d", r.left(), was)
	}
	return nil
}

// mine are the rows of a batch that are of this instance.
func (b *Buffer) mine(input int, rows *operators.Batch) []int32 {
	if b.apart.mine != nil {
		return b.apart.mine(input, rows)
	}
	all := make([]int32, rows.Rows)
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

var errNotThere = errors.New("rows that wait are outside of memory, and not there")

// read is the rows of a piece, which had other columns where an adapter is given.
func (b *Buffer) read(p *piece, adapt *operators.Adapter) (rows *operators.Batch, err error) {
	var wrong error
	err = b.apart.shelf.Get([][]byte{p.name()}, func(_ int, value []byte) {
		r := wire.NewReader(bytes.Clone(value))
		rows = b.readInput(r, adapt)
		if wrong = r.Err(); wrong == nil && rows.Rows != p.rows {
			wrong = fmt.Errorf("%d rows that wait instead of %d", rows.Rows, p.rows)
		}
	})
	switch {
	case err != nil:
		err = &operators.ShelfError{Err: err}
	case rows == nil:
		err = errNotThere
	default:
		err = wrong
	}
	if err != nil && rows != nil {
		rows.Release()
	}
	return rows, err
}

// deleteGone takes the pieces off the shelf whose rows have left, here and in other instances: those
// have seen the same watermark.
func (b *Buffer) deleteGone() error {
	a := b.apart
	left := a.gone[:0]
	for _, p := range a.gone {
		if p.shared && p.last.p >= a.passed {
			left = append(left, p)
			continue
		}
		if err := a.shelf.Delete(p.name()); err != nil {
			return &operators.ShelfError{Err: err}
		}
	}
	clear(a.gone[len(left):])
	a.gone = left
	return nil
}

// saveApart puts the rows on the shelf that are not there, and returns those that are due
// already: what a piece has of those would count as gone when it is read by another run.
func (b *Buffer) saveApart() (*Due, error) {
	if err := b.deleteGone(); err != nil {
		return nil, err
	}
	d, err := b.due(b.apart.passed)
	if err != nil {
		return nil, err
	}
	var fresh []*run
	for _, r := range b.runs {
		if r.piece == nil {
			fresh = append(fresh, r)
		}
	}
	err = b.pack(fresh, func(input int, rows *operators.Batch) error {
		r := b.asRun(input, rows)
		b.push(r)
		return b.write(r)
	})
	heap.Init(&b.runs)
	if err != nil {
		d.Release()
	}
	return d, err
}

// saveNames writes which pieces there are.
func (b *Buffer) saveNames(w *wire.Writer) {
	w.Uint(b.apart.turn)
	w.Int(b.apart.passed)
	w.Uint(uint64(b.share.Index))
	w.Uint(uint64(b.share.Of))
	var parts []part
	for _, p := range b.apart.gone {
		parts = append(parts, part{piece: p})
	}
	for _, r := range b.runs {
		if r.piece != nil {
			parts = append(parts, part{r.piece, r.left(), r.first()})
		}
	}
	slices.SortFunc(parts, func(x, y part) int { return bytes.Compare(x.name(), y.name()) })
	w.Uint(uint64(len(parts)))
	for _, p := range parts {
		w.Uint(p.turn)
		w.Uint(uint64(p.input))
		w.Uint(uint64(p.rows))
		w.Bool(p.shared)
		w.Uint(uint64(p.rest))
		for _, at := range []place{p.first, p.last, p.head} {
			w.Int(at.p)
			w.Int(at.seq)
		}
	}
}

// part is what an instance has of a piece: so many rows, the first of which is the head.
type part struct {
	*piece
	rest int
	head place
}

func loadPart(r *wire.Reader) part {
	p := part{piece: &piece{turn: r.Uint(), input: int(r.Uint()), rows: int(r.Uint()), shared: r.Bool()}}
	p.rest = int(r.Uint())
	for _, at := range []*place{&p.first, &p.last, &p.head} {
		at.p, at.seq = r.Int(), r.Int()
	}
	return p
}

// loadNames reads what saveNames wrote, of this or another instance.
func (b *Buffer) loadNames(r *wire.Reader) {
	a := b.apart
	if a == nil {
		r.Fail(errNotThere)
		return
	}
	a.turn = max(a.turn, r.Uint()+1)
	a.passed = max(a.passed, r.Int())
	of := operators.Share{Index: int(r.Uint()), Of: int(r.Uint())}
	for range r.Len() {
		p := loadPart(r)
		if r.Failed() {
			return
		}
		if name := string(p.name()); !a.seen[name] && !b.loadShared(p, of) {
			a.seen[name] = true
			if err := b.loadPiece(p.piece, of); err != nil {
				r.Fail(err)
				return
			}
		}
	}
}

// loadShared takes over what an instance of the same share had of a piece, in which rows of others are, too,
// and reports that it is known without the piece being read what is mine of it.
func (b *Buffer) loadShared(p part, of operators.Share) bool {
	switch {
	case !p.shared || b.share.Of != of.Of || of.Of == 0 || b.adapt.Of(p.input) != nil:
		return false
	case b.share != of: // mine is in my own state
		return true
	case p.rest == 0:
		b.apart.gone = append(b.apart.gone, p.piece)
		return true
	case p.head.p < b.apart.passed: // another instance has come further
		return false
	}
	b.push(&run{input: p.input, piece: p.piece, head: p.head, rest: p.rest})
	b.apart.rows += p.rest
	return true
}

// loadPiece takes the rows of a piece over that are mine and have not left. They stay where
// they are, unless they had other columns. Where all of them were those of one instance, of a
// share, they are not read where it can be said without whose they are.
func (b *Buffer) loadPiece(p *piece, of operators.Share) error {
	a, adapt := b.apart, b.adapt.Of(p.input)
	if !p.shared && adapt == nil && b.share.Apart(of) {
		return nil
	}
	whole := b.share == operators.Whole || !p.shared && b.share == of && of.Of > 0
	if whole && adapt == nil && p.first.p >= a.passed {
		p.shared = false
		b.push(&run{input: p.input, piece: p, head: p.first, rest: p.rows})
		a.rows += p.rows
		return nil
	}
	rows, err := b.read(p, adapt)
	if err != nil {
		return err
	}
	defer rows.Release()
	waits := func(i int32) bool { return b.at(rows, int(i)) >= a.passed }
	left := 0
	for i := range int32(rows.Rows) {
		if waits(i) {
			left++
		}
	}
	var mine []int32
	for _, i := range b.mine(p.input, rows) {
		if waits(i) {
			mine = append(mine, i)
		}
	}
	p.shared = len(mine) < left && adapt == nil
	switch {
	case len(mine) == 0 && left > 0: // others have them
	case len(mine) == 0:
		a.gone = append(a.gone, p)
	case adapt != nil:
		some := operators.Gather(b.alloc, rows, mine)
		defer some.Release()
		b.putBack(p.input, some)
		a.gone = append(a.gone, p)
	default:
		first := int(mine[0])
		b.push(&run{input: p.input, piece: p, head: place{p: b.at(rows, first), seq: rows.Seq[first]}, rest: len(mine)})
		a.rows += len(mine)
	}
	return nil
}

// stretch is how many pieces are to be due at once, at most.
const stretch = 32

// steps are instants up to a watermark, at each of which not too many rows are due that are
// outside of memory.
func (b *Buffer) steps(watermark int64) []int64 {
	var due []int64
	for _, r := range b.runs {
		if r.batch == nil && r.head.p < watermark {
			due = append(due, r.head.p)
		}
	}
	slices.Sort(due)
	var steps []int64
	for i := stretch; i < len(due); i += stretch {
		if due[i] > due[i-stretch] {
			steps = append(steps, due[i])
		}
	}
	return append(steps, watermark)
}
