package build

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/optimize"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/vm/kernel"
)

// BenchmarkStages gives rows in memory to the operators of a stage, a batch and its
// watermark at a time, and reports what a row takes and allocates in their stride.
//
//	go test ./runtime/build -run '^$' -bench Stages -benchmem
func BenchmarkStages(b *testing.B) {
	for _, s := range benchStages {
		b.Run(s.name, func(b *testing.B) { benchText(b, benchSchema, s.text) })
	}
}

// benchShapes are types of a key and of a value in the place of long. on is the key that
// rows are joined on, which is not null.
var benchShapes = []struct{ name, key, on, value, cond string }{
	{"long", "k", "k", "v", "v > 500"}, {"text", "s", "s", "v", `s > "customer-5"`}, {"double", "kd", "kd", "d", "d > 500.0"},
	{"nullable", "kn", "k", "n", "n ?? 0 > 500"}, {"decimal", "kp", "kp", "p", "p > 500"},
}

// shapedStages are stages over a key, a value and a condition of a shape.
var shapedStages = []struct{ name, text string }{
	{"filter", "where %[3]s"},
	{"projection", "select at, %[1]s, x = %[2]s"},
	{"route", "route parts from rows first match {\nwhen %[3]s -> few\notherwise -> many\n}\nstream result = from many |> select %[1]s, %[2]s"},
	{"tumbling", "window tumbling 1s |> aggregate c = count(), m = avg(%[2]s) by %[1]s"},
	{"extremes", "window tumbling 1s |> aggregate most = max(%[2]s), least = min(%[2]s) by %[1]s"},
	{"hopping", "window hopping 1s every 200ms |> aggregate c = count(), m = avg(%[2]s) by %[1]s"},
	{"best of hopping", "window hopping 1s every 200ms |> aggregate c = count() by %[1]s |> top 1 by c desc with ties"},
	{"session", "window session gap 500ms per %[1]s |> aggregate c = count(), m = avg(%[2]s) by %[1]s"},
	{"updates", "aggregate c = count(), m = avg(%[2]s) by %[1]s keep forever"},
	{"top", "window tumbling 1s |> top 3 by %[2]s desc"},
	{"latest", "window tumbling 1s |> latest by %[1]s"},
	{"join windows", "window tumbling 1s |> semi join o = (from others |> window tumbling 1s) on %[4]s == o.%[4]s"},
	{"join within", "join o = others on %[4]s == o.%[4]s within 0s .. 10ms |> select o.%[2]s"},
	{"join kept", "semi join o = others on %[4]s == o.%[4]s keep 10ms"},
}

// BenchmarkShapes compares stages over columns of several types; what long takes is the
// measure of the others.
func BenchmarkShapes(b *testing.B) {
	for _, stage := range shapedStages {
		for _, s := range benchShapes {
			text := fmt.Sprintf(stage.text, s.key, s.value, s.cond, s.on)
			b.Run(stage.name+"/"+s.name, func(b *testing.B) { benchText(b, shapesSchema, text) })
		}
	}
}

const (
	benchSchema  = "schema Row { at: timestamp k: long s: string v: long n: long? d: double p: decimal(12, 2) }\n" + benchTopics
	shapesSchema = "schema Row { at: timestamp k: long s: string kd: double kn: long? kp: decimal(12, 2) v: long n: long? d: double p: decimal(12, 2) }\n" + benchTopics
	benchTopics  = "topic rows: Row { time: at watermark: 0s }\ntopic others: Row { time: at watermark: 0s }\n"
)

// benchText compiles a stage and runs it.
func benchText(b *testing.B, schema, text string) {
	if !strings.Contains(text, "stream result") {
		text = "stream result = from rows |> " + text
	}
	tree, problems := syntax.Parse(source.New("bench.edy", schema+text+"\n"))
	opt := Options{}.filled()
	r := check.Check(tree, check.Options{Catalog: Catalog(opt.System)})
	for _, d := range append(problems.Items, r.Diags.Items...) {
		if d.Severity == diag.Error {
			b.Fatalf("%s: %s %s", text, d.Code, d.Message)
		}
	}
	g, err := lower.Program(r.Program, lower.Options{Outputs: []string{"result"}})
	if err != nil {
		b.Fatal(err)
	}
	g = optimize.Run(g, optimize.Options{})
	built, err := physical(g, newEnv(nil, newOwnFunctions(g, opt)), opt.Alloc, false)
	if err != nil {
		b.Fatal(err)
	}
	newChain(b, built, opt.Alloc).run()
}

// chain is the operators of a graph, called one from the other.
type chain struct {
	optest.Sink
	b       *testing.B
	alloc   memory.Allocator
	nodes   []*exec.Node
	ops     []operators.Operator
	given   []int64
	topics  []int // the nodes of topics
	input   map[int][]*operators.Batch
	results int
}

func newChain(b *testing.B, built *builder, alloc memory.Allocator) *chain {
	c := &chain{b: b, alloc: alloc, nodes: built.out.Nodes, input: map[int][]*operators.Batch{}}
	c.ops, c.given = make([]operators.Operator, len(c.nodes)), make([]int64, len(c.nodes))
	for id, n := range c.nodes {
		switch {
		case n.Operator != nil:
			op, err := n.Operator.New()
			if err == nil {
				err = op.Open(&operators.Context{Alloc: alloc, BatchRows: 4096, Now: func() int64 { return 0 }})
			}
			if err != nil {
				b.Fatal(err)
			}
			c.ops[id] = op
		case n.Topic != nil && (n.Topic.Name == "rows" || n.Topic.Name == "others"):
			c.topics = append(c.topics, id)
			c.input[id] = benchRows(alloc, n.Ports[0].Columns)
		}
	}
	return c
}

const benchBatch, benchBatches, benchStep = 2048, 16, 100

// benchRows are batches of the columns that are read.
func benchRows(alloc memory.Allocator, cols []types.Column) []*operators.Batch {
	r := rand.New(rand.NewPCG(1, 2))
	var out []*operators.Batch
	for range benchBatches {
		b := &operators.Batch{Rows: benchBatch}
		keys := make([]int64, benchBatch)
		for i := range keys {
			keys[i] = int64(r.IntN(500))
		}
		for _, c := range cols {
			b.Cols = append(b.Cols, optest.Array(alloc, c.Type, benchBatch, func(i int) any {
				v := int64(r.IntN(1000))
				switch c.Name {
				case "k":
					return keys[i]
				case "kd":
					return float64(keys[i])
				case "kn":
					if keys[i]%10 == 0 {
						return nil
					}
					return keys[i]
				case "kp":
					return 100 * keys[i] // unscaled
				case "s":
					return fmt.Sprintf("customer-%d", keys[i])
				case "d":
					return float64(v)
				case "n":
					if v%10 == 0 {
						return nil
					}
				case "p":
					return 100 * v // unscaled
				}
				return v
			}))
		}
		out = append(out, b)
	}
	return out
}

// run gives all batches again and again, each round later in time.
func (c *chain) run() {
	at := int64(0)
	round := func() {
		for i := range benchBatches {
			first := at
			for _, id := range c.topics {
				at = first
				b := *c.input[id][i]
				b.Retain()
				b.Cols = append([]arrow.Array(nil), b.Cols...)
				b.Time, b.Arrival, b.Progress = make([]int64, b.Rows), make([]int64, b.Rows), make([]int64, b.Rows)
				for j := range b.Rows {
					b.Arrival[j] = at
					at += benchStep
					b.Time[j], b.Progress[j] = at, at
				}
				for k, col := range c.nodes[id].Ports[0].Columns {
					if col.Name == "at" {
						b.Cols[k].Release()
						b.Cols[k] = timesOf(c.alloc, b.Time)
					}
				}
				c.emit(id, 0, &b)
			}
			for _, id := range c.topics {
				c.mark(id, operators.Watermark{Time: at, Progress: at})
			}
		}
	}
	for range 3 { // pools fill, tables grow
		round()
	}
	before, begun := allocated(), processorTime()
	rounds := 0
	for c.b.Loop() {
		round()
		rounds++
	}
	rows := float64(rounds) * benchBatch * benchBatches * float64(len(c.topics))
	took := processorTime() - begun
	mallocs, bytes := allocated().since(before)
	c.b.ReportMetric(float64(took.Nanoseconds())/rows, "cpu-ns/row")
	c.b.ReportMetric(mallocs/rows, "allocs/row")
	c.b.ReportMetric(bytes/rows, "B/row")
	if c.results == 0 {
		c.b.Fatal("no result came")
	}
}

// processorTime is what the process has taken of processors, which others on the machine
// change less than the time that passes.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func timesOf(alloc memory.Allocator, times []int64) arrow.Array {
	arr, values := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, len(times))
	copy(values, times)
	return arr
}

// memoryTaken is what was allocated so far.
type memoryTaken struct{ mallocs, bytes uint64 }

func allocated() memoryTaken {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return memoryTaken{m.Mallocs, m.TotalAlloc}
}

func (m memoryTaken) since(before memoryTaken) (mallocs, bytes float64) {
	return float64(m.mallocs - before.mallocs), float64(m.bytes - before.bytes)
}

// emit gives a batch to the readers of a port.
func (c *chain) emit(from, port int, b *operators.Batch) {
	last := true
	for id, n := range c.nodes {
		for input, e := range n.In {
			if e.Node != from || e.Port != port || n.Operator == nil {
				continue
			}
			last = false
			b.Retain()
			given := *b
			given.Cols = append([]arrow.Array(nil), b.Cols...)
			given.Base, given.Input = c.given[id], input
			c.given[id] += int64(b.Rows)
			if err := c.ops[id].Process(input, &given, benchOut{c, id}); err != nil {
				c.b.Fatal(err)
			}
		}
	}
	if last {
		c.results += b.Len()
	}
	b.Release()
}

// mark passes a watermark on to everything below.
func (c *chain) mark(from int, w operators.Watermark) {
	for id, n := range c.nodes {
		for input, e := range n.In {
			if e.Node != from || n.Operator == nil || input < len(n.In)-1 { // the last input brings it
				continue
			}
			if err := c.ops[id].OnWatermark(w, benchOut{c, id}); err != nil {
				c.b.Fatal(err)
			}
			c.mark(id, w)
		}
	}
}

// benchOut is the output of one operator.
type benchOut struct {
	*chain
	id int
}

// Emit implements operators.Output.
func (o benchOut) Emit(port int, b *operators.Batch) { o.emit(o.id, port, b) }
