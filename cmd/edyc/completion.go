package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is shown under --help.
func (completionCmd) Help() string {
	return `Example:
  source <(edyc completion bash)
  edyc completion fish > ~/.config/fish/completions/edyc.fish`
}

// Run prints a script made from the commands themselves.
func (c *completionCmd) Run(a *app, k *kong.Kong) error {
	var text string
	switch c.Shell {
	case "bash":
		text = bashCompletion(k)
	case "zsh":
		text = "autoload -U +X bashcompinit && bashcompinit\n" + bashCompletion(k)
	case "fish":
		text = fishCompletion(k)
	}
	_, err := fmt.Fprint(a.stdout, text)
	return err
}

func flagsOf(n *kong.Node) []string {
	var out []string
	for _, group := range n.AllFlags(true) {
		for _, f := range group {
			out = append(out, "--"+f.Name)
		}
	}
	return out
}

func bashCompletion(k *kong.Kong) string {
	var names []string
	var cases strings.Builder
	for _, n := range k.Model.Children {
		names = append(names, n.Name)
		fmt.Fprintf(&cases, "    %s) words=\"%s\" ;;\n", n.Name, strings.Join(flagsOf(n), " "))
	}
	return `_edyc() {
  local cur words
  cur="${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "` + strings.Join(names, " ") + `" -- "$cur"))
    return
  fi
  case "${COMP_WORDS[1]}" in
` + cases.String() + `  esac
  case "$cur" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
    *) COMPREPLY=($(compgen -f -- "$cur")) ;;
  esac
}
complete -o filenames -F _edyc edyc
`
}

func fishCompletion(k *kong.Kong) string {
	var b strings.Builder
	for _, n := range k.Model.Children {
		fmt.Fprintf(&b, "complete -c edyc -n __fish_use_subcommand -a %s -d %q\n", n.Name, n.Help)
		for _, group := range n.AllFlags(true) {
			for _, f := range group {
				fmt.Fprintf(&b, "complete -c edyc -n '__fish_seen_subcommand_from %s' -l %s -d %q\n", n.Name, f.Name, f.Help)
			}
		}
	}
	return b.String()
}
