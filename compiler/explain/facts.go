package explain

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/lang/types"
)

// Facts are the properties of a stream besides its columns.
type Facts struct {
	Kind    string   `json:"kind"`
	Key     []string `json:"key"`
	Time    string   `json:"time"`
	Window  string   `json:"window"`
	Bounded bool     `json:"bounded"`
	// State is the bound of what the stage that made the stream keeps, "" for nothing.
	State string `json:"state"`
}

// fact is one property as text.
type fact struct{ label, text string }

// FactsOf are the properties of a stream.
func FactsOf(s *types.Stream) Facts {
	key := []string{}
	for _, k := range s.Key {
		if unspoken(k) {
			k = columnName(k)
		}
		key = append(key, k)
	}
	return Facts{
		Kind: s.Kind.String(), Key: key, Time: timeText(s), Window: windowText(s.Window), Bounded: s.Bounded, State: s.BoundText,
	}
}

// list is the facts in words; "none" stands for what a stream does not have.
func (f Facts) list() []fact {
	bounded := "no, the input may go on for ever"
	if f.Bounded {
		bounded = "yes, the input ends"
	}
	return []fact{
		{"kind", f.Kind},
		{"key", orNone(strings.Join(f.Key, ", "))},
		{"time", orNone(f.Time)},
		{"window", orNone(f.Window)},
		{"bounded", bounded},
	}
}

// short is the facts that say something, for boxes in drawings.
func (f Facts) short() []string {
	out := []string{f.Kind}
	if len(f.Key) > 0 {
		out[0] += ", key " + strings.Join(f.Key, ", ")
	}
	if f.Time != "" {
		out = append(out, f.Time)
	}
	if f.Window != "" {
		out = append(out, f.Window)
	}
	if f.State != "" {
		out = append(out, "state: "+f.State)
	}
	return out
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func timeText(s *types.Stream) string {
	switch s.Time {
	case types.NoTime:
		return ""
	case types.EventTime:
		text := "event time"
		if s.TimeOf != "" {
			text += " " + s.TimeOf
		}
		if s.Complete {
			return text + ", watermark complete"
		}
		return text + ", watermark " + durationText(s.Delay) + " behind"
	case types.ProcessingTime:
		return "processing time"
	}
	return ""
}

func windowText(w *types.Window) string {
	if w == nil {
		return ""
	}
	text := w.Kind
	if w.Size != (types.Length{}) {
		text += " " + lengthText(w.Size)
	}
	if w.Every != (types.Length{}) {
		text += " every " + lengthText(w.Every)
	}
	if w.Gap > 0 {
		text += " gap " + durationText(w.Gap)
	}
	if w.Max > 0 {
		text += " max " + durationText(w.Max)
	}
	if w.From != "" {
		text += " " + w.From + " .. " + w.To
	}
	if w.Rows > 0 {
		text += " " + strconv.FormatInt(w.Rows, 10)
	}
	if w.RowsEvery != w.Rows {
		text += " every " + strconv.FormatInt(w.RowsEvery, 10)
	}
	if w.Offset != (types.Length{}) {
		text += " offset " + lengthText(w.Offset)
	}
	if w.Zone != "" {
		text += " zone " + w.Zone
	}
	if len(w.Per) > 0 {
		text += " per " + strings.Join(w.Per, ", ")
	}
	if w.Processing {
		text += " on processing time"
	}
	if w.Fill != "" {
		text += " fill " + w.Fill
	}
	if w.Lateness > 0 {
		text += ", lateness " + durationText(w.Lateness)
	}
	if w.Emit != "" {
		text += ", emit " + w.Emit
	}
	return text
}

// Column is a column with what a stage did to it.
type Column struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Hidden bool   `json:"hidden,omitempty"` // made by `let`
	Change string `json:"change,omitempty"` // new, changed or gone
	Was    string `json:"was,omitempty"`    // the type before
}

// The changes of columns, as Column names them.
const (
	IsNew     = "new"
	IsChanged = "changed"
	IsGone    = "gone"
)

// ColumnsOf are the columns a reader of the program knows of.
func ColumnsOf(s *types.Stream) []Column {
	out := []Column{}
	for _, c := range s.Columns {
		if !unspoken(c.Name) {
			out = append(out, Column{Name: columnName(c.Name), Type: typeText(c.Type), Hidden: c.Hidden})
		}
	}
	return out
}

// unspoken columns carry the window along; the window is shown as a fact.
func unspoken(name string) bool {
	return name == types.WindowStart || name == types.WindowEnd || name == types.WindowNumber
}

// Changes are the columns after a stage, each with what became of it, and those that
// are gone. A record that stayed is looked into: only what changed inside is marked.
func Changes(before, after *types.Stream) []Column {
	old := map[string]types.Column{}
	for _, c := range before.Columns {
		old[c.Name] = c
	}
	out := []Column{}
	for _, c := range after.Columns {
		if unspoken(c.Name) {
			continue
		}
		was, existed := old[c.Name]
		delete(old, c.Name)
		col := Column{Name: columnName(c.Name), Type: typeText(c.Type), Hidden: c.Hidden}
		switch {
		case !existed:
			col.Change = IsNew
		case !types.Equal(was.Type, c.Type):
			out = append(out, changedInside(col.Name, was.Type, c.Type)...)
			continue
		}
		out = append(out, col)
	}
	for _, c := range before.Columns {
		if _, left := old[c.Name]; left && !unspoken(c.Name) {
			out = append(out, Column{Name: columnName(c.Name), Type: typeText(c.Type), Hidden: c.Hidden, Change: IsGone})
		}
	}
	return out
}

// changedInside marks what differs between two types of one column.
func changedInside(path string, was, now *types.Type) []Column {
	if was.Kind != types.Record || now.Kind != types.Record || was.Nullable != now.Nullable {
		return []Column{{Name: path, Type: typeText(now), Change: IsChanged, Was: typeText(was)}}
	}
	var out []Column
	for _, f := range now.Fields {
		inner := path + "." + nameText(f.Name)
		old, existed := was.FieldNamed(f.Name)
		switch {
		case !existed:
			out = append(out, Column{Name: inner, Type: typeText(f.Type), Change: IsNew})
		case !types.Equal(old.Type, f.Type):
			out = append(out, changedInside(inner, old.Type, f.Type)...)
		}
	}
	for _, f := range was.Fields {
		if _, left := now.FieldNamed(f.Name); !left {
			out = append(out, Column{Name: path + "." + nameText(f.Name), Type: typeText(f.Type), Change: IsGone})
		}
	}
	return out
}

// rowText is a row on one line: its fields even where it is a named schema.
func rowText(t *types.Type) string {
	if t.Kind == types.Union {
		return t.Name
	}
	return typeText(&types.Type{Kind: types.Record, Fields: t.Fields})
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
