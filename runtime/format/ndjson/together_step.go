package ndjson

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/edynamic/edynamic/runtime/format/text"
)

// run is what records that are read together have for a step: its first stop in each.
type run struct {
	data   []byte
	stops  []int32
	value  int // the first stop of the value, counted from that of the key
	stride int // from one record to the next
}

// aligned looks whether the key stands where it must in n records, and whether the value
// begins with a quote and ends with the next, before the key or end behind it. It returns in
// how many, as the others return how many they have read.
func (st *step) aligned(in run, n int) int {
	data, lo, hi, loMask, hiMask := in.data, st.lo, st.hi, st.loMask, st.hiMask
	key, lead, behind, at := len(st.key), st.lead, int32(st.behind), 0
	for r := range n {
		a := int(in.stops[at]) - lead
		if uint(a)+16 > uint(len(data)) {
			return r
		}
		w := data[a : a+16]
		if (binary.LittleEndian.Uint64(w)^lo)&loMask|(binary.LittleEndian.Uint64(w[8:])^hi)&hiMask != 0 {
			return r
		}
		if key > 16 && !bytes.HasPrefix(data[a+16:], st.tail) {
			return r
		}
		if st.isText {
			v := in.stops[at+in.value : at+in.value+3]
			if int(v[0]) != a+key || v[2] != v[1]+1+behind || data[v[0]] != '"' || data[v[1]] != '"' {
				return r
			}
		}
		at += in.stride
	}
	return n
}

// number reads the whole number in the record with a stop: up to 16 digits as they are
// written as a rule.
func (st *step) number(in *run, at int) (v int64, ok bool) {
	data, p, end := in.data, int(in.stops[at])-st.lead+len(st.key), int(in.stops[at+in.value])-st.behind
	if uint(p)+17 > uint(len(data)) {
		return 0, false
	}
	w := data[p : p+17]
	neg := w[0] == '-'
	if neg {
		w = w[1:]
		p++
	}
	n := end - p
	if n < 1 || n > 16 || w[0] == '0' && (n > 1 || neg) {
		return 0, false
	}
	// Digits that are not there are zeros in front.
	u := (binary.LittleEndian.Uint64(w) ^ ones*'0') << (64 - 8*min(n, 8))
	odd := (u + ones*0x76 | u) & highs
	u = text.EightDigits(u)
	if n > 8 {
		low := (binary.LittleEndian.Uint64(w[8:]) ^ ones*'0') << (128 - 8*n)
		odd |= (low + ones*0x76 | low) & highs
		u = u*pow10[n-8] + text.EightDigits(low)
	}
	if v = int64(u); neg {
		v = -v
	}
	return v, odd == 0
}

func (st *step) passWholes(in run, n int) int {
	at := 0
	for r := range n {
		if _, ok := st.number(&in, at); !ok {
			return r
		}
		at += in.stride
	}
	return n
}

func (st *step) passInts(in run, n int) int {
	at := 0
	for r := range n {
		if v, ok := st.number(&in, at); !ok || v != int64(int32(v)) {
			return r
		}
		at += in.stride
	}
	return n
}

func (st *step) readLongs(in run, i, n int) int {
	at, unit, most := 0, st.unit, math.MaxInt64/st.unit
	for r := range st.longs[i : i+n] {
		v, ok := st.number(&in, at)
		if !ok || unit > 1 && (v >= most || v <= -most) {
			return r
		}
		st.longs[i+r] = v * unit
		at += in.stride
	}
	return n
}

func (st *step) readInts(in run, i, n int) int {
	at := 0
	for r := range st.ints[i : i+n] {
		v, ok := st.number(&in, at)
		if !ok || v != int64(int32(v)) {
			return r
		}
		st.ints[i+r] = int32(v)
		at += in.stride
	}
	return n
}

// readDoubles reads numbers without exponent whose digits a double holds exactly.
func (st *step) readDoubles(in run, i, n int) int {
	at := 0
	for r := range st.doubles[i : i+n] {
		v, end := fraction(in.data, int(in.stops[at])-st.lead+len(st.key))
		if end != int(in.stops[at+in.value])-st.behind {
			return r
		}
		st.doubles[i+r] = v
		at += in.stride
	}
	return n
}

func (st *step) readTexts(in run, i, n int) {
	into := st.text[:st.base]
	if i > 0 {
		into = st.text[:st.ends[i-1]]
	}
	at := in.value
	for r := range n {
		v := in.data[in.stops[at]+1 : in.stops[at+1]]
		if cap(into)-len(into) < len(v) {
			into = st.n.b.MoreText(into, len(v))
		}
		into = append(into, v...)
		st.ends[i+r] = int32(len(into))
		at += in.stride
	}
	st.text = into
}

func (st *step) noteTexts(in run, row, n int) {
	at := in.value
	for r := range n {
		st.from[row+r], st.to[row+r] = in.stops[at]+1, in.stops[at+1]
		at += in.stride
	}
}
