package operators

import (
	"cmp"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Stateless says that an operator keeps nothing from batch to batch; it is
// embedded by those.
type Stateless struct{ Alloc memory.Allocator }

// Open keeps the allocator.
func (s *Stateless) Open(ctx *Context) error { s.Alloc = ctx.Alloc; return nil }

// KeepsNothing tells that there is no state.
func (s *Stateless) KeepsNothing() {}

// OnWatermark does nothing.
func (s *Stateless) OnWatermark(Watermark, Output) error { return nil }

// Snapshot writes nothing.
func (s *Stateless) Snapshot() ([]byte, error) { return nil, nil }

// Restore reads nothing.
func (s *Stateless) Restore([]byte, Mine) error { return nil }

// Close frees nothing.
func (s *Stateless) Close() error { return nil }

// Keep selects the rows of a batch that an operator lets through, ascending, in
// place. In a changes stream a pair of which one row passes becomes a delete or
// an insert (SEMANTICS 75); the rows of a pair are in one batch, next to each
// other among those that count.
func Keep(b *Batch, sel []int32) {
	if b.Ops != nil {
		b.Ops = keptOps(b, sel)
	}
	if len(sel) == b.Rows {
		b.Sel = nil
		return
	}
	b.Sel = sel
}

// KeepOrReplace is Keep where, with replaces, a row that comes and is not let through
// leaves as Refused: the row of its key that stood is no more, and who keeps those that
// were let through knows whether it was one of them (SEMANTICS 75, 77). A row that comes
// with the one it replaces needs no such knowledge.
func KeepOrReplace(b *Batch, sel []int32, replaces bool) {
	if !replaces || b.Ops == nil {
		Keep(b, sel)
		return
	}
	ops := keptOps(b, sel)
	kept, all := sel, make([]int32, 0, b.Len())
	b.Each(func(r int) {
		switch {
		case len(kept) > 0 && int(kept[0]) == r:
			kept = kept[1:]
		case b.Ops[r] == Insert:
			ops[r] = Refused
		default:
			return
		}
		all = append(all, int32(r))
	})
	b.Ops, b.Sel = ops, all
	if len(all) == b.Rows {
		b.Sel = nil
	}
}

// keptOps are the operations of the rows of sel.
func keptOps(b *Batch, sel []int32) []Op {
	kept := make([]bool, b.Rows)
	for _, r := range sel {
		kept[r] = true
	}
	ops := append([]Op(nil), b.Ops...)
	before := -1
	b.Each(func(r int) {
		switch {
		case b.Ops[r] == UpdateBefore:
			before = r
			return
		case b.Ops[r] == UpdateAfter && before >= 0:
			switch {
			case kept[before] && !kept[r]:
				ops[before] = Delete
			case kept[r] && !kept[before]:
				ops[r] = Insert
			}
		}
		before = -1
	})
	return ops
}

// Reportable leaves out the failures of rows that only take back an earlier row:
// that row failed when it came.
func Reportable(b *Batch, failed []Failure) []Failure {
	if b.Ops == nil || len(failed) == 0 {
		return failed
	}
	out := make([]Failure, 0, len(failed))
	for _, f := range failed {
		if op := b.Ops[f.Row]; op == Insert || op == UpdateAfter {
			out = append(out, f)
		}
	}
	return out
}

// Without are the rows of sel, nil for all n, that did not fail; failed ascends.
func Without(n int, sel []int32, failed []Failure) []int32 {
	out := make([]int32, 0, n)
	b := Batch{Rows: n, Sel: sel}
	b.Each(func(r int) {
		for len(failed) > 0 && failed[0].Row < r {
			failed = failed[1:]
		}
		if len(failed) > 0 && failed[0].Row == r {
			return
		}
		out = append(out, int32(r))
	})
	return out
}

// InOrder sorts failures by row; each row has one.
func InOrder(failed []Failure) []Failure {
	slices.SortFunc(failed, func(a, b Failure) int { return cmp.Compare(a.Row, b.Row) })
	return failed
}
