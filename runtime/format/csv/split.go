package csv

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/chunk"
)

// cell is where a cell stands in the chunk, without its quotes.
type cell struct {
	start, end int32
	quoted     bool
	doubled    bool // holds doubled quotes
}

// splitter cuts the input into records and those into cells.
type splitter struct {
	chunk.Window
	dialect
	cells []cell
	// view is as much of the input as a record may take, and last tells that the
	// input ends with it. What lies behind has no say in what becomes of a record,
	// whether it is read already or not.
	view []byte
	last bool
	// The record that cells holds, or that could not be split.
	start, end   int
	code, reason string
	skip         bool // the rest of the line is given up
	single       bool // records have one cell, so that an empty line is one
}

// next cuts the next record. It reports false when more must be read. A record
// that cannot be cut has a code.
func (s *splitter) next() bool {
	if !s.SkipMark() {
		return false
	}
	s.code = ""
	if s.skip && !s.skipLine() {
		return false
	}
	for !s.single && s.Pos < len(s.Chunk) {
		if c := s.Chunk[s.Pos]; c == '\n' {
			s.Drop(1)
			continue
		} else if c == '\r' && (s.EOF || s.Pos+1 < len(s.Chunk)) {
			if s.Pos+1 == len(s.Chunk) || s.Chunk[s.Pos+1] == '\n' {
				s.Drop(1)
				continue
			}
		}
		break
	}
	if s.Pos == len(s.Chunk) {
		return false
	}
	s.start = s.Pos
	most := s.Pos + s.limit + len("\r\n")
	s.look(s.Chunk[:min(most, len(s.Chunk))], s.EOF && len(s.Chunk) <= most)
	p, ok := s.cut(s.Pos)
	switch {
	case s.code != "":
		s.giveUp(p)
		return true
	case ok:
		s.end = lastByte(s.Chunk, s.start, p)
		if s.end-s.start <= s.limit {
			s.Drop(p - s.Pos)
			if !utf8.Valid(s.Chunk[s.start:s.end]) {
				s.code, s.reason = format.CodeSyntax, "text that is not valid UTF-8"
			}
			return true
		}
		fallthrough
	case len(s.Chunk) >= most:
		s.code, s.reason = format.CodeTooLong, fmt.Sprintf("the record is longer than max_record, %d bytes", s.limit)
	case s.EOF:
		s.code, s.reason = format.CodeTruncated, "input ended inside a quoted cell"
	default:
		return false
	}
	// The quote that swallowed the rest may be a stray one: go on at the next line.
	s.giveUp(s.start)
	return true
}

// look sets what cut sees.
func (s *splitter) look(view []byte, last bool) { s.view, s.last = view, last }

// giveUp moves to the end of the line that holds p, now or once it is read.
func (s *splitter) giveUp(p int) {
	if i := bytes.IndexByte(s.Chunk[p:], '\n'); i >= 0 {
		s.end = p + i + 1
	} else {
		s.end, s.skip = len(s.Chunk), true
	}
	s.Drop(s.end - s.Pos)
}

// skipLine moves behind the end of a line that was given up.
func (s *splitter) skipLine() bool {
	i := bytes.IndexByte(s.Chunk[s.Pos:], '\n')
	if i < 0 {
		s.Drop(s.Pending())
		return false
	}
	s.Drop(i + 1)
	s.skip = false
	return true
}

// lastByte is the end of a record from start up to p without its end of line.
func lastByte(data []byte, start, p int) int {
	for p > start && (data[p-1] == '\n' || data[p-1] == '\r') {
		p--
	}
	return p
}

// cut finds the cells of the record at p and returns what is behind its end of
// line. It reports false when the record goes on beyond the view, or has a code.
func (s *splitter) cut(p int) (next int, ok bool) {
	s.cells = s.cells[:0]
	data, delimiter := s.view, s.delimiter
	for {
		if p < len(data) && data[p] == '"' {
			if p, ok = s.quoted(p); !ok {
				return p, false
			}
		} else {
			start := p
			p = cellEnd(data, p, delimiter)
			if p == len(data) && !s.last {
				return p, false
			}
			end := p
			if end > start && data[end-1] == '\r' && (p == len(data) || data[p] == '\n') {
				end--
			}
			s.cells = append(s.cells, cell{start: int32(start), end: int32(end)})
		}
		if p == len(data) {
			return p, true
		}
		p++
		if data[p-1] == '\n' {
			return p, true
		}
	}
}

// quoted takes the cell whose quote is at p, and returns the delimiter or end of
// line behind it.
func (s *splitter) quoted(p int) (next int, ok bool) {
	data := s.view
	c := cell{start: int32(p + 1), quoted: true}
	p++
	for {
		i := bytes.IndexByte(data[p:], '"')
		if i < 0 {
			return len(data), false
		}
		p += i
		if p+1 < len(data) && data[p+1] == '"' {
			c.doubled = true
			p += 2
			continue
		}
		break
	}
	c.end = int32(p)
	s.cells = append(s.cells, c)
	p++
	if p < len(data) && data[p] == '\r' {
		p++
	}
	if p == len(data) {
		return p, s.last
	}
	if data[p] != s.delimiter && data[p] != '\n' {
		s.code = format.CodeSyntax
		s.reason = fmt.Sprintf("text behind the quote that closes cell %d", len(s.cells))
		return p, false
	}
	return p, true
}

// text is the content of a cell; scratch holds it where it must be rewritten.
func (c cell) text(data, scratch []byte) (v, _ []byte) {
	v = data[c.start:c.end]
	if !c.doubled {
		return v, scratch
	}
	scratch = appendUndoubled(scratch[:0], v)
	return scratch, scratch
}

// appendUndoubled appends the content of a quoted cell, with one quote for each two.
func appendUndoubled(dst, v []byte) []byte {
	for {
		i := bytes.IndexByte(v, '"')
		if i < 0 {
			return append(dst, v...)
		}
		dst = append(dst, v[:i+1]...)
		v = v[i+2:]
	}
}
