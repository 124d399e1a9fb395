package ndjson

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/edynamic/edynamic/runtime/format"
)

// maxDepth limits how deep values nest.
const maxDepth = 100

// scanner reads JSON text. Its methods take the position to read at and return
// the one behind, or a negative one when the text is not as it should be; why is
// then in code and reason.
type scanner struct {
	data  []byte
	depth int
	buf   []byte // unescaped text

	short        bool // the text ended too early
	code, reason string
}

func (s *scanner) reset(data []byte) {
	s.data, s.depth, s.short, s.code, s.reason = data, 0, false, "", ""
}

func (s *scanner) fail(code, reason string) int {
	if s.code == "" {
		s.code, s.reason = code, reason
	}
	return -1
}

// unexpected fails at a byte that cannot stand there.
func (s *scanner) unexpected(p int, want string) int {
	if p >= len(s.data) {
		s.short = true
		return s.fail(format.CodeSyntax, "the record ends where "+want+" is expected")
	}
	found := s.data[p:]
	_, size := utf8.DecodeRune(found)
	return s.fail(format.CodeSyntax, fmt.Sprintf("%s is expected at byte %d of the record, not %q", want, p, found[:size]))
}

// space steps over white space.
func (s *scanner) space(p int) int {
	for p < len(s.data) {
		switch s.data[p] {
		case ' ', '\t', '\n', '\r':
			p++
		default:
			return p
		}
	}
	return p
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// stringEnd finds the quote that closes a string whose text begins at p. plain
// says that the text stands for itself.
func (s *scanner) stringEnd(p int) (end int, plain bool) {
	start, data := p, s.data
	if p = plainEnd(data, p); p < len(data) && data[p] == '"' {
		return p, true
	}
	plain, ascii := true, true
	for {
		// Eight bytes at a time, until one of them is a quote, a backslash, a control
		// character or not ASCII.
		for p+8 <= len(data) {
			w := binary.LittleEndian.Uint64(data[p:])
			quote, slash := w^(ones*'"'), w^(ones*'\\')
			stop := ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*0x20)&^w | w) & highs
			if stop != 0 {
				p += bits.TrailingZeros64(stop) >> 3
				break
			}
			p += 8
		}
		if p >= len(data) {
			return s.unexpected(p, "the end of a string"), false
		}
		switch c := data[p]; {
		case c == '"':
			if !ascii && !utf8.Valid(data[start:p]) {
				return s.fail(format.CodeSyntax, "text that is not valid UTF-8"), false
			}
			return p, plain
		case c == '\\':
			plain = false
			if p = s.escape(p); p < 0 {
				return p, false
			}
		case c < 0x20:
			return s.fail(format.CodeSyntax, fmt.Sprintf("a control character (0x%02x) inside a string, at byte %d of the record", c, p)), false
		case c >= utf8.RuneSelf:
			ascii = false
			for p < len(data) && data[p] >= utf8.RuneSelf {
				p++
			}
		default:
			p++
		}
	}
}

// escape checks the escape that begins at p.
func (s *scanner) escape(p int) int {
	if p+1 >= len(s.data) {
		return s.unexpected(p+1, "an escape")
	}
	switch s.data[p+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return p + 2
	case 'u':
		if _, p = s.hex4(p + 2); p < 0 {
			return p
		}
		return p
	}
	return s.unexpected(p+1, "an escape such as \\n")
}

func (s *scanner) hex4(p int) (rune, int) {
	var r rune
	for i := p; i < p+4; i++ {
		if i >= len(s.data) {
			return 0, s.unexpected(i, "a hexadecimal digit")
		}
		c := s.data[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, s.unexpected(i, "a hexadecimal digit")
		}
		r = r<<4 | rune(c)
	}
	return r, p + 4
}

// unescape returns the text between two positions that stringEnd has checked. It
// is valid until the next call.
func (s *scanner) unescape(p, end int) ([]byte, bool) {
	s.buf = s.buf[:0]
	for p < end {
		c := s.data[p]
		if c != '\\' {
			s.buf = append(s.buf, c)
			p++
			continue
		}
		switch c = s.data[p+1]; c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r, next := s.hex4(p + 2)
			p = next
			if utf16.IsSurrogate(r) {
				low := rune(0)
				if p+6 <= end && s.data[p] == '\\' && s.data[p+1] == 'u' {
					low, p = s.hex4(p + 2)
				}
				if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
					s.fail(format.CodeSyntax, "half of a UTF-16 surrogate pair")
					return nil, false
				}
			}
			s.buf = utf8.AppendRune(s.buf, r)
			continue
		}
		s.buf = append(s.buf, c)
		p += 2
	}
	return s.buf, true
}

// text reads the string whose opening quote is at p. The bytes are valid until the
// next call.
func (s *scanner) text(p int) (v []byte, next int) {
	end, plain := s.stringEnd(p + 1)
	if end < 0 {
		return nil, end
	}
	if plain {
		return s.data[p+1 : end], end + 1
	}
	v, ok := s.unescape(p+1, end)
	if !ok {
		return nil, -1
	}
	return v, end + 1
}

// literal reads true, false or null.
func (s *scanner) literal(p int, word string) int {
	for i := range len(word) {
		if p+i >= len(s.data) || s.data[p+i] != word[i] {
			return s.unexpected(p+i, strconv.Quote(word))
		}
	}
	return p + len(word)
}

// skip checks the value at p without keeping it.
func (s *scanner) skip(p int) int {
	if p >= len(s.data) {
		return s.unexpected(p, "a value")
	}
	switch c := s.data[p]; c {
	case '"':
		end, _ := s.stringEnd(p + 1)
		if end < 0 {
			return end
		}
		return end + 1
	case '{':
		return s.skipObject(p + 1)
	case '[':
		return s.skipArray(p + 1)
	case 't':
		return s.literal(p, "true")
	case 'f':
		return s.literal(p, "false")
	case 'n':
		return s.literal(p, "null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return s.skipNumber(p)
	}
	return s.unexpected(p, "a value")
}

func (s *scanner) skipNumber(p int) int {
	if s.data[p] == '-' {
		p++
	}
	start := p
	p = s.digits(p)
	if p == start || (p > start+1 && s.data[start] == '0') {
		return s.unexpected(start, "a number")
	}
	if p < len(s.data) && s.data[p] == '.' {
		start = p + 1
		if p = s.digits(start); p == start {
			return s.unexpected(p, "a digit")
		}
	}
	if p < len(s.data) && s.data[p]|0x20 == 'e' {
		p++
		if p < len(s.data) && (s.data[p] == '+' || s.data[p] == '-') {
			p++
		}
		start = p
		if p = s.digits(p); p == start {
			return s.unexpected(p, "a digit")
		}
	}
	return p
}

func (s *scanner) digits(p int) int {
	for p < len(s.data) && s.data[p]-'0' <= 9 {
		p++
	}
	return p
}

// enter counts a level of nesting.
func (s *scanner) enter() bool {
	if s.depth++; s.depth > maxDepth {
		s.fail(format.CodeSyntax, fmt.Sprintf("values nested deeper than %d levels", maxDepth))
		return false
	}
	return true
}

func (s *scanner) skipObject(p int) int {
	if !s.enter() {
		return -1
	}
	p = s.space(p)
	if p < len(s.data) && s.data[p] == '}' {
		s.depth--
		return p + 1
	}
	for {
		if p >= len(s.data) || s.data[p] != '"' {
			return s.unexpected(p, "a key")
		}
		end, _ := s.stringEnd(p + 1)
		if end < 0 {
			return end
		}
		if p = s.colon(end + 1); p < 0 {
			return p
		}
		if p = s.skip(p); p < 0 {
			return p
		}
		more := false
		if p, more = s.comma(p, '}'); !more {
			s.depth--
			return p
		}
	}
}

func (s *scanner) skipArray(p int) int {
	if !s.enter() {
		return -1
	}
	p = s.space(p)
	if p < len(s.data) && s.data[p] == ']' {
		s.depth--
		return p + 1
	}
	for {
		if p = s.skip(p); p < 0 {
			return p
		}
		more := false
		if p, more = s.comma(p, ']'); !more {
			s.depth--
			return p
		}
	}
}

// colon steps over a colon and the white space around it.
func (s *scanner) colon(p int) int {
	if p = s.space(p); p >= len(s.data) || s.data[p] != ':' {
		return s.unexpected(p, `":"`)
	}
	return s.space(p + 1)
}

// comma steps over what follows an element: a comma, then more is true, or the
// closing byte.
func (s *scanner) comma(p int, closing byte) (next int, more bool) {
	p = s.space(p)
	if p < len(s.data) {
		switch s.data[p] {
		case ',':
			return s.space(p + 1), true
		case closing:
			return p + 1, false
		}
	}
	return s.unexpected(p, strconv.Quote(",")+" or "+strconv.Quote(string(closing))), false
}
