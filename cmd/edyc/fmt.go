package main

import (
	"fmt"
	"io"
	"os"

	"github.com/edynamic/edynamic/compiler/graph"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/runtime/load"
)

type fmtCmd struct {
	Write bool     `short:"w" help:"Write the result back to the file instead of printing it."`
	Check bool     `help:"Change nothing; list the files that are not in canonical form and exit with 1 if there are any."`
	Files []string `arg:"" optional:"" name:"file" help:"Files to format; standard input when there are none, or -."`
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
	if c.Write && c.Check {
		return usage("--check changes nothing, and -w writes: say one of them")
	}
	if len(c.Files) == 0 {
		c.Files = []string{"-"}
	}
	unformatted := false
	for _, path := range c.Files {
		text, err := c.read(a, path)
		if err != nil {
			return err
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

// read reads a file, or standard input as -.
func (c *fmtCmd) read(a *app, path string) ([]byte, error) {
	if path == "-" {
		if c.Write {
			return nil, usage("-w writes files back, and standard input is none")
		}
		text, err := io.ReadAll(a.stdin)
		if err != nil {
			return nil, fmt.Errorf("cannot read standard input: %w", err)
		}
		return text, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, load.ReadError(path, err)
	}
	if graph.IsArchive(text) {
		return nil, fmt.Errorf("cannot format %q: it is an archive; format its sources", path)
	}
	return text, load.NoProgram(path, text)
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
