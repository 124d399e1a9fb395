// Package connector is what a connector is to the engine: the place rows come
// from or go to, named by a URI. Each connector is a package below this one.
//
// A connector opens, reads and writes bytes and leaves their meaning to a format.
// It takes files, clocks and standard streams from whoever builds it, and says
// what went wrong in one line that names the place.
package connector

import (
	"fmt"
	"net/url"
	"strings"
)

// URI is a path with settings: `data/*.ndjson?timestamps=epoch_millis`. The path
// "-" is standard input or output.
type URI struct {
	Path    string
	Options map[string]string // of the connector and the format together
}

// ParseURI takes a URI apart. A question mark begins the settings only where
// `name=value` follows, so that globs may hold one. Values may use %-escapes; a
// plus sign is itself.
func ParseURI(s string) (URI, error) {
	u := URI{Path: s, Options: map[string]string{}}
	at := strings.LastIndexByte(s, '?')
	if at >= 0 && (strings.Contains(s[at:], "=") || at == len(s)-1 && at > 0) {
		u.Path = s[:at]
		if err := u.settings(s[at+1:]); err != nil {
			return URI{}, fmt.Errorf("%q: %w", s, err)
		}
	}
	if u.Path == "" {
		return URI{}, fmt.Errorf("%q has no path", s)
	}
	if scheme, _, ok := strings.Cut(u.Path, "://"); ok {
		return URI{}, fmt.Errorf("%q: there is no connector %q for a URI; it is a path, or - for standard input and output", s, scheme)
	}
	return u, nil
}

func (u *URI) settings(text string) error {
	if text == "" {
		return nil
	}
	for _, part := range strings.Split(text, "&") {
		name, escaped, ok := strings.Cut(part, "=")
		if !ok || name == "" {
			return fmt.Errorf("%q is not a setting such as format=csv", part)
		}
		value, err := url.PathUnescape(escaped)
		if err != nil {
			return fmt.Errorf("the value of %s is not escaped correctly: %q", name, escaped)
		}
		if _, twice := u.Options[name]; twice {
			return fmt.Errorf("the setting %s is given twice", name)
		}
		u.Options[name] = value
	}
	return nil
}

// Take removes a setting and returns it.
func (u *URI) Take(name string) (value string, ok bool) {
	value, ok = u.Options[name]
	delete(u.Options, name)
	return value, ok
}

// With returns the URI with settings of a declaration added; those of the URI win
// one by one (SEMANTICS 138).
func (u URI) With(declared map[string]string) URI {
	all := map[string]string{}
	for name, v := range declared {
		all[name] = v
	}
	for name, v := range u.Options {
		all[name] = v
	}
	return URI{Path: u.Path, Options: all}
}

// Error is a place that cannot be read or written: the environment's fault. Its
// text is one line.
type Error struct {
	Verb string // read or write
	Path string
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("cannot %s %q: %v", e.Verb, e.Path, e.Err) }

// Unwrap is the reason.
func (e *Error) Unwrap() error { return e.Err }
