package build_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/runtime/build"
)

// readings are seven rows, two of them broken, one without time and one late.
const readings = `{"at":"2024-01-01T00:00:00Z","s":"a","v":1}
{"at":"2024-01-01T00:10:00Z","s":"b","v":2}
{"at":"oops","s":"a","v":3}
{"at":"2024-01-01T02:30:00Z","s":"a","v":40}
{"at":"2024-01-01T00:20:00Z","s":"a","v":5}
{"at":null,"s":"b","v":6}
{"at":"2024-01-01T02:40:00Z","s":null,"v":7}
nonsense
`

const doorsProgram = `
schema Reading { at: timestamp? s: string? v: long }
topic readings: Reading { time: at watermark: 0s late_to: late_ones errors_to: errors }
topic late_ones: Reading {}
topic nameless: Reading {}
source feed from file into readings { path: "in.ndjson" }
stream named = from readings |> require s else -> nameless
stream sums = from named |> window tumbling 1h |> aggregate total = sum(v), n = count() by s
stream inverse = from named |> select s, x = 100 % (v - 5)
sink sums_out from sums to file { path: "sums.ndjson" }
sink late_out from late_ones to file { path: "late.ndjson" }
sink nameless_out from nameless to file { path: "nameless.ndjson" }
sink inverse_out from inverse to file { path: "inverse.ndjson" }
`

// TestSideDoors follows every row of a small file: none may be lost, whatever the
// settings are.
func TestSideDoors(t *testing.T) {
	want := map[string]string{
		"sums.ndjson": `{"s":"a","total":1,"n":1}
{"s":"b","total":2,"n":1}
{"s":"a","total":40,"n":1}
`,
		"late.ndjson": `{"at":"2024-01-01T00:20:00Z","s":"a","v":5}
`,
		"nameless.ndjson": `{"at":"2024-01-01T02:40:00Z","s":null,"v":7}
`,
		"inverse.ndjson": `{"s":"a","x":0}
{"s":"b","x":1}
{"s":"a","x":30}
`,
	}
	for _, opt := range settings {
		w := newWorld(t, map[string]string{"in.ndjson": readings})
		opt.Outputs = map[string][]string{"errors": {w.dir + "/errors.ndjson"}}
		s := w.run(doorsProgram, opt, lower.Options{Outputs: []string{"errors"}})
		for name, text := range want {
			if diff := cmp.Diff(text, w.read(name)); diff != "" {
				t.Errorf("%d rows, %d instances: %s (-want +got):\n%s", opt.BatchRows, opt.Parallel, name, diff)
			}
		}
		var codes []string
		for _, line := range strings.Split(strings.TrimSpace(w.read("errors.ndjson")), "\n") {
			i := strings.Index(line, `"origin":"`)
			codes = append(codes, strings.SplitN(line[i+10:], `"`, 2)[0])
		}
		// The broken record stands before the third row, the trap in row five, then the
		// row without time and the line that is no record.
		var places []string
		for _, line := range []string{`{"at":"oops"`, `{"at":"2024-01-01T00:20`, `{"at":null`, "nonsense"} {
			places = append(places, fmt.Sprintf("in.ndjson@%d", strings.Index(readings, line)))
		}
		if diff := cmp.Diff(places, codes); diff != "" {
			t.Errorf("%d rows, %d instances: errors (-want +got):\n%s\n%s", opt.BatchRows, opt.Parallel, diff, w.read("errors.ndjson"))
		}
		counts := fmt.Sprint(s.Topics[0].Rows, s.Topics[0].Bad, s.ErrorCount(), s.Counter("late"))
		if counts != "8 2 4 1" {
			t.Errorf("rows, bad, errors, late = %s", counts)
		}
	}
}

// TestFullDisk: a sink that cannot be written ends the run with one line.
func TestFullDisk(t *testing.T) {
	var in strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&in, `{"at":"2024-01-01T00:00:00Z","s":"a","v":%d}`+"\n", i)
	}
	w := newWorld(t, map[string]string{"in.ndjson": in.String()})
	g := w.plan(`
topic readings from "in.ndjson"
stream all = from readings
`, lower.Options{Outputs: []string{"all"}})
	j, err := build.New(context.Background(), g, build.Options{System: w.system, Outputs: map[string][]string{"all": {"/dev/full?format=ndjson"}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = j.Run(context.Background())
	if err == nil || !strings.Contains(err.Error(), "/dev/full") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the error of a full disk is %v", err)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}
