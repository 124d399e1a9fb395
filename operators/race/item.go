package race

import (
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// Item is a row in the race.
type Item struct {
	kept.Entry
	group int32
	// What is known of the row, one behind the other: its order, what it is told apart by,
	// and its own code.
	code      []byte
	order, id int32 // where the first two end
	link      kept.Link[Item]
}

// Order is the row's place among others: smaller ones come first.
func (it *Item) Order() []byte { return it.code[:it.order] }

// ID is what the row is told apart by; smaller bytes are smaller keys.
func (it *Item) ID() []byte { return it.code[it.order:it.id] }

// Same is the row's own code.
func (it *Item) Same() []byte { return it.code[it.id:] }

// Name implements kept.Named.
func (it *Item) Name() (group int32, name []byte) { return it.group, it.ID() }

// Link implements kept.Named.
func (it *Item) Link() *kept.Link[Item] { return &it.link }

// read makes an item that is clear stand for a row of a batch.
func (it *Item) read(group int32, codes Codes, row int) {
	it.group = group
	it.code = codes.Order(it.code, row)
	it.order = int32(len(it.code))
	it.code = codes.ID(it.code, row)
	it.id = int32(len(it.code))
	it.code = codes.Same(it.code, row)
}

// name makes an item that is clear stand for a row whose own code is not known yet.
func (it *Item) name(group int32, order, id []byte) {
	it.group = group
	it.code = append(append(it.code, order...), id...)
	it.order, it.id = int32(len(order)), int32(len(order)+len(id))
}

// clear leaves nothing of an item but the memory of its code, unless that is large.
func (it *Item) clear() {
	code := it.code[:0]
	if cap(code) > mostCode {
		code = nil
	}
	*it = Item{code: code}
}

// mostCode is the room for a code that an item keeps for the next row.
const mostCode = 1 << 10

func (it *Item) save(w *wire.Writer) {
	for _, code := range [][]byte{it.Order(), it.Same(), it.ID()} {
		w.Bytes(code)
	}
}

func (f *Field) loadItem(r *wire.Reader, g int32) *Item {
	it := f.pool.Take()
	order, same, id := r.Bytes(), r.Bytes(), r.Bytes()
	it.name(g, order, id)
	it.code = append(it.code, same...)
	return it
}
