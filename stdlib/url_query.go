package stdlib

import (
	"net/url"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnURLQuery() *Function {
	return define(sig.Function{
		Name: "url_query", Group: groupURL,
		Doc: "Gives the query of an address as it is written, without the question mark; null when there is none.",
		Examples: examples(
			`url_query("https://edy.example/?q=1&r=a%20b")`, `"q=1&r=a%20b"`,
			`url_query("https://edy.example/")`, `null`,
		),
	}, overload{text: "url_query(url: string) -> string?", kernel: kernel.MapOpt1(urlPart(func(u *url.URL) (string, bool) { return notEmpty(u.RawQuery) }))})
}
