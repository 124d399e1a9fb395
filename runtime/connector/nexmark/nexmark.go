// Package nexmark makes the events of the Nexmark benchmark: persons who open
// auctions, auctions, and bids on them, in the proportions and with the skew that
// the public generators of Apache Beam and of Nexmark for Flink have.
//
// An event is a function of the settings and of its number alone, and so is each of
// its fields: whoever reads fewer columns, larger batches, or only the bids, reads
// the same values. Nothing here may keep a random generator from one event to the
// next. The texts are not those of the public generators, whose random numbers are
// bound to Java.
package nexmark

import (
	"time"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
)

// Connector describes the settings for the checker and the documentation.
var Connector = sig.Connector{
	Name: "nexmark", Source: true, EndsWith: "events", Available: true, Rows: rows(),
	Doc: "Makes the events of the Nexmark benchmark: records of the schemas Person, Auction and Bid, or of a union of them. A topic of one of the three gets the same events as it would find in the union. Equal settings make equal events, on any machine and at any parallelism. Without `events` the source never ends and keeps to its rate.",
	Settings: []sig.Setting{
		{Name: "events", Kind: sig.SettingInt, Min: 1, Max: 1e12, Doc: "How many events there are, of all three kinds together. With it the source ends, and is as fast as it can be."},
		{Name: "rate", Kind: sig.SettingInt, Min: 1, Max: 1e9, Doc: "Events in a second of event time; 10000 by default."},
		{Name: "paced", Kind: sig.SettingBool, Doc: "Whether events come at the rate rather than as fast as they can be made; true by default where `events` is left out."},
		{Name: "start", Kind: sig.SettingTime, Doc: "The event time of the first event; @2026-01-01T00:00:00Z by default."},
		{Name: "seed", Kind: sig.SettingInt, Min: 0, Max: 1 << 62, Doc: "Another seed makes other events; 0 by default."},
		{Name: "out_of_order", Kind: sig.SettingDuration, Doc: "One event in ten is older than its place in the order tells, by up to this; 0s by default. A topic with such a `watermark` has no late rows."},
		{Name: "proportions", Kind: sig.SettingGroup, Doc: "How many of each kind there are in turn; { person: 1, auction: 3, bid: 46 } by default.", Group: []sig.Setting{
			{Name: "person", Kind: sig.SettingInt, Min: 1, Max: 1e6, Doc: "Persons in a turn."},
			{Name: "auction", Kind: sig.SettingInt, Min: 1, Max: 1e6, Doc: "Auctions in a turn."},
			{Name: "bid", Kind: sig.SettingInt, Min: 1, Max: 1e6, Doc: "Bids in a turn."},
		}},
		{Name: "in_flight_auctions", Kind: sig.SettingInt, Min: 1, Max: 1e6, Doc: "How many of the last auctions are bid on, and so how long auctions last; 100 by default."},
		{Name: "active_people", Kind: sig.SettingInt, Min: 1, Max: 1e9, Doc: "How many of the last persons bid and sell; 1000 by default."},
		{Name: "hot_auctions", Kind: sig.SettingInt, Min: 1, Max: 1e6, Doc: "One bid in this many is on any auction in flight, the others on a hot one; 2 by default."},
		{Name: "hot_bidders", Kind: sig.SettingInt, Min: 1, Max: 1e6, Doc: "One bid in this many is by any active person, the others by a hot one; 4 by default."},
		{Name: "hot_sellers", Kind: sig.SettingInt, Min: 1, Max: 1e6, Doc: "One auction in this many is by any active person, the others by a hot one; 4 by default."},
		{Name: "person_bytes", Kind: sig.SettingInt, Min: 1, Max: 1 << 20, Doc: "The mean size of a person, filled up by `extra`; 200 by default."},
		{Name: "auction_bytes", Kind: sig.SettingInt, Min: 1, Max: 1 << 20, Doc: "The mean size of an auction; 500 by default."},
		{Name: "bid_bytes", Kind: sig.SettingInt, Min: 1, Max: 1 << 20, Doc: "The mean size of a bid; 100 by default, channel and url not counted."},
	},
}

// defaultStart is the time of the first event where none is set: always the same,
// so that events never depend on when they are made.
var defaultStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// config is the settings of a source with their defaults.
type config struct {
	events int64 // 0 for no end
	rate   int64
	paced  bool
	start  int64 // microseconds
	seed   uint64
	delay  int64 // the most that an event is late, in milliseconds

	persons, auctions, bids int64 // in a turn
	turn                    int64 // their sum

	inFlight, active                   int64
	hotAuctions, hotBidders, hotSeller int64
	personBytes, auctionBytes, bidByte int64
}

// configOf reads settings that the checker has accepted.
func configOf(settings map[string]any) config {
	mix, _ := settings["proportions"].(map[string]any)
	c := config{
		events: whole(settings, "events", 0), rate: whole(settings, "rate", 10_000),
		start: whole(settings, "start", defaultStart.UnixMicro()), seed: uint64(whole(settings, "seed", 0)),
		persons: whole(mix, "person", 1), auctions: whole(mix, "auction", 3), bids: whole(mix, "bid", 46),
		inFlight: whole(settings, "in_flight_auctions", 100), active: whole(settings, "active_people", 1000),
		hotAuctions: whole(settings, "hot_auctions", 2), hotBidders: whole(settings, "hot_bidders", 4), hotSeller: whole(settings, "hot_sellers", 4),
		personBytes: whole(settings, "person_bytes", 200), auctionBytes: whole(settings, "auction_bytes", 500), bidByte: whole(settings, "bid_bytes", 100),
	}
	c.turn = c.persons + c.auctions + c.bids
	c.paced = c.events == 0
	if paced, ok := settings["paced"].(bool); ok {
		c.paced = paced
	}
	if d, ok := settings["out_of_order"].(time.Duration); ok {
		c.delay = d.Milliseconds()
	}
	return c
}

func whole(settings map[string]any, name string, otherwise int64) int64 {
	if n, ok := settings[name].(int64); ok {
		return n
	}
	return otherwise
}

// Live reports whether a source with these settings never ends.
func Live(settings map[string]any) bool { return configOf(settings).events == 0 }

// rows are the record types that can be made.
func rows() []*types.Type {
	out := make([]*types.Type, len(kindNames))
	for k, name := range kindNames {
		out[k] = &types.Type{Kind: types.Record, Name: name}
		for _, f := range fieldsOf(kind(k)) {
			out[k].Fields = append(out[k].Fields, types.Field{Name: f.name, Type: f.typ})
		}
	}
	return out
}
