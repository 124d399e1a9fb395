package wasm_test

import (
	"fmt"
	"testing"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/wasm"
)

// Versions of a module that nobody runs any more are freed but for the last ones.
func TestReplacedModulesAreFreed(t *testing.T) {
	_, before := wasm.Compiled()
	for i := range 100 {
		t.Run("", func(t *testing.T) {
			text := fmt.Sprintf(`(module (func (export "add") (param i64) (result i64) (i64.add (local.get 0) (i64.const %d))))`, i)
			f := open(t, declare("add", types.TLong, types.TLong), text)
			if got := run(t, f, types.TLong, 1, nil, rows(goAlloc, types.TLong, int64(1))); got.values[0] != int64(i+1) {
				t.Fatal(got)
			}
		})
	}
	held, used := wasm.Compiled()
	if held > before+16 || used > before {
		t.Errorf("%d modules are held after a hundred versions, and %d used; %d were before", held, used, before)
	}
}
