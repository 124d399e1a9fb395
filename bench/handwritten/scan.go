package main

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// input gives out the lines of a file.
type input struct {
	f          *os.File
	buf        []byte
	start, end int
	eof        bool
	skip       bool // what is not needed at the end of a line is not looked at
}

// lines calls f with whole lines, many at a time, each with its end.
func (in *input) lines(f func(text []byte)) {
	for !in.eof {
		n, err := in.f.Read(in.buf[in.end:])
		in.end += n
		if err == io.EOF {
			in.eof = true
		} else {
			check(err)
		}
		last := bytes.LastIndexByte(in.buf[:in.end], '\n') + 1
		f(in.buf[:last])
		in.end = copy(in.buf, in.buf[last:in.end])
	}
}

// The keys of a bid as they stand in a line.
const (
	keyAuction  = `{"auction":`
	keyBidder   = `,"bidder":`
	keyPrice    = `,"price":`
	keyChannel  = `,"channel":"`
	keyURL      = `,"url":"`
	keyDateTime = `,"dateTime":`
	keyExtra    = `,"extra":"`
)

var errShape = errors.New("a line is not a bid as expected")

// after steps over a key.
func after(text []byte, p int, key string) int {
	if p+len(key) > len(text) || string(text[p:p+len(key)]) != key {
		check(errShape)
	}
	return p + len(key)
}

// number reads digits.
func number(text []byte, p int) (v int64, next int) {
	for p < len(text) {
		c := text[p] - '0'
		if c > 9 {
			break
		}
		v = v*10 + int64(c)
		p++
	}
	return v, p
}

// quote finds the end of a string that begins at p.
func quote(text []byte, p int) int {
	for {
		i := bytes.IndexByte(text[p:], '"')
		if i < 0 {
			check(errShape)
		}
		p += i
		slashes := 0
		for text[p-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return p
		}
		p++
	}
}

// afterPrice goes from behind the price to the end of the line.
func (in *input) afterPrice(text []byte, p int) int {
	if in.skip {
		return line(text, p)
	}
	_, p = time(text, p)
	return in.afterTime(text, p)
}

// afterTime goes from behind dateTime to the end of the line.
func (in *input) afterTime(text []byte, p int) int {
	if in.skip {
		return line(text, p)
	}
	p = quote(text, after(text, p, keyExtra))
	return after(text, p, "\"}\n")
}

// line finds the end of the line.
func line(text []byte, p int) int {
	i := bytes.IndexByte(text[p:], '\n')
	if i < 0 {
		check(errShape)
	}
	return p + i + 1
}

// numbers reads auction, bidder and price at the beginning of a line.
func numbers(text []byte, p int) (auction, bidder, price int64, next int) {
	auction, p = number(text, after(text, p, keyAuction))
	bidder, p = number(text, after(text, p, keyBidder))
	price, p = number(text, after(text, p, keyPrice))
	return auction, bidder, price, p
}

// time reads dateTime behind the price.
func time(text []byte, p int) (millis int64, next int) {
	p = quote(text, after(text, p, keyChannel)) + 1
	p = quote(text, after(text, p, keyURL)) + 1
	return number(text, after(text, p, keyDateTime))
}
