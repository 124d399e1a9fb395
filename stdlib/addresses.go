package stdlib

import (
	"net/url"
)

// urlPart is the kernel function of a part of an address; what is not an address,
// or has no such part, gives null.
func urlPart(part func(u *url.URL) (string, bool)) func(s string) (string, bool) {
	return func(s string) (string, bool) {
		u, err := url.Parse(s)
		if err != nil {
			return "", false
		}
		return part(u)
	}
}

func notEmpty(s string) (string, bool) { return s, s != "" }
