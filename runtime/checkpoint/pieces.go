package checkpoint

import "github.com/edynamic/edynamic/runtime/log"

// The sizes of pieces. A piece ends where its content says so, so that bytes put in or
// taken out in front of it do not move its ends.
const (
	leastPiece = 16 << 10
	mostPiece  = 256 << 10
	// endMask has as many bits as make pieces of about 64 KiB.
	endMask = 1<<16 - 1
)

// cut writes the pieces of a state that the log does not have yet.
func (r *Run) cut(tx *log.Tx, state []byte, used map[string]bool) Pieces {
	p := Pieces{Size: len(state)}
	for len(state) > 0 {
		n := pieceEnd(state)
		h := hash(state[:n])
		if !r.there[h] && !used[h] {
			tx.Set = append(tx.Set, log.KeyValue{Key: r.key("piece/" + h), Value: state[:n]})
		}
		used[h] = true
		p.Hashes = append(p.Hashes, h)
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
