package spec_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/optimize"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/spec"
)

// runTo runs a program and writes the streams named to NDJSON files in a folder.
func runTo(t *testing.T, path, dir string, opt spec.Options, streams ...string) *exec.Summary {
	t.Helper()
	f := open(t, path)
	if f.Unexpected.HasErrors() {
		t.Fatalf("%s: %s", path, f.Unexpected.Items[0].Message)
	}
	g, err := lower.Program(f.Program.Result.Program, lower.Options{Outputs: streams})
	if err != nil {
		t.Fatal(err)
	}
	if opt.Optimise {
		g = optimize.Run(g, optimize.Options{})
	}
	outputs := map[string][]string{}
	for _, s := range streams {
		outputs[s] = []string{filepath.Join(dir, s+".ndjson")}
	}
	ctx := context.Background()
	job, err := build.New(ctx, g, build.Options{
		Outputs: outputs, BatchRows: opt.BatchRows, Parallel: opt.Parallel, System: &file.System{Clock: clock.Real{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer job.Close()
	summary, err := job.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

func runToText(t *testing.T, path, stream string) string {
	t.Helper()
	dir := t.TempDir()
	runTo(t, path, dir, spec.Options{Optimise: true}, stream)
	text, err := os.ReadFile(filepath.Join(dir, stream+".ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
