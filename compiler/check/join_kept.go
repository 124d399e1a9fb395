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
	for _, side := range []*chain{j.ch, j.right} {
		keepSettled(side.settleKeys(j.at), keep)
	}
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
		t.Kind = types.Changes
		t.Key = nil
		switch {
		case kind == ir.SemiJoin || kind == ir.AntiJoin:
			t.Key = identityOf(left, "")
		default:
			t.Key = j.identity(t, kind == ir.LeftJoin || kind == ir.FullJoin, left, identityOf(right, ""))
		}
	})
	if left.Kind == types.Append && t.Kind == types.Changes {
		j.ch.changesAt = j.at
	}
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
