package server_test

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/sourcegraph/jsonrpc2"

	"github.com/edynamic/edynamic/lsp/server"
)

func listening(t *testing.T, address string) net.Addr {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	at := make(chan net.Addr, 1)
	ended := make(chan error, 1)
	go func() { ended <- server.Listen(ctx, address, options(), func(a net.Addr) { at <- a }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("listening ended with %v", err)
		}
	})
	select {
	case a := <-at:
		return a
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
		return nil
	}
}

func TestTCP(t *testing.T) {
	a := listening(t, "tcp://127.0.0.1:0")
	for range 2 { // one after the other
		conn, err := net.Dial("tcp", a.String())
		if err != nil {
			t.Fatal(err)
		}
		c := jsonrpc2.NewConn(context.Background(), jsonrpc2.NewBufferedStream(conn, jsonrpc2.VSCodeObjectCodec{}), clientHandler{&client{}})
		if err := c.Call(context.Background(), "initialize", map[string]any{"capabilities": map[string]any{}}, nil); err != nil {
			t.Error(err)
		}
		_ = c.Close()
	}
}

func TestWebSocketLooksAtTheOrigin(t *testing.T) {
	a := listening(t, "ws://127.0.0.1:0")
	for origin, welcome := range map[string]bool{
		"": true, "http://localhost:3000": true, "http://127.0.0.1": true, "https://evil.example": false, "http://localhost.evil.example": false, "null": false,
	} {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		conn, _, err := websocket.DefaultDialer.Dial("ws://"+a.String(), header)
		if (err == nil) != welcome {
			t.Errorf("from %q: %v", origin, err)
		}
		if err != nil {
			continue
		}
		if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}`)); err != nil {
			t.Fatal(err)
		}
		var answer struct {
			ID     int
			Result struct{ Capabilities map[string]any }
		}
		if err := conn.ReadJSON(&answer); err != nil || answer.ID != 1 || answer.Result.Capabilities["hoverProvider"] == nil {
			t.Errorf("from %q: %v %+v", origin, err, answer)
		}
		_ = conn.Close()
	}
}

func TestOnlyThisMachine(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", "tcp://192.0.2.1:1", "ws://example.com:80", ":9257", "nonsense"} {
		if err := server.Listen(context.Background(), address, options(), func(net.Addr) {}); err == nil {
			t.Errorf("%s is listened on", address)
		}
	}
}
