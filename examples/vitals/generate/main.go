// Command generate makes the vitals of the example: go run ./examples/vitals/generate FOLDER
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
	begin = time.Date(2026, 3, 2, 6, 20, 0, 0, time.UTC)
	end   = begin.Add(100 * time.Minute)
)

const patients = 20

type vital struct {
	Patient string    `json:"patient_id"`
	Ward    string    `json:"ward"`
	Kind    string    `json:"kind"`
	Value   float64   `json:"value"`
	At      time.Time `json:"at"`
}

// sign is a vital of a healthy patient, and how it is when the patient gets worse.
type sign struct {
	kind               string
	usual, spread, bad float64
}

var signs = []sign{
	{"heart_rate", 74, 5, 138},
	{"spo2", 97, 0.8, 88},
	{"systolic", 124, 7, 92},
	{"resp_rate", 15, 1.2, 27},
	{"temperature", 36.8, 0.2, 39.4},
}

// episodes are the minutes in which a vital of a patient is bad.
var episodes = []struct {
	patient int
	kind    string
	from    int
	to      int
}{
	{3, "heart_rate", 12, 14}, {3, "spo2", 13, 19},
	{7, "resp_rate", 40, 41}, // too short to be seen three times
	{11, "heart_rate", 55, 63}, {11, "resp_rate", 57, 60},
	{16, "spo2", 70, 72}, {18, "systolic", 30, 50},
}

// unplugged are the minutes in which nothing comes from a patient's monitor.
var unplugged = map[int][2]int{5: {33, 38}, 9: {61, 63}, 14: {80, 87}}

func files() ([]dataset.File, error) {
	r := rand.New(rand.NewPCG(3, 2026))
	var sent []dataset.Sent[vital]
	for round := 0; ; round++ {
		base := begin.Add(time.Duration(round) * 40 * time.Second)
		if !base.Before(end) {
			break
		}
		for p := range patients {
			for i, s := range signs {
				at := base.Add(time.Duration(p)*time.Second + time.Duration(i)*4*time.Second + time.Duration(r.IntN(900))*time.Millisecond)
				row := vital{fmt.Sprintf("P%02d", p+1), ward(p, at), s.kind, value(r, p, s, at), at}
				delay := time.Duration(r.IntN(1900)) * time.Millisecond
				switch n := round*patients + p; {
				case n%331 == 170 && i == 2:
					delay = 20 * time.Second // late for whoever looks at rows in their order
				case n%997 == 500 && i == 1:
					delay = 75 * time.Minute // late for the hour as well
				}
				if measured(p, s, at) {
					sent = append(sent, dataset.Sent[vital]{Arrives: at.Add(delay), Row: row})
				}
			}
		}
	}
	f, err := dataset.Lines("vitals.ndjson.gz", dataset.InOrder(sent))
	return []dataset.File{f}, err
}

// ward: one patient is moved while getting worse.
func ward(patient int, at time.Time) string {
	if patient == 11 && at.Sub(begin) >= 58*time.Minute {
		return "ICU"
	}
	return string(rune('A' + patient%3))
}

// measured: few patients have their temperature taken before seven, and some monitors
// are unplugged for a while.
func measured(patient int, s sign, at time.Time) bool {
	minute := int(at.Sub(begin).Minutes())
	if off, ok := unplugged[patient]; ok && minute >= off[0] && minute < off[1] {
		return false
	}
	return s.kind != "temperature" || at.Hour() > 6 || patient < 4
}

func value(r *rand.Rand, patient int, s sign, at time.Time) float64 {
	minute := int(at.Sub(begin).Minutes())
	mean := s.usual
	for _, e := range episodes {
		if e.patient == patient && e.kind == s.kind && minute >= e.from && minute < e.to {
			mean = s.bad
		}
	}
	noise := math.Max(-2, math.Min(2, r.NormFloat64()))
	return math.Round((mean+noise*s.spread)*10) / 10
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
