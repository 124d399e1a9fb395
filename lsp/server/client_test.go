package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sourcegraph/jsonrpc2"
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lsp/feature"
	"github.com/edynamic/edynamic/lsp/protocol"
	"github.com/edynamic/edynamic/lsp/server"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/connector/file"
)

// patience bounds every wait of the tests; nothing measures it.
const patience = 60 * time.Second

// client is an editor for tests: it speaks with a server over a pipe.
type client struct {
	t    testing.TB
	conn *jsonrpc2.Conn
	exit chan int

	mu      sync.Mutex
	diags   map[string]published // by URI
	changed *sync.Cond
	asked   []string // requests of the server
	worked  []string // what was said of work in progress
}

type clientHandler struct{ c *client }

func (h clientHandler) Handle(ctx context.Context, conn *jsonrpc2.Conn, req *jsonrpc2.Request) {
	c := h.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if req.Method == string(lsp.ServerTextDocumentPublishDiagnostics) {
		var p published
		if err := json.Unmarshal(*req.Params, &p); err == nil {
			c.diags[p.URI] = p
		}
	}
	if req.Method == "$/progress" {
		c.worked = append(c.worked, string(*req.Params))
	}
	if !req.Notif {
		go func() { _ = conn.Reply(ctx, req.ID, nil) }()
	}
	c.asked = append(c.asked, req.Method)
	c.changed.Broadcast()
}

// published is what the server pushes; the library's own type does not read codes.
type published struct {
	URI         string
	Version     *uint32
	Diagnostics []diagnostic
}

type diagnostic struct {
	Range              lsp.Range
	Severity           int
	Code               any
	CodeDescription    struct{ Href string }
	Source, Message    string
	Tags               []int
	RelatedInformation []struct {
		Location lsp.Location
		Message  string
	}
}

// options are those of the command line, with files of this machine.
func options() server.Options {
	system := &file.System{}
	return server.Options{
		Version: "test",
		Find: func(_ context.Context, folder string) []string {
			paths, _ := filepath.Glob(filepath.Join(folder, "*.edy"))
			return paths
		},
		Env: feature.Env{
			Catalog: build.Catalog(system), Docs: "https://edynamic.example/%s",
			ReadFile: func(path string) (string, string, error) {
				before := stamp(path) // a change while it is read is another version
				text, err := os.ReadFile(path)
				return string(text), before, err
			},
			Stamp: stamp,
		},
	}
}

func stamp(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return info.ModTime().String() + " " + strconv.FormatInt(info.Size(), 10)
}

// dial starts a server and connects to it.
func dial(t testing.TB, opt server.Options) *client {
	t.Helper()
	here, there := net.Pipe()
	c := &client{t: t, exit: make(chan int, 1), diags: map[string]published{}}
	c.changed = sync.NewCond(&c.mu)
	go func() { c.exit <- server.Serve(context.Background(), server.NewStream(there, there, there), opt) }()
	c.conn = jsonrpc2.NewConn(context.Background(), jsonrpc2.NewBufferedStream(here, jsonrpc2.VSCodeObjectCodec{}), clientHandler{c}, jsonrpc2.SetLogger(discard{}))
	t.Cleanup(func() { _ = c.conn.Close() })
	return c
}

type discard struct{}

func (discard) Printf(string, ...any) {}

// start initializes a session in a folder.
func start(t testing.TB, folder string, capabilities string) *client {
	t.Helper()
	c := dial(t, options())
	c.initialize(folder, capabilities)
	return c
}

func (c *client) initialize(folder, capabilities string) {
	c.t.Helper()
	var result json.RawMessage
	c.call("initialize", map[string]any{
		"processId": nil, "rootUri": protocol.URI(folder), "capabilities": json.RawMessage(capabilities),
		"workspaceFolders": []map[string]string{{"uri": protocol.URI(folder), "name": "test"}},
	}, &result)
	c.notify("initialized", map[string]any{})
}

func (c *client) call(method string, params, result any) {
	c.t.Helper()
	if err := c.try(method, params, result); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
}

func (c *client) try(method string, params, result any) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return c.conn.Call(ctx, method, params, result)
}

func (c *client) notify(method string, params any) {
	c.t.Helper()
	if err := c.conn.Notify(context.Background(), method, params); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
}

func (c *client) open(path, text string) {
	c.t.Helper()
	c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": protocol.URI(path), "languageId": "edy", "version": 1, "text": text,
	}})
}

func (c *client) replace(path string, version int, text string) {
	c.t.Helper()
	c.notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": protocol.URI(path), "version": version},
		"contentChanges": []map[string]any{{"text": text}},
	})
}

// published waits for the diagnostics of a version.
func (c *client) published(path string, version uint32) []diagnostic {
	c.t.Helper()
	deadline := time.AfterFunc(patience, func() { c.changed.Broadcast() })
	defer deadline.Stop()
	end := time.Now().Add(patience)
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		p, ok := c.diags[protocol.URI(path)]
		if ok && p.Version != nil && *p.Version >= version {
			return p.Diagnostics
		}
		if time.Now().After(end) {
			c.t.Fatalf("no diagnostics of %s version %d", path, version)
		}
		c.changed.Wait()
	}
}

func at(path string, pos lsp.Position) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": protocol.URI(path)}, "position": pos}
}

func (c *client) hover(path string, pos lsp.Position) string {
	c.t.Helper()
	var h *struct {
		Contents struct{ Value string }
	}
	c.call("textDocument/hover", at(path, pos), &h)
	if h == nil {
		return ""
	}
	return h.Contents.Value
}

type item struct {
	Label    string
	Detail   string
	TextEdit struct {
		Range   lsp.Range
		NewText string
	}
	AdditionalTextEdits []lsp.TextEdit
	Data                any
	Documentation       any
}

func (c *client) complete(path string, pos lsp.Position) []item {
	c.t.Helper()
	var list struct{ Items []item }
	c.call("textDocument/completion", at(path, pos), &list)
	return list.Items
}

func labels(items []item) []string {
	out := make([]string, len(items))
	for i, it := range items {
		out[i] = it.Label
	}
	return out
}

// quit ends a session as an editor does and gives the exit code.
func (c *client) quit() int {
	c.t.Helper()
	c.call("shutdown", nil, nil)
	if err := c.conn.Notify(context.Background(), "exit", nil); err != nil && err != io.ErrClosedPipe {
		c.t.Fatal(err)
	}
	select {
	case code := <-c.exit:
		return code
	case <-time.After(patience):
		c.t.Fatal("the server does not end")
		return -1
	}
}

// position is the place of an offset in UTF-16, by counting.
func position(text string, offset int) lsp.Position {
	before := text[:offset]
	line := strings.Count(before, "\n")
	column := 0
	for _, r := range before[strings.LastIndexByte(before, '\n')+1:] {
		column++
		if r > 0xffff {
			column++
		}
	}
	return lsp.Position{Line: uint32(line), Character: uint32(column)}
}

// applied is a text after edits.
func applied(text string, edits []lsp.TextEdit) string {
	for i := len(edits) - 1; i >= 0; i-- {
		e := edits[i]
		text = text[:offsetOf(text, e.Range.Start)] + e.NewText + text[offsetOf(text, e.Range.End):]
	}
	return text
}

// offsetOf is the offset of a place; the tests that use it have ASCII lines.
func offsetOf(text string, p lsp.Position) int {
	at := 0
	for range p.Line {
		at += strings.IndexByte(text[at:], '\n') + 1
	}
	return at + int(p.Character)
}
