package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnRegexExtractAll() *Function {
	return define(sig.Function{
		Name: "regex_extract_all", Group: groupRegex,
		Doc:     "Takes what every match of a regular expression, or one of its groups, caught; an empty text where the group took no part.",
		Failure: "The pattern is not a regular expression, or has no such group.",
		Examples: examples(
			`regex_extract_all("order 66, 67", r"\d+")`, `["66", "67"]`,
			`regex_extract_all("a=1&b=2", "(.)=(.)", 2)`, `["1", "2"]`,
			`regex_extract_all("abc", r"\d")`, `[]`,
		),
	}, overload{text: "regex_extract_all(s: string, pattern: string, group: long = 0) -> array<string>", kernel: regexExtractAllKernel})
}

func regexExtractAllKernel(c *kernel.Call) arrow.Array {
	s, group := kernel.Reader[string](c.Args[0]), kernel.Reader[int64](c.Args[2])
	regex := regexes.reader(kernel.Reader[string](c.Args[1]), c.Fail)
	return textLists(c, func(i int, parts []string) ([]string, bool) {
		re, ok := regex(i)
		if !ok {
			return nil, false
		}
		g, text := group(i), s(i)
		if err := groupOf(re, g); err != nil {
			c.Fail(i, err.Error())
			return nil, false
		}
		for _, found := range re.FindAllStringSubmatchIndex(text, -1) {
			if found[2*g] < 0 {
				parts = append(parts, "")
				continue
			}
			parts = append(parts, text[found[2*g]:found[2*g+1]])
		}
		return parts, true
	})
}
