package feature

import (
	"strings"

	"github.com/edynamic/edynamic/compiler/explain"
	"github.com/edynamic/edynamic/lang/pattern"
	"github.com/edynamic/edynamic/lang/types"
)

// factLines are what an analyst must know of a stream besides its columns.
func factLines(t *types.Stream) string {
	f := explain.FactsOf(t)
	lines := []string{"- rows: **append**, they stay as they came"}
	if t.Kind == types.Changes {
		lines[0] = "- rows: **changes**, a row replaces the one of its key"
	}
	if len(f.Key) > 0 {
		lines = append(lines, "- key: "+strings.Join(mapped(f.Key, func(k string) string { return keyText(t, k) }), ", "))
	}
	lines = append(lines, "- time: "+timeWords(t, f.Time))
	if f.Window != "" {
		lines = append(lines, "- window: "+f.Window)
	}
	if f.State != "" {
		lines = append(lines, "- state kept: "+stateWords(f.State))
	}
	if f.Bounded {
		lines = append(lines, "- the input ends")
	}
	return strings.Join(lines, "\n")
}

func mapped(list []string, f func(string) string) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = f(x)
	}
	return out
}

// keyText is a column of the key, or that of the time. Rows stay together, and their time
// goes on, also where it is no column any more.
func keyText(t *types.Stream, name string) string {
	text := "`" + name + "`"
	first, _, _ := strings.Cut(name, ".")
	if first != "window" && t.Union() == nil && !hasColumn(t, first) {
		text += " (no column any more)"
	}
	return text
}

// timeWords says what the time of rows is and how far it has certainly come.
func timeWords(t *types.Stream, text string) string {
	what, mark, marked := strings.Cut(text, ", watermark ")
	switch {
	case text == "":
		return "none"
	case !marked:
		return text
	}
	if column := strings.TrimPrefix(what, "event time"); column != "" {
		what = keyText(t, strings.TrimSpace(column)) + ", event time"
	} else {
		what += ", which is no column any more"
	}
	switch mark {
	case "complete":
		return what + "; the watermark waits for the end of the input"
	case "0s behind":
		return what + "; the watermark is the latest time seen"
	}
	return what + "; the watermark is " + strings.TrimSuffix(mark, " behind") + " behind the latest"
}

var (
	perKey   = pattern.Of(`\|([^|]+)\|(?: x (rows(?: of an open session| of \S+)?|\d+(?: rows)?))?`)
	atMost   = pattern.Of(`\(rows/s x ([^)]+)\)`)
	forEvers = pattern.Of(`^infinity \((.*)\)$`)
)

// stateWords says a bound of state in words: `|a| x 2` is two for each a.
func stateWords(bound string) string {
	text := strings.ReplaceAll(bound, "| x |", ", ")
	text = perKey().ReplaceAllStringFunc(text, func(found string) string {
		m := perKey().FindStringSubmatch(found)
		each := strings.Join(mapped(strings.Split(m[1], ", "), func(k string) string { return "`" + k + "`" }), ", ")
		switch m[2] {
		case "", "1":
			return "one for each " + each
		}
		return m[2] + " for each " + each
	})
	if strings.HasPrefix(text, "1 per") {
		text = "one" + text[1:]
	}
	text = atMost().ReplaceAllString(text, "(at most as many as rows come in $1)")
	return forEvers().ReplaceAllString(text, "grows without end: $1")
}
