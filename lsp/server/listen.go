package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/sourcegraph/jsonrpc2"
)

// maxSessions bounds how many editors one process serves.
const maxSessions = 32

// Listen serves editors that connect over TCP, with headers as on standard input, or
// over WebSocket, a message a frame. It listens on this machine alone, and a page that a
// browser shows from elsewhere may not connect. ready is told the address.
func Listen(ctx context.Context, address string, opt Options, ready func(net.Addr)) error {
	scheme, host := "tcp", address
	if u, err := url.Parse(address); err == nil && (u.Scheme == "tcp" || u.Scheme == "ws") && u.Host != "" {
		scheme, host = u.Scheme, u.Host
	}
	if err := loopback(host); err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", host)
	if err != nil {
		return fmt.Errorf("cannot listen on %q: %w", address, err)
	}
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	ready(l.Addr())
	if scheme == "ws" {
		return serveWeb(ctx, l, opt)
	}
	return serveTCP(ctx, l, opt)
}

// loopback refuses addresses that other machines can reach: a session reads files.
func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is no address: write 127.0.0.1:9257", address)
	}
	if host == "localhost" {
		return nil
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%q is not an address of this machine alone: write 127.0.0.1 or localhost", host)
	}
	return nil
}

func serveTCP(ctx context.Context, l net.Listener, opt Options) error {
	var sessions sync.WaitGroup
	defer sessions.Wait()
	seats := make(chan struct{}, maxSessions)
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("cannot take a connection: %w", err)
		}
		select {
		case seats <- struct{}{}:
		default:
			_ = conn.Close()
			continue
		}
		sessions.Go(func() {
			defer func() { <-seats }()
			Serve(ctx, NewStream(conn, conn, conn), opt)
		})
	}
}

func serveWeb(ctx context.Context, l net.Listener, opt Options) error {
	seats := make(chan struct{}, maxSessions)
	upgrader := websocket.Upgrader{CheckOrigin: sameMachine}
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case seats <- struct{}{}:
				defer func() { <-seats }()
			default:
				http.Error(w, "too many sessions", http.StatusServiceUnavailable)
				return
			}
			conn, err := upgrader.Upgrade(w, r, nil)
			if err != nil { // it has been answered
				return
			}
			conn.SetReadLimit(maxMessage)
			Serve(ctx, &frames{conn: conn}, opt)
		}),
	}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) && ctx.Err() == nil {
		return fmt.Errorf("cannot serve: %w", err)
	}
	return nil
}

// sameMachine lets pages of this machine connect, and programs, which send no Origin.
func sameMachine(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	if u.Scheme == "vscode-webview" || u.Scheme == "vscode-file" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// frames are messages over a WebSocket.
type frames struct {
	conn *websocket.Conn
	mu   sync.Mutex // of writing
}

var _ jsonrpc2.ObjectStream = (*frames)(nil)

// WriteObject writes one message.
func (f *frames) WriteObject(obj any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.conn.WriteJSON(obj)
}

// ReadObject reads the next message that is one.
func (f *frames) ReadObject(v any) error {
	for {
		_, data, err := f.conn.ReadMessage()
		if websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway) {
			return io.EOF
		}
		if err != nil {
			return err
		}
		refusal := decode(data, v)
		if refusal == nil {
			return nil
		}
		if err := f.WriteObject(refusal); err != nil {
			return err
		}
	}
}

// Close ends the connection.
func (f *frames) Close() error { return f.conn.Close() }
