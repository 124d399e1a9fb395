package stdlib

import (
	"fmt"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnSubstring() *Function {
	return define(sig.Function{
		Name: "substring", Group: groupText,
		Doc:     "Takes the characters from a place on, all of them or as many as said. The first character stands at 1; places before it are empty, as in SQL.",
		Failure: "The count is negative.",
		Examples: examples(
			`substring("Helsinki", 4)`, `"sinki"`,
			`substring("Helsinki", 1, 3)`, `"Hel"`,
			`substring("Åländska", 2, 3)`, `"län"`,
			`substring("abcdef", -1, 4)`, `"ab"`,
			`substring("abc", 9, 2)`, `""`,
			`substring("abc", 1, -1)`, `error: a count of -1 characters is negative`,
		),
	},
		overload{text: "substring(s: string, start: long) -> string", kernel: kernel.Map2(func(s string, start int64) string {
			return withoutFirst(s, max(start, 1)-1)
		})},
		overload{text: "substring(s: string, start: long, count: long) -> string", kernel: kernel.MapErr3(substringText)},
	)
}

func substringText(s string, start, count int64) (string, error) {
	if count < 0 {
		return "", fmt.Errorf("a count of %d characters is negative", count)
	}
	if start < 1 {
		if start < -maxText { // far before any text, and start+count must not overflow
			start = -maxText
		}
		count, start = count+start-1, 1
	}
	return firstChars(withoutFirst(s, start-1), max(count, 0)), nil
}
