package syntax

import (
	"testing"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/google/go-cmp/cmp"
)

// The programs on the diagnostics' pages: those of the syntax codes are judged here,
// the others have to parse; and what a page recommends is in canonical form.
func TestProgramsOfTheCodePages(t *testing.T) {
	for _, page := range diag.Pages() {
		var want []diag.Code
		if page.Code < "E0200" {
			want = []diag.Code{page.Code}
		}
		if diff := cmp.Diff(want, codes(page.Before)); diff != "" {
			t.Errorf("%s before (-want +got)\n%s", page.Code, diff)
		}
		if diff := cmp.Diff([]diag.Code(nil), codes(page.After)); diff != "" {
			t.Errorf("%s after (-want +got)\n%s", page.Code, diff)
		}
		if diff := cmp.Diff(page.After, format(page.After)); diff != "" {
			t.Errorf("%s after is not formatted\n%s", page.Code, diff)
		}
	}
}

func codes(text string) []diag.Code {
	var out []diag.Code
	_, problems := Parse(source.New("page.edy", text))
	for _, d := range problems.Items {
		out = append(out, d.Code)
	}
	return out
}
