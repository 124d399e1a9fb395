package main

import (
	"fmt"
	"io"
	"os"

	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/runtime/load"
)

type fmtCmd struct {
	Write bool     `short:"w" help:"Write the result back to the file instead of printing it."`
	Check bool     `help:"Change nothing; list the files that are not in canonical form and exit with 1 if there are any."`
	Files []string `arg:"" optional:"" name:"file" help:"Files to format; standard input when there are none."`
}

// Help is shown under --help.
func (fmtCmd) Help() string {
	return `There is one canonical form and no options. Text that cannot be read is left as it stands.

Example:
  edyc fmt -w *.edy
  edyc fmt --check *.edy`
}

// Run formats files, or standard input.
func (c *fmtCmd) Run(a *app) error {
	if len(c.Files) == 0 {
		text, err := io.ReadAll(a.stdin)
		if err != nil {
			return fmt.Errorf("cannot read standard input: %w", err)
		}
		_, err = io.WriteString(a.stdout, syntax.Format(source.New("-", string(text))))
		return err
	}
	unformatted := false
	for _, path := range c.Files {
		text, err := os.ReadFile(path)
		if err != nil {
			return load.ReadError(path, err)
		}
		out := syntax.Format(source.New(path, string(text)))
		changed := out != string(text)
		unformatted = unformatted || changed
		if err := c.put(a, path, out, changed); err != nil {
			return err
		}
	}
	if c.Check && unformatted {
		return failed()
	}
	return nil
}

func (c *fmtCmd) put(a *app, path, text string, changed bool) error {
	switch {
	case c.Check:
		if changed {
			fmt.Fprintln(a.stdout, path)
		}
		return nil
	case c.Write:
		if !changed {
			return nil
		}
		return writeFile(path, text)
	}
	_, err := io.WriteString(a.stdout, text)
	return err
}

// writeFile replaces a file's text and keeps its permissions.
func writeFile(path, text string) error {
	mode := os.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		return fmt.Errorf("cannot write %q: %w", path, err)
	}
	return nil
}
