package stdlib

import (
	"regexp"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnRegexReplace() *Function {
	return define(sig.Function{
		Name: "regex_replace", Group: groupRegex,
		Doc:     "Puts a text in place of every match of a regular expression. In it `\\1` to `\\9` stand for what the groups caught, `\\0` for the whole match, `\\\\` for a backslash.",
		Failure: "The pattern is not a regular expression, the replacement names a group it does not have, or the result is longer than 16 MiB.",
		Examples: examples(
			`regex_replace("order 66, 67", r"\d+", "#")`, `"order #, #"`,
			`regex_replace("Doe, Jane", r"(\w+), (\w+)", r"\2 \1")`, `"Jane Doe"`,
			`regex_replace("abc", "x", "y")`, `"abc"`,
			`regex_replace("abc", "b", r"\1")`, `error: the regular expression "b" has no group 1`,
		),
	}, overload{text: "regex_replace(s: string, pattern: string, replacement: string) -> string", kernel: regexReplaceKernel})
}

func regexReplaceKernel(c *kernel.Call) arrow.Array {
	s, with, out := kernel.Reader[string](c.Args[0]), kernel.Reader[string](c.Args[2]), kernel.NewColumn[[]byte](c)
	regex := regexes.reader(kernel.Reader[string](c.Args[1]), c.Fail)
	var buf []byte
	c.Each(func(i int) {
		re, ok := regex(i)
		if !ok {
			return
		}
		var err error
		if buf, err = replaceAll(buf[:0], re, s(i), with(i)); err != nil {
			c.Fail(i, err.Error())
			return
		}
		out.Set(i, buf)
	})
	return out.Finish()
}

func replaceAll(dst []byte, re *regexp.Regexp, text, with string) ([]byte, error) {
	at := 0
	for _, found := range re.FindAllStringSubmatchIndex(text, -1) {
		dst = append(dst, text[at:found[0]]...)
		var err error
		if dst, err = expandGroups(dst, re, text, with, found); err != nil {
			return dst, err
		}
		if at = found[1]; len(dst) > maxText {
			return dst, errTextTooLong
		}
	}
	return append(dst, text[at:]...), nil
}

func expandGroups(dst []byte, re *regexp.Regexp, text, with string, found []int) ([]byte, error) {
	for i := 0; i < len(with); i++ {
		if with[i] != '\\' || i+1 == len(with) {
			dst = append(dst, with[i])
			continue
		}
		i++
		if with[i] < '0' || with[i] > '9' {
			dst = append(dst, with[i])
			continue
		}
		g := int(with[i] - '0')
		if err := groupOf(re, int64(g)); err != nil {
			return dst, err
		}
		if found[2*g] >= 0 {
			dst = append(dst, text[found[2*g]:found[2*g+1]]...)
		}
	}
	return dst, nil
}
