package main

import (
	"os"
	"testing"
)

func TestEditor(t *testing.T) {
	for name, file := range map[string]string{
		"vim": "nvim/edy.lua", "vscode": "vscode/setup.txt", "helix": "helix/languages.toml", "emacs": "emacs/edy-mode.el",
		"zed": "zed/settings.json", "jetbrains": "jetbrains/setup.txt", "shell": "shell/setup.txt",
	} {
		text, err := os.ReadFile("../../lsp/editors/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if got := edyc("editor", name); got.code != 0 || got.out != string(text) || got.err != "" {
			t.Errorf("edyc editor %s: %+v, want the text of %s", name, got, file)
		}
	}
	edyc("editor", "ed").expect(t, 2, `<name> must be one of "vim","vscode","helix","emacs","zed","jetbrains","shell" but got "ed"`)
}
