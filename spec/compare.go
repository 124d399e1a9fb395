package spec

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm"
)

// compare says what differs between the rows of an expect and those there are; ""
// when nothing does. Only the columns a row writes are compared (SEMANTICS 117).
func compare(e *ir.TestExpect, actual [][]any) string {
	switch e.Mode {
	case "exactly":
		return inOrder(e, actual)
	case "unordered":
		return asSets(e, actual, true)
	case "contains":
		return asSets(e, actual, false)
	}
	return "unknown mode " + e.Mode
}

func inOrder(e *ir.TestExpect, actual [][]any) string {
	same := len(actual) == len(e.Rows)
	for i := 0; same && i < len(actual); i++ {
		same = matches(e, e.Rows[i], actual[i])
	}
	if same {
		return ""
	}
	head := fmt.Sprintf("%s is not exactly as expected (%s expected, %s there)", e.Target, rowCount(len(e.Rows)), rowCount(len(actual)))
	return head + diff(e, align(e, actual), actual)
}

// asSets matches each expected row with an actual row of its own. all tells that none
// may be left over.
func asSets(e *ir.TestExpect, actual [][]any, all bool) string {
	pairs := assign(e, actual)
	missing := slices.Contains(pairs, -1)
	if !missing && (!all || len(pairs) == len(actual)) {
		return ""
	}
	head := fmt.Sprintf("%s does not contain every expected row", e.Target)
	if all {
		head = fmt.Sprintf("%s does not hold the expected rows (%s expected, %s there)", e.Target, rowCount(len(e.Rows)), rowCount(len(actual)))
	}
	return head + setDiff(e, pairs, actual)
}

// assign finds distinct actual rows for expected ones by augmenting paths, so that an
// expected row with few columns does not take the row another needs. -1 is none.
func assign(e *ir.TestExpect, actual [][]any) []int {
	owner := make([]int, len(actual))
	for i := range owner {
		owner[i] = -1
	}
	pairs := make([]int, len(e.Rows))
	for i := range pairs {
		pairs[i] = -1
	}
	var find func(i int, seen []bool) bool
	find = func(i int, seen []bool) bool {
		for j := range actual {
			if seen[j] || !matches(e, e.Rows[i], actual[j]) {
				continue
			}
			seen[j] = true
			if owner[j] < 0 || find(owner[j], seen) {
				owner[j], pairs[i] = i, j
				return true
			}
		}
		return false
	}
	for i := range e.Rows {
		find(i, make([]bool, len(actual)))
	}
	return pairs
}

// align pairs equal rows in order: the longest common subsequence. -1 is none.
func align(e *ir.TestExpect, actual [][]any) []int {
	n, m := len(e.Rows), len(actual)
	length := make([][]int, n+1)
	for i := range length {
		length[i] = make([]int, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			length[i][j] = max(length[i+1][j], length[i][j+1])
			if matches(e, e.Rows[i], actual[j]) {
				length[i][j] = max(length[i][j], length[i+1][j+1]+1)
			}
		}
	}
	pairs := make([]int, n)
	for i, j := 0, 0; i < n; i++ {
		pairs[i] = -1
		for k := j; k < m; k++ {
			if matches(e, e.Rows[i], actual[k]) && length[i][j] == length[i+1][k+1]+1 {
				pairs[i], j = k, k+1
				break
			}
		}
	}
	return pairs
}

// matches compares the columns a row writes.
func matches(e *ir.TestExpect, want ir.TestRow, got []any) bool {
	if e.Row.Kind == types.Union && len(want.Fields) > 0 {
		return sameBranch(e.Row, want, got[0])
	}
	for i := range want.Values {
		t := e.Row
		if e.Row.Kind == types.Record {
			t = e.Row.Fields[i].Type
		}
		if want.Given[i] && !equal(t, want.Values[i], got[i]) {
			return false
		}
	}
	return true
}

// sameBranch compares the fields that a row of a union writes.
func sameBranch(u *types.Type, want ir.TestRow, got any) bool {
	w, _ := want.Values[0].(types.UnionValue)
	g, ok := got.(types.UnionValue)
	if !ok || w.Branch != g.Branch {
		return false
	}
	for i, f := range u.Branches[w.Branch].Fields {
		if want.Fields[i] && !equal(f.Type, w.Record[i], g.Record[i]) {
			return false
		}
	}
	return true
}

// equal compares two values of a type; doubles exactly, NaN equal to itself.
func equal(t *types.Type, a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	switch x := a.(type) {
	case float64:
		y, ok := b.(float64)
		return ok && (x == y || math.IsNaN(x) && math.IsNaN(y))
	case types.Dec:
		y, ok := b.(types.Dec)
		return ok && x.String() == y.String()
	case []byte:
		y, ok := b.([]byte)
		return ok && bytes.Equal(x, y)
	case []any:
		y, ok := b.([]any)
		return ok && equalLists(t, x, y)
	case types.MapValue:
		y, ok := b.(types.MapValue)
		return ok && equalMaps(t, x, y)
	case types.UnionValue:
		y, ok := b.(types.UnionValue)
		return ok && x.Branch == y.Branch && equalLists(t.Branches[x.Branch], x.Record, y.Record)
	case string:
		y, ok := b.(string)
		return ok && (x == y || t.Kind == types.JSON && sameJSON(x, y))
	}
	return a == b
}

func equalLists(t *types.Type, a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		elem := t.Elem
		if t.Kind == types.Record {
			elem = t.Fields[i].Type
		}
		if !equal(elem, a[i], b[i]) {
			return false
		}
	}
	return true
}

func equalMaps(t *types.Type, a, b types.MapValue) bool {
	if len(a.Keys) != len(b.Keys) {
		return false
	}
	for i, key := range a.Keys {
		j := slices.Index(b.Keys, key)
		if j < 0 || !equal(t.Elem, a.Values[i], b.Values[j]) {
			return false
		}
	}
	return true
}

// diff shows rows that are missing with "-", rows that are too many with "+".
func diff(e *ir.TestExpect, pairs []int, actual [][]any) string {
	var b strings.Builder
	next := 0
	shown := columnsOf(e)
	for i, row := range e.Rows {
		if pairs[i] < 0 {
			b.WriteString("\n  - " + rowText(e, row.Values, row.Given))
			continue
		}
		for ; next < pairs[i]; next++ {
			b.WriteString("\n  + " + rowText(e, actual[next], shown))
		}
		b.WriteString("\n    " + rowText(e, actual[next], row.Given))
		next++
	}
	for ; next < len(actual); next++ {
		b.WriteString("\n  + " + rowText(e, actual[next], shown))
	}
	return limitLines(b.String())
}

func setDiff(e *ir.TestExpect, pairs []int, actual [][]any) string {
	var b strings.Builder
	taken := map[int]bool{}
	for i, row := range e.Rows {
		if pairs[i] < 0 {
			b.WriteString("\n  - " + rowText(e, row.Values, row.Given))
			continue
		}
		taken[pairs[i]] = true
	}
	var rest []string
	for j, row := range actual {
		if !taken[j] {
			rest = append(rest, "\n  + "+rowText(e, row, columnsOf(e)))
		}
	}
	sort.Strings(rest)
	b.WriteString(strings.Join(rest, ""))
	return limitLines(b.String())
}

// columnsOf are the columns any expected row writes; all when none is expected.
func columnsOf(e *ir.TestExpect) []bool {
	if len(e.Rows) == 0 || e.Row.Kind == types.Union {
		return nil
	}
	out := make([]bool, len(e.Row.Fields))
	for _, row := range e.Rows {
		for i, given := range row.Given {
			out[i] = out[i] || given
		}
	}
	return out
}

// rowText writes the columns of a row that are shown; nil shows all.
func rowText(e *ir.TestExpect, values []any, shown []bool) string {
	if e.Row.Kind == types.Union {
		return vm.Format(e.Row, values[0])
	}
	var parts []string
	for i, f := range e.Row.Fields {
		if e.Changes && f.Name == "$op" {
			continue
		}
		if shown == nil || i < len(shown) && shown[i] {
			parts = append(parts, f.Name+": "+vm.Format(f.Type, values[i]))
		}
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

// maxDiffLines bounds what a failure prints.
const maxDiffLines = 40

func limitLines(s string) string {
	lines := strings.Split(s, "\n")
	if len(lines) <= maxDiffLines {
		return s
	}
	return strings.Join(lines[:maxDiffLines], "\n") + fmt.Sprintf("\n  ... and %d more lines", len(lines)-maxDiffLines)
}
