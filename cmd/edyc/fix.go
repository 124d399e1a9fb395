package main

import (
	"fmt"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

type fixCmd struct {
	Code  []string `placeholder:"CODE" help:"Only fixes of these codes, such as E0105."`
	Files []string `arg:"" name:"file" help:"Files to mend."`
}

// Help is shown under --help.
func (fixCmd) Help() string {
	return `Applies the fixes marked "apply": those that cannot change what was meant. Others need a decision and are left to you.

Example:
  edyc fix pipeline.edy
  edyc fix --code E0105 pipeline.edy`
}

// Run applies fixes until none is left, since one may uncover another.
func (c *fixCmd) Run(a *app) error {
	for _, code := range c.Code {
		if _, ok := diag.Page(diag.Code(code)); !ok {
			return usage("--code %s: there is no such code; edyc help codes lists them", code)
		}
	}
	for _, path := range c.Files {
		total := 0
		for range 10 {
			n, err := c.once(a, path)
			if err != nil {
				return err
			}
			total += n
			if n == 0 {
				break
			}
		}
		left, err := c.left(a, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stderr, "%s: %d fixed%s\n", path, total, left)
	}
	return nil
}

// left says how many errors need a decision.
func (c *fixCmd) left(a *app, path string) (string, error) {
	p, err := a.load(path, nil)
	if err != nil {
		return "", err
	}
	if n := len(errorsOf(p.Diags).Items); n > 0 {
		return fmt.Sprintf(", %s left that edyc check shows", counted(int64(n), "error")), nil
	}
	return "", nil
}

func (c *fixCmd) once(a *app, path string) (int, error) {
	p, err := a.load(path, nil)
	if err != nil {
		return 0, err
	}
	if p.Archived() {
		return 0, fmt.Errorf("cannot mend %q: it is an archive; mend its sources and build it again", path)
	}
	fixes := c.fixes(p.Diags, p.File)
	if len(fixes) == 0 {
		return 0, nil
	}
	text, n := diag.ApplyFixes(p.File.Source, fixes)
	if n == 0 {
		return 0, nil
	}
	return n, writeFile(path, text)
}

// fixes are those to apply to one file.
func (c *fixCmd) fixes(diags *diag.List, file *ast.File) []diag.Fix {
	var out []diag.Fix
	for _, d := range diags.Items {
		if !c.wanted(d.Code) {
			continue
		}
		for _, f := range d.Fixes {
			if f.Confidence == diag.Apply && editsIn(f, file.Source) {
				out = append(out, f)
				break
			}
		}
	}
	return out
}

func (c *fixCmd) wanted(code diag.Code) bool {
	if len(c.Code) == 0 {
		return true
	}
	for _, w := range c.Code {
		if diag.Code(w) == code {
			return true
		}
	}
	return false
}

func editsIn(f diag.Fix, file *source.File) bool {
	for _, e := range f.Edits {
		if e.Span.File != file {
			return false
		}
	}
	return len(f.Edits) > 0
}
