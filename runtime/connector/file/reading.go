package file

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/runtime/connector"
	"github.com/edynamic/edynamic/runtime/format"
)

// Reading is how the records of a file are read: a format with its settings.
type Reading struct {
	Format  format.Format
	Options format.Options
}

func (p *place) reading() Reading { return Reading{p.format, p.options} }

// String is the reading as ReadingOf takes it.
func (r Reading) String() string {
	out, sep := r.Format.Name, "?"
	escaped := strings.NewReplacer("%", "%25", "&", "%26", "?", "%3F")
	for _, name := range slices.Sorted(maps.Keys(r.Options)) {
		out += sep + name + "=" + escaped.Replace(r.Options[name])
		sep = "&"
	}
	return out
}

// ReadingOf reads a format and its settings, such as csv?delimiter=;.
func ReadingOf(text string) (Reading, error) {
	uri, err := connector.ParseURI(text)
	if err != nil {
		return Reading{}, err
	}
	p, err := resolve(connector.URI{Path: "-", Options: map[string]string{"format": uri.Path}}.With(uri.Options), "", "read")
	if err != nil {
		return Reading{}, err.(*connector.Error).Err
	}
	return p.reading(), nil
}

// ReadingIn is how a file is read whose lane had a name, where a source at a URI reads such
// a file; false where it does not. The file need not be there any more.
func ReadingIn(uri connector.URI, dir, name string) (r Reading, ok bool, err error) {
	at := func(path string) string {
		if filepath.IsAbs(uri.Path) || path == "-" {
			return filepath.Clean(path)
		}
		return filepath.Join(dir, path)
	}
	if fits, err := filepath.Match(at(uri.Path), at(name)); err != nil || !fits && at(uri.Path) != at(name) {
		return r, false, nil
	}
	one := uri.With(nil)
	if _, _, told := byName(strings.TrimRight(uri.Path, "*?")); !told {
		one.Path = name // its own extension tells the format, as that of each file of a glob
	}
	p, err := resolve(one, dir, "read")
	if err != nil {
		return r, false, err
	}
	return p.reading(), true, nil
}
