package stdlib

import (
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnLpad() *Function {
	return define(sig.Function{
		Name: "lpad", Group: groupText,
		Doc:     "Fills a text from the left to a width in characters; a longer text is cut to its first characters.",
		Failure: "The width is above 16 MiB.",
		Examples: examples(
			`lpad("7", 3, "0")`, `"007"`,
			`lpad("Åbo", 6, "xy")`, `"xyxÅbo"`,
			`lpad("Helsinki", 3)`, `"Hel"`,
			`lpad("a", -1)`, `""`,
		),
	}, overload{text: `lpad(s: string, width: long, fill: string = " ") -> string`, kernel: kernel.MapTextErr3(func(dst []byte, s string, width int64, fill string) ([]byte, error) {
		p, cut, err := pad(s, width, fill)
		return append(p.append(dst), cut...), err
	})})
}

// padding is a text some times over, and the beginning of it.
type padding struct {
	fill  string
	times int64
	rest  string
}

func (p padding) append(dst []byte) []byte {
	return append(appendRepeated(dst, p.fill, int(p.times)), p.rest...)
}

// pad gives the text cut to the width, and what it lacks. An empty fill lacks nothing.
func pad(s string, width int64, fill string) (p padding, cut string, err error) {
	if width <= 0 {
		return p, "", nil
	}
	missing := width - int64(utf8.RuneCountInString(s))
	switch {
	case missing < 0:
		return p, firstChars(s, width), nil
	case missing == 0 || fill == "":
		return p, s, nil
	case missing*utf8.UTFMax > maxText:
		return p, "", errTextTooLong
	}
	size := int64(utf8.RuneCountInString(fill))
	return padding{fill: fill, times: missing / size, rest: firstChars(fill, missing%size)}, s, nil
}

// firstChars is the first n characters; n may be larger than the text.
func firstChars(s string, n int64) string {
	if n >= int64(len(s)) {
		return s
	}
	for i := range s {
		if n <= 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// withoutFirst is the text without its first n characters.
func withoutFirst(s string, n int64) string { return s[len(firstChars(s, n)):] }
