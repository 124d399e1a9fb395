package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// pick builds a result in which each row has the value of one of the arguments,
// which all have its type: choose tells which, -1 for null.
func pick(c *kernel.Call, choose func(row int) int) arrow.Array {
	arrs := make([]arrow.Array, 0, len(c.Args))
	starts := make([]int, len(c.Args))
	total := 0
	for i, a := range c.Args {
		starts[i] = total
		if a.Arr.DataType().ID() != arrow.NULL || len(c.Args) == 1 {
			arrs = append(arrs, a.Arr)
			total += a.Arr.Len()
		}
	}
	positions := nowhere(c.N)
	c.Each(func(i int) {
		if a := choose(i); a >= 0 {
			positions[i] = int32(starts[a] + c.Args[a].Index(i))
		}
	})
	return kernel.GatherAny(c.Alloc, arrs, positions)
}

// nowhere is positions that all give null.
func nowhere(n int) []int32 {
	positions := make([]int32, n)
	for i := range positions {
		positions[i] = -1
	}
	return positions
}

// comparers compares two arguments of a row, which are of one type.
func comparers(c *kernel.Call) func(row, a, b int) int {
	n := len(c.Args)
	orders := make([]func(i, j int) int, n*n)
	t := c.Args[0].Type.NonNull()
	for a := range n {
		for b := range n {
			if a != b {
				orders[a*n+b] = kernel.Compares(t, c.Args[a].Arr, c.Args[b].Arr)
			}
		}
	}
	return func(row, a, b int) int { return orders[a*n+b](c.Args[a].Index(row), c.Args[b].Index(row)) }
}

// rearrange is the kernel of a function from an array to an array of some of its
// elements: order appends their positions out of lo <= p < hi.
func rearrange(order func(positions []int32, lo, hi int) []int32) kernel.Kernel {
	return func(c *kernel.Call) arrow.Array {
		lists := kernel.ReadLists(c.Args[0])
		return chooseElements(c, lists.Elems.Arr, func(positions []int32, row int) ([]int32, bool) {
			lo, hi := lists.Range(row)
			return order(positions, lo, hi), true
		})
	}
}

// chooseElements builds arrays of elements: choose appends the positions of a
// row's elements, or fails the row and gives false.
func chooseElements(c *kernel.Call, elems arrow.Array, choose func(positions []int32, row int) ([]int32, bool)) arrow.Array {
	lists := kernel.NewListColumn(c)
	var positions []int32
	c.Each(func(i int) {
		more, ok := choose(positions, i)
		if ok && lists.Set(i, len(more)-len(positions)) {
			positions = more
		}
	})
	return lists.Finish(kernel.Gather(c.Alloc, elems, positions))
}

// findElement is the kernel of a function that looks for its second argument in
// its first, an array; set is told the index, -1 when it is not there.
func findElement[R kernel.Value](set func(out *kernel.Column[R], row int, at int)) kernel.Kernel {
	return func(c *kernel.Call) arrow.Array {
		lists, x, out := kernel.ReadLists(c.Args[0]), c.Args[1], kernel.NewColumn[R](c)
		equal := kernel.Equals(c.Args[0].Type.Elem.NonNull(), lists.Elems.Arr, x.Arr)
		c.Each(func(i int) {
			lo, hi := lists.Range(i)
			for p := lo; p < hi; p++ {
				if equal(p, x.Index(i)) {
					set(out, i, p-lo)
					return
				}
			}
			set(out, i, -1)
		})
		return out.Finish()
	}
}

// elementRun is the elements of all computed rows, one after the other, with the
// row each belongs to: what a lambda is given.
type elementRun struct {
	elems arrow.Array
	rows  []int32
}

// elementsOf copies the elements of the rows to compute. Free its array.
func elementsOf(c *kernel.Call, lists kernel.Lists) elementRun {
	var positions, rows []int32
	c.Each(func(i int) {
		lo, hi := lists.Range(i)
		for p := lo; p < hi; p++ {
			positions = append(positions, int32(p))
			rows = append(rows, int32(i))
		}
	})
	return elementRun{elems: kernel.Gather(c.Alloc, lists.Elems.Arr, positions), rows: rows}
}

// call runs a lambda on the elements.
func (r elementRun) call(c *kernel.Call, arg int, elem *types.Type) kernel.Vector {
	return c.Lambdas[arg](len(r.rows), r.rows, kernel.Vector{Type: elem, Arr: r.elems})
}

// testElements runs a lambda that tests elements, and gives its answers by
// position in the run; a null answer is no.
func testElements(c *kernel.Call, run elementRun) (holds func(i int) bool, free func()) {
	answers := run.call(c, 1, c.Args[0].Type.Elem)
	read := kernel.Reader[bool](answers)
	return func(i int) bool { return !kernel.IsNullAt(answers, i) && read(i) }, func() {
		answers.Arr.Release()
		run.elems.Release()
	}
}

// concatenated is arrays of one type laid end to end, with where each begins.
func concatenated(c *kernel.Call, arrs ...arrow.Array) (all arrow.Array, starts []int) {
	starts = make([]int, len(arrs))
	total := 0
	for i, a := range arrs {
		starts[i] = total
		total += a.Len()
	}
	all, err := array.Concatenate(arrs, c.Alloc)
	if err != nil {
		panic("stdlib: arrays of unequal types: " + err.Error())
	}
	return all, starts
}
