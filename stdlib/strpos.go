package stdlib

import (
	"strings"
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnStrpos() *Function {
	return define(sig.Function{
		Name: "strpos", Group: groupText,
		Doc: "Finds where a text first occurs in another, in characters from 1; 0 when it does not.",
		Examples: examples(
			`strpos("Helsinki", "i")`, `5`,
			`strpos("Åländska", "ä")`, `3`,
			`strpos("Helsinki", "x")`, `0`,
			`strpos("Helsinki", "")`, `1`,
		),
	}, overload{text: "strpos(s: string, part: string) -> long", kernel: kernel.Map2(func(s, part string) int64 {
		at := strings.Index(s, part)
		if at < 0 {
			return 0
		}
		return int64(utf8.RuneCountInString(s[:at])) + 1
	})})
}
