package main

import (
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/wasm"
	"github.com/edynamic/edynamic/vm"
	"github.com/edynamic/edynamic/vm/kernel"
)

type udfBenchCmd struct {
	File     string `arg:"" help:"The program."`
	Function string `help:"Measure this function alone."`
	Rows     int    `default:"65536" help:"Rows of a batch."`
}

// Help is shown under --help.
func (udfBenchCmd) Help() string {
	return `Calls each function in WASM that a program declares with batches of made-up arguments for a second, and prints the time for a row. Numbers ascend from 0, texts are some twenty bytes long. Aggregates are not measured.

Example:
  edyc udf bench pipeline.edy --function inside`
}

// Run measures the functions.
func (c *udfBenchCmd) Run(a *app) error {
	if c.Rows < 1 {
		return usage("--rows is at least 1")
	}
	p, err := a.load(c.File, nil)
	if err != nil {
		return err
	}
	if err := a.report(p.Diags); err != nil {
		return err
	}
	measured := 0
	for _, f := range p.Result.Program.Functions {
		if f.Kind == ir.WasmAggregate || c.Function != "" && c.Function != f.Name {
			continue
		}
		measured++
		if err := c.measure(a, p.Result.Program, f); err != nil {
			return err
		}
	}
	if measured == 0 {
		return usage("there is no such function in WASM in %s", c.File)
	}
	return nil
}

func (c *udfBenchCmd) measure(a *app, prog *ir.Program, decl *ir.WasmFunc) error {
	var data []byte
	for _, m := range prog.Modules {
		if m.Hash == decl.Module {
			data = m.Data
		}
	}
	f, err := wasm.New(decl, data, wasm.Options{Now: time.Now, ReadFile: func(dir, path string) ([]byte, error) {
		return a.system().ReadFile(dir, path, 256<<20)
	}})
	if err != nil {
		return err
	}
	defer f.Close()
	call := &kernel.Call{Alloc: memory.DefaultAllocator, N: c.Rows, Result: f.Signature().Result}
	for _, p := range decl.Params {
		values := make([]any, c.Rows)
		for i := range values {
			values[i] = madeUp(p.Type, i)
		}
		arr := vm.FromValues(call.Alloc, p.Type, values)
		defer arr.Release()
		call.Args = append(call.Args, kernel.Vector{Type: p.Type, Arr: arr})
	}
	failed := 0
	call.OnFail = func(int, string) { failed++ }
	call.OnTrap = func(int, string, string) { failed++ }
	k := f.Kernel()
	start := time.Now()
	k(call).Release()
	first := time.Since(start)
	failed, start = 0, time.Now()
	batches := 0
	for ; batches == 0 || time.Since(start) < time.Second; batches++ {
		k(call).Release()
	}
	row := float64(time.Since(start).Nanoseconds()) / float64(batches) / float64(c.Rows)
	_, err = fmt.Fprintf(a.stdout, "%s: %.1f ns a row, %d rows a batch; the first batch took %s; %d of %d rows failed\n",
		decl.Name, row, c.Rows, first.Round(10*time.Microsecond), failed/batches, c.Rows)
	return err
}

// madeUp is an argument for a row.
func madeUp(t *types.Type, row int) any {
	switch t.Kind {
	case types.Boolean:
		return row%2 == 0
	case types.Int, types.Long, types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		return int64(row)
	case types.Float, types.Double:
		return float64(row) / 4
	case types.String:
		return fmt.Sprintf("text number %8d", row)
	case types.Bytes, types.Geography:
		return fmt.Appendf(nil, "bytes number %7d", row)
	default:
		return check.Missing(types.Field{Type: t.NonNull()})
	}
}
