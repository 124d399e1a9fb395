package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/edynamic/edynamic/lang/diag"
)

type helpCmd struct {
	Topic string `arg:"" optional:"" name:"code" help:"A code such as E0501, or a subcommand."`
}

// Help is shown under --help.
func (helpCmd) Help() string {
	return `Without an argument, lists all codes.

Example:
  edyc help E0501
  edyc help run`
}

// Run prints a code's page, or a subcommand's help.
func (c *helpCmd) Run(a *app, k *kong.Kong) error {
	if c.Topic == "" {
		for _, p := range diag.Pages() {
			fmt.Fprintf(a.stdout, "%s  %s\n", p.Code, p.Title)
		}
		return nil
	}
	if page, ok := diag.Page(diag.Code(c.Topic)); ok {
		_, err := fmt.Fprintln(a.stdout, strings.TrimSpace(page))
		return err
	}
	for _, n := range k.Model.Children {
		if n.Name == c.Topic {
			if code := run([]string{c.Topic, "--help"}, a.stdin, a.stdout.Writer, a.stderr); code != 0 {
				return &failure{code: code}
			}
			return nil
		}
	}
	var codes []string
	for _, p := range diag.Pages() {
		codes = append(codes, string(p.Code))
	}
	if near, ok := diag.Closest(strings.ToUpper(c.Topic), codes); ok {
		return usage("there is no code or command %q; the nearest code is %s", c.Topic, near)
	}
	return usage("there is no code or command %q; edyc help lists the codes", c.Topic)
}
