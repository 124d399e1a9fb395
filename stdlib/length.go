package stdlib

import (
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnLength() *Function {
	return define(sig.Function{
		Name: "length", Group: groupText,
		Doc: "Counts the characters (code points) of a text, the elements of an array or the entries of a map.",
		Examples: examples(
			`length("sauna")`, `5`,
			`length("Åbo 🙂")`, `5`,
			`length("")`, `0`,
			`length([10, 20, 30])`, `3`,
			`length(map_from(["a"], [1]))`, `1`,
		),
	},
		overload{text: "length(s: string) -> long", kernel: kernel.Map1(func(s string) int64 { return int64(utf8.RuneCountInString(s)) })},
		overload{text: "length<T>(xs: array<T>) -> long", kernel: kernel.Count(func(lo, hi int) int64 { return int64(hi - lo) })},
		overload{text: "length<V>(m: map<V>) -> long", kernel: kernel.Count(func(lo, hi int) int64 { return int64(hi - lo) })},
	)
}
