// Package room waits for room on a disk that is full: what writes stands still instead of
// failing halfway, somebody is told, and work goes on once there is room.
//
// It must never be used where a full disk is one of several places to choose from.
package room

import (
	"errors"
	"sync"
	"syscall"
	"time"
)

// look is how often a full disk is looked at.
const look = 500 * time.Millisecond

// Waiter waits for room. The zero Waiter tells nobody.
type Waiter struct {
	// Full is told once that a disk is full, and Again once that there is room.
	Full, Again func(path string)
	// Sleep waits between two looks; nil is the machine's.
	Sleep func(time.Duration)

	mu   sync.Mutex
	told bool
}

// Do does something until it fails of anything but a full disk.
func (w *Waiter) Do(path string, f func() error) error {
	for {
		err := f()
		if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
			w.tell(false, path)
			return err
		}
		w.tell(true, path)
		if w.Sleep != nil {
			w.Sleep(look)
		} else {
			time.Sleep(look)
		}
	}
}

func (w *Waiter) tell(full bool, path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if full == w.told {
		return
	}
	w.told = full
	say := w.Again
	if full {
		say = w.Full
	}
	if say != nil {
		say(path)
	}
}

// Write writes all bytes, by as many writes as that takes.
func (w *Waiter) Write(path string, b []byte, write func([]byte) (int, error)) (int, error) {
	done := 0
	err := w.Do(path, func() error {
		n, err := write(b[done:])
		done += n
		return err
	})
	return done, err
}
