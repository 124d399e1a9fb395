package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
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
	begin, computed := time.Now(), processor()
	c := start(b, dir, `{}`)
	c.open(path, text)
	c.published(path, 1)
	once("initialize to first diagnostics", time.Since(begin), processor()-computed, "150")

	at := strings.Index(text, "from enriched60\n")
	line := uint32(strings.Count(text[:at], "\n")) + 2 // a stage behind it
	version := uint32(1)
	typed := func(i int) {
		version++
		insert, from, to := "x", lsp.Position{Line: line, Character: 16}, lsp.Position{Line: line, Character: 16}
		if i%2 == 1 {
			insert, to.Character = "", 17
		}
		c.notify("textDocument/didChange", map[string]any{
			"textDocument":   map[string]any{"uri": protocol.URI(path), "version": version},
			"contentChanges": []map[string]any{{"range": lsp.Range{Start: from, End: to}, "text": insert}},
		})
		c.published(path, version)
	}
	ask := func(method string) func(int) {
		return func(i int) { c.call(method, at2(path, line, uint32(5+i%50)), nil) }
	}
	many("edit to diagnostics", 200, "p50 15, p99 50", typed)
	many("completion", 200, "p99 50", ask("textDocument/completion"))
	many("hover", 200, "p99 10", ask("textDocument/hover"))
	many("definition", 200, "p99 10", ask("textDocument/definition"))
	many("cancel to acknowledgement", 50, "10", func(int) { c.cancelled() })
	measureIndex(b)
}

func at2(path string, line, column uint32) map[string]any {
	return at(path, lsp.Position{Line: line, Character: column})
}

// many does something again and again and prints how long it took, by the clock and by
// what client and server computed.
func many(what string, n int, goal string, do func(i int)) {
	times := make([]time.Duration, n)
	computed := processor()
	for i := range times {
		begin := time.Now()
		do(i)
		times[i] = time.Since(begin)
	}
	computed = processor() - computed
	slices.Sort(times)
	q := func(p float64) float64 { return ms(times[min(n-1, int(p*float64(n)))]) }
	fmt.Printf("%-34s p50 %8.2f ms   p99 %8.2f ms   goal %-14s   computed %7.2f ms each\n", what, q(0.5), q(0.99), goal, ms(computed)/float64(n))
}

func once(what string, took, computed time.Duration, goal string) {
	fmt.Printf("%-34s     %8.1f ms                     goal %-14s   computed %7.1f ms\n", what, ms(took), goal, ms(computed))
}

// processor is the time that this process has spent computing, client and server
// together.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// measureIndex reads 1,000 files of 60 lines.
func measureIndex(b *testing.B) {
	dir := b.TempDir()
	for i := range 1000 {
		text := strings.Replace(large(60), "module large", fmt.Sprintf("module m%d", i), 1)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("m%d.edy", i)), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	begin, computed := time.Now(), processor()
	c := start(b, dir, `{"window":{"workDoneProgress":true}}`)
	c.progress(`"end"`)
	var found []lsp.SymbolInformation
	c.call("workspace/symbol", map[string]any{"query": "nothing_is_called_so"}, &found)
	once("cold index of 1,000 files", time.Since(begin), processor()-computed, "1000")
}
