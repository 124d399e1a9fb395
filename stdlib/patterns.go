package stdlib

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/vm/kernel"
)

var regexes = newCache(func(pattern string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(pattern)
	if err == nil {
		return re, nil
	}
	var why *syntax.Error
	if errors.As(err, &why) {
		return nil, fmt.Errorf("%q is not a regular expression: %s", pattern, why.Code)
	}
	return nil, fmt.Errorf("%q is not a regular expression", pattern)
})

// regexMap is the kernel of a function of a text and a regular expression.
func regexMap[R kernel.Value](f func(re *regexp.Regexp, s string) R) kernel.Kernel {
	return func(c *kernel.Call) arrow.Array {
		s, out := kernel.Reader[string](c.Args[0]), kernel.NewColumn[R](c)
		regex := regexes.reader(kernel.Reader[string](c.Args[1]), c.Fail)
		c.Each(func(i int) {
			if re, ok := regex(i); ok {
				out.Set(i, f(re, s(i)))
			}
		})
		return out.Finish()
	}
}

// groupOf checks a group number against a regular expression.
func groupOf(re *regexp.Regexp, group int64) error {
	if group < 0 || group > int64(re.NumSubexp()) {
		return fmt.Errorf("the regular expression %q has no group %d", re, group)
	}
	return nil
}

// likePattern is a parsed pattern of `like`: literal pieces with wildcards between.
type likePattern struct {
	// parts are literals and single-character wildcards between the `%`.
	parts [][]likePiece
	// open tells that a `%` stood at the beginning, or at the end.
	openStart, openEnd bool
}

// likePiece is a literal, or any one character where the literal is empty.
type likePiece struct{ literal string }

var likes = newCache(parseLike)

func parseLike(pattern string) (*likePattern, error) {
	p := &likePattern{}
	var part []likePiece
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			part = append(part, likePiece{literal.String()})
			literal.Reset()
		}
	}
	for i := 0; i < len(pattern); i++ {
		switch ch := pattern[i]; {
		case ch == '\\' && i+1 == len(pattern):
			return nil, fmt.Errorf("the pattern %q ends in a lone backslash", pattern)
		case ch == '\\':
			i++
			literal.WriteByte(pattern[i])
		case ch == '_':
			flush()
			part = append(part, likePiece{})
		case ch == '%':
			flush()
			if len(part) > 0 {
				p.parts = append(p.parts, part)
				part = nil
			} else if len(p.parts) == 0 {
				p.openStart = true
			}
		default:
			literal.WriteByte(ch)
		}
	}
	flush()
	if len(part) > 0 {
		p.parts = append(p.parts, part)
	}
	p.openEnd = len(part) == 0 && pattern != ""
	return p, nil
}

// match reports whether the whole text fits.
func (p *likePattern) match(s string) bool {
	parts := p.parts
	if len(parts) == 0 {
		return p.openStart || s == ""
	}
	if !p.openStart {
		n, ok := matchPart(parts[0], s)
		if !ok {
			return false
		}
		s, parts = s[n:], parts[1:]
		if len(parts) == 0 {
			return p.openEnd || s == ""
		}
	}
	if !p.openEnd {
		rest, ok := cutSuffix(parts[len(parts)-1], s)
		if !ok {
			return false
		}
		s, parts = rest, parts[:len(parts)-1]
	}
	// Between two `%` the leftmost fit of each part is as good as any.
	for _, part := range parts {
		n, ok := findPart(part, s)
		if !ok {
			return false
		}
		s = s[n:]
	}
	return true
}

// matchPart fits a part to the beginning of a text and gives its length there.
func matchPart(part []likePiece, s string) (int, bool) {
	at := 0
	for _, piece := range part {
		if piece.literal != "" {
			if !strings.HasPrefix(s[at:], piece.literal) {
				return 0, false
			}
			at += len(piece.literal)
			continue
		}
		if at == len(s) {
			return 0, false
		}
		_, n := utf8.DecodeRuneInString(s[at:])
		at += n
	}
	return at, true
}

// cutSuffix fits a part to the end of a text and gives what stands before it.
func cutSuffix(part []likePiece, s string) (string, bool) {
	for i := len(part) - 1; i >= 0; i-- {
		if literal := part[i].literal; literal != "" {
			if !strings.HasSuffix(s, literal) {
				return "", false
			}
			s = s[:len(s)-len(literal)]
			continue
		}
		if s == "" {
			return "", false
		}
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s, true
}

// findPart finds the leftmost fit of a part and gives where it ends.
func findPart(part []likePiece, s string) (int, bool) {
	for start := 0; ; {
		if first := part[0].literal; first != "" {
			at := strings.Index(s[start:], first)
			if at < 0 {
				return 0, false
			}
			start += at
		}
		if n, ok := matchPart(part, s[start:]); ok {
			return start + n, true
		}
		if start == len(s) {
			return 0, false
		}
		_, n := utf8.DecodeRuneInString(s[start:])
		start += n
	}
}
