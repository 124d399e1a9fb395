package diag

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// tabStop is how far apart tabs are shown; they are written as spaces so that
// marks line up whatever the terminal does.
const tabStop = 4

// cells is a source line as a terminal shows it.
type cells struct {
	text    string
	columns []int // display column of each byte offset, one more for the end
}

// layOut turns a line into what is shown: tabs become spaces, wide characters
// take two columns, and characters that would move the cursor or reorder the
// text are shown as U+FFFD.
func layOut(line string) cells {
	var b strings.Builder
	c := cells{columns: make([]int, 0, len(line)+1)}
	column := 0
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRuneInString(line[i:])
		for range size {
			c.columns = append(c.columns, column)
		}
		i += size
		if r == '\t' {
			n := tabStop - column%tabStop
			b.WriteString(strings.Repeat(" ", n))
			column += n
			continue
		}
		r = visible(r)
		b.WriteRune(r)
		column += runeWidth(r)
	}
	c.columns = append(c.columns, column)
	c.text = b.String()
	return c
}

// column is the display column of a byte offset into the line, clamped to it.
func (c cells) column(offset int) int {
	return c.columns[max(0, min(offset, len(c.columns)-1))]
}

// visible replaces control and text-direction characters, which could make the
// terminal show something else than the file holds.
func visible(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
		return utf8.RuneError
	}
	return r
}

// printable is a message with the same replacements; line ends stay.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return visible(r)
	}, text)
}

func runeWidth(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r < 0x1100:
		return 1
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	case width.Neutral, width.EastAsianAmbiguous, width.EastAsianNarrow, width.EastAsianHalfwidth:
		return 1
	}
	return 1
}

// textWidth is how many columns a text without tabs takes.
func textWidth(text string) int {
	n := 0
	for _, r := range text {
		n += runeWidth(r)
	}
	return n
}
