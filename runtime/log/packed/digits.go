package packed

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow/bitutil"

	"github.com/edynamic/edynamic/vm/wire"
)

// base is what digits the texts of a column are made of, behind what all begin with: numbers
// of hits and orders, and hashes.
type base uint8

const (
	otherText base = iota
	decimals
	hexadecimals // in small letters
)

// mostTextDigits is how many digits a text has that becomes a number.
const mostTextDigits = 16

// radix is that of numbers in a base.
func (b base) radix() int {
	if b == decimals {
		return 10
	}
	return 16
}

// found is what came of a look at texts.
type found uint8

const (
	fits found = iota
	isOther
	beginsElse // a text does not begin as all are to
)

// digits writes what is behind the beginning of texts as numbers, where it is made of digits
// and that pays.
func (p *Packer) digits(w *wire.Writer, h *habits, t *texts) found {
	if !h.digits.due() {
		return isOther
	}
	what, padded := isOther, false
	for i, b := range []base{h.base, decimals, hexadecimals} {
		if b == otherText || i > 0 && b == h.base {
			continue
		}
		if what, padded = p.parse(t, h.begin, b); what != isOther {
			h.base = b
			break
		}
	}
	if what == beginsElse {
		return what
	}
	h.digits.paid(what == fits)
	if what != fits {
		return what
	}
	w.Bytes(h.begin)
	if padded {
		w.Uint(uint64(h.base)<<1 | 1)
		p.Numbers(w, p.counts)
	} else {
		w.Uint(uint64(h.base) << 1)
	}
	p.numbers(w, h, p.values)
	return fits
}

// parse reads texts behind their beginning as numbers. padded tells that zeros stand before
// some of them.
func (p *Packer) parse(t *texts, begin []byte, b base) (what found, padded bool) {
	n := t.len()
	p.values, p.counts = slices.Grow(p.values[:0], n)[:n], slices.Grow(p.counts[:0], n)[:n]
	all, size, last, bad := uint64(0), 0, uint64(0), uint64(0)
	for i := range p.values {
		if t.valid != nil && !t.valid(i) {
			p.values[i], p.counts[i] = int64(last), 1
			continue
		}
		from, end := int(t.From[i]), int(t.To[i])
		if len(begin) > 0 && !bytes.HasPrefix(t.Bytes[from:end], begin) {
			return beginsElse, false
		}
		from += len(begin)
		digits := end - from
		if digits <= 0 || digits > mostTextDigits || bad != 0 {
			return isOther, false
		}
		padded = padded || t.Bytes[from] == '0' && digits > 1
		var first, second uint64
		if end >= mostTextDigits {
			w := t.Bytes[end-mostTextDigits : end]
			first, second = binary.LittleEndian.Uint64(w), binary.LittleEndian.Uint64(w[8:])
		} else {
			first, second = wordsOf(t.Bytes[:end])
		}
		is := &isDigit[digits]
		first, second = (first^zeros)&is[0], (second^zeros)&is[1] // told from '0'
		if b == decimals {
			bad |= notDecimals(first) | notDecimals(second)
			last = eightDecimals(first)*100_000_000 + eightDecimals(second)
		} else {
			high, wrong := nibbles(first)
			low, wrongToo := nibbles(second)
			bad |= wrong | wrongToo
			last = together(high)<<32 | together(low)
		}
		all, size = all|last, size+digits
		p.values[i], p.counts[i] = int64(last), int64(digits)
	}
	if bad != 0 || n*width(all) > size {
		return isOther, false
	}
	return fits, padded
}

const (
	ones  = 0x0101010101010101
	highs = ones * 0x80
	zeros = ones * '0'
)

// isDigit has the bytes of two words that digits take, the last of them in the highest byte
// of the second, by how many there are.
var isDigit = func() (of [mostTextDigits + 1][2]uint64) {
	for n := range of {
		for i := mostTextDigits - n; i < mostTextDigits; i++ {
			of[n][i/8] |= 0xff << (8 * (i % 8))
		}
	}
	return of
}()

// wordsOf are the last bytes of fewer than sixteen, behind others.
func wordsOf(b []byte) (first, second uint64) {
	all := [mostTextDigits]byte{}
	copy(all[mostTextDigits-len(b):], b)
	return binary.LittleEndian.Uint64(all[:]), binary.LittleEndian.Uint64(all[8:])
}

// notDecimals is not 0 where one of eight bytes, told from '0', is no digit.
func notDecimals(w uint64) uint64 { return (w + ones*0x76 | w) & highs }

// eightDecimals is the number of eight digits.
func eightDecimals(w uint64) uint64 {
	w = w * (1 + 10<<8) >> 8 & 0x00ff00ff00ff00ff
	w = w * (1 + 100<<16) >> 16 & 0x0000ffff0000ffff
	return w * (1 + 10000<<32) >> 32
}

// nibbles are the values of eight hexadecimal digits, told from '0'. bad is not 0 where one
// is not written so in small letters.
func nibbles(w uint64) (v, bad uint64) {
	// A letter is 0x51 to 0x56, a digit 0 to 9.
	letter := w >> 6 & ones
	v = w&(ones*0xf) + letter*9
	return v, ((v + letter*0x47) ^ w) | (((v + ones*6) >> 4 & (ones * 0xf)) ^ letter) | v&(ones*0xf0)
}

// together is the number that eight nibbles make.
func together(v uint64) uint64 {
	v = (v<<4 | v>>8) & 0x00ff00ff00ff00ff
	v = (v<<8 | v>>16) & 0x0000ffff0000ffff
	return (v<<16 | v>>32) & 0xffffffff
}

// readDigits reads texts that were written as numbers.
func readDigits(r *wire.Reader, n int, valid []byte, begin []byte, how uint64) (ends []int32, values []byte, err error) {
	b, padded := base(how>>1), how&1 == 1
	if how>>1 > uint64(hexadecimals) || b == otherText {
		return nil, nil, errDamaged
	}
	var counts []int64
	if padded {
		if counts, err = Numbers(r, n); err != nil {
			return nil, nil, err
		}
	}
	vs, err := Numbers(r, n)
	if err != nil {
		return nil, nil, err
	}
	ends = make([]int32, n+1)
	for i, v := range vs {
		if valid == nil || bitutil.BitIsSet(valid, i) {
			values = append(values, begin...)
			at := len(values)
			if padded {
				if values, err = pad(values, uint64(v), b, counts[i]); err != nil {
					return nil, nil, err
				}
			}
			values = strconv.AppendUint(values, uint64(v), b.radix())
			if padded && len(values)-at != int(counts[i]) || len(values) > mostText {
				return nil, nil, errDamaged
			}
		}
		ends[i+1] = int32(len(values))
	}
	return ends, values, nil
}

// pad writes the zeros in front of a number of some digits.
func pad(to []byte, v uint64, b base, digits int64) ([]byte, error) {
	if digits < 1 || digits > mostTextDigits {
		return nil, errDamaged
	}
	least := uint64(1)
	for n := digits; n > 1; n-- {
		least *= uint64(b.radix()) // 10 or 16 to the 15th at most
	}
	for ; v < least && least > 1; least /= uint64(b.radix()) {
		to = append(to, '0')
	}
	return to, nil
}
