package optest

import (
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/operators"
)

// Table follows the lines of a changes stream, whose first columns are its key, and
// fails where they say what cannot be.
type Table struct {
	Keys int
	// Restarts allows an insert of a key that is there (SEMANTICS 77).
	Restarts bool
	rows     map[string]string
	before   string // the row of a pair whose second is to come
	pending  bool
}

// Apply takes lines of a sink without Meta.
func (t *Table) Apply(tb testing.TB, lines []string) {
	tb.Helper()
	if t.rows == nil {
		t.rows = map[string]string{}
	}
	for _, line := range lines {
		op, row, _ := strings.Cut(line, " ")
		parts := strings.Split(row, " ")
		key := strings.Join(parts[:t.Keys], " ")
		old, there := t.rows[key]
		switch op {
		case "insert":
			if there && !t.Restarts || t.pending {
				tb.Fatalf("%s: the key is there already: %s", line, old)
			}
			t.rows[key] = row
		case "update_before":
			if !there || old != row || t.pending {
				tb.Fatalf("%s: the row is %q", line, old)
			}
			t.before, t.pending = key, true
		case "update_after":
			if !t.pending || t.before != key || old == row {
				tb.Fatalf("%s does not follow a row that it replaces (%q)", line, old)
			}
			t.rows[key], t.pending = row, false
		case "delete":
			if !there || old != row || t.pending {
				tb.Fatalf("%s: the row is %q", line, old)
			}
			delete(t.rows, key)
		default:
			tb.Fatalf("%s is no change", line)
		}
	}
}

// Rows are the rows that are left, sorted.
func (t *Table) Rows() []string {
	var out []string
	for _, r := range t.rows {
		out = append(out, r)
	}
	slices.Sort(out)
	return out
}

// RandomChanges makes changes of rows whose first value is one of a few keys; value
// makes the others. step is at most how far time goes from change to change, and
// back at most how far a row is behind.
func RandomChanges(r *rand.Rand, n, keys int, step, back int64, value func() []any) []Row {
	var out []Row
	now := int64(0)
	live := map[int64]Row{}
	for range n {
		now += r.Int64N(step + 1)
		t := max(0, now-r.Int64N(back+1))
		k := r.Int64N(int64(keys))
		old, there := live[k]
		if there && r.IntN(4) == 0 {
			out = append(out, Row{Time: t, Values: old.Values, Op: operators.Delete})
			delete(live, k)
			continue
		}
		row := Row{Time: t, Values: append([]any{k}, value()...), Op: operators.Insert}
		if there {
			out = append(out, Row{Time: t, Values: old.Values, Op: operators.UpdateBefore})
			row.Op = operators.UpdateAfter
		}
		out = append(out, row)
		live[k] = row
	}
	return out
}

// Left is the rows that changes leave, whose first value is their key, in the order in
// which each came last.
func Left(changes []Row) []Row {
	var live []Row
	for _, r := range changes {
		if i := slices.IndexFunc(live, func(l Row) bool { return l.Values[0] == r.Values[0] }); i >= 0 {
			live = slices.Delete(live, i, i+1)
		}
		if r.Op == operators.Insert || r.Op == operators.UpdateAfter {
			live = append(live, r)
		}
	}
	return live
}

// Prefixes are the lengths of prefixes of changes, about one in every few, that end
// no pair in its middle.
func Prefixes(changes []Row, every int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for n := 1; n <= len(changes); n += every {
			if changes[n-1].Op == operators.UpdateBefore {
				n++
			}
			if !yield(n) {
				return
			}
		}
	}
}
