package wasm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// batchSchema is the schema of what a function is given.
func batchSchema(decl *ir.WasmFunc) *arrow.Schema {
	var fields []arrow.Field
	for _, p := range decl.Params {
		fields = append(fields, arrow.Field{Name: p.Name, Type: kernel.ArrowType(p.Type), Nullable: p.Type.Nullable})
	}
	return arrow.NewSchema(fields, nil)
}

// maxCallRows is how many rows a module is given at once.
const maxCallRows = 64 << 10

// maxBatchTime is what rows may take together beyond the time of one, where that is less
// than the sum of their times: a batch that hangs would be found after hours. One that
// needs longer is computed row by row, each with its own time, to the same end.
const maxBatchTime = time.Second

// batches computes a batch in the batch convention.
func (f *Function) batches(c *kernel.Call) arrow.Array {
	r := newBatchRun(f, c)
	defer r.close()
	f.engine.begin()
	defer f.engine.end()
	var parts []arrow.Array
	for from := 0; from < r.n; {
		n := min(r.n-from, r.rowsAtOnce())
		parts = append(parts, r.part(from, n)...)
		from += n
	}
	return r.whole(parts)
}

// batchRun is one batch that is computed.
type batchRun struct {
	f    *Function
	c    *kernel.Call
	cols []arrow.Array // the arguments of the rows to compute, side by side
	n    int
	in   *instance
}

func newBatchRun(f *Function, c *kernel.Call) *batchRun {
	r := &batchRun{f: f, c: c, n: c.N}
	if c.Sel != nil {
		r.n = len(c.Sel)
	}
	for k, a := range c.Args {
		switch {
		case a.Scalar:
			r.cols = append(r.cols, kernel.Repeat(c.Alloc, a.Arr, r.n))
		case c.Sel != nil:
			r.cols = append(r.cols, kernel.Gather(c.Alloc, a.Arr, c.Sel))
		default:
			a.Arr.Retain()
			r.cols = append(r.cols, a.Arr)
		}
		if f.foreign != nil {
			r.cols[k] = f.foreign[k].convert(c.Alloc, r.cols[k], f.decl.Params[k].Type)
		}
	}
	return r
}

func (r *batchRun) close() {
	for _, a := range r.cols {
		a.Release()
	}
	if r.in != nil {
		r.f.give(r.in)
	}
}

func (r *batchRun) row(i int) int {
	if r.c.Sel == nil {
		return i
	}
	return int(r.c.Sel[i])
}

func (r *batchRun) name() string { return "the WASM function " + r.f.decl.Name }

// rowsAtOnce is how many rows are given to the module, so that their values and what it
// makes of them have room in its memory.
func (r *batchRun) rowsAtOnce() int {
	size := int64(1)
	for _, a := range r.cols {
		for _, b := range a.Data().Buffers() {
			if b != nil {
				size += int64(b.Len())
			}
		}
	}
	return int(max(1, min(maxCallRows, r.f.decl.Limits.Memory/8*int64(r.n)/size)))
}

// part computes n rows: together or, where that fails, one by one.
func (r *batchRun) part(from, n int) []arrow.Array {
	arr, failed := r.compute(from, n)
	if failed == nil {
		return []arrow.Array{arr}
	}
	if n == 1 || failed.code == CodeStart {
		for i := range n {
			r.c.Trap(r.row(from+i), failed.code, failed.reason)
		}
		return []arrow.Array{r.nulls(n)}
	}
	var parts []arrow.Array
	for i := range n {
		parts = append(parts, r.part(from+i, 1)...)
	}
	return parts
}

func (r *batchRun) nulls(n int) arrow.Array {
	b := array.NewBuilder(r.c.Alloc, kernel.ArrowType(r.f.decl.Result))
	defer b.Release()
	b.AppendNulls(n)
	return b.NewArray()
}

// batchFailure is why rows could not be computed together.
type batchFailure struct{ code, reason string }

// compute gives rows to the module and takes the results. An instance that did not
// return is not used again.
func (r *batchRun) compute(from, n int) (arrow.Array, *batchFailure) {
	if failed := r.prepare(from, n); failed != nil {
		return nil, failed
	}
	arr, failed, lost := r.exchange(from, n)
	if lost {
		r.lose()
	}
	return arr, failed
}

// prepare sees to an instance, a file of the rows, and what they may use.
func (r *batchRun) prepare(from, n int) *batchFailure {
	if r.in == nil {
		in, err := r.f.take()
		if err != nil {
			return &batchFailure{CodeStart, r.name() + " cannot start: " + err.Error()}
		}
		r.in = in
	}
	if err := r.write(from, n); err != nil {
		return &batchFailure{CodeResult, r.name() + ": " + err.Error()}
	}
	r.in.rowBudget(r.f, n)
	r.in.watch.budget = min(r.in.watch.budget, budget(maxBatchTime+r.f.decl.Limits.Timeout))
	return nil
}

// lose ends an instance that cannot go on.
func (r *batchRun) lose() {
	r.f.retirement.retire(r.in)
	r.in = nil
}

// write makes an Arrow IPC file of rows.
func (r *batchRun) write(from, n int) error {
	cols := make([]arrow.Array, len(r.cols))
	for i, a := range r.cols {
		cols[i] = array.NewSlice(a, int64(from), int64(from+n))
		defer cols[i].Release()
	}
	rec := array.NewRecordBatch(r.f.schema, cols, int64(n))
	defer rec.Release()
	r.in.out.Reset()
	w, err := ipc.NewFileWriter(&r.in.out, ipc.WithSchema(r.f.schema), ipc.WithAllocator(memory.DefaultAllocator))
	if err != nil {
		return err
	}
	return errors.Join(w.Write(rec), w.Close())
}

// The place for what a function gives stands before the file.
const place, placeAlign = 8, 8

// give copies the file into memory that the module allocates, behind a place for what
// the function gives.
func (r *batchRun) give() (at uint32, failed *batchFailure) {
	size := uint32(r.in.out.Len())
	at, o := r.in.ask(r.in.alloc, size+place, placeAlign)
	if o != nil {
		return 0, r.trapped(o)
	}
	input, ok := r.in.bytes(at, size+place)
	if !ok || at == 0 {
		return 0, &batchFailure{CodeTrap, fmt.Sprintf("%s: its memory of %d bytes leaves no room for the arguments", r.name(), r.f.decl.Limits.Memory)}
	}
	clear(input[:place])
	copy(input[place:], r.in.out.Bytes())
	return at, nil
}

// exchange calls the function, and reads what it gives: an errno, and at the place it
// was told the address and the length of a file or, with another errno than 0, of a
// reason. lost says that the instance must not be used again.
func (r *batchRun) exchange(from, n int) (arr arrow.Array, failed *batchFailure, lost bool) {
	at, failed := r.give()
	if failed != nil {
		return nil, failed, true
	}
	size := uint32(r.in.out.Len())
	errno, o := r.in.ask(r.in.function, at+place, size, at)
	if o != nil {
		return nil, r.trapped(o), true
	}
	pair, _ := r.in.bytes(at, place) // memory never shrinks
	outAt, outSize := binary.LittleEndian.Uint32(pair), binary.LittleEndian.Uint32(pair[4:])
	out, ok := r.in.bytes(outAt, outSize)
	if !ok {
		return nil, &batchFailure{CodeResult, r.name() + " gave a batch that lies outside of its memory"}, true
	}
	if errno == 0 {
		arr, failed = r.read(out, from, n)
	} else {
		failed = &batchFailure{kernel.CodeFailed, strings.ToValidUTF8(string(out[:min(len(out), maxReason)]), "\uFFFD")}
	}
	for _, free := range [][3]uint32{{at, size + place, placeAlign}, {outAt, outSize, 1}} {
		if _, o := r.in.ask(r.in.dealloc, free[0], free[1], free[2]); o != nil {
			return arr, failed, true // the results are there, the module is not any more
		}
	}
	return arr, failed, false
}

func (r *batchRun) trapped(o *outcome) *batchFailure {
	return &batchFailure{o.rowCode(), r.name() + " failed: " + o.reason(r.f.decl.Limits.Timeout)}
}

// read takes the results out of a file: the first column and, where there is one, a
// second of texts named error, of which each that is there fails its row.
func (r *batchRun) read(data []byte, from, n int) (arrow.Array, *batchFailure) {
	wrong := func(err error) (arrow.Array, *batchFailure) {
		return nil, &batchFailure{CodeResult, r.name() + ": " + err.Error()}
	}
	f, err := openBatch(data)
	if err != nil {
		return wrong(err)
	}
	if f.rows != n {
		return wrong(fmt.Errorf("%d rows came back for %d", f.rows, n))
	}
	want := []*types.Type{r.f.decl.Result}
	if _, count := f.schema.vector(1, 4); count > 1 {
		want = append(want, types.TString.OrNull())
	}
	cols, err := f.read(r.c.Alloc, want)
	if err != nil {
		return wrong(err)
	}
	arr := array.MakeFromData(cols[0])
	var reasons *array.String
	if len(cols) > 1 {
		reasons = array.NewStringData(cols[1])
		defer reasons.Release()
	}
	for _, d := range cols {
		d.Release()
	}
	for i := range n {
		switch {
		case reasons != nil && reasons.IsValid(i):
			r.c.Fail(r.row(from+i), strings.Clone(reasons.Value(i)))
		case arr.IsNull(i) && !r.f.decl.Result.Nullable:
			r.c.Trap(r.row(from+i), CodeResult, fmt.Sprintf("%s gave null, and %s is never null", r.name(), r.f.decl.Result))
		}
	}
	return arr, nil
}

// whole puts the parts together, and the results where their rows are.
func (r *batchRun) whole(parts []arrow.Array) arrow.Array {
	arr := r.joined(parts)
	if r.c.Sel == nil {
		return arr
	}
	defer arr.Release()
	at := make([]int32, r.c.N)
	for i := range at {
		at[i] = -1
	}
	for i, row := range r.c.Sel {
		at[row] = int32(i)
	}
	return kernel.Gather(r.c.Alloc, arr, at)
}

func (r *batchRun) joined(parts []arrow.Array) arrow.Array {
	switch len(parts) {
	case 0:
		return r.nulls(0)
	case 1:
		return parts[0]
	}
	defer func() {
		for _, p := range parts {
			p.Release()
		}
	}()
	arr, err := array.Concatenate(parts, r.c.Alloc)
	if err != nil { // texts of more than 2 GiB
		for i := range r.n {
			r.c.Trap(r.row(i), CodeResult, r.name()+": "+err.Error())
		}
		return r.nulls(r.n)
	}
	return arr
}
