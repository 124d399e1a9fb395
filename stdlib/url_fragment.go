package stdlib

import (
	"net/url"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnURLFragment() *Function {
	return define(sig.Function{
		Name: "url_fragment", Group: groupURL,
		Doc: "Gives what follows the # in an address, decoded; null when there is none.",
		Examples: examples(
			`url_fragment("https://edy.example/docs#part%201")`, `"part 1"`,
			`url_fragment("https://edy.example/docs")`, `null`,
		),
	}, overload{text: "url_fragment(url: string) -> string?", kernel: kernel.MapOpt1(urlPart(func(u *url.URL) (string, bool) { return notEmpty(u.Fragment) }))})
}
