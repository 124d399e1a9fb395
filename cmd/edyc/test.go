package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/runtime/load"
	"github.com/edynamic/edynamic/spec"
)

type testCmd struct {
	Coverage bool     `help:"Say which streams and route arms no test reached."`
	Paths    []string `arg:"" optional:"" name:"path" help:"Files, or folders to search for .edy files; this folder when there are none."`
}

// Help is shown under --help.
func (testCmd) Help() string {
	return `Runs every test block with a virtual clock, without files or network. A failure shows the rows that are missing (-) and those that are too many (+).

Example:
  edyc test pipeline.edy
  edyc test --coverage pipelines/`
}

// Run runs the tests of all files.
func (c *testCmd) Run(a *app) error {
	files, err := edyFiles(c.Paths)
	if err != nil {
		return err
	}
	passed, bad := 0, 0
	for _, path := range files {
		ok, failedHere, err := c.file(a, path)
		if err != nil {
			return err
		}
		passed, bad = passed+ok, bad+failedHere
	}
	none := ""
	if passed+bad == 0 {
		none = ", for there are no tests"
	}
	fmt.Fprintf(a.stdout, "%d passed, %d failed%s\n", passed, bad, none)
	if bad > 0 {
		return failed()
	}
	return nil
}

// edyFiles lists the files named and those below the folders named.
func edyFiles(paths []string) ([]string, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var out []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, load.ReadError(path, err)
		}
		if !info.IsDir() {
			out = append(out, path)
			continue
		}
		err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(p, ".edy") {
				out = append(out, p)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("cannot search %q: %w", path, err)
		}
	}
	return out, nil
}

// file runs the cases of one file.
func (c *testCmd) file(a *app, path string) (passed, bad int, err error) {
	f, err := spec.Open(a.loader(path), path)
	if err != nil {
		return 0, 0, err
	}
	outcomes, err := f.Run(spec.Options{Optimise: true})
	if err != nil {
		return 0, 0, err
	}
	reached := map[string]int64{}
	for _, out := range outcomes {
		for name, n := range out.Reached {
			reached[name] += n
		}
		if out.Passed() {
			passed++
			continue
		}
		bad++
		a.testFailure(path, out)
	}
	if f.Unexpected.HasErrors() {
		return passed, bad + 1, a.reportOnly(f.Unexpected)
	}
	if c.Coverage && len(f.Expected) == 0 {
		a.coverage(path, f.Program.Result.Program, reached)
	}
	return passed, bad, nil
}

// reportOnly prints diagnostics; the caller counts them as a failure.
func (a *app) reportOnly(l *diag.List) error {
	_ = a.report(errorsOf(l))
	return nil
}

func (a *app) testFailure(path string, out *spec.Outcome) {
	fmt.Fprintf(a.stdout, "FAIL %s: %s\n", path, out.Test)
	for _, f := range out.Failures {
		pos := f.At.Position()
		text := strings.ReplaceAll(f.Text, "\n", "\n  ")
		fmt.Fprintf(a.stdout, "  %s:%d: %s\n", path, pos.Line, text)
	}
}

// coverage lists the streams and route arms that no row of any test reached.
func (a *app) coverage(path string, prog *ir.Program, reached map[string]int64) {
	var missed []string
	for _, s := range prog.Streams {
		if reached[s.Name] == 0 {
			missed = append(missed, "stream "+s.Name)
		}
	}
	for _, r := range prog.Routes {
		arms := len(r.Arms)
		if r.Otherwise != nil {
			arms++
		}
		for i := range arms {
			if reached[fmt.Sprintf("route:%s#%d", r.Name, i)] > 0 {
				continue
			}
			if i < len(r.Arms) {
				missed = append(missed, fmt.Sprintf("route %s, arm %d: when %s", r.Name, i+1, strings.Join(strings.Fields(r.Arms[i].When.Span().Text()), " ")))
			} else {
				missed = append(missed, fmt.Sprintf("route %s, otherwise", r.Name))
			}
		}
	}
	if len(missed) == 0 {
		fmt.Fprintf(a.stdout, "%s: every stream and route arm was reached\n", path)
		return
	}
	fmt.Fprintf(a.stdout, "%s: no test reached:\n", path)
	for _, m := range missed {
		fmt.Fprintf(a.stdout, "  %s\n", m)
	}
}
