package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnRegexSplit() *Function {
	return define(sig.Function{
		Name: "regex_split", Group: groupRegex,
		Doc:     "Cuts a text at each match of a regular expression.",
		Failure: "The pattern is not a regular expression.",
		Examples: examples(
			`regex_split("a, b;c", "[,;] *")`, `["a", "b", "c"]`,
			`regex_split("abc", "x")`, `["abc"]`,
			`regex_split(",a", ",")`, `["", "a"]`,
		),
	}, overload{text: "regex_split(s: string, pattern: string) -> array<string>", kernel: regexSplitKernel})
}

func regexSplitKernel(c *kernel.Call) arrow.Array {
	s := kernel.Reader[string](c.Args[0])
	regex := regexes.reader(kernel.Reader[string](c.Args[1]), c.Fail)
	return textLists(c, func(i int, parts []string) ([]string, bool) {
		re, ok := regex(i)
		if !ok {
			return nil, false
		}
		return append(parts, re.Split(s(i), -1)...), true
	})
}
