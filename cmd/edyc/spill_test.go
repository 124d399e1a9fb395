package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

const spillingProgram = `schema Bid { auction: long, bidder: string?, price: long, at: timestamp }
topic bids: Bid { time: at watermark: 0s }
topic lasts: Bid { key: auction mode: upsert }
stream totals = from bids |> aggregate n = count(), total = sum(price), newest = last(price) by auction, bidder keep 1h
stream best = from totals |> aggregate most = max(total) by bidder keep 2h
stream minutes = from bids |> window tumbling 10m |> aggregate n = count(), total = sum(price), newest = last(price) by auction, bidder
stream first = from bids |> window tumbling 1h |> aggregate n = count() by auction |> top 5 by n desc with ties
stream hops = from bids |> window hopping 2h every 1h emit updates |> aggregate n = count(), total = sum(price) by auction
stream hourly = from bids |> window hopping 1h every 10m |> aggregate n = count(), total = sum(price), newest = max(price) by auction, bidder
stream grown = from bids |> window cumulative 2h every 20m |> aggregate n = count(), total = sum(price), most = max(price) by auction, bidder
stream once = from bids |> dedup by auction, bidder within 30m
stream newest = from bids |> latest by auction, bidder keep 1h
stream shares = from newest |> extend share = 100 / (price % 10) |> select auction, bidder, share
stream dearest = from bids |> top 2 by price desc per auction keep 1h
stream leading = from totals |> top 3 by total desc per bidder rank place keep 2h
stream moved = from totals |> latest by bidder keep 2h
stream offers = from bids |> where price < 20
stream lows = from totals |> where total % 3 == 0 |> select auction, bidder, total
stream paired = from bids |> where price > 70 |> join o = offers on auction == o.auction keep 1h |> select auction, price, low = o.price
stream open = from bids |> where price > 80 |> left join l = lows on auction == l.auction keep 2h |> select at, auction, price, total = l?.total, share = 100 / (price % 10)
stream near = from bids |> where price > 60 |> join n = offers on auction == n.auction within -10m .. 20m |> select at, auction, price, low = n.price
stream unmet = from bids |> where price > 70 |> left join n = offers on auction == n.auction and n.price % 3 > 0 within 0s .. 30m |> select at, auction, price, low = n?.price
stream never = from bids |> where price > 70 |> anti join n = offers on auction == n.auction within 0s .. 30m |> select at, auction, price
stream lonely = from bids |> where price > 50 |> left join n = (from offers |> where bidder is not null) on bidder == n.bidder and n.price % 5 > 3 within 0s .. 40m |> select at, bidder, price, low = n?.price
stream soon = from bids |> where price > 40 |> left asof join n = (from offers |> where bidder is not null) on bidder == n.bidder and n.price % 5 > 1 within 40m forward |> select at, bidder, price, low = n?.price
stream prior = from bids |> where price > 40 |> left asof join n = (from offers |> where bidder is not null) on bidder == n.bidder and n.price % 5 > 1 within 40m |> select at, bidder, price, low = n?.price
stream last_low = from bids |> where price > 70 |> asof join n = offers on auction == n.auction keep forever |> select at, auction, price, low = n.price
stream soonest = from bids |> where price > 70 |> asof join n = offers on auction == n.auction within 2h forward |> select at, auction, price, low = n.price
stream latests = from bids |> window hopping 1h every 30m |> latest by auction, bidder
stream tops = from bids |> window tumbling 1h |> top 2 by price desc per auction rank place
stream firsts = from bids |> window tumbling 1h |> dedup by auction, bidder
stream met = from bids |> where price > 60 |> window hopping 1h every 20m |> left join n = (from offers |> window hopping 1h every 20m) on auction == n.auction and 100 / (n.price % 7) > price % 50 |> select auction, price, low = n?.price
stream ranked = from bids |> window tumbling 1h |> sort by price desc, auction
stream ticks = from bids |> window tumbling 1h emit updates every 10m |> aggregate n = count(), total = sum(price) by auction, bidder
stream early = from bids |> window hopping 2h every 1h emit early every 15m |> aggregate n = count(), total = sum(price) by auction
stream most = from ticks |> aggregate most = max(total) by bidder
stream counts = from bids |> window tumbling 1h emit updates |> aggregate n = count(), total = sum(price) by auction, bidder
stream sums = from bids |> window tumbling 1h emit updates |> aggregate total = sum(price) by auction
stream parts = from counts |> join s = sums on auction == s.auction |> select auction, bidder, part = total, of = s.total
stream largest = from counts |> top 1 by total desc per auction
stream young = from newest |> expire after 40m
stream rising = from totals |> where total % 3 > 0 |> expire after 90m
stream bidding = from totals |> window tumbling 1h emit updates every 10m |> top 2 by total desc per bidder rank place
stream newer = from totals |> window tumbling 1h emit updates every 10m |> latest by bidder
stream after = from bids |> extend next = lead(price) over (per auction), second = lead(bidder, 2, "none") over (per auction) |> extend share = 100 / (price % 10)
stream ahead = from bids |> extend total = sum(price) over (per auction next 1h), most = max(price) over (per auction next 1h)
stream placed = from bids |> window hopping 2h every 1h |> extend place = rank() over (per auction by price), before = lag(price) over (per auction), share = 100 / (max(price) over (per auction, bidder last 2 rows) % 10)
stream visits = from bids |> window session gap 2h per auction emit updates |> aggregate n = count(), total = sum(price), newest = last(price) by auction, bidder
stream stays = from bids |> window session gap 90m max 3h per auction lateness 0s else -> drop emit early every 40m |> aggregate n = count(), total = sum(price)
stream slides = from bids |> window sliding 3h per auction emit updates |> aggregate n = count(), total = sum(price)
stream threes = from bids |> window rows 3 every 2 per auction emit updates |> aggregate n = count(), most = max(price)
stream busy = from totals |> window session gap 2h per auction emit updates |> top 1 by total desc rank place
stream latter = from totals |> window sliding 2h per auction emit updates |> latest by bidder
stream fours = from bids |> window rows 4 every 3 per auction |> aggregate n = count(), total = sum(price), ends = max(at)
stream fives = from bids |> window rows 5 per auction, bidder |> extend before = lag(price) over (per auction) |> top 3 by price desc per bidder
stream calls = from bids |> window session gap 75m per auction, bidder |> aggregate n = count(), total = sum(price), newest = last(price)
stream spells = from bids |> window session gap 80m max 3h per auction lateness 10m |> aggregate n = count(), share = 100 / (min(price) % 10) by auction, bidder
stream slid = from bids |> window sliding 40m per auction |> aggregate n = count(), total = sum(price), most = max(price)
stream slidden = from bids |> window sliding 90m per auction |> aggregate n = count(), newest = last(price) by bidder
stream fed = from bids |> into lasts
stream cheap = from lasts |> where price < 50
stream problems = from errors |> select at, code, origin, row
`

// spillingBids come to many groups more than once, some after these have been forgotten.
func spillingBids() string {
	var b strings.Builder
	for i := range 3000 {
		bidder := fmt.Sprintf("%q", fmt.Sprint("b", i*7%11))
		if i%13 == 0 {
			bidder = "null"
		}
		fmt.Fprintf(&b, "{\"auction\":%d,\"bidder\":%s,\"price\":%d,\"at\":\"2026-01-01T%02d:%02d:%02dZ\"}\n",
			i*7919%701, bidder, i%97, i/600+10, i/10%60, i%10*6)
	}
	return b.String()
}

// TestRunWithLittleStateMemory: a run that keeps hardly any group in memory answers as one
// that keeps them all, with a data folder and without, and one that goes on, too.
func TestRunWithLittleStateMemory(t *testing.T) {
	folder(t, "p.edy", spillingProgram, "bids.ndjson", spillingBids())
	outputs := func(args ...string) string {
		t.Helper()
		all := append([]string{"run", "p.edy", "--input", "bids=bids.ndjson", "--batch", "64", "--output", "totals=totals.csv?changes=log",
			"--output", "bidding=bidding.csv?changes=log", "--output", "newer=newer.csv?changes=log", "--output", "after=after.csv", "--output", "placed=placed.csv", "--output", "ahead=ahead.csv", "--output", "best=best.csv?changes=log", "--output", "minutes=minutes.csv", "--output", "first=first.csv", "--output", "hops=hops.csv?changes=log", "--output", "hourly=hourly.csv", "--output", "once=once.csv",
			"--output", "newest=newest.csv?changes=log", "--output", "shares=shares.csv?changes=log", "--output", "problems=problems.csv",
			"--output", "dearest=dearest.csv?changes=log", "--output", "leading=leading.csv?changes=log", "--output", "moved=moved.csv?changes=log", "--output", "cheap=cheap.csv?changes=log",
			"--output", "near=near.csv", "--output", "unmet=unmet.csv", "--output", "never=never.csv", "--output", "latests=latests.csv", "--output", "tops=tops.csv", "--output", "firsts=firsts.csv", "--output", "parts=parts.csv?changes=log", "--output", "largest=largest.csv?changes=log", "--output", "met=met.csv", "--output", "ranked=ranked.csv", "--output", "grown=grown.csv", "--output", "ticks=ticks.csv?changes=log", "--output", "early=early.csv?changes=log", "--output", "most=most.csv?changes=log", "--output", "paired=paired.csv", "--output", "open=open.csv?changes=log", "--output", "young=young.csv?changes=log", "--output", "rising=rising.csv?changes=log", "--output", "lonely=lonely.csv", "--output", "soon=soon.csv", "--output", "soonest=soonest.csv",
			"--output", "visits=visits.csv?changes=log", "--output", "stays=stays.csv?changes=log", "--output", "slides=slides.csv?changes=log", "--output", "threes=threes.csv?changes=log", "--output", "busy=busy.csv?changes=log", "--output", "latter=latter.csv?changes=log", "--output", "fours=fours.csv", "--output", "fives=fives.csv", "--output", "calls=calls.csv", "--output", "spells=spells.csv", "--output", "slid=slid.csv", "--output", "slidden=slidden.csv"}, args...)
		edyc(all...).expect(t, 0)
		text := ""
		for _, name := range []string{"totals.csv", "best.csv", "minutes.csv", "first.csv", "hops.csv", "hourly.csv", "once.csv", "newest.csv", "shares.csv", "problems.csv", "dearest.csv", "leading.csv", "moved.csv", "cheap.csv", "paired.csv", "most.csv", "early.csv", "ticks.csv", "grown.csv", "ranked.csv", "met.csv", "largest.csv", "parts.csv", "near.csv", "open.csv", "young.csv", "rising.csv", "lonely.csv", "bidding.csv", "newer.csv", "after.csv", "ahead.csv", "placed.csv", "soon.csv", "soonest.csv", "visits.csv", "stays.csv", "slides.csv", "threes.csv", "busy.csv", "latter.csv", "fours.csv", "fives.csv", "calls.csv", "spells.csv", "slid.csv", "slidden.csv"} {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			text += string(b)
		}
		return text
	}
	want := outputs()
	for _, args := range [][]string{
		{"--state-memory", "10KB"},
		{"--state-memory", "100KB", "--parallel", "3"},
		{"--data", "d1", "--state-memory", "50KB"},
		{"--data", "d2", "--checkpoint-every", "1ms", "--parallel", "2"},
	} {
		if have := outputs(args...); have != want {
			t.Errorf("%v: the rows are others than without", args)
		}
	}
	edyc("explain", "p.edy").expect(t, 0, "|> aggregate n = count(), total = sum(price), newest = last(price) by auction, bidder keep 1h\n", "    groups go to disk past --state-memory\n",
		"|> window tumbling 10m\n")
	edyc("explain", "p.edy").expect(t, 0, "|> left join l = lows on auction == l.auction keep 2h\n", "    groups go to disk past --state-memory\n")
	edyc("explain", "p.edy").expect(t, 0, "|> asof join n = offers on auction == n.auction within 2h forward\n", "    groups go to disk past --state-memory\n")
	edyc("explain", "p.edy").expect(t, 0, "|> aggregate n = count(), share = 100 / (min(price) % 10) by auction, bidder\n", "    groups go to disk past --state-memory\n")
	edyc("explain", "p.edy").expect(t, 0, "|> asof join n = offers on auction == n.auction keep forever\n", "    groups go to disk past --state-memory\n")
	edyc("explain", "p.edy").expect(t, 0, "|> expire after 40m\n", "      groups go to disk past --state-memory\n      rows that wait for the watermark go to disk past --state-memory\n")
	edyc("explain", "p.edy").expect(t, 0, "|> aggregate n = count(), most = max(price)\n", "    groups go to disk past --state-memory\n", "|> window rows 4 every 3 per auction\n", "    groups go to disk past --state-memory\n")
	write(t, "filled.edy", "schema Bid { auction: long, at: timestamp }\ntopic bids: Bid { time: at watermark: 0s }\nstream all = from bids |> window tumbling 10m fill zero keep 1d |> aggregate n = count() by auction\n")
	edyc("explain", "filled.edy").expect(t, 0, "and |auction| (rows/s x 1d) to fill\n", "    groups stay in memory: each window shows all of them\n")
	edyc("run", "p.edy", "--state-memory", "much").expect(t, 2, `--state-memory "much" is no size`)
}

// TestGroupsOutsideOfMemoryGoOn: groups that a checkpoint has put away are found by the run
// that goes on, by any number of workers, and are gone once the aggregate is another.
func TestGroupsOutsideOfMemoryGoOn(t *testing.T) {
	const program = `schema Bid { auction: long, price: long }
topic bids: Bid
source feed from file into bids { path: "bids.ndjson" follow: true }
stream totals = from bids |> aggregate n = count(), total = sum(price) by auction keep forever
sink o from totals to "totals.csv" { changes: log }
`
	bids := func(price int) string {
		var b strings.Builder
		for i := range 300 {
			fmt.Fprintf(&b, "{\"auction\":%d,\"price\":%d}\n", i, price)
		}
		return b.String()
	}
	folder(t, "p.edy", program, "bids.ndjson", bids(1))
	lines := 1 + 300
	for turn, args := range [][]string{{}, {"--state-memory", "1KB"}, {"--parallel", "3"}, {"--state-memory", "1KB", "--parallel", "2"}} {
		p := start(t, append([]string{"run", "p.edy", "--data", "d", "--checkpoint-every", "20ms"}, args...)...)
		waitFor(t, "totals.csv", lines)
		p.interrupt(t).expect(t, 0)
		b, err := os.ReadFile("totals.csv")
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf(",%d,%d\n", turn+1, turn+1); strings.Count(string(b), want) < 300 {
			t.Fatalf("turn %d: not every group says %q:\n%s", turn, want, b[max(0, len(b)-200):])
		}
		appendTo(t, "bids.ndjson", bids(1))
		lines += 600
	}
	other := strings.Replace(program, "sum(price)", "max(price)", 1)
	write(t, "p.edy", other)
	p := start(t, "run", "p.edy", "--data", "d", "--checkpoint-every", "20ms", "--allow-state-loss", "totals:aggregate")
	waitFor(t, "totals.csv", lines-300)
	p.interrupt(t).expect(t, 0)
	b, err := os.ReadFile("totals.csv")
	if err != nil {
		t.Fatal(err)
	}
	if last := b[max(0, len(b)-200):]; !strings.Contains(string(last), ",299,1,1\n") {
		t.Errorf("groups did not begin afresh:\n%s", last)
	}
	// Recorded rows, of which there are five of each group, make the groups of a third.
	write(t, "p.edy", strings.Replace(program, "sum(price)", "min(price)", 1))
	appendTo(t, "bids.ndjson", bids(1))
	p = start(t, "run", "p.edy", "--data", "d", "--checkpoint-every", "20ms", "--state-memory", "1KB")
	waitFor(t, "totals.csv", lines+300)
	p.interrupt(t).expect(t, 0, "totals:aggregate: rebuilt")
	if b, err = os.ReadFile("totals.csv"); err != nil {
		t.Fatal(err)
	}
	if last := b[max(0, len(b)-200):]; !strings.Contains(string(last), ",299,6,1\n") {
		t.Errorf("groups were not rebuilt:\n%s", last)
	}
}
