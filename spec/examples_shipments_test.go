package spec_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/examples/dataset"
)

type shipPosition struct {
	Container string
	Lat, Lon  float64
	At        time.Time
}

type gateEvent struct {
	Container, Port, Direction string
	At                         time.Time
}

type crossing struct {
	Container, Port, What string
	At                    time.Time
}

type overdue struct {
	Container string
	LeftPort  string    `json:"left_port"`
	LeftAt    time.Time `json:"left_at"`
	OverdueAt time.Time `json:"overdue_at"`
}

type shipment struct {
	Container, Phase string
	LastPort         string `json:"last_port"`
	Hops             int
	Updated          time.Time
}

type fence struct{ lat, lon, radius float64 }

func (f fence) holds(p shipPosition) bool {
	rad := math.Pi / 180
	a := math.Pow(math.Sin((p.Lat-f.lat)*rad/2), 2) + math.Cos(p.Lat*rad)*math.Cos(f.lat*rad)*math.Pow(math.Sin((p.Lon-f.lon)*rad/2), 2)
	return 2*6371008.8*math.Asin(math.Sqrt(a)) <= f.radius
}

// TestShipments follows each container through its positions.
func TestShipments(t *testing.T) {
	positions := made[shipPosition](t, "shipments/positions.ndjson.gz")
	if len(positions) < 10_000 {
		t.Fatalf("%d rows of data", len(positions))
	}
	out := answers(t, "shipments/shipments.edy", "enter_leave", "overdue", "shipment", "errors")
	checkShown(t, "shipments", out)
	crossings, missed := crossed(t, positions)
	if d := cmp.Diff(crossings, parsed[crossing](t, out["enter_leave"])); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(neverArrived(t, crossings), parsed[overdue](t, out["overdue"])); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(folded(t), standing(t, out["shipment"], func(s shipment) string { return s.Container })); d != "" {
		t.Error(d)
	}
	if n := strings.Count(string(out["errors"]), `"code":"late"`); n != missed || missed == 0 {
		t.Errorf("%d late positions, want %d", n, missed)
	}
}

// crossed finds the fences that containers pass, and counts the positions that came
// when later ones had been looked at.
func crossed(t *testing.T, positions []shipPosition) (out []crossing, missed int) {
	t.Helper()
	fences := map[string]fence{}
	text, err := dataset.Read("../examples/shipments/ports.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		cells := strings.Split(line, ",")
		fences[cells[0]] = fence{number(t, cells[2]), number(t, cells[3]), number(t, cells[4])}
	}
	bound := map[string]string{}
	for _, b := range made[struct{ Container, Destination string }](t, "shipments/bookings.ndjson") {
		bound[b.Container] = b.Destination
	}
	var inTime []shipPosition
	highest := time.Time{}
	for _, p := range positions {
		behind := p.At.Before(highest.Add(-2 * time.Minute))
		if p.At.After(highest) {
			highest = p.At
		}
		switch {
		case bound[p.Container] == "":
		case behind:
			missed++
		default:
			inTime = append(inTime, p)
		}
	}
	slices.SortStableFunc(inTime, func(a, b shipPosition) int { return a.At.Compare(b.At) })
	was := map[string]bool{}
	for _, p := range inTime {
		port := bound[p.Container]
		in := fences[port].holds(p)
		if before, seen := was[p.Container]; seen && before != in {
			what := "left"
			if in {
				what = "entered"
			}
			out = append(out, crossing{p.Container, port, what, p.At})
		}
		was[p.Container] = in
	}
	return out, missed
}

// neverArrived finds who left a gate and entered no harbour in the 72 hours after that.
func neverArrived(t *testing.T, crossings []crossing) []overdue {
	t.Helper()
	var out []overdue
	for _, g := range made[gateEvent](t, "shipments/gates.ndjson") {
		end := g.At.Add(72 * time.Hour)
		arrived := slices.ContainsFunc(crossings, func(c crossing) bool {
			return c.Container == g.Container && c.What == "entered" && c.At.After(g.At) && c.At.Before(end)
		})
		if g.Direction == "out" && !arrived {
			out = append(out, overdue{g.Container, g.Port, g.At, end})
		}
	}
	return out
}

// folded is the state of each container after all of its events.
func folded(t *testing.T) map[string]shipment {
	t.Helper()
	state := map[string]shipment{}
	for _, e := range made[struct {
		gateEvent
		Type string `json:"$type"`
	}](t, "shipments/events.ndjson") {
		s := state[e.Container]
		s.Container, s.LastPort, s.Updated, s.Phase = e.Container, e.Port, e.At, "at_sea"
		if e.Direction == "in" {
			s.Phase, s.Hops = "in_port", s.Hops+1
		}
		state[e.Container] = s
		if e.Type == "Released" {
			delete(state, e.Container)
		}
	}
	return state
}
