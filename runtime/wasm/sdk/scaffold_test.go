package sdk_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/wasm"
	"github.com/edynamic/edynamic/runtime/wasm/sdk"
	"github.com/edynamic/edynamic/vm"
	"github.com/edynamic/edynamic/vm/kernel"
)

// What each scaffold builds counts words and fails a row with a reason, by the helpers of
// its language.
func TestScaffolds(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(wasm.CacheVariable, "off")
	for language, tool := range map[string]string{"c": "wasm-ld", "rust": "rustc", "go": "go"} { // AssemblyScript comes from a registry
		t.Run(language, func(t *testing.T) {
			name := "count_" + language
			if _, err := exec.LookPath(tool); err != nil {
				t.Skipf("there is no %s here", tool)
			}
			if err := sdk.Scaffold(language, name); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("sh", filepath.Join(name, "build.sh")).CombinedOutput(); err != nil {
				t.Skipf("the toolchain of %s builds nothing for WebAssembly here: %v\n%s", language, err, out)
			}
			module, err := os.ReadFile(filepath.Join(name, name+".wasm"))
			if err != nil {
				t.Fatal(err)
			}
			countsWords(t, name, module)
		})
	}
}

func countsWords(t *testing.T, name string, module []byte) {
	t.Helper()
	decl := &ir.WasmFunc{
		Name: name, Export: name, Kind: ir.WasmScalar, Params: []types.Field{{Name: "text", Type: types.TString}}, Result: types.TLong, Fallible: true,
		Limits: ir.WasmLimits{Memory: 32 << 20, Timeout: 10 * time.Second},
	}
	f, err := wasm.New(decl, module, wasm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer alloc.AssertSize(t, 0)
	in := vm.FromValues(alloc, types.TString, []any{"the quick brown fox", "", "  two   words "})
	defer in.Release()
	failed := map[int]string{}
	c := &kernel.Call{Alloc: alloc, N: 3, Args: []kernel.Vector{{Type: types.TString, Arr: in}}, Result: types.TLong}
	c.OnFail = func(row int, reason string) { failed[row] = reason }
	c.OnTrap = func(row int, _, reason string) { failed[row] = reason }
	out := f.Kernel()(c)
	defer out.Release()
	words := kernel.Values[int64](out)
	if words[0] != 4 || words[2] != 2 || len(failed) != 1 || failed[1] != "there is no text" {
		t.Errorf("%v %v", words, failed)
	}
}
