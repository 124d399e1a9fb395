package server_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/edynamic/edynamic/lsp/feature"
	"github.com/edynamic/edynamic/lsp/protocol"
)

// stuck is a runner that goes on until it is cancelled.
type stuck struct{ begun chan struct{} }

func (s stuck) Preview(ctx context.Context, _ feature.Source, _ string, _ int) (*feature.Rows, error) {
	s.begun <- struct{}{}
	<-ctx.Done()
	return nil, ctx.Err()
}

func (s stuck) Test(ctx context.Context, _ feature.Source, _ string) ([]feature.TestResult, error) {
	return nil, nil
}

func TestARequestIsCancelled(t *testing.T) {
	s := stuck{make(chan struct{}, 1)}
	opt := options()
	opt.Env.Runner = s
	c := dial(t, opt)
	c.initialize(t.TempDir(), `{}`)
	c.open("/nowhere/a.edy", "schema R { id: string }\ntopic t: R {}\nstream s = from t\n")
	id := jsonrpc2.ID{Str: "run", IsString: true}
	wait, err := c.conn.DispatchCall(context.Background(), "workspace/executeCommand", map[string]any{
		"command": feature.CommandPreview, "arguments": []any{protocol.URI("/nowhere/a.edy"), "s"},
	}, jsonrpc2.PickID(id))
	if err != nil {
		t.Fatal(err)
	}
	<-s.begun
	c.notify("$/cancelRequest", map[string]any{"id": "run"})
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	var failed *jsonrpc2.Error
	if err := wait.Wait(ctx, nil); !errors.As(err, &failed) || failed.Code != protocol.CodeRequestCancelled {
		t.Errorf("a cancelled request gives %v", err)
	}
}

// cancelled sends a request that takes long and its cancellation, and waits for the
// answer.
func (c *client) cancelled() time.Duration {
	ctx := context.Background()
	id := jsonrpc2.ID{Str: "c" + strconv.FormatInt(time.Now().UnixNano(), 36), IsString: true}
	wait, err := c.conn.DispatchCall(ctx, "workspace/diagnostic", map[string]any{"previousResultIds": []any{}}, jsonrpc2.PickID(id))
	if err != nil {
		c.t.Fatal(err)
	}
	begin := time.Now()
	c.notify("$/cancelRequest", map[string]any{"id": id})
	_ = wait.Wait(ctx, nil)
	return time.Since(begin)
}
