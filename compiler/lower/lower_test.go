package lower_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/connector/file"
)

const program = `
topic events: { k: string  a: long  b: long  c: { x: long  y: long }  at: timestamp } { time: at  watermark: 1s }
stream wide = from events |> extend bad = 1 % a |> select k, b, bad, c
stream narrow = from wide |> where b > 0 |> select k, y = c.y
stream unread = from events |> select a
route r from narrow first match {
  when y > 1 -> big
  otherwise -> drop
}
`

const unions = `
schema Opened { id: long  name: string  at: timestamp }
schema Moved  { id: long  room: string  floor: string  at: timestamp }
schema Closed { id: long  reason: string  at: timestamp }
schema Event = Opened or Moved or Closed
topic events: Event { time: at  watermark: 1s }
stream moved = from events |> where events is Moved |> select floor
stream whole = from events |> where events is Closed
stream both  = from events |> union (from events |> where events is Opened or id > 3) |> where events is Moved |> select id
`

func lowered(t *testing.T, opts lower.Options) *plan.Graph {
	t.Helper()
	return loweredText(t, program, opts)
}

func loweredText(t *testing.T, text string, opts lower.Options) *plan.Graph {
	t.Helper()
	tree, diags := syntax.Parse(source.New("lower.edy", text))
	r := check.Check(tree, check.Options{Catalog: build.Catalog(&file.System{})})
	if diags.HasErrors() || r.Diags.HasErrors() {
		t.Fatal("the program does not check")
	}
	g, err := lower.Program(r.Program, opts)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func topicRow(t *testing.T, g *plan.Graph, name string) string {
	t.Helper()
	for _, n := range g.Nodes {
		if topic, ok := n.Op.(*plan.Topic); ok && topic.Topic.Name == name {
			return rowText(topic.Row)
		}
	}
	t.Fatalf("there is no topic %s", name)
	return ""
}

func rowText(row *types.Type) string {
	if row.Kind != types.Union {
		return types.RecordText(row.Fields)
	}
	var branches []string
	for _, b := range row.Branches {
		branches = append(branches, b.Name+" "+types.RecordText(b.Fields))
	}
	return strings.Join(branches, " or ")
}

// Of the branches of a union only those fields are decoded that somebody reads.
func TestUnionsAreNarrowed(t *testing.T) {
	for stream, want := range map[string]string{
		"moved": "Opened { at: timestamp } or Moved { floor: string at: timestamp } or Closed { at: timestamp }",
		"whole": "Opened { at: timestamp } or Moved { at: timestamp } or Closed { id: long reason: string at: timestamp }",
		"both": "Opened { id: long name: string at: timestamp } or Moved { id: long room: string floor: string at: timestamp }" +
			" or Closed { id: long reason: string at: timestamp }",
	} {
		g := loweredText(t, unions, lower.Options{Outputs: []string{stream}})
		if got := topicRow(t, g, "events"); got != want {
			t.Errorf("%s decodes %s, want %s", stream, got, want)
		}
	}
}

// What no output needs is neither decoded nor evaluated (SEMANTICS 90).
func TestOnlyWhatIsNeeded(t *testing.T) {
	g := lowered(t, lower.Options{})
	if got, want := topicRow(t, g, "events"), "{ k: string b: long c: { y: long } at: timestamp }"; got != want {
		t.Errorf("the source decodes %s, want %s", got, want)
	}
	for _, n := range g.Nodes {
		if strings.HasPrefix(n.Name, "unread") {
			t.Errorf("%s is evaluated and nobody reads it", n.Name)
		}
		if p, ok := n.Op.(*ir.Project); ok && slices.ContainsFunc(p.Items, func(it ir.Item) bool { return it.Name == "bad" }) {
			t.Errorf("%s computes a column that nobody reads", n.Name)
		}
	}
}

func TestOutputsAreNeeded(t *testing.T) {
	g := lowered(t, lower.Options{Outputs: []string{"wide", "unread"}})
	if got, want := topicRow(t, g, "events"), "{ k: string a: long b: long c: { x: long y: long } at: timestamp }"; got != want {
		t.Errorf("the source decodes %s, want %s", got, want)
	}
	if _, ok := g.Ends["unread"]; !ok {
		t.Error("an output is not there")
	}
}

// Every node stands after whatever feeds it, by an edge or by a side door.
func TestOrder(t *testing.T) {
	g := lowered(t, lower.Options{All: true})
	place := map[string]int{}
	for i, n := range g.Nodes {
		if n.ID != i {
			t.Errorf("node %d has the number %d", i, n.ID)
		}
		for _, e := range n.In {
			if e.Node >= i {
				t.Errorf("%s stands before %s, which it reads", n.Name, g.Nodes[e.Node].Name)
			}
		}
		place[n.Name] = i
	}
	for _, n := range g.Nodes {
		if n.Errors != "" && place["topic:"+n.Errors] <= n.ID {
			t.Errorf("%s sends errors to a topic that stands before it", n.Name)
		}
	}
	if n := g.Nodes[place["topic:errors"]]; n.Errors != "" {
		t.Error("what fails among error records would come back as an error record")
	}
}

const joins = `
topic a: { k: string  v: long  unread: long  at: timestamp } { time: at  watermark: 1s }
topic b: { k: string  w: long  x: long  y: long  z: { p: long  q: long }  at: timestamp } { time: at  watermark: 1s }
topic t: { id: string  w: long  unread: long } { key: id  bounded: true }
stream near = from a |> left join r = b on k == r.k and v < r.x within 1h |> select v, r?.w
stream nested = from a |> join r = (from b |> extend bad = 1 % y) on k == r.k within 1h |> select v, r.z.p
stream whole = from a |> join r = b on k == r.k within 1h |> select v, r.z
stream tested = from a |> join r = b on k == r.k and v < r.z.q within 1h |> select v
stream before = from a |> asof join r = b on k == r.k within 1h |> select v
stream found = from a |> lookup r = t on k == r.id |> select v
`

// Of the other side of a join only what is read through its alias is decoded and
// evaluated.
func TestOnlyWhatIsNeededOfJoins(t *testing.T) {
	tree, diags := syntax.Parse(source.New("joins.edy", joins))
	r := check.Check(tree, check.Options{Catalog: build.Catalog(&file.System{})})
	if diags.HasErrors() || r.Diags.HasErrors() {
		t.Fatalf("the program does not check: %v", r.Diags.Items)
	}
	for stream, want := range map[string][2]string{
		"near":   {"a: { k: string v: long at: timestamp }", "b: { k: string w: long x: long at: timestamp }"},
		"nested": {"a: { k: string v: long at: timestamp }", "b: { k: string z: { p: long } at: timestamp }"},
		"whole":  {"a: { k: string v: long at: timestamp }", "b: { k: string z: { p: long q: long } at: timestamp }"},
		"tested": {"a: { k: string v: long at: timestamp }", "b: { k: string z: { q: long } at: timestamp }"},
		"before": {"a: { k: string v: long at: timestamp }", "b: { k: string at: timestamp }"},
		"found":  {"a: { k: string v: long at: timestamp }", "t: { id: string }"},
	} {
		g, err := lower.Program(r.Program, lower.Options{Outputs: []string{stream}})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range want {
			topic, fields, _ := strings.Cut(row, ": ")
			if got := topicRow(t, g, topic); got != fields {
				t.Errorf("%s: topic %s decodes %s, want %s", stream, topic, got, fields)
			}
		}
		for _, n := range g.Nodes {
			if p, ok := n.Op.(*ir.Project); ok && slices.ContainsFunc(p.Items, func(it ir.Item) bool { return it.Name == "bad" }) {
				t.Errorf("%s: %s computes a column that nobody reads", stream, n.Name)
			}
		}
	}
}
