package over

import (
	"maps"
	"slices"

	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// refusal is why a row has no result.
type refusal struct{ code, reason string }

// refusals are the rows that an aggregate of the program did not take in, as far as
// frames reach: they are not taken back, and fail when it is their turn.
type refusals struct {
	may  bool // rows are refused at all
	rows map[int32]map[int64]refusal
	last refusal // of the row that was given last, empty when it was taken
}

func newRefusals(agg kernel.Aggregator) *refusals {
	_, may := agg.(kernel.Refusing)
	return &refusals{may: may, rows: map[int32]map[int64]refusal{}}
}

// of is why a row of a group was refused.
func (r *refusals) of(g int32, pos int64) (why refusal, ok bool) {
	why, ok = r.rows[g][pos]
	return why, ok
}

func (r *refusals) put(g int32, pos int64, why refusal) {
	if r.rows[g] == nil {
		r.rows[g] = map[int64]refusal{}
	}
	r.rows[g][pos] = why
}

// forget drops the rows before a position.
func (r *refusals) forget(g int32, before int64) {
	maps.DeleteFunc(r.rows[g], func(pos int64, _ refusal) bool { return pos < before })
	if len(r.rows[g]) == 0 {
		delete(r.rows, g)
	}
}

func (r *refusals) save(w *wire.Writer, groups []int32) {
	if !r.may {
		return
	}
	for _, g := range groups {
		w.Uint(uint64(len(r.rows[g])))
		for _, pos := range slices.Sorted(maps.Keys(r.rows[g])) {
			w.Int(pos)
			w.String(r.rows[g][pos].code)
			w.String(r.rows[g][pos].reason)
		}
	}
}

func (r *refusals) load(from *wire.Reader, groups []int32) {
	if !r.may {
		return
	}
	for _, g := range groups {
		for range from.Len() {
			r.put(g, from.Int(), refusal{from.String(), from.String()})
		}
	}
}
