// Command generate makes the shipments of the example: go run ./examples/shipments/generate FOLDER
package main

import (
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"time"

	"github.com/edynamic/edynamic/examples/dataset"
)

var begin = time.Date(2026, 5, 1, 6, 0, 0, 0, time.UTC)

type position struct {
	Container string    `json:"container"`
	Lat       float64   `json:"lat"`
	Lon       float64   `json:"lon"`
	At        time.Time `json:"at"`
}

type gate struct {
	Container string    `json:"container"`
	Port      string    `json:"port"`
	Direction string    `json:"direction"`
	At        time.Time `json:"at"`
}

// event is a gate event or a release, in the file that holds both.
type event struct {
	Type       string    `json:"$type"`
	Container  string    `json:"container"`
	Port       string    `json:"port,omitempty"`
	Direction  string    `json:"direction,omitempty"`
	ReleasedBy string    `json:"released_by,omitempty"`
	At         time.Time `json:"at"`
}

type booking struct {
	Container   string    `json:"container"`
	Origin      string    `json:"origin"`
	Destination string    `json:"destination"`
	ETA         time.Time `json:"eta"`
}

type harbour struct {
	code, name       string
	lat, lon, radius float64
}

var harbours = []harbour{
	{"FIHEL", "Helsinki Vuosaari", 60.209, 25.195, 3000},
	{"EETLL", "Tallinn Muuga", 59.503, 24.965, 3000},
	{"SENYN", "Norvik", 58.921, 17.956, 2500},
	{"PLGDN", "Gdansk", 54.383, 18.705, 4000},
	{"LVRIX", "Riga", 57.045, 24.045, 3500},
	{"DELBC", "Lubeck Travemunde", 53.945, 10.865, 3000},
}

// trip is the way of one container. A delayed ship waits at anchor halfway.
type trip struct {
	container  string
	from, to   harbour
	leaves     time.Time
	hours      float64 // under way
	anchored   float64 // hours
	goesDark   bool    // its transponder fails halfway
	returns    bool    // drives away from its harbour after a few hours
	registered bool
}

func trips(r *rand.Rand) []trip {
	var out []trip
	for i := range 80 {
		from := harbours[r.IntN(len(harbours))]
		to := harbours[(indexOf(from)+1+r.IntN(len(harbours)-1))%len(harbours)]
		hours := distance(from, to) / 27 // 14.6 knots
		out = append(out, trip{
			container: fmt.Sprintf("EDYU%07d", 4100000+i*137), from: from, to: to,
			leaves: begin.Add(time.Duration(i)*83*time.Minute + time.Duration(r.IntN(3600))*time.Second),
			hours:  6 + hours*(1+0.2*r.Float64()), anchored: anchored(r, i),
			goesDark: i%20 == 13, returns: i%3 == 0, registered: i%29 != 17,
		})
	}
	return out
}

func anchored(r *rand.Rand, i int) float64 {
	switch {
	case i%12 == 5:
		return 75 + 8*r.Float64() // too late by any measure
	case i%4 == 1:
		return 10 + 12*r.Float64()
	default:
		return 2 * r.Float64()
	}
}

func indexOf(h harbour) int {
	for i := range harbours {
		if harbours[i] == h {
			return i
		}
	}
	return -1
}

// distance is in kilometres, near enough for a timetable.
func distance(a, b harbour) float64 {
	north, east := (a.lat-b.lat)*111.2, (a.lon-b.lon)*111.2*math.Cos((a.lat+b.lat)/2*math.Pi/180)
	return math.Hypot(north, east)
}

// way is the fraction of its way that a container has behind it.
func (t trip) way(at time.Time) float64 {
	h := at.Sub(t.leaves).Hours()
	switch half := t.hours / 2; {
	case h <= half:
		return h / t.hours
	case h <= half+t.anchored:
		return 0.5
	default:
		return math.Min(1, (h-t.anchored)/t.hours)
	}
}

func (t trip) arrives() time.Time {
	return t.leaves.Add(time.Duration((t.hours + t.anchored) * float64(time.Hour)))
}

// track is a position every quarter of an hour at sea, every hour at anchor and in the
// harbour, in the order in which satellites pass them on.
func (t trip) track(r *rand.Rand) []dataset.Sent[position] {
	var sent []dataset.Sent[position]
	stays := 6 * time.Hour
	for at, n := t.leaves.Add(5*time.Minute), 0; at.Before(t.arrives().Add(stays)); n++ {
		done := t.way(at)
		if t.goesDark && done > 0.5 {
			break
		}
		lat, lon := t.from.lat+(t.to.lat-t.from.lat)*done, t.from.lon+(t.to.lon-t.from.lon)*done
		if t.returns && at.After(t.arrives().Add(4*time.Hour)) {
			lat -= 0.15 // on the road
		}
		row := position{t.container, shaky(r, lat), shaky(r, lon), at.Truncate(time.Second)}
		delay := time.Duration(5+r.IntN(100)) * time.Second
		if n%97 == 60 {
			delay = 50 * time.Minute // from a gap between two satellites
		}
		sent = append(sent, dataset.Sent[position]{Arrives: at.Add(delay), Row: row})
		step := 15 * time.Minute
		if done == 0.5 || done == 1 {
			step = time.Hour
		}
		at = at.Add(step + time.Duration(r.IntN(120)-60)*time.Second)
	}
	return sent
}

// shaky is a coordinate off by up to some 30 metres.
func shaky(r *rand.Rand, x float64) float64 {
	return math.Round((x+(r.Float64()-0.5)*0.0005)*1e5) / 1e5
}

func files() ([]dataset.File, error) {
	r := rand.New(rand.NewPCG(4, 2026))
	var positions []dataset.Sent[position]
	var gates []dataset.Sent[gate]
	var events []dataset.Sent[event]
	var bookings []booking
	for i, t := range trips(r) {
		positions = append(positions, t.track(r)...)
		out := gate{t.container, t.from.code, "out", t.leaves.Truncate(time.Second)}
		gates = append(gates, dataset.Sent[gate]{Arrives: t.leaves.Add(20 * time.Second), Row: out})
		if !t.goesDark {
			in := gate{t.container, t.to.code, "in", t.arrives().Add(40 * time.Minute).Truncate(time.Second)}
			gates = append(gates, dataset.Sent[gate]{Arrives: in.At.Add(20 * time.Second), Row: in})
			if t.returns {
				at := in.At.Add(3 * time.Hour)
				by := []string{"mo", "aino", "kaj"}[i%9/3]
				events = append(events, dataset.Sent[event]{Arrives: at, Row: event{Type: "Released", Container: t.container, ReleasedBy: by, At: at}})
			}
		}
		if t.registered {
			eta := t.leaves.Add(time.Duration(t.hours * float64(time.Hour))).Truncate(time.Hour)
			bookings = append(bookings, booking{t.container, t.from.code, t.to.code, eta})
		}
	}
	for _, g := range gates {
		row := event{Type: "GateEvent", Container: g.Row.Container, Port: g.Row.Port, Direction: g.Row.Direction, At: g.Row.At}
		events = append(events, dataset.Sent[event]{Arrives: g.Arrives, Row: row})
	}
	var ports []string
	for _, h := range harbours {
		ports = append(ports, fmt.Sprintf("%s,%s,%v,%v,%v", h.code, h.name, h.lat, h.lon, h.radius))
	}
	made := []dataset.File{dataset.Sheet("ports.csv", "port,name,lat,lon,radius_m", ports)}
	for _, lines := range []func() (dataset.File, error){
		func() (dataset.File, error) {
			return dataset.Lines("positions.ndjson.gz", dataset.InOrder(positions))
		},
		func() (dataset.File, error) { return dataset.Lines("gates.ndjson", dataset.InOrder(gates)) },
		func() (dataset.File, error) { return dataset.Lines("events.ndjson", dataset.InOrder(events)) },
		func() (dataset.File, error) { return dataset.Lines("bookings.ndjson", bookings) },
	} {
		f, err := lines()
		if err != nil {
			return nil, err
		}
		made = append(made, f)
	}
	return made, nil
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: generate FOLDER")
	}
	made, err := files()
	if err == nil {
		err = dataset.Write(os.Args[1], made)
	}
	if err != nil {
		log.Fatal(err)
	}
}
