package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/sourcegraph/jsonrpc2"
	"github.com/tliron/glsp"
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lsp/feature"
	"github.com/edynamic/edynamic/lsp/protocol"
)

// dispatcher takes the messages of a connection in their order.
type dispatcher struct {
	s     *Server
	ready chan struct{} // closed when the server knows its connection
}

// call is a request on its way: what a handler is given.
type call struct {
	*glsp.Context
	ctx  context.Context
	snap *feature.Snapshot
}

// Handle handles notifications here, so that they keep their order, and starts requests.
func (d dispatcher) Handle(ctx context.Context, conn *jsonrpc2.Conn, req *jsonrpc2.Request) {
	<-d.ready
	s := d.s
	if req.Notif {
		if _, err := s.guarded(ctx, req); err != nil {
			s.log("%s: %v", req.Method, err)
		}
		return
	}
	if refused := s.begin(req); refused != nil {
		s.answer(ctx, req, nil, refused)
		return
	}
	switch req.Method {
	case lsp.MethodInitialize, lsp.MethodShutdown: // nothing may overtake them
		result, err := s.guarded(ctx, req)
		s.answer(ctx, req, result, err)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	s.running[req.ID] = cancel
	snap := s.snap
	s.mu.Unlock()
	go func() {
		done := make(chan struct{})
		go func() { // a cancelled request is answered at once; its work ends by itself
			select {
			case <-done:
			case <-ctx.Done():
				s.finish(ctx, req, nil, ctx.Err())
			}
		}()
		var result any
		err := ctx.Err()
		select {
		case s.seats <- struct{}{}:
			if result, err = nil, ctx.Err(); err == nil {
				result, err = s.worked(ctx, &request{snap: snap, cancel: cancel, token: tokenOf(req)}, req)
			}
			<-s.seats
		case <-ctx.Done():
		}
		close(done)
		s.finish(ctx, req, result, err)
		cancel()
	}()
}

// begin refuses requests that come at the wrong time.
func (s *Server) begin(req *jsonrpc2.Request) *jsonrpc2.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, busy := s.running[req.ID]
	switch {
	case s.state == fresh && req.Method != lsp.MethodInitialize:
		return &jsonrpc2.Error{Code: protocol.CodeNotInitialized, Message: "initialize comes first"}
	case s.state != fresh && req.Method == lsp.MethodInitialize:
		return &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidRequest, Message: "initialize comes once"}
	case s.state > initialized:
		return &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidRequest, Message: "nothing but exit comes after shutdown"}
	case busy:
		return &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidRequest, Message: "this id is in use"}
	}
	return nil
}

// finish answers a request, once.
func (s *Server) finish(ctx context.Context, req *jsonrpc2.Request, result any, err error) {
	s.mu.Lock()
	_, open := s.running[req.ID]
	delete(s.running, req.ID)
	s.mu.Unlock()
	if open {
		s.answer(context.WithoutCancel(ctx), req, result, err)
	}
}

func (s *Server) answer(ctx context.Context, req *jsonrpc2.Request, result any, err error) {
	var sendErr error
	var failed *jsonrpc2.Error
	switch {
	case err == nil:
		sendErr = s.conn.Reply(ctx, req.ID, result)
	case errors.As(err, &failed):
		sendErr = s.conn.ReplyWithError(ctx, req.ID, failed)
	case errors.Is(err, context.Canceled):
		sendErr = s.conn.ReplyWithError(ctx, req.ID, &jsonrpc2.Error{Code: protocol.CodeRequestCancelled, Message: "cancelled"})
	default:
		sendErr = s.conn.ReplyWithError(ctx, req.ID, &jsonrpc2.Error{Code: protocol.CodeRequestFailed, Message: err.Error()})
	}
	if sendErr != nil && !errors.Is(sendErr, jsonrpc2.ErrClosed) {
		s.log("cannot answer %s: %v", req.Method, sendErr)
	}
}

// worked handles a request, and shows its progress where the client wants to see it.
func (s *Server) worked(ctx context.Context, r *request, req *jsonrpc2.Request) (any, error) {
	ctx = with(ctx, r)
	if r.token == nil || req.Method == string(lsp.MethodWorkspaceExecuteCommand) { // which shows its own
		return s.guarded(ctx, req)
	}
	task := s.begun(ctx, "edyc: "+req.Method[strings.LastIndexByte(req.Method, '/')+1:])
	defer task.end()
	return s.guarded(task.ctx, req)
}

// guarded handles a message; a panic becomes an error.
func (s *Server) guarded(ctx context.Context, req *jsonrpc2.Request) (result any, err error) {
	defer func() {
		if r := recover(); r != nil {
			s.log("bug: %s: %v\n%s", req.Method, r, debug.Stack())
			err = &jsonrpc2.Error{Code: jsonrpc2.CodeInternalError, Message: fmt.Sprintf("this is a bug in edyc, please report it: %v", r)}
		}
	}()
	return s.handle(ctx, req)
}

func (s *Server) handle(ctx context.Context, req *jsonrpc2.Request) (any, error) {
	var params json.RawMessage
	if req.Params != nil {
		params = *req.Params
	}
	if result, known, err := s.session(ctx, req.Method, params); known {
		return result, err
	}
	if result, known, err := s.handle317(ctx, req.Method, params); known {
		return result, err
	}
	g := &glsp.Context{Method: req.Method, Params: params}
	open := &call{Context: g, ctx: ctx, snap: s.snapOf(ctx)}
	s.calls.Store(g, open)
	defer s.calls.Delete(g)
	result, known, valid, err := s.handler.Handle(g)
	switch {
	case !known && req.Notif: // those that begin with $/ may be passed over, and so are others
		return nil, nil
	case !known:
		return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeMethodNotFound, Message: "there is no method " + req.Method}
	case !valid:
		return nil, invalid(err)
	}
	return result, err
}

func invalid(err error) error {
	return &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidParams, Message: "these are not its params: " + err.Error()}
}

// decoded reads the params of a method that the library does not know.
func decoded[T any](params json.RawMessage, f func(*T) (any, error)) (any, bool, error) {
	var p T
	if err := json.Unmarshal(params, &p); err != nil {
		return nil, true, invalid(err)
	}
	result, err := f(&p)
	return result, true, err
}

// request is what belongs to a request besides what its handler is given.
type request struct {
	snap   *feature.Snapshot
	cancel context.CancelFunc
	token  json.RawMessage // under which the client shows its progress, nil for none
}

type requestKey struct{}

func with(ctx context.Context, r *request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// requestOf is the request that a context belongs to, nil for none.
func requestOf(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey{}).(*request)
	return r
}

// tokenOf is the token with which a client asks for the progress of a request.
func tokenOf(req *jsonrpc2.Request) json.RawMessage {
	if req.Params == nil || !bytes.Contains(*req.Params, []byte(`"workDoneToken"`)) {
		return nil
	}
	var p struct{ WorkDoneToken json.RawMessage }
	if json.Unmarshal(*req.Params, &p) != nil || string(p.WorkDoneToken) == "null" {
		return nil
	}
	return p.WorkDoneToken
}

// snapOf is the snapshot a request came with.
func (s *Server) snapOf(ctx context.Context) *feature.Snapshot {
	if r := requestOf(ctx); r != nil {
		return r.snap
	}
	return s.now()
}

// of is the request that the library's context belongs to.
func (s *Server) of(g *glsp.Context) *call {
	open, _ := s.calls.Load(g)
	c, ok := open.(*call)
	if !ok {
		panic("a handler without its request")
	}
	return c
}
