package group

import (
	"math"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/vm/wire"
)

// Expiry tells when groups are forgotten (SEMANTICS 77): the state of a group is
// gone for a row whose arrival is above the largest time of the group's rows by
// more than `keep`.
type Expiry struct {
	keep  int64
	ever  bool // groups are kept for ever
	times []int64
	sweep int64
}

// NewExpiry keeps groups for a time; 0 and ir.KeepForever are for ever.
func NewExpiry(keep time.Duration) *Expiry {
	if keep == ir.KeepForever {
		keep = 0
	}
	return &Expiry{keep: keep.Microseconds(), ever: keep == 0, sweep: math.MinInt64}
}

// AtOnce forgets groups as soon as time has passed the last that was Seen of them,
// where NewExpiry would keep them for ever. It returns the Expiry.
func (e *Expiry) AtOnce() *Expiry {
	e.ever = false
	return e
}

const never = math.MinInt64

// Old reports that a group is gone for a row, which then makes it anew.
func (e *Expiry) Old(g int32, arrival int64) bool {
	return int(g) < len(e.times) && e.IsOld(e.times[g], arrival)
}

// IsOld reports that a group is gone whose rows have a largest time, as Save writes it.
func (e *Expiry) IsOld(t, arrival int64) bool {
	return !e.ever && t != never && t <= math.MaxInt64-e.keep && arrival > t+e.keep
}

// Seen notes the time of a row of a group.
func (e *Expiry) Seen(g int32, t int64) {
	if e.ever {
		return
	}
	for int(g) >= len(e.times) {
		e.times = append(e.times, never)
	}
	e.times[g] = max(e.times[g], t)
}

// Forget starts a group anew.
func (e *Expiry) Forget(g int32) {
	if int(g) < len(e.times) {
		e.times[g] = never
	}
}

// Looks reports that Due is to be asked: it looks only once per eighth of the time that
// groups are kept.
func (e *Expiry) Looks(watermark int64) bool {
	return !e.ever && watermark >= e.sweep && watermark != math.MinInt64 && watermark != math.MaxInt64
}

// Due lists the groups that no later row can find, since its arrival is at least
// the watermark.
func (e *Expiry) Due(watermark int64) []int32 {
	if !e.Looks(watermark) {
		return nil
	}
	e.sweep = watermark + e.keep/8 + 1
	var old []int32
	for g := range e.times {
		if e.Old(int32(g), watermark) {
			old = append(old, int32(g))
		}
	}
	return old
}

// Save writes the times of groups.
func (e *Expiry) Save(w *wire.Writer, groups []int32) {
	for _, g := range groups {
		t := int64(never)
		if int(g) < len(e.times) {
			t = e.times[g]
		}
		w.Int(t)
	}
}

// Load reads as many times back, into groups that may have other numbers.
func (e *Expiry) Load(r *wire.Reader, groups []int32) {
	for _, g := range groups {
		e.Seen(g, r.Int())
	}
}
