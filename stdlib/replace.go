package stdlib

import (
	"strings"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnReplace() *Function {
	return define(sig.Function{
		Name: "replace", Group: groupText,
		Doc:     "Puts a text in place of each occurrence of another. An empty text occurs nowhere.",
		Failure: "The result is longer than 16 MiB.",
		Examples: examples(
			`replace("2026/01/31", "/", "-")`, `"2026-01-31"`,
			`replace("aaa", "aa", "b")`, `"ba"`,
			`replace("abc", "", "-")`, `"abc"`,
		),
	}, overload{text: "replace(s: string, old: string, new: string) -> string", kernel: kernel.MapTextErr3(func(dst []byte, s, old, new string) ([]byte, error) {
		if old == "" {
			return append(dst, s...), nil
		}
		if len(new) > len(old) && len(s)+strings.Count(s, old)*(len(new)-len(old)) > maxText {
			return nil, errTextTooLong
		}
		for {
			before, after, found := strings.Cut(s, old)
			dst = append(dst, before...)
			if !found {
				return dst, nil
			}
			dst, s = append(dst, new...), after
		}
	})})
}
