package server

import (
	"context"
	"encoding/json"

	"github.com/sourcegraph/jsonrpc2"
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lsp/feature"
	"github.com/edynamic/edynamic/lsp/protocol"
)

// session handles the messages that begin and end a session and requests. known is
// false for any other.
func (s *Server) session(ctx context.Context, method string, params json.RawMessage) (result any, known bool, err error) {
	switch method {
	case lsp.MethodInitialize:
		return decoded(params, func(p *protocol.InitializeParams) (any, error) { return s.initialize(p), nil })
	case lsp.MethodInitialized:
		s.watchFiles(ctx)
		go s.index(ctx)
		return nil, true, nil
	case lsp.MethodShutdown:
		s.mu.Lock()
		s.state = shut
		s.mu.Unlock()
		return nil, true, nil
	case lsp.MethodExit:
		s.mu.Lock()
		if s.state == shut {
			s.state = exited
		}
		s.mu.Unlock()
		_ = s.conn.Close() // it may be closed already
		return nil, true, nil
	case lsp.MethodCancelRequest:
		return decoded(params, func(p *struct{ ID jsonrpc2.ID }) (any, error) { s.cancel(p.ID); return nil, nil })
	case lsp.MethodWindowWorkDoneProgressCancel:
		return decoded(params, func(p *struct{ Token json.RawMessage }) (any, error) { s.cancelTask(p.Token); return nil, nil })
	}
	return nil, false, nil
}

func (s *Server) cancel(id jsonrpc2.ID) {
	s.mu.Lock()
	stop := s.running[id]
	s.mu.Unlock()
	if stop != nil {
		stop()
	}
}

func (s *Server) initialize(p *protocol.InitializeParams) *protocol.InitializeResult {
	s.client = p.Capabilities
	s.env.Encoding = protocol.Negotiate(p.Capabilities.General.PositionEncodings)
	s.env.Snippets = p.Capabilities.TextDocument.Completion.CompletionItem.SnippetSupport
	for _, f := range p.WorkspaceFolders {
		s.addFolder(f.URI)
	}
	if len(p.WorkspaceFolders) == 0 && p.RootURI != nil {
		s.addFolder(*p.RootURI)
	}
	s.handler.SetInitialized(true)
	s.mu.Lock()
	s.state = initialized
	s.mu.Unlock()
	return &protocol.InitializeResult{
		Capabilities: s.capabilities(),
		ServerInfo:   lsp.InitializeResultServerInfo{Name: "edyc", Version: &s.opt.Version},
	}
}

// pulls tells that the client asks for diagnostics; else they are pushed, never both.
func (s *Server) pulls() bool { return s.client.TextDocument.Diagnostic != nil }

func yes() *bool { v := true; return &v }

func (s *Server) capabilities() protocol.ServerCapabilities {
	out := protocol.ServerCapabilities{ServerCapabilities: s.handler.CreateServerCapabilities(), PositionEncoding: s.env.Encoding}
	out.CompletionProvider = &lsp.CompletionOptions{TriggerCharacters: []string{".", "(", "\"", "@", "{", ":", ">", " "}, ResolveProvider: yes()}
	out.SignatureHelpProvider = &lsp.SignatureHelpOptions{TriggerCharacters: []string{"(", ","}, RetriggerCharacters: []string{","}}
	out.RenameProvider = &lsp.RenameOptions{WorkDoneProgressOptions: lsp.WorkDoneProgressOptions{WorkDoneProgress: yes()}, PrepareProvider: yes()}
	out.CodeActionProvider = &lsp.CodeActionOptions{
		CodeActionKinds: []lsp.CodeActionKind{lsp.CodeActionKindQuickFix, lsp.CodeActionKindRefactorExtract, lsp.CodeActionKindRefactorInline, lsp.CodeActionKindRefactor, feature.FixAll},
	}
	out.CodeLensProvider = &lsp.CodeLensOptions{}
	out.DocumentOnTypeFormattingProvider = &lsp.DocumentOnTypeFormattingOptions{FirstTriggerCharacter: "\n", MoreTriggerCharacter: []string{"}"}}
	work := lsp.WorkDoneProgressOptions{WorkDoneProgress: yes()}
	out.ExecuteCommandProvider = &lsp.ExecuteCommandOptions{WorkDoneProgressOptions: work, Commands: feature.Commands}
	out.ReferencesProvider = &lsp.ReferenceOptions{WorkDoneProgressOptions: work}
	out.WorkspaceSymbolProvider = &lsp.WorkspaceSymbolOptions{WorkDoneProgressOptions: work}
	out.SemanticTokensProvider = &lsp.SemanticTokensOptions{
		Legend: lsp.SemanticTokensLegend{TokenTypes: feature.TokenTypes, TokenModifiers: feature.TokenModifiers},
		Range:  true, Full: &lsp.SemanticDelta{Delta: yes()},
	}
	out.InlayHintProvider = &protocol.InlayHintOptions{ResolveProvider: true}
	out.TypeHierarchyProvider = true
	out.Workspace = &lsp.ServerCapabilitiesWorkspace{WorkspaceFolders: &lsp.WorkspaceFoldersServerCapabilities{
		Supported: yes(), ChangeNotifications: &lsp.BoolOrString{Value: true},
	}}
	if s.pulls() {
		out.DiagnosticProvider = &protocol.DiagnosticOptions{Identifier: "edyc", InterFileDependencies: true, WorkspaceDiagnostics: true, WorkDoneProgress: true}
	}
	return out
}
