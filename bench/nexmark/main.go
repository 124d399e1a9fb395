// Command nexmark runs the workloads W1 to W9 as whole processes: edyc, DuckDB and
// programs written by hand, from the same files to files. It compares their output
// before it measures, runs them in turn so that a busy machine slows all of them,
// and prints ratios with their spread.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/bench/generate"
)

// options are the flags.
type options struct {
	edyc, data, work string
	bids, runs       int
	only             string
	parquet          bool
}

func main() {
	var o options
	flag.StringVar(&o.edyc, "edyc", "../bin/edyc", "the edyc to measure")
	flag.StringVar(&o.data, "data", "data", "the folder of data and built comparators; made once")
	flag.StringVar(&o.work, "work", "", "the folder of outputs; a temporary one by default")
	flag.IntVar(&o.bids, "bids", 1_840_000, "bids to generate")
	flag.IntVar(&o.runs, "runs", 5, "measured runs of each program")
	flag.StringVar(&o.only, "only", "", "workloads to run, such as w1,w5; all by default")
	flag.BoolVar(&o.parquet, "parquet", true, "also read Parquet")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "nexmark:", err)
		os.Exit(1)
	}
}

func run(o *options) error {
	if err := starts(o.edyc); err != nil {
		return err
	}
	if o.work == "" {
		dir, err := os.MkdirTemp("", "nexmark")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		o.work = dir
	} else if err := os.MkdirAll(o.work, 0o755); err != nil {
		return err
	}
	dir := filepath.Join(o.data, "nexmark")
	written, err := generate.Write(dir, o.bids)
	if err != nil {
		return err
	}
	engines, err := prepare(o, dir, written)
	if err != nil {
		return err
	}
	events := o.bids
	fmt.Printf("%d bids, %d runs of each program in turn. CPU is user and system seconds for a million bids.\n", events, o.runs)
	failed := false
	for _, w := range workloads {
		if o.only != "" && !slices.Contains(strings.Split(o.only, ","), w.name) {
			continue
		}
		for _, format := range formats(o, w) {
			ok, err := measure(o, w, format, engines)
			if err != nil {
				return err
			}
			failed = failed || !ok
		}
	}
	if failed {
		return fmt.Errorf("programs disagree, see above")
	}
	return nil
}

func formats(o *options, w workload) []string {
	if o.parquet && w.parquet {
		return []string{"ndjson", "parquet"}
	}
	return []string{"ndjson"}
}

// measure runs one workload in all programs that can, and prints their figures. It
// reports false when their outputs differ.
func measure(o *options, w workload, format string, engines []*engine) (bool, error) {
	fmt.Printf("\n%s from %s: %s\n", w.name, format, w.what)
	var able []*engine
	for _, e := range engines {
		if reason := e.cannot(w, format); reason != "" {
			fmt.Printf("  %s is left out: %s\n", e.name, reason)
			continue
		}
		able = append(able, e)
	}
	same, err := compare(o, w, format, able)
	if err != nil || !same {
		return same, err
	}
	figures := make([][]figure, len(able))
	for range o.runs {
		for i, e := range able {
			f, err := e.run(o, w, format)
			if err != nil {
				return false, err
			}
			figures[i] = append(figures[i], f)
		}
	}
	printTable(o, able, figures)
	return true, nil
}
