package server_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lsp/protocol"
)

// Steps change what the server is told; "eventually" waits for what comes of them.
//
//	folder add|remove NAME            a folder beside that of the scenario joins or leaves
//	write NAME                        the section "later NAME" is stored, and the server told
//	delete NAME                       the file goes, and the server is told
//	put a: text                       types a text at a mark of the open file
//	eventually CHECK                  the check holds after some time
//	workspace QUERY: a b              symbols of the workspace
//	pull NAME: full 2 | unchanged     the diagnostics of a file are asked for
//	pull: a.edy full 1, b.edy ...     those of the workspace
var steps = map[string]bool{"folder": true, "write": true, "delete": true, "put": true, "eventually": true, "workspace": true, "pull": true}

func (s *scenario) step(line string, words []string, want string) {
	s.t.Helper()
	switch words[0] {
	case "folder":
		folder := map[string]string{"uri": protocol.URI(filepath.Join(filepath.Dir(s.dir), words[2])), "name": words[2]}
		event := map[string]any{"added": []any{}, "removed": []any{}}
		event[map[string]string{"add": "added", "remove": "removed"}[words[1]]] = []any{folder}
		s.c.notify("workspace/didChangeWorkspaceFolders", map[string]any{"event": event})
	case "write":
		path := filepath.Join(s.dir, words[1])
		kind := lsp.FileChangeTypeChanged
		if _, err := os.Stat(path); err != nil {
			kind = lsp.FileChangeTypeCreated
		}
		text, ok := s.later[words[1]]
		if !ok {
			s.t.Fatalf("%s: there is no section for it", line)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
		s.told(path, kind)
	case "delete":
		path := filepath.Join(s.dir, words[1])
		if err := os.Remove(path); err != nil {
			s.t.Fatal(err)
		}
		s.told(path, lsp.FileChangeTypeDeleted)
	case "put":
		s.put(words[1], want)
	case "eventually":
		s.eventually(strings.TrimPrefix(line, "eventually "))
	}
}

// told says that a file has changed, as the editor that watches it does.
func (s *scenario) told(path string, kind lsp.UInteger) {
	s.c.notify("workspace/didChangeWatchedFiles", map[string]any{"changes": []map[string]any{{"uri": protocol.URI(path), "type": kind}}})
}

// put types a text at a mark of the open file; marks behind it move.
func (s *scenario) put(name, text string) {
	at := s.marks[name]
	old := s.texts[at.path]
	offset := offsetOf(old, at.pos)
	now := old[:offset] + text + old[offset:]
	for m, p := range s.marks {
		if o := offsetOf(old, p.pos); p.path == at.path && o >= offset {
			s.marks[m] = place{p.path, position(now, o+len(text))}
		}
	}
	s.texts[at.path] = now
	s.version++
	s.c.notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": protocol.URI(at.path), "version": s.version},
		"contentChanges": []map[string]any{{"range": lsp.Range{Start: at.pos, End: at.pos}, "text": text}},
	})
}

// eventually repeats a check until it holds.
func (s *scenario) eventually(line string) {
	s.t.Helper()
	head, want, _ := strings.Cut(line, ":")
	words, want := strings.Fields(head), strings.TrimSpace(want)
	var holds func() (got string, ok bool)
	switch words[0] {
	case "workspace":
		holds = func() (string, bool) { got := s.symbols(words[1]); return got, got == sortedWords(want) }
	case "clean":
		holds = func() (string, bool) {
			got := s.c.published(s.main, 1)
			return fmt.Sprint(got), len(got) == 0
		}
	case "diag":
		at := s.marks[words[1]]
		code, text, _ := strings.Cut(want, " ")
		holds = func() (string, bool) {
			got := s.c.published(at.path, 1)
			return fmt.Sprint(got), slices.ContainsFunc(got, func(d diagnostic) bool {
				return d.Range.Start == at.pos && fmt.Sprint(d.Code) == code && strings.Contains(d.Message, text)
			})
		}
	case "asked":
		holds = func() (string, bool) {
			s.c.mu.Lock()
			defer s.c.mu.Unlock()
			return strings.Join(s.c.asked, " "), slices.Contains(s.c.asked, want)
		}
	default:
		s.t.Fatalf("%q cannot be waited for", line)
	}
	for end := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		got, ok := holds()
		if ok {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("%s\n  got: %s", line, got)
		}
	}
}

func (s *scenario) symbols(query string) string {
	var list []lsp.SymbolInformation
	s.c.call("workspace/symbol", map[string]any{"query": query}, &list)
	var got []string
	for _, x := range list {
		got = append(got, x.Name)
	}
	return sortedWords(strings.Join(got, " "))
}

// pull asks for diagnostics with what the client had of them.
func (s *scenario) pull(line string, words []string, want string) {
	var got []string
	kept := func(uri string, r protocol.DiagnosticReport) {
		text := r.Kind
		if r.Items != nil {
			text += " " + fmt.Sprint(len(*r.Items))
		}
		if len(words) == 1 {
			path, _ := protocol.Path(uri)
			text = filepath.Base(path) + " " + text
		}
		got = append(got, text)
		if s.had[uri] = r.ResultID; r.ResultID == "" {
			delete(s.had, uri)
		}
	}
	if len(words) == 1 {
		ids := []any{}
		for uri, id := range s.had {
			ids = append(ids, map[string]string{"uri": uri, "value": id})
		}
		var all protocol.WorkspaceDiagnosticReport
		s.c.call(protocol.MethodWorkspaceDiagnostic, map[string]any{"previousResultIds": ids}, &all)
		for _, r := range all.Items {
			kept(r.URI, r)
		}
	} else {
		uri := protocol.URI(filepath.Join(s.dir, words[1]))
		params := map[string]any{"textDocument": map[string]any{"uri": uri}}
		if id, ok := s.had[uri]; ok {
			params["previousResultId"] = id
		}
		var raw json.RawMessage
		s.c.call(protocol.MethodDiagnostic, params, &raw)
		var r protocol.DiagnosticReport
		if err := json.Unmarshal(raw, &r); err != nil {
			s.t.Fatal(err)
		}
		kept(uri, r)
	}
	if g := strings.Join(got, ", "); g != want {
		s.t.Errorf("%s\n  got: %s", line, g)
	}
}
