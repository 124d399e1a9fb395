package stdlib

import (
	"net/url"
	"strconv"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnURLPort() *Function {
	return define(sig.Function{
		Name: "url_port", Group: groupURL,
		Doc: "Gives the port written in an address; null when there is none.",
		Examples: examples(
			`url_port("https://edy.example:8443/docs")`, `8443`,
			`url_port("https://edy.example/docs")`, `null`,
		),
	}, overload{text: "url_port(url: string) -> int?", kernel: kernel.MapOpt1(func(s string) (int32, bool) {
		u, err := url.Parse(s)
		if err != nil {
			return 0, false
		}
		port, err := strconv.ParseUint(u.Port(), 10, 16)
		return int32(port), err == nil
	})})
}
