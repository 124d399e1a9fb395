package server

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lsp/feature"
	"github.com/edynamic/edynamic/lsp/protocol"
)

// diagnoseSoon tells the diagnoser that something has changed. Changes that come while
// it works are one.
func (s *Server) diagnoseSoon() {
	if s.pulls() {
		return
	}
	select {
	case s.dirty <- struct{}{}:
	default:
	}
}

// diagnoseAll pushes diagnostics of open files, those of the newest text.
func (s *Server) diagnoseAll(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.dirty:
			s.push(ctx)
		}
	}
}

// push publishes what is wrong in open files, where that has changed. A newer text ends
// it: it comes again at once.
func (s *Server) push(ctx context.Context) {
	defer func() {
		if r := recover(); r != nil {
			s.log("bug: diagnosing: %v", r)
		}
	}()
	snap := s.now()
	for _, path := range snap.Open() {
		if s.now() != snap {
			return
		}
		doc := snap.Doc(path)
		items := s.diagnostics(snap, path)
		mark := fmt.Sprint(doc.Version, " ", fingerprint(items))
		s.mu.Lock()
		same := s.shown[path] == mark
		s.shown[path] = mark
		s.mu.Unlock()
		if same {
			continue
		}
		version := uint32(max(0, doc.Version))
		s.notify(ctx, lsp.ServerTextDocumentPublishDiagnostics, lsp.PublishDiagnosticsParams{
			URI: protocol.URI(path), Version: &version, Diagnostics: items,
		})
	}
}

// diagnostics are what is wrong in a file, and which of its tests have failed.
func (s *Server) diagnostics(snap *feature.Snapshot, path string) []lsp.Diagnostic {
	items := snap.Diagnostics(path)
	s.mu.Lock()
	failed := s.tested[path]
	s.mu.Unlock()
	return append(items, snap.Failures(path, failed)...)
}

func fingerprint(items []lsp.Diagnostic) string {
	h := fnv.New64a()
	_ = json.NewEncoder(h).Encode(items) // a hash cannot fail
	return strconv.FormatUint(h.Sum64(), 36)
}

func (s *Server) pull(snap *feature.Snapshot, p *protocol.DiagnosticParams) *protocol.DiagnosticReport {
	path := pathOf(p.TextDocument.URI)
	previous := ""
	if p.PreviousResultID != nil {
		previous = *p.PreviousResultID
	}
	return s.report(snap, path, previous)
}

func (s *Server) report(snap *feature.Snapshot, path, previous string) *protocol.DiagnosticReport {
	items := s.diagnostics(snap, path)
	mark := fingerprint(items)
	if mark == previous {
		return &protocol.DiagnosticReport{Kind: protocol.ReportUnchanged, ResultID: mark}
	}
	return &protocol.DiagnosticReport{Kind: protocol.ReportFull, ResultID: mark, Items: &items}
}

// pullAll reports every file of the workspace.
func (s *Server) pullAll(ctx context.Context, snap *feature.Snapshot, p *protocol.WorkspaceDiagnosticParams) (any, error) {
	had := map[string]string{}
	for _, r := range p.PreviousResultIDs {
		had[pathOf(r.URI)] = r.Value
	}
	out := protocol.WorkspaceDiagnosticReport{Items: []protocol.DiagnosticReport{}}
	for _, path := range snap.Files() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r := s.report(snap, path, had[path])
		r.URI = protocol.URI(path)
		if d := snap.Doc(path); d != nil && d.Open {
			r.Version = &d.Version
		}
		out.Items = append(out.Items, *r)
		delete(had, path)
	}
	for _, path := range slices.Sorted(maps.Keys(had)) { // files that are gone have no mistakes
		out.Items = append(out.Items, protocol.DiagnosticReport{Kind: protocol.ReportFull, Items: &[]lsp.Diagnostic{}, URI: protocol.URI(path)})
	}
	return out, nil
}

// forgetTests drops the failures of a file whose text has changed.
func (s *Server) forgetTests(path string) {
	s.mu.Lock()
	delete(s.tested, path)
	s.mu.Unlock()
}
