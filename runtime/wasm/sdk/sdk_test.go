package sdk_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/edynamic/edynamic/runtime/wasm/sdk"
)

// The examples have copies where their toolchains want the file beside the sources.
func TestExamplesHaveTheHelpers(t *testing.T) {
	for name, copied := range map[string]string{
		"go/edy.go":             "../../../examples/udf/go/edy.go",
		"assemblyscript/edy.ts": "../../../examples/udf/assemblyscript/edy.ts",
	} {
		want, err := sdk.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		have, err := os.ReadFile(copied)
		if err != nil || !bytes.Equal(want, have) {
			t.Errorf("%s is not the helper: %v", copied, err)
		}
	}
}
