package expire

import (
	"bytes"
	"math"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// lasts is the last row of each key.
type lasts struct {
	x     *Expire
	table *group.Table
	rows  *kept.Rows
	items []*item // by group, nil for a key without a row
	ages  ages
	pool  kept.Pool[item]
	apart *apart // nil where all keys stay in memory

	changes changes
	// Of the rows at hand.
	batch *operators.Batch
	same  keycode.Appender
	fresh kept.Fresh
	turn  int32   // 1 and more, another one between rows
	turns []int32 // by group: the turn in which a row came last
	empty []int32 // groups that have lost their row, or never got one
	buf   []byte  // scratch
	other []byte  // scratch
}

// item is the last row of a key.
type item struct {
	kept.Entry
	time, arrival int64
	same          []byte // the row's own code; the memory stays the item's
}

func newLasts(x *Expire, ctx *operators.Context, table *group.Table) *lasts {
	l := &lasts{x: x, table: table, rows: kept.New(ctx), turn: 1}
	l.ages.less = func(a, b int32) bool {
		l.buf, l.other = table.Code(l.buf[:0], a), table.Code(l.other[:0], b)
		return bytes.Compare(l.buf, l.other) < 0
	}
	if ctx.Shelf != nil {
		l.rows = kept.NewDetached(ctx, 0)
		l.apart = newApart(l, ctx.Shelf)
	}
	return l
}

// gone is the instant after which a row of a time is too old.
func (l *lasts) gone(t int64) int64 {
	if t > math.MaxInt64-l.x.after {
		return math.MaxInt64
	}
	return t + l.x.after
}

func (l *lasts) grow() {
	if n := l.table.Size() - len(l.items); n > 0 {
		l.items = append(l.items, make([]*item, n)...)
		l.turns = append(l.turns, make([]int32, n)...)
	}
}

// begin finds the keys of some rows of a batch, which are in memory until end.
func (l *lasts) begin(b *operators.Batch, keys []kernel.Vector, rows, groups []int32) error {
	l.table.Find(keys, b.Rows, rows, groups)
	if l.apart != nil {
		if err := l.apart.spill.Found(b.Rows, rows, groups); err != nil {
			return err
		}
	}
	l.grow()
	for _, r := range rows {
		if g := groups[r]; l.turns[g] != l.turn {
			l.turns[g] = l.turn
			if l.items[g] == nil {
				l.empty = append(l.empty, g)
			}
		}
	}
	lean := *b
	lean.Time, lean.Arrival, lean.Progress, lean.Ops, lean.Seq = nil, nil, nil, nil, nil
	l.batch, l.same = &lean, paned.RowCode(b, l.x.in)
	return nil
}

// end forgets the keys of the rows that have none now.
func (l *lasts) end() {
	l.fresh.Copy(l.rows, l.batch, true)
	l.batch, l.same = nil, nil
	l.turn++
	l.sweep()
	if l.changes.n() >= flushAt {
		l.emit()
	}
}

// sweep forgets the keys without a row, but for those of the rows at hand.
func (l *lasts) sweep() {
	slices.Sort(l.empty)
	var gone []int32
	left := l.empty[:0]
	for _, g := range slices.Compact(l.empty) {
		switch {
		case l.items[g] != nil:
		case l.turns[g] == l.turn:
			left = append(left, g)
		default:
			gone = append(gone, g)
		}
	}
	l.empty = left
	if len(gone) == 0 {
		return
	}
	if l.apart != nil {
		l.apart.spill.Removed(gone)
	}
	l.table.Remove(gone)
}

// flush sends changes on, and forgets keys without a row, whether rows are at hand or not.
func (l *lasts) flush() {
	if l.batch != nil {
		l.fresh.Copy(l.rows, l.batch, true)
	}
	l.sweep()
	l.emit()
}

// make is an item of a row at hand.
func (l *lasts) make(row int32, t, arrival int64) *item {
	it := l.pool.Take()
	*it = item{time: t, arrival: arrival, same: l.same(it.same[:0], int(row))}
	l.fresh.Add(&it.Entry, row)
	return it
}

// hold makes a row at hand the first of its key.
func (l *lasts) hold(g, row int32, t, arrival int64) *item {
	it := l.make(row, t, arrival)
	l.items[g] = it
	l.ages.add(g, l.gone(t))
	return it
}

// replace makes a row at hand the last of its key, which has one.
func (l *lasts) replace(g, row int32, t, arrival int64) *item {
	was := l.items[g]
	it := l.make(row, t, arrival)
	l.items[g] = it
	l.ages.notAfter(g, l.gone(t))
	l.changes.drop(was)
	return it
}

// forget leaves a key without its row, which can still be shown.
func (l *lasts) forget(g int32) {
	l.ages.remove(g)
	l.changes.drop(l.items[g])
	l.items[g] = nil
	l.empty = append(l.empty, g)
}

// oldest is the key in memory whose row is the first to be too old, before a date.
func (l *lasts) oldest(limit spill.Date) (g int32, at int64, ok bool) {
	for len(l.ages.list) > 0 {
		first := l.ages.list[0]
		if first.at > limit.At || first.at == limit.At && !l.isBefore(first.group, limit.Code) {
			return 0, 0, false
		}
		if at := l.gone(l.items[first.group].time); at > first.at {
			l.ages.delay(at)
			continue
		}
		return first.group, first.at, true
	}
	return 0, 0, false
}

func (l *lasts) isBefore(g int32, code []byte) bool {
	if code == nil {
		return false
	}
	l.buf = l.table.Code(l.buf[:0], g)
	return bytes.Compare(l.buf, code) < 0
}

// bring brings keys back whose rows may be too old at an instant: some of them, where many are
// not in memory. Of those before the date that it returns none are missing. All up to the
// horizon will be asked for soon.
func (l *lasts) bring(to, horizon int64) (spill.Date, error) {
	if l.apart == nil {
		return spill.Date{At: to}, nil
	}
	return l.apart.bring(to, horizon)
}
