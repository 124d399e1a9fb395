package sdk

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// scaffolds are the files of a new function: those of each language, and those of all.
//
//go:embed scaffold
var scaffolds embed.FS

// Languages are those that a function can be begun in.
var Languages = []string{"rust", "go", "c", "assemblyscript"}

// memory is what a module of a language needs at least, helpers and all.
var memory = map[string]string{"rust": "1MiB", "go": "32MiB", "c": "1MiB", "assemblyscript": "2MiB"}

// Scaffold writes a function of a name into a folder of that name: a program with tests,
// the source, the helpers, and build.sh.
func Scaffold(language, name string) error {
	if !slices.Contains(Languages, language) {
		return fmt.Errorf("there is no scaffold in %q; there are %s", language, strings.Join(Languages, ", "))
	}
	for _, from := range []struct {
		files embed.FS
		dir   string
	}{{scaffolds, "scaffold/all"}, {scaffolds, "scaffold/" + language}, {Files, language}} {
		if err := copyTree(from.files, from.dir, language, name); err != nil {
			return err
		}
	}
	return nil
}

func copyTree(files embed.FS, dir, language, name string) error {
	return fs.WalkDir(files, dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		words := strings.NewReplacer("NAME", name, "MEMORY", memory[language])
		to := filepath.Join(name, strings.TrimSuffix(words.Replace(filepath.Base(path)), ".tmpl"))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if strings.HasSuffix(to, ".sh") {
			mode = 0o755
		}
		return os.WriteFile(to, []byte(words.Replace(string(text))), mode)
	})
}
