package main

import (
	"fmt"

	"github.com/edynamic/edynamic/lsp/editors"
)

type editorCmd struct {
	Name string `arg:"" enum:"vim,vscode,helix,emacs,zed,jetbrains,shell" help:"vim (Neovim), vscode, helix, emacs, zed, jetbrains or shell."`
}

// Help is shown under --help.
func (editorCmd) Help() string {
	return `Prints a file for the editor's configuration, or the steps where there is no such file. It changes nothing by itself.

Example:
  edyc editor vim > ~/.config/nvim/plugin/edy.lua
  edyc editor emacs > ~/.emacs.d/lisp/edy-mode.el
  edyc editor helix >> ~/.config/helix/languages.toml
  edyc editor shell >> ~/.bashrc`
}

// Run prints the set-up of an editor.
func (c *editorCmd) Run(a *app) error {
	text, ok := editors.Setup(c.Name)
	if !ok {
		return fmt.Errorf("this is a bug in edyc: there is no set-up for %q", c.Name)
	}
	_, err := fmt.Fprint(a.stdout, text)
	return err
}
