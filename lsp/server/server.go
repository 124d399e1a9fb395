// Package server speaks the language server protocol with one editor: it keeps what the
// editor has open, hands requests to package feature, and answers.
//
// Handlers here dispatch and nothing more. Messages that change something are handled in
// the order in which they come; requests run beside each other, each on the snapshot
// that was there when it came, and can be cancelled. A handler that panics is answered
// as our bug, and the server goes on.
package server

import (
	"context"
	"sync"

	"github.com/sourcegraph/jsonrpc2"
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lsp/feature"
	"github.com/edynamic/edynamic/lsp/protocol"
)

// Options are what a server is given.
type Options struct {
	Env     feature.Env // its Encoding and Snippets are negotiated
	Version string
	// Log takes lines about the server itself; nil for none.
	Log func(format string, args ...any)
	// Find lists the .edy files below a folder; nil for none.
	Find func(ctx context.Context, folder string) []string
}

// Server talks with one editor.
type Server struct {
	opt     Options
	env     *feature.Env
	conn    *jsonrpc2.Conn
	handler *lsp.Handler
	client  protocol.ClientCapabilities

	mu      sync.Mutex
	snap    *feature.Snapshot
	folders []string
	indexed int // how often the folders were looked through
	running map[jsonrpc2.ID]context.CancelFunc
	tasks   map[string]context.CancelFunc // by token of their progress, as JSON
	state   state
	tokens  map[string]tokensSent
	shown   map[string]string               // what was last published, by path
	tested  map[string][]feature.TestResult // the failures to show, by path
	dirty   chan struct{}                   // something is to be diagnosed
	seats   chan struct{}                   // how many requests run beside each other
	calls   sync.Map                        // *glsp.Context to *call: the library hands handlers nothing of ours
}

// state is how far a session has come.
type state int

const (
	fresh state = iota
	initialized
	shut
	exited
)

// maxRunning bounds the requests that run beside each other; others wait.
const maxRunning = 8

// Serve talks over a stream until it ends, and returns the exit code: 0 after a
// shutdown, else 1.
func Serve(ctx context.Context, stream jsonrpc2.ObjectStream, opt Options) int {
	s := &Server{
		opt: opt, running: map[jsonrpc2.ID]context.CancelFunc{}, tasks: map[string]context.CancelFunc{},
		dirty: make(chan struct{}, 1), seats: make(chan struct{}, maxRunning),
		tokens: map[string]tokensSent{}, shown: map[string]string{}, tested: map[string][]feature.TestResult{},
	}
	env := opt.Env
	s.env = &env
	s.snap = feature.NewSnapshot(s.env)
	s.handler = s.handlers()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := make(chan struct{})
	s.conn = jsonrpc2.NewConn(ctx, stream, dispatcher{s, ready}, jsonrpc2.SetLogger(quiet{s}))
	close(ready)
	go s.diagnoseAll(ctx)
	<-s.conn.DisconnectNotify()
	cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == shut || s.state == exited {
		return 0
	}
	return 1
}

// quiet gives the connection's own messages to the log.
type quiet struct{ s *Server }

// Printf logs a line.
func (q quiet) Printf(format string, args ...any) { q.s.log(format, args...) }

func (s *Server) log(format string, args ...any) {
	if s.opt.Log != nil {
		s.opt.Log(format, args...)
	}
}

// now is the snapshot of this moment.
func (s *Server) now() *feature.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snap
}

// change replaces the snapshot.
func (s *Server) change(f func(*feature.Snapshot) *feature.Snapshot) {
	s.mu.Lock()
	s.snap = f(s.snap)
	s.mu.Unlock()
}
