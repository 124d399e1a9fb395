package top

import (
	"bytes"

	"github.com/edynamic/edynamic/operators/kept"
)

// item is a row in the race.
type item struct {
	kept.Entry
	code []byte // of the order and then, outside windows, the row's own
	at   int32  // where the first ends
}

func (it *item) order() []byte { return it.code[:it.at] }
func (it *item) same() []byte  { return it.code[it.at:] }

// ties reports that neither of two rows comes before the other.
func (it *item) ties(o *item) bool { return bytes.Equal(it.order(), o.order()) }

// setOrder makes an item that is clear stand for a row.
func (it *item) setOrder(order []byte) {
	it.code, it.at = append(it.code[:0], order...), int32(len(order))
}

// setSame gives the row another code of its own.
func (it *item) setSame(code []byte) { it.code = append(it.code[:it.at], code...) }

// clear leaves nothing of an item but the memory of its code, unless that is large.
func (it *item) clear() {
	code := it.code[:0]
	if cap(code) > mostCode {
		code = nil
	}
	*it = item{code: code}
}

// mostCode is the room for a code that an item keeps for the next row.
const mostCode = 1 << 10
