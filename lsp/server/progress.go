package server

import (
	"context"
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
	token string // "" where the client shows none
}

var taskNumber atomic.Int64

// begun starts a task of the server's own.
func (s *Server) begun(ctx context.Context, title string) *task {
	t := &task{s: s}
	t.ctx, t.stop = context.WithCancel(ctx)
	if !s.client.Window.WorkDoneProgress {
		return t
	}
	token := "edyc-" + strconv.FormatInt(taskNumber.Add(1), 10)
	err := s.conn.Call(ctx, lsp.ServerWindowWorkDoneProgressCreate, map[string]any{"token": token}, nil)
	if err != nil {
		return t
	}
	t.token = token
	s.mu.Lock()
	s.tasks[token] = t.stop
	s.mu.Unlock()
	t.send(map[string]any{"kind": "begin", "title": title, "cancellable": true})
	return t
}

func (t *task) send(value any) {
	if t.token != "" {
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
	delete(t.s.tasks, t.token)
	t.s.mu.Unlock()
}

// cancelTask stops the work of which a client shows the progress.
func (s *Server) cancelTask(token any) {
	s.mu.Lock()
	stop := s.tasks[fmt.Sprint(token)]
	s.mu.Unlock()
	if stop != nil {
		stop()
	}
}
