package stdlib

import (
	"net/url"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnURLScheme() *Function {
	return define(sig.Function{
		Name: "url_scheme", Group: groupURL,
		Doc: "Gives the scheme of an address in lower case; null when it has none.",
		Examples: examples(
			`url_scheme("HTTPS://edy.example/docs")`, `"https"`,
			`url_scheme("/docs")`, `null`,
		),
	}, overload{text: "url_scheme(url: string) -> string?", kernel: kernel.MapOpt1(urlPart(func(u *url.URL) (string, bool) { return notEmpty(u.Scheme) }))})
}
