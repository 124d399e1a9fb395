package spec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const nexmarkProgram = `module generated timezone "UTC"
schema Person { id: long name: string state: string date_time: timestamp }
schema Auction { id: long seller: long category: long date_time: timestamp }
schema Bid { auction: long bidder: long price: long date_time: timestamp }
schema Event = Person or Auction or Bid
topic events: Event { time: date_time watermark: 1s }
topic bids: Bid { time: date_time watermark: 1s }
source all from nexmark into events { events: 3000 rate: 100 out_of_order: 2s }
source some from nexmark into bids { events: 3000 rate: 100 out_of_order: 2s }
stream bid = from events |> where events is Bid
stream prices = from events |> where events is Bid and price < 100_000 |> select price
stream same_prices = from bids |> where price < 100_000 |> select price
stream times = from events |> select date_time
stream fewer = from bids |> where price > 100_000 |> select auction, inverse = div(1_000_000, price % 3)
stream hot = from bids |> window tumbling 5s |> aggregate n = count() by auction |> top 1 by n desc with ties
`

// TestNexmarkSource: the generator gives the same rows under all settings, the same
// bids in a topic of their own, and records that name an event by its number.
func TestNexmarkSource(t *testing.T) {
	path := filepath.Join(t.TempDir(), "generated.edy")
	write(t, path, nexmarkProgram)
	streams := []string{"bid", "bids", "fewer", "hot", "errors"}
	checkNarrow(t, path)
	var first map[string]string
	for _, opt := range settings() {
		dir := t.TempDir()
		runTo(t, path, dir, opt, streams...)
		texts := map[string]string{}
		for _, s := range streams {
			text, err := os.ReadFile(filepath.Join(dir, s+".ndjson"))
			if err != nil {
				t.Fatal(err)
			}
			texts[s] = string(text)
		}
		if first == nil {
			first = texts
		}
		if d := cmp.Diff(first, texts); d != "" {
			t.Fatalf("%+v: %s", opt, d)
		}
	}
	if n := strings.Count(first["bids"], "\n"); n != 2760 || first["bid"] != first["bids"] {
		t.Errorf("%d bids; those of the union are others: %v", n, first["bid"] != first["bids"])
	}
	for _, want := range []string{
		`"origin":"nexmark/0/`, `"reason":"late"`, `"stage":"window"`,
	} {
		if !strings.Contains(first["errors"], want) {
			t.Errorf("no record of an error has %s", want)
		}
	}
	if first["hot"] == "" || first["fewer"] == "" {
		t.Error("a stream is empty")
	}
}

// checkNarrow: a union of which few fields are read has the same values in them.
func checkNarrow(t *testing.T, path string) {
	t.Helper()
	prices := runToText(t, path, "prices")
	if want := runToText(t, path, "same_prices"); prices != want || prices == "" {
		t.Errorf("the prices of the union are\n%snot\n%s", prices, want)
	}
	if n := strings.Count(runToText(t, path, "times"), "\n"); n != 3000 {
		t.Errorf("%d events have a time", n)
	}
}
