package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm"
)

// writeTable writes rows as an aligned table: numbers to the right, null as nothing.
func writeTable(w io.Writer, columns []types.Column, rows [][]any) error {
	columns, rows = unfolded(columns, rows)
	cells := make([][]string, len(rows))
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = utf8.RuneCountInString(c.Name)
	}
	for r, row := range rows {
		cells[r] = make([]string, len(columns))
		for i, c := range columns {
			cells[r][i] = cell(c.Type, row[i])
			widths[i] = max(widths[i], utf8.RuneCountInString(cells[r][i]))
		}
	}
	out := bufio.NewWriter(w)
	header := make([]string, len(columns))
	rule := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.Name
		rule[i] = strings.Repeat("-", widths[i])
	}
	tableLine(out, columns, widths, header)
	tableLine(out, columns, widths, rule)
	for _, row := range cells {
		tableLine(out, columns, widths, row)
	}
	fmt.Fprintf(out, "(%s)\n", counted(int64(len(rows)), "row"))
	return out.Flush()
}

// unfolded shows rows of a union as one column.
func unfolded(columns []types.Column, rows [][]any) ([]types.Column, [][]any) {
	if len(columns) == 1 && columns[0].Name == types.UnionColumn {
		return []types.Column{{Name: "row", Type: columns[0].Type}}, rows
	}
	return columns, rows
}

func tableLine(w io.Writer, columns []types.Column, widths []int, cells []string) {
	var b strings.Builder
	for i, text := range cells {
		pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
		if i > 0 {
			b.WriteString("  ")
		}
		if columns[i].Type.IsNumber() {
			b.WriteString(pad + text)
		} else {
			b.WriteString(text + pad)
		}
	}
	fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
}

// maxCell keeps one long text from spoiling the table.
const maxCell = 60

func cell(t *types.Type, v any) string {
	if v == nil {
		return ""
	}
	text, isText := v.(string)
	if !isText || t.Kind == types.JSON {
		text = strings.TrimPrefix(vm.Format(t, v), "@")
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, text)
	return shortened(text, maxCell)
}

// shortened cuts a text at a number of characters.
func shortened(text string, most int) string {
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most-1]) + "…"
	}
	return text
}

// counted writes a number of things in words.
func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%s %ss", grouped(n), what)
}

// grouped writes 1234567 as 1,234,567.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}
