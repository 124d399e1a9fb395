package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/sourcegraph/jsonrpc2"
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lsp/protocol"
	"github.com/edynamic/edynamic/lsp/server"
)

var wireSeed = flag.Uint64("wire-seed", 1, "where the random messages begin")

// bugs collects what a server says of itself that must never be said.
type bugs struct {
	mu   sync.Mutex
	said []string
}

func (b *bugs) log(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if text := fmt.Sprintf(format, args...); strings.HasPrefix(text, "bug:") {
		b.said = append(b.said, text)
	}
}

func (b *bugs) none(t testing.TB, about string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.said) > 0 {
		t.Fatalf("%s\n%s", about, b.said[0])
	}
}

func message(text string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(text), text) }

// sample are messages from which random ones are made.
var sample = []string{
	`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{"general":{"positionEncodings":["utf-8"]}}}}`,
	`{"jsonrpc":"2.0","method":"initialized","params":{}}`,
	`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a.edy","languageId":"edy","version":1,"text":"schema R { id: string v: long }\ntopic t: R {}\nstream s = from t |> where v > 1 |> select id\n"}}}`,
	`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a.edy","version":2},"contentChanges":[{"range":{"start":{"line":2,"character":10},"end":{"line":9,"character":400}},"text":"é"}]}}`,
	`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a.edy","version":3},"contentChanges":[{"text":"stream"}]}}`,
	`{"jsonrpc":"2.0","method":"textDocument/didClose","params":{"textDocument":{"uri":"file:///a.edy"}}}`,
	`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":7}}`,
	`{"jsonrpc":"2.0","id":null,"method":"x"}`, `{"jsonrpc":"2.0","id":-3,"method":"textDocument/hover"}`, `[]`, `{}`, `nonsense`, `[{"id":1}]`,
	`{"jsonrpc":"2.0","id":9,"result":{}}`,
	`{"jsonrpc":"2.0","id":"a","method":"shutdown"}`,
}

func asked(methods ...string) []string {
	var out []string
	for i, m := range methods {
		out = append(out, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":{"textDocument":{"uri":"file:///a.edy"},"position":{"line":2,"character":%d},"range":{"start":{"line":0,"character":0},"end":{"line":99,"character":5}},"context":{"includeDeclaration":true,"diagnostics":[]},"positions":[{"line":2,"character":20}],"newName":"x","ch":"}","options":{},"query":"s","command":"edyc.test","arguments":[1],"previousResultId":"1","item":{"uri":"file:///a.edy"}}}`, 100+i, m, 5+i))
	}
	return out
}

var requests = asked("textDocument/hover", "textDocument/completion", "textDocument/definition", "textDocument/references", "textDocument/rename",
	"textDocument/prepareRename", "textDocument/documentSymbol", "textDocument/codeAction", "textDocument/codeLens", "textDocument/formatting",
	"textDocument/rangeFormatting", "textDocument/onTypeFormatting", "textDocument/foldingRange", "textDocument/selectionRange",
	"textDocument/semanticTokens/full", "textDocument/semanticTokens/full/delta", "textDocument/semanticTokens/range", "textDocument/inlayHint",
	"textDocument/signatureHelp", "textDocument/prepareCallHierarchy", "callHierarchy/incomingCalls", "callHierarchy/outgoingCalls",
	"textDocument/prepareTypeHierarchy", "typeHierarchy/supertypes", "typeHierarchy/subtypes", "textDocument/diagnostic", "workspace/diagnostic",
	"workspace/symbol", "workspace/executeCommand", "textDocument/documentLink", "textDocument/implementation", "textDocument/typeDefinition",
	"textDocument/documentHighlight", "completionItem/resolve", "inlayHint/resolve")

func FuzzWire(f *testing.F) {
	var all strings.Builder
	for _, m := range append(append([]string{}, sample[:5]...), requests...) {
		all.WriteString(message(m))
		f.Add([]byte(message(sample[0]) + message(m)))
	}
	f.Add([]byte(all.String()))
	f.Add([]byte("Content-Length: 99999999999\r\n\r\nGET / HTTP/1.1\r\n\r\nContent-Length: -4\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b := &bugs{}
		opt := options()
		opt.Log, opt.Find, opt.Env.ReadFile = b.log, nil, nil
		server.Serve(context.Background(), server.NewStream(bytes.NewReader(data), io.Discard, io.NopCloser(nil)), opt)
		b.none(t, "")
	})
}

// TestRandomMessagesDoNotEndAServer sends messages in any order, many of them damaged,
// and then asks something that must be answered.
func TestRandomMessagesDoNotEndAServer(t *testing.T) {
	rnd := rand.New(rand.NewPCG(*wireSeed, 2))
	for round := range 30 {
		about := fmt.Sprintf("round %d, repeat with -args -wire-seed=%d", round, *wireSeed)
		b := &bugs{}
		opt := options()
		opt.Log, opt.Find, opt.Env.ReadFile = b.log, nil, nil
		here, there := net.Pipe()
		ended := make(chan int, 1)
		go func() { ended <- server.Serve(context.Background(), server.NewStream(there, there, there), opt) }()
		answers := make(chan map[string]any, 1000)
		go reading(here, answers)
		send := func(text string) {
			if _, err := here.Write([]byte(text)); err != nil {
				t.Fatalf("%s: the server is gone: %v", about, err)
			}
		}
		send(message(sample[0]))
		for range 60 {
			list := append(append([]string{}, sample[1:14]...), requests...)
			text := list[rnd.IntN(len(list))]
			if rnd.IntN(3) == 0 {
				text = damaged(rnd, text)
			}
			send(message(text))
			if rnd.IntN(10) == 0 {
				send("Nonsense: 1\r\nContent-Length: x\r\n\r\nmore of it\r\n")
			}
		}
		send(message(`{"jsonrpc":"2.0","id":"last","method":"workspace/symbol","params":{"query":""}}`))
		for answer := range answers {
			if answer["id"] == "last" {
				break
			}
		}
		b.none(t, about)
		_ = here.Close()
		<-ended
	}
}

// reading takes the answers of a server, so that it is never held up.
func reading(conn net.Conn, answers chan<- map[string]any) {
	defer close(answers)
	stream := jsonrpc2.NewBufferedStream(conn, jsonrpc2.VSCodeObjectCodec{})
	for {
		var m map[string]any
		if err := stream.ReadObject(&m); err != nil {
			return
		}
		select {
		case answers <- m:
		default:
		}
	}
}

// damaged changes a message: bytes of it, or a value in it.
func damaged(rnd *rand.Rand, text string) string {
	at := rnd.IntN(len(text))
	switch rnd.IntN(4) {
	case 0:
		return text[:at]
	case 1:
		return text[:at] + string(rune(rnd.IntN(255))) + text[at+1:]
	case 2:
		return strings.Replace(text, "{", "[", 1+rnd.IntN(2))
	}
	var m map[string]any
	if json.Unmarshal([]byte(text), &m) != nil {
		return text
	}
	m["params"] = []any{nil, "x", 7, []any{1}, map[string]any{"textDocument": 3}, map[string]any{"position": map[string]any{"line": 4e9}}}[rnd.IntN(6)]
	out, _ := json.Marshal(m)
	return string(out)
}

func TestDamagedMessagesAreAnswered(t *testing.T) {
	here, there := net.Pipe()
	go server.Serve(context.Background(), server.NewStream(there, there, there), options())
	answers := make(chan map[string]any, 10)
	go reading(here, answers)
	for _, c := range []struct {
		text string
		code float64
	}{
		{`{"jsonrpc":`, jsonrpc2.CodeParseError}, {`{}`, jsonrpc2.CodeInvalidRequest}, {`[]`, jsonrpc2.CodeInvalidRequest},
		{`{"jsonrpc":"2.0","id":1,"method":"textDocument/hover"}`, protocol.CodeNotInitialized},
	} {
		if _, err := here.Write([]byte(message(c.text))); err != nil {
			t.Fatal(err)
		}
		answer := <-answers
		failed, _ := answer["error"].(map[string]any)
		if failed["code"] != c.code {
			t.Errorf("%s: got %v", c.text, answer)
		}
	}
	_ = here.Close()
}

func TestEncodings(t *testing.T) {
	text := "// 🎈é\nschema R { id: string } // 🎈 \nstream s = from t\n"
	for _, c := range []struct {
		offered, name string
	}{
		{`[]`, "utf-16"},
		{`["utf-32"]`, "utf-32"},
		{`["utf-16","utf-8"]`, "utf-8"},
	} {
		cl := dial(t, options())
		var result struct {
			Capabilities struct{ PositionEncoding string }
		}
		cl.call("initialize", map[string]any{"capabilities": json.RawMessage(`{"general":{"positionEncodings":` + c.offered + `}}`)}, &result)
		if result.Capabilities.PositionEncoding != c.name {
			t.Errorf("%s gives %q", c.offered, result.Capabilities.PositionEncoding)
		}
		line := text + "stream u = /* 🎈é */ from nothing\n"
		cl.open("/e.edy", line)
		bytes := uint32(strings.Index(line[len(text):], "nothing")) // behind 4 bytes of a balloon and 2 of an é
		column := map[string]uint32{"utf-8": bytes, "utf-16": bytes - 3, "utf-32": bytes - 4}[c.name]
		found := false
		for _, d := range cl.published("/e.edy", 1) {
			found = found || d.Range.Start == lsp.Position{Line: 3, Character: column}
		}
		if !found {
			t.Errorf("%s: no diagnostic at column %d: %+v", c.name, column, cl.published("/e.edy", 1))
		}
	}
}
