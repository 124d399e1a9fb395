package check

import (
	"slices"
	"strings"
	"unicode"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// row is a new row while a stage makes it: the items that compute it and the
// columns they give.
type row struct {
	items []ir.Item
	cols  []types.Column
	at    map[string]source.Span
}

func (r *row) add(name string, x ir.Expr, hidden bool, at source.Span) {
	if r.at == nil {
		r.at = map[string]source.Span{}
	}
	r.items = append(r.items, ir.Item{Name: name, Expr: x, Hidden: hidden})
	r.cols = append(r.cols, types.Column{Name: name, Type: x.Type(), Hidden: hidden})
	r.at[name] = at
}

// index finds a column made so far; -1 when there is none.
func (r *row) index(name string) int {
	for i, it := range r.items {
		if it.Name == name {
			return i
		}
	}
	return -1
}

// addNew adds a column that must not exist yet.
func (ch *chain) addNew(r *row, name string, x ir.Expr, at source.Span) {
	if r.index(name) >= 0 {
		ch.m.c.report("E0211", at, `there are two columns named "`+name+`"`, "second").Label(r.at[name], "first").
			Fix(diag.Maybe, "name one of them", otherName(at.Text())+" = "+strings.TrimLeft(strings.TrimPrefix(at.Text(), name), " ="))
		return
	}
	r.add(name, x, false, at)
}

// otherName is a name for a value that cannot have its own: origin.code gives
// origin_code.
func otherName(text string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r == '.' || r == '?':
			return '_'
		case r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return r
		}
		return -1
	}, text)
	if !strings.Contains(text, ".") || strings.ContainsAny(text, "( +") {
		return "other_name"
	}
	return strings.ReplaceAll(name, "__", "_")
}

func columnOf(c types.Column, at source.Span) ir.Expr {
	return &ir.Column{Base: ir.Base{T: c.Type, At: at}, Name: c.Name}
}

// keepAll adds all columns as they are.
func (ch *chain) keepAll(r *row, at source.Span) {
	for _, c := range ch.in.Columns {
		r.add(c.Name, columnOf(c, at), c.Hidden, at)
	}
}

// keepWindow adds the hidden columns of the window.
func (ch *chain) keepWindow(r *row, at source.Span) {
	for _, c := range ch.in.Columns {
		if strings.HasPrefix(c.Name, "$window") {
			r.add(c.Name, columnOf(c, at), true, at)
		}
	}
}

// keepIdentity adds the hidden columns that identify rows of a changes stream.
func (ch *chain) keepIdentity(r *row, at source.Span) {
	for _, k := range ch.in.Key {
		if c, ok := ch.in.Column(k); ok && c.Hidden && ch.in.Kind == types.Changes && r.index(k) < 0 {
			r.add(k, columnOf(c, at), true, at)
		}
	}
}

// project appends the stage that makes the row.
func (ch *chain) project(r *row, at source.Span) {
	if slices.ContainsFunc(r.items, func(it ir.Item) bool { return ir.CanFail(it.Expr) }) {
		ch.settleKeys(at, 0) // a row that fails is no row of its key
	}
	ch.add(&ir.Project{Items: r.items}, ch.with(func(t *types.Stream) {
		t.Columns, t.Named, t.Sizes, t.Periods = r.cols, ch.boundNames(r.items), ch.sizesAfter(r.items), ch.expiring(r.items)
	}), at)
}

// notKey refuses to overwrite a column that identifies rows of a changes stream.
func (ch *chain) notKey(name string, at source.Span) {
	if ch.in.Kind != types.Changes || indexOf(ch.in.Key, name) < 0 {
		return
	}
	ch.m.c.report("E0313", at, `this replaces "`+name+`", which identifies rows of a changes stream`, "").
		Because("Later updates of a row find it by this column.")
}

// keepsKey is the key of a stream in a new row: the columns that hold it there, under
// whatever name. It reports key columns of a changes stream that the row lacks.
func (ch *chain) keepsKey(r *row, at source.Span, what string) []string {
	if ch.in.Kind != types.Changes || ch.in.Broken {
		return ch.in.Key
	}
	var out []string
	for _, key := range ch.in.Key {
		if name := heldAs(r, key); name != "" {
			out = append(out, name)
			continue
		}
		d := ch.m.c.report("E0313", firstWord(at, what), "this `"+what+"` drops \""+key+"\", which identifies rows of a changes stream", "")
		if ch.changesAt.Known() {
			d.Label(ch.changesAt, "becomes a changes stream here")
		}
		d.Because("Later updates and deletes of a row find it by this column.")
		front := at
		front.Start = min(at.End, at.Start+len(what)+1)
		front.End = front.Start
		if what == "select" {
			preview, edit := replaceIn(at, front, key+", ")
			d.Fix(diag.Choose, "keep it", preview, edit)
		} else {
			d.Fix(diag.Choose, "keep it", `leave "`+key+`" out of the `+what)
		}
		d.Fix(diag.Choose, "one final row each", "|> window tumbling 1h   (before the aggregate)")
		ch.broken()
	}
	return out
}

// heldAs is the column of a new row that holds a column as it is, under its own name
// where there are several; "" for none.
func heldAs(r *row, column string) string {
	found := ""
	for _, it := range r.items {
		if c, ok := it.Expr.(*ir.Column); ok && c.Name == column && (found == "" || it.Name == column) {
			found = it.Name
		}
	}
	return found
}
