package file

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/formats"
)

// isGlob reports a path that stands for several files. A file that has the name of
// the glob is meant by it.
func (p *place) isGlob() bool {
	if !strings.ContainsAny(p.uri.Path, "*?[") {
		return false
	}
	_, err := os.Lstat(p.path)
	return err != nil
}

// matches are the files that a glob names, in order: no folders, and hidden ones only
// where the glob begins with a point too.
func (p *place) matches() ([]string, error) {
	found, err := filepath.Glob(p.path)
	if err != nil {
		return nil, errors.New("it is not a glob: " + err.Error())
	}
	hidden := strings.HasPrefix(filepath.Base(p.path), ".")
	files := slices.DeleteFunc(found, func(path string) bool {
		info, err := os.Stat(path)
		return err == nil && info.IsDir() || !hidden && strings.HasPrefix(filepath.Base(path), ".")
	})
	if len(files) == 0 {
		return nil, errors.New("no file has such a name")
	}
	slices.Sort(files)
	return files, nil
}

// byName is the format that the end of a path tells, and the compression around it.
func byName(path string) (f format.Format, compression string, ok bool) {
	extension := filepath.Ext(path)
	if c, packed := compressions[extension]; packed {
		compression = c
		extension = filepath.Ext(strings.TrimSuffix(path, extension))
	}
	f, ok = formats.ByExtension(extension)
	return f, compression, ok
}

// byGlob is the format of a glob whose own end does not tell it: that of the ending
// before its last star (data/*.ndjson*), else the one that all its files have.
func (p *place) byGlob() (format.Format, error) {
	if f, _, ok := byName(strings.TrimRight(p.uri.Path, "*?")); ok {
		return f, nil
	}
	files, err := p.matches()
	if err != nil {
		return format.Format{}, err
	}
	var all format.Format
	for i, path := range files {
		f, _, ok := byName(path)
		switch {
		case !ok:
			return f, fmt.Errorf("the extension of %q does not tell the format; %s", filepath.Base(path), addFormat())
		case i > 0 && f.Name != all.Name:
			return f, fmt.Errorf("%q is %s and %q is %s; name files of one format", filepath.Base(files[0]), all.Name, filepath.Base(path), f.Name)
		}
		all = f
	}
	return all, nil
}

func addFormat() string { return "add ?format= with one of " + strings.Join(formats.Names(), ", ") }
