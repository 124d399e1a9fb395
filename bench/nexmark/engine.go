package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/edynamic/edynamic/bench/generate"
)

// workload is one of W1 to W9.
type workload struct {
	name, what string
	outputs    []string // the streams of the .edy file
	inputs     []string // topics
	hand       bool     // there is a program written by hand
	parquet    bool     // also measured from Parquet
}

var (
	result    = []string{"result"}
	bids      = []string{"bids"}
	workloads = []workload{
		{"w1", "project auction, bidder, 0.908*price, dateTime, extra", result, bids, true, true},
		{"w2", "auction % 123 == 0, two columns", result, bids, true, true},
		{"w3", "price >= 1000000, whole rows", result, bids, true, true},
		{"w4", "top auctions of hopping windows, 10 s every 2 s", result, bids, true, true},
		{"w5", "count and average price per auction, tumbling 10 s", result, bids, true, true},
		{"w6", "persons that sell in the 10 s window they came in", result, []string{"persons", "auctions"}, false, false},
		{"w7", "auctions of category 10 with sellers of three states", result, []string{"persons", "auctions"}, false, false},
		{"w8", "every bid to one of four files", []string{"small", "medium", "large", "huge"}, bids, true, false},
		{"w9", "sessions per bidder, gap 2 s", result, bids, true, false},
	}
)

// engine is a program with its settings.
type engine struct {
	name    string
	env     []string
	formats string
	copies  int                     // of the program that run at once; 0 is one
	refuses func(w workload) string // why it cannot run a workload
	command func(w workload, format string, outputs []string) []string
}

func (e *engine) cannot(w workload, format string) string {
	if !strings.Contains(e.formats, format) {
		return "it does not read " + format
	}
	return e.refuses(w)
}

// figure is what one run took.
type figure struct {
	cpu, wall time.Duration
	rss       int64 // KiB
}

// prepare builds the comparators and the Parquet file, and lists the programs.
func prepare(o *options, dir string, fresh bool) ([]*engine, error) {
	hand, duck := filepath.Join(o.data, "handwritten"), filepath.Join(o.data, "duckdb")
	for _, b := range [][]string{
		{".", hand, "./handwritten"},
		{"duckdb", duck, "."},
	} {
		out, err := filepath.Abs(b[1])
		if err != nil {
			return nil, err
		}
		build := exec.Command("go", "build", "-o", out, b[2])
		build.Dir = b[0]
		if text, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building %s: %v\n%s", b[1], err, text)
		}
	}
	parquet := filepath.Join(dir, "bids.parquet")
	if _, err := os.Stat(parquet); err != nil || fresh {
		if text, err := exec.Command(duck, "2", "parquet", dir, "ndjson", parquet).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("writing %s: %v\n%s", parquet, err, text)
		}
	}
	return []*engine{
		handwritten("hand-written", hand, dir, ""),
		handwritten("hand-written, shortest", hand, dir, "skip-"),
		edyc("edyc, one worker", o.edyc, dir, 1),
		edyc("edyc, the same again", o.edyc, dir, 1),
		duckdb("DuckDB, one thread", duck, dir, 1),
		edyc("edyc, two workers", o.edyc, dir, 2),
		atOnce("edyc, two runs, a half", edyc("", o.edyc, dir, 1), 2),
		duckdb("DuckDB, two threads", duck, dir, 2),
	}, nil
}

// starts reports why an edyc cannot be measured at all: it is not there, or no program.
func starts(path string) error {
	if text, err := exec.Command(path, "version").CombinedOutput(); err != nil {
		return fmt.Errorf("edyc does not start (make build makes it): %w %s", err, strings.TrimSpace(string(text)))
	}
	return nil
}

func handwritten(name, path, dir, prefix string) *engine {
	return &engine{
		name: name, formats: "ndjson", env: []string{"GOMAXPROCS=1"},
		refuses: func(w workload) string {
			if !w.hand {
				return "nobody wrote it by hand"
			}
			return ""
		},
		command: func(w workload, _ string, outputs []string) []string {
			return append([]string{path, prefix + w.name, generate.In(dir).Bids}, outputs...)
		},
	}
}

func duckdb(name, path, dir string, threads int) *engine {
	return &engine{
		name: name, formats: "ndjson parquet", refuses: func(workload) string { return "" },
		command: func(w workload, format string, outputs []string) []string {
			return append([]string{path, fmt.Sprint(threads), w.name, dir, format}, outputs...)
		},
	}
}

// edyc runs the .edy file of a workload with so many workers.
func edyc(name, path, dir string, workers int) *engine {
	file := func(w workload) string { return filepath.Join("edy", w.name+".edy") }
	return &engine{
		name: name, formats: "ndjson parquet", env: []string{fmt.Sprintf("GOMAXPROCS=%d", workers)},
		refuses: func(w workload) string {
			text, err := exec.Command(path, "--errors=short", "check", file(w)).CombinedOutput()
			if err != nil {
				first, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
				if first == "" {
					first = err.Error()
				}
				return "it does not check: " + first
			}
			return ""
		},
		command: func(w workload, format string, outputs []string) []string {
			args := []string{path, "run", file(w), fmt.Sprintf("--parallel=%d", workers)}
			for _, topic := range w.inputs {
				args = append(args, "--input", fmt.Sprintf("%s=%s?format=%s", topic, filepath.Join(dir, topic+"."+format), inputFormat(format)))
			}
			for i, stream := range w.outputs {
				args = append(args, "--output", fmt.Sprintf("%s=%s?timestamps=epoch_millis", stream, outputs[i]))
			}
			return args
		},
	}
}

// atOnce is several runs of a program beside each other, of which the share of each counts:
// so long would as many workers take that had nothing in common but the machine.
func atOnce(name string, e *engine, copies int) *engine {
	e.name, e.copies = name, copies
	return e
}

// inputFormat is the format with its settings: times are epoch milliseconds.
func inputFormat(format string) string {
	if format == "ndjson" {
		return "ndjson&timestamps=epoch_millis"
	}
	return format
}

// outputsOf are the paths that a copy of an engine writes.
func (e *engine) outputsOf(o *options, w workload, copied int) []string {
	paths := make([]string, len(w.outputs))
	for i, name := range w.outputs {
		paths[i] = filepath.Join(o.work, fmt.Sprintf("%s-%d-%s.ndjson", strings.ReplaceAll(e.name, " ", "-"), copied, name))
	}
	return paths
}

// run runs the program once, from empty outputs, or its copies at once.
func (e *engine) run(o *options, w workload, format string) (figure, error) {
	var runs []*process
	for i := range max(e.copies, 1) {
		outputs := e.outputsOf(o, w, i)
		for _, path := range outputs {
			if err := os.RemoveAll(path); err != nil {
				return figure{}, err
			}
		}
		runs = append(runs, newProcess(e.command(w, format, outputs), e.env))
	}
	return together(runs)
}
