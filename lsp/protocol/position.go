// Package protocol is the language server protocol as edyc speaks it: positions, URIs,
// and the messages of version 3.17 that the library's types for 3.16 lack.
//
// It knows nothing of the language. Nothing else turns an editor's positions into
// offsets, or the other way round.
package protocol

import (
	"unicode/utf8"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/source"
)

// Encoding is what an editor counts in a line.
type Encoding string

// The encodings, by their names in the protocol.
const (
	UTF8  Encoding = "utf-8"
	UTF16 Encoding = "utf-16"
	UTF32 Encoding = "utf-32"
)

// Negotiate picks an encoding among those that a client offers: bytes where it can
// count them, else what every client can.
func Negotiate(offered []string) Encoding {
	best := UTF16
	for _, o := range offered {
		switch Encoding(o) {
		case UTF8:
			return UTF8
		case UTF32:
			best = UTF32
		case UTF16:
		}
	}
	return best
}

// Position is the place of a byte offset. Offsets outside the text are clamped.
func (e Encoding) Position(f *source.File, offset int) lsp.Position {
	offset = max(0, min(offset, len(f.Text)))
	if e == UTF16 || e == "" {
		line, column := f.UTF16(offset)
		return lsp.Position{Line: uint32(line), Character: uint32(column)}
	}
	p := f.Position(offset)
	column := p.Column - 1
	if e == UTF8 {
		column = offset - f.LineStart(p.Line)
	}
	return lsp.Position{Line: uint32(p.Line - 1), Character: uint32(column)}
}

// Offset is the byte offset of a place. A column past the end of a line is its end, a
// line past the end of the text the end of the text.
func (e Encoding) Offset(f *source.File, p lsp.Position) int {
	if p.Line >= uint32(f.Lines()) {
		return len(f.Text)
	}
	line, column := int(p.Line), int(min(p.Character, 1<<30))
	if e == UTF16 || e == "" {
		return f.FromUTF16(line, column)
	}
	start := f.LineStart(line + 1)
	text := f.Line(line + 1)
	if e == UTF8 {
		column = min(column, len(text))
		for column > 0 && column < len(text) && !utf8.RuneStart(text[column]) {
			column--
		}
		return start + column
	}
	for i := range text {
		if column == 0 {
			return start + i
		}
		column--
	}
	return start + len(text)
}

// Range is the place of a stretch of text.
func (e Encoding) Range(f *source.File, start, end int) lsp.Range {
	return lsp.Range{Start: e.Position(f, start), End: e.Position(f, max(start, end))}
}
