package stdlib

import (
	"regexp"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnMatches() *Function {
	return define(sig.Function{
		Name: "matches", Group: groupRegex,
		Doc:     "Computes `s matches pattern`: tells whether a regular expression (RE2) fits anywhere in a text. Write `^` and `$` to fit the whole.",
		Failure: "The pattern is not a regular expression.",
		Examples: examples(
			`matches("order 66", r"\d+")`, `true`,
			`matches("order", r"^\d+$")`, `false`,
			`matches("Åbo", r"^\p{L}+$")`, `true`,
			`matches("a", "(")`, `error: "(" is not a regular expression: missing closing )`,
		),
	}, overload{text: "matches(s: string, pattern: string) -> boolean", kernel: regexMap((*regexp.Regexp).MatchString)})
}
