package stdlib

import (
	"regexp"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnRegexCount() *Function {
	return define(sig.Function{
		Name: "regex_count", Group: groupRegex,
		Doc:     "Counts the matches of a regular expression that do not overlap.",
		Failure: "The pattern is not a regular expression.",
		Examples: examples(
			`regex_count("banana", "an")`, `2`,
			`regex_count("banana", "x")`, `0`,
			`regex_count("aaaa", "aa")`, `2`,
		),
	}, overload{text: "regex_count(s: string, pattern: string) -> long", kernel: regexMap(func(re *regexp.Regexp, s string) int64 {
		return int64(len(re.FindAllStringIndex(s, -1)))
	})})
}
