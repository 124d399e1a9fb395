package top

import (
	"fmt"
	"testing"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

// TestHoldingCountsAllRows: a group counts with all the rows that it has, and hardly
// anything is left once all groups are put away.
func TestHoldingCountsAllRows(t *testing.T) {
	const keys, each = 50, 20
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	defer alloc.AssertSize(t, 0)
	op := newTop(t, &ir.Top{N: each, By: []ir.Order{{Expr: col("x")}}, Per: []ir.Expr{col("k")}, Keep: ir.KeepForever})
	if err := op.Open(&operators.Context{Alloc: alloc, Shelf: optest.NewBoard(true)}); err != nil {
		t.Fatal(err)
	}
	var rows []optest.Row
	for i := range keys * each {
		rows = append(rows, optest.Row{Time: int64(i), Values: []any{fmt.Sprint("k", i%keys), int64(i), int64(i)}})
	}
	sink := &optest.Sink{Cols: cols, In: cols}
	if err := op.Process(0, optest.Batch(alloc, cols, optest.Arrive(rows, 0)), sink); err != nil {
		t.Fatal(err)
	}
	if held, least := op.Holding(), int64(keys*each)*int64(unsafe.Sizeof(item{})); held < least {
		t.Errorf("%d rows hold %d bytes, and their places alone are %d", keys*each, held, least)
	}
	if err := op.Shed(0); err != nil {
		t.Fatal(err)
	}
	if held := op.Holding(); held > 8<<10 {
		t.Errorf("%d bytes are held of no rows", held)
	}
	if err := op.Close(); err != nil {
		t.Fatal(err)
	}
}
