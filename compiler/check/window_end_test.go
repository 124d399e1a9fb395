package check_test

import (
	"testing"

	"github.com/edynamic/edynamic/lang/diag"
)

// A bound of a window that a stage above has ended is shown with that stage, and the fix
// that keeps it in a column makes the program right.
func TestBoundsOfAnEndedWindow(t *testing.T) {
	program := boundHead + `rows
  |> window tumbling 1h
  |> aggregate n = count() by k
  |> throttle 1 per 1d per k
  |> select k, window.start`
	r := checkText(t, "bounds.edy", program)
	if len(r.Diags.Items) != 1 {
		t.Fatal(r.Diags.Items)
	}
	d := r.Diags.Items[0]
	if d.Code != "E0220" || len(d.Labels) != 2 || d.Labels[1].Span.Text() != "throttle 1 per 1d per k" {
		t.Errorf("%s %v", line(d), d.Labels)
	}
	fix := d.Fixes[0]
	fix.Confidence = diag.Apply
	fixed, n := diag.ApplyFixes(d.Span().File, []diag.Fix{fix})
	if n != 1 {
		t.Fatal("the fix could not be applied")
	}
	for _, d := range checkText(t, "bounds.edy", fixed).Diags.Items {
		t.Errorf("%s\n%s", line(d), fixed)
	}
}
