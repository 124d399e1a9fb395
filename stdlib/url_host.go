package stdlib

import (
	"net/url"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnURLHost() *Function {
	return define(sig.Function{
		Name: "url_host", Group: groupURL,
		Doc: "Gives the host of an address without its port; null when it has none.",
		Examples: examples(
			`url_host("https://edy.example:8443/docs")`, `"edy.example"`,
			`url_host("http://user:pw@10.0.0.1/")`, `"10.0.0.1"`,
			`url_host("/docs")`, `null`,
			`url_host("http://[::1]:80/")`, `"::1"`,
		),
	}, overload{text: "url_host(url: string) -> string?", kernel: kernel.MapOpt1(urlPart(func(u *url.URL) (string, bool) { return notEmpty(u.Hostname()) }))})
}
