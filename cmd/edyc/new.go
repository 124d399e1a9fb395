package main

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/edynamic/edynamic/lang/pattern"
)

//go:embed template
var template embed.FS

type newCmd struct {
	Name string `arg:"" help:"Name of the project and of its folder."`
}

// Help is shown under --help.
func (newCmd) Help() string {
	return `Makes a folder with a small pipeline, sample data and a test: it checks, tests and runs as it is.

Example:
  edyc new orders
  cd orders && edyc test orders.edy && edyc run orders.edy`
}

var projectName = pattern.Of(`^[a-z][a-z0-9_]*$`)

// Run writes the project.
func (c *newCmd) Run(a *app) error {
	if !projectName().MatchString(c.Name) {
		return usage("%q is not a name: use lower-case letters, digits and _, starting with a letter", c.Name)
	}
	if _, err := os.Stat(c.Name); err == nil {
		return fmt.Errorf("%q exists already", c.Name)
	}
	err := fs.WalkDir(template, "template", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := template.ReadFile(path)
		if err != nil {
			return err
		}
		rel := strings.ReplaceAll(strings.TrimPrefix(path, "template/"), "NAME", c.Name)
		to := filepath.Join(c.Name, strings.TrimSuffix(rel, ".tmpl"))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, []byte(strings.ReplaceAll(string(text), "NAME", c.Name)), 0o644)
	})
	if err != nil {
		return fmt.Errorf("cannot write the project: %w", err)
	}
	_, err = fmt.Fprintf(a.stdout, "%s/ is ready:\n\n  cd %s\n  edyc test %s.edy\n  edyc run %s.edy\n", c.Name, c.Name, c.Name, c.Name)
	return err
}
