package feature

import lsp "github.com/tliron/glsp/protocol_3_16"

// FixAll is the kind of the action that applies every fix which needs no decision.
const FixAll lsp.CodeActionKind = "source.fixAll.edyc"

// The commands that the server carries out.
const (
	CommandRun      = "edyc.run"
	CommandPreview  = "edyc.preview"
	CommandTest     = "edyc.test"
	CommandTestFile = "edyc.testFile"
)

// Commands are all of them.
var Commands = []string{CommandRun, CommandPreview, CommandTest, CommandTestFile}

// TokenTypes and TokenModifiers are the legend of semantic tokens.
var (
	TokenTypes = []string{"keyword", "type", "enum", "enumMember", "struct", "property", "variable", "parameter", "function", "namespace",
		"string", "number", "operator", "comment", "decorator", "class"}
	TokenModifiers = []string{"declaration", "defaultLibrary", "readonly", "documentation"}
)
