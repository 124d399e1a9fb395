package diag

import (
	"testing"

	"github.com/edynamic/edynamic/lang/source"
)

func TestApplyFixes(t *testing.T) {
	f := source.New("a.edy", "a = b and c = d")
	other := source.New("b.edy", "a = b and c = d")
	edit := func(start, end int, text string) Edit {
		return Edit{source.Span{File: f, Start: start, End: end}, text}
	}
	fix := func(c Confidence, edits ...Edit) Fix { return Fix{Title: "t", Confidence: c, Edits: edits} }
	tests := []struct {
		name    string
		fixes   []Fix
		want    string
		applied int
	}{
		{"none", nil, "a = b and c = d", 0},
		{"in any order", []Fix{fix(Apply, edit(12, 13, "==")), fix(Apply, edit(2, 3, "=="))}, "a == b and c == d", 2},
		{"only apply", []Fix{fix(Choose, edit(2, 3, "==")), fix(Maybe, edit(12, 13, "=="))}, "a = b and c = d", 0},
		{"the earlier of two overlapping", []Fix{fix(Apply, edit(0, 5, "x")), fix(Apply, edit(4, 9, "y"))}, "x and c = d", 1},
		{"a fix as a whole or not at all", []Fix{fix(Apply, edit(0, 5, "x")), fix(Apply, edit(14, 15, "z"), edit(4, 5, "y"))}, "x and c = d", 1},
		{"several edits", []Fix{fix(Apply, edit(10, 10, "("), edit(15, 15, ")"))}, "a = b and (c = d)", 1},
		{"touching edits", []Fix{fix(Apply, edit(0, 1, "x")), fix(Apply, edit(1, 2, "-")), fix(Apply, edit(1, 1, "y"))}, "xy-= b and c = d", 3},
		{"one insertion at a place", []Fix{fix(Apply, edit(5, 5, "!")), fix(Apply, edit(5, 5, "!"))}, "a = b! and c = d", 1},
		{"an insertion inside a replacement", []Fix{fix(Apply, edit(0, 5, "x")), fix(Apply, edit(3, 3, "y"))}, "x and c = d", 1},
		{"without edits", []Fix{fix(Apply)}, "a = b and c = d", 0},
		{"outside the text", []Fix{fix(Apply, edit(10, 99, ""))}, "a = b and c = d", 0},
		{"in another file", []Fix{fix(Apply, edit(0, 1, "x"), Edit{source.Span{File: other, Start: 0, End: 1}, "x"})}, "a = b and c = d", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, applied := ApplyFixes(f, tt.fixes)
			if got != tt.want || applied != tt.applied {
				t.Errorf("got %q (%d), want %q (%d)", got, applied, tt.want, tt.applied)
			}
		})
	}
}
