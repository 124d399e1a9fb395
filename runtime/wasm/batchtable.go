package wasm

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm"
	"github.com/edynamic/edynamic/vm/kernel"
)

// maxTableRows bounds what a table function gives for one batch.
const maxTableRows = 10_000_000

// batchTables computes a table function in the batch convention: the function gives an
// iterator, and that batches of two columns, the number of a row of the input and a row
// for it, until there are no more.
func (f *Function) batchTables(c *kernel.Call) arrow.Array {
	r := newBatchRun(f, c)
	defer r.close()
	f.engine.begin()
	defer f.engine.end()
	t := &tableRun{batchRun: r, values: make([]any, c.N), failed: map[int]bool{}}
	for i := range t.values {
		t.values[i] = []any{}
	}
	for from := 0; from < r.n; {
		n := min(r.n-from, r.rowsAtOnce())
		t.part(from, n)
		from += n
	}
	return vm.FromValues(c.Alloc, f.table, t.values)
}

// tableRun is one batch that is computed.
type tableRun struct {
	*batchRun
	values []any // the rows for each row of the batch
	// failed are the rows for which the module gave a reason.
	failed map[int]bool
}

// part computes n rows: together or, where that fails, one by one.
func (t *tableRun) part(from, n int) {
	given, failed := t.compute(from, n)
	switch {
	case failed == nil:
		for i, rows := range given {
			t.values[t.row(from+i)] = rows
		}
	case n == 1 || failed.code == CodeStart:
		for i := range n {
			t.c.Trap(t.row(from+i), failed.code, failed.reason)
		}
	default:
		for i := range n {
			t.part(from+i, 1)
		}
	}
}

// compute gives rows to the module, and lists what it gives for each.
func (t *tableRun) compute(from, n int) (given [][]any, failed *batchFailure) {
	begun, failed := t.begin(from, n)
	if failed != nil {
		return nil, failed
	}
	given = make([][]any, n)
	for i := range given {
		given[i] = []any{}
	}
	start := time.Now() // the watch sees each call, and an iterator may have no end
	for total := 0; failed == nil; {
		_, o := t.in.ask(t.in.next, begun.iterator, begun.at)
		if o != nil {
			t.lose()
			return nil, t.trapped(o)
		}
		pair, _ := t.in.bytes(begun.at, 8)
		at, size := binary.LittleEndian.Uint32(pair), binary.LittleEndian.Uint32(pair[4:])
		if at == 0 {
			break
		}
		var k int
		k, failed = t.rows(at, size, from, given)
		switch total += k; {
		case failed != nil:
		case total > maxTableRows:
			failed = &batchFailure{CodeResult, fmt.Sprintf("%s gave more than %d rows", t.name(), maxTableRows)}
		case time.Since(start) > time.Duration(t.in.watch.budget):
			failed = &batchFailure{CodeTimeout, fmt.Sprintf("%s failed: it took longer than %s", t.name(), t.f.decl.Limits.Timeout)}
		}
		if _, o := t.in.ask(t.in.dealloc, at, size, 1); o != nil {
			t.lose()
			return nil, t.trapped(o)
		}
	}
	if failed != nil {
		t.lose()
		return nil, failed
	}
	return given, t.end(begun)
}

// fail fails a row of the batch for a reason, once.
func (t *tableRun) fail(row int, reason string) {
	if !t.failed[row] {
		t.failed[row] = true
		t.c.Fail(row, strings.Clone(reason))
	}
}

// begun is a call that has an iterator.
type begun struct{ at, size, iterator uint32 }

// begin calls the function.
func (t *tableRun) begin(from, n int) (b begun, failed *batchFailure) {
	if failed := t.prepare(from, n); failed != nil {
		return b, failed
	}
	at, failed := t.give()
	if failed != nil {
		t.lose()
		return b, failed
	}
	size := uint32(t.in.out.Len())
	errno, o := t.in.ask(t.in.function, at+8, size, at)
	if o != nil {
		t.lose()
		return b, t.trapped(o)
	}
	pair, _ := t.in.bytes(at, 8)
	b = begun{at, size + 8, binary.LittleEndian.Uint32(pair)}
	if errno != 0 {
		text, _ := t.in.bytes(b.iterator, min(binary.LittleEndian.Uint32(pair[4:]), maxReason))
		failed = &batchFailure{kernel.CodeFailed, string(text)}
		t.lose()
	}
	return b, failed
}

// end gives back what the call has allocated.
func (t *tableRun) end(b begun) *batchFailure {
	if _, o := t.in.ask(t.in.drop, b.iterator); o != nil {
		t.lose()
		return nil // the rows are there
	}
	if _, o := t.in.ask(t.in.dealloc, b.at, b.size, 8); o != nil {
		t.lose()
	}
	return nil
}

// rows adds the rows of a batch to those given. A third column has reasons for which the
// row of the input fails.
func (t *tableRun) rows(at, size uint32, from int, given [][]any) (int, *batchFailure) {
	wrong := func(err error) *batchFailure {
		return &batchFailure{CodeResult, t.name() + ": " + err.Error()}
	}
	data, ok := t.in.bytes(at, size)
	if !ok {
		return 0, wrong(fmt.Errorf("it gave rows that lie outside of its memory"))
	}
	f, err := openBatch(data)
	if err != nil {
		return 0, wrong(err)
	}
	result := t.f.decl.Result
	want := []*types.Type{types.TInt, result}
	if _, count := f.schema.vector(1, 4); count > 2 {
		want = append(want, types.TString.OrNull())
	}
	cols, err := f.read(t.c.Alloc, want)
	if err != nil {
		return 0, wrong(err)
	}
	var reasons *array.String
	if len(cols) > 2 {
		reasons = array.NewStringData(cols[2])
		defer reasons.Release()
	}
	index, values := array.NewInt32Data(cols[0]), array.MakeFromData(cols[1])
	defer index.Release()
	defer values.Release()
	for _, d := range cols {
		d.Release()
	}
	for i, row := range index.Int32Values() {
		switch {
		case row < 0 || int(row) >= len(given):
			return 0, wrong(fmt.Errorf("it gave a row for row %d of %d", row, len(given)))
		case reasons != nil && reasons.IsValid(i):
			t.fail(t.row(from+int(row)), reasons.Value(i))
			continue
		case values.IsNull(i) && !result.Nullable:
			return 0, wrong(fmt.Errorf("it gave null, and %s is never null", result))
		}
		given[row] = append(given[row], vm.Value(result, values, i))
	}
	return f.rows, nil
}
