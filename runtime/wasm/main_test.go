package wasm_test

import (
	"os"
	"testing"

	"github.com/edynamic/edynamic/runtime/wasm"
)

// Tests compile everything themselves, but for those of the cache.
func TestMain(m *testing.M) {
	os.Setenv(wasm.CacheVariable, "off")
	os.Exit(m.Run())
}
