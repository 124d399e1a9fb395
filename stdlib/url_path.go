package stdlib

import (
	"net/url"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnURLPath() *Function {
	return define(sig.Function{
		Name: "url_path", Group: groupURL,
		Doc: "Gives the path of an address, decoded; null when the text is not an address.",
		Examples: examples(
			`url_path("https://edy.example/docs/a%20b?q=1")`, `"/docs/a b"`,
			`url_path("https://edy.example")`, `""`,
			`url_path("http://[broken")`, `null`,
		),
	}, overload{text: "url_path(url: string) -> string?", kernel: kernel.MapOpt1(urlPart(func(u *url.URL) (string, bool) { return u.Path, true }))})
}
