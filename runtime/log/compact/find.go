package compact

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/event"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// keyID stands for a key: so many bits of a hash are never alike by chance.
type keyID [16]byte

// keyState is what is known of the rows of a key.
type keyState struct {
	// The row that replaces all earlier ones of no later time: of those up to the cutoff
	// the one of the largest time, and of several the last.
	bestTime, bestOrder int64
	rows                int32
	deletes             bool // the last of them deletes the key
}

// row is a stored row as far as its key goes.
type row struct {
	partition          int
	event, order, time int64
	deletes            bool
	key                keyID
}

// find marks the rows that can go, with as many keys in memory as are allowed: where
// there are more, the keys are gone through in shares.
func (r *run) find() error {
	for share, shares := uint64(0), uint64(1); share < shares; {
		keys := map[keyID]*keyState{}
		over := false
		err := r.each(func(x *row) bool {
			if x.share(shares) != share {
				return true
			}
			k := keys[x.key]
			if k == nil {
				k = &keyState{bestTime: log.NoTime, bestOrder: -1}
				keys[x.key] = k
			}
			k.see(x, r.cutoff)
			over = len(keys) > r.Keys
			return !over
		})
		if err != nil {
			return err
		}
		if over { // this share in two, and so all that come
			share, shares = share*2, shares*2
			continue
		}
		err = r.each(func(x *row) bool {
			if x.share(shares) == share && r.canGo(x, keys[x.key]) {
				r.parts[x.partition].mark(x.event)
			}
			return true
		})
		if err != nil {
			return err
		}
		share++
	}
	return nil
}

// share is in which of so many equal shares of all keys, a power of two, a row's is. The
// shares that two of twice as many stand for are those of one before.
func (x *row) share(shares uint64) uint64 {
	bits := binary.BigEndian.Uint64(x.key[:])
	out := uint64(0)
	for ; shares > 1; shares /= 2 {
		out, bits = out<<1|bits>>63, bits<<1
	}
	return out
}

// see takes the next row of the key in order of partitions; in one partition rows come as
// they were taken in.
func (k *keyState) see(x *row, cutoff int64) {
	k.rows++
	k.deletes = x.deletes
	if x.time <= cutoff && (x.time > k.bestTime || x.time == k.bestTime && x.order > k.bestOrder) {
		k.bestTime, k.bestOrder = x.time, x.order
	}
}

// canGo tells whether a row can go: another has replaced it, or it deletes a key of which
// nothing else is left.
func (r *run) canGo(x *row, k *keyState) bool {
	if k == nil {
		return false // it came meanwhile
	}
	if x.order < k.bestOrder && x.time <= k.bestTime {
		return true
	}
	return k.rows == 1 && k.deletes && x.time <= r.cutoff && r.Read != nil && x.event < r.Read(x.partition)
}

// each gives the rows of all partitions until f returns false.
func (r *run) each(f func(*row) bool) error {
	fields, err := r.keyFields()
	if err != nil {
		return err
	}
	for p := range r.parts {
		more, err := r.eachOf(p, fields, f)
		if err != nil || !more || r.stopped() {
			return err
		}
	}
	return nil
}

func (r *run) eachOf(partition int, fields *types.Type, f func(*row) bool) (more bool, err error) {
	more = true
	err = r.entries(partition, func(e *log.Entry) error {
		if e.Rows() == 0 {
			return nil
		}
		rows, err := event.Decode(e.Payload)
		if err != nil {
			return &log.Damage{Topic: r.Topic, Partition: partition, Sequence: e.First, What: err.Error()}
		}
		defer rows.Release()
		ids, err := r.keys(rows, e.Schema, fields)
		if err != nil {
			return err
		}
		for i := 0; i < rows.N && more; i++ {
			more = f(r.rowOf(partition, e, rows, i, ids[i]))
		}
		if !more {
			return errEnough
		}
		return nil
	})
	return more, err
}

func (r *run) rowOf(partition int, e *log.Entry, rows *event.Rows, i int, key keyID) *row {
	x := &row{partition: partition, event: e.First + rows.Number(i), order: rows.Order[i], key: key, time: e.Ingest}
	if rows.Ops != nil {
		// The row before an update counts as deleted: that behind it replaces the delete.
		x.deletes = rows.Ops[i] == operators.Delete || rows.Ops[i] == operators.UpdateBefore
	}
	switch {
	case r.History <= 0:
		x.time = 0 // only the order counts
	case r.Timed && rows.Time != nil:
		x.time = rows.Time[i]
	case r.Timed:
		x.time = log.NoTime
	}
	return x
}

// keys are the keys of rows of a version of the schema, as they are by now.
func (r *run) keys(rows *event.Rows, version int32, fields *types.Type) ([]keyID, error) {
	had, err := r.Type(version)
	if err != nil {
		return nil, err
	}
	cols, err := event.Read(rows, had, fields)
	if err != nil {
		return nil, err
	}
	var vs []kernel.Vector
	for i, f := range fields.Fields {
		defer cols[i].Release()
		vs = append(vs, kernel.Vector{Type: f.Type, Arr: cols[i]})
	}
	code := keycode.Row(vs, keycode.Key)
	out := make([]keyID, rows.N)
	var buf []byte
	for i := range out {
		buf = code(buf[:0], i)
		sum := sha256.Sum256(buf)
		copy(out[i][:], sum[:])
	}
	return out, nil
}
