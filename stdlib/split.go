package stdlib

import (
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnSplit() *Function {
	return define(sig.Function{
		Name: "split", Group: groupText,
		Doc: "Cuts a text at each separator. An empty separator cuts between all characters.",
		Examples: examples(
			`split("a,b,,c", ",")`, `["a", "b", "", "c"]`,
			`split("Åbo", "")`, `["Å", "b", "o"]`,
			`split("", ",")`, `[""]`,
			`split("abc", ", ")`, `["abc"]`,
		),
	}, overload{text: "split(s: string, separator: string) -> array<string>", kernel: splitKernel})
}

func splitKernel(c *kernel.Call) arrow.Array {
	s, separator := kernel.Reader[string](c.Args[0]), kernel.Reader[string](c.Args[1])
	return textLists(c, func(i int, parts []string) ([]string, bool) {
		sep := separator(i)
		rest := s(i)
		for sep == "" && rest != "" {
			_, size := utf8.DecodeRuneInString(rest)
			if parts = append(parts, rest[:size]); size == len(rest) {
				return parts, true
			}
			rest = rest[size:]
		}
		if sep == "" { // nothing has no characters
			return parts, true
		}
		for {
			at := strings.Index(rest, sep)
			if at < 0 {
				return append(parts, rest), true
			}
			parts = append(parts, rest[:at])
			rest = rest[at+len(sep):]
		}
	})
}

// textLists builds an array of texts per row. parts appends the texts of a row to
// the slice it is given, or fails the row and gives false.
func textLists(c *kernel.Call, parts func(row int, parts []string) ([]string, bool)) arrow.Array {
	lists := kernel.NewListColumn(c)
	var all []string
	c.Each(func(i int) {
		more, ok := parts(i, all)
		if ok && lists.Set(i, len(more)-len(all)) {
			all = more
		}
	})
	return lists.Finish(kernel.NewValues(c.Alloc, types.TString, all))
}
