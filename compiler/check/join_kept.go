package check

import (
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

// kept checks a join of everything that is remembered (SEMANTICS 69); keep is 0 where
// both inputs end, which bounds it.
func (j *joining) kept(kind ir.JoinKind, keep time.Duration) bool {
	if keep > 0 && keep != ir.KeepForever && !j.timed("`keep`") {
		return false
	}
	own := keep
	if keep == 0 {
		own = ir.KeepForever
	}
	j.ch.settleKeys(j.at, own)
	j.right.settleKeys(j.at, own)
	left, right := j.ch.in, j.right.in
	op := &ir.Join{Kind: kind, Bound: ir.JoinKept, Keep: keep}
	op.LeftIdentity, op.RightIdentity = identityOf(left, ""), identityOf(right, j.alias+".")
	op.Sides = j.prepared(identityOf(right, ""))
	t := j.result(left, kind, func(t *types.Stream) {
		t.BoundText = "rows of " + j.sideName(left) + " and " + j.name
		switch keep {
		case 0:
			t.BoundText += ", both of bounded inputs"
		case ir.KeepForever:
			t.BoundText += ", kept forever"
		default:
			t.BoundText += ", each key kept " + durationText(keep)
		}
		if left.Kind == types.Append && right.Kind == types.Append && (kind == ir.InnerJoin || kind == ir.SemiJoin) {
			return
		}
		j.changing(t, kind, left, right)
	})
	j.ch.add(op, t, j.ch.stageAt)
	return true
}

// changing makes the result of a join a changes stream.
func (j *joining) changing(t *types.Stream, kind ir.JoinKind, left, right *types.Stream) {
	t.Kind, t.Key = types.Changes, nil
	forgetBoth(t, left, right)
	switch {
	case kind == ir.SemiJoin || kind == ir.AntiJoin:
		t.Key = identityOf(left, "")
	default:
		t.Key = j.identity(t, kind == ir.LeftJoin || kind == ir.FullJoin, left, identityOf(right, ""))
	}
	if left.Kind == types.Append {
		j.ch.changesAt = j.at
	}
}

// following checks a join in windows of which a side is a changes stream: its pairs
// follow the rows that stand in each window, until it closes (SEMANTICS 29, 74).
func (j *joining) following(kind ir.JoinKind) bool {
	for _, side := range []*chain{j.ch, j.right} {
		side.settleKeys(j.at, 0)
		side.place(j.at)
	}
	left, right := j.ch.in, j.right.in
	op := &ir.Join{Kind: kind, Bound: ir.JoinKept, Windowed: true, Lateness: max(windowWaits(left.Window), windowWaits(right.Window))}
	op.LeftIdentity, op.RightIdentity = identityOf(left, ""), identityOf(right, j.alias+".")
	op.Sides = j.prepared(identityOf(right, ""))
	op.LeftKeys = append(op.LeftKeys, types.WindowStart, types.WindowEnd)
	op.RightKeys = append(op.RightKeys, types.WindowStart, types.WindowEnd)
	t := j.result(left, kind, func(t *types.Stream) {
		t.BoundText = "rows of both sides per open window"
		j.changing(t, kind, left, right)
	})
	t.Time = left.Time
	closed(t)
	j.ch.add(op, t, j.ch.stageAt)
	return true
}

// identityOf is the key of a changes side, as columns of its input of the join.
func identityOf(in *types.Stream, prefix string) []string {
	if in.Kind != types.Changes {
		return nil
	}
	var key []string
	for _, k := range in.Key {
		key = append(key, prefix+k)
	}
	return key
}

// identity is the key of changes with rows of both sides: both sides' keys, those of
// the right side as hidden columns; none where a side has none (SEMANTICS 131).
func (j *joining) identity(t *types.Stream, nullable bool, left *types.Stream, right []string) []string {
	key := identityOf(left, "")
	if len(key) == 0 || len(right) == 0 {
		return nil
	}
	for _, k := range right {
		name := j.alias + "." + k
		c, ok := j.pipe.Type.Column(name)
		if !ok {
			return nil
		}
		t.Columns = append(t.Columns, types.Column{Name: name, Type: c.Type.WithNull(c.Type.Nullable || nullable), Hidden: true})
		key = append(key, name)
	}
	return key
}
