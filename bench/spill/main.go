// Command spill measures an aggregate whose groups do not fit in the memory they are
// given: random keys, each of which comes twice, the second time in another order. It runs
// edyc as a whole process and fails where an answer is not the one that was made up, or a
// run takes more than the limits.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

type options struct {
	edyc, data string
	keys       int
	memory     string
	mb         int64
	wall       time.Duration
	parallel   int
}

func main() {
	var o options
	flag.StringVar(&o.edyc, "edyc", "../bin/edyc", "the edyc to measure")
	flag.StringVar(&o.data, "data", "data/spill", "the folder of the data; made once")
	flag.IntVar(&o.keys, "keys", 20_000_000, "keys, each of two rows")
	flag.StringVar(&o.memory, "state-memory", "256MiB", "what the groups may take in memory")
	flag.Int64Var(&o.mb, "mb", 700, "the most resident memory a run may take, in MB")
	flag.DurationVar(&o.wall, "wall", 10*time.Minute, "the longest a run may take")
	flag.IntVar(&o.parallel, "parallel", 1, "workers")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "spill:", err)
		os.Exit(1)
	}
}

func run(o *options) error {
	path, err := write(o)
	if err != nil {
		return err
	}
	fmt.Printf("%d keys, each of two rows, --state-memory %s, %d workers; limits %d MB and %v\n\n", o.keys, o.memory, o.parallel, o.mb, o.wall)
	fmt.Printf("%-10s %10s %8s %8s %8s\n", "", "rows out", "wall s", "CPU s", "MB")
	missed := 0
	for _, durable := range []bool{false, true} {
		if err := measure(o, path, durable); err != nil {
			fmt.Println("  ", err)
			missed++
		}
	}
	if missed > 0 {
		return fmt.Errorf("%d of 2 runs missed", missed)
	}
	return nil
}

// measure runs the program without or with a data folder and says what it took.
func measure(o *options, input string, durable bool) error {
	name, out, data := "no folder", filepath.Join(o.data, "out.ndjson"), filepath.Join(o.data, "folder")
	defer os.Remove(out)
	args := []string{"run", filepath.Join("spill", "spill.edy"), "--state-memory", o.memory, "--parallel", strconv.Itoa(o.parallel),
		"--input", "events=" + input, "--output", "result=" + out + "?changes=log"}
	if durable {
		name = "--data"
		if err := os.RemoveAll(data); err != nil {
			return err
		}
		defer os.RemoveAll(data)
		args = append(args, "--data", data)
	}
	cmd := exec.Command(o.edyc, args...)
	begun := time.Now()
	text, err := cmd.CombinedOutput()
	wall := time.Since(begun)
	if err != nil {
		return fmt.Errorf("%s: %v\n%s", cmd, err, text)
	}
	rows, err := check(o, out)
	state := cmd.ProcessState
	mb := state.SysUsage().(*syscall.Rusage).Maxrss << 10 / 1_000_000
	fmt.Printf("%-10s %10d %8.1f %8.1f %8d\n", name, rows, wall.Seconds(), (state.UserTime() + state.SystemTime()).Seconds(), mb)
	switch {
	case err != nil:
		return err
	case mb > o.mb:
		return fmt.Errorf("more than %d MB", o.mb)
	case wall > o.wall:
		return fmt.Errorf("longer than %v", o.wall)
	}
	return nil
}

// thing is key i: any 64 bits, no two the same.
func thing(i int) int64 {
	x := uint64(i) + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int64(x ^ x>>31)
}

// stride leads through all keys in another order: it has no factor in common with any
// number of keys that has only 2 and 5.
const stride = 7_777_777

// again is the key that comes as number i the second time.
func again(o *options, i int) int { return int(int64(i) * stride % int64(o.keys)) }

// cents is what a row of key i is about.
func cents(i, turn int) int { return i%1000 + turn*1000 }

// write writes the rows unless they are there already.
func write(o *options) (path string, err error) {
	path = filepath.Join(o.data, fmt.Sprintf("events-%d.ndjson", o.keys))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(o.data, 0o755); err != nil {
		return "", err
	}
	out, err := os.Create(path + ".part")
	if err != nil {
		return "", err
	}
	w := bufio.NewWriterSize(out, 1<<20)
	for turn := range 2 {
		for i := range o.keys {
			key := i
			if turn == 1 {
				key = again(o, i)
			}
			_, _ = fmt.Fprintf(w, "{\"thing\":%d,\"cents\":%d}\n", thing(key), cents(key, turn)) // Flush reports the error
		}
	}
	if err := errors.Join(w.Flush(), out.Close()); err != nil {
		return "", err
	}
	return path, os.Rename(path+".part", path)
}

// check compares an output with what the rows say: each key, when it comes again.
func check(o *options, path string) (rows int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	in := bufio.NewScanner(bufio.NewReaderSize(f, 1<<20))
	for in.Scan() {
		if rows >= o.keys {
			return rows, errors.New("more rows than keys")
		}
		key := again(o, rows)
		want := fmt.Sprintf(`"thing":%d,"n":2,"cents":%d}`, thing(key), cents(key, 0)+cents(key, 1))
		line := in.Text()
		if len(line) < len(want) || line[len(line)-len(want):] != want {
			return rows, fmt.Errorf("row %d is %s, want ...%s", rows, line, want)
		}
		rows++
	}
	if in.Err() == nil && rows != o.keys {
		return rows, fmt.Errorf("%d rows, want %d", rows, o.keys)
	}
	return rows, in.Err()
}
