package build_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/optimize"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/registry"
)

// benchRows is how many bids BenchmarkDurable reads.
const benchRows = 1_840_000

// BenchmarkDurable runs W1 to W5 of bench/edy with every column decoded: plain, and with a
// data folder and a checkpoint every second, in turn. It tells the medians by the clock and
// of CPU, and the median of the ratios of neighbours.
//
//	go test ./runtime/build -run '^$' -bench Durable -benchtime 5x
func BenchmarkDurable(b *testing.B) {
	dir := b.TempDir()
	input := filepath.Join(dir, "bids.ndjson")
	benchBids(b, input, benchRows)
	for _, name := range []string{"w1", "w2", "w3", "w4", "w5"} {
		text, err := os.ReadFile("../../bench/edy/" + name + ".edy")
		benchCheck(b, err)
		b.Run(name, func(b *testing.B) {
			var plain, durable, ratio, plainCPU, durableCPU, ratioCPU []float64
			for b.Loop() {
				w, c := benchTimed(b, dir, string(text), input, false)
				dw, dc := benchTimed(b, dir, string(text), input, true)
				plain, durable, ratio = append(plain, w), append(durable, dw), append(ratio, dw/w)
				plainCPU, durableCPU, ratioCPU = append(plainCPU, c), append(durableCPU, dc), append(ratioCPU, dc/c)
			}
			b.ReportMetric(0, "ns/op")
			for unit, vs := range map[string][]float64{"1:plain-ms": plain, "2:data-ms": durable, "3:ratio": ratio,
				"4:plain-cpu-ms": plainCPU, "5:data-cpu-ms": durableCPU, "6:cpu-ratio": ratioCPU} {
				slices.Sort(vs)
				b.ReportMetric(vs[len(vs)/2], unit)
			}
		})
	}
}

// benchTimed is what a run takes in milliseconds, by the clock and of CPU. What the run before
// has left to the machine is on the disk when it begins.
func benchTimed(b *testing.B, dir, text, input string, durable bool) (wall, cpu float64) {
	runtime.GC()
	syscall.Sync()
	start, before := time.Now(), taken(b)
	benchRun(b, dir, text, input, durable)
	wall, cpu = float64(time.Since(start).Microseconds())/1000, float64((taken(b)-before).Microseconds())/1000
	benchCheck(b, os.RemoveAll(filepath.Join(dir, "data")))
	return wall, cpu
}

// taken is what the process has taken of processors, which others on the machine change
// less than the time that passes.
func taken(b *testing.B) time.Duration {
	var u syscall.Rusage
	benchCheck(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchRun(b *testing.B, dir, text, input string, durable bool) {
	system := &file.System{Stdin: bytes.NewReader(nil), Stdout: os.Stderr, Clock: clock.Real{}}
	opt := build.Options{Parallel: 2, BatchRows: 4096, AllColumns: !durable, System: system, Inputs: map[string]string{"bids": input},
		Outputs: map[string][]string{"result": {filepath.Join(dir, "out.ndjson")}}}
	if durable {
		data := filepath.Join(dir, "data")
		l, err := log.OpenPebble(data, log.Disk{})
		benchCheck(b, err)
		defer func() { benchCheck(b, l.Close()) }()
		run, err := checkpoint.Open(l, "bench", time.Second, clock.Real{})
		benchCheck(b, err)
		defer run.Close()
		opt.Data = &build.Data{Log: l, Run: run, Registry: registry.Open(l)}
	}
	j, err := build.New(context.Background(), benchPlan(b, system, text, durable), opt)
	benchCheck(b, err)
	_, err = j.Run(context.Background())
	benchCheck(b, err)
	benchCheck(b, j.Close())
}

func benchPlan(b *testing.B, system *file.System, text string, durable bool) *plan.Graph {
	tree, _ := syntax.Parse(source.New("main.edy", text))
	r := check.Check(tree, check.Options{Catalog: build.Catalog(system)})
	var g *plan.Graph
	var err error
	if durable {
		g, err = build.DurablePlan(r.Program, []string{"result"})
	} else if g, err = lower.Program(r.Program, lower.Options{Outputs: []string{"result"}, KeepColumns: true}); err == nil {
		g = optimize.Run(g, optimize.Options{})
	}
	benchCheck(b, err)
	return g
}

func benchCheck(b *testing.B, err error) {
	if err != nil {
		b.Fatal(err)
	}
}

// benchBids writes bids of about 220 bytes to a file.
func benchBids(b *testing.B, path string, n int) {
	f, err := os.Create(path)
	benchCheck(b, err)
	out := bufio.NewWriterSize(f, 1<<20)
	r := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		_, err := fmt.Fprintf(out, "{\"auction\":%d,\"bidder\":%d,\"price\":%d,\"channel\":\"channel-%d\",\"url\":\"https://www.nexmark.example/item.htm?channel_id=%d\",\"dateTime\":%q,\"extra\":\"%x\"}\n",
			1000+r.IntN(2000), 1000+r.IntN(10000), r.IntN(3_000_000), r.IntN(10), r.IntN(1<<30),
			start.Add(time.Duration(i)*time.Millisecond).Format("2006-01-02T15:04:05.000Z"), r.Uint64())
		benchCheck(b, err)
	}
	benchCheck(b, out.Flush())
	benchCheck(b, f.Close())
}
