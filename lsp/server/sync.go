package server

import (
	"context"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tliron/glsp"
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lsp/feature"
	"github.com/edynamic/edynamic/lsp/protocol"
)

// pathOf is the path of a document, or its URI where it has none.
func pathOf(uri string) string {
	if path, ok := protocol.Path(uri); ok {
		return path
	}
	return uri
}

func (s *Server) didOpen(_ *glsp.Context, p *lsp.DidOpenTextDocumentParams) error {
	s.change(func(n *feature.Snapshot) *feature.Snapshot {
		return n.With(pathOf(p.TextDocument.URI), p.TextDocument.Text, p.TextDocument.Version)
	})
	s.diagnoseSoon()
	return nil
}

func (s *Server) didChange(_ *glsp.Context, p *lsp.DidChangeTextDocumentParams) error {
	path := pathOf(p.TextDocument.URI)
	doc := s.now().Doc(path)
	if doc == nil || !doc.Open {
		s.log("didChange of %s, which is not open", path)
		return nil
	}
	text := doc.File.Text
	for i, c := range p.ContentChanges {
		switch c := c.(type) {
		case lsp.TextDocumentContentChangeEventWhole:
			text = c.Text
		case lsp.TextDocumentContentChangeEvent:
			f := doc.File
			if i > 0 {
				f = source.New(path, text)
			}
			start, end := s.env.Encoding.Offset(f, c.Range.Start), s.env.Encoding.Offset(f, c.Range.End)
			text = text[:min(start, end)] + c.Text + text[max(start, end):]
		}
	}
	s.forgetTests(path)
	s.change(func(n *feature.Snapshot) *feature.Snapshot { return n.With(path, text, p.TextDocument.Version) })
	s.diagnoseSoon()
	return nil
}

func (s *Server) didClose(g *glsp.Context, p *lsp.DidCloseTextDocumentParams) error {
	path := pathOf(p.TextDocument.URI)
	s.change(func(n *feature.Snapshot) *feature.Snapshot { return n.Without(path) })
	s.mu.Lock()
	delete(s.tokens, path)
	delete(s.tested, path)
	_, shown := s.shown[path]
	delete(s.shown, path)
	s.mu.Unlock()
	if shown {
		s.notify(context.Background(), lsp.ServerTextDocumentPublishDiagnostics, lsp.PublishDiagnosticsParams{
			URI: p.TextDocument.URI, Diagnostics: []lsp.Diagnostic{},
		})
	}
	s.diagnoseSoon()
	return nil
}

func (s *Server) didSave(_ *glsp.Context, _ *lsp.DidSaveTextDocumentParams) error {
	s.change(func(n *feature.Snapshot) *feature.Snapshot { return n.Known(n.Listed()) })
	s.diagnoseSoon()
	return nil
}

func (s *Server) notify(ctx context.Context, method string, params any) {
	if err := s.conn.Notify(ctx, method, params); err != nil {
		s.log("%s: %v", method, err)
	}
}

// ---- folders and files

func (s *Server) addFolder(uri string) {
	if path, ok := protocol.Path(uri); ok && !slices.Contains(s.folders, path) {
		s.folders = append(s.folders, path)
	}
}

func (s *Server) didChangeFolders(_ *glsp.Context, p *lsp.DidChangeWorkspaceFoldersParams) error {
	s.mu.Lock()
	for _, f := range p.Event.Removed {
		path, _ := protocol.Path(f.URI)
		s.folders = slices.DeleteFunc(s.folders, func(x string) bool { return x == path })
	}
	for _, f := range p.Event.Added {
		s.addFolder(f.URI)
	}
	s.mu.Unlock()
	go s.index(context.Background())
	return nil
}

func (s *Server) didChangeFiles(_ *glsp.Context, p *lsp.DidChangeWatchedFilesParams) error {
	s.change(func(n *feature.Snapshot) *feature.Snapshot {
		known, data := n.Listed(), false
		for _, e := range p.Changes {
			path := pathOf(e.URI)
			if filepath.Ext(path) != ".edy" {
				data = true
				continue
			}
			known = slices.DeleteFunc(known, func(x string) bool { return x == path })
			if uint32(e.Type) != uint32(lsp.FileChangeTypeDeleted) {
				known = append(known, path)
			}
		}
		if n = n.Known(known); data {
			n = n.Otherwise()
		}
		return n
	})
	s.pullAgain()
	s.diagnoseSoon()
	return nil
}

// pullAgain asks a client that pulls diagnostics to do so.
func (s *Server) pullAgain() {
	if s.pulls() && s.client.Workspace.Diagnostics.RefreshSupport {
		go func() { _ = s.conn.Call(context.Background(), protocol.MethodDiagnosticRefresh, nil, nil) }()
	}
}

// watched are the files a client is asked to tell of: programs, and what they read.
const watched = "**/*.{edy,avsc,csv,ndjson,jsonl,json,parquet,wasm}"

// watchFiles asks the client to say which files change.
func (s *Server) watchFiles(ctx context.Context) {
	if !s.client.Workspace.DidChangeWatchedFiles.DynamicRegistration {
		return
	}
	go func() {
		params := lsp.RegistrationParams{Registrations: []lsp.Registration{{
			ID: "edyc-files", Method: string(lsp.MethodWorkspaceDidChangeWatchedFiles),
			RegisterOptions: lsp.DidChangeWatchedFilesRegistrationOptions{Watchers: []lsp.FileSystemWatcher{{GlobPattern: watched}}},
		}}}
		if err := s.conn.Call(ctx, lsp.ServerClientRegisterCapability, params, nil); err != nil {
			s.log("the client does not watch files: %v", err)
		}
	}()
}

// index finds the files of the folders and reads them, so that symbols and references
// are there when they are asked for.
func (s *Server) index(ctx context.Context) {
	s.mu.Lock()
	folders := slices.Clone(s.folders)
	s.indexed++
	turn := s.indexed
	s.mu.Unlock()
	if s.opt.Find == nil || turn == 1 && len(folders) == 0 {
		return
	}
	task := s.begun(ctx, "edyc: reading "+strings.Join(folders, ", "))
	defer task.end()
	paths, latest := s.found(task.ctx, folders, turn)
	if latest {
		s.readAll(task, s.now(), paths)
		s.pullAgain()
		s.diagnoseSoon()
	}
}

// found looks through folders, again where files came or went meanwhile. It is not the
// latest to do so where the folders have changed since.
func (s *Server) found(ctx context.Context, folders []string, turn int) (paths []string, latest bool) {
	for {
		s.mu.Lock()
		known := s.snap.Listed()
		s.mu.Unlock()
		paths = nil
		for _, folder := range folders {
			paths = append(paths, s.opt.Find(ctx, folder)...)
		}
		s.mu.Lock()
		latest = turn == s.indexed
		if !latest || ctx.Err() != nil || slices.Equal(known, s.snap.Listed()) {
			if latest {
				s.snap = s.snap.Known(paths)
			}
			s.mu.Unlock()
			return paths, latest
		}
		s.mu.Unlock()
	}
}

// readAll reads files, several at a time.
func (s *Server) readAll(task *task, snap *feature.Snapshot, paths []string) {
	var done atomic.Int64
	var readers sync.WaitGroup
	each := make(chan string)
	for range runtime.GOMAXPROCS(0) {
		readers.Go(func() {
			for path := range each {
				snap.Doc(path)
				if n := done.Add(1); n%100 == 0 {
					task.report(int(n), len(paths))
				}
			}
		})
	}
	for _, path := range paths {
		if task.ctx.Err() != nil {
			break
		}
		each <- path
	}
	close(each)
	readers.Wait()
}
