package server

import (
	"context"
	"encoding/json"

	"github.com/tliron/glsp"
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lsp/protocol"
)

// handlers wires the methods of 3.16 to their features.
func (s *Server) handlers() *lsp.Handler {
	return &lsp.Handler{
		TextDocumentDidOpen:                s.didOpen,
		TextDocumentDidChange:              s.didChange,
		TextDocumentDidClose:               s.didClose,
		TextDocumentDidSave:                s.didSave,
		WorkspaceDidChangeWorkspaceFolders: s.didChangeFolders,
		WorkspaceDidChangeWatchedFiles:     s.didChangeFiles,
		WorkspaceDidChangeConfiguration:    func(*glsp.Context, *lsp.DidChangeConfigurationParams) error { return nil },
		SetTrace:                           func(*glsp.Context, *lsp.SetTraceParams) error { return nil },

		TextDocumentHover: func(g *glsp.Context, p *lsp.HoverParams) (*lsp.Hover, error) {
			c := s.of(g)
			return c.snap.Hover(c.ctx, pathOf(p.TextDocument.URI), p.Position), nil
		},
		TextDocumentCompletion: func(g *glsp.Context, p *lsp.CompletionParams) (any, error) {
			return s.of(g).snap.Complete(pathOf(p.TextDocument.URI), p.Position), nil
		},
		CompletionItemResolve: func(g *glsp.Context, p *lsp.CompletionItem) (*lsp.CompletionItem, error) {
			return s.of(g).snap.Resolve(p), nil
		},
		TextDocumentFormatting: func(g *glsp.Context, p *lsp.DocumentFormattingParams) ([]lsp.TextEdit, error) {
			return s.of(g).snap.Format(pathOf(p.TextDocument.URI)), nil
		},
		TextDocumentRangeFormatting: func(g *glsp.Context, p *lsp.DocumentRangeFormattingParams) ([]lsp.TextEdit, error) {
			return s.of(g).snap.FormatRange(pathOf(p.TextDocument.URI), p.Range), nil
		},
		TextDocumentOnTypeFormatting: func(g *glsp.Context, p *lsp.DocumentOnTypeFormattingParams) ([]lsp.TextEdit, error) {
			return s.of(g).snap.FormatTyped(pathOf(p.TextDocument.URI), p.Position, p.Ch), nil
		},
		TextDocumentSignatureHelp: func(g *glsp.Context, p *lsp.SignatureHelpParams) (*lsp.SignatureHelp, error) {
			return s.of(g).snap.Signature(pathOf(p.TextDocument.URI), p.Position), nil
		},
		TextDocumentDefinition: func(g *glsp.Context, p *lsp.DefinitionParams) (any, error) {
			return s.of(g).snap.Definition(pathOf(p.TextDocument.URI), p.Position), nil
		},
		TextDocumentDeclaration: func(g *glsp.Context, p *lsp.DeclarationParams) (any, error) {
			return s.of(g).snap.Definition(pathOf(p.TextDocument.URI), p.Position), nil
		},
		TextDocumentTypeDefinition: func(g *glsp.Context, p *lsp.TypeDefinitionParams) (any, error) {
			return s.of(g).snap.TypeDefinition(pathOf(p.TextDocument.URI), p.Position), nil
		},
		TextDocumentImplementation: func(g *glsp.Context, p *lsp.ImplementationParams) (any, error) {
			return s.of(g).snap.Implementation(pathOf(p.TextDocument.URI), p.Position), nil
		},
		TextDocumentReferences: func(g *glsp.Context, p *lsp.ReferenceParams) ([]lsp.Location, error) {
			return s.of(g).snap.References(pathOf(p.TextDocument.URI), p.Position, p.Context.IncludeDeclaration), nil
		},
		TextDocumentDocumentHighlight: func(g *glsp.Context, p *lsp.DocumentHighlightParams) ([]lsp.DocumentHighlight, error) {
			return s.of(g).snap.Highlights(pathOf(p.TextDocument.URI), p.Position), nil
		},
		TextDocumentPrepareRename: func(g *glsp.Context, p *lsp.PrepareRenameParams) (any, error) {
			if r := s.of(g).snap.PrepareRename(pathOf(p.TextDocument.URI), p.Position); r != nil {
				return r, nil
			}
			return nil, nil
		},
		TextDocumentRename: func(g *glsp.Context, p *lsp.RenameParams) (*lsp.WorkspaceEdit, error) {
			return s.of(g).snap.Rename(pathOf(p.TextDocument.URI), p.Position, p.NewName)
		},
		TextDocumentDocumentSymbol: func(g *glsp.Context, p *lsp.DocumentSymbolParams) (any, error) {
			return s.of(g).snap.Symbols(pathOf(p.TextDocument.URI)), nil
		},
		WorkspaceSymbol: func(g *glsp.Context, p *lsp.WorkspaceSymbolParams) ([]lsp.SymbolInformation, error) {
			c := s.of(g)
			return c.snap.WorkspaceSymbols(c.ctx, p.Query), nil
		},
		TextDocumentCodeAction: s.codeAction,
		TextDocumentCodeLens: func(g *glsp.Context, p *lsp.CodeLensParams) ([]lsp.CodeLens, error) {
			return s.of(g).snap.Lenses(pathOf(p.TextDocument.URI)), nil
		},
		TextDocumentDocumentLink: func(g *glsp.Context, p *lsp.DocumentLinkParams) ([]lsp.DocumentLink, error) {
			return s.of(g).snap.Links(pathOf(p.TextDocument.URI)), nil
		},
		TextDocumentFoldingRange: func(g *glsp.Context, p *lsp.FoldingRangeParams) ([]lsp.FoldingRange, error) {
			return s.of(g).snap.Folds(pathOf(p.TextDocument.URI)), nil
		},
		TextDocumentSelectionRange: func(g *glsp.Context, p *lsp.SelectionRangeParams) ([]lsp.SelectionRange, error) {
			return s.of(g).snap.Selections(pathOf(p.TextDocument.URI), p.Positions), nil
		},
		TextDocumentPrepareCallHierarchy: func(g *glsp.Context, p *lsp.CallHierarchyPrepareParams) ([]lsp.CallHierarchyItem, error) {
			return s.of(g).snap.PrepareLineage(pathOf(p.TextDocument.URI), p.Position), nil
		},
		CallHierarchyIncomingCalls: func(g *glsp.Context, p *lsp.CallHierarchyIncomingCallsParams) ([]lsp.CallHierarchyIncomingCall, error) {
			return s.of(g).snap.GoesTo(p.Item), nil
		},
		CallHierarchyOutgoingCalls: func(g *glsp.Context, p *lsp.CallHierarchyOutgoingCallsParams) ([]lsp.CallHierarchyOutgoingCall, error) {
			return s.of(g).snap.ComesFrom(p.Item), nil
		},
		TextDocumentSemanticTokensFull:      s.tokensFull,
		TextDocumentSemanticTokensFullDelta: s.tokensDelta,
		TextDocumentSemanticTokensRange: func(g *glsp.Context, p *lsp.SemanticTokensRangeParams) (any, error) {
			return lsp.SemanticTokens{Data: s.of(g).snap.Tokens(pathOf(p.TextDocument.URI), &p.Range)}, nil
		},
		WorkspaceExecuteCommand: s.execute,
	}
}

func (s *Server) codeAction(g *glsp.Context, p *lsp.CodeActionParams) (any, error) {
	return s.of(g).snap.Actions(pathOf(p.TextDocument.URI), p.Range, p.Context.Only), nil
}

// handle317 handles the methods that 3.17 adds. known is false for any other.
func (s *Server) handle317(ctx context.Context, method string, params json.RawMessage) (result any, known bool, err error) {
	snap := s.snapOf(ctx)
	switch method {
	case protocol.MethodDiagnostic:
		return decoded(params, func(p *protocol.DiagnosticParams) (any, error) { return s.pull(snap, p), nil })
	case protocol.MethodWorkspaceDiagnostic:
		return decoded(params, func(p *protocol.WorkspaceDiagnosticParams) (any, error) { return s.pullAll(ctx, snap, p) })
	case protocol.MethodInlayHint:
		return decoded(params, func(p *protocol.InlayHintParams) (any, error) {
			return snap.Hints(pathOf(p.TextDocument.URI), p.Range), nil
		})
	case protocol.MethodInlayHintResolve:
		return decoded(params, func(p *hintToResolve) (any, error) {
			return snap.ResolveHint(p.InlayHint, p.Data.Path, p.Data.At), nil
		})
	case protocol.MethodPrepareTypes:
		return decoded(params, func(p *lsp.TextDocumentPositionParams) (any, error) {
			return snap.PrepareTypes(pathOf(p.TextDocument.URI), p.Position), nil
		})
	case protocol.MethodSubtypes:
		return decoded(params, func(p *protocol.TypeHierarchyParams) (any, error) { return snap.Subtypes(p.Item), nil })
	case protocol.MethodSupertypes:
		return decoded(params, func(p *protocol.TypeHierarchyParams) (any, error) { return snap.Supertypes(p.Item), nil })
	}
	return nil, false, nil
}

// hintToResolve is a hint with the place it belongs to.
type hintToResolve struct {
	protocol.InlayHint
	Data struct {
		Path string       `json:"path"`
		At   lsp.Position `json:"at"`
	} `json:"data"`
}
