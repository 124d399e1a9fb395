// Command state measures how much memory and time state of ten minutes takes over a
// day of events: 10 million rows in 24 hours that come up to 20 seconds late, grouped
// into sessions and joined with one another. It runs edyc as a whole process and fails
// where an answer has another number of rows than counted while the data was made, or
// a run takes more than the limits.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	edyc, data string
	rows       int
	mib        int64
	wall       time.Duration
	parallel   int
}

func main() {
	var o options
	flag.StringVar(&o.edyc, "edyc", "../bin/edyc", "the edyc to measure")
	flag.StringVar(&o.data, "data", "data/state", "the folder of the data; made once")
	flag.IntVar(&o.rows, "rows", 10_000_000, "rows of the day")
	flag.Int64Var(&o.mib, "mib", 500, "the most resident memory a run may take, in MiB")
	flag.DurationVar(&o.wall, "wall", time.Minute, "the longest a run may take")
	flag.IntVar(&o.parallel, "parallel", 1, "workers")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "state:", err)
		os.Exit(1)
	}
}

// work is one program and the rows it must answer with.
type work struct {
	name, what string
	rows       int64
}

func run(o *options) error {
	path, f, err := write(o.data, o.rows)
	if err != nil {
		return err
	}
	works := []work{
		{"sessions", "sessions of each user, gap 10m", f.sessions},
		{"join", "orders with payments within 0s .. 10m", f.pairs},
		{"left", "the same, and orders nobody paid", f.pairs + f.unpaid},
	}
	fmt.Printf("%d rows of 24 hours, %d workers; limits %d MiB and %v\n\n", o.rows, o.parallel, o.mib, o.wall)
	fmt.Printf("%-10s %-46s %10s %8s %8s %8s\n", "", "", "rows out", "wall s", "CPU s", "MiB")
	missed := 0
	for _, w := range works {
		if err := measure(o, w, path); err != nil {
			fmt.Println("  ", err)
			missed++
		}
	}
	if missed > 0 {
		return fmt.Errorf("%d of %d runs missed", missed, len(works))
	}
	return nil
}

// measure runs one program and says what it took.
func measure(o *options, w work, path string) error {
	out := filepath.Join(o.data, w.name+".out.ndjson")
	defer os.Remove(out)
	cmd := exec.Command(o.edyc, "run", filepath.Join("state", w.name+".edy"), fmt.Sprintf("--parallel=%d", o.parallel),
		"--input", "events="+path+"?format=ndjson", "--output", "result="+out)
	cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", o.parallel))
	begun := time.Now()
	text, err := cmd.CombinedOutput()
	wall := time.Since(begun)
	if err != nil {
		return fmt.Errorf("%s: %v\n%s", cmd, err, text)
	}
	rows, err := lines(out)
	if err != nil {
		return err
	}
	state := cmd.ProcessState
	mib := state.SysUsage().(*syscall.Rusage).Maxrss >> 10
	fmt.Printf("%-10s %-46s %10d %8.1f %8.1f %8d\n", w.name, w.what, rows,
		wall.Seconds(), (state.UserTime() + state.SystemTime()).Seconds(), mib)
	switch {
	case rows != w.rows:
		return fmt.Errorf("%d rows, not the %d counted while the data was made", rows, w.rows)
	case mib > o.mib:
		return fmt.Errorf("more than %d MiB", o.mib)
	case wall > o.wall:
		return fmt.Errorf("longer than %v", o.wall)
	}
	return nil
}

// lines is the number of lines of a file.
func lines(path string) (n int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	buf := make([]byte, 1<<20)
	for {
		k, err := f.Read(buf)
		n += int64(bytes.Count(buf[:k], []byte{'\n'}))
		if err != nil {
			break
		}
	}
	return n, nil
}
