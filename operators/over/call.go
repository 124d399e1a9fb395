package over

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// base is what all calls have in common.
type base struct {
	e    *engine
	spec *ir.OverCall
	args []int // among those of the engine; the default of lag and lead is the last
}

// stateless is embedded by calls that know nothing from row to row.
type stateless struct{}

func (stateless) forget(int32)                     {}
func (stateless) save(*wire.Writer, []int32) error { return nil }
func (stateless) load(*wire.Reader, []int32)       {}

// newCall makes the call that computes a column.
func (e *engine) newCall(b base, env *operators.Env) (call, error) {
	s := b.spec
	closed := e.spec.Windowed || e.spec.Whole
	switch {
	case s.Name == ir.Lag || s.Name == ir.Lead:
		return e.newNeighbour(b), nil
	case s.Name == ir.RowNumber || s.Name == ir.Rank || s.Name == ir.DenseRank:
		return e.unframed(&numbering{base: b}), nil
	case (s.Name == "first" || s.Name == "last") && (closed || !s.Frame.All()):
		return e.through(b, &edge{picks: picks{base: b}, last: s.Name == "last"}), nil
	case (s.Name == "min" || s.Name == "max") && !s.Frame.All() && !e.waits && keycode.IsWord(s.Args[0].Type()):
		return e.through(b, newExtreme(b)), nil
	}
	return newFolding(b, env)
}

// numbering is row_number, rank and dense_rank.
type numbering struct {
	base
	stateless
	values []int64
}

func (c *numbering) inputs() ([]int, bool) { return nil, false }

func (c *numbering) step(s *step) {
	for s.out >= len(c.values) {
		c.values = append(c.values, 0)
	}
	switch c.spec.Name {
	case ir.RowNumber:
		c.values[s.out] = s.pos + 1
	case ir.Rank:
		c.values[s.out] = s.key.rank
	default:
		c.values[s.out] = s.key.dense
	}
}

func (c *numbering) column(n int, _ failFunc) arrow.Array {
	arr, values := kernel.NewFixed[int64](c.e.alloc, arrow.PrimitiveTypes.Int64, n)
	copy(values, c.values)
	c.values = c.values[:0]
	return arr
}
