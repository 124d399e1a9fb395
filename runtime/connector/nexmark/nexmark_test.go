package nexmark

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
)

var made = rows()

// union is a row type of some of the kinds.
func union(kinds ...kind) *types.Type {
	u := &types.Type{Kind: types.Union, Name: "Event"}
	for _, k := range kinds {
		u.Branches = append(u.Branches, made[k])
	}
	return u
}

func schemaOf(row *types.Type) format.Schema { return format.Schema{Full: row, Row: row} }

// part is a record with some of its fields.
func part(t *types.Type, names ...string) *types.Type {
	p := *t
	p.Fields = slices.DeleteFunc(slices.Clone(t.Fields), func(f types.Field) bool { return !slices.Contains(names, f.Name) })
	return &p
}

// read reads a source to its end as JSON, with the numbers of the events.
func read(t *testing.T, settings map[string]any, s format.Schema, batch int) (lines []string, index []int64) {
	t.Helper()
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer alloc.AssertSize(t, 0)
	d := Open(context.Background(), settings, s, clock.Real{}, alloc)
	w := ndjson.Writer{Tag: "$type"}
	for {
		rows, err := d.Next(batch)
		if err == io.EOF {
			break
		}
		if err != nil || rows.N == 0 || rows.N > batch {
			t.Fatalf("%d rows, %v", rows.N, err)
		}
		for i := range rows.N {
			lines = append(lines, string(w.Row(nil, s.Row, rows.Cols, i)))
			index = append(index, rows.Records.Byte(i))
		}
		rows.Release()
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return lines, index
}

var small = map[string]any{"events": int64(2000), "rate": int64(100), "seed": int64(7), "out_of_order": 3 * time.Second}

// TestSameEvents: an event is the same whatever the batch size is, and in whichever
// topic it stands.
func TestSameEvents(t *testing.T) {
	all, index := read(t, small, schemaOf(union(person, auction, bid)), 4096)
	if len(all) != 2000 || index[0] != 0 || index[1999] != 1999 {
		t.Fatalf("%d events, %d to %d", len(all), index[0], index[len(index)-1])
	}
	again, _ := read(t, small, schemaOf(union(bid, auction, person)), 7)
	if d := cmp.Diff(all, again); d != "" {
		t.Error(d)
	}
	for k, want := range map[kind]int{person: 40, auction: 120, bid: 1840} {
		lines, at := read(t, small, schemaOf(made[k]), 100)
		if len(lines) != want {
			t.Errorf("%d rows of %s, not %d", len(lines), kindNames[k], want)
		}
		for i, line := range lines {
			tagged := fmt.Sprintf(`{"$type":"%s",%s`, kindNames[k], line[1:])
			if all[at[i]] != tagged {
				t.Fatalf("event %d is\n%s\nand in the union\n%s", at[i], tagged, all[at[i]])
			}
		}
	}
}

// TestFewerColumns: a field has the same values whoever else is read.
func TestFewerColumns(t *testing.T) {
	for _, f := range made[auction].Fields {
		lines, _ := read(t, small, format.Schema{Full: made[auction], Row: part(made[auction], f.Name)}, 4096)
		full, _ := read(t, small, schemaOf(made[auction]), 4096)
		for i, line := range lines {
			if !strings.Contains(full[i], strings.Trim(line, "{}")) {
				t.Fatalf("%s is not in %s", line, full[i])
			}
		}
	}
	u := union(person, auction, bid)
	narrow := *u
	narrow.Branches = []*types.Type{part(made[person], "id"), part(made[auction]), part(made[bid], "price", "bidder")}
	lines, _ := read(t, small, format.Schema{Full: u, Row: &narrow}, 4096)
	if lines[0] != `{"$type":"Person","id":1000}` || lines[1] != `{"$type":"Auction"}` || !strings.HasPrefix(lines[4], `{"$type":"Bid","bidder":10`) {
		t.Error(lines[:5])
	}
}

// TestRecords: events are made again for whoever wants to see them whole.
func TestRecords(t *testing.T) {
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer alloc.AssertSize(t, 0)
	full, index := read(t, small, schemaOf(made[bid]), 4096)
	d := Open(context.Background(), small, format.Schema{Full: made[bid], Row: part(made[bid], "price")}, clock.Real{}, alloc)
	rows, err := d.Next(300)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 46, 299} {
		if rows.Records.Text(i) != full[i] || rows.Records.Byte(i) != index[i] {
			t.Errorf("record %d is %s at %d, not %s at %d", i, rows.Records.Text(i), rows.Records.Byte(i), full[i], index[i])
		}
	}
	cols, err := rows.Records.Columns([]int32{299, 3}, made[bid])
	if err != nil {
		t.Fatal(err)
	}
	w := ndjson.Writer{}
	if got := string(w.Row(nil, made[bid], cols, 0)); got != full[299] {
		t.Error(got)
	}
	for _, c := range cols {
		c.Release()
	}
	rows.Release()
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// TestEventsStay pins events: another version, or another machine, makes the same.
func TestEventsStay(t *testing.T) {
	lines, _ := read(t, small, schemaOf(union(person, auction, bid)), 4096)
	h := fnv.New64a()
	for _, line := range lines {
		io.WriteString(h, line)
	}
	if got := fmt.Sprintf("%x", h.Sum64()); got != "96284dfccf964c08" {
		t.Errorf("the events are others: %s\n%s", got, strings.Join(lines[:5], "\n"))
	}
}

// TestShares: proportions and skew are those of the settings.
func TestShares(t *testing.T) {
	c := configOf(map[string]any{"events": int64(100_000)})
	hotAuctions, hotBidders, hotSellers, dear, hotChannel, bids, auctions, length := 0, 0, 0, 0, 0, 0, 0, int64(0)
	for i := range c.events {
		e := c.at(i)
		switch e.kind {
		case auction:
			auctions++
			hotSellers += one(e.seller()%hotEvery == firstID%hotEvery)
			length += e.expires() - e.time()
		case bid:
			bids++
			hotAuctions += one(e.bidOn()%hotEvery == firstID%hotEvery)
			hotBidders += one(e.bidder()%hotEvery == firstID%hotEvery+1)
			dear += one(e.price(drawPrice) >= 1_000_000)
			hotChannel += one(e.channel() < int64(len(hotChannels)))
		}
	}
	for what, share := range map[string][3]float64{
		"hot auctions": {float64(hotAuctions) / float64(bids), 0.5, 0.02},
		"hot bidders":  {float64(hotBidders) / float64(bids), 0.75, 0.02},
		"hot sellers":  {float64(hotSellers) / float64(auctions), 0.75, 0.02},
		"dear bids":    {float64(dear) / float64(bids), 1. / 3, 0.01},
		"hot channels": {float64(hotChannel) / float64(bids), 0.5, 0.01},
		// 100 auctions are 1,667 events, which take a sixth of a second.
		"length of auctions": {float64(length) / float64(auctions), 166_700, 3000},
		"bids":               {float64(bids), 92_000, 0},
		"auctions":           {float64(auctions), 6_000, 0},
	} {
		if d := share[0] - share[1]; d > share[2] || -d > share[2] {
			t.Errorf("%s: %v, not %v", what, share[0], share[1])
		}
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestOutOfOrder: events are out of order, and never by more than the setting.
func TestOutOfOrder(t *testing.T) {
	c := configOf(small)
	largest, behind, worst := int64(operators.MinTime), 0, int64(0)
	for i := range c.events {
		e := c.at(i)
		at := e.time()
		if at < largest {
			behind++
			worst = max(worst, largest-at)
		}
		largest = max(largest, at)
	}
	if behind < 150 || behind > 250 || worst <= 2_000_000 || worst > 3_000_000 {
		t.Errorf("%d of 2000 are behind, by up to %d us", behind, worst)
	}
	if c.span(c.events) != 20_000_000 {
		t.Errorf("2000 events at 100 a second take %d us", c.span(c.events))
	}
}

// TestPaced: without a number of events they come by the clock, and end with the
// run.
func TestPaced(t *testing.T) {
	clk := clock.NewVirtual(clock.TestStart)
	ctx, cancel := context.WithCancel(context.Background())
	d := Open(ctx, map[string]any{"rate": int64(10)}, schemaOf(part(made[bid], "price")), clk, memory.DefaultAllocator)
	type result struct {
		n   int
		err error
	}
	results := make(chan result)
	go func() {
		for {
			rows, err := d.Next(100)
			if err != nil {
				results <- result{0, err}
				return
			}
			results <- result{rows.N, nil}
		}
	}()
	// The clock moves only where the decoder waits for it, so that a slow machine takes as
	// long as a fast one. The fifth event, after four tenths of a second, is the first bid.
	total, at := 0, clk.Now()
	for total < 10 {
		select {
		case r := <-results:
			total += r.n
		case <-time.After(time.Millisecond):
			if clk.Waiting() == 0 {
				continue
			}
			at = at.Add(10 * time.Millisecond)
			clk.Set(at)
		}
	}
	if took := at.Sub(clock.TestStart); took < 1300*time.Millisecond || took > 1500*time.Millisecond {
		t.Errorf("10 bids took %s", took)
	}
	cancel()
	for r := range results {
		if r.err == io.EOF {
			break
		}
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// TestOtherFields: what a schema has beyond the events is null or its default.
func TestOtherFields(t *testing.T) {
	row := part(made[bid], "price")
	row.Name = "auctions.Bid"
	row.Fields = append(row.Fields, types.Field{Name: "note", Type: types.TString.OrNull()},
		types.Field{Name: "weight", Type: types.TLong, Default: int64(3), HasDef: true})
	d := Open(context.Background(), small, schemaOf(row), clock.Real{}, memory.DefaultAllocator)
	rows, err := d.Next(5)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Release()
	if rows.Cols[1].NullN() != 5 || rows.Cols[2].(*array.Int64).Value(4) != 3 {
		t.Error(rows.Cols)
	}
}

func benchmark(b *testing.B, row, full *types.Type) {
	d := Open(context.Background(), map[string]any{"events": int64(1e12)}, format.Schema{Full: full, Row: row}, clock.Real{}, memory.DefaultAllocator)
	n := 0
	for b.Loop() {
		rows, err := d.Next(4096)
		if err != nil {
			b.Fatal(err)
		}
		n += rows.N
		rows.Release()
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mevents/s")
}

func BenchmarkBids(b *testing.B) { benchmark(b, made[bid], made[bid]) }

func BenchmarkBidNumbers(b *testing.B) {
	benchmark(b, part(made[bid], "auction", "bidder", "price", "date_time"), made[bid])
}

func BenchmarkEvents(b *testing.B) {
	all := union(person, auction, bid)
	benchmark(b, all, all)
}

func BenchmarkEventsBidNumbers(b *testing.B) {
	all := union(person, auction, bid)
	narrow := *all
	narrow.Branches = []*types.Type{part(made[person]), part(made[auction]), part(made[bid], "auction", "bidder", "price", "date_time")}
	benchmark(b, &narrow, all)
}
