package server

import (
	"strconv"

	"github.com/tliron/glsp"
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lsp/feature"
)

// tokensSent are the semantic tokens a client has of a file, for what differs from them.
type tokensSent struct {
	id   string
	data []uint32
}

func (s *Server) tokensFull(g *glsp.Context, p *lsp.SemanticTokensParams) (*lsp.SemanticTokens, error) {
	path := pathOf(p.TextDocument.URI)
	data := s.of(g).snap.Tokens(path, nil)
	id := s.sent(path, data)
	return &lsp.SemanticTokens{ResultID: &id, Data: data}, nil
}

// sent remembers what a client has now, under a new name.
func (s *Server) sent(path string, data []uint32) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, _ := strconv.Atoi(s.tokens[path].id)
	id := strconv.Itoa(n + 1)
	s.tokens[path] = tokensSent{id, data}
	return id
}

func (s *Server) tokensDelta(g *glsp.Context, p *lsp.SemanticTokensDeltaParams) (any, error) {
	path := pathOf(p.TextDocument.URI)
	s.mu.Lock()
	was := s.tokens[path]
	s.mu.Unlock()
	data := s.of(g).snap.Tokens(path, nil)
	id := s.sent(path, data)
	if was.id != p.PreviousResultID {
		return lsp.SemanticTokens{ResultID: &id, Data: data}, nil
	}
	return lsp.SemanticTokensDelta{ResultId: &id, Edits: feature.TokensDelta(was.data, data)}, nil
}
