package spec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/spec"
	"github.com/edynamic/edynamic/stdlib"
)

// TestDocumentedExamples executes every example of every function and aggregate
// through the compiler and the engine.
func TestDocumentedExamples(t *testing.T) {
	count := 0
	for _, f := range stdlib.Functions() {
		if f.Volatile {
			continue // `edyc doc` shows no value for what differs from run to run
		}
		for _, e := range f.Examples {
			runExample(t, f.Name, functionProgram(e))
			count++
		}
	}
	for _, a := range stdlib.Aggregates() {
		for _, e := range a.Examples {
			runExample(t, a.Name, aggregateProgram(e))
			count++
		}
	}
	t.Logf("%d examples of %d functions and %d aggregates", count, len(stdlib.Functions()), len(stdlib.Aggregates()))
}

func functionProgram(e sig.Example) string {
	return exampleProgram(fmt.Sprintf("|> select r = (%s)!", e.Expr), e)
}

func aggregateProgram(e sig.Example) string {
	return exampleProgram(fmt.Sprintf("|> unnest x = %s\n  |> aggregate r = %s", e.Rows, e.Expr), e)
}

func exampleProgram(stages string, e sig.Example) string {
	expect := fmt.Sprintf("expect s [ { r: %s } ]", e.Result)
	if reason, fails := strings.CutPrefix(e.Result, "error: "); fails {
		expect = fmt.Sprintf("expect errors [ { reason: %q } ]", reason)
	}
	return "module example timezone \"UTC\"\ntopic t: { one: long } { bounded: true }\nstream s =\n  from t\n  " + stages +
		"\ntest \"example\" {\n  given t [ { one: 1 } ]\n  " + expect + "\n}\n"
}

func runExample(t *testing.T, name, text string) {
	t.Helper()
	tree, diags := syntax.Parse(source.New(name, text))
	result := check.Check(tree, check.Options{Catalog: build.Catalog(&file.System{})})
	for _, d := range append(diags.Items, result.Diags.Items...) {
		if d.Severity == diag.Error {
			t.Errorf("%s: %s: %s\n%s", name, d.Code, d.Message, text)
			return
		}
	}
	out, err := spec.Run(result.Program, result.Program.Tests[0], spec.Options{})
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, text)
		return
	}
	for _, f := range out.Failures {
		t.Errorf("%s: %s\n%s", name, f.Text, text)
	}
}
