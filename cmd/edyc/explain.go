package main

import (
	"github.com/edynamic/edynamic/compiler/explain"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/optimize"
)

type explainCmd struct {
	File   string            `arg:"" help:"The program."`
	Stage  string            `enum:"summary,ast,ir,plan,graph" default:"summary" placeholder:"summary|ast|ir|plan|graph" help:"What to show: the program stage by stage (summary), the syntax tree, the typed program, the plan, or the plan as it is deployed."`
	Format string            `enum:"text,json,dot,mermaid,svg" default:"text" placeholder:"text|json|dot|mermaid|svg" help:"How it is written; a summary, a plan and a graph can be drawn."`
	Set    map[string]string `placeholder:"PARAM=VALUE" mapsep:"none" help:"Give a param another value."`
	Full   bool              `help:"Show every column after every stage, not only those that changed."`
}

// Help is shown under --help.
func (explainCmd) Help() string {
	return `Without --stage, shows for each stage what it does to columns (+ new, ~ changed, - gone), kind, key, time and window, and how much state it keeps; the schema of a topic that was taken from data stands there to paste.

Example:
  edyc explain quakes.edy
  edyc explain quakes.edy --stage graph --format svg > quakes.svg`
}

// Run checks a program and shows it.
func (c *explainCmd) Run(a *app) error {
	stage, format := explain.Stage(c.Stage), explain.Format(c.Format)
	if err := explain.Check(stage, format); err != nil {
		return usage("%v", err)
	}
	p, err := a.load(c.File, c.Set)
	if err != nil {
		return err
	}
	in := explain.Input{Files: p.Files, Program: p.Result.Program, Full: c.Full}
	if stage == explain.AST { // a tree can be shown of what does not check
		if err := explain.Write(a.stdout, in, stage, format); err != nil {
			return err
		}
		return a.report(p.Diags)
	}
	if err := a.report(p.Diags); err != nil {
		return err
	}
	if in.Plan, err = lower.Program(in.Program, lower.Options{All: true}); err != nil {
		return err
	}
	if stage == explain.Graph {
		in.Graph = optimize.Run(in.Plan, optimize.Options{})
	}
	if printed, err := printedStream(in.Program, p.File.Source, nil); err == nil {
		in.Printed = printed
	}
	return explain.Write(a.stdout, in, stage, format)
}
