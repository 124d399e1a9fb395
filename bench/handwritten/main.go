// Command handwritten is the yardstick: each workload as a program written for it
// alone, with a scanner that knows the schema and the order of the keys, and takes
// for granted that times ascend. A line of any other shape ends it. As skip-w1 and
// so on it does not even look at what it does not need at the end of a line.
//
//	handwritten WORKLOAD INPUT OUTPUT...
package main

import (
	"fmt"
	"os"
	"strings"
)

// workloads reads bids and writes one output, but for w8, which has four.
var workloads = map[string]func(in *input, out []*output){
	"w1": w1, "w2": w2, "w3": w3, "w4": w4, "w5": w5, "w8": w8, "w9": w9,
}

func main() {
	if len(os.Args) < 4 {
		usage()
	}
	name, skip := strings.CutPrefix(os.Args[1], "skip-")
	workload := workloads[name]
	if workload == nil {
		usage()
	}
	f, err := os.Open(os.Args[2])
	check(err)
	var out []*output
	for _, path := range os.Args[3:] {
		o, err := os.Create(path)
		check(err)
		out = append(out, &output{f: o, buf: make([]byte, 0, flushAt+maxLine)})
	}
	workload(&input{f: f, buf: make([]byte, 1<<20), skip: skip}, out)
	for _, o := range out {
		o.flush()
		check(o.f.Close())
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: handwritten [skip-]w1|w2|w3|w4|w5|w8|w9 INPUT OUTPUT...")
	os.Exit(2)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "handwritten:", err)
		os.Exit(1)
	}
}

const (
	flushAt = 256 << 10
	maxLine = 64 << 10
)

// output is a file written in large pieces.
type output struct {
	f   *os.File
	buf []byte
}

// room writes what is there when it is much.
func (o *output) room() {
	if len(o.buf) >= flushAt {
		o.flush()
	}
}

func (o *output) flush() {
	_, err := o.f.Write(o.buf)
	check(err)
	o.buf = o.buf[:0]
}
