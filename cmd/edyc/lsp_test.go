package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/edynamic/edynamic/lsp/protocol"
	"github.com/edynamic/edynamic/lsp/server"
)

// editor speaks with `edyc lsp` as an editor does.
type editor struct {
	*jsonrpc2.Conn
	said chan *jsonrpc2.Request
	code chan int
}

func (e *editor) Handle(_ context.Context, _ *jsonrpc2.Conn, req *jsonrpc2.Request) {
	select {
	case e.said <- req:
	default:
	}
}

func openEditor(t *testing.T, text string) (*editor, string) {
	t.Helper()
	toServer, fromEditor := io.Pipe()
	toEditor, fromServer := io.Pipe()
	e := &editor{said: make(chan *jsonrpc2.Request, 100), code: make(chan int, 1)}
	go func() { e.code <- run([]string{"lsp"}, toServer, fromServer, io.Discard) }()
	e.Conn = jsonrpc2.NewConn(context.Background(), server.NewStream(toEditor, fromEditor, fromEditor), e)
	path, err := filepath.Abs("a.edy")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	e.ask(t, "initialize", map[string]any{"capabilities": map[string]any{}}, nil)
	uri := protocol.URI(path)
	e.tell(t, "textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": uri, "version": 1, "text": text}})
	return e, uri
}

func (e *editor) ask(t *testing.T, method string, params, result any) {
	t.Helper()
	if err := e.Call(context.Background(), method, params, result); err != nil {
		t.Fatalf("%s: %v", method, err)
	}
}

func (e *editor) tell(t *testing.T, method string, params any) {
	t.Helper()
	if err := e.Notify(context.Background(), method, params); err != nil {
		t.Fatal(err)
	}
}

// await waits for diagnostics with a text.
func (e *editor) await(t *testing.T, text string) string {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		select {
		case req := <-e.said:
			if req.Method == "textDocument/publishDiagnostics" && strings.Contains(string(*req.Params), text) {
				return string(*req.Params)
			}
		case <-limit:
			t.Fatalf("nothing was said of %q", text)
		}
	}
}

const editedProgram = `schema R { id: string v: long at: timestamp }
topic t: R { time: at watermark: 1s }
source s from file into t { path: "rows.ndjson" }
stream big = from t |> where v > 1 |> select id, v
test "two" {
  given t [ { id: "a", v: 2, at: @2026-01-01T00:00:00Z } ]
  expect big [ { id: "a", v: 3 } ]
}
test "fine" {
  given t [ { id: "a", v: 1, at: @2026-01-01T00:00:00Z } ]
  expect big []
}
`

func TestAnEditorRunsStreamsAndTests(t *testing.T) {
	folder(t, "rows.ndjson", `{"id": "x", "v": 1, "at": "2026-01-01T00:00:00Z"}
{"id": "y", "v": 5, "at": "2026-01-01T00:00:01Z"}
`)
	e, uri := openEditor(t, editedProgram)
	var rows struct {
		Columns []string
		Rows    [][]string
	}
	e.ask(t, "workspace/executeCommand", map[string]any{"command": "edyc.preview", "arguments": []string{uri, "big"}}, &rows)
	if got, _ := json.Marshal(rows); string(got) != `{"Columns":["id","v"],"Rows":[["y","5"]]}` {
		t.Errorf("the preview is %s", got)
	}
	var tested struct{ Passed, Failed int }
	e.ask(t, "workspace/executeCommand", map[string]any{"command": "edyc.testFile", "arguments": []string{uri}}, &tested)
	if tested.Passed != 1 || tested.Failed != 1 {
		t.Errorf("the tests: %+v", tested)
	}
	said := e.await(t, "edyc test")
	// the rows that differ, at the step that expects them
	for _, want := range []string{`"start":{"character":2,"line":6}`, `test \"two\"`, `- { id: \"a\", v: 3 }`, `+ { id: \"a\", v: 2 }`} {
		if !strings.Contains(said, want) {
			t.Errorf("the failure has no %s: %s", want, said)
		}
	}
	var hover struct{ Contents struct{ Value string } }
	e.ask(t, "textDocument/hover", map[string]any{
		"textDocument": map[string]any{"uri": uri}, "position": map[string]any{"line": 3, "character": 8},
	}, &hover)
	if !strings.Contains(hover.Contents.Value, "| y | 5 |") {
		t.Errorf("the hover shows no rows: %s", hover.Contents.Value)
	}
	var lenses []struct{ Command struct{ Title string } }
	e.ask(t, "textDocument/codeLens", map[string]any{"textDocument": map[string]any{"uri": uri}}, &lenses)
	var titles []string
	for _, l := range lenses {
		titles = append(titles, l.Command.Title)
	}
	if got := strings.Join(titles, ", "); got != "Run, Preview 10 rows, Test all, Test, Test" {
		t.Errorf("the lenses are %s", got)
	}
	e.ask(t, "shutdown", nil, nil)
	e.tell(t, "exit", nil)
	if code := <-e.code; code != 0 {
		t.Errorf("the exit code is %d", code)
	}
}
