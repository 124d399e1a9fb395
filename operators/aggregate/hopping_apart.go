package aggregate

import (
	"bytes"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/wire"
)

// A window that closes while groups of its panes are outside of memory leaves in several
// batches: of each pane some groups are read, in the order of their keys, and put together
// up to the key that all panes have come to. Panes that are in later windows stay as they
// are.

// pieceBytes is about how much is read of all panes of a window at a time; of one no less
// than a part of it.
const (
	pieceBytes = 16 << 20
	leastPart  = 256
)

// far is a pane of a window that closes.
type far struct {
	*pane
	pieces *spill.Pieces
	here   []int32 // groups in memory that are to come, in order
}

// watch lets the groups of a pane leave memory, where they have somewhere to go. They are
// kept by the windows of the pane.
func (h *hopping) watch(p *pane) {
	if h.a.Ctx.Shelf != nil {
		h.a.shelve(p.state, append(binary(p.last), binary(p.first)...))
	}
}

// isApart reports that groups of a pane may be outside of memory.
func isApart(p *pane) bool { return p.spill != nil && p.spill.Apart() }

// sendApart emits the rows of a window, and leaves its panes as they are.
func (h *hopping) sendApart(w window.Bounds, panes []*pane, out operators.Output) error {
	parts := make([]*far, len(panes))
	for i, p := range panes {
		parts[i] = &far{pane: p, here: p.table.Groups(nil), pieces: p.spill.Pieces(h.a.Ctx.Mine)}
		p.table.Sort(parts[i].here)
	}
	for more := true; more; {
		upTo, err := readSome(parts, h.piece/min(len(parts), leastPart), max(h.a.Ctx.BatchRows, 1))
		if err != nil {
			return err
		}
		more = upTo != nil
		s := h.a.newState()
		for _, part := range parts {
			if err := h.gather(s, part, upTo); err != nil {
				return err
			}
		}
		if groups := s.table.Groups(nil); len(groups) > 0 {
			h.a.send(&window.Pane[*state]{Start: w.Start, End: w.End, State: s}, groups, out)
		}
		h.a.free(s)
	}
	return nil
}

// readSome reads groups of panes and returns the code up to which all of them have been read,
// and of those in memory no more than so many are, nil for to the end.
func readSome(parts []*far, size, here int) (upTo []byte, err error) {
	least := func(code []byte) {
		if upTo == nil || bytes.Compare(code, upTo) < 0 {
			upTo = append(upTo[:0], code...)
		}
	}
	var code []byte
	for _, part := range parts {
		if err := part.pieces.Fill(size); err != nil {
			return nil, err
		}
		if code, more := part.pieces.UpTo(); more {
			least(code)
		}
		if len(part.here) > here {
			code = part.table.Code(code[:0], part.here[here-1])
			least(code)
		}
	}
	return upTo, nil
}

// gather adds the groups of a pane up to a code, nil for all, to a window.
func (h *hopping) gather(s *state, part *far, upTo []byte) error {
	n := len(part.here)
	if upTo != nil {
		var code []byte
		for n = 0; n < len(part.here); n++ {
			if code = part.table.Code(code[:0], part.here[n]); bytes.Compare(code, upTo) > 0 {
				break
			}
		}
	}
	h.merge(s, part.state, part.here[:n])
	part.here = part.here[n:]
	read := h.a.newState()
	defer h.a.free(read)
	codec := onShelf{read}
	if err := part.pieces.Take(upTo, func(code, value []byte) error {
		g := read.table.ByCode(code)
		codec.Grow(read.table.Size())
		r := wire.NewReader(value)
		if err := codec.Load(r, g); err != nil {
			return err
		}
		return r.Err()
	}); err != nil {
		return err
	}
	h.merge(s, read, read.table.Groups(nil))
	return nil
}
