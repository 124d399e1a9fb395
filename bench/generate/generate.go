// Package generate writes the data of the Nexmark workloads: bids, auctions and
// persons as NDJSON in the order of their event times, the same bytes whenever it
// runs.
//
// Proportions are those of Nexmark, 1 person to 3 auctions to 46 bids, at 10,000
// events a second of event time. Half of the bids are for the hot auction of the
// moment, three quarters come from a hot bidder, and prices are spread evenly over
// six powers of ten.
package generate

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// The shape of the data.
const (
	personPart  = 1
	auctionPart = 3
	bidPart     = 46
	epoch       = personPart + auctionPart + bidPart

	// EventsPerSecond is the rate of event time.
	EventsPerSecond = 10_000
	// StartMillis is the time of the first event.
	StartMillis = 1_767_225_600_000

	firstID       = 1000
	inFlight      = 100 // auctions that are open at a time
	lead          = 10  // ids beyond the newest that are drawn, too
	activePeople  = 1000
	hotEvery      = 100
	firstCategory = 10
	categories    = 5
	bidExtra      = 37 // mean length
)

// Files are the paths of a data set.
type Files struct{ Bids, Auctions, Persons string }

// In names the files of a folder.
func In(dir string) Files {
	at := func(name string) string { return filepath.Join(dir, name+".ndjson") }
	return Files{Bids: at("bids"), Auctions: at("auctions"), Persons: at("persons")}
}

// Write writes a data set with so many bids unless it is there already; it returns
// whether it had to. A set that was not written to its end is written anew.
func Write(dir string, bids int) (written bool, err error) {
	f := In(dir)
	mark := filepath.Join(dir, "complete")
	want := fmt.Sprintf("version 1, %d bids\n", bids)
	if have, err := os.ReadFile(mark); err == nil && string(have) == want {
		return false, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return false, err
	}
	g := &generator{r: rand.New(rand.NewPCG(2026, 11))}
	for _, out := range []struct {
		to   *output
		path string
	}{{&g.bids, f.Bids}, {&g.auctions, f.Auctions}, {&g.persons, f.Persons}} {
		if err := out.to.open(out.path); err != nil {
			return false, err
		}
	}
	events := bids / bidPart * epoch
	for n := range events {
		g.event(int64(n))
	}
	if err := errors.Join(g.bids.close(), g.auctions.close(), g.persons.close()); err != nil {
		return false, err
	}
	return true, os.WriteFile(mark, []byte(want), 0o644)
}

// output is one file.
type output struct {
	f *os.File
	w *bufio.Writer
}

func (o *output) open(path string) (err error) {
	if o.f, err = os.Create(path); err == nil {
		o.w = bufio.NewWriterSize(o.f, 1<<20)
	}
	return err
}

func (o *output) close() error { return errors.Join(o.w.Flush(), o.f.Close()) }

type generator struct {
	r                       *rand.Rand
	bids, auctions, persons output
	buf                     []byte
}

// event writes event n of the whole feed.
func (g *generator) event(n int64) {
	millis := StartMillis + n*1000/EventsPerSecond
	round, offset := n/epoch, n%epoch
	to := &g.bids
	g.buf = g.buf[:0]
	switch {
	case offset < personPart:
		to = &g.persons
		g.person(round, millis)
	case offset < personPart+auctionPart:
		to = &g.auctions
		g.auction(round, offset-personPart, millis)
	default:
		g.bid(round, millis)
	}
	g.buf = append(g.buf, "}\n"...)
	_, _ = to.w.Write(g.buf) // Flush reports the error
}

func (g *generator) long(key string, v int64) {
	g.key(key)
	g.buf = strconv.AppendInt(g.buf, v, 10)
}

func (g *generator) text(key, v string) {
	g.key(key)
	g.buf = append(append(append(g.buf, '"'), v...), '"')
}

func (g *generator) key(key string) {
	c := byte(',')
	if len(g.buf) == 0 {
		c = '{'
	}
	g.buf = append(append(append(g.buf, c, '"'), key...), `":`...)
}

// pick is one of several words.
func (g *generator) pick(words []string) string { return words[g.r.IntN(len(words))] }

// word is random small letters, about as many as said.
func (g *generator) word(mean int) string {
	b := make([]byte, mean*4/5+g.r.IntN(mean*2/5+1))
	for i := range b {
		b[i] = byte('a' + g.r.IntN(26))
	}
	return string(b)
}

// price is spread evenly over the powers of ten from 100 to 100,000,000.
func (g *generator) price() int64 {
	return int64(math.Round(math.Pow(10, g.r.Float64()*6) * 100))
}

var (
	hotChannels = []string{"Google", "Facebook", "Baidu", "Apple"}
	firstNames  = []string{"Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"}
	lastNames   = []string{"Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"}
	cities      = []string{"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"}
	states      = []string{"AZ", "CA", "ID", "OR", "WA", "WY"}
)

func (g *generator) bid(round, millis int64) {
	newest := round*auctionPart + auctionPart - 1
	auction := newest / hotEvery * hotEvery
	if g.r.IntN(2) == 0 {
		oldest := max(newest-inFlight, 0)
		auction = oldest + g.r.Int64N(newest-oldest+1+lead)
	}
	bidder := round/hotEvery*hotEvery + 1
	if g.r.IntN(4) == 0 {
		bidder = max(round-activePeople, 0) + g.r.Int64N(min(round, activePeople)+1+lead)
	}
	channel := g.pick(hotChannels)
	url := "https://www.nexmark.com/" + g.word(5) + "/" + g.word(5) + "/" + g.word(5) + "/item.htm?query=1"
	if g.r.IntN(2) == 0 {
		id := g.r.IntN(10_000)
		channel = "channel-" + strconv.Itoa(id)
		url += "&channel_id=" + strconv.Itoa(id*107_377)
	}
	g.long("auction", firstID+auction)
	g.long("bidder", firstID+bidder)
	g.long("price", g.price())
	g.text("channel", channel)
	g.text("url", url)
	g.long("dateTime", millis)
	g.text("extra", g.word(bidExtra))
}

func (g *generator) auction(round, offset, millis int64) {
	seller := round / hotEvery * hotEvery
	if g.r.IntN(4) == 0 {
		seller = max(round-activePeople, 0) + g.r.Int64N(min(round, activePeople)+1+lead)
	}
	initial := g.price()
	g.long("id", firstID+round*auctionPart+offset)
	g.text("itemName", g.word(20))
	g.text("description", g.word(100))
	g.long("initialBid", initial)
	g.long("reserve", initial+g.price())
	g.long("dateTime", millis)
	g.long("expires", millis+1+g.r.Int64N(2*inFlight*1000*epoch/auctionPart/EventsPerSecond))
	g.long("seller", firstID+seller)
	g.long("category", firstCategory+g.r.Int64N(categories))
	g.text("extra", g.word(120))
}

func (g *generator) person(round, millis int64) {
	g.long("id", firstID+round)
	g.text("name", g.pick(firstNames)+" "+g.pick(lastNames))
	g.text("emailAddress", g.word(7)+"@"+g.word(5)+".com")
	card := ""
	for i := range 4 {
		if i > 0 {
			card += " "
		}
		card += fmt.Sprintf("%04d", g.r.IntN(10_000))
	}
	g.text("creditCard", card)
	g.text("city", g.pick(cities))
	g.text("state", g.pick(states))
	g.long("dateTime", millis)
	g.text("extra", g.word(100))
}
