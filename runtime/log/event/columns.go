package event

import (
	"fmt"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/runtime/log/packed"
	"github.com/edynamic/edynamic/vm/wire"
)

// mostWaiting is how many packed batches may be on their way to a payload. Where so many
// have not come there nobody wants them, as their rows are merged with others, say.
const mostWaiting = 64

// Columnist packs the columns of one batch after another, for payloads that are written
// elsewhere: where a batch is decoded its columns are at hand. It is for one goroutine.
type Columnist struct {
	names []string
	pack  packed.Packer
	back  chan *Columns // to be used again
	out   atomic.Int32
}

// NewColumnist is for columns of these names.
func NewColumnist(names []string) *Columnist {
	return &Columnist{names: names, back: make(chan *Columns, mostWaiting)}
}

// Columns are columns as a payload has them.
type Columns struct {
	w  wire.Writer
	of *Columnist
}

// Pack packs columns, in place of which texts stand elsewhere where there are any; nil where
// they are better packed with their payload.
func (c *Columnist) Pack(cols []arrow.Array, elsewhere []packed.Texts) *Columns {
	if len(cols) != len(c.names) || c.out.Load() >= mostWaiting {
		return nil
	}
	var p *Columns
	select {
	case p = <-c.back:
		p.w.Buf = p.w.Buf[:0]
	default:
		p = &Columns{of: c}
	}
	if err := writeColumns(&p.w, &c.pack, c.names, cols, elsewhere); err != nil {
		return nil // whoever writes the payload is told, too
	}
	c.out.Add(1)
	return p
}

// Free gives the memory back. Columns that are not freed are left to the garbage collector.
func (p *Columns) Free() {
	p.of.out.Add(-1)
	select {
	case p.of.back <- p:
	default:
	}
}

func writeColumns(w *wire.Writer, pack *packed.Packer, names []string, cols []arrow.Array, elsewhere []packed.Texts) error {
	w.Uint(uint64(len(cols)))
	for i, c := range cols {
		w.String(names[i])
		if elsewhere != nil && elsewhere[i].From != nil {
			pack.Texts(w, i, c.DataType(), elsewhere[i])
			continue
		}
		if err := pack.Column(w, i, c); err != nil {
			return fmt.Errorf("writing events: %w", err)
		}
	}
	return nil
}
