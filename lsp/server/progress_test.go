package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/edynamic/edynamic/lsp/feature"
	"github.com/edynamic/edynamic/lsp/protocol"
)

const smallProgram = "schema R { id: string }\ntopic t: R {}\nstream s = from t\n"

// progress waits for a message about work with words in it, and gives its token.
func (c *client) progress(words ...string) any {
	c.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		c.mu.Lock()
		for _, said := range c.worked {
			fits := true
			for _, w := range words {
				fits = fits && strings.Contains(said, w)
			}
			if fits {
				c.mu.Unlock()
				var p struct{ Token any }
				if err := json.Unmarshal([]byte(said), &p); err != nil {
					c.t.Fatal(err)
				}
				return p.Token
			}
		}
		c.mu.Unlock()
		if time.Now().After(end) {
			c.t.Fatalf("no work is told of with %q: %q", words, c.worked)
		}
	}
}

// running starts a preview that goes on until it is taken back.
func running(t *testing.T, capabilities string, extra map[string]any) (*client, jsonrpc2.Waiter) {
	t.Helper()
	s := stuck{make(chan struct{}, 1)}
	opt := options()
	opt.Env.Runner = s
	c := dial(t, opt)
	c.initialize(t.TempDir(), capabilities)
	c.open("/nowhere/a.edy", smallProgram)
	params := map[string]any{"command": feature.CommandPreview, "arguments": []any{protocol.URI("/nowhere/a.edy"), "s"}}
	for k, v := range extra {
		params[k] = v
	}
	wait, err := c.conn.DispatchCall(context.Background(), "workspace/executeCommand", params)
	if err != nil {
		t.Fatal(err)
	}
	<-s.begun
	return c, wait
}

func cancelledBy(t *testing.T, wait jsonrpc2.Waiter) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	var failed *jsonrpc2.Error
	if err := wait.Wait(ctx, nil); !errors.As(err, &failed) || failed.Code != protocol.CodeRequestCancelled {
		t.Errorf("work that is taken back gives %v", err)
	}
}

// TestProgressOfTheServer: a client that shows progress is asked for a place to show it,
// told when work begins and ends, and takes it back by its token.
func TestProgressOfTheServer(t *testing.T) {
	c, wait := running(t, `{"window":{"workDoneProgress":true}}`, nil)
	token := c.progress(`"begin"`, "preview", `"cancellable":true`)
	c.notify("window/workDoneProgress/cancel", map[string]any{"token": token})
	cancelledBy(t, wait)
	c.progress(`"end"`, token.(string))
}

// TestProgressOfARequest: a request that brings a token has its progress shown under it,
// whether the token is a text or a number.
func TestProgressOfARequest(t *testing.T) {
	for _, token := range []any{"of the client", 7} {
		c, wait := running(t, `{}`, map[string]any{"workDoneToken": token})
		text, _ := json.Marshal(token)
		c.progress(`"begin"`, `"token":`+string(text))
		c.notify("window/workDoneProgress/cancel", map[string]any{"token": "another"})
		c.notify("window/workDoneProgress/cancel", map[string]any{"token": token})
		cancelledBy(t, wait)
		c.progress(`"end"`, `"token":`+string(text))
	}
}

func TestProgressOfTheIndexAndOfAnswers(t *testing.T) {
	c := start(t, t.TempDir(), `{"window":{"workDoneProgress":true}}`)
	token := c.progress(`"begin"`, "reading")
	c.progress(`"end"`, token.(string))
	c.open("/nowhere/a.edy", smallProgram)
	for _, method := range []string{"workspace/diagnostic", "workspace/symbol"} {
		c.call(method, map[string]any{"previousResultIds": []any{}, "query": "s", "workDoneToken": method}, nil)
		c.progress(`"begin"`, method)
		c.progress(`"end"`, method)
	}
	place := at("/nowhere/a.edy", position(smallProgram, strings.Index(smallProgram, "t: R")))
	place["context"] = map[string]any{"includeDeclaration": true}
	place["workDoneToken"] = "references"
	c.call("textDocument/references", place, nil)
	c.progress(`"end"`, "references")
}
