package nexmark

import (
	"math"
	"math/bits"
	"strconv"
	"sync"
)

// Places and names that the queries ask for, or that look like some.
var (
	firstNames = [...]string{"Peter", "Anna", "Luis", "Mary", "Omar", "Vera", "Kate", "Julia", "Sara", "Dieter", "Walter"}
	lastNames  = [...]string{"Schulz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Virtanen"}
	cities     = [...]string{"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"}
	states     = [...]string{"AZ", "CA", "ID", "OR", "WA", "WY"}
	// hotChannels are on half of the bids.
	hotChannels = [...]string{"Google", "Facebook", "Baidu", "Apple"}
)

// channels is how many others there are.
const channels = 10_000

// shortest is the length of the shortest random text.
const shortest = 3

// An alphabet gives a letter for each byte; letters stand in it as often as they
// are wanted.
type alphabet [256]byte

// letters are a to z alike. spaced has the given character in one place of 13 too.
func letters() (a alphabet) {
	for i := range a {
		a[i] = 'a' + byte(i*26/256)
	}
	return a
}

func spaced(space byte) alphabet {
	a := letters()
	for i := 0; i < len(a); i += 13 {
		a[i] = space
	}
	return a
}

var (
	plain  = letters()
	words  = spaced(' ')
	pieces = spaced('_')
)

// fill appends n letters that a number stands for.
func fill(dst []byte, from uint64, n int64, a *alphabet) []byte {
	for ; n >= 8; n -= 8 {
		from += golden
		x := mix(from)
		dst = append(dst, a[byte(x)], a[byte(x>>8)], a[byte(x>>16)], a[byte(x>>24)], a[byte(x>>32)], a[byte(x>>40)], a[byte(x>>48)], a[byte(x>>56)])
	}
	for x := mix(from + golden); n > 0; n-- {
		dst = append(dst, a[byte(x)])
		x >>= 8
	}
	return dst
}

// phrase is text of n letters that neither begins nor ends with a space.
func phrase(dst []byte, from uint64, n int64, a *alphabet) []byte {
	at := len(dst)
	dst = fill(dst, from, n, a)
	for _, i := range [...]int{at, len(dst) - 1} {
		if dst[i] < 'a' {
			dst[i] = 'a' + byte(from%26)
		}
		from >>= 8
	}
	return dst
}

// textSize is the length of a text of up to longest letters.
func (e *event) textSize(d draw, longest int64) int64 {
	return shortest + e.below(d, longest-shortest)
}

func (e *event) name(dst []byte) []byte {
	dst = append(dst, firstNames[e.below(drawFirstName, int64(len(firstNames)))]...)
	dst = append(dst, ' ')
	return append(dst, lastNames[e.below(drawLastName, int64(len(lastNames)))]...)
}

func (e *event) email(dst []byte) []byte {
	dst = fill(dst, e.draw(drawUser), e.textSize(drawUserSize, 7), &plain)
	dst = append(dst, '@')
	dst = fill(dst, e.draw(drawDomain), e.textSize(drawDomainSize, 5), &plain)
	return append(dst, ".com"...)
}

func (e *event) card(dst []byte) []byte {
	x := e.draw(drawCard)
	for i := range 16 {
		if i > 0 && i%4 == 0 {
			dst = append(dst, ' ')
		}
		var digit uint64
		digit, x = bits.Mul64(x, 10)
		dst = append(dst, '0'+byte(digit))
	}
	return dst
}

func (e *event) item(dst []byte) []byte {
	return phrase(dst, e.draw(drawItem), e.textSize(drawItemSize, 20), &words)
}

func (e *event) description(dst []byte) []byte {
	return phrase(dst, e.draw(drawDescription), e.textSize(drawDescriptionSize, 100), &words)
}

// extra fills an event of which some bytes are there up to a mean size, a fifth
// more or less.
func (e *event) extra(dst []byte, there, mean int64) []byte {
	if there > mean {
		return dst
	}
	mean -= there
	spread := (mean + 2) / 5
	size := mean - spread
	if spread > 0 {
		size += e.below(drawExtraSize, 2*spread)
	}
	return fill(dst, e.draw(drawExtra), size, &plain)
}

func (e *event) personExtra(dst []byte) []byte {
	var b [64]byte
	there := len(e.name(b[:0])) + len(e.email(b[:0])) + len("0000 0000 0000 0000") + len(e.city()) + len(e.state())
	return e.extra(dst, 8+int64(there), e.personBytes)
}

func (e *event) auctionExtra(dst []byte) []byte {
	return e.extra(dst, 6*8+e.textSize(drawItemSize, 20)+e.textSize(drawDescriptionSize, 100), e.auctionBytes)
}

func (e *event) bidExtra(dst []byte) []byte { return e.extra(dst, 4*8, e.bidByte) }

func (e *event) city() string { return cities[e.below(drawCity, int64(len(cities)))] }

func (e *event) state() string { return states[e.below(drawState, int64(len(states)))] }

// channel is a hot one, below len(hotChannels), or one of the others behind them.
func (e *event) channel() int64 {
	if e.draw(drawHotChannel)&1 == 0 {
		return e.below(drawChannel, int64(len(hotChannels)))
	}
	return int64(len(hotChannels)) + e.below(drawChannel, channels)
}

func (e *event) channelName(dst []byte) []byte {
	c := e.channel()
	if c < int64(len(hotChannels)) {
		return append(dst, hotChannels[c]...)
	}
	return strconv.AppendInt(append(dst, "channel-"...), c-int64(len(hotChannels)), 10)
}

// url belongs to the channel. Nine in ten of the channels that are not hot have
// their number in it.
func (e *event) url(dst []byte) []byte {
	c := e.channel()
	base := mix(e.seed + golden*uint64(c+1))
	dst = append(dst, "https://www.nexmark.com/"...)
	for range 3 {
		base = mix(base + golden)
		dst = phrase(dst, base, shortest+scale(base, 2), &pieces)
		dst = append(dst, '/')
	}
	dst = append(dst, "item.htm?query=1"...)
	if c >= int64(len(hotChannels)) && scale(mix(base), 10) > 0 {
		dst = append(dst, "&channel_id="...)
		dst = strconv.AppendInt(dst, scale(mix(base+golden), math.MaxInt32), 10)
	}
	return dst
}

// priceSteps divides the scale of prices, which is that of their logarithm.
const priceSteps = 1024

// prices are the prices at the steps, with 16 bits after the point: from 1 to
// 1,000,000 in hundredths. Rounding them makes what lies between whole numbers'
// work, which is the same on every machine. They are computed when the first is asked for.
var prices = sync.OnceValue(func() *[priceSteps + 1]uint64 {
	var p [priceSteps + 1]uint64
	for i := range p {
		p[i] = uint64(math.Round(math.Pow(10, 6*float64(i)/priceSteps) * 100 * (1 << 16)))
	}
	return &p
})

// price is as often below 10 as it is above 100,000.
func (e *event) price(d draw) int64 {
	step, rest := bits.Mul64(e.draw(d), priceSteps)
	p := prices()
	low, high := p[step], p[step+1]
	between, _ := bits.Mul64(rest, high-low)
	return int64((low + between + 1<<15) >> 16)
}
