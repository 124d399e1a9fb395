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
			`"order 66" matches r"\d+"`, `true`,
			`"order" matches r"^\d+$"`, `false`,
			`"Åbo" matches r"^\p{L}+$"`, `true`,
		),
	}, overload{text: "matches(s: string, pattern: string) -> boolean", kernel: regexMap((*regexp.Regexp).MatchString)})
}
