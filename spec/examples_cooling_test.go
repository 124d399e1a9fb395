package spec_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type coolingReading struct {
	Sensor      string `json:"sensor_id"`
	Machine     string `json:"machine_id"`
	Zone        string
	Temperature *float64
	Flow        float64
	At          int64
}

func (r coolingReading) time() time.Time { return time.UnixMilli(r.At).UTC() }

type coolingAlert struct {
	Machine     string `json:"machine_id"`
	Temperature float64
	Deviation   float64
	At          time.Time
}

type hotMachine struct {
	Machine     string `json:"machine_id"`
	Temperature float64
	At          time.Time
}

type lostSensor struct {
	Sensor   string    `json:"sensor_id"`
	Seen     time.Time `json:"last_seen"`
	SilentAt time.Time `json:"silent_at"`
}

// TestCooling measures each reading against the last fifteen minutes of its machine.
func TestCooling(t *testing.T) {
	readings := made[coolingReading](t, "cooling/readings.ndjson.gz")
	if len(readings) < 10_000 {
		t.Fatalf("%d rows of data", len(readings))
	}
	out := answers(t, "cooling/cooling.edy", "cooling_critical", "cooling_warn", "cooling_archive", "overheated", "lost_sensors",
		"per_minute", "readings_bad", "readings_late")
	checkShown(t, "cooling", out)

	var inTime []coolingReading
	missed, bad := 0, 0
	minutes := map[string]int{}
	water := arrivals[string]{delay: 5 * time.Second}
	for _, r := range readings {
		own, all := water.before(r.Sensor, r.time())
		if r.Temperature == nil {
			bad++
			continue
		}
		if late(t, own, all, r.time().Add(time.Microsecond)) {
			missed++
		} else {
			inTime = append(inTime, r)
		}
		if minute := r.time().Truncate(time.Minute); late(t, own, all, minute.Add(2*time.Minute)) {
			missed++
		} else {
			minutes[minute.Format(time.RFC3339)+r.Machine]++
		}
	}
	slices.SortStableFunc(inTime, func(a, b coolingReading) int { return int(a.At - b.At) })
	checkRoutes(t, out, inTime)
	if d := cmp.Diff(overheated(inTime), parsed[hotMachine](t, out["overheated"])); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(lostSensors(inTime), parsed[lostSensor](t, out["lost_sensors"])); d != "" {
		t.Error(d)
	}
	got := map[string]int{}
	for _, row := range parsed[struct {
		Minute   string
		Machine  string `json:"machine_id"`
		Readings int
	}](t, out["per_minute"]) {
		got[row.Minute+row.Machine] = row.Readings
	}
	if d := cmp.Diff(minutes, got); d != "" {
		t.Error(d)
	}
	if n := strings.Count(string(out["readings_late"]), "\n"); n != missed || n == 0 {
		t.Errorf("%d late rows, want %d", n, missed)
	}
	if n := strings.Count(string(out["readings_bad"]), `"required_null"`); n != bad || n == 0 {
		t.Errorf("%d readings without a temperature, want %d", n, bad)
	}
}

// checkRoutes compares where each reading went, and with which deviation.
func checkRoutes(t *testing.T, out map[string][]byte, rows []coolingReading) {
	t.Helper()
	var critical, warn []coolingAlert
	archived := 0
	for i, r := range rows {
		sum, n := 0.0, 0
		for j := i; j >= 0 && rows[j].At > r.At-15*60*1000; j-- {
			if rows[j].Machine == r.Machine {
				sum, n = sum+*rows[j].Temperature, n+1
			}
		}
		alert := coolingAlert{r.Machine, *r.Temperature, *r.Temperature - sum/float64(n), r.time()}
		switch {
		case alert.Temperature >= 95 && (r.Zone == "furnace" || r.Zone == "press"):
			critical = append(critical, alert)
		case alert.Temperature >= 80 || alert.Deviation > 10:
			warn = append(warn, alert)
		default:
			archived++
		}
	}
	equal := cmp.Comparer(func(a, b float64) bool { return near(a, b) })
	if d := cmp.Diff(critical, parsed[coolingAlert](t, out["cooling_critical"]), equal); d != "" || len(critical) == 0 {
		t.Error(d)
	}
	if d := cmp.Diff(warn, parsed[coolingAlert](t, out["cooling_warn"]), equal); d != "" || len(warn) == 0 {
		t.Error(d)
	}
	if n := strings.Count(string(out["cooling_archive"]), "\n"); n != archived {
		t.Errorf("%d readings in the archive, want %d", n, archived)
	}
}

// overheated finds machines above 85 degrees in every reading of five minutes, and
// gives the last of these readings.
func overheated(rows []coolingReading) []hotMachine {
	const limit = 5 * time.Minute
	type run struct {
		from     time.Time
		last     hotMachine
		reported bool
	}
	runs := map[string]*run{}
	var out []hotMachine
	for _, r := range rows {
		hot := runs[r.Machine]
		if hot != nil && !hot.reported && r.time().Sub(hot.from) > limit {
			out, hot.reported = append(out, hot.last), true
		}
		switch {
		case *r.Temperature <= 85:
			delete(runs, r.Machine)
		case hot == nil:
			runs[r.Machine] = &run{from: r.time(), last: hotMachine{r.Machine, *r.Temperature, r.time()}}
		default:
			hot.last = hotMachine{r.Machine, *r.Temperature, r.time()}
		}
	}
	return out
}

// lostSensors finds the readings that none of the sensor follows within two minutes.
func lostSensors(rows []coolingReading) []lostSensor {
	last := map[string]time.Time{}
	var out []lostSensor
	lost := func(sensor string, seen time.Time) {
		out = append(out, lostSensor{sensor, seen, seen.Add(2 * time.Minute)})
	}
	for _, r := range rows {
		if seen, ok := last[r.Sensor]; ok && r.time().Sub(seen) > 2*time.Minute {
			lost(r.Sensor, seen)
		}
		last[r.Sensor] = r.time()
	}
	for sensor, seen := range last {
		lost(sensor, seen)
	}
	slices.SortFunc(out, func(a, b lostSensor) int { return a.SilentAt.Compare(b.SilentAt) })
	return out
}
