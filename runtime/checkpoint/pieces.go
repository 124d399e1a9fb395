package checkpoint

import (
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/edynamic/edynamic/runtime/log"
)

// The sizes of pieces. A piece ends where its content says so, so that bytes put in or
// taken out in front of it do not move its ends.
const (
	leastPiece = 16 << 10
	mostPiece  = 256 << 10
	// endMask has as many bits as make pieces of about 64 KiB.
	endMask = 1<<16 - 1
)

// cuts remembers how states were cut that go on as they were: a large table that is read again
// now and then has the same bytes in most checkpoints, and to find its pieces takes ten
// times as long as to see that.
type cuts struct {
	seeds  [2]maphash.Seed
	before map[string]cutState // by the name of the state
}

type cutState struct {
	mark   [2]uint64
	pieces Pieces
}

func newCuts() cuts {
	return cuts{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, before: map[string]cutState{}}
}

// mark tells states apart: 128 bits of hashes that nobody knows outside of the process.
func (c *cuts) mark(state []byte) [2]uint64 {
	return [2]uint64{maphash.Bytes(c.seeds[0], state), maphash.Bytes(c.seeds[1], state)}
}

// cut is cutAnew for a state that may be as it was when it was cut last.
func (r *Run) cut(tx *log.Tx, name string, state []byte, used map[string]bool) Pieces {
	if len(state) <= leastPiece {
		return r.cutAnew(tx, state, used)
	}
	mark := r.cuts.mark(state)
	if was, ok := r.cuts.before[name]; ok && was.mark == mark && was.pieces.Size == len(state) && r.has(was.pieces) {
		for _, h := range was.pieces.Hashes {
			used[h] = true
		}
		return was.pieces
	}
	p := r.cutAnew(tx, state, used)
	r.cuts.before[name] = cutState{mark, p}
	return p
}

// has reports that the log has all pieces of a state.
func (r *Run) has(p Pieces) bool {
	return !slices.ContainsFunc(p.Hashes, func(h string) bool { return !r.there[h] })
}

// cutAnew writes the pieces of a state that the log does not have yet.
func (r *Run) cutAnew(tx *log.Tx, state []byte, used map[string]bool) Pieces {
	p := Pieces{Size: len(state)}
	for len(state) > 0 {
		n := pieceEnd(state)
		h := hash(state[:n])
		if !r.there[h] && !used[h] {
			tx.Early = append(tx.Early, log.KeyValue{Key: r.key("piece/" + h), Value: state[:n]})
		}
		used[h] = true
		p.Hashes, p.Sizes = append(p.Hashes, h), append(p.Sizes, n)
		state = state[n:]
	}
	return p
}

// pieceEnd is the length of the first piece: a rolling hash of the last bytes decides.
func pieceEnd(b []byte) int {
	if len(b) <= leastPiece {
		return len(b)
	}
	h := uint64(0)
	for i := leastPiece - 64; i < min(len(b), mostPiece); i++ {
		// Each step forgets the byte of 64 steps before, as its bits leave at the top.
		h = h<<1 + mix(b[i])
		if i >= leastPiece && h>>40&endMask == 0 {
			return i + 1
		}
	}
	return min(len(b), mostPiece)
}

// mix spreads a byte over 64 bits.
func mix(b byte) uint64 {
	x := (uint64(b) + 1) * 0x9e3779b97f4a7c15
	x ^= x >> 29
	x *= 0xbf58476d1ce4e5b9
	return x ^ x>>32
}

// readers is how many pieces are read at a time.
const readers = 4

// join puts a state together again. Pieces that are not what they were are refused.
func (r *Run) join(p Pieces) ([]byte, error) {
	if len(p.Sizes) != len(p.Hashes) {
		return nil, fmt.Errorf("a state of %s has %d pieces and %d sizes", r.name, len(p.Hashes), len(p.Sizes))
	}
	ends, size := make([]int, len(p.Sizes)), 0
	for i, n := range p.Sizes {
		size += n
		ends[i] = size
	}
	if size != p.Size {
		return nil, fmt.Errorf("a state of %s has %d bytes instead of %d", r.name, size, p.Size)
	}
	out := make([]byte, size)
	errs := make([]error, min(readers, len(p.Hashes)))
	var next atomic.Int64
	var all sync.WaitGroup
	for w := range errs {
		all.Go(func() {
			for errs[w] == nil {
				i := int(next.Add(1)) - 1
				if i >= len(p.Hashes) {
					return
				}
				errs[w] = r.piece(p.Hashes[i], out[ends[i]-p.Sizes[i]:ends[i]])
			}
		})
	}
	all.Wait()
	return out, errors.Join(errs...)
}

// piece reads a piece to its place.
func (r *Run) piece(h string, to []byte) error {
	b, err := r.log.Get(r.key("piece/" + h))
	if err != nil {
		return err
	}
	if b == nil {
		return fmt.Errorf("a piece of the state of %s is missing: %s", r.name, h)
	}
	if len(b) != len(to) || hash(b) != h {
		return fmt.Errorf("a piece of the state of %s is not what was written: %s", r.name, h)
	}
	copy(to, b)
	return nil
}
