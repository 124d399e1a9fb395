package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lsp/protocol"
)

// large is a program of about so many lines: the same plant again and again, each with
// names of its own, as a file grows in practice.
func large(lines int) string {
	var b strings.Builder
	b.WriteString("module large timezone \"UTC\"\n\nenum Zone { furnace press paint }\n\nparam hot: double = 90.0\n")
	for i := 0; strings.Count(b.String(), "\n") < lines; i++ {
		fmt.Fprintf(&b, `
/// Readings of plant %[1]d.
schema Reading%[1]d {
  sensor_id: string
  machine_id: string
  zone: Zone
  temperature: double?
  flow: double?
  at: timestamp
}

topic readings%[1]d: Reading%[1]d {
  key: sensor_id
  time: at
  watermark: 5s
}

topic alerts%[1]d: Reading%[1]d { time: at }

stream measured%[1]d = from readings%[1]d |> require temperature else -> drop

stream enriched%[1]d =
  from measured%[1]d
  |> extend baseline = avg(temperature) over (per machine_id last 15m)
  |> extend deviation = temperature - baseline
  |> where deviation > 10.0 or zone in (furnace, press)

stream per_minute%[1]d =
  from enriched%[1]d
  |> window tumbling 1m
  |> aggregate n = count(), hottest = max(temperature), mean = avg(flow) by machine_id
  |> select minute = window.start, machine_id, n, hottest, mean

route severity%[1]d from measured%[1]d first match {
  when temperature >= hot -> alerts%[1]d
  otherwise -> drop
}

test "plant %[1]d" {
  given readings%[1]d [
    { sensor_id: "s", machine_id: "m", zone: furnace, temperature: 95.0, at: @2026-03-01T10:00:00Z }
  ]
  expect alerts%[1]d contains [ { machine_id: "m" } ]
}
`, i)
	}
	return b.String()
}

// BenchmarkEditor measures what an editor waits for on a file of 5,000 lines, from the
// message to the answer over a pipe in one process. It prints percentiles, which one
// figure of a benchmark cannot hold: go test ./lsp/server -run ^$ -bench Editor -benchtime 1x
func BenchmarkEditor(b *testing.B) {
	for b.Loop() {
		measureEditor(b)
	}
}

func measureEditor(b *testing.B) {
	dir := b.TempDir()
	path := filepath.Join(dir, "large.edy")
	text := large(5000)
	begin := time.Now()
	c := start(b, dir, `{}`)
	c.open(path, text)
	c.published(path, 1)
	fmt.Printf("%-34s %8.1f ms   goal 150\n", "initialize to first diagnostics", ms(time.Since(begin)))

	at := strings.Index(text, "from enriched60\n")
	line := lsp.Position{Line: uint32(strings.Count(text[:at], "\n"))}
	var edits, completions, hovers, definitions, cancels []time.Duration
	version := 1
	for i := range 200 {
		begin := time.Now()
		version++
		insert, remove := "x", lsp.Range{Start: lsp.Position{Line: line.Line + 2, Character: 16}, End: lsp.Position{Line: line.Line + 2, Character: 16}}
		if i%2 == 1 {
			insert, remove.End.Character = "", 17
		}
		c.notify("textDocument/didChange", map[string]any{
			"textDocument":   map[string]any{"uri": protocol.URI(path), "version": version},
			"contentChanges": []map[string]any{{"range": remove, "text": insert}},
		})
		c.published(path, uint32(version))
		edits = append(edits, time.Since(begin))
	}
	for i := range 200 {
		pos := lsp.Position{Line: line.Line + 2, Character: uint32(5 + i%50)}
		completions = append(completions, c.timed("textDocument/completion", path, pos))
		hovers = append(hovers, c.timed("textDocument/hover", path, pos))
		definitions = append(definitions, c.timed("textDocument/definition", path, pos))
	}
	for range 50 {
		cancels = append(cancels, c.cancelled())
	}
	show("edit to diagnostics", edits, "p50 15, p99 50")
	show("completion", completions, "p99 50")
	show("hover", hovers, "p99 10")
	show("definition", definitions, "p99 10")
	show("cancel to acknowledgement", cancels, "10")
	measureIndex(b)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func show(what string, times []time.Duration, goal string) {
	slices.Sort(times)
	q := func(p float64) time.Duration { return times[min(len(times)-1, int(p*float64(len(times))))] }
	fmt.Printf("%-34s p50 %8.2f ms   p99 %8.2f ms   goal %s\n", what, ms(q(0.5)), ms(q(0.99)), goal)
}

func (c *client) timed(method, path string, pos lsp.Position) time.Duration {
	begin := time.Now()
	c.call(method, at(path, pos), nil)
	return time.Since(begin)
}

// measureIndex reads 1,000 files of 60 lines.
func measureIndex(b *testing.B) {
	dir := b.TempDir()
	for i := range 1000 {
		text := strings.Replace(large(60), "module large", fmt.Sprintf("module m%d", i), 1)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("m%d.edy", i)), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	begin := time.Now()
	c := start(b, dir, `{"window":{"workDoneProgress":true}}`)
	for ended := false; !ended; time.Sleep(5 * time.Millisecond) {
		c.mu.Lock()
		ended = c.ended
		c.mu.Unlock()
	}
	var found []lsp.SymbolInformation
	c.call("workspace/symbol", map[string]any{"query": "nothing_is_called_so"}, &found)
	fmt.Printf("%-34s %8.1f ms   goal 1000\n", "cold index of 1,000 files", ms(time.Since(begin)))
}
