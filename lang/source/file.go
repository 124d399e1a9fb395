// Package source holds source files, byte spans and the one place that turns
// byte offsets into lines and columns, for terminals (code points) and editors
// (UTF-16 units) alike.
//
// It must never read the file system and never know anything of syntax: every
// other package of the language refers to text through a Span from here.
package source

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// File is one immutable source text. Compare files by pointer.
type File struct {
	Name  string // as shown to the user, usually a path
	Text  string
	lines []int // byte offset of the start of each line
	above int   // lines of the text above, where the file is a part of another
}

// New returns a file; its line table is built at once, so a File may be shared
// between goroutines.
func New(name, text string) *File {
	f := &File{Name: name, Text: text, lines: []int{0}}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	return f
}

// Part returns a file that holds a stretch of another one: its lines are counted from
// those above it, offsets are its own. above is how many lines stand above.
func Part(name, text string, above int) *File {
	f := New(name, text)
	f.above = above
	return f
}

// Lines is the number of lines; a final newline opens one more, empty line.
func (f *File) Lines() int { return len(f.lines) }

// Line returns the text of line n (from 1) without its line end, and "" outside the file.
func (f *File) Line(n int) string {
	n -= f.above
	if n < 1 || n > len(f.lines) {
		return ""
	}
	end := len(f.Text)
	if n < len(f.lines) {
		end = f.lines[n] - 1
	}
	return strings.TrimSuffix(f.Text[f.lines[n-1]:end], "\r")
}

// LineStart is the byte offset at which line n (from 1) begins, clamped to the file.
func (f *File) LineStart(n int) int {
	n -= f.above
	if n < 1 {
		return 0
	}
	if n > len(f.lines) {
		return len(f.Text)
	}
	return f.lines[n-1]
}

// Position is a place as a person counts it: both from 1, columns in code points.
type Position struct{ Line, Column int }

// Position returns the place of a byte offset; offsets outside the text are clamped.
func (f *File) Position(offset int) Position {
	offset = f.clamp(offset)
	line := f.lineOf(offset)
	return Position{Line: line + 1 + f.above, Column: utf8.RuneCountInString(f.Text[f.lines[line]:offset]) + 1}
}

// UTF16 returns the zero-based line and the column in UTF-16 units, as the
// language server protocol counts by default.
func (f *File) UTF16(offset int) (line, column int) {
	offset = f.clamp(offset)
	line = f.lineOf(offset)
	for _, r := range f.Text[f.lines[line]:offset] {
		column++
		if r > 0xFFFF {
			column++
		}
	}
	return line, column
}

// FromUTF16 is the inverse of UTF16. A column past the end of the line gives
// the end of that line, a line past the end of the text the end of the text.
func (f *File) FromUTF16(line, column int) int {
	if line < 0 {
		return 0
	}
	if line >= len(f.lines) {
		return len(f.Text)
	}
	offset := f.lines[line]
	for column > 0 && offset < len(f.Text) && f.Text[offset] != '\n' && f.Text[offset] != '\r' {
		r, size := utf8.DecodeRuneInString(f.Text[offset:])
		column--
		if r > 0xFFFF {
			column--
		}
		if column < 0 { // the column points into the middle of a surrogate pair
			break
		}
		offset += size
	}
	return offset
}

func (f *File) clamp(offset int) int { return max(0, min(offset, len(f.Text))) }

// lineOf is the zero-based line that holds a clamped offset.
func (f *File) lineOf(offset int) int {
	return sort.Search(len(f.lines), func(i int) bool { return f.lines[i] > offset }) - 1
}

// Span is the half-open byte range [Start, End) of a file. The zero Span means
// "no place".
type Span struct {
	File       *File
	Start, End int
}

// Known reports whether the span points anywhere.
func (s Span) Known() bool { return s.File != nil }

// Text is the source text of the span.
func (s Span) Text() string {
	if s.File == nil {
		return ""
	}
	return s.File.Text[s.File.clamp(s.Start):s.File.clamp(s.End)]
}

// Position is where the span starts.
func (s Span) Position() Position {
	if s.File == nil {
		return Position{}
	}
	return s.File.Position(s.Start)
}

// Join is the smallest span holding both; a span without a place adds nothing.
func (s Span) Join(o Span) Span {
	switch {
	case s.File == nil:
		return o
	case o.File == nil || o.File != s.File:
		return s
	}
	return Span{File: s.File, Start: min(s.Start, o.Start), End: max(s.End, o.End)}
}
