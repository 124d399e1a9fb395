// Package clock is the wall clock as the engine sees it, so that tests can hold
// it still. Nothing below package runtime reads any other clock, and no result
// of a pipeline may depend on one but where the language says so (idle_after,
// max_ahead, processing time).
package clock

import (
	"sync"
	"time"
)

// Clock tells the time and waits.
type Clock interface {
	Now() time.Time
	// After sends once when a duration has passed.
	After(d time.Duration) <-chan time.Time
}

// Real is the machine's clock.
type Real struct{}

// Now is the current time.
func (Real) Now() time.Time { return time.Now() }

// After is time.After.
func (Real) After(d time.Duration) <-chan time.Time { return time.After(d) }

// TestStart is where the clock of a test stands (SEMANTICS 110).
var TestStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Virtual is a clock that moves only when told to.
type Virtual struct {
	mu     sync.Mutex
	now    time.Time
	timers []timer
}

type timer struct {
	at time.Time
	ch chan time.Time
}

// NewVirtual returns a clock that stands at a time.
func NewVirtual(at time.Time) *Virtual { return &Virtual{now: at} }

// Now is where the clock stands.
func (v *Virtual) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

// After sends when the clock has been moved by at least d.
func (v *Virtual) After(d time.Duration) <-chan time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	ch := make(chan time.Time, 1)
	if d <= 0 {
		ch <- v.now
		return ch
	}
	v.timers = append(v.timers, timer{v.now.Add(d), ch})
	return ch
}

// Waiting is how many wait for the clock to be moved.
func (v *Virtual) Waiting() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.timers)
}

// Set moves the clock to a time, never back, and fires what was waiting for it.
func (v *Virtual) Set(to time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !to.After(v.now) {
		return
	}
	v.now = to
	waiting := v.timers[:0]
	for _, t := range v.timers {
		if t.at.After(to) {
			waiting = append(waiting, t)
			continue
		}
		t.ch <- to
	}
	v.timers = waiting
}
