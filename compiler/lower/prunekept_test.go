package lower_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/lang/types"
)

const keptColumns = `
topic events: { k: string  a: long  b: long  at: timestamp } { time: at  watermark: 1s }
stream last = from events |> extend bad = 1 % a, fine = a is null |> extend worse = bad > 0, also = fine |> latest by k keep 1h |> select k, bad, fine, worse, also, b |> select k
stream parts = from events |> select k, r = { bad: 1 % a, fine: b, x: b } |> dedup by k within 1h |> select k, x = r.x
stream groups = from events |> window tumbling 1m |> aggregate n = count(), s = sum(a), most = max(a), wrong = max(1 % a) by k |> sort by k |> select k
stream both = from (from events |> extend c = 1 % a, d = 1) |> union (from events |> extend c = a, d = 2) |> dedup by k within 1h |> select k
`

// With all columns kept only those go that nobody reads and that can fail, and what is
// made of them.
func TestKeptColumns(t *testing.T) {
	g := loweredText(t, keptColumns, lower.Options{Outputs: []string{"last", "parts", "groups", "both"}, KeepColumns: true})
	if got, want := topicRow(t, g, "events"), "{ k: string a: long b: long at: timestamp }"; got != want {
		t.Errorf("the topic has %s, want %s", got, want)
	}
	for stage, want := range map[string]string{
		"last/3:latest":      "k a b at fine also",
		"parts/2:dedup":      "k r{fine x}",
		"groups/2:aggregate": "k n most",
		"groups/3:sort":      "k n most",
		"both/2:union":       "k a b at d",
		"both/3:dedup":       "k a b at d",
	} {
		found := false
		for _, n := range g.Nodes {
			if n.Name == stage {
				found = true
				if got := columnsText(n.Ports[0]); got != want {
					t.Errorf("%s keeps %s, want %s", stage, got, want)
				}
			}
		}
		if !found {
			t.Errorf("there is no stage %s", stage)
		}
	}
}

// A stage over changes reads its own columns alone, with the others computed or not; one
// that goes by the times of rows reads them all.
func TestColumnsReadOfChanges(t *testing.T) {
	const text = `
topic events: { k: string  g: string  v: long  q: { x: long  y: long }  at: timestamp } { time: at  watermark: 1s }
stream newest = from events |> latest by k keep forever
stream counts = from newest |> aggregate n = count(), m = last(v) by g keep 1h |> select g, n
stream sums = from newest |> aggregate n = sum(q.x) by g keep 1h
stream lasts = from newest |> aggregate n = last(k) by g keep 1h
stream tops = from newest |> top 1 by v keep 1h |> select k, v
stream alone = from events |> latest by k keep forever |> aggregate n = count() by g keep 1h
`
	for _, keep := range []bool{false, true} {
		g := loweredText(t, text, lower.Options{All: true, KeepColumns: keep})
		got := map[string]string{}
		for _, n := range g.Nodes {
			if strings.HasSuffix(n.Name, "/read") {
				got[n.Name] = columnsText(n.Ports[0])
			}
		}
		want := map[string]string{"counts/1:aggregate/read": "k g", "sums/1:aggregate/read": "k g q{x}", "tops/1:top/read": "k v", "alone/2:aggregate/read": "k g"}
		if !maps.Equal(got, want) {
			t.Errorf("all columns kept: %v, the stages read %v, want %v", keep, got, want)
		}
	}
}

func columnsText(s *types.Stream) string {
	var out []string
	for _, c := range s.Columns {
		text := c.Name
		if c.Type.Kind == types.Record {
			var fields []string
			for _, f := range c.Type.Fields {
				fields = append(fields, f.Name)
			}
			text += "{" + strings.Join(fields, " ") + "}"
		}
		if c.Name != types.WindowStart && c.Name != types.WindowEnd {
			out = append(out, text)
		}
	}
	return strings.Join(out, " ")
}

// The inputs of a union have the same columns where somebody else reads more of one.
func TestUnionOfRecordsReadInPart(t *testing.T) {
	g := loweredText(t, `
topic events: { k: string  a: long  q: { x: long  y: long }? }
topic others: { k: string  a: long  q: { x: long  y: long }? }
stream one = from events |> select r = { bad: 1 % a, fine: k }, s = q
stream two = from others |> select r = { bad: 2 % a, fine: k }, s = q
stream both = from two |> union one |> select f = r.fine, x = s?.x
`, lower.Options{Outputs: []string{"one", "both"}})
	seen := 0
	for _, n := range g.Nodes {
		if strings.HasPrefix(n.Name, "both/") && strings.HasSuffix(n.Name, "union") {
			seen++
			if got, want := columnsText(n.Ports[0]), "r{fine} s{x}"; got != want {
				t.Errorf("%s has %s, want %s", n.Name, got, want)
			}
		}
	}
	if seen != 3 {
		t.Errorf("%d stages of the union", seen)
	}
}
