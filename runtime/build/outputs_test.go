package build_test

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/runtime/build"
)

// TestChangesOutputs: a changes stream is written as its log, or as what remains,
// in ascending order of keys.
func TestChangesOutputs(t *testing.T) {
	const program = `
topic votes from "votes.ndjson"
stream tally = from votes |> aggregate n = count() by name
stream leaders = from tally |> where n >= 2
`
	const votes = `{"name":"zoe"}
{"name":"ann"}
{"name":"zoe"}
{"name":"ann"}
{"name":"ann"}
`
	want := map[string]string{
		"log": `{"$op":"insert","name":"zoe","n":2}
{"$op":"insert","name":"ann","n":2}
{"$op":"update_before","name":"ann","n":2}
{"$op":"update_after","name":"ann","n":3}
`,
		"final": `{"name":"ann","n":3}
{"name":"zoe","n":2}
`,
	}
	for _, opt := range settings {
		w := newWorld(t, map[string]string{"votes.ndjson": votes})
		opt.Outputs = map[string][]string{"leaders": {w.dir + "/log.ndjson", w.dir + "/final.ndjson?changes=final"}}
		w.run(program, opt, lower.Options{Outputs: []string{"leaders"}})
		for name, text := range want {
			if diff := cmp.Diff(text, w.read(name+".ndjson")); diff != "" {
				t.Errorf("%d rows, %d instances: %s (-want +got):\n%s", opt.BatchRows, opt.Parallel, name, diff)
			}
		}
	}
}

// TestNoRowIsLost feeds the earthquakes in the order they were last updated, far
// out of order: every one is in a result or among the late ones.
func TestNoRowIsLost(t *testing.T) {
	data, err := os.ReadFile("../../examples/earthquakes/earthquakes.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.SplitAfter(strings.TrimSuffix(string(data), "\n")+"\n", "\n")
	rows = rows[:len(rows)-1]
	updated := regexp.MustCompile(`"updated":(\d+)`)
	slices.SortStableFunc(rows, func(a, b string) int {
		x, _ := strconv.Atoi(updated.FindStringSubmatch(a)[1])
		y, _ := strconv.Atoi(updated.FindStringSubmatch(b)[1])
		return x - y
	})
	const program = `
topic quakes from "quakes.ndjson" { time: properties.time watermark: 10m late_to: missed }
stream hourly = from quakes |> window tumbling 1h |> aggregate n = count() by properties.net
sink hourly_out from hourly to "hourly.ndjson"
sink missed_out from missed to "missed.ndjson"
`
	count := regexp.MustCompile(`"n":(\d+)`)
	w := newWorld(t, map[string]string{"quakes.ndjson": strings.Join(rows, "")})
	s := w.run(program, build.Options{Parallel: 2, BatchRows: 100}, lower.Options{})
	in := 0
	for _, m := range count.FindAllStringSubmatch(w.read("hourly.ndjson"), -1) {
		n, _ := strconv.Atoi(m[1])
		in += n
	}
	late := lines(w.read("missed.ndjson"))
	if in+late != 1707 || int64(late) != s.Counter("late") || late == 0 {
		t.Errorf("%d in results, %d late (%d counted), want 1707 together", in, late, s.Counter("late"))
	}
	// A late row goes as it entered its topic, with all its fields.
	if first := strings.SplitN(w.read("missed.ndjson"), "\n", 2)[0]; !strings.Contains(first, `"place":`) {
		t.Errorf("a late row is %s", first)
	}
}
