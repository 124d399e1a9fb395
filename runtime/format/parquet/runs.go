package parquet

import (
	"encoding/binary"
	"errors"
)

// runs are small numbers as a page holds them: runs of one number repeated, and runs of
// numbers packed into as few bits as they take.
type runs struct {
	data  []byte
	width int // bits of a number
	left  int // numbers of the run at hand

	packed []byte // the run at hand; nil where value is repeated
	bit    int    // the next of it
	value  uint64
}

var (
	errShort = errors.New("it has fewer rows than it says")
	errIndex = errors.New("a value is not in its dictionary")
	errRuns  = errors.New("it has a run of values that ends too early")
)

// newRuns reads numbers of a width in bits, at most 32.
func newRuns(data []byte, width int) (runs, error) {
	if width > 32 {
		return runs{}, errIndex
	}
	return runs{data: data, width: width}, nil
}

// more has a run at hand.
func (r *runs) more() error {
	for r.left == 0 {
		if len(r.data) == 0 {
			return errShort
		}
		head, n := binary.Uvarint(r.data)
		if n <= 0 || head>>1 > 1<<31 {
			return errRuns
		}
		r.data = r.data[n:]
		if head&1 == 0 {
			if err := r.repeated(int(head >> 1)); err != nil {
				return err
			}
			continue
		}
		r.pack(int(head>>1) * 8)
	}
	return nil
}

func (r *runs) repeated(n int) error {
	size := (r.width + 7) / 8
	if len(r.data) < size {
		return errRuns
	}
	r.value = 0
	for i, b := range r.data[:size] {
		r.value |= uint64(b) << (8 * i)
	}
	r.data, r.packed, r.left = r.data[size:], nil, n
	return nil
}

// pack has n packed numbers at hand, or as many as there are: the last run of a page may
// be cut off behind its last value.
func (r *runs) pack(n int) {
	size := n / 8 * r.width
	if size > len(r.data) {
		size = len(r.data)
		n = size * 8 / r.width
	}
	r.packed, r.data = r.data[:size:size], r.data[size:]
	r.bit, r.left = 0, n
}

// word is the bits of a packed run from a bit on, 57 at least or all that there are.
func (r *runs) word(bit int) uint64 {
	var eight [8]byte
	copy(eight[:], r.packed[min(bit>>3, len(r.packed)):])
	return binary.LittleEndian.Uint64(eight[:]) >> (bit & 7)
}

// picked sets out to the values of a dictionary that numbers stand for.
func picked[T any](r *runs, dict, out []T) error {
	for len(out) > 0 {
		if err := r.more(); err != nil {
			return err
		}
		n := min(r.left, len(out))
		if r.packed == nil {
			if r.value >= uint64(len(dict)) {
				return errIndex
			}
			v := dict[r.value]
			for i := range out[:n] {
				out[i] = v
			}
		} else if err := unpacked(r, dict, out[:n]); err != nil {
			return err
		}
		r.left -= n
		out = out[n:]
	}
	return nil
}

// unpacked is picked for numbers of a packed run.
func unpacked[T any](r *runs, dict, out []T) error {
	data, bit, width := r.packed, r.bit, r.width
	mask := uint64(1)<<width - 1
	whole := 0 // values whose eight bytes lie in the run
	if last := (len(data)-8)*8 + 7 - bit; len(data) >= 8 && last >= 0 {
		whole = len(out)
		if width > 0 {
			whole = min(whole, last/width+1)
		}
	}
	for i := range out[:whole] {
		k := binary.LittleEndian.Uint64(data[bit>>3:]) >> (bit & 7) & mask
		if k >= uint64(len(dict)) {
			return errIndex
		}
		out[i] = dict[k]
		bit += width
	}
	for i := range out[whole:] {
		k := r.word(bit) & mask
		if k >= uint64(len(dict)) {
			return errIndex
		}
		out[whole+i] = dict[k]
		bit += width
	}
	r.bit = bit
	return nil
}

// absence is what levels of columns without nesting tell.
var absence = []uint8{1, 0}

// present sets absent to 1 for each row that has no value, else to 0, and counts the
// values.
func (r *runs) present(absent []uint8) (int, error) {
	if err := r.more(); err != nil {
		return 0, err
	}
	n := len(absent)
	if r.packed == nil && r.value == 1 && r.left >= n {
		r.left -= n
		clear(absent)
		return n, nil
	}
	if err := picked(r, absence, absent); err != nil {
		return 0, err
	}
	for _, no := range absent {
		n -= int(no)
	}
	return n, nil
}
