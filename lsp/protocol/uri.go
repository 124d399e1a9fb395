package protocol

import (
	"net/url"
	"path/filepath"
	"strings"
)

// Path is the file that a URI names; ok is false for one that names none, such as a
// buffer that was never saved.
func Path(uri string) (path string, ok bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" || u.Path == "" {
		return "", false
	}
	p := u.Path
	if len(p) > 2 && p[0] == '/' && p[2] == ':' { // /C:/dir
		p = p[1:]
	}
	return filepath.Clean(filepath.FromSlash(p)), true
}

// URI names a file. A path that is a URI already stays one.
func URI(path string) string {
	if strings.Contains(path, "://") || strings.HasPrefix(path, "untitled:") {
		return path
	}
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return (&url.URL{Scheme: "file", Path: p}).String()
}
