package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/runtime/load"
	"github.com/edynamic/edynamic/runtime/wasm"
	"github.com/edynamic/edynamic/runtime/wasm/sdk"
)

// udfCmd is what has to do with functions in WASM modules.
type udfCmd struct {
	New   udfNewCmd   `cmd:"" help:"Start a function in another language."`
	Check udfCheckCmd `cmd:"" help:"List what a module exports, and which declarations that fits."`
	Bench udfBenchCmd `cmd:"" help:"Measure the functions in WASM that a program declares."`
}

// Help is shown under --help.
func (udfCmd) Help() string {
	return `A program calls functions of WebAssembly modules that any language may have been compiled to: each call gets a whole batch, inside limits that the declaration names. spec/13-wasm.md describes declarations and calling conventions.

Example:
  edyc udf new --lang rust word_count
  edyc udf check geo.wasm pipeline.edy
  edyc udf bench pipeline.edy`
}

type udfNewCmd struct {
	Lang string `required:"" placeholder:"rust|go|c|assemblyscript" help:"The language of the function."`
	Name string `arg:"" help:"Name of the function and of its folder."`
}

// Help is shown under --help.
func (udfNewCmd) Help() string {
	return `Makes a folder with a function, a program that declares it and tests it, and build.sh, which makes the module with the usual toolchain of the language.

Example:
  edyc udf new --lang rust word_count
  cd word_count && ./build.sh && edyc test word_count.edy`
}

// Run writes the folder.
func (c *udfNewCmd) Run(a *app) error {
	if !projectName().MatchString(c.Name) {
		return usage("%q is not a name: use lower-case letters, digits and _, starting with a letter", c.Name)
	}
	if _, err := os.Stat(c.Name); err == nil {
		return fmt.Errorf("%q exists already", c.Name)
	}
	if err := sdk.Scaffold(c.Lang, c.Name); err != nil {
		return usage("%v", err)
	}
	_, err := fmt.Fprintf(a.stdout, "%s/ is ready:\n\n  cd %s\n  ./build.sh\n  edyc test %s.edy\n  edyc run %s.edy\n", c.Name, c.Name, c.Name, c.Name)
	return err
}

type udfCheckCmd struct {
	Module   string   `arg:"" help:"The module, FILE.wasm or FILE.wat."`
	Programs []string `arg:"" optional:"" help:"Programs whose declarations are compared with it."`
}

// Help is shown under --help.
func (udfCheckCmd) Help() string {
	return `Lists the functions that a module exports, with declarations that would fit them, what it imports and how much memory it starts with. The declarations of programs that name the module are checked against it; exit code 1 says that one does not fit.

Example:
  edyc udf check geo.wasm
  edyc udf check geo.wasm pipeline.edy`
}

// Run prints what the module holds.
func (c *udfCheckCmd) Run(a *app) error {
	data, err := os.ReadFile(c.Module)
	if err != nil {
		return load.ReadError(c.Module, err)
	}
	m, err := wasm.Inspect(data)
	if err != nil {
		return fmt.Errorf("%q: %w", c.Module, err)
	}
	fmt.Fprintf(a.stdout, "%s: %d bytes, starts with %d KiB of memory, sha256 %s\n", filepath.Base(c.Module), len(data), m.Memory>>10, m.Hash)
	for _, i := range m.Imports {
		fmt.Fprintf(a.stdout, "imports %s.%s%s\n", i.From, i.Name, refused(i))
	}
	for _, e := range m.Exports {
		if e.Kind != sig.ExternFunc || strings.HasPrefix(e.Name, "_") || slices.Contains(helpers, e.Name) {
			continue
		}
		fmt.Fprintf(a.stdout, "exports %s\n", e)
		for _, text := range m.Declarations(e) {
			fmt.Fprintf(a.stdout, "    %s\n", text)
		}
	}
	return c.programs(a, m)
}

// helpers are exports that the host uses, and no declaration.
var helpers = []string{"edy_error", "malloc", sig.WasmAlloc, sig.WasmDealloc, "record_batch_iterator_next", "record_batch_iterator_drop"}

// refused says of an import that no program can have it.
func refused(i sig.Extern) string {
	if i.Granted() {
		return ""
	}
	return "   (which nothing grants: the module cannot be used)"
}

// programs checks programs and lists their declarations of the module.
func (c *udfCheckCmd) programs(a *app, m *sig.Module) error {
	for _, path := range c.Programs {
		p, err := a.load(path, nil)
		if err != nil {
			return err
		}
		if err := a.report(p.Diags); err != nil {
			return err
		}
		for _, f := range p.Result.Program.Functions {
			if f.Module == m.Hash {
				pos := f.At.Position()
				fmt.Fprintf(a.stdout, "%s:%d: %s fits %s\n", path, pos.Line, f.Signature().Text, f.Export)
			}
		}
	}
	return nil
}
