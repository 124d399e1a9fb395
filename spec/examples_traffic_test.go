package spec_test

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/edynamic/edynamic/examples/dataset"
)

type vehicleCount struct {
	Detector string
	Vehicles int
	Speed    *float64 `json:"avg_speed"`
	At       time.Time
}

type districtMinute struct {
	District string
	Minute   time.Time
}

type trafficRow struct {
	districtMinute
	Vehicles   int
	Speed      *float64
	Congestion *float64
	Position   int
}

type trafficSum struct {
	vehicles, slow, weight int
	speeds                 float64
}

// TestTraffic computes the dashboard of the example once more, row by row.
func TestTraffic(t *testing.T) {
	counts := made[vehicleCount](t, "traffic/counts.ndjson.gz")
	if len(counts) < 10_000 {
		t.Fatalf("%d rows of data", len(counts))
	}
	out := answers(t, "traffic/traffic.edy", "traffic_by_district", "worst_districts", "busiest_today", "errors")
	want, lateRows := trafficByDistrict(t, counts)
	got := standing(t, out["traffic_by_district"], func(r trafficRow) districtMinute { return r.districtMinute })
	if len(got) != len(want) || len(want) == 0 {
		t.Errorf("%d districts and minutes, want %d", len(got), len(want))
	}
	for k, sum := range want {
		row, congestion := got[k], float64(sum.slow)/float64(sum.vehicles)
		if row.Vehicles != sum.vehicles || row.Speed == nil || !near(*row.Speed, sum.speeds/float64(sum.weight)) || row.Congestion == nil || *row.Congestion != congestion {
			t.Errorf("%v is %+v, want %+v", k, row, sum)
		}
	}
	checkShown(t, "traffic", out)
	checkWorst(t, out["worst_districts"], want)
	lateRows += checkBusiest(t, out["busiest_today"], counts)
	if n := strings.Count(string(out["errors"]), `"code":"late"`); n != lateRows || lateRows == 0 {
		t.Errorf("%d late rows, want %d", n, lateRows)
	}
}

func trafficByDistrict(t *testing.T, counts []vehicleCount) (sums map[districtMinute]trafficSum, lateRows int) {
	t.Helper()
	type detector struct {
		district string
		limit    float64
	}
	registry := map[string]detector{}
	text, err := dataset.Read("../examples/traffic/detectors.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		cells := strings.Split(line, ",")
		registry[cells[0]] = detector{cells[1], number(t, cells[3])}
	}
	sums = map[districtMinute]trafficSum{}
	water := arrivals[string]{delay: 10 * time.Second}
	for _, c := range counts {
		own, all := water.before(c.Detector, c.At)
		d, known := registry[c.Detector]
		if !known {
			continue
		}
		k := districtMinute{d.district, c.At.Truncate(time.Minute)}
		if late(t, own, all, k.Minute.Add(90*time.Second)) {
			lateRows++
			continue
		}
		sum := sums[k]
		sum.vehicles += c.Vehicles
		if c.Speed != nil {
			sum.speeds += *c.Speed * float64(c.Vehicles)
			sum.weight += c.Vehicles
			if *c.Speed < d.limit/2 {
				sum.slow += c.Vehicles
			}
		}
		sums[k] = sum
	}
	return sums, lateRows
}

// checkWorst: at the end the districts stand in the order of their last minute.
func checkWorst(t *testing.T, log []byte, sums map[districtMinute]trafficSum) {
	t.Helper()
	latest := map[string]time.Time{}
	for k := range sums {
		if k.Minute.After(latest[k.District]) {
			latest[k.District] = k.Minute
		}
	}
	var want []float64
	for district, minute := range latest {
		sum := sums[districtMinute{district, minute}]
		want = append(want, float64(sum.slow)/float64(sum.vehicles))
	}
	slices.SortFunc(want, func(a, b float64) int { return cmp.Compare(b, a) })
	rows := standing(t, log, func(r trafficRow) string { return r.District })
	got := slices.SortedFunc(maps.Values(rows), func(a, b trafficRow) int { return a.Position - b.Position })
	if len(got) != 5 {
		t.Fatalf("%d worst districts", len(got))
	}
	for i, congestion := range want[:5] {
		row := got[i]
		if row.Position != i+1 || row.Congestion == nil || *row.Congestion != congestion || !row.Minute.Equal(latest[row.District]) {
			t.Errorf("at place %d is %+v, want a congestion of %v", i+1, row, congestion)
		}
	}
}

// checkBusiest compares every step of ten minutes, and counts the rows late for one.
func checkBusiest(t *testing.T, text []byte, counts []vehicleCount) (lateRows int) {
	t.Helper()
	const step = 10 * time.Minute
	// a row is in every step from its own to midnight in Helsinki
	midnight := time.Date(2026, 5, 4, 21, 0, 0, 0, time.UTC)
	sums := map[time.Time]map[string]int{}
	water := arrivals[string]{delay: 10 * time.Second}
	for _, c := range counts {
		own, all := water.before(c.Detector, c.At)
		wasLate := false
		for until := c.At.Truncate(step).Add(step); !until.After(midnight); until = until.Add(step) {
			if late(t, own, all, until) {
				wasLate = true
				continue
			}
			if sums[until] == nil {
				sums[until] = map[string]int{}
			}
			sums[until][c.Detector] += c.Vehicles
		}
		if wasLate {
			lateRows++
		}
	}
	got := parsed[struct {
		Until    time.Time
		Detector string
		Vehicles int
	}](t, text)
	if len(got) != len(sums) {
		t.Errorf("%d steps of the day, want %d", len(got), len(sums))
	}
	for _, row := range got {
		if most := slices.Max(slices.Collect(maps.Values(sums[row.Until]))); row.Vehicles != most || sums[row.Until][row.Detector] != most {
			t.Errorf("until %v %+v counted most, want %d", row.Until, row, most)
		}
	}
	return lateRows
}
