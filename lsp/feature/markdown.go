package feature

import (
	"fmt"
	"strings"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
)

func valuesText(s *sig.Setting) string {
	if len(s.Values) == 0 {
		return ""
	}
	return ": " + strings.Join(s.Values, ", ")
}

func tableText(r *Rows) string {
	var b strings.Builder
	line := func(cells []string) {
		b.WriteString("|")
		for _, c := range cells {
			b.WriteString(" " + strings.ReplaceAll(c, "|", "\\|") + " |")
		}
		b.WriteString("\n")
	}
	line(r.Columns)
	b.WriteString(strings.Repeat("|---", len(r.Columns)) + "|\n")
	for _, c := range r.Cells {
		line(c)
	}
	return b.String()
}

func code(text string) string { return "```edy\n" + text + "\n```" }

func docText(lines []string) string { return strings.Join(lines, "\n") }

// joined puts paragraphs below each other, those that say something.
func joined(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n\n")
}

func oneLine(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// withoutDoc is the text of a declaration without its comments, at most so many lines.
func withoutDoc(d ast.Decl, most int) string {
	var lines []string
	for _, line := range strings.Split(d.Pos().Text(), "\n") {
		if !strings.HasPrefix(strings.TrimSpace(line), "///") {
			lines = append(lines, strings.TrimRight(line, " \r"))
		}
	}
	if len(lines) > most {
		lines = append(lines[:most-1], "  ...")
	}
	return strings.TrimLeft(strings.Join(lines, "\n"), "\n")
}

// recordText are the fields of a record.
func recordText(t *types.Type) string {
	var lines []string
	width := 0
	for _, f := range t.Fields {
		width = max(width, len(f.Name))
	}
	for _, f := range t.Fields {
		lines = append(lines, fmt.Sprintf("%-*s  %s", width, f.Name, f.Type))
	}
	return code(strings.Join(lines, "\n"))
}
