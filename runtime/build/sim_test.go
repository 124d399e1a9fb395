package build_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/registry"
)

var (
	schedules = flag.Int("schedules", 300, "how many schedules of crashes TestSim goes through")
	simSeed   = flag.Uint64("sim-seed", 0, "the seed of the first of them; 0 takes one from the clock")
)

// TestSim runs pipelines on a disk whose power is cut at some operation, or which fails
// one, again and again, until they have come through. Their outputs and topics must be
// those of the engine without a data folder, to the byte: nothing lost, nothing twice,
// nothing torn.
func TestSim(t *testing.T) {
	seed := *simSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	bad := 0
	for i := range uint64(*schedules) {
		s := &schedule{t: t, r: rand.New(rand.NewPCG(seed+i, 1))}
		if err := s.run(); err != nil {
			bad++
			t.Errorf("seed %d: %v\n  repeat: go test ./runtime/build -run TestSim -schedules 1 -sim-seed %d", seed+i, err, seed+i)
		}
		if bad >= 5 {
			break
		}
	}
	t.Logf("%d schedules from seed %d, %d failed, %d crashes, %d failed operations, %d checkpoints gone on from, %d rows compacted away", *schedules, seed, bad, crashes.Load(), faults.Load(), resumed.Load(), leftOut.Load())
}

var crashes, faults, resumed atomic.Int64

// simPrograms are pipelines with states of many kinds.
var simPrograms = []string{`
schema Bid { auction: long, price: double, at: timestamp }
topic bids: Bid { time: at watermark: 3s key: auction partitions: 3 errors_to: bad }
topic bad: ErrorRecord
topic dear: Bid { time: at watermark: 3s }
source feed from file into bids { path: "in*.ndjson" }
stream high = from bids |> where price > 70.0
stream totals = from bids |> window tumbling 10s |> aggregate n = count(), total = sum(price) by auction
stream hops = from bids |> window hopping 10s every 4s |> aggregate n = count(), total = sum(price) by auction
stream visits = from bids |> window session gap 4s per auction |> aggregate n = count()
stream spells = from bids |> window session gap 3s max 10s per auction lateness 2s |> aggregate n = count(), least = min(price) by auction, dear = price > 50.0
stream firsts = from bids |> dedup by auction within 20s
stream wanted = from bids |> where price > 90.0 |> into dear
stream dearest = from dear |> window tumbling 20s |> aggregate most = max(price)
`, `
schema Bid { auction: long, price: double, at: timestamp }
topic bids: Bid { time: at watermark: 3s }
source feed from file into bids { path: "in*.ndjson" }
stream tally = from bids |> aggregate n = count(), most = max(price) by auction keep 1d
stream pairs = from bids |> join b = (from bids |> where price > 80.0) on auction == b.auction within 0s .. 5s |> select auction, price, high = b.price
stream lone = from bids |> extend k = nullif(auction, 2) |> left join c = (from bids |> where price > 80.0) on k == c.auction within 0s .. 5s |> select at, auction, price, high = c?.price
stream sorted = from bids |> window tumbling 10s |> sort by price
stream beaten = from bids |> where price > 60.0 |> left join t = tally on auction == t.auction keep 20s |> select at, auction, price, n = t?.n
`, `
schema Bid { auction: long, price: double, at: timestamp }
topic bids: Bid { time: at watermark: 3s key: auction partitions: 2 }
topic lasts: Bid { key: auction partitions: 3 mode: upsert }
topic recent: Bid { key: auction time: at mode: upsert history: 20s }
source feed from file into bids { path: "in*.ndjson" }
stream some = from bids |> where price > 20.0 |> into lasts
stream others = from bids |> where price > 40.0 |> into recent
stream tally = from lasts |> aggregate n = count(), most = max(price)
stream dear = from recent |> where price > 60.0 |> aggregate n = count()
stream fresh = from bids |> upserts by auction, price |> expire after 5s
`, `
schema Bid { auction: long, price: double, at: timestamp }
topic bids: Bid { time: at watermark: 3s }
source feed from file into bids { path: "in*.ndjson" }
stream soon = from bids |> where price > 50.0 |> extend k = nullif(auction, 2) |> left asof join d = (from bids |> where price < 30.0) on k == d.auction within 4s forward |> select at, auction, price, low = d?.price
stream lower = from bids |> where price > 40.0 |> asof join d = (from bids |> where price < 60.0) on auction == d.auction and d.price < price within 2s forward |> select at, auction, price, low = d.price
stream slid = from bids |> window sliding 4s per auction |> aggregate n = count(), total = sum(price)
stream cheaper = from bids |> extend cheap = price < 40.0 |> window sliding 3s per auction |> aggregate n = count(), most = max(price) by cheap
stream sorts = from bids |> extend cheap = price < 40.0 |> window session gap 3s per auction |> aggregate n = count(), most = max(price) by cheap
stream before = from bids |> where price > 40.0 |> left asof join d = (from bids |> where price < 60.0) on auction == d.auction and d.price < price within 2s |> select at, auction, price, low = d?.price
stream coming = from bids |> extend total = sum(price) over (per auction next 3s), most = max(price) over (per auction next 3s)
stream after = from bids |> extend next = lead(price) over (per auction next 5s)
stream quiet = from bids |> match per auction {
  define dear where price > 70.0
  define cheap where price < 40.0
  pattern dear then not cheap for 2s
  emit auction, dear.price, until = match_time()
}
`, `
schema Bid { auction: long, price: double, at: timestamp }
topic bids: Bid { time: at watermark: 3s key: auction partitions: 2 }
source feed from file into bids { path: "in*.ndjson" }
stream visits = from bids |> window session gap 2s per auction emit updates |> aggregate n = count(), total = sum(price) |> changes |> select op, n = after?.n, total = after?.total
stream ticks = from bids |> window session gap 3s max 9s per auction emit early every 2s |> aggregate n = count() by high = price > 70.0 |> changes |> select op, n = after?.n, was = before?.n
stream slid = from bids |> window sliding 4s per auction emit updates |> aggregate n = count(), total = sum(price)
stream threes = from bids |> window rows 3 every 2 per auction emit updates |> aggregate total = sum(price) |> changes |> select op, total = after?.total
stream fours = from bids |> window rows 4 every 3 per auction |> aggregate n = count(), total = sum(price)
stream best = from bids |> where price > 30.0 |> upserts by auction, price |> window session gap 2s per auction emit updates |> top 1 by price desc
`}

// simStreams are what is written of each program.
var simStreams = [][]string{{"totals", "hops", "visits", "spells", "firsts", "dearest", "bad"}, {"tally", "pairs", "lone", "sorted", "beaten"}, {"tally", "dear", "fresh"}, {"soon", "lower", "before", "slid", "cheaper", "sorts", "coming", "after", "quiet"}, {"visits", "ticks", "slid", "threes", "fours", "best"}}

// schedule is one history of a pipeline.
type schedule struct {
	t       *testing.T
	r       *rand.Rand
	world   *world
	program string
	streams []string
	formats []string
	names   []string // of programs with this text, which take turns
	want    map[string]string
	rows    map[string]int64
	clock   func() clock.Clock // of a process; nil for one that ticks
}

func (s *schedule) run() error {
	which := s.r.IntN(len(simPrograms))
	s.program, s.streams = simPrograms[which], simStreams[which]
	s.world = newWorld(s.t, map[string]string{"in1.ndjson": s.bids(), "in2.ndjson": s.bids()})
	s.formats = nil
	for range s.streams {
		s.formats = append(s.formats, []string{".ndjson", ".csv", ".ndjson.gz", ".arrow"}[s.r.IntN(4)])
	}
	s.names = []string{"sim"}
	if which == 1 && s.r.IntN(2) == 0 {
		s.names = append(s.names, "other")
	}
	s.undisturbed()
	disk := vfs.NewCrashableMem()
	if err := makeFolder(disk, s.world.dir); err != nil {
		return err
	}
	running := slices.Clone(s.names)
	for round := 0; ; round++ {
		name := running[s.r.IntN(len(running))]
		after, done, err := s.life(name, disk, round)
		if err != nil {
			return fmt.Errorf("life %d, of %s: %w", round, name, err)
		}
		disk = after
		if !done {
			continue
		}
		running = slices.DeleteFunc(running, func(n string) bool { return n == name })
		if len(running) == 0 {
			return s.compare(disk)
		}
	}
}

// bids are rows out of order, some of them too late and some not to be read.
func (s *schedule) bids() string {
	var b strings.Builder
	for i := range 20 + s.r.IntN(120) {
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i*400-s.r.IntN(6000)) * time.Millisecond)
		if s.r.IntN(40) == 0 {
			fmt.Fprintf(&b, "{\"auction\": \"none\"}\n")
		}
		fmt.Fprintf(&b, "{\"auction\":%d,\"price\":%d.5,\"at\":%q}\n", s.r.IntN(6), s.r.IntN(100), at.Format("2006-01-02T15:04:05.000Z"))
	}
	return b.String()
}

func (s *schedule) outputs(name string) map[string][]string {
	out := map[string][]string{}
	for i, stream := range s.streams {
		out[stream] = []string{filepath.Join(s.world.dir, s.output(name, i))}
	}
	return out
}

// output is the file that a program writes a stream to.
func (s *schedule) output(name string, stream int) string {
	if name == "sim" {
		name = ""
	}
	return name + s.streams[stream] + s.formats[stream]
}

// undisturbed runs the program without a data folder.
func (s *schedule) undisturbed() {
	s.want, s.rows = map[string]string{}, map[string]int64{}
	sum := s.world.run(s.program, build.Options{Outputs: s.outputs("sim"), BatchRows: 64}, lower.Options{Outputs: append([]string{"bids"}, s.streams...), KeepColumns: true})
	for _, topic := range sum.Topics {
		s.rows[topic.Name] = topic.Rows
	}
	for i, name := range s.streams {
		s.want[name] = s.world.read(name + s.formats[i])
	}
}

// life runs the pipeline until the power is cut or an operation fails, or to its end.
func (s *schedule) life(name string, disk *vfs.MemFS, round int) (after *vfs.MemFS, done bool, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	trouble := &trouble{disk: disk, at: -1, cancel: cancel, r: rand.New(rand.NewPCG(s.r.Uint64(), 2))}
	if round < 4 {
		trouble.at = int64(s.r.IntN(400 >> (s.r.IntN(4))))
		trouble.fails = s.r.IntN(4) == 0
	}
	fs := errorfs.Wrap(disk, trouble)
	died := make(chan struct{}, 1)
	ended := make(chan error, 1)
	opt := build.Options{Parallel: 1 + s.r.IntN(3), BatchRows: 1 + s.r.IntN(40), Outputs: s.outputs(name),
		StateMemory: []int64{0, 1, 20_000}[s.r.IntN(3)]}
	every := time.Duration(1 + s.r.IntN(4))
	bulk := []int{1, 2000, 0}[s.r.IntN(3)]
	go func() {
		l, err := log.OpenPebble("data", log.Disk{FS: fs, BulkBytes: bulk, Fatal: func(string) { died <- struct{}{}; select {} }})
		if err == nil {
			trouble.opened.Store(true)
			err = errors.Join(s.process(ctx, name, fs, l, opt, every), l.Close())
		}
		ended <- err
	}()
	select {
	case err = <-ended:
	case <-died:
		err = errDied
	}
	if after := trouble.crashed(); after != nil {
		crashes.Add(1)
		return after, false, nil
	}
	if trouble.failed.Load() {
		faults.Add(1)
		if err != nil && !errors.Is(err, errDied) && !strings.Contains(err.Error(), "injected error") {
			return nil, false, err
		}
		return disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: s.r.IntN(101), RNG: trouble.r}), false, nil
	}
	return disk, true, err
}

var errDied = errors.New("the disk failed for good")

// process is what a process does between its start and its end.
func (s *schedule) process(ctx context.Context, name string, fs vfs.FS, l log.Log, opt build.Options, every time.Duration) (err error) {
	clk := clock.Clock(&ticking{})
	if s.clock != nil {
		clk = s.clock()
	}
	run, err := checkpoint.Open(l, name, every*time.Second, clk)
	if err != nil {
		return err
	}
	defer run.Close()
	if run.Meta().Epoch > 0 {
		resumed.Add(1)
	}
	system := &file.System{Stdin: bytes.NewReader(nil), Stdout: io.Discard, Clock: clk, Disk: memoryDisk{fs}}
	w := &world{t: s.t, dir: s.world.dir, system: system}
	opt.System, opt.Clock = system, clk
	opt.Data = &build.Data{Log: l, Run: run, Registry: registry.Open(l), Least: 10}
	j, err := build.New(ctx, w.durablePlan(s.program, s.streams), opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	_, err = j.Run(ctx)
	return err
}

// compare looks at what the last life left.
func (s *schedule) compare(disk *vfs.MemFS) error {
	for _, name := range s.names {
		if err := s.compareOutputs(disk, name); err != nil {
			return err
		}
	}
	return s.topics(disk)
}

func (s *schedule) compareOutputs(disk *vfs.MemFS, program string) error {
	for i, name := range s.streams {
		got, err := readFile(disk, filepath.Join(s.world.dir, s.output(program, i)))
		if err != nil {
			return err
		}
		want := s.want[name]
		if strings.HasSuffix(s.formats[i], ".gz") {
			got, want = unzipped(s.t, got), unzipped(s.t, want)
		}
		if got != want && s.formats[i] != ".arrow" {
			return fmt.Errorf("%s%s differs:\n--- want\n%s\n--- got\n%s", name, s.formats[i], want, got)
		}
		if s.formats[i] == ".arrow" && s.arrowRows(got) != s.arrowRows(want) {
			return fmt.Errorf("%s%s differs:\n--- want\n%s\n--- got\n%s", name, s.formats[i], s.arrowRows(want), s.arrowRows(got))
		}
	}
	return nil
}

// topics walks the chains of all topics and counts their events.
func (s *schedule) topics(disk *vfs.MemFS) error {
	l, err := log.OpenPebble("data", log.Disk{FS: disk})
	if err != nil {
		return err
	}
	defer l.Close()
	for _, topic := range l.Topics() {
		n := int64(0)
		for p := range topic.Partitions {
			v, err := log.Verify(l, topic.Name, p)
			if err != nil {
				return err
			}
			n += v.Events
		}
		if topic.Name == "errors" && len(s.names) > 1 {
			continue // what fails in a program is an error record of each
		}
		bad := int64(0)
		if topic.Name == "bids" {
			bad = s.undecoded()
		}
		if topic.Name == "lasts" || topic.Name == "recent" {
			if err := s.compacted(l, topic.Name, n); err != nil {
				return err
			}
			continue
		}
		if n != s.rows[topic.Name]-bad {
			return fmt.Errorf("topic %s has %d events, want %d", topic.Name, n, s.rows[topic.Name]-bad)
		}
	}
	return nil
}

// undecoded counts the records that are no rows.
func (s *schedule) undecoded() int64 {
	return int64(strings.Count(s.world.read("in1.ndjson")+s.world.read("in2.ndjson"), "none"))
}

// ticking is a clock that moves by a second each time somebody looks at it.
type ticking struct{ n atomic.Int64 }

func (c *ticking) Now() time.Time {
	return time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC).Add(time.Duration(c.n.Add(1)) * time.Second)
}

func (c *ticking) After(time.Duration) <-chan time.Time { return time.After(time.Millisecond) }

// trouble cuts the power at an operation on the disk, or lets it fail.
type trouble struct {
	disk   *vfs.MemFS
	at     int64 // -1 for never
	fails  bool
	cancel func()
	n      atomic.Int64
	opened atomic.Bool // the log is open
	failed atomic.Bool

	mu    sync.Mutex
	r     *rand.Rand
	after *vfs.MemFS
}

func (*trouble) String() string { return "trouble" }

// ends tells of an operation whose failure ends the process at once, as a cut of power
// does: the store cannot know what the disk holds then. Only a write is an error to it,
// and to outputs everything is. While the log is being opened any failure ends it.
func ends(op errorfs.Op) bool {
	return strings.HasPrefix(op.Path, "data") && op.Kind != errorfs.OpFileWrite
}

// MaybeError implements errorfs.Injector.
func (x *trouble) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() != errorfs.OpIsWrite || x.n.Add(1)-1 != x.at {
		return nil
	}
	if x.fails && x.opened.Load() && !ends(op) {
		x.failed.Store(true)
		return errorfs.ErrInjected
	}
	x.mu.Lock()
	x.after = x.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: x.r.IntN(101), RNG: x.r})
	x.mu.Unlock()
	x.cancel()
	return nil
}

func (x *trouble) crashed() *vfs.MemFS {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.after
}
