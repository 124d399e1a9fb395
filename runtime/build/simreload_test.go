package build_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/registry"
)

const reloadedSim = `
schema Bid { n: long bidder: long }
topic bids: Bid { partitions: 2 key: bidder }
source live from file into bids { path: "bids.ndjson" }
schema Customer { id: long version: long }
topic customers: Customer { key: id mode: upsert history: forever }
source table from file into customers { path: "customers.csv" reload: 1s }
stream named = from bids |> left lookup c = customers on bidder == c.id |> select n, bidder, version = c?.version ?? -1
stream counts = from named |> aggregate n = count() by version keep 1d
stream sizes = from customers |> aggregate n = count(), newest = max(version)
`

var reloadedStreams = []string{"named", "counts", "sizes"}

// bidders are the keys of the table.
const bidders = 5

// TestSimReload runs a pipeline whose table is a file that others write anew all the time,
// on a disk whose power is cut. Each row must be joined once, with the whole of one table,
// and never with an older one than the row before it; and a replay must give the same bytes.
func TestSimReload(t *testing.T) {
	seed := *simSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	changes, crashed := 0, crashes.Load()
	n := max(*schedules/5, 1)
	for i := range uint64(n) {
		s := &reloading{schedule: schedule{t: t, r: rand.New(rand.NewPCG(seed+i, 4)), program: reloadedSim, streams: reloadedStreams,
			formats: []string{".ndjson", ".ndjson", ".ndjson"}, names: []string{"sim"}}}
		if err := s.run(); err != nil {
			t.Fatalf("seed %d: %v\n  repeat: go test ./runtime/build -run TestSimReload -schedules 5 -sim-seed %d", seed+i, err, seed+i)
		}
		changes += s.changes
	}
	t.Logf("%d schedules from seed %d, %d changes of the table between rows, %d crashes", n, seed, changes, crashes.Load()-crashed)
	if n > 10 && changes < n {
		t.Errorf("rows have seen %d changes of the table in %d schedules", changes, n)
	}
}

// reloading is one history of the pipeline.
type reloading struct {
	schedule
	table   *rewritten
	bids    int
	changes int // of the table, that rows have seen
}

func (s *reloading) run() error {
	compacted := s.r.IntN(4) == 0
	if compacted {
		s.program = strings.Replace(s.program, "history: forever", "", 1)
	}
	s.bids = 50 + s.r.IntN(150)
	var bids strings.Builder
	for i := range s.bids {
		fmt.Fprintf(&bids, "{\"n\":%d,\"bidder\":%d}\n", i, s.r.IntN(bidders))
	}
	s.world = newWorld(s.t, map[string]string{"bids.ndjson": bids.String()})
	s.table = &rewritten{world: s.world, r: rand.New(rand.NewPCG(s.r.Uint64(), 5))}
	s.table.write()
	s.clock = func() clock.Clock { return &rewriting{table: s.table} }
	disk := vfs.NewCrashableMem()
	if err := makeFolder(disk, s.world.dir); err != nil {
		return err
	}
	if s.r.IntN(2) == 0 {
		if err := s.store(disk); err != nil {
			return err
		}
	}
	for round := 0; ; round++ {
		after, done, err := s.life("sim", disk, round)
		if err != nil {
			return fmt.Errorf("life %d: %w", round, err)
		}
		if disk = after; done {
			break
		}
	}
	if err := s.joined(disk); err != nil || compacted { // tables that were are gone then
		return err
	}
	return s.replayed(disk)
}

// store lets another program put the bids into the folder, from where they are read then.
func (s *reloading) store(disk *vfs.MemFS) error {
	l, err := log.OpenPebble("data", log.Disk{FS: disk})
	if err != nil {
		return err
	}
	putter := schedule{t: s.t, world: s.world, program: s.program[:strings.Index(s.program, "schema Customer")], streams: []string{}}
	opt := build.Options{BatchRows: 1 + s.r.IntN(40)}
	err = errors.Join(putter.process(context.Background(), "putter", disk, l, opt, time.Second), l.Close())
	s.program = strings.Replace(s.program, "source live from file into bids { path: \"bids.ndjson\" }\n", "", 1)
	return err
}

// joined looks at what rows have seen.
func (s *reloading) joined(disk *vfs.MemFS) error {
	text, err := readFile(disk, filepath.Join(s.world.dir, "named.ndjson"))
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != s.bids {
		return fmt.Errorf("%d rows of %d bids:\n%s", len(lines), s.bids, text)
	}
	at := 0 // the table that is known to have been there
	for i, line := range lines {
		var row struct{ N, Bidder, Version int }
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			return err
		}
		if row.N != i {
			return fmt.Errorf("row %d is of bid %d", i, row.N)
		}
		was := at
		if row.Version >= 0 {
			at = max(at, row.Version)
		} else {
			for at < len(s.table.versions) && s.table.versions[at][row.Bidder] {
				at++ // this one has it
			}
		}
		if row.Version >= 0 && row.Version != at || at >= len(s.table.versions) || row.Version >= 0 && !s.table.versions[at][row.Bidder] {
			return fmt.Errorf("row %d sees version %d of the table, after %d:\n%s", i, row.Version, was, text)
		}
		if at != was {
			s.changes++
		}
	}
	return nil
}

// replayed runs the recorded rows and compares.
func (s *reloading) replayed(disk *vfs.MemFS) error {
	l, err := log.OpenPebble("data", log.Disk{FS: disk})
	if err != nil {
		return err
	}
	defer l.Close()
	for _, topic := range l.Topics() {
		for p := range topic.Partitions {
			if _, err := log.Verify(l, topic.Name, p); err != nil {
				return err
			}
		}
	}
	system := &file.System{Clock: clock.Real{}}
	outputs := map[string][]string{}
	for _, name := range s.streams {
		outputs[name] = []string{filepath.Join(s.world.dir, "replay-"+name+".ndjson")}
	}
	w := &world{t: s.t, dir: s.world.dir, system: system}
	j, err := build.New(context.Background(), w.durablePlan(s.program, s.streams), build.Options{System: system, Outputs: outputs,
		BatchRows: 1 + s.r.IntN(40), Parallel: 1 + s.r.IntN(3), Replay: &build.Replay{Log: l, Registry: registry.Open(l), Run: "sim", To: build.Bound{Offset: -1}}})
	if err != nil {
		return err
	}
	_, err = j.Run(context.Background())
	if err = errors.Join(err, j.Close()); err != nil {
		return err
	}
	for _, name := range s.streams {
		ran, err := readFile(disk, filepath.Join(s.world.dir, name+".ndjson"))
		if err != nil {
			return err
		}
		if again := w.read("replay-" + name + ".ndjson"); again != ran {
			return fmt.Errorf("%s differs:\n--- run\n%s\n--- replay\n%s", name, ran, again)
		}
	}
	return nil
}

// rewritten is the file of a table, which is written anew again and again.
type rewritten struct {
	world    *world
	mu       sync.Mutex
	r        *rand.Rand
	due      int
	versions []map[int]bool // the keys that each had
}

// write puts another version in the place of the file.
func (f *rewritten) write() {
	version, text := map[int]bool{}, "id,version\n"
	for _, id := range f.r.Perm(bidders) {
		if version[id] = f.r.IntN(4) > 0; version[id] {
			text += fmt.Sprintf("%d,%d\n", id, len(f.versions))
		}
	}
	next := filepath.Join(f.world.dir, "next")
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		panic(err)
	}
	if err := os.Rename(next, filepath.Join(f.world.dir, "customers.csv")); err != nil {
		panic(err)
	}
	f.versions = append(f.versions, version)
}

// rewriting is a clock at each look at which the file may be written anew.
type rewriting struct {
	ticking
	table *rewritten
}

func (c *rewriting) Now() time.Time {
	f := c.table
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.due--; f.due < 0 {
		f.due = f.r.IntN(40)
		f.write()
		time.Sleep(300 * time.Microsecond) // the file is looked at meanwhile
	}
	return c.ticking.Now()
}

func (c *rewriting) After(time.Duration) <-chan time.Time { return time.After(200 * time.Microsecond) }
