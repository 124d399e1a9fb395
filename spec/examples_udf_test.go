package spec_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// table reads a csv file with nothing of ours.
func table(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, name := range rows[0] {
			m[name] = row[i]
		}
		out = append(out, m)
	}
	return out
}

// within tells whether a place lies in the rectangle around a fence: the fences of the
// example are rectangles.
func within(lat, lon float64, fence []byte) bool {
	number := func(i int) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(fence[13+8*i:])) }
	west, east, south, north := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for i := range int(binary.LittleEndian.Uint32(fence[9:])) {
		west, east = min(west, number(2*i)), max(east, number(2*i))
		south, north = min(south, number(2*i+1)), max(north, number(2*i+1))
	}
	return lon > west && lon < east && lat > south && lat < north
}

// TestUdf runs the tests of the example, and compares its output with a plain
// computation over the same files and with what its README shows.
func TestUdf(t *testing.T) {
	const dir = "../examples/udf/"
	f := open(t, dir+"geofence.edy")
	for _, opt := range settings() {
		runCases(t, f, opt)
	}
	fences, booked, was := map[string][]byte{}, map[string]string{}, map[string]bool{}
	for _, p := range table(t, dir+"ports.csv") {
		fence, err := base64.StdEncoding.DecodeString(p["fence"])
		if err != nil {
			t.Fatal(err)
		}
		fences[p["port"]] = fence
	}
	for _, b := range table(t, dir+"bookings.csv") {
		booked[b["container"]] = b["destination"]
	}
	var want strings.Builder
	seen := map[string]bool{}
	for _, p := range table(t, dir+"positions.csv") {
		lat, _ := strconv.ParseFloat(p["lat"], 64)
		lon, _ := strconv.ParseFloat(p["lon"], 64)
		container := p["container"]
		in := within(lat, lon, fences[booked[container]])
		if seen[container] && in != was[container] {
			what := map[bool]string{true: "entered", false: "left"}[in]
			fmt.Fprintf(&want, `{"container":"%s","port":"%s","what":"%s","at":"%s"}`+"\n", container, booked[container], what, p["at"])
		}
		seen[container], was[container] = true, in
	}
	got := runToText(t, dir+"geofence.edy", "enter_leave")
	if got != want.String() || !json.Valid([]byte(strings.Split(got, "\n")[0])) {
		t.Errorf("the program prints\n%sand the files say\n%s", got, want.String())
	}
	readme, err := os.ReadFile(dir + "README.md")
	if err != nil || !strings.Contains(string(readme), "    "+strings.ReplaceAll(strings.TrimSpace(got), "\n", "\n    ")+"\n") {
		t.Errorf("the README does not show\n%s", got)
	}
}
