package stdlib

import (
	"net/url"
	"strings"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnURLParam() *Function {
	return define(sig.Function{
		Name: "url_param", Group: groupURL,
		Doc: "Gives the first value of a parameter in the query of an address, decoded; null when there is none.",
		Examples: examples(
			`url_param("https://edy.example/?q=a+b&r=2", "q")`, `"a b"`,
			`url_param("https://edy.example/?q=1&q=2", "q")`, `"1"`,
			`url_param("https://edy.example/?q=", "q")`, `""`,
			`url_param("https://edy.example/?q=1", "x")`, `null`,
		),
	}, overload{text: "url_param(url: string, name: string) -> string?", kernel: kernel.MapOpt2(func(s, name string) (string, bool) {
		u, err := url.Parse(s)
		if err != nil {
			return "", false
		}
		for pair := range strings.SplitSeq(u.RawQuery, "&") {
			k, v, _ := strings.Cut(pair, "=")
			key, err := url.QueryUnescape(k)
			if err != nil || key != name || pair == "" {
				continue
			}
			value, err := url.QueryUnescape(v)
			return value, err == nil
		}
		return "", false
	})})
}
