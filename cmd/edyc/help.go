package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/edynamic/edynamic/lang/diag"
)

type helpCmd struct {
	Topic []string `arg:"" optional:"" name:"topic" help:"A code such as E0501, a command, or codes for the list of all."`
}

// Help is shown under --help.
func (helpCmd) Help() string {
	return `Without an argument, lists the commands.

Example:
  edyc help run
  edyc help topic tail
  edyc help codes
  edyc help E0501`
}

// Run prints a code's page, the codes, or the help of a command.
func (c *helpCmd) Run(a *app, k *kong.Kong) error {
	topic := strings.Join(c.Topic, " ")
	if topic == "codes" {
		for _, p := range diag.Pages() {
			fmt.Fprintf(a.stdout, "%s  %s\n", p.Code, p.Title)
		}
		return nil
	}
	if page, ok := diag.Page(diag.Code(topic)); ok {
		_, err := fmt.Fprintln(a.stdout, strings.TrimSpace(page))
		return err
	}
	if isCommand(k.Model.Node, c.Topic) {
		if code := run(append(c.Topic, "--help"), a.stdin, a.stdout.Writer, a.stderr); code != 0 {
			return &failure{code: code}
		}
		return nil
	}
	var known []string
	for _, p := range diag.Pages() {
		known = append(known, string(p.Code))
	}
	if near, ok := diag.Closest(strings.ToUpper(topic), known); ok {
		return usage("there is no code or command %q; the nearest code is %s", topic, near)
	}
	return usage("there is no code or command %q; edyc help codes lists the codes", topic)
}

// isCommand reports words that name a command, or a command of a command.
func isCommand(n *kong.Node, words []string) bool {
	for _, word := range words {
		i := slices.IndexFunc(n.Children, func(c *kong.Node) bool { return c.Name == word })
		if i < 0 {
			return false
		}
		n = n.Children[i]
	}
	return true
}
