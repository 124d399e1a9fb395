// Package sample keeps a fraction of the rows, the same ones in every run: those
// whose hash is small (SEMANTICS 54).
//
// The hash is XXH3-64 over the key codes of `by`, or over topic, partition and
// position of the row's record, each in 8 bytes little-endian.
package sample

import (
	"encoding/binary"
	"math"

	"github.com/zeebo/xxh3"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/keycode"
)

// CodeNoPosition is the code of error records of rows without a position.
const CodeNoPosition = "no_position"

// Sample is the operator.
type Sample struct {
	operators.Stateless
	below    uint64
	all      bool
	by       []operators.Eval
	replaces bool
}

// New makes the operator over the columns of its input.
func New(spec *ir.Sample, input *types.Stream, env *operators.Env) (*Sample, error) {
	by, err := env.Exprs(spec.By, input.Columns)
	s := &Sample{by: by, all: spec.Fraction >= 1, replaces: spec.Replaces}
	if !s.all {
		s.below = uint64(spec.Fraction * math.Exp2(64))
	}
	return s, err
}

// Process keeps the rows that the hash chooses.
func (s *Sample) Process(_ int, b *operators.Batch, out operators.Output) error {
	if s.all {
		out.Emit(0, b)
		return nil
	}
	rows := operators.Rows{Alloc: s.Alloc, Batch: b, Sel: b.Sel}
	keys := rows.All(s.by)
	var code keycode.Appender
	if len(s.by) > 0 {
		code = keycode.Row(keys, keycode.Key)
	} else {
		code = placeCode(b, &rows)
	}
	sel := make([]int32, 0, b.Len())
	var buf []byte
	left := operators.Batch{Rows: b.Rows, Sel: rows.Sel}
	left.Each(func(r int) {
		buf = code(buf[:0], r)
		if xxh3.Hash(buf) < s.below {
			sel = append(sel, int32(r))
		}
	})
	operators.ReleaseAll(keys)
	out.Fail(b, operators.Reportable(b, operators.InOrder(rows.Failed)))
	operators.KeepOrReplace(b, sel, s.replaces)
	out.Emit(0, b)
	return nil
}

// placeCode codes the place of a row's record; derived rows, which have none, fail.
func placeCode(b *operators.Batch, rows *operators.Rows) keycode.Appender {
	var failed []operators.Failure
	b.Each(func(r int) {
		if b.Refs == nil || b.Refs[r].From == nil {
			failed = append(failed, operators.Failure{Row: r, Code: CodeNoPosition, Reason: "a derived row has no position to sample by"})
		}
	})
	rows.Fail(failed)
	return func(dst []byte, r int) []byte {
		topic, partition, position := b.Refs[r].From.Place(b.Refs[r].Index)
		dst = binary.LittleEndian.AppendUint64(dst, uint64(topic))
		dst = binary.LittleEndian.AppendUint64(dst, uint64(partition))
		return binary.LittleEndian.AppendUint64(dst, uint64(position))
	}
}
