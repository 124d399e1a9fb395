package server_test

import (
	"testing"

	lsp "github.com/tliron/glsp/protocol_3_16"
)

func TestSessionEndsWithItsCode(t *testing.T) {
	c := start(t, t.TempDir(), `{}`)
	if code := c.quit(); code != 0 {
		t.Errorf("after shutdown and exit the code is %d", code)
	}
	c = start(t, t.TempDir(), `{}`)
	c.notify("exit", nil)
	if code := <-c.exit; code != 1 {
		t.Errorf("after exit alone the code is %d", code)
	}
	c = start(t, t.TempDir(), `{}`)
	_ = c.conn.Close()
	if code := <-c.exit; code != 1 {
		t.Errorf("after the connection is gone the code is %d", code)
	}
}

func TestRequestsAtTheWrongTime(t *testing.T) {
	c := dial(t, options())
	if err := c.try("textDocument/hover", at("/x.edy", lsp.Position{}), nil); err == nil {
		t.Error("a request before initialize is answered")
	}
	c.initialize(t.TempDir(), `{}`)
	if err := c.try("initialize", map[string]any{"capabilities": map[string]any{}}, nil); err == nil {
		t.Error("initialize is answered twice")
	}
	if err := c.try("textDocument/unheardOf", map[string]any{}, nil); err == nil {
		t.Error("an unknown method is answered")
	}
	c.call("shutdown", nil, nil)
	if err := c.try("textDocument/hover", at("/x.edy", lsp.Position{}), nil); err == nil {
		t.Error("a request after shutdown is answered")
	}
}

func TestAnEditIsDiagnosed(t *testing.T) {
	c := start(t, t.TempDir(), `{}`)
	path := "/nowhere/a.edy"
	c.open(path, "schema R { id: string }\ntopic t: R {}\nstream s = from t |> select idd\n")
	if got := c.published(path, 1); len(got) != 1 || got[0].Code != "E0202" || got[0].CodeDescription.Href != "https://edynamic.example/E0202" {
		t.Errorf("got %+v", got)
	}
	c.replace(path, 2, "schema R { id: string }\ntopic t: R {}\nstream s = from t |> select id\n")
	if got := c.published(path, 2); len(got) != 0 {
		t.Errorf("after the edit: %+v", got)
	}
}
