package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync/atomic"

	lsp "github.com/tliron/glsp/protocol_3_16"
)

// task is work whose progress the client shows and may cancel.
type task struct {
	s     *Server
	ctx   context.Context
	stop  context.CancelFunc
	token json.RawMessage // nil where the client shows none
}

var taskNumber atomic.Int64

// begun starts a task, shown under the token of the request it belongs to, else under one
// of the server's own.
func (s *Server) begun(ctx context.Context, title string) *task {
	t := &task{s: s}
	t.ctx, t.stop = context.WithCancel(ctx)
	if r := requestOf(ctx); r != nil && r.token != nil {
		t.open(r.token, title, r.cancel)
		return t
	}
	if !s.client.Window.WorkDoneProgress {
		return t
	}
	token := json.RawMessage(strconv.Quote("edyc-" + strconv.FormatInt(taskNumber.Add(1), 10)))
	err := s.conn.Call(ctx, lsp.ServerWindowWorkDoneProgressCreate, map[string]any{"token": token}, nil)
	if err != nil {
		return t
	}
	stop := t.stop
	if r := requestOf(ctx); r != nil {
		stop = r.cancel // who takes back the work does not wait for its answer
	}
	t.open(token, title, stop)
	return t
}

// open shows a task, which ends the work with stop when the client takes it back.
func (t *task) open(token json.RawMessage, title string, stop context.CancelFunc) {
	t.token = token
	t.s.mu.Lock()
	t.s.tasks[string(token)] = stop
	t.s.mu.Unlock()
	t.send(map[string]any{"kind": "begin", "title": title, "cancellable": true})
}

func (t *task) send(value any) {
	if t.token != nil {
		t.s.notify(context.WithoutCancel(t.ctx), lsp.MethodProgress, map[string]any{"token": t.token, "value": value})
	}
}

func (t *task) report(done, all int) {
	t.send(map[string]any{"kind": "report", "message": fmt.Sprintf("%d of %d", done, all), "percentage": 100 * done / max(1, all)})
}

func (t *task) end() {
	t.send(map[string]any{"kind": "end"})
	t.stop()
	t.s.mu.Lock()
	delete(t.s.tasks, string(t.token))
	t.s.mu.Unlock()
}

// cancelTask stops the work of which a client shows the progress.
func (s *Server) cancelTask(token json.RawMessage) {
	s.mu.Lock()
	stop := s.tasks[string(token)]
	s.mu.Unlock()
	if stop != nil {
		stop()
	}
}
