package main

import (
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/runtime/load"
	"github.com/edynamic/edynamic/runtime/registry"
)

type checkCmd struct {
	Files []string `arg:"" name:"file" help:"Files to check."`
	Data  string   `placeholder:"DIR" help:"Check schemas beside those that are stored in a data folder, too."`
}

// Help is shown under --help.
func (checkCmd) Help() string {
	return `Reads and checks files with everything they import, and runs nothing. Exit code 1 says that one of them has errors.

Example:
  edyc check pipeline.edy
  edyc check --errors=json *.edy
  edyc check pipeline.edy --data state`
}

// Run checks each file as a program of its own.
func (c *checkCmd) Run(a *app) error {
	all := &diag.List{}
	seen := map[*diag.Diagnostic]bool{}
	var programs []*load.Program
	for _, path := range c.Files {
		p, err := a.load(path, nil)
		if err != nil {
			return err
		}
		programs = append(programs, p)
		for _, d := range p.Diags.Items {
			if !seen[d] {
				seen[d] = true
				all.Add(d)
			}
		}
	}
	if c.Data != "" {
		if err := a.checkStored(c.Data, programs, all); err != nil {
			return err
		}
	}
	if err := a.report(all); err != nil {
		return err
	}
	if a.errors != "json" {
		for _, p := range programs {
			a.guarantees(p.Result.Program)
		}
		fmt.Fprintf(a.stderr, "%s\n", checked(len(c.Files), len(all.Items)))
	}
	return nil
}

// checkStored adds where schemas break what topics promise of those that are stored.
func (a *app) checkStored(dir string, programs []*load.Program, all *diag.List) error {
	l, _, err := a.readLog(dir)
	if err != nil {
		return err
	}
	defer l.Close()
	for _, p := range programs {
		if p.Diags.HasErrors() {
			continue
		}
		broken, err := registry.Open(l).Diagnose(p.Result.Program, p.Files)
		if err != nil {
			return err
		}
		all.Items = append(all.Items, broken.Items...)
	}
	return nil
}

// guarantees names the sinks that a durable run cannot write exactly once.
func (a *app) guarantees(prog *ir.Program) {
	for _, s := range prog.Sinks {
		if filePath(s.URI, "") == "-" || s.URI == "" && s.Settings["path"] == "-" {
			fmt.Fprintf(a.stderr, "sink %s: at least once under --data, because standard output cannot be taken back\n", s.Name)
		}
	}
}

func checked(files, warnings int) string {
	text := fmt.Sprintf("%d files are fine", files)
	if files == 1 {
		text = "1 file is fine"
	}
	switch warnings {
	case 0:
	case 1:
		text += ", with 1 warning"
	default:
		text += fmt.Sprintf(", with %d warnings", warnings)
	}
	return text
}
