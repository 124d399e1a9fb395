package stdlib

import (
	"encoding/json"
	"strings"
)

// Json values are valid JSON texts, so that finding a member needs no tree: the
// functions here skip over what is not wanted and cut out what is. Of other texts
// they make something, without harm.

func skipSpace(s string, at int) int {
	for at < len(s) && (s[at] == ' ' || s[at] == '\n' || s[at] == '\t' || s[at] == '\r') {
		at++
	}
	return at
}

// skipValue is where the value that begins at a place ends.
func skipValue(s string, at int) int {
	depth := 0
	for at < len(s) {
		switch s[at] {
		case '"':
			at = skipText(s, at)
			if depth == 0 {
				return at
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				if depth < 0 {
					return at
				}
				return at + 1
			}
		case ',', ' ', '\n', '\t', '\r', ':':
			if depth == 0 {
				return at
			}
		}
		at++
	}
	return at
}

// skipText is where the text whose quote stands at a place ends.
func skipText(s string, at int) int {
	for at++; at < len(s); at++ {
		switch s[at] {
		case '\\':
			at++
		case '"':
			return at + 1
		}
	}
	return len(s)
}

// unquote reads a JSON text with its quotes.
func unquote(s string) string {
	if len(s) >= 2 && strings.IndexByte(s, '\\') < 0 {
		return s[1 : len(s)-1]
	}
	var text string
	if json.Unmarshal([]byte(s), &text) != nil {
		return ""
	}
	return text
}

// jsonMembers calls visit with the key and the value of each member of an object
// until it returns false; for another value not at all.
func jsonMembers(s string, visit func(key, value string) bool) {
	at := skipSpace(s, 0)
	if at == len(s) || s[at] != '{' {
		return
	}
	for at = skipSpace(s, at+1); at < len(s) && s[at] == '"'; at = skipSpace(s, at+1) {
		keyEnd := skipText(s, at)
		start := skipSpace(s, min(skipSpace(s, keyEnd)+1, len(s)))
		end := skipValue(s, start)
		if !visit(s[at:keyEnd], s[start:end]) {
			return
		}
		if at = skipSpace(s, end); at >= len(s) || s[at] != ',' {
			return
		}
	}
}

// jsonItems calls visit with each element of an array until it returns false; it
// reports whether the value is an array.
func jsonItems(s string, visit func(value string) bool) bool {
	at := skipSpace(s, 0)
	if at == len(s) || s[at] != '[' {
		return false
	}
	for at = skipSpace(s, at+1); at < len(s) && s[at] != ']'; at = skipSpace(s, at+1) {
		end := skipValue(s, at)
		if !visit(s[at:end]) {
			return true
		}
		if at = skipSpace(s, end); at >= len(s) || s[at] != ',' {
			return true
		}
	}
	return true
}

// jsonType names the kind of a JSON value.
func jsonType(s string) string {
	at := skipSpace(s, 0)
	if at == len(s) {
		return "null"
	}
	switch s[at] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// present tells a value from a JSON null, which the language takes for its own.
func present(value string) (string, bool) { return value, value != "" && value[0] != 'n' }
