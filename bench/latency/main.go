// Command latency measures how long events take through edyc: it writes them to its
// standard input at a steady rate and reads the results from its standard output. Times
// are those of one clock, from just before an event is written to just after its result
// was read; for windows from the end of the window.
//
// It shares the processors with edyc, so that on a small machine it also measures how
// long both wait for each other.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// options are the flags.
type options struct {
	edyc   string
	rate   int
	run    time.Duration
	warm   time.Duration
	rounds int
}

// workload is a program whose results are measured.
type workload struct {
	name, file, key string   // key stands before the instant in a result
	outputs         []string // besides the one that is read
	read            string
}

var workloads = []workload{
	{"filter and route", "route.edy", `"sent":`, []string{"cheap"}, "dear"},
	{"tumbling window of 100 ms, after its end", "window.edy", `"closed":`, nil, "counts"},
}

func main() {
	var o options
	flag.StringVar(&o.edyc, "edyc", "../bin/edyc", "the edyc to measure")
	flag.IntVar(&o.rate, "rate", 200_000, "events offered a second")
	flag.DurationVar(&o.run, "run", 5*time.Second, "how long events are offered")
	flag.DurationVar(&o.warm, "warm", time.Second, "how long of that is not measured")
	flag.IntVar(&o.rounds, "rounds", 3, "runs of each workload")
	flag.Parse()
	fmt.Printf("%d events offered a second for %v, of which the first %v is not measured.\n", o.rate, o.run, o.warm)
	for _, w := range workloads {
		for range o.rounds {
			if err := measure(&o, w); err != nil {
				fmt.Fprintln(os.Stderr, "latency:", err)
				os.Exit(1)
			}
		}
	}
}

// measure runs a workload once and prints its figures.
func measure(o *options, w workload) error {
	dir, err := os.MkdirTemp("", "latency")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	args := []string{"run", filepath.Join("latency", w.file), "--input", "bids=-?timestamps=epoch_micros&format=ndjson",
		"--output", w.read + "=-?format=ndjson&timestamps=epoch_micros"}
	for _, name := range w.outputs {
		args = append(args, "--output", name+"="+filepath.Join(dir, name+".ndjson"))
	}
	cmd := exec.Command(o.edyc, args...)
	cmd.Stderr = new(bytes.Buffer)
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	start := time.Now()
	done := make(chan offer, 1)
	go func() {
		done <- o.offer(in, start)
		in.Close()
	}()
	took, err := read(out, w.key, start.Add(o.warm))
	if waited := cmd.Wait(); waited != nil {
		return fmt.Errorf("%v\n%s", waited, cmd.Stderr)
	}
	offered := <-done
	if err == nil {
		err = offered.err
	}
	if err != nil {
		return err
	}
	if len(took) == 0 {
		return errors.New("no result came")
	}
	slices.Sort(took)
	at := func(share float64) time.Duration {
		return took[int(share*float64(len(took)-1))].Round(time.Microsecond)
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	fmt.Printf("  %-42s %7.0f a second, %7d results: p50 %8v  p90 %8v  p99 %8v  most %8v, edyc used %3.0f %% of a processor\n",
		w.name, float64(offered.events)/offered.took.Seconds(), len(took), at(0.5), at(0.9), at(0.99), at(1), 100*cpu.Seconds()/offered.took.Seconds())
	return nil
}

// offer is what was written.
type offer struct {
	events int
	took   time.Duration
	err    error
}

// offer writes events at the rate until the time is over. Each carries the instant just
// before it was written. Events that are due while the pipe is full are written
// together once it is not.
func (o *options) offer(to io.Writer, start time.Time) offer {
	var buf []byte
	n := 0
	for {
		now := time.Now()
		passed := now.Sub(start)
		if passed >= o.run {
			return offer{events: n, took: passed}
		}
		due := int(passed.Seconds() * float64(o.rate))
		buf = buf[:0]
		for ; n < due; n++ {
			buf = appendEvent(buf, n, now.UnixMicro())
		}
		if len(buf) > 0 {
			if _, err := to.Write(buf); err != nil {
				return offer{err: err}
			}
		}
		time.Sleep(100 * time.Microsecond)
	}
}

// appendEvent is event n: auctions and prices are spread by multiplication.
func appendEvent(dst []byte, n int, sent int64) []byte {
	mixed := uint64(n) * 0x9e3779b97f4a7c15 >> 20
	dst = strconv.AppendUint(append(dst, `{"auction":`...), mixed%1000, 10)
	dst = strconv.AppendUint(append(dst, `,"bidder":`...), mixed/1000%5000, 10)
	dst = strconv.AppendUint(append(dst, `,"price":`...), mixed%1_000_003, 10)
	dst = append(dst, `,"channel":"Google","sent":`...)
	dst = strconv.AppendInt(dst, sent, 10)
	return append(dst, "}\n"...)
}

// read takes results and how long each was under way, of events after an instant.
func read(from io.Reader, key string, after time.Time) ([]time.Duration, error) {
	r := bufio.NewReaderSize(from, 1<<20)
	var took []time.Duration
	for {
		line, err := r.ReadSlice('\n')
		if err == io.EOF {
			return took, nil
		}
		if err != nil {
			return nil, err
		}
		now := time.Now().UnixMicro()
		at := bytes.Index(line, []byte(key))
		if at < 0 {
			return nil, fmt.Errorf("a result without %s: %s", key, line)
		}
		digits := line[at+len(key):]
		end := 0
		for end < len(digits) && digits[end] >= '0' && digits[end] <= '9' {
			end++
		}
		sent, err := strconv.ParseInt(string(digits[:end]), 10, 64)
		if err != nil {
			return nil, err
		}
		if sent > after.UnixMicro() {
			took = append(took, time.Duration(now-sent)*time.Microsecond)
		}
	}
}
