// Command generate makes the meter readings of the example: go run ./examples/meters/generate FOLDER
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"time"

	"github.com/edynamic/edynamic/examples/dataset"
)

// Four days from midnight in Helsinki on, the second of which has 23 hours.
var begin = time.Date(2026, 3, 27, 22, 0, 0, 0, time.UTC)

const (
	homes    = 30
	quarters = 4 * 24 * 4
)

var zones = []string{"coast", "lakes", "north"}

type reading struct {
	Meter   string      `json:"meter"`
	Seq     int         `json:"seq"`
	KWh     json.Number `json:"kwh"`
	Quality string      `json:"quality,omitempty"`
	At      time.Time   `json:"at"`
}

type meter struct {
	Meter    string `json:"meter"`
	Customer string `json:"customer"`
	Zone     string `json:"zone"`
}

func name(i int) string { return fmt.Sprintf("M%03d", 101+i) }

// span is a stretch of quarters of an hour.
type span struct{ meter, from, to int }

func (s span) holds(meter, quarter int) bool {
	return s.meter == meter && quarter >= s.from && quarter < s.to
}

// buffered readings are sent when the radio is back, off are those of a meter without power.
var (
	buffered = []span{{4, 62, 100}, {11, 130, 150}, {23, 200, 278}}
	off      = []span{{7, 80, 110}, {15, 190, 213}, {15, 260, 300}, {28, 100, 130}}
)

func files() ([]dataset.File, error) {
	r := rand.New(rand.NewPCG(5, 2026))
	var sent []dataset.Sent[reading]
	for q := range quarters {
		for m := range homes + 1 { // nobody has registered the last
			at := begin.Add(time.Duration(q)*15*time.Minute + time.Duration(m)*7*time.Second)
			row := reading{Meter: name(m), Seq: q + 1, KWh: usage(r, m, at), At: at}
			switch n := q*homes + m; {
			case n%41 == 7:
				row.Quality = "estimated"
			case n%1733 == 900:
				row.KWh = "-0.250" // a fault of the meter
			case n%2999 == 1200:
				row.KWh = "1000.000"
			}
			sent = append(sent, send(r, m, q, row)...)
		}
	}
	readings, err := dataset.Lines("readings.ndjson.gz", dataset.InOrder(sent))
	if err != nil {
		return nil, err
	}
	var register []meter
	for m := range homes {
		register = append(register, meter{name(m), fmt.Sprintf("customer %d", 9000+m*37), zones[m%len(zones)]})
	}
	meters, err := dataset.Lines("meters.ndjson", register)
	return []dataset.File{readings, meters, tariffs(r)}, err
}

// send says when a reading comes, and when it comes once more.
func send(r *rand.Rand, m, q int, row reading) []dataset.Sent[reading] {
	for _, s := range off {
		if s.holds(m, q) {
			return nil
		}
	}
	comes := row.At.Add(time.Duration(10+r.IntN(500)) * time.Second)
	for _, s := range buffered {
		if s.holds(m, q) {
			back := begin.Add(time.Duration(s.to) * 15 * time.Minute)
			comes = back.Add(time.Duration(q-s.from) * time.Second)
		}
	}
	n := q*homes + m
	if n%1187 == 300 && q < 160 {
		comes = row.At.Add(52 * time.Hour) // found when the meter was visited
	}
	out := []dataset.Sent[reading]{{Arrives: comes, Row: row}}
	if n%23 == 11 { // nobody acknowledged it
		again := time.Duration(1+r.IntN(50)) * time.Minute
		out = append(out, dataset.Sent[reading]{Arrives: comes.Add(again), Row: row})
	}
	return out
}

// usage is more in the morning and in the evening, and more in some homes.
func usage(r *rand.Rand, m int, at time.Time) json.Number {
	hour := float64(at.UTC().Hour()+3) + float64(at.Minute())/60
	day := 0.5 + 0.7*math.Exp(-math.Pow((hour-7.5)/1.6, 2)) + math.Exp(-math.Pow((hour-19)/2.4, 2))
	return json.Number(fmt.Sprintf("%.3f", (0.08+0.02*float64(m%7))*day*(0.7+0.6*r.Float64())))
}

// tariffs change four times a day, two of them within an hour.
func tariffs(r *rand.Rand) dataset.File {
	var lines []string
	for day := -1; day < 4; day++ {
		for _, minute := range []int{0, 6*60 + 30, 12 * 60, 17*60 + 30} {
			from := begin.AddDate(0, 0, day).Add(time.Duration(minute) * time.Minute)
			for i, zone := range zones {
				price := 0.05 + 0.01*float64(i) + 0.08*r.Float64()
				lines = append(lines, fmt.Sprintf("%s,%s,%.5f", zone, from.Format(time.RFC3339), price))
			}
		}
	}
	return dataset.Sheet("tariffs.csv", "zone,valid_from,price", lines)
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
