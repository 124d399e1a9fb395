package check

import (
	"strconv"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

// How much state a stage can hold (TYPES 4.5): a product of the sizes of its keys,
// such as |auction| x 10; what comes in the time it is kept, such as rows/s x 1h; or
// infinity. A key is finite by its type, by a list of constants it must be in, or
// because it only grows with event time, so that old ones can be forgotten.

// fewKeys: keys are few, or die with time.
func (ch *chain) fewKeys(keys []ir.Expr) bool {
	few := true
	for _, k := range keys {
		if ch.expires(k) {
			return true // SEMANTICS 132
		}
		_, finite := ch.sizeOf(k)
		few = few && finite
	}
	return few
}

func (ch *chain) finiteKeys(by []ir.Item) bool { return ch.fewKeys(exprsOf(by)) }

func exprsOf(items []ir.Item) []ir.Expr {
	out := make([]ir.Expr, len(items))
	for i, it := range items {
		out[i] = it.Expr
	}
	return out
}

// finiteKey: a changes stream holds few rows, by its key.
func (ch *chain) finiteKey() bool {
	for _, k := range ch.in.Key {
		c, ok := ch.in.Column(k)
		if !ok {
			return false
		}
		if _, few := ch.sizeOf(columnOf(c, ch.stageAt)); !few {
			return false
		}
	}
	return len(ch.in.Key) > 0
}

// sizeOf is how many values an expression can have; false for any number.
func (ch *chain) sizeOf(x ir.Expr) (n int, finite bool) {
	if nn, ok := x.(*ir.NotNull); ok {
		n, finite = ch.sizeOf(nn.X)
		if finite && nn.X.Type().Nullable && n > 1 {
			n--
		}
		return n, finite
	}
	null := 0
	if x.Type().Nullable {
		null = 1
	}
	switch t := x.Type(); t.Kind {
	case types.Boolean:
		return 2 + null, true
	case types.Enum:
		return len(t.Symbols) + null, true
	}
	switch x := x.(type) {
	case *ir.Const, *ir.Param:
		return 1, true
	case *ir.Column:
		n, known := ch.in.Sizes[x.Name]
		return n + null, known && n > 0
	case *ir.Cast:
		return ch.sizeOf(x.X)
	case *ir.If:
		a, few := ch.sizeOf(x.Then)
		b, fewToo := ch.sizeOf(x.Else)
		return a + b, few && fewToo
	case *ir.Coalesce:
		a, few := ch.sizeOf(x.X)
		b, fewToo := ch.sizeOf(x.Y)
		return a + b, few && fewToo
	}
	return 0, false
}

// expires reports keys derived from event time that only grow with it.
func (ch *chain) expires(x ir.Expr) bool {
	switch x := x.(type) {
	case *ir.Call:
		return (x.Name == "date" || x.Name == "truncate") && len(x.Args) > 0 && ch.expires(x.Args[0])
	case *ir.Column:
		return ch.in.Time == types.EventTime && x.Name == ch.in.TimeOf || strings.HasPrefix(x.Name, "$window") ||
			ch.in.Sizes[x.Name] == types.Expires
	case *ir.Field, *ir.UnionField:
		p := pathOf(x)
		return ch.in.Time == types.EventTime && p != "" && p == ch.in.TimeOf
	}
	return false
}

// sizesAfter is what is known of columns after a projection.
func (ch *chain) sizesAfter(items []ir.Item) map[string]int {
	out := map[string]int{}
	for _, it := range items {
		if ch.expires(it.Expr) {
			out[it.Name] = types.Expires
			continue
		}
		if k := it.Expr.Type().Kind; k == types.Boolean || k == types.Enum {
			continue // known by their type
		}
		if n, few := ch.sizeOf(notNull(it.Expr)); few {
			out[it.Name] = n
		}
	}
	return out
}

// notNull is an expression without its null, which the type of a column counts.
func notNull(x ir.Expr) ir.Expr {
	if !x.Type().Nullable {
		return x
	}
	return &ir.NotNull{Base: ir.Base{T: x.Type().NonNull(), At: x.Span()}, X: x}
}

// sizesWhere adds what a condition says of columns: x in ("a", "b"), x == "a".
func sizesWhere(known map[string]int, cond ir.Expr) map[string]int {
	out := map[string]int{}
	for name, n := range known {
		out[name] = n
	}
	var visit func(x ir.Expr)
	visit = func(x ir.Expr) {
		switch x := x.(type) {
		case *ir.And:
			visit(x.X)
			visit(x.Y)
		case *ir.In:
			if c, ok := plainColumn(x.X); ok && allConst(x.List) {
				out[c] = len(x.List)
			}
		case *ir.Binary:
			if c, ok := plainColumn(x.X); ok && x.Op == ir.Eq && allConst([]ir.Expr{x.Y}) {
				out[c] = 1
			}
		}
	}
	visit(cond)
	return out
}

func plainColumn(x ir.Expr) (string, bool) {
	switch x := x.(type) {
	case *ir.Column:
		return x.Name, true
	case *ir.NotNull:
		return plainColumn(x.X)
	case *ir.Cast:
		return plainColumn(x.X)
	}
	return "", false
}

func allConst(list []ir.Expr) bool {
	for _, x := range list {
		if _, ok := x.(*ir.Const); !ok {
			return false
		}
	}
	return true
}

// size is the number of keys of a state.
type size struct {
	text     string // a product: 2 x |auction|
	infinite bool
}

// sizes is the number of keys made of expressions.
func (ch *chain) sizes(by []ir.Expr, names []string) size {
	var parts []string
	s := size{}
	for i, x := range by {
		if n, few := ch.sizeOf(x); few {
			parts = append(parts, strconv.Itoa(n))
			continue
		}
		name := names[i]
		if name == "" {
			name = oneLine(x.Span().Text())
		}
		parts, s.infinite = append(parts, "|"+name+"|"), true
	}
	if s.text = strings.Join(parts, " x "); s.text == "" {
		s.text = "1"
	}
	return s
}

// stateBound describes a state of so many keys: in each open window, or as long as
// each is kept, 0 for ever.
func (ch *chain) stateBound(s size, windowed bool, keep time.Duration) string {
	switch {
	case windowed:
		text := s.text + " per open window"
		if length, ok := ch.windowSpan(); ok && s.infinite {
			text += " (rows/s x " + length + ")"
		}
		return text
	case !s.infinite:
		return s.text
	case forgets(keep, nil):
		return s.text + " (rows/s x " + durationText(keep) + ")"
	case keep == 0 && ch.in.Bounded:
		return s.text + " of a bounded input"
	}
	return "infinity (" + s.text + ", kept forever)"
}

// windowSpan is how long the rows of a window are held, in event time.
func (ch *chain) windowSpan() (string, bool) {
	w := ch.in.Window
	if w == nil || w.Size.Months > 0 || ch.in.Complete {
		return "", false
	}
	length := time.Duration(roughMicros(w.Size)) * time.Microsecond
	if length <= 0 {
		return "", false
	}
	return durationText(length + w.Lateness + ch.in.Delay), true
}

// bound describes the state of a stage that keeps something for each key.
func (ch *chain) bound(by []ir.Item, windowed bool, keep time.Duration) string {
	names := make([]string, len(by))
	for i, b := range by {
		names[i] = b.Name
	}
	return ch.stateBound(ch.sizes(exprsOf(by), names), windowed, keep)
}

// aggregateBound: keys that only grow with event time are forgotten with it.
func (ch *chain) aggregateBound(op *ir.Aggregate) string {
	text := behindTime(ch.bound(op.By, op.Windowed, op.Keep), op.Keep, op.Periods)
	if op.Fill != nil && forgets(op.Fill.Keep, nil) { // groups are known for longer than their windows are open
		text += ", and " + ch.bound(op.By, false, op.Fill.Keep) + " to fill"
	}
	return text
}

// behindTime is a bound of keys that are forgotten at the end of their periods.
func behindTime(text string, keep time.Duration, periods []ir.Period) string {
	if keep > 0 || len(periods) == 0 {
		return text
	}
	return keysOf(text) + ", as far as event time has come"
}

// openRows is a bound of the rows of a changes stream that open windows hold.
func openRows(text string) string { return keysOf(text) + " in open windows" }

// keysOf is the number of keys that a bound without an end of them is of.
func keysOf(text string) string {
	return strings.TrimSuffix(strings.TrimPrefix(text, "infinity ("), ", kept forever)")
}

// rowsBound describes a stage that keeps one row for each key, or over a changes
// stream all rows.
func (ch *chain) rowsBound(input *ir.Replaced, s size, windowed bool, keep time.Duration) string {
	if input == nil {
		return ch.stateBound(s, windowed, keep)
	}
	var rows []ir.Expr
	for _, k := range input.Key {
		if c, ok := ch.in.Column(k); ok && !strings.HasPrefix(k, "$") {
			rows = append(rows, columnOf(c, ch.stageAt))
		}
	}
	names := make([]string, len(rows))
	for i, x := range rows {
		names[i] = x.(*ir.Column).Name
	}
	all := ch.sizes(rows, names)
	if len(rows) == 0 {
		all = size{text: "all rows", infinite: true}
	}
	return ch.stateBound(all, windowed, keep)
}

func (ch *chain) topBound(op *ir.Top) string {
	s := ch.sizes(op.Per, op.PerNames)
	if len(op.Per) == 0 {
		s.text = strconv.FormatInt(op.N, 10)
	} else {
		s.text += " x " + strconv.FormatInt(op.N, 10)
	}
	return behindTime(ch.rowsBound(op.Input, s, op.Windowed, op.Keep), op.Keep, op.Periods)
}

// keyBound describes the state of a stage that keeps a row for each key of columns.
func (ch *chain) keyBound(names []string, keep time.Duration) string {
	var by []ir.Item
	for _, n := range names {
		if c, ok := ch.in.Column(n); ok {
			by = append(by, ir.Item{Name: n, Expr: columnOf(c, ch.stageAt)})
		}
	}
	return ch.bound(by, false, keep)
}

// durationText writes a duration as the language does.
func durationText(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	if d < 0 {
		return "-" + durationText(-d)
	}
	text := ""
	for _, u := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "us"}} {
		if n := d / u.length; n > 0 {
			text += strconv.FormatInt(int64(n), 10) + u.name
			d %= u.length
		}
	}
	return text
}
