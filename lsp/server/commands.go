package server

import (
	"context"
	"fmt"
	"strings"

	"github.com/tliron/glsp"
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lsp/feature"
)

// execute carries out a command: its arguments are the URI of a file and a name in it.
func (s *Server) execute(g *glsp.Context, p *lsp.ExecuteCommandParams) (any, error) {
	c := s.of(g)
	var args [2]string
	for i, a := range p.Arguments[:min(2, len(p.Arguments))] {
		args[i], _ = a.(string)
	}
	path, name := pathOf(args[0]), args[1]
	if args[0] == "" || c.snap.Doc(path) == nil {
		return nil, fmt.Errorf("%s: there is no file %q", p.Command, args[0])
	}
	task := s.begun(c.ctx, "edyc: "+strings.TrimPrefix(p.Command, "edyc."))
	defer task.end()
	switch p.Command {
	case feature.CommandRun:
		return s.rows(task.ctx, c.snap, path, name, feature.RunRows)
	case feature.CommandPreview:
		return s.rows(task.ctx, c.snap, path, name, feature.PreviewRows)
	case feature.CommandTest:
		return s.test(task.ctx, c.snap, path, name)
	case feature.CommandTestFile:
		return s.test(task.ctx, c.snap, path, "")
	}
	return nil, fmt.Errorf("there is no command %q", p.Command)
}

// rows runs a stream and shows its rows.
func (s *Server) rows(ctx context.Context, snap *feature.Snapshot, path, name string, most int) (any, error) {
	r, err := snap.Rows(ctx, path, name, most)
	if err != nil {
		return nil, err
	}
	text := feature.PlainTable(r)
	s.show(ctx, lsp.MessageTypeInfo, name+"\n"+text)
	return map[string]any{"name": name, "columns": r.Columns, "rows": r.Cells, "more": r.More, "text": text}, nil
}

// test runs tests; what fails becomes a diagnostic where it was expected.
func (s *Server) test(ctx context.Context, snap *feature.Snapshot, path, name string) (any, error) {
	results, err := snap.Test(ctx, path, name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.tested[path] = merged(s.tested[path], results)
	s.mu.Unlock()
	passed, bad := 0, 0
	for _, r := range results {
		if len(r.Failures) == 0 {
			passed++
		} else {
			bad++
		}
	}
	kind := lsp.MessageTypeInfo
	if bad > 0 {
		kind = lsp.MessageTypeError
	}
	text := fmt.Sprintf("%d passed, %d failed", passed, bad)
	s.show(ctx, kind, text)
	s.refresh(path)
	return map[string]any{"passed": passed, "failed": bad, "text": text}, nil
}

// merged replaces the results of tests that ran again.
func merged(old, now []feature.TestResult) []feature.TestResult {
	again := map[string]bool{}
	for _, r := range now {
		again[r.Name] = true
	}
	out := now
	for _, r := range old {
		if !again[r.Name] {
			out = append(out, r)
		}
	}
	return out
}

// refresh brings the diagnostics of a file to the client.
func (s *Server) refresh(path string) {
	s.pullAgain()
	s.mu.Lock()
	delete(s.shown, path)
	s.mu.Unlock()
	s.diagnoseSoon()
}

func (s *Server) show(ctx context.Context, kind lsp.MessageType, text string) {
	s.notify(context.WithoutCancel(ctx), lsp.ServerWindowShowMessage, lsp.ShowMessageParams{Type: kind, Message: text})
}
