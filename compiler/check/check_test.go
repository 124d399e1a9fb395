package check_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
)

func checkText(t *testing.T, name, text string) *check.Result {
	t.Helper()
	f := source.New(name, text)
	tree, diags := syntax.Parse(f)
	for _, d := range diags.Items {
		t.Errorf("syntax: %s", line(d))
	}
	return check.Check(tree, check.Options{Catalog: catalog{}})
}

func line(d *diag.Diagnostic) string {
	p := d.Span().Position()
	return fmt.Sprintf("%d:%d %s %s", p.Line, p.Column, d.Code, d.Message)
}

// refusals are the codes that say a construct is not in this version.
func refusal(d *diag.Diagnostic) bool {
	return strings.HasPrefix(string(d.Code), "E09") || strings.Contains(d.Message, "cannot be run yet")
}

func TestExampleFilesAreRefusedOnlyForWhatIsLater(t *testing.T) {
	for _, name := range []string{"nexmark.edy", "usecases.edy"} {
		text, err := os.ReadFile("../../lang/syntax/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range checkText(t, name, string(text)).Diags.Items {
			if d.Severity == diag.Error && !refusal(d) {
				t.Errorf("%s: %s", name, line(d))
			}
		}
	}
}
