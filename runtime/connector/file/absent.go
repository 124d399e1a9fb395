package file

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/edynamic/edynamic/lang/diag"
)

// Absent says that there is no file of a path, and which one of the same folder may have
// been meant: one whose name is near, with the same ending, or data with another ending.
func Absent(path string) error {
	absent := errors.New("there is no such file")
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return absent
	}
	stem, ending := split(filepath.Base(path))
	var alike []string // without their endings
	otherwise := ""
	for _, e := range entries {
		name, end := split(e.Name())
		switch {
		case e.IsDir():
		case strings.EqualFold(end, ending):
			alike = append(alike, name)
		case name == stem && otherwise == "" && !code(ending):
			otherwise = e.Name()
		}
	}
	if near, ok := diag.Closest(stem, alike); ok {
		otherwise = near + ending
	}
	if otherwise == "" {
		return absent
	}
	return &misnamed{absent, otherwise}
}

// misnamed is a file that is not there beside one that may have been meant.
type misnamed struct {
	absent error
	near   string
}

func (m *misnamed) Error() string { return fmt.Sprintf("%v; did you mean %q?", m.absent, m.near) }

func (m *misnamed) Unwrap() error { return m.absent }

// Near is the name of the other file, in the folder where this one was looked for.
func (m *misnamed) Near() string { return m.near }

// code: files with another ending cannot stand for one with this.
func code(ending string) bool { return ending == ".edy" || ending == ".wasm" }

func split(name string) (stem, ending string) {
	ending = filepath.Ext(name)
	return strings.TrimSuffix(name, ending), ending
}
