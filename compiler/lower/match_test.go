package lower_test

import (
	"testing"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/connector/file"
)

const patterns = `
topic orders: { id: string  a: long  b: long  c: { x: long  y: long }  unread: string  at: timestamp } { time: at  watermark: 1s }
topic acks: { id: string  ok: boolean  by: string  text: string  at: timestamp } { time: at  watermark: 1s }
stream answered =
  from orders
  |> match per id {
       define placed where a > 0
       define ack from acks where ok
       pattern placed then ack{1,2}
       within 1m
       emit id, y = placed.c.y, b = placed.b, who = last(ack.by), text = first(ack.text)
     }
stream narrow = from answered |> select id, y, who
`

// A match reads its key, its conditions, and what somebody reads of its rows.
func TestMatchReadsWhatIsNeeded(t *testing.T) {
	tree, diags := syntax.Parse(source.New("patterns.edy", patterns))
	r := check.Check(tree, check.Options{Catalog: build.Catalog(&file.System{})})
	if diags.HasErrors() || r.Diags.HasErrors() {
		t.Fatal("the program does not check")
	}
	g, err := lower.Program(r.Program, lower.Options{Outputs: []string{"narrow"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := topicRow(t, g, "orders"), "{ id: string a: long c: { y: long } at: timestamp }"; got != want {
		t.Errorf("orders decodes %s, want %s", got, want)
	}
	if got, want := topicRow(t, g, "acks"), "{ id: string ok: boolean by: string at: timestamp }"; got != want {
		t.Errorf("acks decodes %s, want %s", got, want)
	}
}
