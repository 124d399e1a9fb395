// Package editors holds what editors need for edy: set-up files, a grammar for
// tree-sitter, and the VS Code extension. It hands out the set-up files as text; it must
// never know anything about programs, which is the server's work.
package editors

import _ "embed"

// Names are the editors there is a set-up for, and the shell.
var Names = []string{"vim", "vscode", "helix", "emacs", "zed", "jetbrains", "shell"}

var (
	//go:embed nvim/edy.lua
	vim string
	//go:embed vscode/setup.txt
	vscode string
	//go:embed helix/languages.toml
	helix string
	//go:embed emacs/edy-mode.el
	emacs string
	//go:embed zed/settings.json
	zed string
	//go:embed jetbrains/setup.txt
	jetbrains string
	//go:embed shell/setup.txt
	shell string
)

// Setup is what a person puts into an editor's configuration, or does there; false for
// an editor that is not one of Names.
func Setup(name string) (string, bool) {
	switch name {
	case "vim":
		return vim, true
	case "vscode":
		return vscode, true
	case "helix":
		return helix, true
	case "emacs":
		return emacs, true
	case "zed":
		return zed, true
	case "jetbrains":
		return jetbrains, true
	case "shell":
		return shell, true
	}
	return "", false
}
