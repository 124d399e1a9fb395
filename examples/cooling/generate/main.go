// Command generate makes the readings of the example: go run ./examples/cooling/generate FOLDER
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

var (
	begin = time.Date(2026, 3, 2, 5, 0, 0, 0, time.UTC)
	end   = begin.Add(110 * time.Minute)
)

type reading struct {
	Sensor      string   `json:"sensor_id"`
	Machine     string   `json:"machine_id"`
	Zone        string   `json:"zone"`
	Temperature *float64 `json:"temperature"`
	Flow        float64  `json:"flow"`
	At          int64    `json:"at"`
}

type machine struct {
	zone  string
	usual float64 // degrees
}

var machines = []machine{
	{"furnace", 74}, {"press", 61}, {"warehouse", 24}, {"paint", 33},
	{"furnace", 76}, {"press", 63}, {"warehouse", 22}, {"paint", 31},
}

// sensors has each machine, and every has the time between two readings of a sensor.
const (
	sensors = 3
	every   = 15 * time.Second
)

func files() ([]dataset.File, error) {
	r := rand.New(rand.NewPCG(1, 2026))
	var sent []dataset.Sent[reading]
	for step := 0; ; step++ {
		base := begin.Add(time.Duration(step) * every)
		if !base.Before(end) {
			break
		}
		for m := range machines {
			for s := range sensors {
				// no two readings have the same time
				at := base.Add(time.Duration((m*sensors+s)*600+r.IntN(500)) * time.Millisecond)
				row, delay := measure(r, m, s, at), time.Duration(r.IntN(4500))*time.Millisecond
				switch n := step*len(machines)*sensors + m*sensors + s; {
				case n%2003 == 700:
					delay = 200 * time.Second // its minute has closed
				case n%907 == 400:
					delay = time.Minute // newer ones have been looked at, its minute is open
				}
				if !lost(m, s, at) {
					sent = append(sent, dataset.Sent[reading]{Arrives: at.Add(delay), Row: row})
				}
			}
		}
	}
	f, err := dataset.Lines("readings.ndjson.gz", dataset.InOrder(sent))
	return []dataset.File{f}, err
}

func measure(r *rand.Rand, m, s int, at time.Time) reading {
	minute := at.Sub(begin).Minutes()
	t := math.Round((heat(m, minute)+r.NormFloat64()*1.2)*100) / 100
	row := reading{
		Sensor: fmt.Sprintf("s%d%d", m+1, s+1), Machine: fmt.Sprintf("m%d", m+1), Zone: machines[m].zone,
		Temperature: &t, Flow: math.Round((12+r.NormFloat64())*100) / 100, At: at.UnixMilli(),
	}
	if broken := m == 5 && s == 2 && minute >= 48 && minute < 51.5; broken || r.IntN(1500) == 0 {
		row.Temperature = nil
	}
	return row
}

// heat: the first machine slowly overheats and is shut down, the fifth loses its cooling
// for a few minutes, and the warehouse has a fire in its last minutes.
func heat(m int, minute float64) float64 {
	usual := machines[m].usual + 1.5*math.Sin(minute/9+float64(m))
	switch {
	case m == 0 && minute >= 40 && minute < 75:
		return usual + (minute-40)*0.75
	case m == 0 && minute >= 75:
		return math.Max(30, usual+26-(minute-75)*3)
	case m == 4 && minute >= 60 && minute < 64:
		return usual + 23
	case m == 2 && minute >= 100:
		return usual + (minute-100)*5
	default:
		return usual
	}
}

// lost: nothing comes from a sensor for four minutes, and from another from then on.
func lost(m, s int, at time.Time) bool {
	minute := at.Sub(begin).Minutes()
	return m == 3 && s == 1 && minute >= 20 && minute < 24 || m == 7 && s == 0 && minute >= 88
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
