package diag

import (
	"strings"
)

// style is what a stretch of output is, so that colours are decided in one place.
type style int

const (
	plain style = iota
	errorMark
	warningMark
	placeMark // secondary underlines
	gutterMark
	heading
	fixMark
)

// ansi is the escape sequence of each style.
var ansi = [...]string{
	plain:       "",
	errorMark:   "\x1b[1;31m",
	warningMark: "\x1b[1;33m",
	placeMark:   "\x1b[34m",
	gutterMark:  "\x1b[2m",
	heading:     "\x1b[1m",
	fixMark:     "\x1b[32m",
}

const ansiReset = "\x1b[0m"

// painter wraps text in escape sequences, or leaves it alone.
type painter struct{ color bool }

func (p painter) paint(s style, text string) string {
	if !p.color || s == plain || text == "" {
		return text
	}
	return ansi[s] + text + ansiReset
}

// markStyle is the style of a diagnostic's own place.
func markStyle(s Severity) style {
	if s == Warning {
		return warningMark
	}
	return errorMark
}

// canvas is one row of marks below a source line, addressed by display column.
type canvas struct {
	runes  []rune
	styles []style
}

// put writes text at a column, over whatever stands there.
func (c *canvas) put(column int, text string, s style) {
	for _, r := range text {
		for len(c.runes) <= column {
			c.runes = append(c.runes, ' ')
			c.styles = append(c.styles, plain)
		}
		c.runes[column], c.styles[column] = r, s
		column++
	}
}

// render is the row without trailing spaces, a colour change wherever the style
// changes.
func (c *canvas) render(p painter) string {
	end := len(c.runes)
	for end > 0 && c.runes[end-1] == ' ' {
		end--
	}
	var b strings.Builder
	for i := 0; i < end; {
		j := i + 1
		for j < end && c.styles[j] == c.styles[i] {
			j++
		}
		b.WriteString(p.paint(c.styles[i], string(c.runes[i:j])))
		i = j
	}
	return b.String()
}
