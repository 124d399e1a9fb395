package stdlib

import (
	"fmt"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnParseBoolean() *Function {
	return define(sig.Function{
		Name: "parse_boolean", Group: groupConvert,
		Doc:     "Reads true, t, yes, y, on or 1, and false, f, no, n, off or 0, in any case.",
		Failure: "The text is none of these.",
		Examples: examples(
			`parse_boolean("true")`, `true`,
			`parse_boolean("NO")`, `false`,
			`parse_boolean("maybe")`, `error: "maybe" is not true or false`,
		),
	}, overload{text: "parse_boolean(s: string) -> boolean!", kernel: kernel.MapErr1(parseBoolean)})
}

func parseBoolean(s string) (bool, error) {
	var room [len("false")]byte
	word := room[:0]
	for i := 0; i < len(s) && len(s) <= len(room); i++ {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		word = append(word, c)
	}
	switch string(word) {
	case "true", "t", "yes", "y", "on", "1":
		return true, nil
	case "false", "f", "no", "n", "off", "0":
		return false, nil
	}
	return false, fmt.Errorf("%q is not true or false", s)
}
