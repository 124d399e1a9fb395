package stdlib

import (
	"errors"
	"strings"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnSplitPart() *Function {
	return define(sig.Function{
		Name: "split_part", Group: groupText,
		Doc:     "Cuts a text at each separator and takes the n-th piece, counted from 1, or from the end with a negative n; an empty text when there is none.",
		Failure: "n is 0.",
		Examples: examples(
			`split_part("a/b/c", "/", 2)`, `"b"`,
			`split_part("a/b/c", "/", -1)`, `"c"`,
			`split_part("a/b/c", "/", 9)`, `""`,
			`split_part("a/b/c", "/", 0)`, `error: pieces are counted from 1, or from -1 at the end`,
		),
	}, overload{text: "split_part(s: string, separator: string, n: long) -> string", kernel: kernel.MapErr3(splitPart)})
}

func splitPart(s, separator string, n int64) (string, error) {
	switch {
	case n == 0:
		return "", errors.New("pieces are counted from 1, or from -1 at the end")
	case separator == "" && (n == 1 || n == -1):
		return s, nil
	case separator == "":
		return "", nil
	case n < 0:
		n += int64(strings.Count(s, separator)) + 2
		if n <= 0 {
			return "", nil
		}
	}
	for ; n > 1; n-- {
		at := strings.Index(s, separator)
		if at < 0 {
			return "", nil
		}
		s = s[at+len(separator):]
	}
	before, _, _ := strings.Cut(s, separator)
	return before, nil
}
