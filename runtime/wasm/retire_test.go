package wasm_test

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/wasm"
)

// residentMemory reads what the process has in memory, by the name that Linux has for it.
func residentMemory(t *testing.T, name string) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skipf("the memory of the process is not known here: %s", err)
	}
	_, rest, _ := strings.Cut(string(status), name+":")
	kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

// Instances that failed are freed beside the rows: no more of them wait than there are
// workers, and none is left when the function is closed.
func TestRetirement(t *testing.T) {
	const size = 64 << 20
	d := declare("h", types.TLong, types.TLong)
	d.Limits.Memory = size
	f := open(t, d, `(module (memory (export "memory") 1)
		(func (export "h") (param i64) (result i64)
			(drop (memory.grow (i32.const 1023)))
			(memory.fill (i32.const 0) (i32.const 1) (i32.const 67108864))
			unreachable))`)
	before := residentMemory(t, "VmRSS")
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Skipf("the peak of the memory cannot be reset here: %s", err)
	}
	zeros := make([]any, 20)
	for i := range zeros {
		zeros[i] = int64(i)
	}
	got := run(t, f, types.TLong, len(zeros), nil, rows(goAlloc, types.TLong, zeros...))
	for i := range zeros {
		if !strings.HasPrefix(got.failures[i], wasm.CodeTrap) {
			t.Errorf("row %d: %q", i, got.failures[i])
		}
	}
	// One runs, one is about to be given away, and half of one is for all else.
	most := before + size*int64(runtime.GOMAXPROCS(0)+2) + size/2
	if peak := residentMemory(t, "VmHWM"); peak > most {
		t.Errorf("%d MiB were in use, more than %d", peak>>20, most>>20)
	}
	f.Drop()
	if after := residentMemory(t, "VmRSS"); after > before+size/2 {
		t.Errorf("%d MiB are in use, %d before", after>>20, before>>20)
	}
}
