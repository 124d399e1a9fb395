package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnRegexExtract() *Function {
	return define(sig.Function{
		Name: "regex_extract", Group: groupRegex,
		Doc:     "Takes what the first match of a regular expression, or one of its groups, caught; null when nothing did.",
		Failure: "The pattern is not a regular expression, or has no such group.",
		Examples: examples(
			`regex_extract("order 66, 67", r"\d+")`, `"66"`,
			`regex_extract("a=1&b=2", "b=([^&]*)", 1)`, `"2"`,
			`regex_extract("abc", r"\d")`, `null`,
			`regex_extract("ac", "a(b)?c", 1)`, `null`,
			`regex_extract("abc", "a", 1)`, `error: the regular expression "a" has no group 1`,
		),
	}, overload{text: "regex_extract(s: string, pattern: string, group: long = 0) -> string?", kernel: regexExtractKernel})
}

func regexExtractKernel(c *kernel.Call) arrow.Array {
	s, group, out := kernel.Reader[string](c.Args[0]), kernel.Reader[int64](c.Args[2]), kernel.NewColumn[string](c)
	regex := regexes.reader(kernel.Reader[string](c.Args[1]), c.Fail)
	c.Each(func(i int) {
		re, ok := regex(i)
		if !ok {
			return
		}
		g, text := group(i), s(i)
		if err := groupOf(re, g); err != nil {
			c.Fail(i, err.Error())
			return
		}
		found := re.FindStringSubmatchIndex(text)
		if found == nil || found[2*g] < 0 {
			out.Null(i)
			return
		}
		out.Set(i, text[found[2*g]:found[2*g+1]])
	})
	return out.Finish()
}
