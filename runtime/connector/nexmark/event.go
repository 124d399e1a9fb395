package nexmark

import "math/bits"

// kind is what an event is.
type kind int

// The kinds, in the order they take turns.
const (
	person kind = iota
	auction
	bid
)

var kindNames = [...]string{"Person", "Auction", "Bid"}

// firstID is where the numbers of persons and auctions begin.
const firstID = 1000

// The lead is how far bids and auctions name persons and auctions that are yet to
// come, so that some are named before they are made.
const lead = 10

// hotEvery: of this many persons and auctions in a row one is hot.
const hotEvery = 100

// categories are numbered from 10.
const (
	categories    = 5
	firstCategory = 10
)

// event is one event, of which fields compute what is asked for.
type event struct {
	*config
	index  int64
	kind   kind
	turnNo int64  // turns before this one
	offset int64  // in the turn
	base   uint64 // what its random numbers come from
}

// at is the event of an index.
func (c *config) at(index int64) event {
	e := event{config: c, index: index, turnNo: index / c.turn, offset: index % c.turn, base: mix(c.seed + golden*uint64(index))}
	switch {
	case e.offset < c.persons:
		e.kind = person
	case e.offset < c.persons+c.auctions:
		e.kind = auction
	default:
		e.kind = bid
	}
	return e
}

// A draw is one of an event's random numbers. The order is part of what a seed
// means: a new one goes to the end.
type draw uint64

const (
	drawDelayed draw = iota
	drawDelay
	drawFirstName
	drawLastName
	drawUser
	drawDomain
	drawCard
	drawCity
	drawState
	drawExtra
	drawExtraSize
	drawItem
	drawItemSize
	drawDescription
	drawDescriptionSize
	drawInitial
	drawReserve
	drawLength
	drawHotSeller
	drawSeller
	drawCategory
	drawHotAuction
	drawAuction
	drawHotBidder
	drawBidder
	drawPrice
	drawHotChannel
	drawChannel
	drawUserSize
	drawDomainSize
)

// golden is the odd number next to 2^64 divided by the golden ratio: its multiples
// are spread evenly.
const golden = 0x9e3779b97f4a7c15

// mix turns numbers that are close into numbers that have nothing in common (the
// finalizer of splitmix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (e *event) draw(d draw) uint64 { return mix(e.base + golden*uint64(d+1)) }

// below is a draw from 0 to n-1.
func (e *event) below(d draw, n int64) int64 { return scale(e.draw(d), n) }

// scale brings a random number into 0 to n-1.
func scale(x uint64, n int64) int64 {
	hi, _ := bits.Mul64(x, uint64(n))
	return int64(hi)
}

// span is how long a number of events take, in microseconds, cut to milliseconds as
// the events' times are.
func (c *config) span(events int64) int64 {
	return events/c.rate*1_000_000 + events%c.rate*1000/c.rate*1000
}

// time is the event time in microseconds.
func (e *event) time() int64 {
	t := e.start + e.span(e.index)
	if e.delay > 0 && e.below(drawDelayed, 10) == 0 {
		t = max(e.start, t-1000*e.below(drawDelay, e.delay+1))
	}
	return t
}

// lastPerson is the last person made up to here, counted from 0.
func (e *event) lastPerson() int64 {
	return e.turnNo*e.persons + min(e.offset, e.persons-1)
}

// lastAuction is the last auction made up to here. Only auctions and bids ask.
func (e *event) lastAuction() int64 {
	return e.turnNo*e.auctions + min(e.offset-e.persons, e.auctions-1)
}

// anyPerson is one of the active persons, or of those to come.
func (e *event) anyPerson(d draw) int64 {
	people := e.lastPerson() + 1
	active := min(people, e.active)
	return people - active + e.below(d, active+lead)
}

func (e *event) seller() int64 {
	if e.below(drawHotSeller, e.hotSeller) > 0 {
		return firstID + e.lastPerson()/hotEvery*hotEvery
	}
	return firstID + e.anyPerson(drawSeller)
}

// bidder is next to the hot seller where it is a hot one, so that they are two.
func (e *event) bidder() int64 {
	if e.below(drawHotBidder, e.hotBidders) > 0 {
		return firstID + e.lastPerson()/hotEvery*hotEvery + 1
	}
	return firstID + e.anyPerson(drawBidder)
}

// bidOn is the auction of a bid.
func (e *event) bidOn() int64 {
	last := e.lastAuction()
	if e.below(drawHotAuction, e.hotAuctions) > 0 {
		return firstID + last/hotEvery*hotEvery
	}
	first := max(last-e.inFlight, 0)
	return firstID + first + e.below(drawAuction, last-first+1+lead)
}

// expires is when an auction ends: on average after as many auctions as are in
// flight.
func (e *event) expires() int64 {
	horizon := e.span(e.inFlight*e.turn/e.auctions) / 1000
	return e.time() + 1000*(1+e.below(drawLength, max(2*horizon, 1)))
}
