package main

import "strconv"

// w1 converts prices: 0.908 * price with three decimals.
func w1(in *input, out []*output) {
	o := out[0]
	in.lines(func(text []byte) {
		for p := 0; p < len(text); {
			start := p
			_, p = number(text, after(text, p, keyAuction))
			_, p = number(text, after(text, p, keyBidder))
			p = after(text, p, keyPrice)
			dst := append(o.buf, text[start:p]...)
			var price int64
			price, p = number(text, p)
			dst = appendThousandths(dst, price*908)
			p = quote(text, after(text, p, keyChannel)) + 1
			p = quote(text, after(text, p, keyURL)) + 1
			start = p
			if in.skip {
				p = line(text, p)
			} else {
				_, p = number(text, after(text, p, keyDateTime))
				p = in.afterTime(text, p)
			}
			o.buf = append(dst, text[start:p]...)
			o.room()
		}
	})
}

func appendThousandths(dst []byte, v int64) []byte {
	dst = strconv.AppendInt(dst, v/1000, 10)
	rest := v % 1000
	return append(dst, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
}

// w2 selects auctions by their remainder.
func w2(in *input, out []*output) {
	o := out[0]
	in.lines(func(text []byte) {
		for p := 0; p < len(text); {
			auction, _, price, next := numbers(text, p)
			p = in.afterPrice(text, next)
			if auction%123 != 0 {
				continue
			}
			dst := append(o.buf, `{"auction":`...)
			dst = strconv.AppendInt(dst, auction, 10)
			dst = append(dst, `,"price":`...)
			dst = strconv.AppendInt(dst, price, 10)
			o.buf = append(dst, "}\n"...)
			o.room()
		}
	})
}

// w3 keeps whole lines of dear bids.
func w3(in *input, out []*output) {
	o := out[0]
	in.lines(func(text []byte) {
		for p := 0; p < len(text); {
			start := p
			_, _, price, next := numbers(text, p)
			p = in.afterPrice(text, next)
			if price >= 1_000_000 {
				o.buf = append(o.buf, text[start:p]...)
				o.room()
			}
		}
	})
}

// w8 sends each line to one of four files.
func w8(in *input, out []*output) {
	in.lines(func(text []byte) {
		for p := 0; p < len(text); {
			start := p
			_, _, price, next := numbers(text, p)
			p = in.afterPrice(text, next)
			to := 0
			switch {
			case price < 1_000:
			case price < 10_000:
				to = 1
			case price < 1_000_000:
				to = 2
			default:
				to = 3
			}
			o := out[to]
			o.buf = append(o.buf, text[start:p]...)
			o.room()
		}
	})
}
