// Command generate makes the traffic of the example: go run ./examples/traffic/generate FOLDER
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

// begin is five in the morning in Helsinki, end nine.
var (
	begin = time.Date(2026, 5, 4, 2, 0, 0, 0, time.UTC)
	end   = begin.Add(4 * time.Hour)
)

type count struct {
	Detector string    `json:"detector"`
	Lane     int       `json:"lane"`
	Vehicles int       `json:"vehicles"`
	Speed    *float64  `json:"avg_speed"`
	At       time.Time `json:"at"`
}

type road struct {
	district, class string
	limit           int
	busy            float64 // vehicles in half a minute of the rush hour and lane
	jammed          int     // minutes after begin at which it jams, 0 for never
}

var roads = []road{
	{"Kallio", "street", 40, 9, 0}, {"Kallio", "street", 40, 7, 216},
	{"Pasila", "arterial", 60, 14, 195}, {"Pasila", "street", 50, 9, 0},
	{"Lauttasaari", "motorway", 80, 22, 185}, {"Lauttasaari", "street", 40, 6, 0},
	{"Malmi", "arterial", 60, 12, 0}, {"Malmi", "street", 40, 5, 0},
	{"Vuosaari", "arterial", 60, 11, 225}, {"Haaga", "motorway", 80, 24, 205},
	{"Haaga", "arterial", 60, 13, 220}, {"Kumpula", "street", 40, 6, 230},
}

func name(i int) string { return fmt.Sprintf("D%02d", i+1) }

// rush rises from a quiet dawn to 1 at half past eight.
func rush(at time.Time) float64 {
	hours := at.Sub(begin).Hours()
	return 0.3 + 0.7*math.Exp(-math.Pow((hours-3.4)/0.9, 2))
}

// files are the counts of two lanes of each detector every half minute, in the order in
// which they come: a few seconds late, some half a minute, and now and then one that
// was held up for minutes.
func files() ([]dataset.File, error) {
	r := rand.New(rand.NewPCG(2, 2026))
	var sent []dataset.Sent[count]
	for step := 0; ; step++ {
		base := begin.Add(time.Duration(step) * 30 * time.Second)
		if !base.Before(end) {
			break
		}
		for i, road := range roads {
			for lane := 1; lane <= 2; lane++ {
				at := base.Add(time.Duration(i*2+lane) * time.Second).Add(time.Duration(r.IntN(900)) * time.Millisecond)
				row := measure(r, road, name(i), lane, at)
				sent = append(sent, dataset.Sent[count]{Arrives: at.Add(delay(r, step, lane)), Row: row})
			}
		}
		if step%60 == 59 { // a detector that nobody has registered
			at := base.Add(29 * time.Second)
			sent = append(sent, dataset.Sent[count]{Arrives: at, Row: count{"D99", 1, 1 + r.IntN(3), nil, at}})
		}
	}
	counts, err := dataset.Lines("counts.ndjson.gz", dataset.InOrder(sent))
	if err != nil {
		return nil, err
	}
	var registry []string
	for i, road := range roads {
		registry = append(registry, fmt.Sprintf("%s,%s,%s,%d", name(i), road.district, road.class, road.limit))
	}
	return []dataset.File{counts, dataset.Sheet("detectors.csv", "detector,district,road_class,speed_limit", registry)}, nil
}

// measure counts the vehicles of one lane in half a minute. A jam lasts 25 minutes.
func measure(r *rand.Rand, road road, name string, lane int, at time.Time) count {
	mean := road.busy * rush(at) * (1.2 - 0.2*float64(lane))
	speed := float64(road.limit) * (1.02 - 0.25*rush(at))
	minute := int(at.Sub(begin).Minutes())
	if road.jammed > 0 && minute >= road.jammed && minute < road.jammed+25 {
		mean, speed = mean*0.7, float64(road.limit)*0.36
	}
	n := int(math.Max(0, math.Round(mean+r.NormFloat64()*math.Sqrt(mean))))
	row := count{Detector: name, Lane: lane, Vehicles: n, At: at}
	if n > 0 {
		v := math.Max(3, math.Round((speed+r.NormFloat64()*4)*10)/10)
		row.Speed = &v
	}
	return row
}

// delay keeps lane 2 on time, so that a row of lane 1 that was held up comes after
// newer ones of its own detector.
func delay(r *rand.Rand, step, lane int) time.Duration {
	usual := time.Duration(r.IntN(8000)) * time.Millisecond
	switch {
	case lane == 1 && (step%180 == 43 || step == 199):
		return 4 * time.Minute // after its minute has closed for good
	case lane == 1 && step%20 == 5:
		return 33 * time.Second // in time for a revision
	default:
		return usual
	}
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
