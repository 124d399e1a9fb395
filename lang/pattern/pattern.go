// Package pattern has regular expressions that are compiled when they are first asked for.
// A variable that holds a compiled one costs every start of the program 10 to 100 µs, of
// which most commands need none.
package pattern

import (
	"regexp"
	"sync"
)

// Of is a regular expression by its text. It is compiled once, at the first call, and may be
// called from several goroutines; a text that is none panics there, as with
// regexp.MustCompile.
func Of(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
