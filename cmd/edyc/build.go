package main

import (
	"fmt"
	"os"

	"github.com/edynamic/edynamic/compiler/graph"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/optimize"
	"github.com/edynamic/edynamic/lang/source"
)

type buildCmd struct {
	File string `arg:"" help:"The program."`
	Out  string `short:"o" required:"" placeholder:"OUT.edyg" help:"The archive to write."`
}

// Help is shown under --help.
func (buildCmd) Help() string {
	return `Writes the program with everything it imports as one archive: the plan, the Avro schemas of its topics, and the sources, under a content hash. The same program gives the same bytes. edyc run, explain and test take the archive in place of the source; paths of data then start at the folder of the archive.

Example:
  edyc build quakes.edy -o quakes.edyg
  edyc run quakes.edyg --output hourly=-`
}

// Run checks the program and writes it.
func (c *buildCmd) Run(a *app) error {
	p, err := a.load(c.File, nil)
	if err != nil {
		return err
	}
	if err := a.report(p.Diags); err != nil {
		return err
	}
	prog := p.Result.Program
	plan, err := lower.Program(prog, lower.Options{All: true})
	if err != nil {
		return err
	}
	files := make([]*source.File, len(p.Files))
	for i, f := range p.Files {
		files[i] = f.Source
	}
	g, err := graph.New(version, files, prog, optimize.Run(plan, optimize.Options{}))
	if err != nil {
		return err
	}
	archive, err := graph.Pack(g)
	if err != nil {
		return err
	}
	return c.write(a, archive)
}

func (c *buildCmd) write(a *app, archive *graph.Archive) error {
	out, err := os.Create(c.Out)
	if err != nil {
		return fmt.Errorf("cannot write %q: %w", c.Out, err)
	}
	_, err = archive.WriteTo(out)
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("cannot write %q: %w", c.Out, err)
	}
	_, err = fmt.Fprintf(a.stderr, "%s written\n", c.Out)
	return err
}
