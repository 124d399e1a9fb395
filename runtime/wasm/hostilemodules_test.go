package wasm_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/wasm"
	"github.com/edynamic/edynamic/vm/kernel"
)

// hostileFolder has the modules that testdata/hostile/build.sh makes of the sources
// beside it; EDYC_HOSTILE names another, of modules that were just built.
func hostileFolder() string {
	if dir := os.Getenv("EDYC_HOSTILE"); dir != "" {
		return dir
	}
	return filepath.Join("testdata", "hostile")
}

func hostileModule(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(hostileFolder(), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

const (
	cModule    = "hostile-c.wasm"
	rustModule = "hostile-rust.wasm"
)

// hostileFunctions are the functions of the modules, with what becomes of a row that they
// do harm to.
var hostileFunctions = []struct{ module, name, code, reason string }{
	{cModule, "spin", wasm.CodeTimeout, "longer than 100ms"},
	{cModule, "calls", wasm.CodeTimeout, "longer than 100ms"},
	{cModule, "bomb", wasm.CodeTrap, "gave up"},
	{cModule, "recurse", wasm.CodeTrap, "recursed too deep"},
	{cModule, "frames", wasm.CodeTrap, "left its memory"},
	{cModule, "outside", wasm.CodeTrap, "left its memory"},
	{cModule, "scribble", wasm.CodeTrap, "left its memory"},
	{cModule, "no_function", wasm.CodeTrap, "left a table"},
	{cModule, "wrong_type", wasm.CodeTrap, "of another type"},
	{cModule, "fill", wasm.CodeTimeout, "longer than 100ms"},
	{cModule, "copy", wasm.CodeTimeout, "longer than 100ms"},
	{cModule, "random", wasm.CodeTimeout, "longer than 100ms"},
	{cModule, "write", wasm.CodeTimeout, "longer than 100ms"},
	{cModule, "lies", wasm.CodeTrap, "gave up"},
	{cModule, "text_outside", wasm.CodeTrap, "left its memory"},
	{cModule, "text_endless", wasm.CodeResult, "outside of its memory"},
	{cModule, "batch_offsets", wasm.CodeResult, "too short"},
	{cModule, "batch_descends", wasm.CodeResult, "do not ascend"},
	{cModule, "batch_below", wasm.CodeResult, "do not ascend"},
	{cModule, "batch_length", wasm.CodeResult, "lie outside"},
	{cModule, "batch_footer", wasm.CodeResult, "lies outside"},
	{cModule, "batch_outside", wasm.CodeResult, "outside of its memory"},
	{cModule, "batch_spin", wasm.CodeTimeout, "longer than 100ms"},
	{rustModule, "spin", wasm.CodeTimeout, "longer than 100ms"},
	{rustModule, "bomb", wasm.CodeTrap, "gave up"},
	{rustModule, "recurse", wasm.CodeTrap, "recursed too deep"},
	{rustModule, "panics", wasm.CodeTrap, "gave up"},
	{rustModule, "outside", wasm.CodeTrap, "left its memory"},
	{rustModule, "no_function", wasm.CodeTrap, "left a table"},
	{rustModule, "wrong_type", wasm.CodeTrap, "of another type"},
	{rustModule, "fill", wasm.CodeTimeout, "longer than 100ms"},
	{rustModule, "text_outside", wasm.CodeResult, "outside of its memory"},
}

// hostileTimeout is what a row may take, and slack what it took beyond on a machine that
// others use as well. BenchmarkLate measures the same without them.
const (
	hostileTimeout = 100 * time.Millisecond
	slack          = time.Second
)

// harm gives a function one row that it does harm to, and tells how long that took.
func harm(t testing.TB, module, name string) (got results, took time.Duration) {
	t.Helper()
	param, result := types.TLong, types.TLong
	var arg any = int64(0)
	switch {
	case strings.HasPrefix(name, "text"):
		result = types.TString
	case strings.HasPrefix(name, "batch"):
		param, result, arg = types.TString, types.TString, strings.Repeat("t", 77)
	}
	d := declare(name, result, param)
	d.Limits.Timeout, d.Limits.Memory, d.Limits.Log = hostileTimeout, 1<<30, true
	if name == "bomb" { // all of it is taken before the time is up, however busy the machine is
		d.Limits.Memory, d.Limits.Timeout = 16<<20, time.Minute
	}
	f := open(t, d, hostileModule(t, module))
	in := rows(goAlloc, param, arg)
	start := time.Now()
	got = run(t, f, result, 1, nil, in)
	return got, time.Since(start)
}

// Modules made of C and Rust that do what harm they can: the row fails, no later than its
// deadline, and what else runs in the process goes on.
func TestHostileModules(t *testing.T) {
	beside := computeBeside(t)
	for _, h := range hostileFunctions {
		t.Run(strings.TrimSuffix(h.module, ".wasm")+"/"+h.name, func(t *testing.T) {
			got, took := harm(t, h.module, h.name)
			if failure := got.failures[0]; !strings.HasPrefix(failure, h.code+": ") || !strings.Contains(failure, h.reason) {
				t.Errorf("it fails with %q, want %s and %q", failure, h.code, h.reason)
			}
			t.Logf("stopped after %.1f ms", float64(took.Microseconds())/1000)
			if took > hostileTimeout+slack {
				t.Errorf("it took %s", took)
			}
		})
	}
	if n := beside(); n < 100 {
		t.Errorf("an honest function computed only %d batches beside", n)
	} else {
		t.Logf("an honest function computed %d batches beside", n)
	}
}

// computeBeside computes with an honest function all the while, and checks every result.
// What it returns ends that, and tells how many batches there were.
func computeBeside(t *testing.T) func() int64 {
	t.Helper()
	f := open(t, declare("add", types.TLong, types.TLong, types.TLong), addModule)
	var batches atomic.Int64
	stop, stopped := make(chan struct{}), make(chan struct{})
	x, y := longs(1000), longs(1000)
	go func() {
		defer close(stopped)
		k := f.Kernel()
		for {
			select {
			case <-stop:
				return
			default:
			}
			arr := k(&kernel.Call{Alloc: goAlloc, N: 1000, Args: []kernel.Vector{x, y}, Result: types.TLong})
			for i, v := range kernel.Values[int64](arr) {
				if v != int64(2*i) {
					t.Errorf("row %d of batch %d is %d", i, batches.Load(), v)
					return
				}
			}
			arr.Release()
			batches.Add(1)
		}
	}()
	return func() int64 {
		close(stop)
		<-stopped
		return batches.Load()
	}
}

// BenchmarkLate is how long after its deadline each function is stopped that would not end.
func BenchmarkLate(b *testing.B) {
	for _, h := range hostileFunctions {
		if h.code != wasm.CodeTimeout {
			continue
		}
		b.Run(strings.TrimSuffix(h.module, ".wasm")+"/"+h.name, func(b *testing.B) {
			late := lateness{}
			for b.Loop() {
				_, took := harm(b, h.module, h.name)
				late = append(late, took-hostileTimeout)
			}
			late.report(b)
		})
	}
}

// lateness is by how much deadlines were missed.
type lateness []time.Duration

func (l lateness) report(b *testing.B) {
	slices.Sort(l)
	for name, d := range map[string]time.Duration{"median-ms-late": l[len(l)/2], "worst-ms-late": l[len(l)-1]} {
		b.ReportMetric(float64(d.Microseconds())/1000, name)
	}
}
