package diag

import (
	"cmp"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/lang/source"
)

// ApplyFixes carries out the fixes whose confidence is Apply and returns the new
// text and how many were carried out.
//
// A fix is done as a whole or not at all: one that overlaps an earlier one, has
// no edits, or has an edit in another file is left out. Run it again on the
// result, with the diagnostics of the result, for what was left out.
func ApplyFixes(file *source.File, fixes []Fix) (string, int) {
	var accepted []Edit
	applied := 0
	for _, fix := range fixes {
		if fix.Confidence != Apply || len(fix.Edits) == 0 {
			continue
		}
		if merged, ok := mergeEdits(file, accepted, fix.Edits); ok {
			accepted = merged
			applied++
		}
	}
	return replace(file.Text, accepted), applied
}

// mergeEdits adds edits to a sorted list of edits that do not overlap, or
// reports that they cannot be added.
func mergeEdits(file *source.File, accepted, edits []Edit) ([]Edit, bool) {
	merged := slices.Concat(accepted, edits)
	for _, e := range edits {
		if e.Span.File != file || e.Span.Start < 0 || e.Span.Start > e.Span.End || e.Span.End > len(file.Text) {
			return nil, false
		}
	}
	slices.SortStableFunc(merged, func(a, b Edit) int {
		return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Span.End, b.Span.End))
	})
	for i := 1; i < len(merged); i++ {
		a, b := merged[i-1].Span, merged[i].Span
		if b.Start < a.End || a == b { // two insertions at one place have no order
			return nil, false
		}
	}
	return merged, true
}

func replace(text string, edits []Edit) string {
	var b strings.Builder
	done := 0
	for _, e := range edits {
		b.WriteString(text[done:e.Span.Start])
		b.WriteString(e.Text)
		done = e.Span.End
	}
	b.WriteString(text[done:])
	return b.String()
}
