package check

import (
	"slices"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// What is remembered of keys that `keep` above may forget (SEMANTICS 77). The insert of
// such a key takes the place of a row that stands, which only who remembers it knows. It
// is remembered for as long as the key is above, and for twice as long again, so that
// what is remembered is bounded as it is above; or for as long as the stage itself keeps
// rows, where that is longer.

// remembering is how many times as long as they are kept above keys are remembered.
const remembering = 3

// horizon is how long the last rows of keys are remembered below the stages that forget
// them.
func horizon(in *types.Stream) time.Duration {
	if in.Forgets > ir.KeepForever/remembering {
		return ir.KeepForever
	}
	return remembering * in.Forgets
}

// forgetsAfter is how long after its last row a key may be forgotten, by `keep`, which
// counts from the end of the period that a key stands for, or behind that period; 0 for
// never.
func forgetsAfter(keep time.Duration, periods []ir.Period) time.Duration {
	if keep == ir.KeepForever {
		return 0
	}
	longest := time.Duration(0)
	for _, p := range periods {
		longest = max(longest, time.Duration(roughMicros(p.Unit))*time.Microsecond)
	}
	if keep > ir.KeepForever-longest {
		return 0
	}
	return keep + longest
}

// settleKeys puts the last row of each key before a stage that takes rows back, where
// what made the changes may have forgotten it. own is how long the stage itself keeps
// rows.
func (ch *chain) settleKeys(at source.Span, own time.Duration) {
	keep := max(own, horizon(ch.in))
	by := restarting(ch.in, keep, at)
	if by == nil {
		return
	}
	bound := ch.keyBound(ch.in.Key, keep)
	ch.add(&ir.Upserts{By: by, Keep: keep}, ch.with(func(t *types.Stream) { t.Remembered, t.BoundText = keep, bound }), at)
}

// stageKeep reads the `keep` of a stage, and says how long it holds rows: without one for
// ever, and in a window for as long as that is open.
func (ch *chain) stageKeep(e ast.Expr) (keep, own time.Duration) {
	windowed := ch.in.Window != nil
	switch {
	case e != nil:
		keep = ch.keep(e, windowed)
		return keep, keep
	case windowed:
		return 0, 0
	}
	return 0, ir.KeepForever
}

// restarting is the key of a stream whose keys may start anew though each is remembered
// for keep, nil for others.
func restarting(in *types.Stream, keep time.Duration, at source.Span) []ir.Expr {
	if in.Kind != types.Changes || in.Forgets == 0 || in.Remembered >= keep {
		return nil
	}
	var by []ir.Expr
	for _, k := range in.Key {
		c, ok := in.Column(k)
		if !ok {
			return nil
		}
		by = append(by, columnOf(c, at))
	}
	return by
}

// replaces reports that a stage which lets rows through by some values must take the row
// of a key away when the one that replaces it does not pass: the key may start anew, and
// what passes is not the same for all rows of a key (SEMANTICS 75, 77).
func replaces(in *types.Stream, values ...ir.Expr) bool {
	return startsAnew(in) && slices.ContainsFunc(values, func(x ir.Expr) bool { return !ofKey(x, in.Key) })
}

// startsAnew reports that the insert of a key may take the place of a row that stands.
func startsAnew(in *types.Stream) bool { return restarting(in, horizon(in), source.Span{}) != nil }

// ofKey reports that a value is the same for all rows of a key.
func ofKey(x ir.Expr, key []string) bool {
	if c, ok := x.(*ir.Column); ok {
		return slices.Contains(key, c.Name)
	}
	return !slices.ContainsFunc(ir.Children(x), func(y ir.Expr) bool { return !ofKey(y, key) })
}

// keepChosen puts the last row of each key behind a stage that replaces.
func (ch *chain) keepChosen(at source.Span) {
	keep := horizon(ch.in)
	bound := ch.keyBound(ch.in.Key, keep)
	ch.add(&ir.Upserts{By: restarting(ch.in, keep, at), Keep: keep},
		ch.with(func(t *types.Stream) { t.Remembered, t.BoundText = keep, bound }), at)
}

// forgetBoth says of a join which of its keys may start anew: those of either side.
func forgetBoth(t, left, right *types.Stream) {
	t.Forgets, t.Remembered = 0, ir.KeepForever
	for _, side := range []*types.Stream{left, right} {
		if side.Kind == types.Changes && side.Forgets > 0 {
			t.Forgets, t.Remembered = max(t.Forgets, side.Forgets), min(t.Remembered, side.Remembered)
		}
	}
}
