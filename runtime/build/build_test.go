package build_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/runtime/build"
)

var settings = []build.Options{
	{BatchRows: 1, Parallel: 1}, {BatchRows: 1, Parallel: 3}, {BatchRows: 7, Parallel: 1},
	{BatchRows: 7, Parallel: 3}, {BatchRows: 4096, Parallel: 1}, {BatchRows: 4096, Parallel: 3},
}

// TestEarthquakes runs a week of earthquakes with the answers that are known of
// it: 1,707 rows, 85 of magnitude 4.5 or more, 5 of 6 or more, 850 groups of hour
// and network.
func TestEarthquakes(t *testing.T) {
	data, err := os.ReadFile("../../examples/earthquakes/earthquakes.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	const program = `
topic quakes from "quakes.ndjson" { time: properties.time }
stream strong = from quakes |> where properties.mag is not null and properties.mag >= 4.5 |> select id, mag = properties.mag
stream hourly = from quakes |> window tumbling 1h |> aggregate n = count() by properties.net
route by_size from strong first match {
  when mag >= 6.0 -> "six.ndjson"
  otherwise -> drop
}
sink strong_out from strong to "strong.ndjson"
sink hourly_out from hourly to "hourly.ndjson"
`
	var first string
	for _, opt := range settings {
		if opt.BatchRows == 1 && testing.Short() {
			continue
		}
		w := newWorld(t, map[string]string{"quakes.ndjson": string(data)})
		s := w.run(program, opt, lower.Options{})
		got := fmt.Sprintf("%d %d %d %d", s.Topics[0].Rows, lines(w.read("strong.ndjson")), lines(w.read("six.ndjson")), lines(w.read("hourly.ndjson")))
		if want := "1707 85 5 850"; got != want {
			t.Errorf("%+v: got %s, want %s", opt, got, want)
		}
		all := w.read("strong.ndjson") + w.read("hourly.ndjson") + w.read("six.ndjson")
		if first == "" {
			first = all
		}
		if all != first {
			t.Errorf("%+v: other bytes", opt)
		}
	}
}

func lines(s string) int { return strings.Count(s, "\n") }
