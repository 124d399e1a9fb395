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
	}
}

// handle317 handles the methods that 3.17 adds. known is false for any other.
func (s *Server) handle317(ctx context.Context, method string, params json.RawMessage) (result any, known bool, err error) {
	snap := s.snapOf(ctx)
	switch method {
	case protocol.MethodDiagnostic:
		return decoded(params, func(p *protocol.DiagnosticParams) (any, error) { return s.pull(snap, p), nil })
	case protocol.MethodWorkspaceDiagnostic:
		return decoded(params, func(p *protocol.WorkspaceDiagnosticParams) (any, error) { return s.pullAll(ctx, snap, p) })
	}
	return nil, false, nil
}
