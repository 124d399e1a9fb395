package spec_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/examples/dataset"
)

type meterReading struct {
	Meter   string
	Seq     int
	KWh     json.Number `json:"kwh"`
	Quality string
	At      time.Time
}

type meterHour struct {
	Meter, Zone string
	Hour        time.Time
}

type usage struct {
	meterHour
	KWh, Cost    json.Number
	N, Estimated int
}

type zoneLoad struct {
	Until  time.Time
	Zone   string
	KWh    json.Number `json:"load_kwh"`
	Meters int
}

type lastSeen struct {
	Meter string
	At    time.Time `json:"last_at"`
}

// exactly is a decimal as a fraction; sum adds one to another.
func exactly(t *testing.T, n json.Number) *big.Rat {
	t.Helper()
	x, ok := new(big.Rat).SetString(n.String())
	if !ok {
		t.Fatalf("%q is no number", n)
	}
	return x
}

func plus(a, b *big.Rat) *big.Rat {
	if a == nil {
		return b
	}
	return new(big.Rat).Add(a, b)
}

type tariff struct {
	from  time.Time
	price *big.Rat
}

// bill is what the readings of the example come to, hour by hour and exactly.
type bill struct {
	zones    map[string]string
	tariffs  map[string][]tariff
	kwh      map[meterHour]*big.Rat
	cost     map[meterHour]*big.Rat
	rows     map[meterHour]int
	guessed  map[meterHour]int
	accepted int
	load     map[zoneLoad]*big.Rat // by until and zone
	counted  map[zoneLoad]map[string]bool
	heard    map[string][]time.Time
	late     int
}

// TestMeters reads every meter once more.
func TestMeters(t *testing.T) {
	readings := made[meterReading](t, "meters/readings.ndjson.gz")
	if len(readings) < 10_000 {
		t.Fatalf("%d rows of data", len(readings))
	}
	out := answers(t, "meters/meters.edy", "usage_hourly", "zone_load", "silent_meters", "meter_late")
	checkShown(t, "meters", out)
	b := &bill{
		zones: map[string]string{}, tariffs: tariffsOf(t), kwh: map[meterHour]*big.Rat{}, cost: map[meterHour]*big.Rat{},
		rows: map[meterHour]int{}, guessed: map[meterHour]int{}, load: map[zoneLoad]*big.Rat{},
		counted: map[zoneLoad]map[string]bool{}, heard: map[string][]time.Time{},
	}
	for _, m := range made[struct{ Meter, Zone string }](t, "meters/meters.ndjson") {
		b.zones[m.Meter] = m.Zone
	}
	b.read(t, readings)
	b.checkUsage(t, out["usage_hourly"])
	b.checkLoad(t, out["zone_load"])
	if d := cmp.Diff(b.silences(), parsed[lastSeen](t, out["silent_meters"])); d != "" {
		t.Error(d)
	}
	if n := strings.Count(string(out["meter_late"]), "\n"); n != b.late || n == 0 {
		t.Errorf("%d late rows, want %d", n, b.late)
	}
}

func tariffsOf(t *testing.T) map[string][]tariff {
	t.Helper()
	text, err := dataset.Read("../examples/meters/tariffs.csv")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]tariff{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		cells := strings.Split(line, ",")
		from, err := time.Parse(time.RFC3339, cells[1])
		if err != nil {
			t.Fatal(err)
		}
		out[cells[0]] = append(out[cells[0]], tariff{from, exactly(t, json.Number(cells[2]))})
	}
	return out
}

const twoDays = 48 * time.Hour

func (b *bill) read(t *testing.T, readings []meterReading) {
	t.Helper()
	seen := map[string]bool{}
	water := arrivals[string]{delay: 15 * time.Minute}
	for _, r := range readings {
		own, all := water.before(r.Meter, r.At)
		if late(t, own, all, r.At.Add(twoDays+time.Microsecond)) {
			b.late++
		} else {
			b.heard[r.Meter] = append(b.heard[r.Meter], r.At)
		}
		id, kwh := fmt.Sprint(r.Meter, r.Seq), exactly(t, r.KWh)
		zone := b.zones[r.Meter]
		first := !seen[id]
		seen[id] = true
		if !first || zone == "" || kwh.Sign() < 0 || kwh.Cmp(big.NewRat(1000, 1)) >= 0 {
			continue
		}
		k := meterHour{r.Meter, zone, r.At.Truncate(time.Hour)}
		if late(t, own, all, k.Hour.Add(time.Hour+twoDays)) {
			b.late++
		} else {
			b.accepted++
			b.rows[k]++
			b.kwh[k] = plus(b.kwh[k], kwh)
			b.cost[k] = plus(b.cost[k], new(big.Rat).Mul(kwh, b.price(zone, r.At)))
			if r.Quality == "estimated" {
				b.guessed[k]++
			}
		}
		b.addLoad(t, zone, r, kwh, own, all)
	}
}

// addLoad puts a reading into the three quarters of an hour that it belongs to.
func (b *bill) addLoad(t *testing.T, zone string, r meterReading, kwh *big.Rat, own, all time.Time) {
	t.Helper()
	missed := 0
	for i := 1; i <= 3; i++ {
		k := zoneLoad{Until: r.At.Truncate(5 * time.Minute).Add(time.Duration(i) * 5 * time.Minute), Zone: zone}
		if late(t, own, all, k.Until.Add(twoDays)) {
			missed = 1
			continue
		}
		b.load[k] = plus(b.load[k], kwh)
		if b.counted[k] == nil {
			b.counted[k] = map[string]bool{}
		}
		b.counted[k][r.Meter] = true
	}
	b.late += missed
}

func (b *bill) price(zone string, at time.Time) *big.Rat {
	var price *big.Rat
	for _, t := range b.tariffs[zone] {
		if !t.from.After(at) {
			price = t.price
		}
	}
	return price
}

func (b *bill) checkUsage(t *testing.T, log []byte) {
	t.Helper()
	got := standing(t, log, func(u usage) meterHour { return u.meterHour })
	if len(got) != len(b.rows) {
		t.Errorf("%d meters and hours, want %d", len(got), len(b.rows))
	}
	for k, n := range b.rows {
		u, ok := got[k]
		if !ok || u.N != n || u.Estimated != b.guessed[k] || exactly(t, u.KWh).Cmp(b.kwh[k]) != 0 || exactly(t, u.Cost).Cmp(b.cost[k]) != 0 {
			t.Errorf("%v is %+v, want %v kWh for %v, %d rows and %d estimated", k, u, b.kwh[k], b.cost[k], n, b.guessed[k])
		}
	}
	// the first reading of an hour shows it, and every other one is a revision
	if n := strings.Count(string(log), `"$op":"update_after"`); n != b.accepted-len(b.rows) {
		t.Errorf("%d revisions, want %d", n, b.accepted-len(b.rows))
	}
}

func (b *bill) checkLoad(t *testing.T, text []byte) {
	t.Helper()
	want := slices.SortedFunc(maps.Keys(b.load), func(x, y zoneLoad) int {
		if c := x.Until.Compare(y.Until); c != 0 {
			return c
		}
		return strings.Compare(x.Zone, y.Zone)
	})
	got := parsed[zoneLoad](t, text)
	if len(got) != len(want) {
		t.Fatalf("%d loads, want %d", len(got), len(want))
	}
	for i, k := range want {
		g := got[i]
		if !g.Until.Equal(k.Until) || g.Zone != k.Zone || exactly(t, g.KWh).Cmp(b.load[k]) != 0 || g.Meters != len(b.counted[k]) {
			t.Errorf("load %d is %+v, want %v of %d meters %v", i+1, g, b.load[k], len(b.counted[k]), k)
		}
	}
}

// silences are the readings that none of the same meter follows within six hours, in
// the order in which that is known.
func (b *bill) silences() []lastSeen {
	var out []lastSeen
	for meter, heard := range b.heard {
		slices.SortFunc(heard, time.Time.Compare)
		for i, at := range heard {
			if i == len(heard)-1 || heard[i+1].Sub(at) >= 6*time.Hour {
				out = append(out, lastSeen{meter, at})
			}
		}
	}
	slices.SortFunc(out, func(x, y lastSeen) int { return x.At.Compare(y.At) })
	return out
}
